from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .social_source_wizard import BACK


class SocialTermsWizard(models.TransientModel):
    """Somebody has read a platform's terms, and says so (rule 16).

    What is known of them is a proposal: it decides nothing before that.
    """

    _name = "social.terms.wizard"
    _description = "Confirm the Terms of a Platform"

    platform_id = fields.Many2one("social.platform", required=True, ondelete="cascade")
    access = fields.Selection(related="platform_id.access")
    proposal = fields.Text(related="platform_id.terms_proposal")
    link = fields.Char(related="platform_id.proposed_link")
    proposed_verdict = fields.Selection(related="platform_id.proposed_verdict")
    has_read = fields.Boolean("I Have Read These Terms")
    version = fields.Char(
        "Version of the Terms", help="Date or version of the terms that you have read."
    )
    verdict = fields.Selection(
        lambda self: (
            self.env["social.platform"]._fields["terms_verdict"]._description_selection(self.env)
        ),
        compute="_compute_verdict",
        store=True,
        readonly=False,
    )
    allow_push = fields.Boolean(
        "Customer Data May Be Brought In",
        compute="_compute_verdict",
        store=True,
        readonly=False,
        help="The terms expressly allow bringing your customers' data to this platform.",
    )
    allow_answers = fields.Boolean(
        "Answers May Be Sent from Here",
        compute="_compute_verdict",
        store=True,
        readonly=False,
        help="The terms allow a program to publish answers that a person has written and sent.",
    )
    expiry = fields.Date(
        "Verdict Valid Until",
        default=lambda self: fields.Date.today() + relativedelta(years=1),
        help="After this day its sources pause until somebody reads again.",
    )

    @api.depends("platform_id")
    def _compute_verdict(self):
        """Begin with what was said last, or else with what we propose."""
        for wizard in self:
            platform = wizard.platform_id
            wizard.verdict = platform.terms_verdict or platform.proposed_verdict
            wizard.allow_push = platform.terms_allow_push
            wizard.allow_answers = platform.terms_allow_answers

    def action_confirm(self):
        """Enter the verdict as this user's.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        if problem := self._get_problem():
            raise UserError(problem)
        self.platform_id.write(
            {
                "terms_version": self.version.strip(),
                "terms_verdict": self.verdict,
                "terms_expiry": self.expiry,
                "terms_allow_push": self.allow_push,
                "terms_allow_answers": self.allow_answers,
            }
        )
        return self.action_back()

    def action_back(self):
        """Go back to where the terms were asked for: to the new source, or close."""
        wizard = self.env["social.source.wizard"].browse(self.env.context.get(BACK) or ()).exists()
        return wizard._reopen() if wizard else {"type": "ir.actions.act_window_close"}

    def _get_problem(self):
        """Return in words what is missing, or None."""
        if not self.has_read:
            return self.env._("Read the terms first, and say that you have.")
        if not (self.version or "").strip():
            return self.env._("Enter the date or version of the terms that you have read.")
        if not self.verdict:
            return self.env._("Say whether the terms allow monitoring.")
        if self.verdict == "imprint_ban" and self.access == "login":
            return self.env["social.policy"]._get_reasons()["terms_accepted"][1]
        if not self.expiry or self.expiry < fields.Date.today():
            return self.env._("Enter a day in the future until which your verdict is valid.")
        return None
