from odoo import api, fields, models
from odoo.tools import SQL

from .. import similar

BATCH = 500
# Posts with one band that are looked at for each new one: the first of each group stands for it.
CANDIDATES = 20


class SocialMentionSimilar(models.Model):
    """Posts that say the same, or nearly, such as reposts: each is a mention, the first stands for all.

    A later post repeats an earlier one of the same company. That is found out by the job of the
    analysis: storing takes no time for it.
    """

    _name = "social.mention"
    _inherit = ["social.mention"]

    # Of the group: "" where a post says too little, empty where nobody looked yet.
    similar_key = fields.Char(readonly=True, index="btree_not_null", exportable=False)
    similar_to_id = fields.Many2one(
        "social.mention",
        "Repeats",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        exportable=False,
        help="The first post that says the same, or nearly.",
    )
    similar_count = fields.Integer("Similar Posts", compute="_compute_similar_count")
    similar_label = fields.Char("Similar", compute="_compute_similar_count", exportable=False)

    _without_similar_key = models.Index("(id) WHERE similar_key IS NULL")

    @api.depends_context("lang")
    def _compute_similar_count(self):
        keys = [key for key in self.mapped("similar_key") if key]
        counts = dict(self._read_group([("similar_key", "in", keys)], ["similar_key"], ["__count"]))
        for mention in self:
            count = max(counts.get(mention.similar_key, 0) - 1, 0)
            mention.similar_count = count
            mention.similar_label = self.env._("+%s similar", count) if count else False

    @api.model
    def _forget_similar(self, mention_ids):
        """What was edited may say something else by now, also for those that repeat it."""
        self.env.cr.execute(
            "UPDATE social_mention SET similar_key = NULL, similar_to_id = NULL"
            " WHERE id = ANY(%s) OR similar_to_id = ANY(%s)",
            (mention_ids, mention_ids),
        )
        self.env["social.mention.band"]._forget(mention_ids)
        self.invalidate_model(["similar_key", "similar_to_id"])

    @api.model
    def _has_no_similar_key(self):
        query = SQL("SELECT EXISTS (SELECT FROM social_mention WHERE similar_key IS NULL)")
        return self.env.execute_query(query)[0][0]

    @api.model
    def _fill_similar_keys(self):
        """Look which of the next posts repeat an earlier one."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, company_id, text FROM social_mention WHERE similar_key IS NULL"
                " ORDER BY id LIMIT %s",
                BATCH,
            )
        )
        said = {mention_id: similar.read(text or "") for mention_id, _company, text in rows}
        groups = _Groups(*self._find_groups([each for each in said.values() if each]))
        found = [
            (mention_id, *groups.place(mention_id, company_id, said[mention_id]))
            for mention_id, company_id, _text in rows
        ]
        self.env.cr.execute_values(
            "UPDATE social_mention AS mention"
            " SET similar_key = found.similar_key, similar_to_id = found.similar_to_id"
            " FROM (VALUES %s) AS found (id, similar_key, similar_to_id)"
            " WHERE mention.id = found.id",
            found,
            template="(%s, %s, %s::int)",
            page_size=BATCH,
        )
        self.env["social.mention.band"]._note(
            {mention_id: said[mention_id].bands for mention_id in groups.firsts}
        )
        self.invalidate_model(["similar_key", "similar_to_id", "similar_count", "similar_label"])

    @api.model
    def _find_groups(self, said):
        """Return the first posts of groups that these texts may belong to: ``(by key, by band)``.

        Each is ``(id, company, key, Said)``.
        """
        by_key = self.env.execute_query(
            SQL(
                "SELECT id, company_id, similar_key FROM social_mention"
                " WHERE similar_key = ANY(%s) AND similar_to_id IS NULL ORDER BY id",
                [each.key for each in said],
            )
        )
        by_band = self.env.execute_query(
            SQL(
                """
                SELECT asked.band, mention.id, mention.company_id, mention.similar_key,
                    mention.text
                FROM unnest(%s::int[]) AS asked (band)
                CROSS JOIN LATERAL (
                    SELECT mention_id FROM social_mention_band AS known
                    WHERE known.band = asked.band ORDER BY id DESC LIMIT %s
                ) AS known
                JOIN social_mention AS mention ON mention.id = known.mention_id
                WHERE mention.similar_key <> '' AND mention.similar_to_id IS NULL
                """,
                list({band for each in said for band in each.bands}),
                CANDIDATES,
            )
        )
        return by_key, by_band

    def action_view_similar(self):
        """Show this post and those that say the same."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        key = self.similar_key
        domain = [("similar_key", "=", key)] if key else [(0, "=", 1)]
        return {**action, "name": self.env._("Similar Posts"), "domain": domain, "context": {}}


class _Groups:
    """The first posts of groups, known ones and those of this batch; ``firsts`` are the latter."""

    def __init__(self, by_key, by_band):
        self.firsts = []
        self._by_key, self._by_band, read = {}, {}, {}
        for mention_id, company_id, key in by_key:
            self._by_key.setdefault((company_id, key), mention_id)
        for band, mention_id, company_id, key, text in by_band:
            if mention_id not in read:
                read[mention_id] = similar.read(text or "")
            if said := read[mention_id]:
                self._by_band.setdefault((company_id, band), []).append((mention_id, key, said))

    def place(self, mention_id, company_id, said):
        """Return ``(key, first post of the group)`` of a post; the first itself has none."""
        if not said:
            return "", None
        if first := self._by_key.get((company_id, said.key)):
            return said.key, first
        for band in said.bands:
            for first, key, earlier in self._by_band.get((company_id, band), ()):
                if similar.repeats(said, earlier):
                    return key, first
        self.firsts.append(mention_id)
        self._by_key[company_id, said.key] = mention_id
        for band in said.bands:
            self._by_band.setdefault((company_id, band), []).append((mention_id, said.key, said))
        return said.key, None
