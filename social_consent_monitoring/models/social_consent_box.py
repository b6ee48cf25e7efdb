from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.http import STORED_SESSION_BYTES, request
from odoo.tools.misc import hash_sign

from ..digests import sha256
from ..notice_text import to_html_lang
from ..policy import CHANNELS, NUMBER_CHANNELS

# What the token of a form is signed for, and how long somebody may take to fill it in.
SCOPE = "social_consent_box"
HOURS = 24
# The fields that a form carries.
SIGNED = "social_boxes"
PREFIX = "social_box_"
AGE = "social_box_age"
# Here nobody gives at once: whoever fills in the form is asked by e-mail, and there for the age.
ONLY_ASKED = ("signup", "form", "newsletter")


class SocialConsentBox(models.Model):
    """A box that a person may tick at one place: a form, the sign-up, a checkout.

    One box, one purpose (and channel): never ticked beforehand, apart from any terms, with the
    link to its text and the way to withdraw beside it. A place shows what is published in the
    language that its visitor reads, and nothing where there is none.

    A glue addon adds its place, calls the template ``consent_boxes`` with it, and then
    ``_read_form()`` and ``_take()`` of ``models/social_consent_box_form.py``.
    """

    _name = "social.consent.box"
    _inherit = ["social.company.mixin"]
    _description = "Box in a Form"
    _order = "place, sequence, id"

    sequence = fields.Integer(default=10)
    place = fields.Selection(
        [("signup", "Sign-up"), ("account", "Customer account")],
        "Where",
        required=True,
        help="Places of other apps appear once those are installed.",
    )
    purpose_id = fields.Many2one(
        "social.consent.purpose", "What For", required=True, ondelete="restrict"
    )
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(lambda self: self.env["social.consent"]._get_channels())
    incentive_id = fields.Many2one(
        "social.consent.incentive",
        "Given For It",
        ondelete="restrict",
        domain="[('purpose_id', '=', purpose_id), ('company_id', '=', company_id),"
        " ('signed_off_on', '!=', False)]",
        help="Only what a lawyer has signed off. Not for persons under 18.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    languages = fields.Char(
        "Shown In", compute="_compute_languages", help="Languages with a published notice."
    )

    _one_per_place = models.UniqueIndex(
        "(company_id, place, purpose_id, COALESCE(channel, ''))",
        "This box is at that place already.",
    )

    @api.depends("purpose_id", "company_id")
    def _compute_languages(self):
        notices = self.env["social.consent.notice"].sudo()
        for box in self:
            published = notices.search(
                [
                    ("purpose_id", "=", box.purpose_id.id),
                    ("company_id", "=", box.company_id.id),
                    ("state", "=", "published"),
                ]
            )
            names = sorted(notice._get_language() for notice in published)
            box.languages = ", ".join(names) or self.env._("Nowhere: publish a notice first")

    @api.depends("place", "purpose_id", "channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        places = dict(self._fields["place"]._description_selection(self.env))
        for box in self:
            box.display_name = f"{places.get(box.place, '')}: {box._get_title(box.purpose_id.name)}"

    @api.onchange("purpose_id")
    def _onchange_purpose_id(self):
        if not self.purpose_id or not self.purpose_id._needs_channel():
            self.channel = False
        if self.incentive_id.purpose_id != self.purpose_id:
            self.incentive_id = False

    @api.constrains("purpose_id", "channel", "incentive_id", "company_id")
    def _check_box(self):
        for box in self:
            needs = box.purpose_id._needs_channel()
            if needs != (box.channel in CHANNELS):
                raise ValidationError(
                    self.env._("Choose a channel for advertising, and none for anything else.")
                )
            if box.channel in NUMBER_CHANNELS and box.place in self._get_places_without_number():
                raise ValidationError(
                    self.env._(
                        "Whoever is asked from there is known by an e-mail address only, and "
                        "without a number nobody can say yes to SMS or calls. Choose e-mail, or "
                        "another place."
                    )
                )
            incentive = box.incentive_id
            if incentive and not incentive.with_company(box.company_id).sudo()._is_usable(
                box.purpose_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%s” cannot be offered here: it is not signed off, or it is for another "
                        "purpose or company.",
                        incentive.name,
                    )
                )

    @api.model
    def _get_places_without_number(self):
        """Return the places whose persons are asked without a number, which an addon may add to."""
        return []

    # -- what a page shows: reads only ----------------------------------------------------------

    @api.model
    def _get_form(self, place):
        """Return what the template ``consent_boxes`` shows the visitor; {} where nothing is offered.

        The token says what was shown: which boxes with which texts, at which place, to which
        session. A form that does not bring it back gives nothing.
        """
        visitor = self._get_visitor()
        shown = self.sudo()._find_shown(place, visitor)
        if not shown:
            return {}
        return {
            "place": place,
            "token": self._make_token(place, shown),
            "token_field": SIGNED,
            "age_field": AGE,
            "ask_age": any(
                box._asks_age(notice) and box._gives_at_once(visitor) for box, notice in shown
            ),
            "company": self.env.company.sudo().name,
            "boxes": [box._prepare_shown(notice) for box, notice in shown],
        }

    @api.model
    def _get_visitor(self):
        """Return the contact of whoever is logged in; an empty one for the public."""
        user = self.env.user
        partner = self.env["res.partner"].sudo()
        return partner if user._is_public() else partner.browse(user.partner_id.id)

    @api.model
    def _find_shown(self, place, visitor):
        """Return the pairs of box and notice that a visitor is offered: not what stands already."""
        lang = (visitor and visitor._get_social_lang()) or self.env.lang
        boxes = self.search([("place", "=", place), ("company_id", "=", self.env.company.id)])
        pairs = [(box, box._find_notice(lang)) for box in boxes]
        return [(box, notice) for box, notice in pairs if notice and box._is_open(visitor, notice)]

    def _find_notice(self, lang):
        """Return the published notice in a language; none where there is none: no text, no box."""
        notices = self.env["social.consent.notice"]
        try:
            return notices._get_published(self.purpose_id, lang)
        except UserError:
            return notices

    def _is_open(self, visitor, notice):
        """Tell whether a yes of this visitor would say anything new."""
        consents, subject = self.env["social.consent"], visitor.social_subject_id
        if not subject:
            return True
        known = consents._get_existing(subject, self.purpose_id, self.channel or None)
        return known.get(subject, consents)._is_open_for(notice)

    def _prepare_shown(self, notice):
        incentive = self._get_incentive()
        return {
            "field": f"{PREFIX}{self.id}",
            "title": self._get_title(notice.name),
            "statement": notice.purpose_statement,
            "lang": to_html_lang(notice.lang),
            "version": notice.version,
            "url": f"/social/notice/{notice.id}",
            "incentive": incentive.name,
        }

    def _get_title(self, name):
        """Return the title of the purpose with the channel, where there is one."""
        channel = dict(self.env["social.consent"]._get_channels()).get(self.channel)
        return f"{name or ''}: {channel}" if channel else name or ""

    def _get_incentive(self):
        """Return what is given for a yes, where it may be offered now (rule 12); else none."""
        incentive = self.incentive_id
        return incentive if incentive and incentive._is_usable(self.purpose_id) else incentive[:0]

    def _gives_at_once(self, visitor):
        """Tell whether a tick of this visitor is a consent, and not a request by e-mail.

        A tick proves no number: the page behind the link of the e-mail asks for it.
        """
        if not visitor or self.place in ONLY_ASKED or self.channel in NUMBER_CHANNELS:
            return False
        consents = self.env["social.consent"]
        return not consents._asks_for_mailbox(visitor, self.purpose_id, self.channel)

    def _asks_age(self, notice):
        return notice.ask_age or bool(self._get_incentive())

    @api.model
    def _make_token(self, place, shown):
        said = {
            "place": place,
            "company": self.env.company.id,
            "session": self._get_session(),
            "boxes": [[box.id, notice.id, notice.text_hash] for box, notice in shown],
        }
        return hash_sign(self.sudo().env, SCOPE, said, expiration_hours=HOURS)

    @api.model
    def _get_session(self):
        """Return what stands for the browser session, "" outside of one.

        The part of its identifier that stays when Odoo rotates it, as for the CSRF token.
        """
        return sha256(request.session.sid[:STORED_SESSION_BYTES].encode()) if request else ""

    @api.model
    def _find_public_notice(self, notice_id):
        """Return the text with this number where a box leads to it, or led to it; else none.

        A draft, or a text that no form offers, is not for the public.
        """
        notices = self.env["social.consent.notice"].sudo()
        if not 0 < notice_id < 2**31:
            return notices
        notice = notices.browse(notice_id).exists()
        offered = [
            ("purpose_id", "=", notice.purpose_id.id),
            ("company_id", "=", notice.company_id.id),
        ]
        if notice.state not in ("published", "superseded") or not self.sudo().search(
            offered, limit=1
        ):
            return notices
        return notice
