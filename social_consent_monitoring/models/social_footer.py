import re
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, models
from odoo.tools import html2plaintext
from odoo.tools.mail import append_content_to_html

from .social_gate import Target

LINE = Markup(
    '<p style="font-size: 12px; color: #495057; margin: 16px 0;">%s <a href="%s">%s</a></p>'
)
# What a text may have already that lets its reader stop it: our link, or Odoo's in mailings.
OUR_LINK = re.compile(r"/social/consent/")
ANY_LINK = re.compile(
    rf"{OUR_LINK.pattern}|/unsubscribe_from_list|/mailing/\d+/(confirm_)?unsubscribe"
)


class Footer(NamedTuple):
    """What one recipient's copy gets: the line below the text, and the address for programs.

    ``instead``: the links in the text that make the line needless.
    """

    line: Markup
    one_click_url: str
    instead: re.Pattern


class Footers(dict):
    """``{(mail id, Target): Footer}``; a class, as what comes from outside in a context is none."""


class SocialFooter(models.AbstractModel):
    """The way out that each advertising mail carries: as easy as consenting (GDPR Art. 7(3)).

    A line with the person's own link, and the header that mail programs make a button of
    (RFC 8058). Odoo's mailings have that header, and keep it. Odoo's link in their text ends a
    subscription; who gets them by consent finds below how to withdraw that.
    """

    _name = "social.footer"
    _description = "Way Out of Advertising"

    @api.model
    def _make(self, mails):
        """Return the ``Footers`` of these mails, in a number of queries that no number raises."""
        people = self.env["social.gate"]._find_people("email", mails._get_social_approaches())
        records = {
            (mail_id, target): self._get_holders(target, found)
            for mail_id, targets in people.items()
            for target, found in targets.items()
        }
        subjects = self.env["social.subject"]._ensure_of(set().union(*records.values()))
        consents = self._get_given(subjects)
        footers = Footers()
        for key, holders in records.items():
            if holders:
                # One of those who share an address is enough: the gate asks each of them.
                person = min(holders, key=lambda each: (subjects[each].id not in consents, each))
                given = consents.get(subjects[person].id)
                record = self.env[person[0]].browse(person[1])
                footers[key] = self._make_one(record, subjects[person], given)
        return footers

    @api.model
    def _get_holders(self, target, found):
        """Return those of these (model, id) to whom the copy itself goes.

        What a mail is about may be somebody else: nobody gets another person's link.
        """
        if target.partner_id:
            return {("res.partner", target.partner_id)}
        persons = ((each, self.env[each[0]].browse(each[1])) for each in found)
        return {each for each, person in persons if person._get_social_address() == target.address}

    @api.model
    def _get_given(self, subjects):
        """Return ``{subject id: consent}`` of those who consented to advertising by e-mail."""
        domain = [
            ("subject_id", "in", [subject.id for subject in subjects.values()]),
            ("company_id", "=", self.env.company.id),
            ("purpose_id.code", "=", "contact"),
            ("channel", "=", "email"),
            ("state", "=", "given"),
        ]
        consents = self.env["social.consent"].sudo().search(domain)
        return {consent.subject_id.id: consent for consent in consents}

    @api.model
    def _make_one(self, person, subject, consent):
        """Return the footer for a person, in that person's language."""
        links = self.env["social.link"]
        lang = links._choose_lang(person._get_social_lang(), consent and consent.notice_id.lang)
        address = person._get_social_address()
        place = subject, "contact"
        link = links._make_withdrawal(*place, model=person._name, address=address)
        one_click = links._make_withdrawal(*place, "email", person._name, address)
        one_click_url = f"{links._make_url(one_click)}/one-click"
        _ = self.with_context(lang=lang).env._
        if consent:
            line = LINE % (
                _("You get this because you consented."),
                links._make_url(link),
                _("Withdraw"),
            )
        else:
            question = _("You do not want advertising by e-mail?")
            line = LINE % (question, one_click_url, _("Say no here"))
        return Footer(line, one_click_url, OUR_LINK if consent else ANY_LINK)

    @api.model
    def _put(self, footers, mail, copies):
        """Return the copies of one mail with their ways out; see ``_prepare_outgoing_list``."""
        alone = [each for copy in copies for each in self._split(copy, mail)]
        for copy in alone:
            footer = footers.get((mail.id, self._get_target(copy)))
            if footer:
                # Core gives all copies of a mail the same dictionary.
                copy["headers"] = self._add_header(dict(copy["headers"]), footer.one_click_url)
                if not footer.instead.search(copy["body"] or ""):
                    body = append_content_to_html(copy["body"], footer.line, plaintext=False)
                    copy.update(body=body, body_alternative=html2plaintext(body))
        return alone

    @api.model
    def _split(self, copy, mail):
        """Return one copy for each address: no reader gets another's link, or sees who else reads."""
        addresses = [*copy["email_to"], *copy["email_cc"]]
        if copy["partner_id"] or mail.mailing_id or len(addresses) < 2:
            return [copy]
        return [
            {
                **copy,
                "email_to": [address],
                "email_cc": [],
                "email_to_raw": address,
                "email_to_normalized": mail._get_social_normalized(address),
            }
            for address in addresses
        ]

    @api.model
    def _get_target(self, copy):
        if copy["partner_id"]:
            return Target(copy["partner_id"].id)
        addresses = copy["email_to_normalized"]
        return Target(None, addresses[0]) if len(addresses) == 1 else None

    @api.model
    def _add_header(self, headers, url):
        if "List-Unsubscribe" not in headers:
            headers["List-Unsubscribe"] = f"<{url}>"
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        return headers
