import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";

/**
 * What was taken from public posts for a contact, each value with its source and a way back.
 *
 * It is asked for when its tab is opened, and read anew with the form: nothing of it stays in the
 * browser once its consent has ended.
 */
export class SocialValues extends Component {
    static template = "social_consent_monitoring.SocialValues";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ rows: [] });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(({ record }) => this.load(record));
        useBus(this.props.record.model.bus, "update", () => this.load(this.props.record));
    }

    async load({ resModel, resId, context }) {
        const read = resId
            ? this.orm.webRead(resModel, [resId], {
                  specification: { social_values: {} },
                  context,
              })
            : [];
        const [contact] = await this.keepLast.add(Promise.resolve(read));
        this.state.rows = contact?.social_values || [];
    }

    press(row, method) {
        const { record } = this.props;
        return this.env.onClickViewButton({
            clickParams: { type: "object", name: method },
            getResParams: () => ({
                context: record.context,
                evalContext: record.evalContext,
                resModel: "social.enrichment",
                resId: row.id,
                resIds: [row.id],
            }),
        });
    }
}

registry.category("view_widgets").add("social_values", { component: SocialValues });
