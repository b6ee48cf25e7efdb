from datetime import timedelta

from odoo import Command, fields, models

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
        if "company_id" in vals:
            self.sudo()._leave_alerts()
        return result

    def _leave_alerts(self):
        """Take these sources out of the alerts of companies that they are not of any more.

        A rule with no other source is archived: without any it would be about all.
        """
        of_these = [("source_id", "in", self.ids)]
        self.env["social.alert"].search(of_these)._drop_foreign()
        rules = self.env["social.alert.rule"].with_context(active_test=False)
        for rule in rules.search([("source_ids", "in", self.ids)]):
            gone = self.filtered(lambda source, rule=rule: not source._is_of(rule.company_id))
            left = rule.source_ids - gone
            if left != rule.source_ids:
                commands = [Command.set(left.ids)]
                rule.write({"source_ids": commands, "active": rule.active and bool(left)})

    def _get_silent(self, vals):
        """Return those that start again after they were silent for long."""
        if vals.get("state") != "active":
            return self.browse()
        long_ago = fields.Datetime.now() - SILENCE
        return self.sudo().filtered(
            lambda source: source.last_success and source.last_success < long_ago
        )
