import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/**
 * What staff may do with a contact, as a table whose rows offer the next step.
 *
 * It is asked for when its tab is opened: the form itself opens as fast as ever. The server says
 * everything, words included; a button calls the method that its row names, in the way of any
 * button of the form: what was typed is saved before, and form and table are read anew after.
 */
export class SocialOverview extends Component {
    static template = "social_consent_monitoring.SocialOverview";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ overview: { summary: [], groups: [] } });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(({ record }) => this.load(record));
        useBus(this.props.record.model.bus, "update", () => this.load(this.props.record));
    }

    get overview() {
        return this.state.overview;
    }

    async load({ resModel, resId, context }) {
        const read = resId
            ? this.orm.webRead(resModel, [resId], {
                  specification: { social_overview: {} },
                  context,
              })
            : [];
        const [contact] = await this.keepLast.add(Promise.resolve(read));
        this.state.overview = contact?.social_overview || { summary: [], groups: [] };
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

registry.category("view_widgets").add("social_overview", { component: SocialOverview });
