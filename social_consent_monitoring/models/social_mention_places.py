from collections import Counter, defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import places

# How far back, how many posts are read for what stands in their texts, and how much is named.
DAYS = 90
MOST_POSTS = 2000
MOST_PLACES = 10
KINDS = ("topic", "platform", "tag", "host")


class SocialMentionPlaces(models.Model):
    """Where posts like one are written: for passive advertising, which needs no consent (rule 23).

    Counts of many people and no person: places where few write are left out, like small groups
    everywhere (rule 17), and what is somebody's name.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    def _get_places(self):
        """Return where posts like this one stand: ``[(title, [(name, number of posts)])]``.

        Without a title for which nothing is large enough. Of the newest posts only: neither time
        nor queries grow with how many there are.
        """
        self.ensure_one()
        counted = self.search(self._get_alike_domain(), limit=MOST_POSTS)._count_places()
        titles = {
            "topic": self.env._("Topics"),
            "platform": self.env._("Platforms"),
            "tag": self.env._("Hashtags"),
            "host": self.env._("Websites"),
        }
        return [(title, counted[kind]) for kind, title in titles.items() if counted[kind]]

    def _get_alike_domain(self):
        """Return the domain of posts on the same topics, or else that the same sources brought."""
        since = fields.Datetime.now() - timedelta(days=DAYS)
        domain = fields.Domain("published_at", ">=", since)
        if self.topic_ids:
            return domain & fields.Domain("topic_ids", "in", self.topic_ids.ids)
        return domain & fields.Domain("source_ids", "in", self.source_ids.ids)

    def _count_places(self):
        """Return ``{kind: [(name, number of posts)]}``, the most first, without small groups."""
        counts, authors = defaultdict(Counter), defaultdict(set)
        self.sudo().fetch(["text", "url", "author_id"])
        for post in self:
            # Posts without an author may all be one person's.
            author = post.sudo().author_id.ids
            for kind, names in post._find_places().items():
                counts[kind].update(names)
                for name in names:
                    authors[kind, name].update(author)
        smallest = self._get_small_group()
        large = defaultdict(list)
        for kind, counter in counts.items():
            found = [
                each for each in counter.most_common() if len(authors[kind, each[0]]) >= smallest
            ]
            # More than are shown, as some may be names.
            large[kind] = found[: 2 * MOST_PLACES]
        names = self._get_names_among([name for name, _count in large["tag"] + large["host"]])
        return {
            kind: [each for each in large[kind] if each[0] not in names][:MOST_PLACES]
            for kind in KINDS
        }

    def _find_places(self):
        """Return ``{kind: names of the places}`` of one post."""
        said = self.sudo()
        return {
            "topic": set(self.topic_ids.mapped("name")),
            "platform": {self.platform_id.name},
            "tag": places.find_tags(said.text),
            "host": places.find_hosts(said.text, said.url),
        }

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
