import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const ICONS = {
    fine: "fa-check text-success",
    no: "fa-ban text-danger",
    skipped: "fa-minus text-muted",
};

/** A decision and the path to it, as "Try a Rule" shows them; the server says it all in words. */
export class SocialPolicyPath extends Component {
    static template = "social_consent_monitoring.SocialPolicyPath";
    static props = { ...standardFieldProps };

    get result() {
        return this.props.record.data[this.props.name];
    }

    getIcon(step) {
        return ICONS[step.state];
    }
}

registry.category("fields").add("social_policy_path", {
    component: SocialPolicyPath,
    supportedTypes: ["json"],
});
