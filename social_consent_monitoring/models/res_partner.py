from odoo import fields, models

from ..policy import CHANNELS, needs_channel


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
        """Return one row for each purpose and channel: what it is, its state, the next step."""
        self.ensure_one()
        consents = {
            (consent.purpose_code, consent.channel or None): consent
            for consent in self.social_consent_ids
            if consent.company_id == self.env.company
        }
        states = self._get_social_state_words()
        channels = dict(self.env["social.consent"]._get_channels())
        rows = []
        for purpose in self.env["social.consent.purpose"].search([]):
            for channel in CHANNELS if needs_channel(purpose.code) else (None,):
                consent = consents.get((purpose.code, channel))
                label, color, step = states[consent.state if consent else None]
                rows.append(
                    {
                        "code": purpose.code,
                        "channel_code": channel,
                        "purpose": purpose.name,
                        "description": purpose.description,
                        "channel": channel and channels[channel],
                        "state": consent.state if consent else "never_asked",
                        "label": label,
                        "color": color,
                        "step": step,
                        "given_at": consent and consent.given_at,
                        "valid_until": consent and consent.valid_until_date,
                    }
                )
        return rows

    def _get_social_state_words(self):
        """Return label, colour and next step for each state of a consent (None: never asked)."""
        _ = self.env._
        ask = _("Ask first")
        return {
            None: (_("Not asked"), "secondary", ask),
            "requested": (_("Asked"), "info", _("Wait for the answer")),
            "given": (_("Allowed"), "success", ""),
            "refused": (_("Refused"), "danger", _("Do not do this")),
            "withdrawn": (_("Withdrawn"), "danger", _("Do not do this")),
            "expired": (_("Expired"), "warning", _("Ask again")),
            "invalidated": (_("Invalid"), "warning", ask),
        }

    def action_record_social_consent(self):
        return self._get_social_wizard(
            "social.consent.record.wizard", self.env._("Record Consent")
        )

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
