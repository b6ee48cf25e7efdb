import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";

let count = 0;

/**
 * Puts the boxes of a place into a form whose page is stored as it is: what is offered, and to
 * whom, is asked when the page is opened.
 */
export class ConsentBoxes extends Interaction {
    static selector = ".s_website_form form.o_social_consent_form";
    place = "form";
    keep = false;

    async willStart() {
        this.html = await this.waitFor(
            rpc("/social/consent/boxes", { place: this.place, keep: this.keep })
        );
    }

    start() {
        const template = document.createElement("template");
        template.innerHTML = this.html.trim();
        const boxesEl = template.content.querySelector(".o_social_consent_boxes");
        if (boxesEl) {
            this.makeIdsUnique(boxesEl);
            this.insertBoxes(boxesEl);
        }
    }

    /** A page may hold several such forms: a label must reach its own box. */
    makeIdsUnique(boxesEl) {
        count++;
        for (const name of ["id", "for", "aria-describedby"]) {
            for (const el of boxesEl.querySelectorAll(`[${name}]`)) {
                el.setAttribute(name, `${el.getAttribute(name)}_${count}`);
            }
        }
    }

    insertBoxes(boxesEl) {
        const submitEl = this.el.querySelector(".s_website_form_submit");
        const columnEl = document.createElement("div");
        columnEl.className = "col-12";
        columnEl.append(boxesEl);
        this.insert(columnEl, submitEl || this.el, submitEl ? "beforebegin" : "beforeend");
    }
}

/**
 * Tells the server what is ticked, where the form itself goes elsewhere. Nothing else can be
 * pressed meanwhile, and a box that could not be told is as before: what it shows is what counts.
 */
export class ConsentBoxesKeep extends Interaction {
    static selector = ".o_social_consent_boxes[data-keep]";
    dynamicContent = {
        input: { "t-on-change": this.onChange },
    };

    async onChange(ev) {
        const form = {};
        for (const inputEl of this.el.querySelectorAll("input")) {
            if (inputEl.type !== "checkbox" || inputEl.checked) {
                form[inputEl.name] = inputEl.value;
            }
        }
        this.services.ui.block();
        try {
            await this.waitFor(
                rpc("/social/consent/boxes/keep", { place: this.el.dataset.place, form })
            );
            this.el.dataset.kept = "true";
        } catch (error) {
            if (ev.target.type === "checkbox") {
                ev.target.checked = !ev.target.checked;
            }
            throw error;
        } finally {
            this.services.ui.unblock();
        }
    }
}

registry
    .category("public.interactions")
    .add("social_consent_monitoring_website.boxes", ConsentBoxes)
    .add("social_consent_monitoring_website.boxes_keep", ConsentBoxesKeep);
