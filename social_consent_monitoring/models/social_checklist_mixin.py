from odoo import api, models
from odoo.exceptions import AccessError

MANAGER = "social_consent_monitoring.group_social_manager"
OFFICER = "social_consent_monitoring.group_privacy_officer"
ADMINISTRATOR = "base.group_system"
READERS = (MANAGER, OFFICER, ADMINISTRATOR)


class SocialChecklistMixin(models.AbstractModel):
    """A page of points, each with its state in words and what to do: first steps, and health.

    The web client shows what ``get_page()`` returns, and then what ``get_more()`` replaces in it:
    that takes longer. Nothing is kept of either.
    """

    _name = "social.checklist.mixin"
    _description = "Points of a Page"

    @api.model
    def _check_reader(self):
        """Let managers, privacy officers and administrators read the page.

        :raises AccessError: for everybody else
        """
        if not self._is_reader():
            raise AccessError(
                self.env._("Managers, privacy officers and administrators read this page.")
            )

    @api.model
    def _is_reader(self):
        return any(self.env.user.has_group(group) for group in READERS)

    @api.model
    def _make_point(self, code, state, title, text, items=(), buttons=()):
        """Return one point of the page.

        :param state: "done", "open", "warning", "danger", "skipped" or "wait"
        :param items: what :meth:`_make_item` returns
        :param buttons: what :meth:`_make_button` and :meth:`_make_call` return
        """
        return {
            "code": code,
            "state": state,
            "state_name": self._get_state_names()[state],
            "title": title,
            "text": text,
            "items": list(items),
            "buttons": [button for button in buttons if button],
        }

    @api.model
    def _get_state_names(self):
        return {
            "done": self.env._("Done"),
            "open": self.env._("Open"),
            "warning": self.env._("Look at This"),
            "danger": self.env._("Urgent"),
            "skipped": self.env._("Skipped"),
            "wait": self.env._("Checking …"),
        }

    @api.model
    def _make_item(self, name, text="", state="", buttons=()):
        """Return one line of a point; ``state``: "success", "warning", "danger", or "" for none."""
        return {
            "name": name,
            "text": text,
            "state": state,
            "buttons": [button for button in buttons if button],
        }

    @api.model
    def _make_record_item(self, record, text, state=""):
        """Return the line of one record, with a button for whoever may open it."""
        own = record.sudo(False)
        buttons = []
        if own.has_access("read"):
            buttons = [self._make_button(self.env._("Open It"), self._make_form(record.name, own))]
        return self._make_item(record.name, text, state, buttons)

    @api.model
    def _make_button(self, label, action, primary=False):
        """Return a button that opens an action: its XML id, or the action itself."""
        return {"label": label, "action": action, "primary": primary}

    @api.model
    def _make_call(self, label, method, *arguments, primary=False):
        """Return a button that calls a public method of this page."""
        return {"label": label, "method": method, "arguments": arguments, "primary": primary}

    @api.model
    def _make_list(self, name, model, domain):
        """Return the action that lists records, for the web client."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "domain": domain,
            "context": {},
        }

    @api.model
    def _make_form(self, name, record, view=None, target="current", context=None):
        """Return the action that shows one record, or a new one; ``view`` by its XML id."""
        view_id = self.env["ir.model.data"]._xmlid_to_res_id(view) if view else False
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": record._name,
            "res_id": record.id,
            "views": [(view_id, "form")],
            "view_mode": "form",
            "target": target,
            "context": context or {},
        }
