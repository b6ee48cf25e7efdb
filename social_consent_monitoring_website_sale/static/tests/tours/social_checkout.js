import * as tourUtils from "@website_sale/js/tours/tour_utils";
import { registry } from "@web/core/registry";

const BOX = ".o_social_consent_boxes input[type=checkbox]";

/** From the shop to the placed order, as a guest. */
function order(...onPayment) {
    return [
        ...tourUtils.addToCart({
            productName: "Consent Tour Product",
            search: false,
            expectUnloadPage: true,
        }),
        tourUtils.goToCart(),
        tourUtils.goToCheckout(),
        ...tourUtils.fillAdressForm(
            {
                name: "Tour Guest",
                phone: "123456789",
                email: "tour@example.com",
                street: "Rue 1",
                city: "Namur",
                zip: "5000",
            },
            true
        ),
        {
            content: "The box is there, and not ticked",
            trigger: `${BOX}:not(:checked)`,
        },
        {
            content: "Its text is a click away",
            trigger: ".o_social_consent_boxes a[href^='/social/notice/']",
        },
        {
            content: "So is the way to withdraw",
            trigger: ".o_social_consent_boxes a[href='/social/consent']",
        },
        ...onPayment,
        ...tourUtils.pay({ expectUnloadPage: true }),
        {
            content: "The order is placed",
            trigger: "body:has([name='order_confirmation'])",
        },
    ];
}

registry.category("web_tour.tours").add("social_checkout_unticked", {
    steps: () => order(),
});

registry.category("web_tour.tours").add("social_checkout_ticked", {
    steps: () =>
        order(
            {
                content: "Tick it",
                trigger: BOX,
                run: "click",
            },
            {
                content: "The shop knows",
                trigger: ".o_social_consent_boxes[data-kept]",
            }
        ),
});
