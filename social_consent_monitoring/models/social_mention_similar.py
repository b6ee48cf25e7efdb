from odoo import fields, models


class SocialMentionSimilar(models.Model):
    """Posts that say the same, such as reposts: each is a mention, and shows the others."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    # Written where the text is, in bulk.
    similar_key = fields.Char(readonly=True, index="btree_not_null", exportable=False)
    similar_count = fields.Integer("Similar Posts", compute="_compute_similar_count")

    def _compute_similar_count(self):
        keys = [key for key in self.mapped("similar_key") if key]
        counts = dict(self._read_group([("similar_key", "in", keys)], ["similar_key"], ["__count"]))
        for mention in self:
            mention.similar_count = max(counts.get(mention.similar_key, 0) - 1, 0)

    def action_view_similar(self):
        """Show this post and those that say the same."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_mention_action"
        )
        domain = [("similar_key", "=", self.similar_key), ("similar_key", "!=", False)]
        return {**action, "name": self.env._("Similar Posts"), "domain": domain, "context": {}}
