import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component, markRaw, onWillStart, useState } from "@odoo/owl";

// By the state of a point, and of a line of it: what it looks like, beside what it says.
const COLOURS = {
    done: "text-bg-success",
    open: "text-bg-primary",
    warning: "text-bg-warning",
    danger: "text-bg-danger",
    skipped: "text-bg-secondary",
    wait: "text-bg-light",
    success: "text-success",
};

/**
 * A page of points, each with its state and what to do. The server says everything, words included;
 * what takes longer it says in a second answer. Coming back from what a button opened, the page is
 * asked for anew: what is there counts.
 */
export class SocialChecklist extends Component {
    static template = "social_consent_monitoring.SocialChecklist";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static model = "";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ title: "", lead: "", points: [] });
        onWillStart(() => this.load());
    }

    async load() {
        const { model } = this.constructor;
        const asked = this.orm.call(model, "get_page", []);
        const { title, lead, points } = await this.keepLast.add(asked);
        // Raw: the action service writes into the actions that it is given.
        Object.assign(this.state, { title, lead, points: markRaw(points) });
        // What the app says on top may be over by now.
        this.env.bus.trigger("SOCIAL_CHECKLIST:LOADED");
        this.loadMore();
    }

    async loadMore() {
        const asked = this.orm.silent.call(this.constructor.model, "get_more", []);
        const more = await this.keepLast.add(asked);
        const found = Object.fromEntries(more.map((point) => [point.code, point]));
        this.state.points = markRaw(
            this.state.points.map((point) => found[point.code] || point)
        );
    }

    getColour(state) {
        return COLOURS[state] || "";
    }

    getLineColour(state) {
        return state ? `text-${state}` : "text-muted";
    }

    async press(button) {
        if (button.action) {
            return this.action.doAction(button.action, { onClose: () => this.load() });
        }
        const { model } = this.constructor;
        const answer = await this.orm.call(model, button.method, button.arguments);
        if (answer?.type) {
            return this.action.doAction(answer);
        }
        return this.load();
    }
}

export class SocialSetup extends SocialChecklist {
    static model = "social.setup";
}

export class SocialHealth extends SocialChecklist {
    static model = "social.health";
}

registry.category("actions").add("social_setup", SocialSetup);
registry.category("actions").add("social_health", SocialHealth);
