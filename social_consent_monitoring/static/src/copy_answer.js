import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

/** Puts an answer into the clipboard; where the browser does not allow that, shows it. */
async function copyAnswer(env, action) {
    const { text, message } = action.params;
    try {
        await browser.navigator.clipboard.writeText(text);
        env.services.notification.add(message, { type: "success" });
    } catch {
        env.services.dialog.add(AlertDialog, { title: _t("Copy this answer"), body: text });
    }
    return { type: "ir.actions.act_window_close" };
}

registry.category("actions").add("social_copy_answer", copyAnswer);
