import {
    clickOnEditAndWaitEditMode,
    clickOnSave,
    registerWebsitePreviewTour,
} from "@website/js/tours/tour_utils";

const OPTION = ".o_customize_tab [data-label='Consent Boxes'] input[type=checkbox]";

registerWebsitePreviewTour("social_form_option", { url: "/consent-tour" }, () => [
    ...clickOnEditAndWaitEditMode(),
    {
        content: "Choose the form",
        trigger: ":iframe .s_website_form input[name=name]",
        run: "click",
    },
    {
        content: "It asks for nothing yet: switch the boxes on",
        trigger: `${OPTION}:not(:checked)`,
        run: "click",
    },
    {
        content: "The form will ask",
        trigger: ":iframe .s_website_form form.o_social_consent_form",
    },
    {
        content: "So it stands in the panel",
        trigger: `${OPTION}:checked`,
    },
    ...clickOnSave(),
]);
