from odoo import api, fields, models

# From here on a post is praise, and not just friendly; -1 to 1.
PRAISE = 0.5
# The kind of data that praise is.
OPINIONS = "opinions"


class SocialMentionMatch(models.Model):
    """Who may have written a post, and what may be made of that (rules 2, 12, 18 and 21)."""

    _name = "social.mention"
    _inherit = ["social.mention"]

    praise = fields.Selection(
        [("thank", "A thank-you is allowed"), ("forbidden", "The platform forbids rewards")],
        compute="_compute_praise",
        help="Set where a matched customer praised you, and consented to being noted for it.",
    )

    @api.depends("sentiment", "sentiment_tone", "platform_id.rewards_forbidden")
    @api.depends_context("uid", "company", "allowed_company_ids")
    def _compute_praise(self):
        """Say whether to think of a thank-you: a benefit for praise is enriching (rule 21).

        A reward for a *post* is what platforms forbid; one for *consent* is another thing (rule
        12). Nothing is stored, and nothing is done by itself.
        """
        glad = self._origin.filtered(
            lambda each: each.sentiment_tone == "positive" and each.sentiment >= PRAISE
        )
        matches = glad._get_own_matches() if glad else self.env["social.match"]
        known = {
            match.mention_id: "forbidden"
            if match.mention_id.platform_id.rewards_forbidden
            else "thank"
            for match in matches
            if match.mention_id._may_be_noted(match.partner_id)
        }
        for mention in self:
            mention.praise = known.get(mention._origin, False)

    def _may_be_noted(self, partner):
        """Tell whether an opinion in this post may be used for the contact (rule 21): not logged."""
        platform, handle = self._get_place()
        policy = self.env["social.policy"]
        decisions = policy._decide(
            "enrich", partner, platform=platform, handle=handle, category=OPINIONS
        )
        return not policy._is_refused(decisions[partner.id])

    def _get_own_matches(self):
        """Return the matches of these posts that count now in the user's current company."""
        # Said once more, for jobs and templates that run as superuser and meet no rule.
        return self.env["social.match"].search(
            [
                ("mention_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
                ("valid_until", ">", "now"),
            ]
        )

    def _find_candidates(self):
        """Return the contacts who may have written this: those who proved the name, and the others.

        By the author's name on the platform, never by a likeness of names (rule 18), and only
        those who may be matched here and now. The policy is asked in any case: what is hidden and
        what was never there take the same words, and as long.

        :return: two recordsets of contacts that this user may read
        """
        self.ensure_one()
        self.check_access("read")
        platform, handle = self._get_place()
        profiles = self.env["social.profile"].sudo()
        found = profiles.search_fetch(
            [
                ("platform_id", "=", self.platform_id.id),
                ("handle", "=", handle),
                ("company_id", "=", self.env.company.id),
                ("valid_until", ">", "now"),
                # Somebody else has proven this name since.
                ("contested_at", "=", False),
            ],
            ["partner_id", "verified_at", "stable_id"],
        )
        # A name may have passed to another account, which has a lasting id of its own.
        account = (self.sudo().author_id.account or "").lower()
        found = found.filtered(
            lambda profile: (
                not (account and profile.stable_id) or profile.stable_id.lower() == account
            )
        )
        own = self.env.company.partner_id.id
        asked = self.env["res.partner"].browse({own, *found.partner_id.ids})
        policy = self.env["social.policy"]
        decisions = policy._decide("match", asked, platform=platform, handle=handle)
        allowed = asked._filtered_access("read").filtered(
            lambda partner: not policy._is_refused(decisions[partner.id])
        )
        proven = found.filtered("verified_at").partner_id.ids
        given = found.partner_id.ids
        return (
            allowed.filtered(lambda partner: partner.id in proven),
            allowed.filtered(lambda partner: partner.id in given and partner.id not in proven),
        )

    def action_enrich(self):
        """Open the form that takes a value from this post for whom it is matched with."""
        self.ensure_one()
        self.check_access("read")
        matches = self._get_own_matches()
        return matches.action_enrich() if len(matches) == 1 else self.action_view_matches()
