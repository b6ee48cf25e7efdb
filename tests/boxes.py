"""Helpers for tests of boxes in forms: offer them, read the forms that show them."""

import re
from html import unescape

from common import ADDON


class Boxes:
    """For tests with Odoo's web server; mixed in beside ``CommonHttp``."""

    def offer(self, place, purpose="contact", channel=None, **values):
        """Let a box appear at a place."""
        if purpose == "contact":
            channel = channel or "email"
        return self.env["social.consent.box"].create(
            {
                "place": place,
                "purpose_id": self.env.ref(f"{ADDON}.purpose_{purpose}").id,
                "channel": channel,
                **values,
            }
        )

    def make_incentive(self, purpose="contact", **values):
        """Return an incentive that a lawyer has signed off."""
        incentive = self.env["social.consent.incentive"].create(
            {
                "name": "Voucher of 5 €",
                "purpose_id": self.env.ref(f"{ADDON}.purpose_{purpose}").id,
                "counsel": "Dr. Law",
                "opinion": b"b2s=",
                **values,
            }
        )
        incentive.action_sign_off()
        return incentive

    def make_website_page(self, content):
        """Return the path of a page of the website with this content."""
        self.env["website.page"].create(
            {
                "name": "Consent Tour",
                "url": "/consent-tour",
                "type": "qweb",
                "website_published": True,
                "arch": f'<t t-call="website.layout"><div id="wrap">{content}</div></t>',
            }
        )
        return "/consent-tour"

    def read_fields(self, html):
        """Return the hidden fields of all forms of a page, the token of the boxes among them."""
        inputs = re.findall(r"<input[^>]*>", html)
        hidden = {}
        for each in inputs:
            said = dict(re.findall(r'([\w-]+)="([^"]*)"', each))
            if said.get("type") == "hidden" and "name" in said:
                hidden[said["name"]] = unescape(said.get("value", ""))
        return hidden

    def get_boxes(self, html):
        """Return the names of the boxes of a page; none of them may be ticked."""
        found = re.findall(r'<input[^>]*name="(social_box_\d+)"[^>]*>', html)
        ticked = re.findall(r'<input[^>]*name="social_box_\d+"[^>]*\bchecked\b', html)
        self.assertFalse(ticked)
        return found

    def ask(self):
        """Let the job ask about what was ticked."""
        self.env["social.consent.tick"]._cron_ask()

    def get_consents(self, address):
        """Return all that is on record of anybody with an address, once the job has asked."""
        self.ask()
        consents = self.env["social.consent"]
        for model, field in (
            ("res.partner", "email"),
            ("mailing.contact", "email"),
            ("crm.lead", "email_from"),
        ):
            people = self.env[model].sudo().search([(field, "=", address)])
            consents |= people.social_consent_ids
        return consents

    def get_mails_to(self, address):
        self.ask()
        return self.env["mail.mail"].sudo().search([("email_to", "=", address)], order="id desc")

    def get_confirm_path(self, mail):
        [url] = set(re.findall(r'href="([^"]+/social/consent/confirm/[^"]+)"', mail.body_html))
        return url[url.index("/social/") :]

    def read_evidence(self, consent):
        event = consent.sudo().event_ids.sorted("sequence")[-1:]
        return self.env["social.consent.evidence"].sudo().search([("event_id", "=", event.id)])
