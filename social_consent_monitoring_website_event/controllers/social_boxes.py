from odoo.http import request
from odoo.tools import email_normalize

from odoo.addons.website_event.controllers.main import WebsiteEventController


class SocialEventBoxes(WebsiteEventController):
    """Boxes at the registration: they are the first attendee's, who fills in the form.

    Whoever registers others consents for nobody but oneself.
    """

    def _create_attendees_from_registration_post(self, event, registration_data):
        attendees = super()._create_attendees_from_registration_post(event, registration_data)
        boxes = request.env["social.consent.box"]
        if ticks := boxes._read_form("event", request.params):
            boxes._take(ticks, self._get_social_person(attendees[:1]))
        return attendees

    def _get_social_person(self, attendee):
        """Return the visitor where the address is theirs, or else the recipient at the address."""
        boxes = request.env["social.consent.box"]
        address, visitor = email_normalize(attendee.email or ""), boxes._get_visitor()
        if address and visitor and visitor._get_social_address() == address:
            return visitor
        return boxes._get_recipient(attendee.email, attendee.name)
