import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

/** A form whose button says what it does: to save it is to carry it out. */
class StepDialog extends FormViewDialog {
    setup() {
        super.setup();
        this.viewProps.buttonTemplate = "social_consent_monitoring.StepDialog.Buttons";
    }
}

/**
 * Open the form of a step above whatever is open, and carry it out when it is saved.
 *
 * An action in a dialog would close the one that is open, and with it the text that somebody is
 * writing; a form dialog lies above it.
 */
export async function openStep({ orm, dialog }, step, onDone) {
    const action = await orm.call(step.model, step.method, [[step.id], ...step.args]);
    dialog.add(StepDialog, {
        resModel: action.res_model,
        resId: action.res_id || false,
        context: { ...action.context, form_view_ref: step.view, social_button: step.button },
        title: action.name,
        size: "lg",
        canExpand: false,
        onRecordSaved: async ({ resId }) => {
            await orm.call(action.res_model, step.confirm, [[resId]]);
            onDone();
        },
    });
}
