import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { stepUtils } from "@web_tour/tour_utils";

import { SocialReadCode } from "@social_consent_monitoring/social_read_code";

const ADDON = "social_consent_monitoring";

function click(trigger) {
    return { trigger, run: "click" };
}

function choose(field, name) {
    return [
        {
            trigger: `.modal .o_field_widget[name=${field}] input`,
            run: `edit ${name}`,
        },
        click(`.o-autocomplete--dropdown-item:contains("${name}")`),
    ];
}

function openContact(name) {
    return [
        ...stepUtils.goToAppSteps("contacts.menu_contacts"),
        click(`.o_data_row .o_data_cell[name=complete_name]:contains("${name}")`),
        click('.nav-link:contains("Social & Consent")'),
    ];
}

function openMention(text) {
    return [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`.o_data_row:contains("${text}") .o_data_cell[name=text]`),
        { trigger: `.o_form_view .o_field_widget[name=marked_text]:contains("${text}")` },
    ];
}

function match(name) {
    return [
        click("button[name=action_match]:contains('Who is this?')"),
        ...choose("partner_id", name),
        click(".modal button[name=action_match]"),
    ];
}

/* Way 1, 2 and 3 in one go: import, inbox, consent, match, withdraw, match gone. */
registry.category("web_tour.tours").add("social_slice", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`button[data-menu-xmlid="${ADDON}.menu_configuration"]`),
        click(`a[data-menu-xmlid="${ADDON}.menu_sources"]`),
        click('.o_data_row:contains("Tour source") .o_data_cell'),
        click("button[name=action_import]"),
        { trigger: '.o_notification:contains("1 new")' },
        ...openMention("My parcel is late"),
        ...match("Ada Lindqvist"),
        {
            trigger:
                '.modal:not(:has([name=mention_text])):contains("Not allowed")' +
                ':contains("has not been asked for consent") footer button',
            run: "click",
        },
        click(".modal:has([name=mention_text]) footer button:enabled:contains('Discard')"),
        { trigger: "body:not(:has(.modal))" },
        ...openContact("Ada Lindqvist"),
        { trigger: "tr[data-act=match][data-reason=never_asked]" },
        click("tr[data-act=match] button[data-step=record]"),
        { trigger: '.modal [name=purpose_id] input:value("Match mentions with the contact")' },
        { trigger: '.modal [name=notice_text]:contains("withdraw it at any time")' },
        click(".modal [name=medium] input[data-value=phone]"),
        {
            trigger: ".modal [name=call_record] textarea",
            run: "edit Called back, read the text out, and the person said yes.",
        },
        click(".modal button[name=action_record]"),
        { trigger: "tr[data-act=match][data-reason=allowed]:contains('Allowed')" },
        ...openMention("My parcel is late"),
        ...match("Ada Lindqvist"),
        { trigger: "body:not(:has(.modal))" },
        click("button[name=action_view_matches]"),
        { trigger: '.o_data_row:contains("Ada Lindqvist")' },
        ...openContact("Ada Lindqvist"),
        { trigger: "button[name=action_view_social_matches]" },
        click("tr[data-act=match] button[data-step=withdraw]"),
        click(".modal button[name=action_withdraw]"),
        { trigger: "tr[data-act=match][data-reason=consent_withdrawn]:contains('Withdrawn')" },
        { trigger: ".o_form_view:not(:has(button[name=action_view_social_matches]))" },
        ...openMention("My parcel is late"),
        { trigger: ".o_form_view:not(:has(button[name=action_view_matches]))" },
    ],
});

/* A day of a clerk: answer, be stopped by the guard, mend, send. */
registry.category("web_tour.tours").add("social_answer", {
    steps: () => [
        ...openMention("My parcel is late"),
        click("button[name=action_answer]"),
        { trigger: '.modal .o_field_widget[name=text] textarea:value("Thank you for telling us")' },
        {
            trigger: ".modal .o_field_widget[name=text] textarea",
            run: "edit Dear Ms Lindqvist, your parcel is on its way.",
        },
        { trigger: '.modal mark.o_social_found_name:contains("Lindqvist"):contains("name")' },
        { trigger: '.modal .alert-danger:contains("needs the person\'s consent")' },
        click(".modal footer button[name=action_send]"),
        {
            trigger: '.modal:not(:has([name=mention_text])):contains("general words") footer button',
            run: "click",
        },
        click(".modal button[name=action_use_abstract]"),
        { trigger: ".modal:not(:has(mark)) .o_field_widget[name=text] textarea:value(\"Thank you for telling us\")" },
        click(".modal footer button[name=action_send]"),
        { trigger: '.o_notification:contains("published")' },
        { trigger: "body:not(:has(.modal))" },
        { trigger: '.o_field_widget[name=answer_ids] .o_data_row:contains("Sent")' },
        { trigger: '.o_field_widget[name=answer_ids] button[name=action_open_url]' },
    ],
});

/* Nobody knows who wrote this: no lead, but ways that need no consent; with both consents a lead. */
registry.category("web_tour.tours").add("social_no_lead", {
    steps: () => [
        ...openMention("#nordlicht 3"),
        click("button[name=action_create_lead]"),
        { trigger: ".modal .alert-warning:contains('not known')" },
        { trigger: ".modal .o_field_widget[name=places]:contains('Topics: Parcels (6)')" },
        { trigger: ".modal .o_field_widget[name=places]:contains('#nordlicht (6)')" },
        { trigger: ".modal .o_field_widget[name=invitation]:contains('linkedin.example')" },
        { trigger: ".modal button:contains('Copy the Places')" },
        { trigger: ".modal:contains('Leave it'):not(:has(button[name=action_answer]))" },
        click(".modal footer button:contains('Back to the Mention')"),
        { trigger: "body:not(:has(.modal))" },
        ...openMention("#nordlicht 0"),
        click("button[name=action_create_lead]"),
        { trigger: ".o_form_view .o_field_widget[name=description]:contains('My parcel is late')" },
        { trigger: '.o_social_strip [data-channel=social][data-state="allowed"]' },
        { trigger: '.o_social_strip [data-channel=posts]:contains("2 of 4 allowed")' },
    ],
});

function answerMention(text) {
    return [
        ...openMention("My parcel is late"),
        click("button[name=action_answer]"),
        { trigger: ".modal .o_field_widget[name=text] textarea", run: `edit ${text}` },
        click(".modal footer button[name=action_send]"),
        { trigger: '.o_notification:contains("A manager has to approve this answer")' },
        { trigger: "body:not(:has(.modal))" },
    ];
}

/* A second person: the clerk asks, the manager gives it back, the clerk mends, it is approved. */
registry.category("web_tour.tours").add("social_approval_ask", {
    steps: () => answerMention("We are sorry."),
});

registry.category("web_tour.tours").add("social_approval_give_back", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`a[data-menu-xmlid="${ADDON}.menu_answers"]`),
        {
            trigger:
                ".o_search_panel_category_value:contains('Waiting for approval'):contains('1') .active",
        },
        click('.o_data_row:contains("We are sorry.") .o_data_cell[name=text]'),
        click(".modal footer button[name=action_give_back]"),
        { trigger: ".modal [name=reason] textarea", run: "edit Say until when." },
        click(".modal footer button[name=action_confirm]"),
        { trigger: "body:not(:has(.modal))" },
        { trigger: '.o_list_view:not(:contains("We are sorry."))' },
    ],
});

registry.category("web_tour.tours").add("social_approval_mend", {
    steps: () => [
        ...openMention("My parcel is late"),
        click("button[name=action_answer]"),
        { trigger: '.modal .alert-danger:contains("did not approve it: Say until when.")' },
        click(".modal .btn-close"),
        { trigger: "body:not(:has(.modal))" },
        ...answerMention("We are sorry. You hear from us today."),
    ],
});

registry.category("web_tour.tours").add("social_approval_approve", {
    steps: () => [
        ...openMention("My parcel is late"),
        { trigger: '.o-mail-Activity:contains("An answer waits for your approval")' },
        click('.o_field_widget[name=answer_ids] .o_data_row:contains("today") button[name=action_open]'),
        click(".modal footer button[name=action_approve]"),
        { trigger: '.o_notification:contains("published")' },
        { trigger: "body:not(:has(.modal))" },
        { trigger: '.o_field_widget[name=answer_ids] .o_data_row:contains("Sent")' },
        { trigger: "body:not(:has(.o-mail-Activity))" },
    ],
});

/* Sales opens a contact, sees what is not allowed, and records the signed paper that allows it. */
registry.category("web_tour.tours").add("social_contact_paper", {
    steps: () => [
        ...openContact("Ada Lindqvist"),
        { trigger: '.o_social_overview [name=summary]:contains("You may not advertise by: E-mail")' },
        { trigger: "tr[data-act=contact_email][data-reason=never_asked]:contains('Not asked')" },
        { trigger: ".o_form_view:not(:has(button[name=action_print_social_proof]))" },
        click("tr[data-act=contact_email] button[data-step=record]"),
        { trigger: '.modal [name=purpose_id] input:value("Advertise")' },
        click(".modal [name=medium] input[data-value=paper]"),
        {
            trigger: ".modal [name=attachment_ids] input[type=file]:not(:visible)",
            run() {
                const upload = new DataTransfer();
                upload.items.add(new File(["Yes. Ada"], "signed.txt", { type: "text/plain" }));
                this.anchor.files = upload.files;
                this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        { trigger: '.modal [name=attachment_ids]:contains("signed.txt")' },
        click(".modal button[name=action_record]"),
        { trigger: "body:not(:has(.modal))" },
        { trigger: "tr[data-act=contact_email][data-reason=allowed]:contains('Evidence: yes')" },
        { trigger: '.o_social_overview [name=summary]:contains("You may advertise by: E-mail")' },
    ],
});

registry.category("web_tour.tours").add("social_contact_ask", {
    steps: () => [
        ...openContact("Ada Lindqvist"),
        click("tr[data-act=contact_sms] button[data-step=ask]"),
        { trigger: '.modal [name=ask_count]:contains("1")' },
        click(".modal [name=occasion] input[data-value=customer]"),
        click(".modal button[name=action_send]"),
        { trigger: '.o_form_view [name=asked_count]:contains("1")' },
        click(".breadcrumb-item:contains('Ada Lindqvist')"),
        click('.nav-link:contains("Social & Consent")'),
        { trigger: "tr[data-act=contact_sms][data-reason=consent_requested]:contains('Asked')" },
    ],
});

/* The officer finds the proof on the contact; printed, it opens as a page of its own. */
registry.category("web_tour.tours").add("social_contact_proof", {
    steps: () => [
        ...openContact("Ada Lindqvist"),
        { trigger: "button[name=action_print_social_proof]" },
        click(".o_cp_action_menus .dropdown-toggle:has(.fa-cog), .o_cp_action_menus button"),
        { trigger: '.o-dropdown--menu .o-dropdown-item:contains("Proof of Consent"), .o-dropdown--menu:contains("Print")' },
    ],
});

/* The handle of one author, in a dialog that keeps it nowhere. */
registry.category("web_tour.tours").add("social_show_author", {
    steps: () => [
        { trigger: ".o_form_view:not(:contains('zelda_given'))" },
        click("button[name=action_show_author]"),
        { trigger: ".modal:contains('zelda_given@social.example'):contains('logged')" },
        click(".modal footer .btn-primary"),
        { trigger: "body:not(:has(.modal)) .o_form_view:not(:contains('zelda_given'))" },
    ],
});

registry.category("web_tour.tours").add("social_mailing_send", {
    steps: () => [
        click('.o_form_view button[name=action_launch]:contains("Send")'),
        click(".modal footer .btn-primary"),
        { trigger: '.o_statusbar_status button.o_arrow_button_current:contains("In Queue")' },
    ],
});

registry.category("web_tour.tours").add("social_mailing_result", {
    steps: () => [
        click('button[name=action_view_social_refused]:contains("no consent")'),
        { trigger: '.o_last_breadcrumb_item:contains("Left Out: No Consent")' },
        { trigger: '.o_data_row:contains("no@example.com"):contains("No consent")' },
        { trigger: '.o_list_view:not(:has(.o_data_row:contains("yes@example.com")))' },
    ],
});

function configure(menu) {
    return [
        click(`button[data-menu-xmlid="${ADDON}.menu_configuration"]`),
        click(`a[data-menu-xmlid="${ADDON}.${menu}"]`),
    ];
}

/* Search finds the switch; off asks for a reason; the trial says so; the log undoes it. */
registry.category("web_tour.tours").add("social_settings", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        { trigger: ".o_list_view:not(:has(.o_social_banner))" },
        ...configure("menu_settings"),
        // The page before has a search, too.
        { trigger: "#social_contact_email" },
        { trigger: ".o_searchview input", run: "edit Advertise by E-mail" },
        { trigger: "#social_contact_email:has(.highlighter)" },
        { trigger: ".o_settings_container:not(:has(#social_small_group))" },
        click("#social_contact_email .o_radio_input[data-value=off]"),
        click(".o_form_button_save"),
        {
            trigger: "#social_contact_email .o_field_invalid[name=social_reason_contact_email]",
        },
        {
            trigger: "#social_contact_email [name=social_reason_contact_email] input",
            run: "edit Tried for a week.",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        { trigger: '.o_social_banner:contains("is off: mails also go")' },
        ...stepUtils.goToAppSteps("mass_mailing.mass_mailing_menu_root"),
        { trigger: '.o_social_banner:contains("is off: mails also go")' },
        ...stepUtils.goToAppSteps("contacts.menu_contacts"),
        { trigger: "body:not(:has(.o_social_banner)) .o_data_row" },
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        ...configure("menu_try"),
        ...choose("partner_id", "Ada Lindqvist"),
        { trigger: '.modal [data-state=off]:contains("not been asked")' },
        { trigger: '.modal [data-step=no]:contains("Has the person consented")' },
        { trigger: '.modal [name=rule_id]:contains("Advertise by e-mail")' },
        click(".modal footer button"),
        ...configure("menu_changes"),
        { trigger: '.o_data_row:first:contains("Enforced → Off"):contains("Tried for a week.")' },
        click(".o_data_row:first button[name=action_undo]"),
        { trigger: '.o_data_row:first:contains("Off → Enforced"):contains("Undo")' },
        { trigger: ".o_data_row:eq(1):not(:has(button[name=action_undo]))" },
    ],
});

/* The privacy officer finds a refusal, opens the person, and sees all about that person counted. */
registry.category("web_tour.tours").add("social_decisions", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`button[data-menu-xmlid="${ADDON}.menu_consent"]`),
        click(`a[data-menu-xmlid="${ADDON}.menu_decisions"]`),
        { trigger: '.o_data_row:contains("Match mentions"):contains("Allowed")' },
        click(".o_searchview_dropdown_toggler"),
        click('.o_filter_menu .o-dropdown-item:contains("Refused"):first'),
        { trigger: '.o_list_view:not(:has([name=result]:contains("Allowed"))) .o_data_row' },
        click('.o_data_row:first:contains("not been asked") [name=act]'),
        { trigger: '.o_form_view [name=result]:contains("Refused")' },
        click("button[name=action_open_person]"),
        { trigger: '.o_last_breadcrumb_item:contains("Ada Lindqvist")' },
        click('.nav-link:contains("Social & Consent")'),
        click("button[name=action_view_social_decisions]"),
        { trigger: '.o_last_breadcrumb_item:contains("Decisions about This Person")' },
        { trigger: ".o_list_view .o_data_row:eq(1)" },
        { trigger: ".o_list_view:not(:has(.o_data_row:eq(2)))" },
        click(".o_switch_view.o_graph"),
        { trigger: ".o_graph_view canvas" },
        click(".o_switch_view.o_pivot"),
        { trigger: '.o_pivot_view tbody:contains("Advertise by e-mail")' },
    ],
});

/* A refusal keeps the text: say what it is about in the window above, and send it again. */
registry.category("web_tour.tours").add("social_first_contact", {
    steps: () => [
        { trigger: '.o_social_strip [data-channel=email][data-state="consent"]' },
        click(".o-mail-Chatter-sendMessage:enabled"),
        { trigger: ".o-mail-Composer .o-mail-Composer-input", run: "edit My long text" },
        click(".o-mail-Composer-send:enabled"),
        { trigger: ".o_social_refusal:contains('You do not know this person yet.')" },
        click(".o_social_refusal [data-step=action_say_social_about]"),
        click(".modal:not(.o_inactive_modal) .o_field_widget[name=about] label:contains('business')"),
        click(".modal:not(.o_inactive_modal) .o_form_button_save:contains('Record')"),
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o-mail-Composer .o-mail-Composer-input:value('My long text')" },
        click(".o-mail-Composer-send:enabled"),
        { trigger: ".o-mail-Message:contains('My long text')" },
    ],
});

/* Sales asks a cold lead that wanted to be asked, from the strip, and says how it did. */
registry.category("web_tour.tours").add("social_lead_ask", {
    steps: () => [
        { trigger: '.o_social_strip [data-channel=email][data-state="consent"]' },
        click(".o_social_strip [data-step=action_ask_social_consent]"),
        { trigger: ".modal .alert-warning:contains('never turned to you')" },
        { trigger: '.modal [name=ask_count]:contains("1")' },
        click(".modal [name=occasion] input[data-value=asked_for]"),
        { trigger: ".modal [name=note] textarea", run: "edit At the fair: send me your offers" },
        click(".modal button[name=action_send]"),
        { trigger: '.o_form_view [name=asked_count]:contains("1")' },
        click(".breadcrumb-item:contains('Cold')"),
        { trigger: ".o_social_strip:not(:has([data-step=action_ask_social_consent]))" },
    ],
});

/* A word and a server, the terms, a look at the first posts, and a source that runs. */
registry.category("web_tour.tours").add("social_add_source", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`button[data-menu-xmlid="${ADDON}.menu_configuration"]`),
        click(`a[data-menu-xmlid="${ADDON}.menu_sources"]`),
        click('.o_control_panel button:contains("Add a Source")'),
        click('.modal .o_field_widget[name=preset] label:contains("Fediverse")'),
        { trigger: ".modal .o_field_widget[name=word] input", run: "edit #nordlicht" },
        {
            trigger: ".modal .o_field_widget[name=balancing_test] textarea",
            run: "edit Public posts that name us.",
        },
        click(".modal button[name=action_preview]"),
        { trigger: ".modal .alert-danger:contains('terms')" },
        click(".modal button[name=action_terms]"),
        { trigger: ".modal .o_field_widget[name=version] input", run: "edit as of 2026-05-01" },
        click(".modal .o_field_widget[name=verdict] label:contains('Monitoring allowed')"),
        click(".modal .o_field_widget[name=has_read] input"),
        click(".modal button[name=action_confirm]"),
        { trigger: ".modal .o_field_widget[name=terms_state]:contains('Valid')" },
        click(".modal button[name=action_preview]"),
        { trigger: ".modal .o_field_widget[name=preview]:contains('My parcel is late')" },
        click(".modal button[name=action_start]"),
        { trigger: ".o_form_view .o_arrow_button_current:contains('Active')" },
    ],
});

/* The author proved the name and consented: a press matches, a value is taken, the contact shows it. */
registry.category("web_tour.tours").add("social_matched_customer", {
    steps: () => [
        ...openMention("Lovely people"),
        click("button[name=action_match]:contains('Who is this?')"),
        { trigger: ".modal .o_field_widget[name=mention_text]:contains('Lovely people')" },
        { trigger: ".modal:not(:contains('Treat the author as'))" },
        click(
            ".modal [name=proven_ids] .o_data_row:contains('Ada Lindqvist') " +
                "button[name=action_confirm_social_author]"
        ),
        { trigger: "body:not(:has(.modal)) button[name=action_view_matches]" },
        { trigger: ".o_form_view .alert-success:contains('think of a thank-you')" },
        click("button[name=action_enrich]:contains('Add to the Contact')"),
        { trigger: ".modal .o_field_widget[name=unnamed]:contains('shoe size'):contains('does not name')" },
        { trigger: ".modal .o_field_widget[name=category_id]:not(:contains('shoe size'))" },
        click(".modal .o_field_widget[name=category_id] label:contains('interests')"),
        { trigger: ".modal .o_field_widget[name=label] input", run: "edit Hobby" },
        { trigger: ".modal .o_field_widget[name=value] input", run: "edit Sailing" },
        click(".modal button[name=action_add]"),
        { trigger: "body:not(:has(.modal))" },
        ...openContact("Ada Lindqvist"),
        click('.nav-link:contains("From Social Media")'),
        { trigger: ".o_social_values tr:contains('interests'):contains('Hobby'):contains('Sailing')" },
        { trigger: ".o_social_values tr:contains('Post on Fediverse'):contains('Enrich')" },
        click(".o_social_values [data-step=source]"),
        { trigger: ".o_form_view .o_field_widget[name=platform_id]" },
        click(".breadcrumb-item:contains('Ada Lindqvist')"),
        click('.nav-link:contains("From Social Media")'),
        click(".o_social_values tr:contains('Sailing') [data-step=remove]"),
        { trigger: ".o_form_view:not(:has(.nav-link:contains('From Social Media')))" },
    ],
});

/* What staff sees before the person withdraws ... */
registry.category("web_tour.tours").add("social_values_seen", {
    steps: () => [
        ...openContact("Ada Lindqvist"),
        { trigger: "button[name=action_view_social_matches]" },
        click('.nav-link:contains("From Social Media")'),
        { trigger: ".o_social_values tr:contains('Sailing')" },
    ],
});

/* ... and after. */
registry.category("web_tour.tours").add("social_values_gone", {
    steps: () => [
        ...openContact("Ada Lindqvist"),
        { trigger: "tr[data-act=match][data-reason=consent_withdrawn]" },
        { trigger: "tr[data-act=enrich][data-reason=consent_withdrawn]" },
        { trigger: ".o_form_view:not(:has(button[name=action_view_social_matches]))" },
        { trigger: ".o_form_view:not(:has(.nav-link:contains('From Social Media')))" },
        { trigger: ".o_form_view:not(:contains('Sailing'))" },
        ...openMention("Lovely people"),
        { trigger: ".o_form_view:not(:has(button[name=action_view_matches]))" },
        { trigger: ".o_form_view:not(:has(button[name=action_enrich]))" },
        { trigger: ".o_form_view:not(:has(.alert-success))" },
    ],
});

/* A form stays open while the person withdraws elsewhere: it says so, and adds nothing. */
registry.category("web_tour.tours").add("social_withdrawn_meanwhile", {
    steps: () => [
        ...openMention("Lovely people"),
        click("button[name=action_enrich]"),
        click(".modal .o_field_widget[name=category_id] label:contains('interests')"),
        {
            trigger: ".modal .o_field_widget[name=value] input",
            async run(actions) {
                await actions.edit("Rowing");
                const page = await rpc("/web/dataset/call_kw/ir.config_parameter/get_param", {
                    model: "ir.config_parameter",
                    method: "get_param",
                    args: ["social_tour_page"],
                    kwargs: {},
                });
                // The person's link says who it is, and no session.
                await fetch(`${new URL(page).pathname}/withdraw`, {
                    method: "POST",
                    body: new URLSearchParams({ purpose: "enrich" }),
                });
            },
        },
        click(".modal button[name=action_add]"),
        {
            trigger:
                '.modal:contains("Not allowed"):contains("withdrew the consent") footer button',
            run: "click",
        },
        click(".modal:has([name=mention_text]) footer button:contains('Discard')"),
        ...openContact("Ada Lindqvist"),
        { trigger: "tr[data-act=enrich][data-reason=consent_withdrawn]" },
        { trigger: ".o_form_view:not(:has(.nav-link:contains('From Social Media')))" },
    ],
});

/* A signed form comes back: its scan says by the code whose it is and which text was signed. */
registry.category("web_tour.tours").add("social_paper_scan", {
    steps: () => [
        ...stepUtils.goToAppSteps(`${ADDON}.menu_root`),
        click(`button[data-menu-xmlid="${ADDON}.menu_consent"]`),
        click(`a[data-menu-xmlid="${ADDON}.menu_paper_record"]`),
        {
            trigger: ".modal [name=attachment_ids] input[type=file]:not(:visible)",
            async run() {
                // The test left the scan here, as an address that holds it.
                const url = document.querySelector(".modal [name=evidence_note] textarea").value;
                const blob = await (await fetch(url)).blob();
                const upload = new DataTransfer();
                upload.items.add(new File([blob], "scan", { type: blob.type }));
                this.anchor.files = upload.files;
                this.anchor.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        {
            trigger: '.modal [name=attachment_ids]:contains("scan")',
            run() {
                // Whoever presses at once is faster than the form, which knows no more of the file.
                patch(SocialReadCode.prototype, {
                    readFile({ resId }) {
                        return super.readFile({ resId, data: {} });
                    },
                });
            },
        },
        { trigger: ".modal [name=evidence_note] textarea", run: "edit At the fair" },
        click(".modal button:contains('Read from the Scan')"),
        { trigger: '.modal [name=partner_id] input:value("Ada Lindqvist")', timeout: 30000 },
        { trigger: ".modal [name=signed_on] input, .modal [name=signed_on] button", run: "click" },
        click(".o_date_picker .o_today"),
        { trigger: ".modal [name=line_ids] .o_data_row:not(:has([name=ticked] input:checked))" },
        click(".modal [name=line_ids] .o_data_row:first td[name=ticked]"),
        { trigger: ".modal [name=line_ids] .o_data_row:first [name=ticked] input:checked" },
        click(".modal button[name=action_record_and_next]"),
        { trigger: ".modal:not(:has([name=line_ids])) [name=form_number] input" },
        click(".modal button:contains('Discard')"),
        { trigger: "body:not(:has(.modal))" },
    ],
});
