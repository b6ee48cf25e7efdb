import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { registry } from "@web/core/registry";

/** Shows the one handle that was asked for, and keeps it nowhere. */
function showAuthor(env, action) {
    const { title, handle, note } = action.params;
    env.services.dialog.add(AlertDialog, { title, body: `${handle}\n\n${note}` });
}

registry.category("actions").add("social_show_author", showAuthor);
