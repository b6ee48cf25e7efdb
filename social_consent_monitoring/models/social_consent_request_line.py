import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import open_door

_logger = logging.getLogger(__name__)
# Who may be asked, and the field that says so.
PERSON_FIELDS = {
    "res.partner": "partner_id",
    "crm.lead": "lead_id",
    "mailing.contact": "recipient_id",
}


class SocialConsentRequestLine(models.Model):
    """One person of a request for consent, and what became of it: a contact, lead or recipient."""

    _name = "social.consent.request.line"
    _inherit = ["social.door.mixin"]
    _description = "Contact of a Request for Consent"
    _order = "id"
    _rec_name = "person_name"

    batch_id = fields.Many2one(
        "social.consent.request.batch",
        "Request",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", readonly=True, index=True, ondelete="cascade"
    )
    lead_id = fields.Many2one("crm.lead", readonly=True, index="btree_not_null", ondelete="cascade")
    recipient_id = fields.Many2one(
        "mailing.contact",
        "Newsletter Recipient",
        readonly=True,
        index="btree_not_null",
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
    _one_person = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id, recipient_id) = 1)",
        "A line is about one contact, lead or newsletter recipient.",
    )

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

    def _get_people(self):
        """Return whom these lines of one request are about: records of one kind."""
        people = (self[name] for name in PERSON_FIELDS.values() if self[name])
        return next(people, self.env["res.partner"])

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
