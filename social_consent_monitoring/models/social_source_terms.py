from odoo import fields, models


class SocialSourceTerms(models.Model):
    """Remembers which sources paused because of their platform's terms (rules 15 and 16)."""

    _name = "social.source"
    _inherit = ["social.source"]

    paused_by_terms = fields.Boolean(
        readonly=True,
        copy=False,
        help="Paused because the platform's terms no longer allowed it.",
    )

    def write(self, vals):
        if vals.get("state", "paused") != "paused":
            vals = {**vals, "paused_by_terms": False}
        return super().write(vals)

    def _pause(self, *args):
        result = super()._pause(*args)
        decisions = self.env["social.policy"]._decide("collect", self)
        for source in self.sudo():
            refused = decisions[source.id].rule in ("R15", "R16") and not decisions[source.id]
            source._write_as_stored({"paused_by_terms": refused})
        return result

    def action_open_platform(self):
        """Open the platform, where the terms are confirmed."""
        self.ensure_one()
        self.check_access("read")
        return self.platform_id._get_records_action()
