from datetime import timedelta

from odoo import SUPERUSER_ID, fields, models, tools
from odoo.exceptions import UserError

from .. import links
from ..door import open_door
from ..links import Link
from ..policy import ENDING_METHODS

# Where each kind of person has the e-mail address.
ADDRESS_FIELDS = {"res.partner": "email", "mailing.contact": "email", "crm.lead": "email_from"}


class SocialSubjectRequest(models.AbstractModel):
    """Asking for consent, and the links that a person answers and withdraws with."""

    _inherit = "social.subject.mixin"

    def _get_social_consent_url(self, purpose_code=None):
        """Return the signed link where this person sees and withdraws what was consented to.

        Absolute, never expires; its page changes nothing until the person presses a button
        (rule 8). It counts for ``env.company``.

        :param purpose_code: the only purpose that it concerns; by default all
        :raises UserError: for an unknown purpose
        """
        self.ensure_one()
        if purpose_code:
            self.env["social.consent.purpose"]._get(purpose_code, channel_optional=True)
        [(record, subject)] = self._ensure_subjects()
        link = self.env["social.link"]._make_withdrawal(
            subject, purpose_code, model=self._name, address=record._get_social_address()
        )
        return self.env["social.link"]._make_url(link)

    def _get_social_address(self):
        """Return the normalised e-mail address of one person, "" where there is none."""
        self.ensure_one()
        field = ADDRESS_FIELDS.get(self._name)
        return tools.email_normalize(self.sudo()[field]) or "" if field else ""

    def _get_social_number(self):
        """Return the normalised phone number of one person, "" where there is none."""
        self.ensure_one()
        record = self.sudo()
        return (record["phone_sanitized"] or "") if "phone_sanitized" in record._fields else ""

    def _get_social_lang(self):
        """Return the code of the person's language, "" where nobody knows it."""
        self.ensure_one()
        record = self.sudo()
        if "lang" in record._fields:
            return record["lang"] or ""
        return record.lang_id.code or "" if "lang_id" in record._fields else ""

    def _request_social_consent(
        self, purpose_code, channel=None, *, method="staff", notice=None, evidence=None
    ):
        """Ask these persons for consent by e-mail, and return their consents.

        Each gets a mail with the notice and a link; nothing is given until the person presses
        the button on its page (double opt-in). Whose consent is still valid keeps it meanwhile,
        so no event is written for a renewal before the answer.

        :param method: by what the asking was caused, one of ``policy.METHODS``
        :param notice: the published notice asked about; by default the one for the purpose in
            each person's language
        :param dict evidence: what belongs to the request, for the privacy officer
        :raises ConsentRequired: where the policy forbids to ask (rules 8 and 9)
        :raises UserError: where a person has no e-mail address
        """
        purpose = self.env["social.consent.purpose"]._get(purpose_code, channel)
        self._check_method(method)
        if method in ENDING_METHODS:
            raise UserError(self.env._("Nobody is asked for consent by unsubscribing."))
        self._check_addresses()
        act = self.env["social.policy"]._get_ask_act(purpose_code, channel)
        self.env["social.policy"]._enforce(act, self)
        notices = self._get_notices_for(purpose, notice)
        consents = self._append_requests(purpose, channel, notices, method, evidence)
        self._send_requests(consents, notices)
        return consents

    def _check_addresses(self):
        without = self.filtered(lambda record: not record._get_social_address())
        if without:
            raise UserError(
                self.env._(
                    "%(count)s of %(all)s have no valid e-mail address, so they cannot be asked "
                    "by e-mail. Enter one, or ask in person and record the consent.",
                    count=len(without),
                    all=len(self),
                )
            )

    def _append_requests(self, purpose, channel, notices, method, evidence):
        """Record the asking, and return the consents in the order of the records."""
        now = fields.Datetime.now()
        pairs = self._ensure_subjects()
        subjects = self.env["social.subject"].sudo().union(*(subject for _r, subject in pairs))
        consents = self.env["social.consent"]
        existing = consents._get_existing(subjects, purpose, channel)
        asked = {
            subject: {"notice": notices[record.id], "given_at": False, "valid_until": now}
            for record, subject in pairs
            if subject not in existing or not existing[subject]._is_given()
        }
        consents._append("requested", purpose, channel, asked, method=method, evidence=evidence)
        existing = consents._get_existing(subjects, purpose, channel)
        found = consents.sudo().union(*existing.values())
        open_door(found).write({"requested_at": now})
        ordered = consents.union(*(existing[subject] for _record, subject in pairs))
        return ordered.with_env(self.env)

    def _send_requests(self, consents, notices):
        """Queue one mail to each person.

        The mails belong to no document and to no employee: whoever could read one could give the
        consent in the person's name.
        """
        template = self.env.ref("social_consent_monitoring.mail_template_request", False)
        if not template:
            raise UserError(self.env._("The mail template for consent requests was deleted."))
        by_subject = {consent.subject_id: consent for consent in consents.sudo()}
        letters = {}
        for record in self.sudo():
            consent = by_subject[record.social_subject_id]
            letters.setdefault(
                consent.id, record._prepare_request_letter(consent, notices[record.id])
            )
        self.env["mail.mail"].with_user(SUPERUSER_ID).create(
            template.sudo()._prepare_social_request_mails(letters)
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

    def _prepare_request_letter(self, consent, notice):
        """Return what the mail template needs to know about one request."""
        confirm = self._make_confirmation(consent, notice)
        lang = self.env["social.link"]._choose_lang(self._get_social_lang(), notice.lang)
        return {
            "email": self._get_social_address(),
            "lang": lang,
            "notice_name": consent.with_context(lang=lang)._add_channel(notice.name),
            "notice_text": notice._get_text_for(self),
            "company": consent.company_id.name,
            "email_from": consent.company_id.email_formatted or self.env.user.email_formatted,
            "days": self.env["social.link"]._get_request_days(),
            "confirm_url": self.env["social.link"]._make_url(confirm),
            "withdraw_url": self._get_social_consent_url(consent.purpose_code),
        }

    def _make_confirmation(self, consent, notice):
        """Return the link that answers this one request, sent to this address."""
        link_model = self.env["social.link"]
        asked_at = int(consent.requested_at.timestamp())
        lifetime = timedelta(days=link_model._get_request_days())
        return Link(
            links.CONFIRM,
            consent.company_id.id,
            consent.subject_id.key,
            self._name,
            link_model._digest_address(self._get_social_address()),
            consent.purpose_code,
            consent.channel or None,
            consent.event_sequence,
            asked_at,
            notice.id,
            int((consent.requested_at + lifetime).timestamp()),
        )
