from odoo import models

from ..policy import NUMBER_CHANNELS

# What the normalised number follows from.
NUMBER_FIELDS = {"phone", "country_id"}


class ResPartner(models.Model):
    """A number that somebody enters alone, in the account or a shop, is not the one proven."""

    _name = "res.partner"
    _inherit = ["res.partner"]

    def write(self, vals):
        if not vals.keys() & NUMBER_FIELDS or self.env.user._is_internal():
            return super().write(vals)
        before = {partner: partner._get_social_number() for partner in self}
        result = super().write(vals)
        changed = self.filtered(lambda partner: partner._get_social_number() != before[partner])
        changed._end_social_number()
        return result

    def _end_social_number(self):
        """Let consents to SMS and calls end: whoever holds the new number gave none (rule 23).

        However they were given. The person consents anew with a code to that number.
        """
        consents = self.env["social.consent"].sudo()
        ended = consents.search(
            [
                ("subject_id", "in", self.sudo().social_subject_id.ids),
                ("channel", "in", NUMBER_CHANNELS),
                ("recorded_state", "=", "given"),
            ]
        )
        said = {"reason": "The person entered another number, which is not proven."}
        ended._move("expired", "portal", said)
