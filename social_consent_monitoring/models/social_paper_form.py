import io
from dataclasses import replace

from PIL import Image, ImageOps
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..door import open_door
from ..policy import CHANNELS, needs_channel

OFFICER = "social_consent_monitoring.group_privacy_officer"
# Of the QR code, in modules and in dots for each of them: scanners want that much white around.
QUIET = 4
DOTS = 6


class SocialPaperForm(models.Model):
    """A printed form: whose it is, if anybody's, and which versions of the notices stand on it.

    Its number is printed as a QR code and a short link. On a phone that leads to the person's
    page, or from a blank form to where a person has the link sent; on a scan it says what was
    signed. The page shows and withdraws, and does not give: whoever prints a form has its number.
    The number follows from the row and the database's secret, and is stored nowhere.
    """

    _name = "social.paper.form"
    _inherit = ["social.door.mixin", "social.code.mixin"]
    _description = "Printed Consent Form"
    _order = "id desc"
    _code_of = b"paper"

    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Empty: a blank form, for whoever fills it in.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    lang = fields.Char("Language", required=True, readonly=True)
    notice_ids = fields.Many2many(
        "social.consent.notice", string="Privacy Notices", readonly=True, ondelete="restrict"
    )
    code_digest = fields.Char(readonly=True, copy=False, groups="base.group_system")
    cancelled_at = fields.Datetime(
        "Link Switched Off", readonly=True, help="Since then number and QR code lead nowhere."
    )

    _code_unique = models.UniqueIndex("(code_digest)", "This form was printed already.")

    @api.depends("create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for form in self:
            form.display_name = self.env._("Printed Form, No. %s", form.id or "")

    @api.model
    def _make(self, partners, purposes, lang=None):
        """Return a form for each of these contacts, in their language; for none a blank one.

        :param lang: of the blank form; by default the company's
        :raises UserError: where a purpose has no published notice in that language
        """
        partners.check_access("read")
        if not purposes:
            raise UserError(self.env._("Choose what the form asks for."))
        partners._ensure_subjects()
        langs = {each: each.lang if each else lang for each in partners or [partners]}
        notices = {each: self._get_notices(purposes, each) for each in set(langs.values())}
        rows = [
            {
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "lang": notices[own][0].lang,
                "notice_ids": notices[own].ids,
            }
            for partner, own in langs.items()
        ]
        forms = open_door(self.sudo()).create(rows)
        for form in forms:
            form.code_digest = form._digest(form._get_number())
        return self.browse(forms.ids)

    @api.model
    def _get_notices(self, purposes, lang):
        notices = self.env["social.consent.notice"]
        published = (notices._get_published(purpose, lang or None) for purpose in purposes)
        return notices.sudo().union(*published)

    def _get_number(self):
        """Return what stands on the paper, in groups of four."""
        self.ensure_one()
        return self._get_code(str(self.id))

    def _get_short_url(self):
        """Return the absolute address that the QR code holds."""
        return f"{self.get_base_url()}/social/form/{self._get_number()}"

    def _draw_code(self):
        """Return the QR code of the short link, a PNG.

        Drawn here, as Odoo's own way needs a part of ReportLab that its newer versions have not.
        """
        code = QRCode(None, QRErrorCorrectLevel.M)
        code.addData(self._get_short_url())
        code.make()
        dots = bytes(0 if dark else 255 for row in code.modules for dark in row)
        size = len(code.modules)
        image = ImageOps.expand(Image.frombytes("L", (size, size), dots), QUIET, 255)
        kept = io.BytesIO()
        ImageOps.scale(image, DOTS, Image.Resampling.NEAREST).save(kept, "PNG")
        return kept.getvalue()

    @api.model
    def _find(self, number):
        """Return the form with this number, as superuser; none for what is no number (any more).

        :param str number: as it was typed or scanned: the address that the QR code holds will do
        """
        number = (number or "").strip().rstrip("/").rpartition("/")[2]
        if not number:
            return self.sudo().browse()
        return self.sudo().search(
            [("code_digest", "=", self._digest(number)), ("cancelled_at", "=", False)]
        )

    def _get_page_path(self):
        """Return where the number leads: to the person's page, or to where one asks for the link.

        Without an address in the link, so that nobody gives a consent by it.
        """
        subject = self.partner_id.social_subject_id
        if not subject:
            return "/social/consent"
        links = self.env["social.link"].with_company(self.company_id)
        link = replace(links._make_withdrawal(subject), mailed=False)
        return f"/social/consent/{links._make_token(link)}"

    @api.model
    def _get_boxes(self, notice):
        """Return the channels that have a box of their own below a notice (rule 10)."""
        if not needs_channel(notice.purpose_id.code):
            return [False]
        # A social message goes to a name on a platform (rule 7).
        return [each for each in CHANNELS if each != "social" or notice.platform_ids]

    def action_print(self):
        report = self.env.ref("social_consent_monitoring.action_report_paper_form")
        return report.report_action(self)

    def action_cancel(self):
        """Let number and QR code lead nowhere: a form was lost, or printed by mistake.

        What was signed stays what it is.
        """
        self.check_access("read")
        own = self.env.user.has_group("base.group_partner_manager")
        if not (own or self.env.user.has_group(OFFICER)):
            raise AccessError(self.env._("Only who prints forms switches off their links."))
        waiting = self.sudo().filtered(lambda form: not form.cancelled_at)
        open_door(waiting).write({"cancelled_at": fields.Datetime.now()})
