from odoo import fields, models

from ..door import open_door
from .social_retention import MANY


class SocialRetentionLine(models.Model):
    """One class of data in a run of the retention: how much of it goes, or went."""

    _name = "social.retention.line"
    _inherit = ["social.door.mixin"]
    _description = "Class of Data in a Retention Run"
    _order = "id"

    run_id = fields.Many2one(
        "social.retention.run", required=True, readonly=True, index=True, ondelete="cascade"
    )
    data_class = fields.Selection(
        [
            ("decision", "Decision log"),
            ("evidence", "Evidence of ended consents"),
            ("ended", "Matches, values and profiles whose consent has ended"),
            ("enrichment", "Enriched values"),
            ("platform", "Mentions that their platform's terms limit"),
            ("matched", "Mentions with a match"),
            ("mention", "Mentions without a match"),
            ("author", "Authors without mentions"),
        ],
        "Data",
        required=True,
        readonly=True,
    )
    days = fields.Integer(
        "Kept for (Days)",
        readonly=True,
        help="0: for ever. Where several platforms set a limit: the shortest.",
    )
    count = fields.Integer("Rows", readonly=True)
    is_more = fields.Boolean("And More", readonly=True, help="Counted no further.")
    oldest = fields.Datetime(
        readonly=True, help="From when the oldest of them counts; of many, of those counted."
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("done", "Done"),
            ("kept", "Kept for ever"),
            ("too_long", "Too many to count in time"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )

    def _note(self, **values):
        open_door(self.sudo()).write(values)

    def _preview(self):
        """Count what would go, in bounded time."""
        count, oldest = self.env["social.retention"]._count_outlived(self.data_class, self.days)
        if count is None:
            self._note(state="too_long", is_more=True)
        else:
            self._note(state="done", count=count, is_more=count == MANY, oldest=oldest)

    def _get_door_message(self):
        return self.env["social.retention.run"]._get_door_message()
