import { Composer } from "@mail/core/common/composer";
import { WarningDialog } from "@web/core/errors/error_dialogs";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";

import { openStep } from "./social_steps";

/**
 * A refusal of the policy is no crash: it says why, and offers what would make the act allowed.
 *
 * The form of a step lies above whatever is open, so that no text is lost.
 */
export class ConsentRequiredDialog extends WarningDialog {
    static template = "social_consent_monitoring.ConsentRequiredDialog";

    setup() {
        super.setup();
        this.services = { orm: useService("orm"), dialog: useService("dialog") };
    }

    inferTitle() {
        return _t("Not allowed");
    }

    get steps() {
        return this.props.data?.context?.social_steps || [];
    }

    takeStep(step) {
        return openStep(this.services, step, () => this.props.close());
    }
}

registry
    .category("error_dialogs")
    .add(
        "odoo.addons.social_consent_monitoring.exceptions.ConsentRequired",
        ConsentRequiredDialog
    );

patch(Composer.prototype, {
    /** Odoo leaves its composer locked after a refusal: what was written could not be sent again. */
    async processMessage() {
        try {
            return await super.processMessage(...arguments);
        } finally {
            this.state.active = true;
        }
    },
});
