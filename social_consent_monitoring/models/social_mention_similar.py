from odoo import api, fields, models
from odoo.tools import SQL

from ..similar import similar_key

BATCH = 1000


class SocialMentionSimilar(models.Model):
    """Posts that say the same, such as reposts: each is a mention, and shows the others."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    # Written where the text is, in bulk: "" where it says too little, empty where nobody looked yet.
    similar_key = fields.Char(readonly=True, index="btree_not_null", exportable=False)
    similar_count = fields.Integer("Similar Posts", compute="_compute_similar_count")

    _without_similar_key = models.Index("(id) WHERE similar_key IS NULL")

    def _compute_similar_count(self):
        keys = [key for key in self.mapped("similar_key") if key]
        counts = dict(self._read_group([("similar_key", "in", keys)], ["similar_key"], ["__count"]))
        for mention in self:
            mention.similar_count = max(counts.get(mention.similar_key, 0) - 1, 0)

    @api.model
    def _has_no_similar_key(self):
        query = SQL("SELECT EXISTS (SELECT FROM social_mention WHERE similar_key IS NULL)")
        return self.env.execute_query(query)[0][0]

    @api.model
    def _fill_similar_keys(self):
        """Look at the next posts that were stored before this was looked at."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id, text FROM social_mention WHERE similar_key IS NULL ORDER BY id LIMIT %s",
                BATCH,
            )
        )
        self.env.cr.execute_values(
            "UPDATE social_mention AS mention SET similar_key = found.similar_key"
            " FROM (VALUES %s) AS found (id, similar_key) WHERE mention.id = found.id",
            [(mention_id, similar_key(text) or "") for mention_id, text in rows],
            page_size=BATCH,
        )
        self.invalidate_model(["similar_key"])

    def action_view_similar(self):
        """Show this post and those that say the same."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        key = self.similar_key
        domain = [("similar_key", "=", key)] if key else [(0, "=", 1)]
        return {**action, "name": self.env._("Similar Posts"), "domain": domain, "context": {}}
