import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

/**
 * What staff may do with a contact, as a table whose rows offer the next step.
 *
 * The server says everything, words included; a button calls the method that its row names, in
 * the way of any button of the form: what was typed is saved before, the form is read anew after.
 */
export class SocialOverview extends Component {
    static template = "social_consent_monitoring.SocialOverview";
    static props = { ...standardFieldProps };

    get overview() {
        return this.props.record.data[this.props.name] || { summary: [], groups: [] };
    }

    takeStep(row, button) {
        const { record } = this.props;
        return this.env.onClickViewButton({
            clickParams: {
                type: "object",
                name: button.method,
                args: JSON.stringify([row.act]),
            },
            getResParams: () => ({
                context: record.context,
                evalContext: record.evalContext,
                resModel: record.resModel,
                resId: record.resId,
                resIds: record.resIds,
            }),
        });
    }
}

registry.category("fields").add("social_overview", {
    component: SocialOverview,
    supportedTypes: ["json"],
});
