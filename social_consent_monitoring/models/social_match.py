from odoo import api, fields, models

from ..door import open_door


class SocialMatch(models.Model):
    """The join of a public post and a contact: what the product guards.

    Stands on a consent and carries its end; a global rule hides it from then on, with no job
    that has to run. Its name says nothing, and it is never typed in.
    """

    _name = "social.match"
    _inherit = ["social.door.mixin"]
    _description = "Match"
    _order = "id"

    mention_id = fields.Many2one(
        "social.mention", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    consent_id = fields.Many2one(
        "social.consent",
        "Rests On",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    valid_until = fields.Datetime(required=True, readonly=True, index=True)
    published_at = fields.Datetime(related="mention_id.published_at")
    text = fields.Text(related="mention_id.text")
    sentiment = fields.Float(related="mention_id.sentiment")

    _once = models.UniqueIndex("(mention_id, partner_id, company_id)", "This match cannot be made.")

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for match in self:
            match.display_name = self.env._("Match %s", match.id or "")

    @api.model
    def _make(self, mentions, partner):
        """Match posts with a contact, each platform asked of the policy; known ones stay."""
        partner.ensure_one()
        policy = self.env["social.policy"]
        matches = self.browse()
        for posts in mentions.grouped(lambda post: (post.platform_id, post.author_id)).values():
            decisions = policy._decide("match", partner, **posts._get_policy_facts())
            policy._carry_out("match", partner, decisions)
            matches |= self._make_on(posts, partner, decisions[partner.id].consent)
        return matches

    @api.model
    def _make_on(self, posts, partner, consent_id):
        consent = self.env["social.consent"].sudo().browse(consent_id)
        consent._pin()
        known = self.sudo().search(
            [
                ("mention_id", "in", posts.ids),
                ("partner_id", "=", partner.id),
                ("company_id", "=", consent.company_id.id),
            ]
        )
        created = open_door(self.sudo()).create(
            [
                {
                    "mention_id": post.id,
                    "partner_id": partner.id,
                    "company_id": consent.company_id.id,
                    "consent_id": consent.id,
                    "valid_until": consent.valid_until,
                }
                for post in posts - known.mention_id
            ]
        )
        return (known | created).with_env(self.env)

    @api.model
    def _follow_consents(self, consents):
        """Renewed consents carry their matches on; matches of ended ones go at once (rule 4)."""
        matches = self.search([("consent_id", "in", consents.ids)])
        ended = matches.filtered(lambda match: not match._is_covered())
        ended.unlink()
        for consent, kept in (matches - ended).grouped("consent_id").items():
            open_door(kept).write({"valid_until": consent.valid_until})

    def _is_covered(self):
        """Tell whether the consent, as it stands now, still covers this match (rules 4, 6, 7)."""
        consent = self.consent_id
        return (
            consent.recorded_state == "given"
            and not consent.notice_id.outdated
            and self.mention_id.platform_id in consent.notice_id.platform_ids
        )

    def _get_door_message(self):
        return self.env._("A match is made with “Who is this?” on a mention, and in no other way.")

    @api.model
    def _get_action(self, domain):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Matched Mentions"),
            "res_model": "social.match",
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }
