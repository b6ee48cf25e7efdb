import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..links import InvalidLink
from ..policy import ADULT, states_before

# How a person answers who holds a link.
BY_LINK = ("link", "double_opt_in")


class SocialConsentAnswer(models.Model):
    """What the person who holds a signed link may see and do. All of it acts as superuser."""

    _inherit = "social.consent"

    @api.model
    def _get_of_link(self, link):
        """Return the consents that a link is about, given to the company that made it.

        Whoever was merged since is found by the key that counts now.
        """
        subject = self.env["social.subject"]._get_by_key(link.subject)
        domain = [("subject_id", "=", subject.id), ("company_id", "=", link.company)]
        if link.purpose:
            domain.append(("purpose_id.code", "=", link.purpose))
        if link.channel:
            domain.append(("channel", "=", link.channel))
        return self.sudo().search(domain, order="purpose_id, channel, id")

    def _can_say_no(self):
        """Tell whether there is something left to withdraw or to refuse."""
        return self.recorded_state in states_before("withdrawn")

    def _say_no(self, evidence):
        """Let the person withdraw, or refuse what was only asked, and remember it (rule 8).

        A second time changes nothing.
        """
        self.subject_id._lock_and_check()
        asked = self.filtered(lambda consent: consent.recorded_state == "requested")
        for consent in asked:
            consent.with_company(consent.company_id)._append(
                "refused",
                consent.purpose_id,
                consent.channel or None,
                {
                    consent.subject_id: {
                        "notice": consent.notice_id,
                        "given_at": False,
                        "valid_until": fields.Datetime.now(),
                    }
                },
                method="link",
                evidence=evidence,
            )
        (self - asked)._withdraw(method="link", evidence=evidence)

    @api.model
    def _get_request(self, link):
        """Return (consent, record, notice) of a request that is still open.

        :raises InvalidLink: with the reason, where it can no longer be answered
        """
        consent = self._get_of_link(link)
        if len(consent) != 1:
            raise InvalidLink("gone")
        if (
            consent.event_sequence != link.request
            or int(consent.requested_at.timestamp()) != link.asked_at
        ):
            raise InvalidLink("answered")
        consent = consent.with_company(consent.company_id)
        record = consent.subject_id._get_record_at(link.model, link.address)
        if not record:
            raise InvalidLink("address")
        return consent, record, consent._get_notice_now(link.notice, record)

    @api.model
    def _get_notice_now(self, notice_id, record):
        """Return the published notice that the person reads now.

        :raises InvalidLink: where the one that was sent has been replaced by one for another
            purpose or extent, or there is none any more
        """
        notice = self.env["social.consent.notice"].sudo().browse(notice_id).exists()
        if not notice or notice.outdated:
            raise InvalidLink("notice")
        try:
            return record._get_notices_for(notice.purpose_id)[record.id]
        except UserError as error:
            raise InvalidLink("notice") from error

    def _was_answered(self, link):
        """Tell whether this very request was answered by its link, and nothing happened since."""
        self.ensure_one()
        events = self.event_ids.sorted("sequence")[-2:]
        if len(events) < 2 or events[0].sequence != link.request:
            return False
        return self._get_method(events[1]) in BY_LINK

    @api.model
    def _get_method(self, event):
        return json.loads(event.payload)["method"]

    def _get_promised_incentive(self):
        """Return what the open request promised for a yes, where it may still be given (rule 12)."""
        self.ensure_one()
        incentives = self.env["social.consent.incentive"].sudo()
        event = self.event_ids.sorted("sequence")[-1:]
        if event.state != "requested":
            return incentives
        evidence = self.env["social.consent.evidence"].sudo()
        evidence = evidence.search([("event_id", "=", event.id)], limit=1)
        promised = json.loads(evidence.details or "{}").get("promised")
        incentive = incentives.browse(promised or ())
        return incentive if incentive and incentive._is_usable(self.purpose_id) else incentives

    def _confirm(self, record, notice, evidence):
        """Let the person consent by the link that was sent to this address (double opt-in).

        What was promised for it goes to adults only (rule 13); without it the consent counts, too.
        """
        self.ensure_one()
        incentive = self._get_promised_incentive()
        if incentive and evidence.get("age", 0) >= ADULT:
            evidence = {**evidence, "incentive_id": incentive.id}
        record.with_company(self.company_id)._give_social_consent(
            self.purpose_code,
            self.channel or None,
            notice=notice,
            method="double_opt_in",
            evidence=evidence,
        )
