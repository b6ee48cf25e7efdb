import json

from odoo import api, models

from ..kinds import get_kind
from .social_gate import Approach


class MailScheduledMessage(models.Model):
    """A message that its author sends later: asked about now, and again when it goes out.

    Whoever may not be approached any more then gets nothing, and its author gets the text back.
    """

    _inherit = "mail.scheduled.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Tell the author at once where the message may not go; keep what it is for."""
        if get_kind(self.env) == "marketing":
            vals_list = [self._say_social_marketing(vals) for vals in vals_list]
        messages = super().create(vals_list)
        for message in messages.filtered(lambda each: not each.is_note and each.partner_ids):
            message._stop_social_approach()
        return messages

    @api.model
    def _say_social_marketing(self, vals):
        parameters = json.loads(vals.get("notification_parameters") or "{}")
        parameters["social_kind"] = "marketing"
        return {**vals, "notification_parameters": json.dumps(parameters)}

    @api.model
    def _notification_parameters_whitelist(self):
        return super()._notification_parameters_whitelist() | {"social_kind"}

    def _stop_social_approach(self):
        """Refuse to keep for later what may not be sent now (rule 23).

        :raises ConsentRequired: with the reason and the way forward
        """
        kind = get_kind(self.env) or self.env["mail.mail"]._get_social_kind_about(self.model)
        if kind == "service":
            return
        approach = Approach(self.id, kind, self.model, self.res_id, tuple(self.partner_ids.ids))
        self.env["social.gate"]._enforce("email", approach)
