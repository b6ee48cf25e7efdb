from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

# A kind of data that is there, and cannot be chosen.
GREYED = Markup(
    '<div class="form-check text-muted"><input type="radio" class="form-check-input"'
    ' disabled="disabled" aria-label="%s"><span class="form-check-label">%s</span></div>'
)


class SocialEnrichmentWizard(models.TransientModel):
    """“Add to the Contact”: a person takes a value from a matched post, or a profile (rule 21).

    Only the kinds of data that the notice of the consent names can be chosen. The policy is asked
    before anything is stored: what is refused does not stay, not even in a wizard's row.
    """

    _name = "social.enrichment.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Add a Value to a Contact"

    mention_id = fields.Many2one("social.mention", readonly=True)
    mention_text = fields.Text(related="mention_id.text", related_sudo=False)
    # A number, and no relation: what points to a row behind the wall shows it.
    profile_key = fields.Integer(readonly=True)
    refusal = fields.Text("Why Not", compute="_compute_named")
    named_ids = fields.Many2many("social.data.category", compute="_compute_named")
    unnamed = fields.Html("Not Possible", compute="_compute_named", sanitize=False)
    category_id = fields.Many2one("social.data.category", "Kind of Data", required=True)
    label = fields.Char("What", help="Such as “Favourite team”. Empty: the kind of data says it.")
    value = fields.Char(required=True)
    field_name = fields.Selection(
        "_get_field_names",
        "Write Into the Field",
        help="The contact's field that holds the value, too, for as long as it is kept. It has to "
        "be empty.",
    )

    @api.model
    def _get_field_names(self):
        return self.env["social.enrichment"]._get_plain_fields()

    # -- what the policy says --------------------------------------------------------------

    @api.depends("partner_id", "mention_id", "profile_key")
    def _compute_named(self):
        policy = self.env["social.policy"]
        every = self.env["social.data.category"].search([])
        reason, remedy = policy._get_reasons()["category_not_named"]
        self.refusal = self.unnamed = False
        self.named_ids = every.browse()
        for wizard in self.filtered("partner_id"):
            partner = wizard.partner_id._origin
            decision = policy._decide("enrich", partner, **wizard._get_facts())[partner.id]
            if policy._is_refused(decision):
                wizard.refusal = policy._explain("enrich", decision)
                continue
            wizard.named_ids = named = wizard._get_named(decision, every)
            others = every - named
            greyed = Markup().join(GREYED % (each.name, each.name) for each in others)
            why = Markup('<div class="small text-muted">%s %s</div>') % (reason, remedy)
            wizard.unnamed = greyed + why if others else False

    def _get_named(self, decision, every):
        """Return the kinds of data that may be written: with consent, those in its notice."""
        if decision.basis != "consent":
            return every
        notice = self.env["social.consent"].sudo().browse(decision.consent).notice_id
        return every & notice.category_ids.with_env(self.env)

    def _get_source(self):
        """Return the post or the profile; the user must be allowed to read it."""
        source = self.mention_id or self.env["social.profile"].browse(self.profile_key or ())
        source.check_access("read")
        return source

    def _get_facts(self):
        source = self._get_source()
        platform, handle = source.sudo()._get_place() if source else (None, None)
        return {"platform": platform, "handle": handle}

    # -- what the user does ----------------------------------------------------------------

    def _check_people(self):
        result = super()._check_people()
        for wizard in self:
            self.env["social.policy"]._enforce(
                "enrich",
                wizard.partner_id,
                category=wizard.category_id.code,
                **wizard._get_facts(),
            )
            wizard._check_source()
            if wizard.field_name:
                self.env["social.enrichment"]._check_field(wizard.partner_id, wizard.field_name)
        return result

    def _check_source(self):
        """Refuse a post or profile that is not, or no more, joined with the contact."""
        matches = self.mention_id._get_own_matches()
        joined = matches.partner_id if self.mention_id else self._get_source().partner_id
        if self.partner_id not in joined:
            raise UserError(
                self.env._(
                    "This is connected with the contact no more: what it rested on has ended. "
                    "Nothing was added."
                )
            )

    def action_add(self):
        """Add the value, with its source, and leave nothing behind here."""
        self.ensure_one()
        self._check_source()
        self.env["social.enrichment"]._make(
            self.partner_id,
            self.category_id,
            self.value,
            self.mention_id,
            profile=None if self.mention_id else self._get_source(),
            label=self.label,
            field_name=self.field_name,
        )
        return self._finish()
