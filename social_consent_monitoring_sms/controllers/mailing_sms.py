from urllib.parse import parse_qs, urlsplit

from odoo import http
from odoo.http import request

from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController


class MailingSms(MailingSMSController):
    @http.route()
    def blacklist_page(self, mailing_id, trace_code, **post):
        """Take the number that a person sends as the no, there and then (rule 8).

        Core only leads on to a page that acts on GET, and a look at a page withdraws nothing.
        """
        answer = super().blacklist_page(mailing_id, trace_code, **post)
        target = urlsplit(answer.location or "")
        if request.httprequest.method == "POST" and "/unsubscribe/" in target.path:
            [number] = parse_qs(target.query)["sms_number"]
            self.blacklist_number(mailing_id, trace_code, sms_number=number)
        return answer
