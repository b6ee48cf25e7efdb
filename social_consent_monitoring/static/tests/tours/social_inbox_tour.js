import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const ADDON = "social_consent_monitoring";

function click(trigger) {
    return { trigger, run: "click" };
}

function toggleFilter(name) {
    return [
        click(".o_searchview_dropdown_toggler"),
        click(`.o_filter_menu .o_menu_item:contains("${name}")`),
        click(".o_searchview_dropdown_toggler"),
    ];
}

function openDropdown() {
    return click(".o_searchview_dropdown_toggler");
}

/* Filters of each kind: of one's own, a period, a step of time, one of the panel; and words. */
registry.category("web_tour.tours").add("social_inbox_choose", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: '.o_searchview_facet:contains("Open")' },
        ...toggleFilter("Mine"),
        { trigger: '.o_searchview_facet:contains("Mine")' },
        openDropdown(),
        click('.o_filter_menu .o_accordion_toggle:contains("Published")'),
        click('.o_filter_menu .o_item_option:contains("Q3")'),
        click('.o_group_by_menu .o_accordion_toggle:contains("Published")'),
        click('.o_group_by_menu .o_item_option:contains("Week")'),
        openDropdown(),
        { trigger: '.o_searchview_facet:contains("Q3")' },
        click('.o_search_panel_filter_value:contains("#nordlicht") input'),
        { trigger: ".o_search_panel_filter_value input:checked" },
        { trigger: ".o_searchview_input", run: "edit Lindqvist" },
        { trigger: ".o_searchview_input", run: "press Enter" },
        { trigger: '.o_searchview_facet:contains("Lindqvist")' },
        // The server has kept them once it has shown something else.
        click(`a[data-menu-xmlid="${ADDON}.menu_teams_overview"]`),
        { trigger: '.o_breadcrumb:contains("Teams")' },
    ],
});

registry.category("web_tour.tours").add("social_inbox_favourite", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: '.o_searchview_facet:contains("Mine")' },
        openDropdown(),
        click('.o_favorite_menu .o_menu_item:contains("What matters")'),
        { trigger: '.o_searchview_facet:contains("What matters")' },
        click(`a[data-menu-xmlid="${ADDON}.menu_teams_overview"]`),
        { trigger: '.o_breadcrumb:contains("Teams")' },
    ],
});

function row(number, rest = "") {
    return `.o_list_view .o_data_row:nth-child(${number})${rest}`;
}

/* Down, up, open, answer, close the answer, next, back: the mouse is not used. */
registry.category("web_tour.tours").add("social_inbox_keys", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: row(3, ':contains("the third post")'), run: "press j" },
        { trigger: row(1, " .o_data_cell[name=text]:focus"), run: "press j" },
        { trigger: row(2, " .o_data_cell[name=text]:focus"), run: "press k" },
        { trigger: row(1, " .o_data_cell[name=text]:focus"), run: "press Enter" },
        {
            trigger: '.o_form_view .o_field_widget[name=marked_text]:contains("the first post")',
            run: "press alt+shift+a",
        },
        { trigger: ".modal .o_field_widget[name=text] textarea", run: "press Escape" },
        { trigger: "body:not(:has(.modal)) .o_form_statusbar", run: "press j" },
        {
            trigger: '.o_form_view .o_field_widget[name=marked_text]:contains("the second post")',
            run: "press alt+b",
        },
        { trigger: row(3, ':contains("the third post")') },
    ],
});

function selectAll() {
    return [
        { trigger: ".o_list_view:not(:has(.o_data_row_selected))" },
        click(".o_list_view thead .o_list_record_selector input"),
        { trigger: row(3, ".o_data_row_selected") },
    ];
}

/* Three are closed at once and reopened; a colleague is asked, and something is planned. */
registry.category("web_tour.tours").add("social_inbox_bulk", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: row(3, ':contains("the third post")') },
        ...selectAll(),
        click("button[name=action_close]"),
        { trigger: '.o_list_view:not(:contains("the third post"))' },
        ...toggleFilter("Open"),
        { trigger: row(3, ':contains("the third post"):contains("Closed")') },
        ...[1, 2, 3].map((number) => click(row(number, " .o_list_record_selector input"))),
        { trigger: row(3, ".o_data_row_selected") },
        click("button[name=action_reopen]"),
        { trigger: row(3, ' .o_data_cell[name=state]:contains("New")') },
        click(row(1, " .o_data_cell[name=text]")),
        click(".o-mail-Chatter-logNote"),
        { trigger: ".o-mail-Composer-input", run: "edit Do you know this, @Bo" },
        click('.o-mail-Composer-suggestion:contains("Bo Colleague")'),
        click(".o-mail-Composer-send:enabled"),
        { trigger: '.o-mail-Message:contains("Do you know this"):contains("@Bo Colleague")' },
        click(".o-mail-Chatter-activity"),
        { trigger: ".modal .o_field_widget[name=summary] input", run: "edit Ring the depot" },
        click(".modal button[name=action_schedule_activities]"),
        { trigger: '.o-mail-Activity:contains("Ring the depot")' },
    ],
});

/** Let the clipboard of this page be this one: a browser without a window has none. */
function useClipboard(writeText) {
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
}

registry.category("web_tour.tours").add("social_answer_copy", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click('.o_data_row:contains("the first post") .o_data_cell[name=text]'),
        click("button[name=action_answer]"),
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            async run({ edit }) {
                useClipboard(async (text) => document.body.setAttribute("data-copied", text));
                await edit("We look into it.");
            },
        },
        click(".modal button[name=action_copy]"),
        { trigger: '.o_notification:contains("Copied: publish it now.")' },
        { trigger: 'body[data-copied="We look into it."]:not(:has(.modal))' },
        { trigger: ".o_form_statusbar", run: "press j" },
        { trigger: '.o_field_widget[name=marked_text]:contains("the second post")' },
        click("button[name=action_answer]"),
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            async run({ edit }) {
                useClipboard(() => Promise.reject(new Error("not allowed")));
                await edit("We look into that, too.");
            },
        },
        click(".modal button[name=action_copy]"),
        {
            trigger: '.modal:contains("Copy this answer"):contains("We look into that, too.") footer button',
            run: "click",
        },
        { trigger: "body:not(:has(.modal))" },
    ],
});

/* A clerk's morning: what is nobody's yet, take, tag, note, answered, next by key, and back. */
registry.category("web_tour.tours").add("social_inbox", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: '.o_searchview_facet:contains("Open")' },
        ...toggleFilter("Unassigned"),
        { trigger: '.o_searchview_facet:contains("Unassigned")' },
        {
            trigger: '.o_data_row:contains("Where is my shelf"):contains("Nordlicht")',
            run: "press j",
        },
        { trigger: ".o_data_row:first .o_data_cell[name=text]:focus" },
        click('.o_data_row:contains("Where is my shelf") .o_data_cell[name=text]'),
        { trigger: '.o_field_widget[name=marked_text] mark:contains("Nordlicht")' },
        { trigger: '.badge:contains("Addresses us")' },
        click("button[name=action_take]"),
        { trigger: '.o_arrow_button_current:contains("In work")' },
        {
            trigger: ".o_field_widget[name=tag_ids] input",
            run: "edit Complaint",
        },
        click('.o-autocomplete--dropdown-item:contains("Complaint")'),
        { trigger: '.o_field_widget[name=tag_ids] .o_tag:contains("Complaint")' },
        click(".o-mail-Chatter-logNote"),
        { trigger: ".o-mail-Composer-input", run: "edit The depot is looking for it." },
        click(".o-mail-Composer-send:enabled"),
        { trigger: '.o-mail-Message:contains("The depot is looking for it.")' },
        click("button[name=action_answered]"),
        { trigger: '.o_arrow_button_current:contains("Answered")' },
        { trigger: ".o_form_statusbar", run: "press j" },
        { trigger: '.o_field_widget[name=marked_text]:contains("The second post")' },
        click(".o_back_button a"),
        { trigger: ".o_list_view .o_data_row" },
        // Somewhere else, and back: the filters are as they were left.
        click(`a[data-menu-xmlid="${ADDON}.menu_teams_overview"]`),
        { trigger: '.o_kanban_record:contains("Service"):contains("unassigned")' },
        click(`a[data-menu-xmlid="${ADDON}.menu_mentions"]`),
        { trigger: '.o_list_view .o_data_row:contains("The second post")' },
        { trigger: '.o_searchview_facet:contains("Unassigned")' },
        { trigger: '.o_list_view:not(:contains("Where is my shelf"))' },
    ],
});
