import json
from functools import partial

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from ..links import CONFIRM, WITHDRAW, InvalidLink
from ..models.social_consent_page import Offer
from ..policy import CONTACT, NUMBER_CHANNELS
from .pages import ACT, HEADERS, READ
from .social_number import NumberPages


class SocialConsentPage(NumberPages, http.Controller):
    """The person's own page behind a signed link (rules 8 and 11): see, switch on and off, object.

    It shows the state of consents and nothing else about the person: its link never expires.
    """

    @http.route("/social/consent/<string:token>", **READ)
    def show(self, token, done=None, proven=None, **_query):
        return self._with_link(token, WITHDRAW, self._show, done=done, proven=proven)

    @http.route("/social/consent/<string:token>/withdraw", **ACT)
    def withdraw(self, token, purpose=None, channel=None, **_form):
        return self._act(
            token, WITHDRAW, self._withdraw, "withdraw", purpose=purpose, channel=channel
        )

    @http.route("/social/consent/<string:token>/object", **ACT)
    def object(self, token, **_form):
        return self._act(token, WITHDRAW, self._object, "withdraw")

    @http.route("/social/consent/<string:token>/text", **READ)
    def read_text(self, token, purpose=None, channel=None, **_query):
        return self._with_link(token, WITHDRAW, self._show_text, purpose=purpose, channel=channel)

    @http.route("/social/consent/<string:token>/give", **ACT)
    def switch_on(self, token, purpose=None, channel=None, notice=None, age=None, **_form):
        said = {"purpose": purpose, "channel": channel, "notice_hash": notice, "age": age}
        return self._act(token, WITHDRAW, self._switch_on, **said)

    @http.route("/social/consent/<string:token>/number", **READ)
    def ask_number(self, token, channel=None, **_query):
        return self._with_link(token, WITHDRAW, self._ask_number, channel=channel)

    @http.route("/social/consent/<string:token>/number", **ACT)
    def prove_number(self, token, channel=None, code=None, **_form):
        said = {"channel": channel, "code": code}
        return self._act(token, WITHDRAW, self._prove_number, "prove", **said)

    @http.route("/social/consent/<string:token>/send", **ACT)
    def send(self, token, **_form):
        return self._act(token, WITHDRAW, self._send, "send")

    @http.route("/social/consent/<string:token>/receipt", **READ)
    def receipt(self, token, **_query):
        return self._with_link(token, WITHDRAW, self._show_receipt)

    @http.route("/social/consent/<string:token>/receipt.json", **READ)
    def receipt_json(self, token, **_query):
        return self._with_link(token, WITHDRAW, self._download_receipt)

    @http.route("/social/consent/confirm/<string:token>", **READ)
    def ask(self, token, **_query):
        return self._with_link(token, CONFIRM, self._ask)

    @http.route("/social/consent/confirm/<string:token>/give", **ACT)
    def give(self, token, notice=None, age=None, **_form):
        return self._act(token, CONFIRM, self._give, notice_hash=notice, age=age)

    @http.route("/social/consent/confirm/<string:token>/number", **READ)
    def confirm_number(self, token, **_query):
        return self._with_link(token, CONFIRM, self._confirm_number)

    @http.route("/social/consent/confirm/<string:token>/number", **ACT)
    def give_number(self, token, code=None, **_form):
        return self._act(token, CONFIRM, self._give_number, "prove", code=code)

    @http.route("/social/consent/confirm/<string:token>/refuse", **ACT)
    def refuse(self, token, **_form):
        return self._act(token, CONFIRM, self._refuse, "withdraw")

    # What the pages do: see LinkPages._with_link.

    def _show(self, consents, link, token, done, proven=None):
        mine = consents._get_of_link(link)
        return self._render(
            consents.env,
            "consent_page",
            company=consents.env.company,
            purposes=consents._get_page(link),
            may_withdraw_all=len(mine.filtered(lambda consent: consent._can_say_no())) > 1,
            has_receipt=bool(mine),
            accounts=consents.env["social.handle.proof"]._get_accounts(link),
            proven=proven,
            # What is said to be done is read from the record, never from the address.
            done=done and mine.event_ids.sorted("sequence")[-1:].consent_id.state,
            base=f"/social/consent/{token}",
        )

    def _withdraw(self, consents, link, token, purpose, channel):
        mine = consents._get_of_link(link)
        if purpose:
            mine = mine.filtered(
                lambda consent: (
                    (consent.purpose_code, consent.channel or "") == (purpose, channel or "")
                )
            )
        mine._say_no(self._get_evidence(consents.env))
        return request.redirect(f"/social/consent/{token}?done=1")

    def _object(self, consents, link, token):
        consents._object_by_link(link, self._get_evidence(consents.env))
        return request.redirect(f"/social/consent/{token}?done=1")

    def _show_text(self, consents, link, token, purpose, channel, problem=None):
        offer = consents._get_offer(link, purpose, channel)
        if not offer:
            return request.redirect(f"/social/consent/{token}")
        return self._render(
            consents.env,
            "consent_text_page",
            company=consents.env.company,
            notice=offer.notice,
            text=offer.notice._get_text_for(offer.record),
            channel=dict(consents._get_channels()).get(channel),
            hidden={"purpose": purpose, "channel": channel or ""},
            number=consents.env["social.number.proof"]._get_shown(offer.record, channel),
            problem=problem,
            base=f"/social/consent/{token}",
        )

    def _switch_on(self, consents, link, token, purpose, channel, notice_hash, age):
        if channel not in NUMBER_CHANNELS:  # nobody waits for another's SMS
            consents.env["social.subject"]._get_by_key(link.subject)._lock_and_check()
        offer = consents._get_offer(link, purpose, channel)
        if not offer:
            return request.redirect(f"/social/consent/{token}?done=1")
        if notice_hash != offer.notice.text_hash:
            # Nobody agrees to what was not read.
            return self._show_text(consents, link, token, purpose, channel)
        try:
            if channel in NUMBER_CHANNELS:
                page = f"/social/consent/{token}/number?channel={channel}"
                return self._send_code(offer, channel, age, page)
            with consents.env.cr.savepoint():
                offer.record._give_social_consent(
                    purpose,
                    channel or None,
                    notice=offer.notice,
                    method="link",
                    evidence=self._get_giving_evidence(consents.env, offer.record, age),
                )
        except UserError as error:
            return self._show_text(consents, link, token, purpose, channel, problem=str(error))
        return request.redirect(f"/social/consent/{token}?done=1")

    def _ask_number(self, consents, link, token, channel, problem=None):
        base = f"/social/consent/{token}"
        offer = consents._get_offer(link, CONTACT, channel)
        if not offer or channel not in NUMBER_CHANNELS:
            return request.redirect(base)
        back = f"{base}/text?purpose={CONTACT}&channel={channel}"
        anew = partial(self._show_text, consents, link, token, CONTACT, channel)
        return self._show_code_form(offer, channel, base, back, anew, problem)

    def _prove_number(self, consents, link, token, channel, code):
        consents.env["social.subject"]._get_by_key(link.subject)._lock_and_check()
        offer = consents._get_offer(link, CONTACT, channel)
        if not offer or channel not in NUMBER_CHANNELS:
            return request.redirect(f"/social/consent/{token}?done=1")

        def give(evidence):
            said = {"notice": offer.notice, "method": "link", "evidence": evidence}
            offer.record._give_social_consent(CONTACT, channel, **said)

        if problem := self._take_code(offer, channel, code, give):
            return self._ask_number(consents, link, token, channel, problem)
        return request.redirect(f"/social/consent/{token}?done=1")

    def _send(self, consents, link, token):
        consents.env["social.access"]._send_to_holder(link)
        return self._render(
            consents.env,
            "consent_sent_page",
            company=consents.env.company,
            back=f"/social/consent/{token}",
        )

    def _show_receipt(self, consents, link, token):
        mine = consents._get_of_link(link)
        if not mine:
            raise InvalidLink("gone")
        return self._render(
            consents.env,
            "consent_receipt_page",
            company=consents.env.company,
            receipt=mine._get_receipt(),
            records=mine._get_receipt_rows(),
            base=f"/social/consent/{token}",
        )

    def _download_receipt(self, consents, link, _token):
        mine = consents._get_of_link(link)
        if not mine:
            raise InvalidLink("gone")
        headers = {
            **HEADERS,
            "Content-Type": "application/ld+json; charset=utf-8",
            "Content-Disposition": 'attachment; filename="consent-receipt.json"',
        }
        receipt = json.dumps(mine._get_receipt(), indent=2, ensure_ascii=False)
        return request.make_response(receipt, list(headers.items()))

    def _ask(self, consents, link, token, problem=None):
        consent = consents._get_of_link(link)
        if len(consent) == 1 and consent._was_answered(link):
            return self._go_to_page(consents, consent)
        consent, record, notice = consents._get_request(link)
        return self._render(
            consents.env,
            "consent_request_page",
            company=consents.env.company,
            notice=notice,
            text=notice._get_text_for(record),
            channel=dict(consents._get_channels()).get(consent.channel),
            incentive=consent._get_promised_incentive(),
            number=consents.env["social.number.proof"]._get_shown(record, consent.channel),
            problem=problem,
            base=f"/social/consent/confirm/{token}",
        )

    def _give(self, consents, link, token, notice_hash, age):
        consent = consents._get_of_link(link)
        if len(consent) == 1 and consent._was_answered(link):
            return self._go_to_page(consents, consent, done=True)
        consent, record, notice = consents._get_request(link)
        if notice_hash != notice.text_hash:
            # The text changed while the page was open: nobody agrees to what was not read.
            return request.redirect(f"/social/consent/confirm/{token}")
        try:
            if consent.channel in NUMBER_CHANNELS:
                offer = Offer(record, notice, consent)
                page = f"/social/consent/confirm/{token}/number"
                return self._send_code(offer, consent.channel, age, page)
            evidence = self._get_giving_evidence(consents.env, record, age)
            with consents.env.cr.savepoint():
                consent._confirm(record, notice, evidence)
        except UserError as error:
            return self._ask(consents, link, token, problem=str(error))
        return self._go_to_page(consents, consent, done=True)

    def _confirm_number(self, consents, link, token, problem=None):
        consent = consents._get_of_link(link)
        if len(consent) == 1 and consent._was_answered(link):
            return self._go_to_page(consents, consent)
        consent, record, notice = consents._get_request(link)
        base = f"/social/consent/confirm/{token}"
        offer = Offer(record, notice, consent)
        anew = partial(self._ask, consents, link, token)
        return self._show_code_form(offer, consent.channel, base, base, anew, problem)

    def _give_number(self, consents, link, token, code):
        consent = consents._get_of_link(link)
        if len(consent) == 1 and consent._was_answered(link):
            return self._go_to_page(consents, consent, done=True)
        consent, record, notice = consents._get_request(link)

        offer = Offer(record, notice, consent)
        give = partial(consent._confirm, record, notice)
        if problem := self._take_code(offer, consent.channel, code, give):
            return self._confirm_number(consents, link, token, problem)
        return self._go_to_page(consents, consent, done=True)

    def _refuse(self, consents, link, token):
        consent = consents._get_of_link(link)
        if len(consent) == 1 and consent._was_answered(link):
            return self._go_to_page(consents, consent, done=True)
        consent, _record, _notice = consents._get_request(link)
        consent._say_no(self._get_evidence(consents.env))
        return self._go_to_page(consents, consent, done=True)

    def _go_to_page(self, consents, consent, done=False):
        """Send the person on to where the answer stands, and can be taken back."""
        links = consents.env["social.link"]
        token = links._make_token(
            links._make_withdrawal(
                consent.subject_id, consent.purpose_code, consent.channel or None
            )
        )
        return request.redirect(f"/social/consent/{token}{'?done=1' if done else ''}")
