import json

from odoo import http
from odoo.http import request

from odoo.addons.website.controllers.form import WebsiteForm

# What holds a person by itself; for all others somebody at the address is asked.
PERSONS = ("res.partner", "crm.lead", "mailing.contact")
ADDRESSES = ("email_from", "email", "partner_email")


class SocialBoxes(http.Controller):
    """Boxes for pages that are stored as they are, and ticks that wait for an act."""

    @http.route("/social/consent/boxes", type="jsonrpc", auth="public", website=True, readonly=True)
    def show(self, place=None, keep=False):
        """Return the boxes of a place as HTML; empty where nothing is offered."""
        if place not in request.env["social.consent.box"]._get_fetched_places():
            return ""
        values = {"place": place, "keep": bool(keep)}
        return request.env["ir.ui.view"]._render_template(
            "social_consent_monitoring.consent_boxes", values
        )

    @http.route("/social/consent/boxes/keep", type="jsonrpc", auth="public", website=True)
    def keep(self, place=None, form=None):
        """Keep what is ticked now; it becomes nothing without the act that it belongs to."""
        if isinstance(form, dict):
            request.env["social.consent.box"]._keep(place, form)
        return True


class SocialWebsiteForm(WebsiteForm):
    """Boxes in the forms of the website: each is a request, whoever sends the form."""

    def _handle_website_form(self, model_name, **kwargs):
        boxes = request.env["social.consent.box"]
        ticks = boxes._read_form("form", kwargs)
        fields = boxes._drop_fields(kwargs)
        answer = super()._handle_website_form(model_name, **fields)
        made = json.loads(answer) if ticks and isinstance(answer, str) else {}
        if isinstance(made, dict) and made.get("id"):
            boxes._take(ticks, self._get_social_person(model_name, made["id"], fields))
        return answer

    def _get_social_person(self, model_name, record_id, fields):
        """Return whom the form is from: what it made, or else the recipient at its address."""
        if model_name in PERSONS:
            return request.env[model_name].sudo().browse(record_id)
        address = next((fields[name] for name in ADDRESSES if fields.get(name)), "")
        name = fields.get("name") or fields.get("partner_name") or ""
        return request.env["social.consent.box"]._get_recipient(address, name)
