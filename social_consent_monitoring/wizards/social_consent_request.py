from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

# Whom it asks: one of these holds the selection.
SELECTIONS = {
    "res.partner": "partner_ids",
    "crm.lead": "lead_ids",
    "mailing.contact": "recipient_ids",
}


class SocialConsentRequestWizard(models.TransientModel):
    """Asks contacts, leads or newsletter recipients for consent, and says before who is left out.

    A lead that never turned to the company gets no mail for the asking: that mail were
    advertising itself (UWG section 7(2)), unless it asked for it, and somebody says how.
    """

    _name = "social.consent.request.wizard"
    _inherit = ["social.wizard.mixin"]
    _description = "Ask for Consent"

    partner_ids = fields.Many2many(
        "res.partner", "social_consent_request_wizard_partner_rel", string="Contacts"
    )
    lead_ids = fields.Many2many(
        "crm.lead", "social_consent_request_wizard_lead_rel", string="Leads"
    )
    recipient_ids = fields.Many2many(
        "mailing.contact",
        "social_consent_request_wizard_recipient_rel",
        string="Newsletter Recipients",
    )
    partner_count = fields.Integer("Persons Chosen", compute="_compute_partner_count")
    has_cold_leads = fields.Boolean(compute="_compute_has_cold_leads")
    purpose_id = fields.Many2one(
        "social.consent.purpose",
        required=True,
        default=lambda self: self.env.ref("social_consent_monitoring.purpose_contact"),
    )
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), default="email"
    )
    occasion = fields.Selection(
        lambda self: self.env["social.consent.request.batch"]._get_occasions(),
        "Why May You Write?",
    )
    note = fields.Text()
    ask_count = fields.Integer("Will Be Asked", compute="_compute_left_out")
    left_out_count = fields.Integer("Left Out", compute="_compute_left_out")
    left_out_summary = fields.Html("Why", compute="_compute_left_out", sanitize=False)

    @api.depends(*SELECTIONS.values())
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard._get_people())

    @api.depends("lead_ids")
    def _compute_has_cold_leads(self):
        for wizard in self:
            wizard.has_cold_leads = bool(wizard._find_cold_leads())

    def _find_cold_leads(self):
        """Return those of the persons chosen who are leads that never turned to the company."""
        people = self._get_people()
        if people._name != "crm.lead":
            return people.browse()
        decided = people._decide_social_approaches(["contact_email"])["contact_email"]
        return people.filtered(lambda lead: decided[lead.id].reason == "cold_lead")

    @api.depends(*SELECTIONS.values(), "purpose_id", "channel")
    def _compute_left_out(self):
        for wizard in self:
            reasons = wizard._get_left_out()
            wizard.left_out_count = len(reasons)
            wizard.ask_count = wizard.partner_count - len(reasons) if wizard._is_chosen() else 0
            wizard.left_out_summary = wizard._get_left_out_summary(reasons)

    @api.model
    def _get_selection(self, model):
        """Return the field that takes persons of this kind."""
        return SELECTIONS[model]

    def _get_people(self):
        """Return the persons chosen as stored: the form does not carry them around."""
        # Whoever may not read leads at all asks contacts all the same.
        stored = (self._origin or self).sudo()
        chosen = (stored[name] for name in SELECTIONS.values() if stored[name])
        return next(chosen, stored.partner_ids).with_env(self.env)

    def _get_channel(self):
        return self.channel or None if self.purpose_id._needs_channel() else None

    def _is_chosen(self):
        return bool(self.purpose_id and (self.channel or not self.purpose_id._needs_channel()))

    def _get_left_out(self):
        """Return ``{record id: reason}``, as it stands now; nothing is logged by looking."""
        if not self._is_chosen():
            return {}
        return self.env["social.consent.request.batch"]._sort_out(
            self._get_people(), self.purpose_id.code, self._get_channel()
        )

    def _get_left_out_summary(self, reasons):
        words = self.env["social.consent.request.batch"]._get_reason_words()
        counts = {}
        for reason in reasons.values():
            counts[reason] = counts.get(reason, 0) + 1
        row = Markup("<li><strong>%s</strong> %s</li>")
        items = Markup().join(
            row % (count, words.get(reason, reason)) for reason, count in counts.items()
        )
        return items and Markup("<ul class='mb-0'>%s</ul>") % items

    def action_view_left_out(self):
        """List the persons who will not be asked."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not Asked"),
            "res_model": self._get_people()._name,
            "views": [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "domain": [("id", "in", list(self._get_left_out()))],
            "context": {"create": False},
        }

    def action_send(self):
        """Ask all who may be asked: few at once, many in the background."""
        self.ensure_one()
        if not self.occasion:
            raise UserError(self.env._("Say why you may write to these persons."))
        note = (self.note or "").strip()
        if self.has_cold_leads:
            self._check_cold_leads(note)
        if self.occasion == "other" and not note:
            raise UserError(self.env._("Write down why you may write to these persons."))
        if not self.ask_count:
            raise UserError(self.env._("There is nobody to ask: all are left out."))
        batch = self.env["social.consent.request.batch"]._start(
            self._get_people(),
            self.purpose_id,
            self._get_channel(),
            self.occasion,
            note,
        )
        self.sudo().unlink()
        return batch._get_window()

    def _check_cold_leads(self, note):
        """Let a lead that never turned to the company be asked only where it wanted that."""
        if self.occasion in ("customer", "contacted_us"):
            raise UserError(
                self.env._(
                    "This lead never turned to you. Where it did, record that contact first."
                )
            )
        if not note:
            raise UserError(
                self.env._(
                    "This lead never turned to you: write down when and how it asked for this e-mail."
                )
            )

    def _get_window(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for Consent"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
        }
