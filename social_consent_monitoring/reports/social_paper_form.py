import base64

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools.image import image_data_uri

from ..controllers.pages import to_html_lang
from ..models.social_paper_form import OFFICER


class SocialPaperFormReport(models.AbstractModel):
    """The printed form: each text whole, a box for each purpose and channel, none of them ticked."""

    _name = "report.social_consent_monitoring.report_paper_form"
    _description = "Consent Form"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the page shows; the address of a report asks for no group, so this does."""
        user = self.env.user
        if not (user.has_group("base.group_partner_manager") or user.has_group(OFFICER)):
            raise AccessError(self.env._("Only who may edit contacts prints consent forms."))
        forms = self.env["social.paper.form"].browse(docids or (data or {}).get("ids", []))
        forms.check_access("read")
        forms.partner_id.check_access("read")
        return {
            "doc_ids": forms.ids,
            "doc_model": forms._name,
            "docs": forms.sudo(),
            "pages": {form.id: self._prepare_page(form.sudo()) for form in forms},
            "to_html_lang": to_html_lang,
        }

    @api.model
    def _prepare_page(self, form):
        lang = self.env["social.link"]._choose_lang(form.lang)
        channels = dict(self.env["social.consent"].with_context(lang=lang)._get_channels())
        url = form._get_short_url()
        return {
            "lang": lang,
            "url": url,
            "number": form._get_number(),
            "code": image_data_uri(base64.b64encode(form._draw_code())),
            "asks_age": any(form.notice_ids.mapped("ask_age")),
            "texts": [
                {
                    "notice": notice,
                    "text": notice._get_text_for(link=url),
                    "boxes": [channels.get(each) for each in form._get_boxes(notice)],
                }
                for notice in form.notice_ids.sorted("purpose_id")
            ],
        }
