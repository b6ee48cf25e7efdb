from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL


class SocialMentionStore(models.Model):
    """Storing posts in bulk: what is new is added, what was edited takes the new text."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    @api.model
    def _upsert(self, source, posts):
        """Store admitted posts: new ones are added, known ones take an edited text.

        What is known is looked up first, because an upsert of all would use up an id for each
        post in each reading, and run out of ids within a year or two.

        :param posts: ``connectors.Post``, each with an id of its own
        :return: the mentions, and how many are ``new``, ``changed`` and ``known``
        """
        platform = source.platform_id
        self.flush_model()
        known = self._get_known(platform, posts)
        changed = [post for post in posts if self._has_changed(post, known, source)]
        self._update_changed(changed, known)
        new = [post for post in posts if post.external_id not in known]
        inserted = self._insert_new(source, new)
        self._share_known(source, known)
        mentions = self.browse([row[0] for row in known.values()] + inserted)
        self._link_source(source, mentions)
        if changed:
            self.invalidate_model()
        mentions.invalidate_recordset(["source_ids"])
        stored = Counter(new=len(inserted), known=len(known) - len(changed))
        if changed:
            stored["changed"] = len(changed)
        return mentions, stored

    @api.model
    def _get_known(self, platform, posts):
        """Return what is stored of these posts.

        :return: ``{external id: (id, text, id of the first source, id of the company)}``
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT external_id, id, text, origin_source_id, company_id FROM social_mention "
                "WHERE platform_id = %s AND external_id = ANY(%s)",
                platform.id,
                [post.external_id for post in posts],
            )
        )
        return {external_id: tuple(values) for external_id, *values in rows}

    @api.model
    def _has_changed(self, post, known, source):
        _id, text, origin_id, _company_id = known.get(
            post.external_id, (None, post.text, None, None)
        )
        return text != post.text and origin_id in (None, source.id)

    @api.model
    def _update_changed(self, posts, known):
        """Take over edited texts; where the platform does not say when, it was by now."""
        now = fields.Datetime.now()
        self.env.cr.execute_values(
            """
            UPDATE social_mention AS mention
            SET text = edit.text, edited_at = edit.edited_at::timestamp,
                write_date = edit.write_date::timestamp, write_uid = edit.write_uid
            FROM (VALUES %s) AS edit (id, text, edited_at, write_date, write_uid)
            WHERE mention.id = edit.id
            """,
            [
                (
                    known[post.external_id][0],
                    post.text,
                    _naive(post.edited_at) or now,
                    now,
                    self.env.uid,
                )
                for post in posts
            ],
            page_size=1000,
        )
        if posts:
            self._forget_similar([known[post.external_id][0] for post in posts])

    @api.model
    def _insert_new(self, source, posts):
        """Insert posts and return their ids.

        :raises psycopg2.errors.SerializationFailure: where another transaction stored one of
            them at the same time; the caller starts again
        """
        platform = source.platform_id
        authors = self.env["social.author"]._upsert(
            platform, [post.author for post in posts if post.author]
        )
        self.env["social.author"]._note_accounts(
            platform,
            {post.author: post.account for post in posts if post.author and post.account},
        )
        now, uid = fields.Datetime.now(), self.env.uid
        # What is the same for all is written out once, and not for each post.
        template = self.env.cr.mogrify(
            f"(%s, %s, %s, 'new', %s, %s, %s, %s, %s{', %%s' * 8})",
            (platform.id, source.id, source.company_id.id or None, uid, uid, now, now, now),
        )
        rows = self.env.cr.execute_values(
            """
            INSERT INTO social_mention (platform_id, origin_source_id, company_id, state, create_uid,
                write_uid, create_date, write_date, checked_at, external_id, url, locator,
                author_id, text, published_at, edited_at, language)
            VALUES %s
            ON CONFLICT (platform_id, external_id) DO UPDATE SET text = EXCLUDED.text
            RETURNING id
            """,
            [
                (
                    post.external_id,
                    post.url or None,
                    post.locator or None,
                    authors.get(post.author),
                    post.text,
                    _naive(post.published_at),
                    _naive(post.edited_at),
                    post.language,
                )
                for post in posts
            ],
            template=template,
            page_size=1000,
            fetch=True,
        )
        return [row[0] for row in rows]

    @api.model
    def _link_source(self, source, mentions):
        self.env.cr.execute(
            "INSERT INTO social_mention_source_rel (mention_id, source_id) "
            "SELECT unnest(%s::int[]), %s ON CONFLICT DO NOTHING",
            (mentions.ids, source.id),
        )


def _naive(moment):
    """Return an aware UTC datetime as the database holds it."""
    return moment and moment.replace(tzinfo=None)
