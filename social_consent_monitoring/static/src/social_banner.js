import { useBus, useService } from "@web/core/utils/hooks";
import { NavBar } from "@web/webclient/navbar/navbar";

import { Component, useEffect, useState } from "@odoo/owl";

// Where the banner stands: the app, and which of the server's lines it shows.
const PLACES = {
    "social_consent_monitoring.menu_root": "lines",
    "mass_mailing.mass_mailing_menu_root": "email_lines",
};

// Asked once a page load and after each step of the set-up, and only in these apps.
let answer;

/** Says on top of the app which rules are not enforced, so that nobody takes them to be. */
export class SocialBanner extends Component {
    static template = "social_consent_monitoring.SocialBanner";
    static props = { app: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ lines: [], mayChange: false, setup: "" });
        useEffect(
            (app) => {
                this.show(app);
            },
            () => [this.props.app]
        );
        useBus(this.env.bus, "SOCIAL_CHECKLIST:LOADED", () => {
            answer = undefined;
            return this.show(this.props.app);
        });
    }

    async show(app) {
        const place = PLACES[app];
        if (!place) {
            Object.assign(this.state, { lines: [], setup: "" });
            return;
        }
        // Without an answer there is no banner: nobody's work stops for it.
        answer ||= this.orm.silent.call("social.policy.rule", "get_banner", []).catch(() => ({}));
        const asked = answer;
        const said = await asked;
        if (asked === answer && app === this.props.app) {
            this.state.lines = said[place] || [];
            this.state.mayChange = Boolean(said.may_change);
            this.state.setup = (place === "lines" && said.setup) || "";
        }
    }

    openSetup() {
        return this.action.doAction("social_consent_monitoring.social_setup_action", {
            clearBreadcrumbs: true,
        });
    }

    openRules() {
        return this.action.doAction("social_consent_monitoring.social_policy_rule_action", {
            additionalContext: { search_default_not_enforced: 1 },
        });
    }
}

NavBar.components = { ...NavBar.components, SocialBanner };
