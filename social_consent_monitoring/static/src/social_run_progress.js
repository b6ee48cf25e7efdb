import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onWillUnmount, useState } from "@odoo/owl";

const SECONDS = 3;

/**
 * How far the run of a source is, while it runs; and when it ends, the form shows what came of it.
 *
 * Odoo commits a run page by page, so that a look at its numbers is enough.
 */
export class SocialRunProgress extends Component {
    static template = "social_consent_monitoring.SocialRunProgress";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm").silent;
        this.state = useState({ progress: this.props.record.data.run_progress });
        const timer = setInterval(() => this.look(), SECONDS * 1000);
        onWillUnmount(() => clearInterval(timer));
    }

    async look() {
        const { record } = this.props;
        if (this.looking || document.hidden || !record.resId || record.data.state !== "active") {
            return;
        }
        this.looking = true;
        try {
            const [source] = await this.orm.read(record.resModel, [record.resId], ["run_progress"]);
            const ended = this.state.progress && !source?.run_progress;
            this.state.progress = source?.run_progress || false;
            if (ended && !record.dirty) {
                await record.load();
            }
        } catch {
            // Offline, or gone: the next look may know more.
        } finally {
            this.looking = false;
        }
    }
}

registry.category("view_widgets").add("social_run_progress", {
    component: SocialRunProgress,
    fieldDependencies: [
        { name: "run_progress", type: "char", readonly: true },
        { name: "state", type: "selection", readonly: true },
    ],
});
