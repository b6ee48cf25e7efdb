import functools
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .. import connectors
from .social_answer_words import explain
from .social_mention import OFFICER

# Seconds that sending may take, with the look-ups before it.
DEADLINE = 25.0
# Whoever is still sending after that was interrupted.
INTERRUPTED = timedelta(minutes=10)
# What became of an answer is asked once a day, for so long.
ASK_AGAIN = timedelta(days=1)
FOLLOWED = timedelta(days=90)
BATCH = 20
NOTHING_MORE = {"error": False, "is_uncertain": False}


class SocialAnswerSend(models.Model):
    """Sends an answer, once, and follows what becomes of it.

    “Being sent” is committed before the server is asked, so whatever breaks off in between leaves
    a trace. Whether it arrived is then looked up on the platform, before anybody tries again.
    """

    _name = "social.answer"
    _inherit = ["social.answer", "social.commit.mixin"]

    send_key = fields.Char(readonly=True, copy=False, groups="base.group_system")
    locator = fields.Char(readonly=True, copy=False, groups=OFFICER)
    tried_at = fields.Datetime(readonly=True, copy=False)
    is_uncertain = fields.Boolean(
        "May Have Arrived",
        readonly=True,
        copy=False,
        help="The server did not say whether it took the answer.",
    )
    checked_at = fields.Datetime("Last Seen There", readonly=True, copy=False)

    _by_external_id = models.Index("(external_id) WHERE external_id IS NOT NULL")
    _followed = models.Index("(checked_at) WHERE state = 'sent'")

    # -- a person presses ------------------------------------------------------------------------

    def action_send(self):
        """Send it now, or ask for approval where the company wants that.

        :raises ConsentRequired: where it may not go out (rules 19, 20, 23)
        """
        self.ensure_one()
        self._check_is_author()
        if self.is_uncertain:
            return self._send_now()
        self._check_may_go()
        if self._needs_approval():
            self.sudo().write({"state": "waiting", "error": False})
            return self._tell(self.env._("A manager has to approve this answer: it waits."))
        return self._send_now()

    def action_copy(self):
        """Give the text to be published by hand, and count the mention as answered."""
        self.ensure_one()
        self._check_is_author()
        self._check_not_uncertain()
        self._check_may_go()
        if self._needs_approval():
            self.sudo().write({"state": "waiting", "account_id": False, "error": False})
            return self._tell(self.env._("A manager has to approve this answer: it waits."))
        now = fields.Datetime.now()
        self.sudo().write({"state": "copied", "sent_at": now, **NOTHING_MORE})
        self.mention_id.action_answered()
        return {
            "type": "ir.actions.client",
            "tag": "social_copy_answer",
            "params": {"text": self.text, "message": self.env._("Copied: publish it now.")},
        }

    def _check_is_author(self):
        self.check_access("write")
        if self.state not in ("draft", "failed"):
            raise UserError(self.env._("This answer is on its way already."))

    def _check_not_uncertain(self):
        if any(self.sudo().mapped("is_uncertain")):
            raise UserError(
                self.env._(
                    "This answer may stand on the platform already. Press “Try Again”: that looks "
                    "first."
                )
            )

    @api.model
    def _tell(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # -- sending ---------------------------------------------------------------------------------

    def _send_now(self):
        """Send, and show what came of it. What was decided before is committed on the way."""
        if not self.account_id:
            raise UserError(
                self.env._("Choose the account that answers, or copy the answer and publish it.")
            )
        self.with_context(import_commits=True)._send()
        if self.state == "sent":
            return self._tell(self.env._("Your answer is published."))
        return self._open()

    def _send(self):
        """Send one answer that may go out; the caller has asked that.

        :raises ConsentRequired: where the platform's terms do not allow it (rule 16)
        """
        self.ensure_one()
        checked = self._get_checked()
        self._commit(0)
        uncertain = self._transact(functools.partial(self._begin, checked))
        query = self.account_id._prepare_query(deadline=DEADLINE)
        try:
            sent = self._publish(query, uncertain)
        except connectors.ConnectorError as error:
            self._transact(functools.partial(self._note_failure, error))
        except UserError:
            self._transact(self._note_not_there)
            raise
        except Exception:
            # A defect of ours: nobody knows how far it came.
            error = connectors.ConnectorError("unexpected_answer")
            self._transact(functools.partial(self._note_failure, error))
            raise
        else:
            self._transact(functools.partial(self._note_sent, sent))

    def _get_checked(self):
        """Return what was checked and approved: nothing else may go out."""
        return [(each.text, each.visibility, each.account_id, each.approver_id) for each in self]

    def _begin(self, checked):
        """Note that it is on its way, alone; return whether an earlier attempt may have arrived."""
        self._lock_alone()
        if self._get_checked() != checked:
            raise UserError(self.env._("This answer was changed meanwhile. Read it, then send it."))
        if self.account_id not in self.sudo()._find_accounts():
            raise UserError(self.env._("This account cannot answer this post: choose another one."))
        self.env["social.policy"].with_company(self.company_id)._enforce("answer", self)
        answer = self.sudo()
        uncertain = answer.is_uncertain
        answer.write(
            {
                "state": "sending",
                "tried_at": fields.Datetime.now(),
                "send_key": answer.send_key or connectors.make_key(),
                "error": False,
            }
        )
        return uncertain

    def _lock_alone(self):
        """Keep colleagues off this post, and look once more whether somebody was quicker.

        The post's row is written as it is: of two at the same time the second one is refused by
        PostgreSQL, starts again, and sees what the first one did. A lock alone would let it go on
        with what it saw before.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE social_mention SET state = state WHERE id = %s", self.mention_id.id)
        )
        self.invalidate_recordset()
        if self.state not in ("draft", "failed"):
            raise UserError(self.env._("This answer is on its way already."))
        if not self.is_uncertain:
            self._check_others()

    def _publish(self, query, uncertain):
        connector = self.account_id.sudo().connector
        item, key = self._get_item(), self.sudo().send_key
        if uncertain:
            if sent := connectors.find_sent(connector, query, self.text or "", item, key):
                return sent
            # It did not arrive: whether it may go is asked as for the first time.
            self._transact(self._check_may_go)
        return connectors.send(connector, query, self.text, item, self.visibility, key)

    def _get_item(self):
        """Return the post that is answered, as connectors know it."""
        mention = self.mention_id.sudo()
        return connectors.Item(
            mention.external_id, mention.url or "", mention.text, mention.locator or ""
        )

    def _note_sent(self, sent):
        now = fields.Datetime.now()
        self.sudo().write(
            {
                "state": "sent",
                "external_id": sent.external_id,
                "url": sent.url,
                "locator": sent.locator,
                "sent_at": now,
                "checked_at": now,
                **NOTHING_MORE,
            }
        )
        account = self.account_id.sudo()
        known = account.handle or sent.author
        if account.handle != sent.author:
            account.handle = sent.author
        self._drop_own_mention(known)
        self.mention_id.action_answered()

    def _drop_own_mention(self, handle):
        """Our own answer is no mention, even where a source was quicker than we.

        The server tells which post that is: it counts only where the account itself wrote it.

        :param handle: of the account, as it was known before
        """
        answer = self.sudo()
        named = answer.env["social.mention"].search(
            [
                ("platform_id", "=", answer.platform_id.id),
                ("external_id", "=", answer.external_id),
            ]
        )
        us = handle.lower()
        mentions = named.filtered(lambda each: (each.author_id.handle or "").lower() == us)
        if mentions:
            mentions._drop_whole()

    def _note_failure(self, error):
        message, advice = explain(self.env, error)
        if error.may_stand:
            advice = self.env._(
                "It may have arrived all the same. Press “Try Again”: that looks first, and sends "
                "nothing twice."
            )
        self.sudo().write(
            {
                "state": "failed",
                "error": f"{message} {advice}",
                "is_uncertain": error.may_stand or self.sudo().is_uncertain,
            }
        )

    def _note_not_there(self):
        """The platform does not have it, and it may not go any more."""
        self.sudo().write({"state": "failed", "is_uncertain": False, "error": False})

    # -- what was interrupted, and what became of it ---------------------------------------------

    @api.model
    def _cron_follow(self):
        """Look what became of answers: of interrupted ones, and of those that were sent.

        It sends nothing: a person presses. Personal texts go when the clock ends their consent.
        """
        self.env["social.effect"]._clear_expired_copies()
        for answer in self._get_interrupted():
            answer._settle()
            if not answer._commit(1):
                return
        for answers in self._get_followed().grouped("account_id").values():
            answers._follow()
            if not answers._commit(len(answers)):
                return

    @api.model
    def _get_interrupted(self):
        limit = fields.Datetime.now() - INTERRUPTED
        return self.sudo().search([("state", "=", "sending"), ("tried_at", "<", limit)])

    def _settle(self):
        """Find out whether an interrupted answer was published."""
        account = self.account_id
        query = account._prepare_query(deadline=DEADLINE)
        connector, key = account.sudo().connector, self.sudo().send_key
        self._commit(0)
        try:
            sent = connectors.find_sent(connector, query, self.text or "", self._get_item(), key)
        except connectors.ConnectorError as error:
            if error.code != "no_post":
                return
            sent = None
        if sent:
            self._transact(functools.partial(self._note_sent, sent))
        else:
            self._transact(self._note_interrupted)

    def _note_interrupted(self):
        self.sudo().write(
            {
                "state": "failed",
                # A server may show it late: before another attempt somebody looks again.
                "is_uncertain": True,
                "error": self.env._(
                    "Sending was interrupted, and the answer does not stand there. Press “Try Again”."
                ),
            }
        )

    @api.model
    def _get_followed(self):
        """Return public answers whose turn it is; of messages for one person nobody else is told."""
        now = fields.Datetime.now()
        return self.sudo().search(
            [
                ("state", "=", "sent"),
                ("visibility", "=", "public"),
                ("account_id", "!=", False),
                ("checked_at", "<", now - ASK_AGAIN),
                ("sent_at", ">", now - FOLLOWED),
            ],
            order="checked_at",
            limit=BATCH,
        )

    def _follow(self):
        """Ask the platform of one account what became of these answers."""
        account = self.account_id
        query = account._prepare_query(deadline=DEADLINE)
        items = {answer._get_own_item(): answer for answer in self}
        self._commit(0)
        try:
            fates = list(connectors.check(account.sudo().connector, query, list(items)))
        except connectors.ConnectorError:
            fates = [connectors.Fate(item.external_id, "unknown") for item in items]
        states = {items[item]: fate.state for item, fate in zip(items, fates, strict=True)}
        self._transact(functools.partial(self._note_fates, states))

    def _get_own_item(self):
        answer = self.sudo()
        seen = answer.checked_at.replace(tzinfo=timezone.utc)
        return connectors.Item(
            answer.external_id, answer.url or "", answer.text or "", answer.locator or "", seen
        )

    @api.model
    def _note_fates(self, states):
        # What cannot be learned today is asked again tomorrow.
        for answer, state in states.items():
            values = {"checked_at": fields.Datetime.now()}
            if state == "deleted":
                values["state"] = "deleted"
            answer.sudo().write(values)

    def action_look(self):
        """Look now what became of it."""
        self.ensure_one()
        self.check_access("read")
        answer = self.sudo()
        if answer.state == "sent" and answer.account_id and answer.visibility == "public":
            answer._follow()
        return {"type": "ir.actions.client", "tag": "soft_reload"}
