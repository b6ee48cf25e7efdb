from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import places
from .social_small_groups_mixin import ANALYSIS

# How far back, how many posts are read for what stands in their texts, and how much is named.
DAYS = 90
MOST_POSTS = 2000
MOST_PLACES = 10


class SocialMentionPlaces(models.Model):
    """Where posts like one are written: for passive advertising, which needs no consent (rule 23).

    Counts of many people and no person: places where few write are left out, like small groups
    everywhere (rule 17), and what is somebody's name.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    def _get_places(self):
        """Return where posts like this one stand: ``[(title, [(name, number of posts)])]``.

        Without a title for which nothing is large enough; a number of queries that no number of
        posts raises.
        """
        self.ensure_one()
        domain = self._get_alike_domain()
        tags, hosts = self._count_places(domain)
        found = [
            (self.env._("Topics"), self._count_groups(domain, "topic_ids")),
            (self.env._("Platforms"), self._count_groups(domain, "platform_id")),
            (self.env._("Hashtags"), tags),
            (self.env._("Websites"), hosts),
        ]
        return [(title, counts[:MOST_PLACES]) for title, counts in found if counts]

    def _get_alike_domain(self):
        """Return the domain of posts on the same topics, or else that the same sources brought."""
        since = fields.Datetime.now() - timedelta(days=DAYS)
        domain = fields.Domain("published_at", ">=", since)
        if self.topic_ids:
            return domain & fields.Domain("topic_ids", "in", self.topic_ids.ids)
        return domain & fields.Domain("source_ids", "in", self.source_ids.ids)

    @api.model
    def _count_groups(self, domain, groupby):
        """Return ``[(name, number of posts)]``, the most first, without small groups."""
        counted = self.with_context(**{ANALYSIS: True})
        groups = counted.formatted_read_group(domain, [groupby], ["__count"])
        named = {group[groupby][1]: group["__count"] for group in groups if group[groupby]}
        return Counter(named).most_common()

    @api.model
    def _count_places(self, domain):
        """Return hashtags and hosts of the newest of these posts, as ``_count_groups`` does."""
        posts = self.search(domain, limit=MOST_POSTS).sudo()
        posts.fetch(["text", "url", "author_id"])
        counts, authors = Counter(), defaultdict(set)
        for post in posts:
            said = places.find_tags(post.text) | places.find_hosts(post.text, post.url)
            counts.update(said)
            for place in said:
                # Posts without an author may all be one person's.
                authors[place].update(post.author_id.ids)
        smallest = self._get_small_group()
        large = [each for each in counts.most_common() if len(authors[each[0]]) >= smallest]
        # More than are shown, as some may be names.
        tags, hosts = (
            [each for each in large if each[0].startswith("#") is is_tag][: 2 * MOST_PLACES]
            for is_tag in (True, False)
        )
        names = self._get_names_among([place for place, _count in tags + hosts])
        return tuple([each for each in some if each[0] not in names] for some in (tags, hosts))

    @api.model
    def _get_names_among(self, found):
        """Return those of the hashtags and hosts that name somebody, however many use them."""
        refused = set(self.env["social.watch"]._get_refused_words(found))
        # On Bluesky a handle looks like a host.
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT lower(handle) FROM social_author WHERE lower(handle) = ANY(%s)",
                found,
            )
        )
        return refused.union(handle for (handle,) in rows)
