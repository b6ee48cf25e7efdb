from odoo import api, fields, models
from odoo.tools import format_list

from .. import policy
from ..removed import Removed

# So many expired values, sources and authors are cleared in one transaction.
BATCH = 200
# Whoever stored a post while its author objected is found by the next job.
SWEEP_DAYS = 2


class SocialEffect(models.AbstractModel):
    """What a withdrawal, an objection or an erasure does, in the transaction of its event.

    Carried out before the event is written, which says how many rows of which kind went, and one
    digest of them. Each model knows what of its own goes: here is the order alone.
    """

    _name = "social.effect"
    _description = "Effects of a Consent That Ended"

    @api.model
    def _carry_out(self, consents):
        """Let all that rests on these consents follow them, as they stand now.

        Renewed consents carry their rows on. In a number of statements that no number of
        consents raises, and few where there is nothing to remove.

        :return: ``{consent id: {"counts", "digest"}}`` of those with which anything went
        """
        removed = Removed()
        ended = consents.filtered(lambda each: each.recorded_state not in ("given", "requested"))
        self._forget_suppressed(ended, removed)
        self.env["social.wall.mixin"]._follow_consents(consents, removed)
        self.env["social.handle.proof"]._drop_of(ended)
        self.env["social.copy"]._clear_consents(consents, removed)
        self.env["social.source"]._close_unwatched(self._get_own(ended, "monitor"), removed)
        self.env["social.block.mixin"]._follow_consents(consents)
        self.env["crm.lead"]._forget_social_mentions(consents)
        self.env["social.stop"]._stop_queued(self._get_own(ended, policy.CONTACT), removed)
        return removed.tell()

    @api.model
    def _get_own(self, consents, purpose_code):
        return consents.filtered(lambda consent: consent.purpose_id.code == purpose_code)

    # -- whoever objects is forgotten ------------------------------------------------------------

    @api.model
    def _forget_suppressed(self, consents, removed):
        """Delete the posts and authors of these persons' handles that nobody may watch any more.

        Before the profiles go, by which the handles are known. It does not matter which of their
        consents ended: with each the first one takes them along.
        """
        if not consents:
            return
        subjects = consents.subject_id
        handles = self.env["social.suppression"]._find_handles(subjects, "monitor")
        first = {}
        for consent in consents:
            first.setdefault(consent.subject_id.id, consent.id)
        for subject_id, own in handles.items():
            self.env["social.author"]._forget_handles(own, removed, first[subject_id])

    @api.model
    def _forget_objecting(self, subjects):
        """Do the same for persons who had said no to everything already: no event tells of it."""
        self.env["social.handle.proof"]._drop_of_objecting(subjects)
        handles = self.env["social.suppression"]._find_handles(subjects, "monitor")
        for own in handles.values():
            self.env["social.author"]._forget_handles(own, Removed(), None)

    # -- what the clock ended --------------------------------------------------------------------

    @api.model
    def _cron_clear(self):
        """Carry out what the clock ended, and find what was stored while its author objected."""
        while self.env["social.enrichment"]._clear_expired(BATCH) == BATCH:
            if not self.env["ir.cron"]._commit_progress(BATCH, remaining=1):
                return
        self._clear_expired_copies()
        self.env["social.source"]._close_expired()
        self.env["social.author"]._forget_late(self._get_sweep_start())
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _clear_expired_copies(self):
        """Remove what was copied from posts by a consent that the clock has ended since (rule 4)."""
        ended = self.env["social.copy"]._clear_expired()
        self.env["crm.lead"]._forget_social_mentions(ended)

    @api.model
    def _get_sweep_start(self):
        return fields.Datetime.subtract(fields.Datetime.now(), days=SWEEP_DAYS)

    # -- in words --------------------------------------------------------------------------------

    @api.model
    def _describe(self, payload):
        """Return in words what an event says was removed with its consent; "" where nothing was.

        :param dict payload: of a ``social.consent.event``
        """
        counts = payload.get("effects", {}).get("counts", {})
        if not counts:
            return ""
        words = self._get_words()
        lines = [
            f"{words.get(model) or self._get_kind(model)}: {count}"
            for model, count in sorted(counts.items())
        ]
        return self.env._("Removed with it: %s.", format_list(self.env, lines))

    @api.model
    def _get_kind(self, model):
        return self.env["ir.model"].sudo()._get(model).name or model

    @api.model
    def _get_words(self):
        _ = self.env._
        return {
            "crm.lead": _("copies in leads"),
            "ir.attachment": _("files"),
            "mail.activity": _("planned calls"),
            "mail.mail": _("e-mails not yet sent"),
            "mail.message": _("messages"),
            "mail.message.schedule": _("notifications not yet sent"),
            "mail.scheduled.message": _("scheduled messages"),
            "res.partner": _("values in the contact"),
            "sms.sms": _("SMS not yet sent"),
            "snailmail.letter": _("letters not yet sent"),
            "social.author": _("authors"),
            "social.contract.handle": _("handles in contracts"),
            "social.enrichment": _("enriched values"),
            "social.match": _("connected posts"),
            "social.mention": _("posts"),
            "social.profile": _("profiles"),
            "social.source": _("closed sources"),
        }
