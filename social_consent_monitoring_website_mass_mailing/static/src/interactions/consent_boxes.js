import { ConsentBoxes } from "@social_consent_monitoring_website/interactions/consent_boxes";
import { registry } from "@web/core/registry";

/** Puts the boxes below the address in a newsletter block. */
export class ConsentBoxesNewsletter extends ConsentBoxes {
    static selector = ".js_subscribe";
    place = "newsletter";
    keep = true;

    insertBoxes(boxesEl) {
        // Gone with the address once somebody has subscribed.
        const wrapEl = this.el.querySelector(".js_subscribe_wrap") || this.el;
        boxesEl.classList.add("text-start");
        this.insert(boxesEl, wrapEl);
    }
}

registry
    .category("public.interactions")
    .add("social_consent_monitoring_website_mass_mailing.boxes", ConsentBoxesNewsletter);
