import hmac
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..digests import iso
from ..kinds import with_kind
from ..policy import NUMBER_CHANNELS

try:
    import phonenumbers
except ImportError:  # Odoo, too, goes without it.
    phonenumbers = None

OFFICER = "social_consent_monitoring.group_privacy_officer"
DIGITS = 6
# For how long a code counts, and how often somebody may mistype it.
MINUTES = 15
TRIES = 5
# Whoever presses twice gets one SMS.
SECONDS_BETWEEN = 60
# Numbers that earn by what reaches them, or are nobody's own, as ``phonenumbers`` calls them.
COSTLY = ("PREMIUM_RATE", "SHARED_COST", "UAN", "PAGER")
# Satellites, and numbers of the whole world.
NO_COUNTRY = "001"
# So much of a number is shown by a link that never expires.
SHOWN = 2
# Nobody's code is longer, however it is grouped.
LONGEST_CODE = 20
# What Odoo says of an SMS that its provider has taken.
SENT = ("process", "pending", "sent")


class SocialNumberProof(models.Model):
    """A code sent by SMS to whoever says yes to SMS or calls (rule 23, UWG section 7).

    Anybody may type in any number, and a mailbox proves none (BGH, 10 February 2011, I ZR
    164/09). So a yes that a person gives alone counts once the code that went to the number is
    typed in.

    A row names nobody: it is found by a keyed digest of the person, company, text, channel and
    number that its code is for. Once one of them is another, the code is worth nothing. Used once.
    """

    _name = "social.number.proof"
    _inherit = ["social.door.mixin", "social.code.mixin"]
    _description = "Number to Be Proven"
    _log_access = False
    _code_of = b"number"

    place = fields.Char(required=True, readonly=True, help="Digest of what the code is for.")
    code_digest = fields.Char(required=True, readonly=True, groups="base.group_system")
    stated_age = fields.Char(readonly=True, groups=OFFICER)
    tries = fields.Integer(required=True, readonly=True)
    expires_at = fields.Datetime("Waits Until", required=True, readonly=True)

    _place_unique = models.Constraint("UNIQUE(place)", "A code for this waits already.")

    @api.model
    def _get_shown(self, record, channel):
        """Return how the number ends that a yes to this channel takes; None where it takes none.

        "" where there is none on record, so that nobody can say yes alone.
        """
        if channel not in NUMBER_CHANNELS:
            return None
        return record._get_social_number()[-SHOWN:]

    # -- the code goes out ---------------------------------------------------------------------

    @api.model
    def _check_before(self, record, notice, evidence):
        """Refuse, before an SMS is paid for, what could not be given with it either.

        :raises UserError: where there is no number, or none for a code, or the person may not
            consent so (rule 13)
        """
        number = record._get_social_number()
        if not number:
            raise UserError(
                self.env._("We have no valid number of yours. %s", self._get_other_way())
            )
        if self._is_costly(number):
            raise UserError(self._get_no_sms())
        texts = {record.id: notice}
        record._check_person(notice.purpose_id, texts, fields.Datetime.now(), evidence)

    @api.model
    def _is_costly(self, number):
        if not phonenumbers:
            return False
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:
            return True
        if phonenumbers.region_code_for_number(parsed) == NO_COUNTRY:
            return True
        kind = phonenumbers.number_type(parsed)
        return kind in [getattr(phonenumbers.PhoneNumberType, name) for name in COSTLY]

    @api.model
    def _was_just_sent(self, record, channel, notice):
        """Tell whether a code for exactly this went out a moment ago: somebody pressed twice."""
        waiting = self._find(record, channel, notice)
        newest = timedelta(minutes=MINUTES) - timedelta(seconds=SECONDS_BETWEEN)
        return bool(waiting) and waiting.expires_at > fields.Datetime.now() + newest

    @api.model
    def _send(self, record, channel, notice, age=None):
        """Send a new code to the number on record; it replaces the one before.

        :param int age: as the person stated it, for the consent that is given by the code
        :raises UserError: where no SMS can be sent; the code before counts on
        """
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
        with self.env.cr.savepoint():
            # First: of two that press at once one stops here, starts again, and finds the other's.
            self._keep(self._get_place(record, channel, notice), code, age)
            if not self._send_sms(record, channel, code):
                raise UserError(self._get_no_sms())

    @api.model
    def _keep(self, place, code, age):
        end = fields.Datetime.now() + timedelta(minutes=MINUTES)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO social_number_proof (place, code_digest, stated_age, tries, expires_at)
                VALUES (%s, %s, %s, 0, %s) ON CONFLICT (place) DO UPDATE SET tries = 0,
                    code_digest = excluded.code_digest, stated_age = excluded.stated_age,
                    expires_at = excluded.expires_at
                """,
                place,
                self._digest_code(place, code),
                None if age is None else str(age),
                end.replace(microsecond=0),
            )
        )
        self.invalidate_model()

    @api.model
    def _send_sms(self, record, channel, code):
        """Send one SMS, and return whether the provider took it; nothing of it stays here.

        It is a service: the person asks for it, and it says only what the code does, so that
        nobody passes it on without knowing.
        """
        body = self.env._(
            "%(code)s is your code for %(company)s. Who types it in says yes to advertising by "
            "%(channel)s, so give it to nobody. You did not ask for it? Then do nothing.",
            code=code,
            company=self.env.company.name,
            channel=self.env._("SMS") if channel == "sms" else self.env._("phone"),
        )
        messages = with_kind(self.env["sms.sms"].sudo(), "service")
        sms = messages.create({"number": record._get_social_number(), "body": body})
        sms.send(unlink_sent=False)
        sent = sms.state in SENT
        sms.unlink()
        return sent

    @api.model
    def _get_no_sms(self):
        return self.env._(
            "We cannot send an SMS to your number, so nothing was switched on. %s",
            self._get_other_way(),
        )

    @api.model
    def _get_other_way(self):
        return self.env._(
            "A yes to SMS or calls takes a signed paper or a call then: ask us for it. You may say "
            "no here at any time."
        )

    # -- and comes back ------------------------------------------------------------------------

    @api.model
    def _find(self, record, channel, notice):
        """Return the code that waits for exactly this, if it still counts; else none."""
        if channel not in NUMBER_CHANNELS or not record._get_social_number():
            return self.sudo().browse()
        return self.sudo().search(
            [
                ("place", "=", self._get_place(record, channel, notice)),
                ("expires_at", ">", fields.Datetime.now()),
                ("tries", "<", TRIES),
            ]
        )

    def _take(self, code):
        """Return whether this is the code; a right one is used up, a wrong one is counted."""
        self.ensure_one()
        typed = "".join(filter(str.isdecimal, (code or "")[:LONGEST_CODE]))
        # Known before anything is compared: two tries at once are two.
        self.env.cr.execute(
            SQL("UPDATE social_number_proof SET tries = tries + 1 WHERE id = %s", self.id)
        )
        self.invalidate_recordset()
        is_right = hmac.compare_digest(self.code_digest, self._digest_code(self.place, typed))
        if is_right:
            self._forget()
        return is_right

    @api.model
    def _prepare_evidence(self, record):
        """Return what the door wants to see of a yes, right after the code was typed in.

        Nobody enters another number meanwhile.
        """
        table = SQL.identifier(record._table)
        self.env.cr.execute(
            SQL("SELECT FROM %s WHERE id = %s FOR NO KEY UPDATE", table, record.id),
            log_exceptions=False,
        )
        moment = fields.Datetime.now().replace(microsecond=0)
        return {"number": record._get_social_number(), "number_proven_at": iso(moment)}

    def _forget(self):
        self.env.cr.execute(SQL("DELETE FROM social_number_proof WHERE id = ANY(%s)", self.ids))
        self.invalidate_model()

    @api.model
    def _get_place(self, record, channel, notice):
        """Return the digest of all that a code is bound to."""
        subject = record.sudo().social_subject_id
        number = self._hmac(f"number\n{record._get_social_number()}").hex()
        bound = (subject.key, self.env.company.id, notice.id, notice.text_hash, channel, number)
        return self._hmac("\n".join(("place", *map(str, bound)))).hex()

    @api.model
    def _digest_code(self, place, code):
        return self._hmac(f"code\n{place}\n{code}").hex()

    @api.autovacuum
    def _gc_over(self):
        """Forget the codes whose time is over."""
        self.sudo().search([("expires_at", "<=", fields.Datetime.now())])._forget()
