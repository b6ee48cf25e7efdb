import secrets

from odoo import api, fields, models
from odoo.tools import SQL

# Letters and digits that nobody confuses when reading a pseudonym aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


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
    pseudonym = fields.Char(
        required=True, readonly=True, default=lambda self: self._make_pseudonym(), copy=False
    )
    mention_ids = fields.One2many("social.mention", "author_id")

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
