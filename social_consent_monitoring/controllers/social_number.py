from odoo.exceptions import UserError
from odoo.http import request

from ..models.social_number_proof import MINUTES
from .pages import LinkPages


class NumberPages(LinkPages):
    """A yes to SMS or calls: a code goes to the number on record, and comes back by a form.

    For whoever reads the text of an offer behind a signed link. Nothing is given before the code
    is right; to refuse or withdraw takes none.
    """

    def _send_code(self, offer, channel, age, page):
        """Send a code, and lead to the page that takes it.

        :param offer: an ``Offer``
        :raises UserError: where none can be sent
        """
        record = offer.record
        proofs = record.env["social.number.proof"]
        evidence = self._get_giving_evidence(record.env, record, age)
        proofs._check_before(record, offer.notice, evidence)
        if proofs._was_just_sent(record, channel, offer.notice):
            return request.redirect(page)
        refusal = self._refuse_often("code", record.social_subject_id.key)
        refusal = refusal or self._refuse_often("number", record._get_social_number())
        refusal = refusal or self._refuse_often("codes", f"company {record.env.company.id}")
        if refusal:
            return refusal
        proofs._send(record, channel, offer.notice, evidence.get("age"))
        return request.redirect(page)

    def _show_code_form(self, offer, channel, base, back, anew, problem=None):
        """Ask for the code.

        :param back: the address where a new one is sent
        :param anew: shows the page at this address, where no code waits
        """
        env = offer.record.env
        if not env["social.number.proof"]._find(offer.record, channel, offer.notice):
            return anew(problem=problem)
        return self._render(
            env,
            "consent_number_page",
            company=env.company,
            notice=offer.notice,
            channel=dict(env["social.consent"]._get_channels())[channel],
            hidden={"channel": channel},
            end=env["social.number.proof"]._get_shown(offer.record, channel),
            minutes=MINUTES,
            problem=problem,
            base=base,
            back=back,
        )

    def _take_code(self, offer, channel, code, give):
        """Let the person consent by the right code, and return what is wrong; "": it is given.

        :param give: called with the evidence
        """
        record = offer.record
        proofs = record.env["social.number.proof"]
        waiting = proofs._find(record, channel, offer.notice)
        age = waiting.stated_age
        if not waiting or not waiting._take(code):
            if proofs._find(record, channel, offer.notice):
                return record.env._("That is not the code that we sent. Look again.")
            return self._say_no_code(record.env)
        evidence = self._get_giving_evidence(record.env, record, age)
        try:
            with record.env.cr.savepoint():
                give({**evidence, **proofs._prepare_evidence(record)})
        except UserError as error:
            return str(error)
        return ""

    def _say_no_code(self, env):
        return env._(
            "The code counts no more: its time is over, it was mistyped too often, or your number "
            "or the text is another one by now. Nothing was switched on. Have a new code sent."
        )
