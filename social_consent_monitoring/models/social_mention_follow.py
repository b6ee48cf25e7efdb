from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from .. import connectors
from .social_mention import OFFICER

# How long a post that could not be asked about waits: half of the time that nobody has heard of
# it, from an hour to a week. The longer it fails, the longer it waits.
SHORTEST_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(days=7)


class SocialMentionFollow(models.Model):
    """What became of a mention on its platform: still there, edited, or deleted."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    checked_at = fields.Datetime(
        "Last Checked",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
        help="When the platform last showed this post.",
    )
    # Empty unless the last attempt failed.
    check_after = fields.Datetime(readonly=True)
    locator = fields.Char(readonly=True, groups=OFFICER)

    # For the next ones to check, oldest first, and for what a source brought.
    _next_to_check = models.Index(
        "(origin_source_id, checked_at) WHERE origin_source_id IS NOT NULL"
    )

    @api.model
    def _get_unchecked(self, source, before, limit):
        """Return ``{connectors.Item: mention id}`` of those last seen before, the oldest first."""
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, external_id, url, text, locator, checked_at FROM social_mention
                WHERE origin_source_id = %s AND checked_at < %s
                    AND (check_after IS NULL OR check_after <= %s)
                ORDER BY checked_at LIMIT %s
                """,
                source.id,
                before,
                fields.Datetime.now(),
                limit,
            )
        )
        return {
            connectors.Item(
                external_id, url or "", text, locator or "", checked_at.replace(tzinfo=timezone.utc)
            ): mention_id
            for mention_id, external_id, url, text, locator, checked_at in rows
        }

    @api.model
    def _follow(self, source, platform, fates):
        """Carry out what the platform said of posts, and return how many were deleted and edited.

        :param fates: ``{connectors.Item: connectors.Fate}``
        """
        by_state = {"there": [], "edited": [], "deleted": [], "unknown": []}
        for item, fate in fates.items():
            by_state[fate.state].append((item, fate))
        deleted = [item.external_id for item, _fate in by_state["deleted"]]
        self._note_seen(platform, [*by_state["there"], *by_state["edited"]])
        self._put_off(platform, by_state["unknown"])
        edited = self._take_edits(source, platform, by_state["edited"])
        self._bury(platform, deleted)
        self.invalidate_model()
        return len(deleted), edited

    @api.model
    def _note_seen(self, platform, seen):
        self.env.cr.execute(
            "UPDATE social_mention SET checked_at = %s, check_after = NULL"
            " WHERE platform_id = %s AND external_id = ANY(%s)",
            (fields.Datetime.now(), platform.id, [item.external_id for item, _fate in seen]),
        )

    @api.model
    def _put_off(self, platform, unknown):
        now = fields.Datetime.now()
        self.env.cr.execute(
            "UPDATE social_mention SET check_after = %s::timestamp"
            " + GREATEST(%s, LEAST(%s, (%s::timestamp - checked_at) / 2))"
            " WHERE platform_id = %s AND external_id = ANY(%s)",
            (
                now,
                SHORTEST_WAIT,
                LONGEST_WAIT,
                now,
                platform.id,
                [item.external_id for item, _fate in unknown],
            ),
        )

    @api.model
    def _take_edits(self, source, platform, edited):
        """Take over edits, except of posts whose text changed while we asked; return how many."""
        posts, _counts = source._admit([fate.post for _item, fate in edited])
        admitted = {post.external_id for post in posts}
        # Its author objected under another handle: it goes, as it would not come in.
        source._forget(
            [item.external_id for item, _fate in edited if item.external_id not in admitted]
        )
        asked = {item.external_id: item.text for item, _fate in edited}
        known = self._get_known(platform, posts)
        changed = [
            post
            for post in posts
            if post.external_id in known
            and known[post.external_id][1] == asked[post.external_id]
            and self._has_changed(post, known, source)
        ]
        self._update_changed(changed, known)
        return len(changed)

    @api.model
    def _bury(self, platform, external_ids):
        """Remove posts that were deleted on their platform, and all that was made of them.

        What is left of each is a tombstone, by which no later import brings it back.
        """
        if not external_ids:
            return
        self.env["social.tombstone"].sudo()._bury(platform, external_ids)
        self.env["social.quarantine"]._drop(platform, external_ids)
        self.sudo().search(
            [("platform_id", "=", platform.id), ("external_id", "in", external_ids)]
        )._drop_whole()

    def _drop_whole(self):
        """Delete mentions with all that was made of them, and authors who wrote nothing else."""
        authors = self.author_id
        self._drop_with_matches()
        authors._get_forlorn().unlink()

    def _drop_with_matches(self):
        """Delete mentions with all that was made of them."""
        # One by one, and not by PostgreSQL's cascade: what they wrote elsewhere goes with them.
        self.env["social.wall.mixin"]._drop_of_mentions(self)
        self.unlink()
