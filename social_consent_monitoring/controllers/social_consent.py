import json

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import format_date

from ..links import CONFIRM, WITHDRAW, InvalidLink
from .pages import ACT, HEADERS, READ, Pages, to_html_lang


class SocialConsentPage(Pages, http.Controller):
    """The bare pages behind a signed link (rule 8): see, withdraw, answer a request, receipt.

    They show the state of consents and nothing else about the person.
    """

    @http.route("/social/consent/<string:token>", **READ)
    def show(self, token, done=None, **_query):
        return self._with_link(token, WITHDRAW, self._show, done=bool(done))

    @http.route("/social/consent/<string:token>/withdraw", **ACT)
    def withdraw(self, token, purpose=None, channel=None, **_form):
        return self._act(token, WITHDRAW, self._withdraw, purpose=purpose, channel=channel)

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

    @http.route("/social/consent/confirm/<string:token>/refuse", **ACT)
    def refuse(self, token, **_form):
        return self._act(token, CONFIRM, self._refuse)

    def _act(self, token, kind, act, **values):
        return self._refuse_method() or self._with_link(token, kind, act, **values)

    # What the pages do. Each gets the link, and the consents as superuser in its company.

    def _with_link(self, token, kind, act, **values):
        """Call ``act`` for a genuine link; all others get a page that says what to do."""
        try:
            link = request.env["social.link"].sudo()._read(token, kind)
            company = request.env["res.company"].sudo().browse(link.company)
            consents = request.env["social.consent"].sudo().with_company(company)
            consents = self._in_language(consents, link)
            return act(consents, link, token, **values)
        except InvalidLink as error:
            return self._refuse_link(error.reason)

    def _show(self, consents, link, token, done):
        mine = consents._get_of_link(link)
        return self._render(
            consents.env,
            "consent_page",
            company=consents.env.company,
            rows=[self._prepare_row(consent) for consent in mine],
            may_withdraw_all=len(mine.filtered(lambda consent: consent._can_say_no())) > 1,
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
            ask_age=notice.ask_age,
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
        evidence = self._get_evidence(consents.env)
        evidence["address"] = record._get_social_address()
        if isinstance(age, str) and age.isdecimal():
            # Four digits are enough for the door to see that this is nobody's age.
            evidence["age"] = int(age.lstrip("0")[:4] or 0)
        try:
            with consents.env.cr.savepoint():
                consent._confirm(record, notice, evidence)
        except UserError as error:
            return self._ask(consents, link, token, problem=str(error))
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

    # Rendering

    def _prepare_row(self, consent):
        env = consent.env
        last = consent.event_ids.sorted("sequence")[-1:]
        notice = consent.notice_id
        subject = consent.subject_id
        ended = consent.state == "expired" and consent.recorded_state == "given"
        return {
            "name": notice.name or consent.purpose_id.name,
            "channel": dict(consent._get_channels()).get(consent.channel),
            "purpose_code": consent.purpose_code,
            "channel_code": consent.channel or "",
            "state": consent.state,
            "state_name": self._get_state_name(consent),
            "since": format_date(env, consent.valid_until if ended else last.happened_at),
            "until": not ended
            and consent.valid_until_date
            and format_date(env, consent.valid_until_date),
            "can_say_no": consent._can_say_no(),
            "notice": notice,
            "notice_lang": to_html_lang(notice.lang),
            "text": notice and notice._get_text_for(subject._get_any_record()),
        }

    def _get_state_name(self, consent):
        if consent.state == "given" and consent.notice_id.outdated:
            return consent.env._("Given for an earlier purpose; it no longer counts")
        return dict(consent._get_states())[consent.state]

    def _in_language(self, consents, link):
        """Speak the person's language, or else that of the notice, or else the browser's."""
        mine = consents._get_of_link(link)
        subject = consents.env["social.subject"]._get_by_key(link.subject)
        lang = consents.env["social.link"]._choose_lang(
            subject._get_lang(), mine.notice_id[:1].lang, request.best_lang
        )
        return consents.with_context(lang=lang)
