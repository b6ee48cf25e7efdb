import { registry } from "@web/core/registry";

const FORM = ".s_website_form form";

registry.category("web_tour.tours").add("social_form_ticked", {
    steps: () => [
        {
            content: "What the question is about",
            trigger: `${FORM} input[name=name]`,
            run: "edit A question",
        },
        {
            content: "Who asks",
            trigger: `${FORM} input[name=email_from]`,
            run: "edit tour@example.com",
        },
        {
            content: "The box is there, and not ticked: tick it by its label",
            trigger: `${FORM}:has(.o_social_consent_boxes input[type=checkbox]:not(:checked)) .o_social_consent_boxes label`,
            run: "click",
        },
        {
            content: "The label reached its box",
            trigger: `${FORM} .o_social_consent_boxes input[type=checkbox]:checked`,
        },
        {
            content: "Send the form",
            trigger: `${FORM} .s_website_form_send`,
            run: "click",
        },
        {
            content: "It went through",
            trigger: ".s_website_form_end_message:not(.d-none)",
        },
    ],
});
