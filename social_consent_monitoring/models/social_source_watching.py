from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as CONFLICTS
from odoo.tools import SQL, mute_logger

from ..removed import Removed
from ..suppressed import normalize_handle
from ..watch_words import read_address, read_text
from .social_source import NO_ERROR, WATCHED_BY

# What may name a person, and where its handle counts.
SAYS = {"name", "public_name", "term", "address", "platform_id"}
# Who is watched is for few eyes (rules 5 and 24).
WATCHERS = (
    "social_consent_monitoring.group_social_manager,social_consent_monitoring.group_privacy_officer"
)


class SocialSourceWatching(models.Model):
    """A source that watches a person: only with that person's consent, and no longer (rule 24)."""

    _name = "social.source"
    _inherit = ["social.source"]

    watched_partner_id = fields.Many2one(
        "res.partner",
        "Watches",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups=WATCHERS,
        help="The contact whose own posts this source reads. It takes that person's consent to be "
        "watched, and closes for good when that ends. Choose a name that does not tell who it is.",
    )
    watched_company_id = fields.Many2one(
        "res.company",
        "Watches For",
        readonly=True,
        ondelete="set null",
        copy=False,
        groups=WATCHERS,
        help="The company that was given the consent.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        sources = super().create(vals_list)
        self.env.registry.clear_cache()
        sources._check_named()
        return sources

    def write(self, vals):
        if "watched_partner_id" in vals:
            self._search_watching(
                [
                    ("id", "in", self.ids),
                    ("watched_partner_id", "not in", (False, vals["watched_partner_id"])),
                ]
            )._erase_own(Removed())
        result = super().write(vals)
        if vals.keys() & {"state", *SAYS}:
            self.env.registry.clear_cache()
        if (
            vals.keys() & {"watched_partner_id", "company_id", *SAYS}
            or vals.get("state") == "active"
        ):
            self._check_named()
        return result

    def _write_as_stored(self, vals):
        if vals.keys() & {"state", *SAYS}:
            self.env.registry.clear_cache()
        return super()._write_as_stored(vals)

    def unlink(self):
        self.check_access("unlink")
        watching = [("id", "in", self.ids), ("watched_partner_id", "!=", False)]
        self._search_watching(watching)._erase_own(Removed())
        self.env.registry.clear_cache()
        return super().unlink()

    # -- persons whom the query names ------------------------------------------------------------

    def _read_said(self):
        """Return what this source's names, term and address say, as ``watch_words.Said``."""
        source = self.sudo()
        name = read_text(source.name) | read_text(source.public_name)
        # The name of a source is no handle by itself.
        name = name._replace(handles=frozenset(part for part in name.handles if "@" in part))
        return name | read_text(source.term) | read_address(source.address)

    def _find_named(self):
        """Return the persons whom this source names: one query."""
        return self.env["social.watch"].sudo()._find(self._read_said(), self.platform_id)

    def _get_watch(self):
        """Return ``social.watch`` for the company that was given the consent."""
        source = self.sudo()
        company = source.watched_company_id or source.company_id or self.env.company
        return self.env["social.watch"].with_company(company)

    def _check_named(self):
        """Refuse a query that names a person who did not consent, and log it (rule 24).

        With the consent of the one person who is found the source says from now on whom it
        watches, so that it closes with that consent.

        :raises ConsentRequired: with a message that tells no more than the query does
        """
        for source in self.sudo().filtered(lambda source: source.state != "closed"):
            found = source._find_named()
            others = found - source.watched_partner_id
            source._get_watch()._enforce(others, **source._get_watched_place())
            if not others or source.watched_partner_id:
                continue
            if len(found) > 1:
                raise UserError(
                    self.env._(
                        "Several contacts have this name. Enter under “Watches” which of them is "
                        "meant."
                    )
                )
            source.with_env(self.env).sudo().write({"watched_partner_id": found.id})

    def _get_refused(self):
        """Return the persons whom this source names and may not watch: a look, and not logged."""
        return (
            self._get_watch().sudo()._get_refused(self._find_named(), **self._get_watched_place())
        )

    def _pause_refused(self):
        """Pause those of these sources that name a person who did not consent; never fails.

        Where the importer is at the same row, it asks by itself before its next page.
        """
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                for source in self.sudo().exists():
                    refused = source.state == "active" and source._get_refused()
                    if refused:
                        source._in_its_company()._pause_for(refused)
        except CONFLICTS:
            self.env.invalidate_all()

    def _pause_for(self, refused):
        """Pause for persons who did not consent, log it, and tell who is responsible."""
        policy = self._get_watch().env["social.policy"]
        decisions = policy._decide("monitor", refused, **self._get_watched_place())
        policy.env["social.decision"]._log("monitor", refused, decisions)
        message, advice = self.env["social.watch"]._get_words()
        self._pause(message, advice)

    # -- whom a manager says it watches ----------------------------------------------------------

    def _note_watching(self):
        """Remember for which company each person is watched: consent is given to one.

        So the source is that company's own, and no other sees what it brings. The public page says
        nothing of such a source: so it has no description, which others read.
        """
        for source in self.sudo():
            company = source.company_id or source.watched_company_id or self.env.company
            wanted = company if source.watched_partner_id else company.browse()
            if source.watched_company_id != wanted:
                source._write_as_stored({"watched_company_id": wanted.id})
            if source.watched_partner_id and source.public_name:
                source._write_as_stored({"public_name": False})
            if wanted and not source.company_id:
                source.write({"company_id": wanted.id})

    def _check_not_closed(self, vals):
        if vals.keys() & {"state", *WATCHED_BY} and "closed" in self.mapped("state"):
            raise UserError(
                self.env._(
                    "This source was closed for good: the person whom it watched does not want "
                    "that. Make another one for something else."
                )
            )

    @api.constrains("name", "term", "watched_partner_id")
    def _check_name_says_nothing(self):
        """Whoever works on mentions reads the names of sources; they must not tell who is watched."""
        for source in self.sudo().filtered("watched_partner_id"):
            names = (source.watched_partner_id.name or "").split()
            if "@" in (source.term or ""):
                names += [each.partition("@")[0] for each in read_text(source.term).handles]
            said = source.name.lower()
            if "@" in said or any(len(name) > 2 and name.lower() in said for name in names):
                raise ValidationError(
                    self.env._("Choose a name for the source that does not tell who is watched.")
                )

    def _check_may_watch(self):
        """Ask before a person is watched, and log it (rule 24).

        :raises ConsentRequired: without that person's consent, or a contract for the very handle
        """
        for source in self.sudo().filtered("watched_partner_id"):
            policy = self.env["social.policy"].with_company(source.watched_company_id)
            policy._enforce("monitor", source.watched_partner_id, **source._get_watched_place())

    def _may_watch(self):
        """Tell whether this source may go on watching a person: a look, and not logged."""
        source = self.sudo()
        policy = source.env["social.policy"].with_company(source.watched_company_id)
        partner = source.watched_partner_id
        return bool(policy._decide("monitor", partner, **source._get_watched_place())[partner.id])

    def _get_watched_place(self):
        """Return the facts of the policy on whose posts are read: the handle, if it names one."""
        term = self.sudo().term or ""
        handle = normalize_handle(term) if "@" in term else None
        return {"platform": self.platform_id.code, "handle": handle}

    @api.model
    def _close_unwatched(self, consents, removed):
        """Close the sources that watched whoever ended these consents to being watched."""
        if not consents:
            return
        ended = {(each.subject_id.id, each.company_id.id): each.id for each in consents}
        sources = self._search_watching(
            [("watched_partner_id.social_subject_id", "in", consents.subject_id.ids)]
        )
        by_consent = sources.grouped(
            lambda source: ended.get(
                (source.watched_partner_id.social_subject_id.id, source.watched_company_id.id)
            )
        )
        by_consent.pop(None, None)
        for consent_id, own in by_consent.items():
            own.filtered(lambda source: not source._may_watch())._close(removed, consent_id)
        # And what names that person beside another.
        self.env["social.watch"]._note_subjects(consents.subject_id)

    @api.model
    def _close_expired(self):
        """Close the sources whose consent ended by the clock, however they are paused meanwhile."""
        watching = self._search_watching([("watched_partner_id", "!=", False)])
        watching.filtered(lambda source: not source._may_watch())._close()

    @api.model
    def _search_watching(self, domain):
        return self.sudo().with_context(active_test=False).search(domain, order="id")

    def _close(self, removed=None, consent_id=None):
        """Close these sources for good, with all that they alone brought (rule 24).

        Address and term named the person, and so may the rest: it goes.

        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        if not self:
            return
        removed = removed or Removed()
        self._erase_own(removed, consent_id)
        removed.add(consent_id, self._name, self.ids)
        self._forget_runs()
        for source in self.sudo():
            source._write_as_stored(source._prepare_closed_vals())

    def _erase_own(self, removed, consent_id=None):
        """Delete what these sources alone brought, with authors who wrote nothing else.

        Where a source watches a person no more, nothing else would find it when the consent ends.
        """
        if not self:
            return
        mentions = self._get_own_mentions()
        authors = mentions.author_id
        mentions._erase(removed, consent_id)
        authors.filtered(
            lambda author: not author.mention_ids and not author.social_subject_id
        )._erase(removed, consent_id)

    def _prepare_closed_vals(self):
        emptied = dict.fromkeys(
            (
                "term",
                "cursor",
                "next_run",
                "last_summary",
                "public_name",
                "balancing_test",
                "watched_partner_id",
            ),
            False,
        )
        name = self.env._("Closed source %s", self.id)
        return {**emptied, **NO_ERROR, "name": name, "address": "", "state": "closed"}

    def _get_own_mentions(self):
        """Return the mentions that no other source brought, closed ones aside."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT mention_id FROM social_mention_source_rel own
                WHERE source_id = ANY(%s) AND NOT EXISTS (
                    SELECT FROM social_mention_source_rel other
                    JOIN social_source source ON source.id = other.source_id
                    WHERE other.mention_id = own.mention_id AND NOT other.source_id = ANY(%s)
                        AND source.state != 'closed')
                """,
                self.ids,
                self.ids,
            )
        )
        return self.env["social.mention"].sudo().browse(row[0] for row in rows)
