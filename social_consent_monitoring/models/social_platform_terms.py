from datetime import timedelta

from odoo import api, fields, models

# Whoever is responsible is told so early that there is time to read.
AHEAD = timedelta(days=30)
# After the end they are told again after so long, if nobody has read.
AGAIN = timedelta(days=30)
ACTIVITY = "social_consent_monitoring.mail_activity_terms"
MANAGERS = "social_consent_monitoring.group_social_manager"


class SocialPlatformTerms(models.Model):
    """Whoever reads the terms confirms that, and is asked again before the verdict ends (rule 16)."""

    _name = "social.platform"
    _inherit = ["social.platform", "mail.thread", "mail.activity.mixin"]

    terms_reminded_on = fields.Date(readonly=True, copy=False)
    paused_count = fields.Integer(
        "Sources Paused for Its Terms", compute="_compute_paused_count", compute_sudo=True
    )

    @api.depends("source_ids.paused_by_terms", "source_ids.company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_paused_count(self):
        for platform in self:
            platform.paused_count = len(platform._get_paused_sources())

    def _get_paused_sources(self):
        """Return those of the user's companies, and shared ones: each company starts its own."""
        companies = self.env.companies
        return self.source_ids.filtered(
            lambda source: source.paused_by_terms and source.company_id <= companies
        )

    # -- what a manager does -----------------------------------------------------------------

    def action_confirm_terms(self):
        """Ask which terms were read, and what they allow."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Confirm After Reading"),
            "res_model": "social.terms.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"default_platform_id": self.id},
        }

    def action_start_sources(self):
        """Start the sources that were paused for the terms; each is asked of the policy again.

        A person presses: meanwhile somebody may want them no more.

        :raises ConsentRequired: while the terms still do not allow it
        """
        self.check_access("write")
        return self._get_paused_sources()._filtered_access("write").action_activate()

    # -- customer data that would leave (rule 20) --------------------------------------------

    def _check_may_push(self, partners):
        """Ask before anything of these customers goes to this platform, and log the answer.

        Whatever sends customer data to a platform (an uploaded list, an audience, a query made of
        a customer's record) calls this first. It takes terms that allow it expressly, and each
        person's consent to being matched with what stands there: a platform's permission never
        replaces consent.

        :param partners: ``res.partner`` or another model of data subjects, without sudo
        :raises ConsentRequired: where the platform or one of the persons does not allow it
        """
        self.ensure_one()
        policy = self.env["social.policy"]
        policy._enforce("push", self)
        policy._enforce("match", partners, platform=self.code)

    def _sign_verdict(self):
        """Whoever was asked to read is asked no more."""
        result = super()._sign_verdict()
        self.sudo().terms_reminded_on = False
        self.sudo().activity_unlink([ACTIVITY])
        return result

    # -- before and after a verdict ends -----------------------------------------------------

    @api.model
    def _cron_remind_terms(self):
        """Ask to read the terms again: a month before the verdict ends, and when it has ended.

        Only where sources run, or were paused for that. The next run of a source pauses it.
        """
        today = fields.Date.today()
        platforms = self.sudo().search([("terms_expiry", "<=", today + AHEAD)])
        for platform in platforms.filtered(lambda platform: platform._get_affected_sources()):
            if platform._is_reminder_due(today):
                platform.terms_reminded_on = today
                platform._remind()

    def _get_affected_sources(self):
        return self.source_ids.filtered(
            lambda source: source.state == "active" or source.paused_by_terms
        )

    def _is_reminder_due(self, today):
        last, end = self.terms_reminded_on, self.terms_expiry
        if not last:
            return True
        return last <= end < today or (end < today and last <= today - AGAIN)

    def _remind(self):
        """Give whoever is responsible something to do that leads here, in their language."""
        self.activity_unlink([ACTIVITY])
        for user in self._get_responsible():
            platform = self.with_context(lang=user.lang)
            platform.activity_schedule(
                ACTIVITY,
                date_deadline=platform.terms_expiry,
                summary=platform._get_reminder(),
                note=platform.env._(
                    "Open the platform, read its terms, and press “Confirm After Reading”."
                ),
                user_id=user.id,
            )

    def _get_reminder(self):
        if self.terms_expiry < fields.Date.today():
            return self.env._("The verdict on the terms has expired: the sources pause")
        return self.env._("The verdict on the terms ends soon")

    def _get_responsible(self):
        """Return those responsible for the sources and who read last; else all managers."""
        managers = self.env.ref(MANAGERS).all_user_ids.filtered("active")
        users = self._get_affected_sources().user_id | self.terms_reviewer_id
        return (users & managers) or managers
