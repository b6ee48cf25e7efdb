import { registry } from "@web/core/registry";

const BLOCK = ".js_subscribe";

registry.category("web_tour.tours").add("social_newsletter_ticked", {
    steps: () => [
        {
            content: "The box is there, and not ticked: tick it",
            trigger: `${BLOCK} .o_social_consent_boxes input[type=checkbox]:not(:checked)`,
            run: "click",
        },
        {
            content: "The website knows",
            trigger: `${BLOCK} .o_social_consent_boxes[data-kept]`,
        },
        {
            content: "Enter the address",
            trigger: `${BLOCK} input[name=email]`,
            run: "edit tour@example.com",
        },
        {
            content: "Subscribe",
            trigger: `${BLOCK} .js_subscribe_btn`,
            run: "click",
        },
        {
            content: "It went through",
            trigger: `${BLOCK} .js_subscribed_wrap:not(.d-none)`,
        },
    ],
});
