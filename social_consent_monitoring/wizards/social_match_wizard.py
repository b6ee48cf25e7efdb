from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialMatchWizard(models.TransientModel):
    """“Who is this?”: a person says which contact wrote a post; the policy is asked first.

    Contacts are proposed by the author's name on the platform, and only where they may be matched;
    nobody is found by a likeness of names (rules 2 and 18). The policy answers before anything is
    stored: a refused pair of post and contact must not stay, not even in a wizard's row.
    """

    _name = "social.match.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Match a Mention"

    mention_id = fields.Many2one("social.mention", required=True, readonly=True)
    mention_text = fields.Text(related="mention_id.text", related_sudo=False)
    # Whoever is proposed is confirmed by a button of its own.
    partner_id = fields.Many2one(required=False)
    proven_ids = fields.Many2many(
        "res.partner", string="Proved that this name is theirs", compute="_compute_candidates"
    )
    given_ids = fields.Many2many(
        "res.partner", string="Gave this name, and did not prove it", compute="_compute_candidates"
    )
    refusal = fields.Text("Why Not", compute="_compute_refusal")
    offers = fields.Text(
        "Instead You May Write",
        compute="_compute_offers",
        help="How the person reaches you: it needs to know of no customer.",
    )

    def _check_people(self):
        result = super()._check_people()
        for wizard in self.filtered("partner_id"):
            wizard.mention_id.check_access("write")
            self.env["social.policy"]._enforce("match", wizard.partner_id, **wizard._get_facts())
        return result

    def _get_facts(self):
        platform, handle = self.mention_id._get_place()
        return {"platform": platform, "handle": handle}

    @api.depends("mention_id")
    def _compute_candidates(self):
        self.proven_ids = self.given_ids = self.env["res.partner"]
        for wizard in self.filtered("mention_id"):
            wizard.proven_ids, wizard.given_ids = wizard.mention_id._find_candidates()

    @api.depends("mention_id", "partner_id")
    def _compute_refusal(self):
        """Say why the chosen contact may not be matched; to try it all the same is logged."""
        policy = self.env["social.policy"]
        self.refusal = False
        for wizard in self.filtered("partner_id"):
            partner = wizard.partner_id._origin
            decision = policy._decide("match", partner, **wizard._get_facts())[partner.id]
            if policy._is_refused(decision):
                wizard.refusal = policy._explain("match", decision)

    @api.depends("mention_id")
    def _compute_offers(self):
        for wizard in self:
            wizard.offers = "\n\n".join(wizard._get_offers())

    def _get_offers(self):
        """Return the texts that offer contact, in the post's language or in the user's (rule 19)."""
        templates = self.env.get("social.answer.template")
        if templates is None:
            return []
        company = self.env.company
        first = templates._propose(self.mention_id, company, "contact")
        same = [("kind", "=", "contact"), ("language", "=", first.language)]
        found = templates.search([*same, ("company_id", "in", [company.id, False])])
        return [template._fill(company) for template in found]

    def action_match(self):
        """Join the post with the contact whom the user chose."""
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Choose the contact first."))
        self.mention_id._match(self.partner_id)
        return self._finish()

    def action_answer(self):
        """Answer without knowing who it is: open the composer."""
        self.ensure_one()
        mention = self.mention_id
        self._finish()
        return mention.action_answer()
