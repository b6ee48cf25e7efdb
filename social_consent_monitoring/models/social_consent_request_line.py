import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import open_door

_logger = logging.getLogger(__name__)


class SocialConsentRequestLine(models.Model):
    """One contact of a request for consent, and what became of it."""

    _name = "social.consent.request.line"
    _inherit = ["social.door.mixin"]
    _description = "Contact of a Request for Consent"
    _order = "id"
    _rec_name = "partner_id"

    batch_id = fields.Many2one(
        "social.consent.request.batch",
        "Request",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("asked", "Asked"),
            ("left_out", "Left out"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    reason = fields.Char("Reason Code", readonly=True)
    error = fields.Char(readonly=True)
    explanation = fields.Char("Why", compute="_compute_explanation")

    _once = models.UniqueIndex("(batch_id, partner_id)", "Each contact is asked once.")

    @api.depends("reason", "error")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self.env["social.consent.request.batch"]._get_reason_words()
        for line in self:
            line.explanation = line.error or words.get(line.reason, line.reason)

    def _get_door_message(self):
        return self.env._("Choose contacts and use “Ask for Consent”.")

    def _settle(self, state, reason=False):
        open_door(self.sudo()).write({"state": state, "reason": reason})

    def _fail(self, error):
        """Keep what went wrong: in words where they are meant for users, else by its kind."""
        self.ensure_one()
        if isinstance(error, UserError):
            words = str(error)
        else:
            words = self.env._("Something unexpected went wrong.")
            _logger.error("A request for consent failed: %s", type(error).__name__)
        open_door(self.sudo()).write({"state": "failed", "error": words})
