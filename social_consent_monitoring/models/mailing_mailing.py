from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..kinds import with_kind

FAILURE = "social_no_consent"


class MailingMailing(models.Model):
    _name = "mailing.mailing"
    _inherit = ["mailing.mailing", "social.kind.mixin"]
    _logged_fields = ("social_kind", "social_kind_reason", "social_similar_goods")
    # Those of SMS mailings, too.
    _service_text = (
        "subject",
        "preview",
        "body_html",
        "body_plaintext",
        "mailing_model_id",
        "attachment_ids",
    )

    social_kind = fields.Selection(
        help="A mailing is direct marketing, unless a manager says that it is a service."
    )
    social_kind_reason = fields.Char("Why It Is a Service")
    social_similar_goods = fields.Boolean(
        "Also to Existing Customers",
        help="This mailing is about your own goods or services, like those that its readers "
        "bought, and tells them that they may object at any time, at no cost. Then it goes to "
        "recorded existing customers, too (UWG section 7(3)).",
    )
    social_company_id = fields.Many2one(
        "res.company",
        "Sent For",
        default=lambda self: self.env.company,
        copy=False,
        help="The consents given to this company count, whoever sends the mailing.",
    )
    social_mode = fields.Char(compute="_compute_social_mode")
    social_refused_count = fields.Integer("No Consent", compute="_compute_social_refused")

    @api.constrains("social_kind", "social_kind_reason")
    def _check_social_kind_reason(self):
        for mailing in self:
            if mailing.social_kind == "service" and not (mailing.social_kind_reason or "").strip():
                raise ValidationError(
                    self.env._("Write down why this mailing is a service and no advertising.")
                )

    def _get_social_kind(self):
        """Every mailing is direct marketing, unless a manager says otherwise (GDPR Art. 21(2))."""
        return "service" if self.social_kind == "service" else "marketing"

    def _action_send_mail(self, res_ids=None):
        """Send each for its company; what it sends knows from here alone that it is a service."""
        for mailing in self:
            marked = mailing._mark_social()
            super(MailingMailing, marked)._action_send_mail(res_ids=res_ids)
        return True

    def _mark_social(self):
        """Return the mailing in its company, with the mark of what it is for."""
        company = self.social_company_id or self.user_id.company_id or self.env.company
        return with_kind(self.with_company(company), self._get_social_kind())

    @api.depends("mailing_type", "social_kind", "social_company_id")
    def _compute_social_mode(self):
        """Tell whether the rule for this advertising is enforced, only observed or off."""
        for mailing in self:
            act = mailing._get_social_act()
            asked = act and mailing._get_social_kind() == "marketing"
            rules = mailing.sudo()._mark_social().env["social.policy.rule"]
            mailing.social_mode = rules._get_mode(act) if asked else False

    def _get_social_act(self):
        """Return what the policy calls this way of advertising; None for one that it does not know."""
        return "contact_email" if self.mailing_type == "mail" else None

    def _compute_social_refused(self):
        counts = dict(
            self.env["mailing.trace"]._read_group(
                self._get_social_refused_domain(), ["mass_mailing_id"], ["__count"]
            )
        )
        for mailing in self:
            mailing.social_refused_count = counts.get(mailing, 0)

    def _get_seen_list_extra(self):
        """Whom the policy left out was not reached: a twin with that address still is."""
        join_domain, where_domain = super()._get_seen_list_extra()
        refused = " AND s.failure_type IS DISTINCT FROM 'social_no_consent'"
        return join_domain, where_domain + refused

    def action_preview_social(self):
        """Show whom this mailing will reach, and whom it leaves out and why."""
        self.ensure_one()
        self.check_access("read")
        preview = self.env["social.mailing.preview"]._make(self)
        return {
            "type": "ir.actions.act_window",
            "name": preview._description,
            "res_model": preview._name,
            "res_id": preview.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _make_social_composer(self, record_ids):
        """Return the composer that sending this mailing would use, as far as it decides."""
        composers = (
            self._mark_social()
            .env["mail.compose.message"]
            .with_context(
                active_ids=record_ids,
                default_composition_mode="mass_mail",
                **self._get_mass_mailing_context(),
            )
        )
        return composers.create(
            {
                "attachment_ids": [fields.Command.set(self.attachment_ids.ids)],
                "body": self.body_html or "",
                "composition_mode": "mass_mail",
                "mailing_list_ids": [fields.Command.set(self.contact_list_ids.ids)],
                "mass_mailing_id": self.id,
                "model": self.mailing_model_real,
                "subject": self.subject,
                "template_id": False,
                "use_exclusion_list": self.use_exclusion_list,
            }
        )

    def action_view_social_refused(self):
        """List whom this mailing left out for want of consent."""
        action = self.env["ir.actions.act_window"]._for_xml_id("mass_mailing.mailing_trace_action")
        name = self.env._("Left Out: No Consent")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": self._get_social_refused_domain(),
            "context": {"create": False},
        }

    def _get_social_refused_domain(self):
        return [
            ("mass_mailing_id", "in", self.ids),
            ("failure_type", "=", "social_no_consent"),
        ]
