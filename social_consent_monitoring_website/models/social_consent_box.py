from odoo import api, fields, models
from odoo.http import request

# Where a session keeps what was ticked, by place, until the act that it belongs to.
KEPT = "social_boxes"


class SocialConsentBox(models.Model):
    """Adds the forms of the website, and places whose own form is not sent to us.

    There each tick is told to the server, which keeps it with the session; it counts for nothing
    before the act itself: the order, the subscription.
    """

    _inherit = "social.consent.box"

    place = fields.Selection(
        selection_add=[("form", "Forms of the website")], ondelete={"form": "cascade"}
    )

    @api.model
    def _get_fetched_places(self):
        """Return the places whose boxes a script asks for, as their pages are stored as they are."""
        return ["form"]

    @api.model
    def _get_kept_places(self):
        """Return the places whose ticks the session keeps."""
        return []

    @api.model
    def _get_form(self, place):
        """Forget what was ticked at a place earlier: its boxes appear anew, and empty."""
        if request and place in self._get_kept_places():
            self._pop_kept(place)
        return super()._get_form(place)

    @api.model
    def _keep(self, place, form):
        """Keep in the session what is ticked now at a place, and nothing else."""
        if place not in self._get_kept_places():
            return
        self._pop_kept(place)
        if ticks := self._read_form(place, form):
            request.session[KEPT] = {**request.session.get(KEPT, {}), place: ticks}

    @api.model
    def _pop_kept(self, place):
        """Return what the session kept for a place, and forget it; {} where that is nothing."""
        kept = dict(request.session.get(KEPT, {}))
        ticks = kept.pop(place, {})
        if ticks:
            request.session[KEPT] = kept
        return ticks
