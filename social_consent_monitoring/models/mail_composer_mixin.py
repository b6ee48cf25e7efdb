from odoo import models

from ..kinds import with_kind
from .social_gate import Approach


class MailComposerMixin(models.AbstractModel):
    """Wizards that invite people by mails of their own, about no document."""

    _inherit = "mail.composer.mixin"

    def _invite_social(self, partners, addresses=()):
        """Return this wizard marked as advertising, having asked about everybody it invites.

        An invitation is advertising, unless its template is a service (rule 23).

        :raises ConsentRequired: for the first who may not be invited; nothing was sent
        """
        self.ensure_one()
        kind = self.template_id.sudo().social_kind or "marketing"
        if kind == "marketing":
            gate = self.env["social.gate"]
            for partner in partners:
                gate._enforce("email", Approach(partner.id, kind, partner_ids=(partner.id,)))
            for address in addresses:
                gate._enforce("email", Approach(address, kind, addresses=(address,)))
        return with_kind(self, kind)
