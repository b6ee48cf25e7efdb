from odoo import http
from odoo.http import request

from .pages import HEADERS, READ, Pages


class SocialPaperDoor(Pages, http.Controller):
    """The short link and the QR code on a printed form: on to the person's page, or to the start.

    Following it changes nothing. Numbers that are none are counted, as links are, so this takes a
    connection that can write.
    """

    @http.route("/social/form/<string:number>", **{**READ, "readonly": False})
    def open_form(self, number, **_query):
        form = request.env["social.paper.form"].sudo()._find(number)
        if not form:
            return self._refuse_link("invalid")
        response = request.redirect(form._get_page_path())
        response.headers.update(HEADERS)
        return response
