import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const ADDON = "social_consent_monitoring";
const NOTICES = [
    "Watching your public posts",
    "Connecting your posts",
    "Adding to your profile",
    "News and offers",
];

function click(trigger) {
    return { trigger, run: "click" };
}

function edit(field, text) {
    const inputs = ["input", "textarea"].map(
        (tag) => `.modal .o_field_widget[name=${field}] ${tag}`
    );
    return { trigger: inputs.join(", "), run: `edit ${text}` };
}

function point(code, state) {
    return `.o_social_checklist [data-point=${code}]${state ? `[data-state=${state}]` : ""}`;
}

function openMenu(name) {
    return [
        click(`button[data-menu-xmlid="${ADDON}.menu_configuration"]`),
        click(`a[data-menu-xmlid="${ADDON}.${name}"]`),
        { trigger: ".o_social_checklist" },
    ];
}

function publish(name) {
    return [
        click(`${point("notices")} li:contains("${name}"):contains("English") button`),
        click("button[name=action_ask_publish]"),
        click(".modal button[name=action_publish]"),
        { trigger: ".o_form_view .o_arrow_button_current:contains('Published')" },
        ...openMenu("menu_setup"),
        { trigger: `${point("notices")} li:contains("${name}"):contains("Published")` },
    ];
}

/* From a company that has nothing to the first answer, by what the page says alone. */
registry.category("web_tour.tours").add("social_first_hour", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(".o_social_setup_banner button"),
        click(`${point("company", "open")} button:contains("Enter It")`),
        edit("street", "Hafen 1"),
        edit("city", "Kiel"),
        edit("email", "us@fresh.example"),
        edit("social_privacy_officer", "Ada Lindqvist"),
        edit("social_names", "#nordlicht"),
        // Odoo loads the page anew when a company has changed.
        { trigger: ".modal .o_form_button_save", run: "click", expectUnloadPage: true },
        { trigger: point("company", "done") },
        click(`${point("notices")} button:contains("Take the Templates")`),
        { trigger: `${point("notices")} li:contains("German")` },
        ...NOTICES.flatMap(publish),
        { trigger: point("notices", "done") },
        click(`${point("terms", "open")} li:contains("Fediverse") button`),
        edit("version", "as of 2026-05-01"),
        click(".modal .o_field_widget[name=verdict] label:contains('Monitoring allowed')"),
        click(".modal .o_field_widget[name=allow_answers] input"),
        click(".modal .o_field_widget[name=has_read] input"),
        click(".modal button[name=action_confirm]"),
        { trigger: point("terms", "done") },
        click(`${point("source", "open")} button:contains("Add a Source")`),
        click('.modal .o_field_widget[name=preset] label:contains("Fediverse")'),
        edit("word", "#nordlicht"),
        edit("balancing_test", "Public posts that name us."),
        click(".modal button[name=action_preview]"),
        { trigger: ".modal .o_field_widget[name=preview]:contains('My parcel is late')" },
        click(".modal button[name=action_start]"),
        { trigger: ".o_form_view .o_arrow_button_current:contains('Active')" },
        click("button[name=action_import]"),
        { trigger: '.o_notification:contains("1 new")' },
        ...openMenu("menu_setup"),
        { trigger: point("source", "done") },
        // Something is heard, and one can agree.
        { trigger: "body:not(:has(.o_social_setup_banner))" },
        click(`${point("rules")} li:contains("e-mail") button:contains("Observe First")`),
        click(`${point("rules")} li:contains("Only observed") button:contains("Enforce")`),
        { trigger: `${point("rules", "done")}:not(:contains("Only observed"))` },
        click(`${point("consents", "open")} button:contains("Import Consents")`),
        { trigger: ".modal .o_field_widget[name=origin]" },
        click(".modal .btn-close"),
        { trigger: "body:not(:has(.modal))" },
        click(`${point("consents", "open")} button:contains("Leave It Out")`),
        click(`${point("consents", "skipped")} button:contains("Take It Up Again")`),
        click(`${point("consents", "open")} button:contains("Leave It Out")`),
        { trigger: point("consents", "skipped") },
        click(`${point("person", "open")} button:contains("Make a Test Person")`),
        click(".o_form_view .o_form_button_save"),
        { trigger: '.o_form_view .o_social_strip:contains("Only with consent")' },
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        ...openMenu("menu_setup"),
        { trigger: `${point("person", "open")} button:contains("Open It")` },
        click(`${point("mention", "open")} button:contains("Add an Account")`),
        edit("name", "Our account"),
        click(".modal .o_form_button_save"),
        { trigger: `${point("mention", "open")}:not(:contains("Add an Account"))` },
        click(`${point("mention", "open")} button:contains("Mentions")`),
        click('.o_data_row:contains("My parcel is late") .o_data_cell[name=text]'),
        click("button[name=action_answer]"),
        { trigger: '.modal .o_field_widget[name=text] textarea:value("Thank you for telling us")' },
        click(".modal footer button[name=action_send]"),
        { trigger: '.o_notification:contains("published")' },
        { trigger: "body:not(:has(.modal))" },
        ...openMenu("menu_setup"),
        { trigger: point("mention", "done") },
    ],
});

/* What is wrong is named, with a button to what mends it; the slow checks follow. */
registry.category("web_tour.tours").add("social_health", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        ...openMenu("menu_health"),
        { trigger: `${point("jobs", "danger")} li:contains("Switched off")` },
        // The source of all addons is read once for each process.
        { trigger: `${point("gates", "done")}:contains("passes a gate")` },
        { trigger: `${point("chain", "done")}:contains("Whole")` },
        click(`${point("chain")} button:contains("Check Everything")`),
        { trigger: '.o_notification:contains("Whole")' },
        click(`${point("missing")} button:contains("First Steps")`),
        { trigger: point("company") },
    ],
});
