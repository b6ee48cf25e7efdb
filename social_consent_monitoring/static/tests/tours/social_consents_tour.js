import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const ADDON = "social_consent_monitoring";

function click(trigger) {
    return { trigger, run: "click" };
}

function openMenu(name) {
    return [
        click(`button[data-menu-xmlid="${ADDON}.menu_consent"]`),
        click(`a[data-menu-xmlid="${ADDON}.${name}"]`),
    ];
}

function upload(name, lines) {
    return {
        trigger: ".modal .o_field_widget[name=file] input[type=file]:not(:visible)",
        run({ anchor }) {
            const files = new DataTransfer();
            files.items.add(new File([lines.join("\n")], name, { type: "text/csv" }));
            anchor.files = files.files;
            anchor.dispatchEvent(new Event("change", { bubbles: true }));
        },
    };
}

function monthAgo() {
    return luxon.DateTime.utc().minus({ months: 1 }).toFormat("yyyy-MM-dd HH:mm:ss");
}

function checkAndRecord(recorded) {
    return [
        click("button[name=action_check]:contains('Record Nothing')"),
        { trigger: `.o_field_widget[name=good_count]:contains("${recorded}")` },
        click("button[name=action_record]"),
        { trigger: `.o_field_widget[name=recorded_count]:contains("${recorded}")` },
    ];
}

function begin(source) {
    return [
        click(".o_list_view button:contains('Import Consents'), .o_control_panel button:contains('Import Consents')"),
        { trigger: ".modal .o_field_widget[name=source] textarea", run: `edit ${source}` },
    ];
}

/* The old blacklist, then the consents, then a campaign for whoever is left. */
registry.category("web_tour.tours").add("social_old_consents", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        ...openMenu("menu_consent_imports"),
        ...begin("Blocked in our old tool"),
        click(".modal .o_field_widget[name=kind] input[data-value=objections]"),
        upload("blocked.csv", ["email", "ben@tour.example"]),
        { trigger: ".modal .o_field_widget[name=preview]:contains('lines can be used')" },
        click(".modal button[name=action_continue]"),
        ...checkAndRecord(1),
        ...openMenu("menu_consent_imports"),
        ...begin("Our old tool, form on the website"),
        upload("old.csv", [
            "Email Address,OPTIN_TIME,List,Status",
            `ada@tour.example,${monthAgo()},Newsletter,subscribed`,
            `ben@tour.example,${monthAgo()},Newsletter,subscribed`,
            "cleo@tour.example,,Newsletter,subscribed",
        ]),
        { trigger: ".modal .o_field_widget[name=preview]:contains('Without its day')" },
        click(".modal button[name=action_continue]"),
        click(".o_field_widget[name=term_ids] .o_data_row .o_data_cell:contains('Newsletter')"),
        {
            trigger: ".modal .o_field_widget[name=notice_id] input",
            run: "edit News and offers",
        },
        click(".o-autocomplete--dropdown-item:contains('News and offers (English')"),
        { trigger: ".modal .o_field_widget[name=problem]:contains('by which channel')" },
        click(".modal .o_field_widget[name=channel] input"),
        click(".o_select_menu_item:contains('E-mail')"),
        { trigger: ".modal .o_field_widget[name=problem]:contains('Enter the words')" },
        {
            trigger: ".modal .o_field_widget[name=wording] textarea",
            run: "edit Yes, send me the newsletter. I can unsubscribe at any time.",
        },
        click(".modal .o_form_button_save"),
        { trigger: "body:not(:has(.modal))" },
        ...checkAndRecord(1),
        { trigger: ".o_field_widget[name=summary]:contains('This person objected')" },
        ...openMenu("menu_consent_campaigns"),
        click(".o_list_button_add"),
        { trigger: ".o_field_widget[name=name] input", run: "edit Those who are left" },
        click(".o_field_widget[name=occasion] input[data-value=asked_for]"),
        click("button[name=action_check]:contains('Who May Be Asked')"),
        { trigger: ".o_field_widget[name=ask_count]:contains('1')" },
        { trigger: ".o_field_widget[name=reason_ids] .o_data_row:contains('more than another')" },
        click("button[name=action_start]"),
        click(".modal .modal-footer .btn-primary"),
        { trigger: ".o_field_widget[name=open_count]:contains('1')" },
    ],
});
