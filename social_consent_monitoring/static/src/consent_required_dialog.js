import { WarningDialog } from "@web/core/errors/error_dialogs";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A refusal of the policy is no crash: it says why, and what would make the act allowed. */
export class ConsentRequiredDialog extends WarningDialog {
    inferTitle() {
        return _t("Not allowed");
    }
}

registry
    .category("error_dialogs")
    .add(
        "odoo.addons.social_consent_monitoring.exceptions.ConsentRequired",
        ConsentRequiredDialog
    );
