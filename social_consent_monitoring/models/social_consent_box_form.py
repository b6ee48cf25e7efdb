import logging
from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import clean_context, email_normalize
from odoo.tools.misc import verify_hash_signed

from ..policy import ADULT, NUMBER_CHANNELS
from .social_commit_mixin import CONFLICTS
from .social_consent_box import AGE, PREFIX, SCOPE, SIGNED

_logger = logging.getLogger(__name__)

# How a consent that is given at a place reached the system; at all others by a form.
METHODS = {"account": "portal", "checkout": "shop"}
# A token of many boxes is far shorter.
MAX_TOKEN = 20_000


class SocialConsentBoxForm(models.Model):
    """What becomes of a form that came back with ticked boxes.

    Whatever a form brings, it goes through: what its token does not prove gives nothing, and
    nobody is told why, since the answer would tell of others.
    """

    _inherit = "social.consent.box"

    @api.model
    def _read_form(self, place, form):
        """Return what was ticked, as a dict in JSON's types; {} where nothing was, or proves it.

        :param form: the fields as they were sent
        """
        said = self._read_token(form.get(SIGNED))
        if (
            not said
            or said["place"] != place
            or said["company"] != self.env.company.id
            or said["session"] != self._get_session()
        ):
            return {}
        ticked = [row for row in said["boxes"] if form.get(f"{PREFIX}{row[0]}") == "1"]
        age = _read_age(form.get(AGE))
        return {"place": place, "boxes": ticked, "age": age} if ticked else {}

    @api.model
    def _drop_fields(self, form):
        """Return the fields of a form without those of the boxes."""
        return {
            name: value
            for name, value in form.items()
            if name != SIGNED and not name.startswith(PREFIX)
        }

    @api.model
    def _take(self, ticks, person, logged_in=True):
        """Let what was ticked be given, or asked for by e-mail; nothing of it stops the form.

        Who is logged in as the person gives at once what an act alone can give. All others get a
        mail with a link in a moment, at the address that was typed in: it may be somebody else's.

        :param dict ticks: what ``_read_form()`` returned, at once or some requests ago
        :param person: one contact, lead or newsletter recipient; none: nothing happens
        :param logged_in: False where the form itself made the account
        """
        if not ticks or not person:
            return
        person = person.sudo().with_company(self.env.company)
        is_own = logged_in and person == self._get_visitor()
        given = self.sudo()._give_at_once(ticks, person) if is_own else []
        asked = [row for row in ticks["boxes"] if row not in given]
        if asked and not self._is_too_often(person._get_social_address(), len(asked)):
            with self._stopping_nothing():
                self.env["social.consent.tick"]._add(person, {**ticks, "boxes": asked})

    @api.model
    def _get_recipient(self, address, name=""):
        """Return the newsletter recipient at an address, made anew where there is none.

        For forms that make no contact and no lead: somebody has to be asked. None where the
        address is none, or several.
        """
        address = email_normalize(address or "")
        people = self.env["mailing.contact"].sudo()
        if not address:
            return people
        people = people.with_context(clean_context(people.env.context))
        return people.search([("email_normalized", "=", address)], order="id", limit=1) or (
            people.create({"name": name or address, "email": address})
        )

    @api.model
    def _read_token(self, token):
        """Return what a token says, None for what is none of ours or is too old."""
        if not isinstance(token, str) or not 0 < len(token) < MAX_TOKEN:
            return None
        try:
            return verify_hash_signed(self.sudo().env, SCOPE, token)
        except (ValueError, TypeError):
            return None

    @api.model
    def _get_still_offered(self, ticks):
        """Return the pairs of box and notice that may still be agreed to as they were shown."""
        pairs = []
        for box_id, notice_id, text_hash in ticks["boxes"]:
            box = self.browse(box_id).exists()
            notice = self.env["social.consent.notice"].browse(notice_id).exists()
            if (
                box.place == ticks["place"]
                and box.company_id == self.env.company
                and notice.state == "published"
                and notice.text_hash == text_hash
            ):
                pairs.append((box, notice))
        return pairs

    @api.model
    def _is_too_often(self, whom, count=1):
        """Count ticks, as they may send mails; tell whether this person, or network, had too many.

        :param whom: an address; for a consent that is given at once the record, so that strangers
            who type in the address of a customer keep nobody from consenting
        """
        if not request:
            return False
        limits = self.env["social.rate.limit"]
        return bool(limits._hit("box", whom, request.httprequest.remote_addr, count))

    @contextmanager
    def _stopping_nothing(self):
        """Do it all or not at all, and let no failure of it reach the form."""
        try:
            with self.env.cr.savepoint():
                yield
        except CONFLICTS:
            # Somebody else is at work on this person: Odoo starts the request, or job, again.
            raise
        except UserError as error:
            # Its words may name somebody.
            _logger.info("A ticked box led to nothing: %s", type(error).__name__)
        except Exception as error:
            # An order is worth more than a consent.
            _logger.error("A ticked box failed: %s", type(error).__name__)

    @api.model
    def _give_at_once(self, ticks, visitor):
        """Let who is logged in consent to what an act alone can give; return what that was of it.

        :return: rows of the ticks, those included that did not lead to a consent
        """
        rows = []
        for box, notice in self._get_still_offered(ticks):
            if box._gives_at_once(visitor):
                rows.append([box.id, notice.id, notice.text_hash])
                if not box._is_too_often(f"{visitor._name},{visitor.id}"):
                    with box._stopping_nothing():
                        box._give(visitor, notice, ticks["age"])
        return rows

    def _give(self, visitor, notice, age):
        described = self.env["social.consent.evidence"]._describe_request()
        evidence = {**self._prepare_evidence(visitor, notice, described), "age": age}
        incentive = self._get_incentive()
        if incentive and age is not None and age >= ADULT:
            evidence["incentive_id"] = incentive.id
        visitor._give_social_consent(
            self.purpose_id.code,
            self.channel or None,
            notice=notice,
            method=self._get_method(),
            evidence=evidence,
        )

    def _ask(self, person, notice, described):
        """Ask by e-mail for what was ticked.

        Nobody is asked for a number's sake who has none, unless it can be entered in an account.

        :param dict described: how the form came, see ``_describe_request()``
        """
        if self.channel in NUMBER_CHANNELS and person._name != "res.partner":
            if not person._get_social_number():
                return
        evidence = self._prepare_evidence(person, notice, described)
        if incentive := self._get_incentive():
            evidence["promised"] = incentive.id
        person._request_social_consent(
            self.purpose_id.code,
            self.channel or None,
            notice=notice,
            method=self._get_method(),
            evidence=evidence,
        )

    def _get_method(self):
        return METHODS.get(self.place, "form")

    def _prepare_evidence(self, person, notice, described):
        """Return what proves that this box was ticked: how, where, and the words beside it."""
        return {
            "address": person._get_social_address(),
            **described,
            "place": self.place,
            "label": f"{self._get_title(notice.name)}. {notice.purpose_statement or ''}".strip(),
        }


def _read_age(text):
    """Return an age that was typed in, in years; None where it is none."""
    text = text.strip() if isinstance(text, str) else ""
    # Four digits are enough for the door to see that this is nobody's age.
    return int(text[:4]) if text.isascii() and text.isdecimal() else None
