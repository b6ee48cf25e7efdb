import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import open_door
from .social_asked_mixin import PERSON_FIELDS

_logger = logging.getLogger(__name__)


class SocialConsentRequestLine(models.Model):
    """One person of a request for consent, and what became of it: a contact, lead or recipient."""

    _name = "social.consent.request.line"
    _inherit = ["social.asked.mixin"]
    _description = "Contact of a Request for Consent"
    _rec_name = "person_name"

    batch_id = fields.Many2one(
        "social.consent.request.batch",
        "Request",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    person_name = fields.Char("Person", compute="_compute_person_name")
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

    @api.depends(*PERSON_FIELDS.values())
    @api.depends_context("uid", "lang")
    def _compute_person_name(self):
        """Say who it is, as far as this user may see them."""
        self.person_name = False
        rows = self.sudo(False)
        for model, name in PERSON_FIELDS.items():
            people = self.sudo()[name].with_env(rows.env)
            seen = people._filtered_access("read") if rows.env[model].has_access("read") else ()
            for line in self:
                person = line.sudo()[name].with_env(rows.env)
                if person and person in seen:
                    line.person_name = person.display_name

    @api.depends("reason", "error")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self.env["social.consent.request.batch"]._get_reason_words()
        for line in self:
            line.explanation = line.error or words.get(line.reason, line.reason)

    @api.model
    def _get_window(self, domain):
        """Return the action that lists these persons, with what became of each request."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contacts"),
            "res_model": self._name,
            "views": [(False, "list")],
            "view_mode": "list",
            "domain": domain,
            "context": {"create": False, "search_default_group_result": 1},
        }

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
