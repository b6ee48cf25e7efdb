import { formatFloat } from "@web/core/utils/numbers";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { View } from "@web/views/view";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, markRaw, markup, onWillStart, useState } from "@odoo/owl";

/**
 * Key figures, and graphs that are Odoo's own views: each asks by itself, and a click on a bar opens
 * the mentions behind it, as far as this user may see them. The server says what there is.
 */
export class SocialDashboard extends Component {
    static template = "social_consent_monitoring.SocialDashboard";
    static components = { Layout, View };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        // Apart from the tag below, where the exporter of words would not find it.
        this.nothing = _t("Nothing to show, or too few.");
        this.periods = [
            { days: 30, name: _t("30 days") },
            { days: 90, name: _t("90 days") },
            { days: 365, name: _t("A year") },
        ];
        this.state = useState({ days: 0, figures: [], panels: [] });
        onWillStart(() => this.load(this.periods[0].days));
    }

    async load(days) {
        const asked = this.orm.call("social.dashboard", "get_dashboard", [days]);
        const { figures, panels } = await this.keepLast.add(asked);
        const prepared = panels.map((panel) => ({ ...panel, props: this.getViewProps(panel) }));
        Object.assign(this.state, { days, figures, panels: markRaw(prepared) });
    }

    getViewProps({ model, view_id, domain, context }) {
        return {
            type: "graph",
            resModel: model,
            viewId: view_id,
            views: [
                [view_id, "graph"],
                [false, "search"],
            ],
            domain,
            context,
            display: { controlPanel: false },
            // Odoo would show invented numbers where there are none.
            useSampleModel: false,
            noContentHelp: markup`<p>${this.nothing}</p>`,
        };
    }

    format(value, digits) {
        return value === null || value === false
            ? _t("Too few to show")
            : formatFloat(value, { digits: [16, digits] });
    }

    open(panel) {
        this.action.doAction(panel.action, { additionalContext: panel.context });
    }
}

registry.category("actions").add("social_dashboard", SocialDashboard);
