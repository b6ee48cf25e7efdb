from odoo import api, fields, models

from .social_wall_mixin import GUARDED


class SocialMatch(models.Model):
    """The join of a public post and a contact: what the product guards.

    Stands on a consent, or on a monitoring contract, and carries its end; a global rule hides it
    from then on, with no job that has to run. Its name says nothing, and it is never typed in.
    """

    _name = "social.match"
    _inherit = ["social.wall.mixin"]
    _description = "Match"

    mention_id = fields.Many2one(
        "social.mention", required=True, index=True, ondelete="cascade", **GUARDED
    )
    # Read as the user, who may read mentions: what sudo reads does not stay at hand.
    published_at = fields.Datetime(
        related="mention_id.published_at", related_sudo=False, depends_context=("uid",)
    )
    text = fields.Text(related="mention_id.text", related_sudo=False, depends_context=("uid",))
    sentiment = fields.Float(
        related="mention_id.sentiment", related_sudo=False, depends_context=("uid",)
    )

    _once = models.UniqueIndex("(mention_id, partner_id, company_id)", "This match cannot be made.")

    def _get_neutral_name(self):
        return self.env._("Match %s", self.id or "")

    @api.model
    def _get_key_fields(self):
        return ["mention_id"]

    def _is_named(self, notice):
        return self._get_platform() in notice.platform_ids

    def _get_platform(self):
        return self.mention_id.platform_id

    def _get_place(self):
        return self.mention_id._get_place()

    @api.model
    def _make(self, mentions, partner):
        """Match posts with a contact, each author asked of the policy; known ones stay."""
        matches = self.browse()
        by_place = mentions.sudo().grouped(lambda mention: mention._get_place())
        for place, posts in by_place.items():
            decision = self._ask("match", partner, place)
            matches |= self._put(decision, partner, [{"mention_id": post.id} for post in posts])
        return matches

    def _get_door_message(self):
        return self.env._("A match is made with “Who is this?” on a mention, and in no other way.")

    def action_enrich(self):
        """Open the form that takes a value from this post for its contact (rule 21)."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_social_value_window(mention=self.mention_id)

    @api.model
    def _get_action(self, domain):
        return {**super()._get_action(domain), "name": self.env._("Matched Mentions")}
