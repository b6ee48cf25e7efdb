from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialConsentRequestWizard(models.TransientModel):
    """Asks a selection of contacts for consent, and says before who is left out, and why."""

    _name = "social.consent.request.wizard"
    _description = "Ask for Consent"

    partner_ids = fields.Many2many(
        "res.partner", "social_consent_request_wizard_partner_rel", string="Contacts"
    )
    partner_count = fields.Integer("Contacts Chosen", compute="_compute_partner_count")
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

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_partners()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_partners()
        return result

    def _check_partners(self):
        """Refuse contacts that the user may not read: their names would be shown."""
        self.partner_ids.check_access("read")

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for wizard in self:
            wizard.partner_count = len(wizard._get_partners())

    @api.depends("partner_ids", "purpose_id", "channel")
    def _compute_left_out(self):
        for wizard in self:
            reasons = wizard._get_left_out()
            wizard.left_out_count = len(reasons)
            wizard.ask_count = wizard.partner_count - len(reasons) if wizard._is_chosen() else 0
            wizard.left_out_summary = wizard._get_left_out_summary(reasons)

    def _get_partners(self):
        """Return the chosen contacts as stored: the form does not carry them around."""
        return (self._origin or self).partner_ids

    def _get_channel(self):
        return self.channel or None if self.purpose_id._needs_channel() else None

    def _is_chosen(self):
        return bool(self.purpose_id and (self.channel or not self.purpose_id._needs_channel()))

    def _get_left_out(self):
        """Return ``{contact id: reason}``, as it stands now; nothing is logged by looking."""
        if not self._is_chosen():
            return {}
        return self.env["social.consent.request.batch"]._sort_out(
            self._get_partners(), self.purpose_id.code, self._get_channel()
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
        """List the contacts that will not be asked."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("contacts.action_contacts")
        name = self.env._("Not Asked")
        return {
            **action,
            "name": name,
            "display_name": name,
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
        if self.occasion == "other" and not (self.note or "").strip():
            raise UserError(self.env._("Write down why you may write to these persons."))
        if not self.ask_count:
            raise UserError(self.env._("There is nobody to ask: all are left out."))
        batch = self.env["social.consent.request.batch"]._start(
            self.partner_ids,
            self.purpose_id,
            self._get_channel(),
            self.occasion,
            (self.note or "").strip(),
        )
        self.sudo().unlink()
        return batch._get_window()

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
