import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..removed import Removed
from ..suppressed import make_handle
from .social_code_mixin import ALPHABET


class SocialAuthor(models.Model):
    """Who wrote a public post: a handle that few may see, and a pseudonym for all others.

    The pseudonym is random, so that nobody gets from it to the handle (rule 14).
    """

    _name = "social.author"
    _inherit = ["social.subject.mixin"]
    _description = "Author of Mentions"
    _rec_name = "pseudonym"
    _order = "id"

    platform_id = fields.Many2one(
        "social.platform", required=True, readonly=True, ondelete="restrict"
    )
    handle = fields.Char(
        required=True, readonly=True, groups="social_consent_monitoring.group_privacy_officer"
    )
    account = fields.Char(
        "Lasting ID of the Account",
        readonly=True,
        groups="social_consent_monitoring.group_privacy_officer",
        help="What stays when the account takes another handle, where the platform tells it.",
    )
    pseudonym = fields.Char(
        required=True, readonly=True, default=lambda self: self._make_pseudonym(), copy=False
    )
    mention_ids = fields.One2many("social.mention", "author_id")

    _by_handle = models.Index("(lower(handle), platform_id)")
    _by_account = models.Index("(lower(account), platform_id) WHERE account IS NOT NULL")
    _handle_unique = models.UniqueIndex("(platform_id, handle)", "This author is already known.")

    @api.model
    def _make_pseudonym(self):
        return "".join(secrets.choice(ALPHABET) for _position in range(8))

    @api.model
    def _upsert(self, platform, handles):
        """Return ``{handle: author id}`` for these handles, making the authors that are new."""
        known = self._get_ids(platform, handles)
        missing = sorted(set(handles) - known.keys())
        if not missing:
            return known
        now, uid = fields.Datetime.now(), self.env.uid
        self.env.cr.execute_values(
            """
            INSERT INTO social_author (platform_id, handle, pseudonym, create_uid, write_uid,
                create_date, write_date)
            VALUES %s ON CONFLICT (platform_id, handle) DO NOTHING
            """,
            [
                (platform.id, handle, self._make_pseudonym(), uid, uid, now, now)
                for handle in missing
            ],
            page_size=1000,
        )
        return self._get_ids(platform, handles)

    @api.model
    def _note_accounts(self, platform, accounts):
        """Note the lasting ids of accounts.

        Where a handle was given up and taken by somebody else, it is that one's from now on.

        :param accounts: ``{handle: lasting id}``
        """
        if not accounts:
            return
        self.env.cr.execute_values(
            "UPDATE social_author AS author SET account = told.account"
            " FROM (VALUES %s) AS told (platform_id, handle, account)"
            " WHERE author.platform_id = told.platform_id AND author.handle = told.handle"
            " AND author.account IS DISTINCT FROM told.account",
            [(platform.id, handle, account) for handle, account in sorted(accounts.items())],
            page_size=1000,
        )
        self.invalidate_model(["account"])

    @api.model
    def _get_ids(self, platform, handles):
        authors = self.sudo().search_fetch(
            [("platform_id", "=", platform.id), ("handle", "in", list(set(handles)))], ["handle"]
        )
        return {author.handle: author.id for author in authors}

    @api.model
    def _select_outlived_author(self, moment):
        """Return the query for authors who are kept for nothing.

        An author is kept for the mentions, however new (``moment`` does not matter), and whoever
        has a key for what was decided.
        """
        return SQL(
            """
            SELECT id, create_date AS at FROM social_author author
            WHERE social_subject_id IS NULL
                AND NOT EXISTS (SELECT FROM social_mention WHERE author_id = author.id)
            """
        )

    def _get_forlorn(self):
        """Return those of these authors who are kept for nothing."""
        kept = (
            self.env["social.mention"]
            .sudo()
            ._read_group([("author_id", "in", self.ids)], ["author_id"])
        )
        known = self.browse().union(*(author for (author,) in kept))
        return (self - known).filtered(lambda author: not author.social_subject_id)

    def unlink(self):
        """Take along the copies of what these authors are, as far as they are known."""
        self.check_access("unlink")
        self.env["social.copy"]._clear_origins(authors=self)
        return super().unlink()

    # -- whoever objects is forgotten ------------------------------------------------------------

    @api.model
    def _forget_handles(self, handles, removed, consent_id):
        """Delete all that these handles wrote and wherever they stand, and take note of it.

        :param handles: "platform code/handle", in lower case
        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        handles = {*handles, *self._find_accounts(handles).values()}
        authors = self.sudo()._find_places(handles)
        authors.mention_ids._erase(removed, consent_id)
        gone_with = SQL("%s::int", consent_id)
        profiles = self.env["social.profile"].sudo()
        found = self._find_places(handles, "social.profile")
        profiles._sweep(SQL("id = ANY(%s)", found.ids), removed, gone_with)
        lines = self._find_places(handles, "social.contract.handle").exists()
        removed.add(consent_id, lines._name, lines.ids)
        lines.unlink()
        authors._erase(removed, consent_id)
        self.env["social.quarantine"]._forget(handles, removed, consent_id)
        self.env["social.author.request"]._forget(handles)
        self.env["social.handle.proof"]._forget(handles)

    def _erase(self, removed, consent_id):
        """Delete these authors, who have no posts any more, and the copies of what they are."""
        self.env["social.copy"]._clear_origins(authors=self, removed=removed, consent_id=consent_id)
        removed.add(consent_id, self._name, self.ids)
        self.sudo().unlink()

    @api.model
    def _find_places(self, handles, model="social.author"):
        """Return the records of a model with platform and handle where one of these stands.

        One may be the lasting id of an account, where the model has that.
        """
        records = self.env[model].sudo()
        records.flush_model()
        names = [name for name in ("handle", "account") if name in records._fields]
        places = [each.split("/", 1) for each in sorted(handles)]
        rows = self.env.execute_query(
            SQL(
                "SELECT place.id FROM unnest(%s::text[], %s::text[]) AS wanted (code, handle)"
                " JOIN social_platform platform ON platform.code = wanted.code"
                " JOIN %s place ON place.platform_id = platform.id"
                " AND (%s) ORDER BY place.id",
                [code for code, _handle in places],
                [handle for _code, handle in places],
                SQL.identifier(records._table),
                SQL(" OR ").join(
                    SQL("lower(%s) = wanted.handle", SQL.identifier("place", name))
                    for name in names
                ),
            )
        )
        return records.browse(row[0] for row in rows)

    @api.model
    def _find_accounts(self, handles):
        """Return ``{handle: lasting id of its account}`` of those of which it is known.

        Both as "platform code/handle".
        """
        found = {}
        for author in self._find_places(handles).filtered("account"):
            code = author.platform_id.code
            found[make_handle(code, author.handle)] = make_handle(code, author.account)
        return found

    @api.model
    def _forget_late(self, since):
        """Delete what came in while its author objected, and was not seen by that.

        :param since: naive UTC; authors who are known for longer were seen
        """
        suppressed = self.env["social.suppression"]
        if not suppressed._has_any():
            return
        authors = self.sudo().search_fetch([("create_date", ">=", since)], ["handle", "account"])
        came = {
            make_handle(author.platform_id.code, handle)
            for author in authors
            for handle in (author.handle, author.account)
            if handle
        }
        came |= self.env["social.quarantine"]._get_handles_since(since)
        self._forget_handles(suppressed._find("handle", came, "monitor"), Removed(), None)
