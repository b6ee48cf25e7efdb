from odoo import fields, models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "social.subject.mixin"]

    social_overview = fields.Html(
        "What You May Do",
        compute="_compute_social_overview",
        sanitize=False,
        groups="base.group_user",
    )
    social_match_count = fields.Integer(
        "Matched Mentions",
        compute="_compute_social_match_count",
        groups="social_consent_monitoring.group_social_user",
    )

    def _compute_social_overview(self):
        for partner in self:
            partner.social_overview = self.env["ir.qweb"]._render(
                "social_consent_monitoring.partner_overview",
                {"rows": partner._get_social_overview_rows()},
            )

    def _compute_social_match_count(self):
        counts = dict(
            self.env["social.match"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.social_match_count = counts.get(partner, 0)

    def _get_social_overview_rows(self):
        """Return one row for each act: what it is, whether it is allowed, and the next step."""
        self.ensure_one()
        names = self.env["social.policy"]._get_act_names()
        words = self._get_social_decision_words()
        rows = []
        for act, decision in self.env["social.policy"]._decide_all(self).items():
            consent = self.env["social.consent"].browse(decision.consent or ())
            label, color, step = words[decision.reason]
            if decision and not consent:
                step = self.env._("Stop if the person objects")
            rows.append(
                {
                    "act": act,
                    "name": names[act],
                    "reason": decision.reason,
                    "label": label,
                    "color": color,
                    "step": step,
                    "given_at": consent.given_at,
                    "valid_until": consent.valid_until_date,
                }
            )
        return rows

    def _get_social_decision_words(self):
        """Return label, colour and next step for the reason of each decision."""
        _ = self.env._
        ask = _("Ask first")
        respect = _("Do not do this")
        return {
            "allowed": (_("Allowed"), "success", ""),
            "never_asked": (_("Not asked"), "secondary", ask),
            "consent_requested": (_("Asked"), "info", _("Wait for the answer")),
            "consent_refused": (_("Refused"), "danger", respect),
            "consent_withdrawn": (_("Withdrawn"), "danger", respect),
            "consent_expired": (_("Expired"), "warning", _("Ask again")),
            "consent_invalidated": (_("Invalid"), "warning", ask),
            "notice_outdated": (_("Purpose changed"), "warning", _("Ask again")),
        }

    def action_record_social_consent(self):
        return self._get_social_wizard("social.consent.record.wizard", self.env._("Record Consent"))

    def action_withdraw_social_consent(self):
        return self._get_social_wizard(
            "social.consent.withdraw.wizard", self.env._("Withdraw Consent")
        )

    def _get_social_wizard(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }

    def action_view_social_matches(self):
        self.ensure_one()
        return self.env["social.match"]._get_action([("partner_id", "=", self.id)])
