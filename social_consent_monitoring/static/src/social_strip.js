import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useBus, useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { Component, onMounted, onWillUpdateProps, useState } from "@odoo/owl";
import { openStep } from "./social_steps";

/** What is allowed now by each channel, why, and what to do. The server says everything. */
export class SocialStrip extends Component {
    static template = "social_consent_monitoring.SocialStrip";
    static props = { strip: { type: [Object, Boolean] }, takeStep: Function };
}

/**
 * The strip of a contact, lead or newsletter recipient.
 *
 * It is asked for when the form stands already: that opens as fast as ever.
 */
export class SocialStripWidget extends Component {
    static template = "social_consent_monitoring.SocialStripWidget";
    static components = { SocialStrip };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.keepLast = new KeepLast();
        this.state = useState({ strip: false });
        onMounted(() => this.load(this.props.record));
        onWillUpdateProps(({ record }) => {
            if (record.resId !== this.props.record.resId) {
                this.load(record);
            }
        });
        useBus(this.props.record.model.bus, "update", () => this.loadSaved());
        this.takeStep = this.takeStep.bind(this);
    }

    /** What is typed changes nothing until it is saved. */
    loadSaved() {
        const { record } = this.props;
        if (!record.dirty) {
            this.load(record);
        }
    }

    async load({ resModel, resId, context }) {
        const read = resId
            ? this.orm.webRead(resModel, [resId], {
                  specification: { social_strip: {} },
                  context,
              })
            : [];
        const [person] = await this.keepLast.add(Promise.resolve(read));
        this.state.strip = person?.social_strip || false;
    }

    takeStep(step) {
        const { record } = this.props;
        return this.env.onClickViewButton({
            clickParams: {
                type: "object",
                name: step.method,
                args: JSON.stringify(step.args),
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

/** The strip of a message that is being written; its composer works it out anew when asked to. */
export class SocialStripField extends Component {
    static template = "social_consent_monitoring.SocialStripField";
    static components = { SocialStrip };
    static props = { ...standardFieldProps };

    setup() {
        this.services = { orm: useService("orm"), dialog: useService("dialog") };
        this.takeStep = this.takeStep.bind(this);
    }

    get strip() {
        return this.props.record.data[this.props.name] || false;
    }

    takeStep(step) {
        const { record } = this.props;
        return openStep(this.services, step, () =>
            record.update({ social_refresh: record.data.social_refresh + 1 })
        );
    }
}

registry.category("view_widgets").add("social_strip", { component: SocialStripWidget });
registry.category("fields").add("social_strip", {
    component: SocialStripField,
    supportedTypes: ["json"],
});
