from datetime import timedelta

from odoo import fields, models

from .social_source import STREAM

# A shorter silence changes nothing of what is usual.
SILENCE = timedelta(days=2)


class SocialSourceAlert(models.Model):
    """Since when a source listens to what it listens to: what is usual is learned from then on."""

    _name = "social.source"
    _inherit = ["social.source"]

    heard_since = fields.Datetime(
        "Learns Since",
        readonly=True,
        copy=False,
        help="When it began with this query, or began again after a long silence.",
    )

    def write(self, vals):
        begins = self if vals.keys() & STREAM else self._get_silent(vals)
        result = super().write(vals)
        if begins:
            begins.sudo()._write_as_stored({"heard_since": fields.Datetime.now()})
        return result

    def _get_silent(self, vals):
        """Return those that start again after they were silent for long."""
        if vals.get("state") != "active":
            return self.browse()
        long_ago = fields.Datetime.now() - SILENCE
        return self.sudo().filtered(
            lambda source: source.last_success and source.last_success < long_ago
        )
