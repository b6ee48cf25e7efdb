import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS

ACTIVITY = "social_consent_monitoring.mail_activity_alert"
CLERKS = "social_consent_monitoring.group_social_user"
MANAGERS = "social_consent_monitoring.group_social_manager"
_logger = logging.getLogger(__name__)


class SocialAlertTelling(models.Model):
    """Who is told of alerts, and how often: colleagues only, and no flood.

    A message holds numbers, the names of rule, source and topics, the rule's own words and a link:
    no text of a post and no author, and nothing of a customer (rule 17).
    """

    _name = "social.alert.rule"
    _inherit = ["social.alert.rule"]

    @api.model
    def _tell_waiting(self):
        """Tell of what nobody was told yet: all of a rule in one message.

        A rule that had its messages for the day waits: what comes meanwhile is told together, and
        what somebody closed meanwhile is not.
        """
        untold = [("told_at", "=", False), ("state", "!=", "closed"), ("rule_id.active", "=", True)]
        waiting = self.env["social.alert"].search(untold)
        messages = self._count_messages() if waiting else {}
        for rule, new in waiting.grouped("rule_id").items():
            if messages.get(rule, 0) < rule.daily_limit:
                rule._try_to_tell(new)

    def _try_to_tell(self, alerts):
        """Tell of these alerts, all or not at all: a rule that cannot be told silences no other."""
        try:
            with self.env.cr.savepoint():
                self._tell(alerts)
                alerts._note_told()
        except CONFLICTS:
            raise
        except Exception as error:
            _logger.error("Alerts of rule %s could not be told: %s", self.id, type(error).__name__)

    @api.model
    def _count_messages(self):
        """Return ``{rule: messages of the last 24 hours}``."""
        since = fields.Datetime.now() - timedelta(days=1)
        told = self.env["social.alert"].search([("told_at", ">", since)])
        moments = {
            rule: set(own.mapped("told_at")) for rule, own in told.grouped("rule_id").items()
        }
        return {rule: len(times) for rule, times in moments.items()}

    def _tell(self, alerts):
        self.ensure_one()
        if self.tell_by == "chat" and (channel := self._get_channel()):
            self._tell_by_chat(channel, alerts)
            return
        for user, own in self._get_readers(alerts).items():
            # Each reads it in the own language.
            rule = self.with_company(self.company_id).with_context(lang=user.lang)
            by_mail = self.tell_by == "mail" and user.email
            tell = rule._tell_by_mail if by_mail else rule._tell_by_activity
            tell(user, own.with_context(lang=user.lang))

    def _get_readers(self, alerts):
        """Return ``{user: alerts}``: those who are named, else who is responsible for the source.

        Whoever left, or may not read mentions any more, is told nothing; where nobody else is
        left, the managers are.
        """
        readers = {}
        for alert in alerts:
            asked = self._keep_clerks(self.user_ids or alert.source_id.user_id)
            for user in asked or self._keep_clerks(self.env.ref(MANAGERS).all_user_ids):
                readers[user] = readers.get(user, alerts.browse()) | alert
        return readers

    def _keep_clerks(self, users):
        """Return those who work with mentions of this rule's company."""
        return users.filtered(
            lambda user: (
                user.active and user.has_group(CLERKS) and self.company_id <= user.company_ids
            )
        )

    def _tell_by_activity(self, user, alerts):
        """Leave one activity: what comes while it is there is added to it."""
        known = self.activity_search([ACTIVITY], user_id=user.id)[:1]
        note = self._prepare_body(alerts)
        if known:
            summary = self.env._("Several alerts")
            known.write({"summary": summary, "note": note + (known.note or Markup())})
            return
        # An activity and no mail besides.
        self.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY, user_id=user.id, summary=self._prepare_title(alerts), note=note
        )

    def _clear_activities(self):
        """Take the activities away where no alert is left that nobody has seen."""
        told = [("rule_id", "in", self.ids), ("state", "=", "new"), ("told_at", "!=", False)]
        unseen = self.env["social.alert"].search(told).rule_id
        (self - unseen).activity_unlink([ACTIVITY])

    def _tell_by_mail(self, user, alerts):
        self.env["mail.mail"].create(
            {
                "subject": self._prepare_title(alerts),
                "body_html": self._prepare_body(alerts),
                "email_to": user.email_formatted,
                "email_from": self.company_id.email_formatted or self.env.user.email_formatted,
                "author_id": self.company_id.partner_id.id,
                "auto_delete": True,
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _tell_by_chat(self, channel, alerts):
        """Write into the channel, as a comment: a notification would be unread for nobody."""
        lang = self.company_id.partner_id.lang
        rule, alerts = self.with_context(lang=lang), alerts.with_context(lang=lang)
        channel.message_post(
            body=rule._prepare_body(alerts),
            author_id=self.env.ref("base.partner_root").id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    # -- words -------------------------------------------------------------------------------

    def _prepare_title(self, alerts):
        if len(alerts) == 1:
            return self.env._("Alert: %s", self.name)
        return self.env._("%(count)s alerts: %(rule)s", count=len(alerts), rule=self.name)

    def _prepare_body(self, alerts):
        """Return what is told: a line for each source, and the way to the posts."""
        lines = Markup().join(
            Markup('<li><b>%s</b>: %s <a href="%s">%s</a></li>')
            % (alert.source_id.name, alert.explanation, alert._get_link(), self.env._("Show"))
            for alert in alerts
        )
        about = self.topic_ids and self.env._(
            "Topics: %s", ", ".join(self.topic_ids.mapped("name"))
        )
        head = " - ".join(filter(None, [self.name, about]))
        return Markup("<p>%s</p><ul>%s</ul>") % (head, lines)
