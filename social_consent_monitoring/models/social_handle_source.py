from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import open_door
from ..policy import NUMBER_CHANNELS

OFFICER = "social_consent_monitoring.group_privacy_officer"
# Enough to see that this is nobody's age.
LONGEST_AGE = 10


class SourceOffer(NamedTuple):
    """What a person may consent to by logging in: to which text, and on which platforms."""

    purpose: models.BaseModel
    channel: str | None
    notice: models.BaseModel
    platforms: models.BaseModel


class SocialHandleSource(models.Model):
    """Consent at the source: the person reads the text, then logs in at the own server (rule 22).

    What is consented to waits beside the account. There is no event before the login; whoever
    does not come back, or says no meanwhile, has consented to nothing.
    """

    _inherit = "social.handle.proof"

    purpose_id = fields.Many2one(
        "social.consent.purpose",
        "Consents To",
        readonly=True,
        ondelete="cascade",
        help="What the person consents to by logging in there. Empty: to nothing, it is a proof.",
    )
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), readonly=True
    )
    notice_id = fields.Many2one("social.consent.notice", readonly=True, ondelete="cascade")
    stated_age = fields.Char(readonly=True, groups=OFFICER)

    @api.model
    def _get_source_offers(self, link):
        """Return each :class:`SourceOffer` to whoever holds this link.

        Also where a consent stands that was given elsewhere: a platform, or a rule of the company,
        may not take that one. A login proves no number.
        """
        partner = self._get_holder(link)
        platforms = self._get_platforms().filtered(self._logs_in) if partner else None
        if not platforms:
            return []
        notices, offers = {}, []
        for purpose, channel in partner._get_social_keys(link.purpose, link.channel):
            if channel in NUMBER_CHANNELS:
                continue
            if purpose not in notices:
                notices[purpose] = self.env["social.consent"]._get_offered_notice(purpose, partner)
            notice = notices[purpose]
            named = platforms & notice.platform_ids
            if named := named - self._get_given_on(partner, purpose, channel, notice):
                offers.append(SourceOffer(purpose, channel, notice, named))
        return offers

    @api.model
    def _get_given_on(self, partner, purpose, channel, notice):
        """Return the platforms on which the person has consented to this very text already."""
        subject = partner.social_subject_id
        consent = self.env["social.consent"]._get_existing(subject, purpose, channel).get(subject)
        if not consent or not consent._is_given() or consent.notice_id != notice:
            return self.env["social.platform"]
        codes = consent._get_given_on()[consent].at(fields.Datetime.now())
        return notice.platform_ids.filtered(lambda each: each.code in codes)

    @api.model
    def _find_source_offer(self, link, purpose_code, channel):
        """Return the offer for one purpose and channel, or None where there is none."""
        for offer in self._get_source_offers(link) if purpose_code else ():
            if (offer.purpose.code, offer.channel or "") == (purpose_code, channel or ""):
                return offer
        return None

    @api.model
    def _get_source_platforms(self, link):
        """Return the platforms where the person may consent by logging in, in this order."""
        platforms = self.env["social.platform"]
        return platforms.union(*(each.platforms for each in self._get_source_offers(link)))

    @api.model
    def _prepare_offer_vals(self, offer):
        if not offer:
            return {}
        return {
            "purpose_id": offer.purpose.id,
            "channel": offer.channel,
            "notice_id": offer.notice.id,
        }

    def _agree(self, text_hash, age):
        """Keep that the person pressed the button below the text, and return whether that counts.

        Nobody agrees to what was not read, nor to what was replaced meanwhile.
        """
        notice = self.notice_id
        if notice.state != "published" or text_hash != notice.text_hash:
            return False
        open_door(self).write({"stated_age": (age or "")[:LONGEST_AGE]})
        return True

    def _give_at_source(self, account, evidence):
        """Record the consent of whoever has logged in to this account just now.

        :param account: a ``connectors.Account``; its name stays out of the evidence, as to know
            whose it is takes the consent to be matched
        :raises UserError: where the text was replaced, or the person may not consent so
        """
        partner = self.partner_id.with_company(self.company_id)
        partner.social_subject_id._lock_and_check()
        if self.notice_id.state != "published":
            raise UserError(
                self.env._(
                    "Nothing was stored: the text was replaced by another one meanwhile. Begin "
                    "anew, and read that one."
                )
            )
        partner._give_social_consent(
            self.purpose_id.code,
            self.channel or None,
            notice=self.notice_id,
            method="platform",
            evidence={**(evidence or {}), "account_sha256": account.seen},
            platform=self.platform_id,
        )

    def _is_to_be_joined(self, account):
        """Tell whether the account becomes a profile: a consent to something else joins nothing."""
        if self._get_place()[1] == "match":
            return True
        decisions = self.env["social.policy"]._decide(
            "match", self.partner_id, platform=self.platform_id.code, handle=account.handle
        )
        return bool(decisions[self.partner_id.id])

    @api.model
    def _drop_of_objecting(self, subjects):
        """Forget the consents that these persons were about to give: they said no to all."""
        waiting = self._search_waiting(subjects, self.env.company)
        open_door(waiting.filtered("purpose_id")).unlink()
