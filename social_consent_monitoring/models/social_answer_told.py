import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS

from ..door import open_door
from .social_answer import MANAGER

ACTIVITY = "social_consent_monitoring.mail_activity_approve"
_logger = logging.getLogger(__name__)


class SocialAnswerTold(models.Model):
    """Who hears of an answer: whoever may approve it, and then its author, what became of it.

    Both stand beside the post, and go with it. They say nothing of the answer's text.
    """

    _name = "social.answer"
    _inherit = ["social.answer"]

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        before = {answer: answer.state for answer in self}
        result = super().write(vals)
        for answer, state in before.items():
            if answer.state != state:
                answer._tell_of_change(state)
        return result

    def unlink(self):
        mentions = self.mention_id
        result = super().unlink()
        for mention in mentions:
            self._plan_approval(mention)
        return result

    def _tell_of_change(self, before):
        if "waiting" in (before, self.state):
            self._plan_approval(self.mention_id)
        if self.user_id and self.user_id != self.env.user and (words := self._get_news(before)):
            self._tell_author(words)

    # -- whoever may approve ---------------------------------------------------------------------

    @api.model
    def _plan_approval(self, mention):
        """Give whoever may approve an activity, as long as an answer to this post waits."""
        waiting = self.sudo().search([("mention_id", "=", mention.id), ("state", "=", "waiting")])
        approvers = waiting._get_approvers()
        mention = open_door(mention.sudo())
        known = mention.activity_search([ACTIVITY])
        kept = known.filtered(lambda activity: activity.user_id in approvers)
        (known - kept).unlink()
        for user in approvers - kept.user_id:
            own = mention.with_context(lang=user.lang)
            own.activity_schedule(
                ACTIVITY,
                summary=own.env._("An answer waits for your approval"),
                note=own.env._(
                    "Open it under “Answers” below the post, then approve it or give it back."
                ),
                user_id=user.id,
            )

    def _get_approvers(self):
        """Return the leaders of the posts' teams, or their managers; without any, all managers.

        Only those who may approve: managers of the answer's company who have not written it.
        """
        approvers = self.env["res.users"]
        for answer in self:
            managers = (
                self.env.ref(MANAGER)
                .sudo()
                .all_user_ids.filtered(
                    lambda user, company=answer.company_id: (
                        user.active and not user.share and company in user.company_ids
                    )
                )
            )
            managers -= answer.user_id
            team = answer.mention_id.team_id
            approvers |= (team.user_id & managers) or (team.member_ids & managers) or managers
        return approvers

    # -- its author ------------------------------------------------------------------------------

    def _get_news(self, before):
        """Return in its author's language what became of it; None where that is no news."""
        env = self.with_context(lang=self.user_id.lang).env
        name = self.env.user.name
        if self.state == "draft" and before == "waiting" and self.approver_id:
            if self.account_id:
                return env._("%s approved your answer: it is being sent.", name)
            return env._("%s approved your answer. Copy it and publish it.", name)
        if self.state == "failed" and before == "waiting":
            return env._("%s gave your answer back. Read why, change it, then send it again.", name)
        if self.state == "failed":
            return env._("Your answer was not sent. Open it to see what to do.")
        if self.state == "deleted":
            return env._("Your answer does not stand there any more: it was deleted.")
        return None

    def _tell_author(self, words):
        """Send the author a message; that it cannot be sent does not undo what became of it."""
        author = self.user_id
        mention = open_door(self.mention_id.sudo()).with_context(lang=author.lang)
        try:
            with self.env.cr.savepoint():
                mention.message_notify(
                    partner_ids=author.partner_id.ids,
                    subject=mention.env._("Your answer"),
                    body=words,
                )
        except CONFLICTS:
            raise
        except Exception:
            _logger.exception("The author of answer %s could not be told", self.id)
