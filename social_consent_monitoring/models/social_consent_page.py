import json
import re
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_list


class Offer(NamedTuple):
    """What a person may switch on: by which record, to which text, and what stands so far."""

    record: models.BaseModel
    notice: models.BaseModel
    consent: models.BaseModel


class SocialConsentPage(models.AbstractModel):
    """What a person reads and decides on the own page. All of it acts as superuser."""

    _name = "social.consent.page"
    _description = "Consents on the Person's Page"

    @api.model
    def _get_page(self, link):
        """Return the purposes that this link is about, each with its choices, as dicts.

        A purpose is shown where the person said something, or could: a notice is published.
        """
        subject = self.env["social.subject"]._get_by_key(link.subject)
        record = subject._get_person()
        is_theirs = bool(subject._get_record_at(link.model, link.address))
        existing = {consent._get_place(): consent for consent in self._get_of_link(link)}
        purposes = {}
        for purpose, channel in record._get_social_keys(link.purpose, link.channel):
            notice = self._get_offered_notice(purpose, record)
            place = (self.env.company, purpose, channel or False)
            consent = existing.get(place, self.browse())
            if notice or consent:
                shown = purposes.setdefault(
                    purpose, self._prepare_purpose(purpose, notice, consent)
                )
                may_give = is_theirs and self._is_mailbox_shown(link, record, purpose, channel)
                choice = consent._prepare_choice(purpose, channel, notice, may_give)
                shown["choices"].append(choice)
        return list(purposes.values())

    @api.model
    def _is_mailbox_shown(self, link, record, purpose, channel):
        """Tell whether the link proves what a yes to this needs."""
        return link.mailed or not self._asks_for_mailbox(record, purpose, channel)

    @api.model
    def _asks_for_mailbox(self, record, purpose, channel):
        """Tell whether a yes of this person takes a link that was sent to the address.

        Advertising by e-mail does, and what the purpose wants confirmed so; and a yes that takes
        an address off the list of those who objected, which may be somebody else's.
        """
        asks = channel == "email" or purpose.double_opt_in
        return asks or bool(self.env["social.suppression"]._find_records(record))

    @api.model
    def _get_offered_notice(self, purpose, record):
        """Return the published notice in the person's language, or none."""
        if not record:
            return self.env["social.consent.notice"]
        try:
            return record._get_notices_for(purpose)[record.id]
        except UserError:
            return self.env["social.consent.notice"]

    @api.model
    def _prepare_purpose(self, purpose, notice, consent):
        notice = notice or consent.notice_id
        return {
            "name": notice.name or purpose.name,
            "statement": notice.purpose_statement,
            "lang": notice.lang,
            "choices": [],
        }

    def _prepare_choice(self, purpose, channel, notice, may_give):
        """Return what stands for one purpose and channel, and what may be done about it."""
        agreed = self.notice_id
        is_on = self.state == "given" and not agreed.outdated
        return {
            "purpose_code": purpose.code,
            "channel_code": channel or "",
            "channel": dict(self._get_channels()).get(channel),
            "is_on": is_on,
            "state": self.state,
            "state_name": self._get_page_state(),
            "since": self and format_date(self.env, self._get_page_day()),
            "until": self.valid_until_date and format_date(self.env, self.valid_until_date),
            "incentive": is_on and self._get_page_incentive(),
            "given_on": is_on and self._get_page_given_on(),
            "agreed": agreed,
            "text": agreed and agreed._get_text_for(self.subject_id._get_any_record()),
            "can_say_no": bool(self) and self._can_say_no(),
            "can_say_yes": bool(notice) and self._is_open_for(notice),
            "may_give": may_give,
        }

    def _get_page_state(self):
        if not self:
            return self.env._("You have not decided.")
        if self.state == "given" and self.notice_id.outdated:
            return self.env._("Given for an earlier purpose; it no longer counts")
        return dict(self._get_states())[self.state]

    def _get_page_day(self):
        """Return since when it is so: the last event, or the end by the clock."""
        if self.state == "expired" and self.recorded_state == "given":
            return self.valid_until
        return self.event_ids.sorted("sequence")[-1:].happened_at

    def _get_page_given_on(self):
        """Return the names of the platforms on which the person gave it, and it counts (rule 22)."""
        codes = self._get_given_on()[self].at(fields.Datetime.now())
        named = self.notice_id.platform_ids.filtered(lambda each: each.code in codes)
        return format_list(self.env, named.mapped("name"))

    def _get_page_incentive(self):
        """Return what the person got for this consent, by name (rule 12)."""
        event = self.event_ids.sorted("sequence").filtered(lambda each: each.state == "given")[-1:]
        evidence = self.env["social.consent.evidence"].search([("event_id", "in", event.ids)])
        said = json.loads(evidence[:1].details or "{}").get("incentive") or ""
        # Its number is for the record.
        return re.sub(r" \(\d+\)$", "", said)

    def _is_open_for(self, notice):
        """Tell whether a yes to this text would say anything new."""
        return not self._is_given() or self.notice_id.renewal_due if self else True

    @api.model
    def _get_offer(self, link, purpose_code, channel):
        """Return the :class:`Offer` for one purpose and channel, or None where there is none.

        Only the address that the link went to gives a consent: what it holds is proof that the
        person reads that mailbox.
        """
        subject = self.env["social.subject"]._get_by_key(link.subject)
        record = subject._get_record_at(link.model, link.address)
        if not record:
            return None
        for purpose, one_channel in record._get_social_keys(link.purpose, link.channel):
            is_meant = (purpose.code, one_channel or "") == (purpose_code, channel or "")
            if is_meant and self._is_mailbox_shown(link, record, purpose, one_channel):
                notice = self._get_offered_notice(purpose, record)
                consent = self._get_existing(subject, purpose, one_channel).get(
                    subject, self.browse()
                )
                if notice and consent._is_open_for(notice):
                    return Offer(record, notice, consent)
        return None

    @api.model
    def _object_by_link(self, link, evidence):
        """Let the person object to all that the link is about (GDPR Art. 21), at once."""
        person = self.env["social.subject"]._get_by_key(link.subject)._get_person()
        if person:
            person._object_social(link.purpose, link.channel, method="link", evidence=evidence)
        else:
            # All records of the person are gone; what was said stays.
            self._get_of_link(link)._say_no(evidence)
