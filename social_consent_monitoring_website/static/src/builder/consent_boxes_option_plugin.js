import { BaseOptionComponent } from "@html_builder/core/utils";
import { Plugin } from "@html_editor/plugin";
import { registry } from "@web/core/registry";

export class ConsentBoxesOption extends BaseOptionComponent {
    static template = "social_consent_monitoring_website.ConsentBoxesOption";
    static selector = ".s_website_form";
    static applyTo = "form";
}

class ConsentBoxesOptionPlugin extends Plugin {
    static id = "socialConsentBoxesOption";
    resources = {
        builder_options: [ConsentBoxesOption],
    };
}

registry
    .category("website-plugins")
    .add(ConsentBoxesOptionPlugin.id, ConsentBoxesOptionPlugin);
