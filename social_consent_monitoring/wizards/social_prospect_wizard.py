from odoo import api, fields, models
from odoo.tools import format_list

# Where a company says in Odoo where it can be followed.
LINKS = {
    "social_linkedin": "LinkedIn",
    "social_facebook": "Facebook",
    "social_instagram": "Instagram",
    "social_youtube": "YouTube",
    "social_tiktok": "TikTok",
    "social_twitter": "X",
    "social_github": "GitHub",
    "social_discord": "Discord",
}


class SocialProspectWizard(models.TransientModel):
    """What may be done instead of making a lead of somebody who has not consented (rule 23).

    Passive ways only: an advertisement where the topic is discussed, an invitation in the
    company's own channels, and an answer in public to whoever turned to the company. Nothing here
    names a person, and nothing reaches one.
    """

    _name = "social.prospect.wizard"
    _inherit = ["social.chosen.mixin"]
    _description = "Ways to Prospects"
    _chosen = ("mention_id",)

    mention_id = fields.Many2one("social.mention", required=True, readonly=True)
    addressed = fields.Boolean(related="mention_id.addressed", related_sudo=False)
    refusal = fields.Text("Why Not", compute="_compute_refusal")
    is_known = fields.Boolean(compute="_compute_refusal")
    may_ask = fields.Boolean(compute="_compute_refusal")
    places = fields.Text("Where This Is Discussed", compute="_compute_places")
    small_group = fields.Integer(compute="_compute_places")
    invitation = fields.Text(compute="_compute_invitation")

    def _check_mention(self):
        self.mention_id.check_access("write")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_mention()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_mention()
        return result

    @api.depends("mention_id")
    @api.depends_context("uid", "company", "lang")
    def _compute_refusal(self):
        """Say why, and whether the person, if known with consent, may be asked: not logged."""
        self.refusal = self.is_known = self.may_ask = False
        for wizard in self.filtered("mention_id"):
            mention = wizard.mention_id._origin
            wizard.refusal = mention._explain_no_lead()
            person = mention._get_lead_person()
            if person._name == "res.partner":
                wizard.is_known = True
                wizard.may_ask = self.env["social.strip"]._may_ask(person, "contact_social")

    @api.depends("mention_id")
    @api.depends_context("uid", "company", "lang")
    def _compute_places(self):
        self.places = False
        self.small_group = self.env["social.mention"]._get_small_group()
        for wizard in self.filtered("mention_id"):
            wizard.places = "\n".join(
                f"{title}: {', '.join(f'{name} ({count})' for name, count in counts)}"
                for title, counts in wizard.mention_id._origin._get_places()
            )

    @api.depends("mention_id")
    @api.depends_context("company", "lang")
    def _compute_invitation(self):
        channels = self._get_channels()
        text = self.env._(
            "Would you like to hear from us first-hand? Follow us: %s. What you ask there, we "
            "answer there.",
            format_list(self.env, channels),
        )
        for wizard in self:
            wizard.invitation = text if channels else False

    @api.model
    def _get_channels(self):
        """Return where the company can be followed: its own accounts, and its social links."""
        company = self.env.company.sudo()
        accounts = self.env["social.account"].sudo()
        domain = [*accounts._check_company_domain(company), ("handle", "!=", False)]
        names = {code: name.partition(" (")[0] for code, name in accounts._get_connectors()}
        own = [
            f"@{account.handle.lstrip('@')} ({names.get(account.connector, account.connector)})"
            for account in accounts.search(domain)
        ]
        links = [f"{company[name]} ({label})" for name, label in LINKS.items() if company[name]]
        return list(dict.fromkeys(own + links))

    def action_answer(self):
        """Answer in public: only a post that turns to the company."""
        self.ensure_one()
        return self.mention_id.action_answer()

    def action_match(self):
        """Say who wrote the post, with that person's consent."""
        self.ensure_one()
        return self.mention_id.action_match()

    def action_ask(self):
        """Ask the matched contact for consent to social messages, where the policy lets us."""
        self.ensure_one()
        person = self.mention_id._get_lead_person()
        if person._name != "res.partner":
            return {"type": "ir.actions.act_window_close"}
        return person.action_ask_social_consent("contact_social")
