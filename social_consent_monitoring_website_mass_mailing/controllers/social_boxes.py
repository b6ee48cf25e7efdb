from odoo.http import request, route
from odoo.tools import parse_contact_from_email

from odoo.addons.website_mass_mailing.controllers.main import MassMailController


class SocialNewsletterBoxes(MassMailController):
    """Boxes below a newsletter block: who subscribes is on the list, who ticks is asked by e-mail.

    Without a consent the list alone brings nobody any advertising.
    """

    @route()
    def subscribe(self, list_id, value, subscription_type, **post):
        boxes = request.env["social.consent.box"]
        answer = super().subscribe(list_id, value, subscription_type, **post)
        if answer.get("toast_type") == "success" and subscription_type == "email":
            if ticks := boxes._pop_kept("newsletter"):
                name, address = parse_contact_from_email(value)
                boxes._take(ticks, boxes._get_recipient(address, name))
        return answer
