from odoo import models


class SocialSourceOwn(models.Model):
    """What the company writes itself is no mention: its answers, and posts of its own accounts."""

    _name = "social.source"
    _inherit = ["social.source"]

    def _admit(self, posts):
        own = self._find_own(posts)
        admitted, counts = super()._admit([post for post in posts if post.external_id not in own])
        if own:
            counts["own"] += len(own)
        return admitted, counts

    def _find_own(self, posts):
        """Return the ids of those posts that are the company's own: two queries."""
        answers = (
            self.env["social.answer"]
            .sudo()
            .search_fetch(
                [
                    ("external_id", "in", [post.external_id for post in posts]),
                    ("mention_id.platform_id", "=", self.platform_id.id),
                ],
                ["external_id"],
            )
        )
        accounts = self.env["social.account"].sudo().with_context(active_test=False)
        handles = {
            account.handle.lower()
            for account in accounts.search_fetch(
                [("connector", "=", self.connector), ("handle", "!=", False)], ["handle"]
            )
        }
        ours = {post.external_id for post in posts if (post.author or "").lower() in handles}
        return ours | set(answers.mapped("external_id"))
