from odoo import api, fields, models


class SocialPaperPrint(models.TransientModel):
    """Prints consent forms: one for each contact chosen, or a blank one for whoever comes."""

    _name = "social.paper.print.wizard"
    _inherit = ["social.wizard.mixin"]
    _description = "Print Consent Forms"

    partner_ids = fields.Many2many(
        "res.partner", "social_paper_print_wizard_partner_rel", string="Contacts"
    )
    purpose_ids = fields.Many2many(
        "social.consent.purpose",
        "social_paper_print_wizard_purpose_rel",
        string="Asks For",
        required=True,
        default=lambda self: self._get_offered(),
    )
    lang = fields.Selection(
        "_get_languages",
        "Language",
        default=lambda self: self._get_default_lang(),
        help="Of a blank form. One for a contact is in the contact's language.",
    )

    @api.model
    def _get_published(self):
        own = [("company_id", "=", self.env.company.id), ("state", "=", "published")]
        return self.env["social.consent.notice"].search(own)

    @api.model
    def _get_offered(self):
        return self._get_published().purpose_id

    @api.model
    def _get_languages(self):
        spoken = set(self._get_published().mapped("lang"))
        known = self.env["social.consent.notice"]._get_languages()
        return [(code, name) for code, name in known if code in spoken]

    @api.model
    def _get_default_lang(self):
        spoken = [code for code, _name in self._get_languages()]
        wanted = self.env.company.partner_id.lang or self.env.lang
        return wanted if wanted in spoken else next(iter(spoken), False)

    def _get_people(self):
        return self.partner_ids

    def action_print(self):
        self.ensure_one()
        forms = self.env["social.paper.form"]._make(self.partner_ids, self.purpose_ids, self.lang)
        self.sudo().unlink()
        return {**forms.action_print(), "close_on_report_download": True}
