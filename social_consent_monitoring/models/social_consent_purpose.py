from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..policy import CHANNELS, CONTACT, PURPOSES, needs_channel


class SocialConsentPurpose(models.Model):
    """What a person may consent to: monitor, match, enrich, contact. One never implies another."""

    _name = "social.consent.purpose"
    _inherit = ["social.policy.logged.mixin"]
    _description = "Consent Purpose"
    _order = "sequence, id"
    _logged_fields = ("validity_months", "request_interval", "double_opt_in")

    name = fields.Char(required=True, translate=True)
    code = fields.Selection(
        [
            ("monitor", "Monitor"),
            ("match", "Match"),
            ("enrich", "Enrich"),
            (CONTACT, "Contact"),
        ],
        required=True,
        readonly=True,
    )
    sequence = fields.Integer(default=10)
    description = fields.Text(
        translate=True, help="One sentence for staff: what this consent allows."
    )

    validity_months = fields.Integer(
        "New Notices Valid for (Months)",
        required=True,
        default=24,
        help="What a new privacy notice for this purpose starts with. Published ones stay.",
    )
    request_interval = fields.Integer(
        "Ask Again After (Days)",
        required=True,
        default=90,
        help="Nobody is asked for this consent more often than that.",
    )
    double_opt_in = fields.Boolean(
        "Confirm by E-mail",
        help="A consent from a form on the web counts only once the person has confirmed it by "
        "the link in a mail: anybody can type in somebody else's address.",
    )

    _request_interval_positive = models.Constraint(
        "CHECK(request_interval > 0)", "Wait at least one day before asking again."
    )
    _validity_months_possible = models.Constraint(
        "CHECK(validity_months BETWEEN 1 AND 120)",
        "A notice is valid for 1 to 120 months.",
    )
    _code_unique = models.Constraint("UNIQUE(code)", "Each purpose exists once.")

    @api.model
    def _get(self, code, channel=None, channel_optional=False):
        """Return the purpose with this code, having checked that the channel fits it.

        :param channel_optional: "every channel" is meant where none is named
        :raises UserError: for an unknown purpose, or a channel missing or out of place
        """
        if code not in PURPOSES:
            raise UserError(
                self.env._(
                    "“%(code)s” is not a purpose. Use one of: %(codes)s.",
                    code=code,
                    codes=", ".join(PURPOSES),
                )
            )
        if channel or not channel_optional:
            self._check_channel(code, channel)
        return self.sudo().search([("code", "=", code)], limit=1)

    @api.model
    def _all(self):
        """Return the four purposes."""
        return self.sudo().search([])

    @api.model
    @tools.ormcache()
    def _get_places(self):
        """Return ``{id: (code, days until a person may be asked again)}`` of the four."""
        return {each.id: (each.code, each.request_interval) for each in self._all()}

    @api.model
    def _check_channel(self, code, channel):
        if not needs_channel(code):
            if channel:
                raise UserError(self.env._("Only consent to contact is given by channel."))
        elif channel not in CHANNELS:
            raise UserError(
                self.env._("Consent to contact needs a channel, one of: %s.", ", ".join(CHANNELS))
            )

    def _needs_channel(self):
        """Tell whether consent to this purpose is given by channel."""
        self.ensure_one()
        return needs_channel(self.code)

    def write(self, vals):
        if "code" in vals and any(purpose.code != vals["code"] for purpose in self):
            raise UserError(self.env._("What people agreed to stays what it is."))
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The four purposes belong to the product and stay."))
