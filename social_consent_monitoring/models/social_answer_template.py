from odoo import api, fields, models

from .. import guard
from .social_answer import KINDS


class SocialAnswerTemplate(models.Model):
    """A text to begin an answer with; in braces stands what is filled in (rule 19).

    ``{company}``, ``{phone}``, ``{email}`` and ``{website}`` come from the company; whatever else
    stands in braces is for whoever writes the answer.
    """

    _name = "social.answer.template"
    _inherit = ["social.company.shared.mixin"]
    _description = "Template of Answers"
    _order = "language, sequence, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        KINDS,
        required=True,
        default="abstract",
        help="Abstract: as to somebody whom you do not know. Offer of contact: how the person "
        "reaches you. Personal: with customer data, which takes the person's consent.",
    )
    language = fields.Selection("_get_languages", help="Empty: for posts in any language.")
    tone = fields.Selection(
        [("positive", "Positive"), ("neutral", "Neutral"), ("negative", "Negative")],
        "For Posts That Sound",
        help="Offered first for such posts. Empty: for all.",
    )
    text = fields.Text(
        required=True,
        help="{company}, {phone}, {email} and {website} are filled in. What else stands in braces "
        "has to be filled in by hand before the answer can be sent.",
    )
    company_id = fields.Many2one(index=True, ondelete="cascade")

    @api.model
    def _get_languages(self):
        """Return the languages that Odoo knows, by their ISO 639 code: posts say it so."""
        codes = dict.fromkeys(
            (lang.code.partition("_")[0], lang.name.partition(" (")[0].partition(" / ")[0])
            for lang in self.env["res.lang"].with_context(active_test=False).search([])
        )
        return sorted(dict(reversed(codes)).items())

    @api.model
    def _propose(self, mention, company, kind="abstract"):
        """Return a template of a kind in the post's language, else in the user's.

        One for the post's tone comes first, then one for any: nobody is sorry for praise.
        """
        known = self.search([("kind", "=", kind), ("company_id", "in", [company.id, False])])
        own = (self.env.lang or self.env.user.lang or "en").partition("_")[0]
        for language in (mention.language, own, False, "en"):
            if found := known.filtered(lambda each, wanted=language: each.language == wanted):
                return found._sort_by_tone(mention)[0]
        return known._sort_by_tone(mention)[:1]

    def _sort_by_tone(self, mention):
        tones = (mention.sentiment_tone or False, False)
        return self.sorted(lambda each: tones.index(each.tone) if each.tone in tones else 2)

    def _fill(self, company):
        """Return the text with what is known of the company; what is not known stays in braces."""
        self.ensure_one()
        known = company.sudo()
        text = self.text
        for name, value in (
            ("company", known.name),
            ("phone", known.phone),
            ("email", known.email),
            ("website", known.website),
        ):
            text = text.replace(f"{{{name}}}", value) if value else text
        return guard.tidy(text)
