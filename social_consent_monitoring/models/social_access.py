from dataclasses import replace

from odoo import SUPERUSER_ID, api, models

from ..links import InvalidLink
from .social_subject_request import ADDRESS_FIELDS

# Nobody has so many records at one address; whoever had would get a flood of mails.
MOST_RECORDS = 10


class SocialAccess(models.AbstractModel):
    """Fresh links: to the person's page, and for an hour to the data (GDPR Art. 15 to 20).

    They are mailed to an address that is on record, and never to one that somebody typed in. All
    of it acts as superuser; what it answers says nothing about whether anybody was found.
    """

    _name = "social.access"
    _description = "Access to One's Own Data"

    @api.model
    def _open(self, link):
        """Return (subject, record) that a link to the data shows.

        :raises InvalidLink: "invalid", where the address that it was sent to is no longer theirs
        """
        subject = self.env["social.subject"]._get_by_key(link.subject)
        record = subject._get_record_at(link.model, link.address)
        if not record:
            raise InvalidLink
        return subject, record

    @api.model
    def _send_to_holder(self, link):
        """Mail fresh links to whom this link is about: to the address where it went, if it counts."""
        subject = self.env["social.subject"]._get_by_key(link.subject)
        record = subject._get_record_at(link.model, link.address)
        if record or (record := self._get_reachable(subject)):
            self._send(record, with_data=True)

    @api.model
    def _send_to_address(self, address):
        """Mail fresh links to whoever is on record with this address.

        The link to the data only where the address is one person's: two may share a mailbox, and
        each gets a link to the data from the own page.

        :param str address: normalised
        """
        persons = self._find_persons(address)
        for record in persons[:MOST_RECORDS]:
            for company in self._get_companies(record):
                self.with_company(company)._send(
                    record.with_company(company), with_data=len(persons) == 1
                )

    @api.model
    def _get_reachable(self, subject):
        """Return a record of the person with an address, or None."""
        for model in ADDRESS_FIELDS:
            for record in subject._get_records(model):
                if record._get_social_address():
                    return record
        return None

    @api.model
    def _find_persons(self, address):
        """Return one record for each person at this address, archived ones too."""
        found = {}
        for model in ADDRESS_FIELDS:
            records = self.env[model].sudo().with_context(active_test=False)
            for record in records.search([("email_normalized", "=", address)], order="id"):
                # Odoo takes the first of several addresses in one field; we take none.
                if record._get_social_address() == address:
                    found.setdefault(record.social_subject_id or record, record)
        return list(found.values())

    @api.model
    def _get_companies(self, record):
        """Return whom the person may want to tell something: this company, and who was told."""
        consents = self.env["social.consent"].sudo()
        told = consents.search([("subject_id", "in", record.social_subject_id.ids)]).company_id
        own = record.company_id if "company_id" in record._fields else told[:0]
        return told | (own or self.env.company)

    @api.model
    def _send(self, record, with_data):
        """Queue the mail, which belongs to no document: whoever could read it could act."""
        template = self.env.ref("social_consent_monitoring.mail_template_access", False)
        if not template:
            return
        letters = {self.env.company.id: self._prepare_letter(record, with_data)}
        self.env["mail.mail"].with_user(SUPERUSER_ID).create(
            template.sudo()._prepare_social_request_mails(letters)
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    @api.model
    def _prepare_letter(self, record, with_data):
        """Return what the mail template needs to know."""
        [(record, subject)] = record._ensure_subjects()
        link_model, company = self.env["social.link"], self.env.company.sudo()
        address = record._get_social_address()
        access = link_model._make_access(subject, record._name, address)
        return {
            "email": address,
            "lang": link_model._choose_lang(record._get_social_lang(), self.env.lang),
            "email_from": company.email_formatted or self.env.user.sudo().email_formatted,
            "company": company.name,
            "page_url": record._get_social_consent_url(),
            "data_url": with_data and link_model._make_url(access),
            "minutes": link_model._get_access_minutes(),
        }

    @api.model
    def _get_requests(self, subject):
        """Return what this person asked this company for, the latest first."""
        return (
            self.env["social.privacy.request"]
            .sudo()
            .search(
                [
                    ("subject_id", "in", subject._get_all_keys().ids),
                    ("company_id", "=", self.env.company.id),
                ],
                order="id desc",
            )
        )

    @api.model
    def _get_page_path(self, record, mailed=True):
        """Return the path of the person's page, by a link that may also give.

        :param mailed: whether whoever gets it has shown to read the mailbox of the record
        """
        [(record, subject)] = record._ensure_subjects()
        link_model = self.env["social.link"]
        link = link_model._make_withdrawal(
            subject, model=record._name, address=record._get_social_address()
        )
        link = replace(link, mailed=mailed)
        return f"/social/consent/{link_model._make_token(link)}"
