import json

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from .pages import READ, Pages


class SocialNoticePage(Pages, http.Controller):
    """The text that a box leads to, for anybody: it names no person."""

    @http.route("/social/notice/<int:notice_id>", **READ)
    def show(self, notice_id, **_query):
        notice = request.env["social.consent.box"]._find_public_notice(notice_id)
        if not notice:
            return self._refuse_link("invalid")
        env = self._get_strangers_env()
        return self._render(
            env,
            "consent_notice_page",
            company=notice.company_id.with_env(env),
            notice=notice,
            text=notice._get_text_for(),
            channel=None,
            problem=None,
        )


class SocialAccountBoxes(CustomerPortal):
    """Boxes in the customer's account, below the own address."""

    @http.route()
    def portal_address_submit(self, partner_id=None, **form_data):
        boxes = request.env["social.consent.box"]
        ticks = boxes._read_form("account", form_data)
        fields = boxes._drop_fields(form_data)
        answer = super().portal_address_submit(partner_id=partner_id, **fields)
        # Saved: the page is told where to go on.
        if ticks and "redirectUrl" in json.loads(answer.get_data()):
            boxes._take(ticks, boxes._get_visitor())
        return answer
