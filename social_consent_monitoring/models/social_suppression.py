import hashlib
import hmac

from odoo import api, fields, models, tools
from odoo.tools import SQL

from ..door import open_door
from ..policy import CHANNELS, CONTACT, PURPOSES
from ..suppressed import make_handle
from .social_subject_request import ADDRESS_FIELDS

# Under this key the links' model keeps our secret: another one than the links', so that it stays
# when those are made worthless.
KEPT_AT = "social_consent_monitoring.suppression_secret"
KINDS = ("handle", "email", "phone")
# Where each kind of value stands on a record.
NORMALIZED = {"email": "email_normalized", "phone": "phone_sanitized"}


class SocialSuppression(models.Model):
    """Who objected, or was erased, and is not to come back with the next import (Art. 17, 21).

    Keyed hashes of addresses, numbers and handles, and nothing else: without the secret of this
    database nobody finds out whose they are, and no row tells what else is known of the person.
    A code is a purpose, or "contact/" and a channel: an objection to letters stops no e-mail.
    """

    _name = "social.suppression"
    _inherit = ["social.door.mixin"]
    _description = "Suppressed Address, Number or Handle"
    _order = "id"
    _log_access = False

    kind = fields.Selection(
        [("handle", "Handle"), ("email", "E-mail address"), ("phone", "Number")],
        required=True,
        readonly=True,
    )
    digest = fields.Char(required=True, readonly=True, help="HMAC-SHA256 of the value.")
    purpose = fields.Char(required=True, readonly=True)
    person = fields.Char(
        required=True,
        readonly=True,
        index=True,
        help="HMAC-SHA256 of the person's key: who consents again later takes all of it back.",
    )

    beside = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="Of the lasting id of an account: digest of the handle that it had, with which it "
        "goes on the list and comes off.",
    )
    suppressed_at = fields.Datetime(required=True, readonly=True)

    _once = models.Constraint("UNIQUE(digest, purpose, kind)", "This is suppressed already.")

    @api.ondelete(at_uninstall=False)
    def _unlink_lifted(self):
        self._check_door()

    # -- who goes on the list, and who comes off ------------------------------------------------

    @api.model
    def _suppress(self, subjects, purpose_codes=None):
        """Put all that these persons are recognised by on the list, in a constant number of queries.

        :param subjects: ``social.subject``
        :param purpose_codes: ``monitor``, ``match``, ``enrich``, ``contact``, or one channel of
            the last such as ``contact/email``; by default all
        """
        values = self._get_person_values(subjects)
        self._insert(
            [
                (kind, value, subject.key)
                for subject in subjects.sudo()
                for kind, value in sorted(values.get(subject.id, ()))
            ],
            purpose_codes,
        )

    @api.model
    def _suppress_values(self, kind, values, purpose_codes=None):
        """Put values on the list of which no person is known.

        :param kind: ``handle`` ("platform code/handle"), ``email`` or ``phone``
        """
        self._insert([(kind, value, "") for value in sorted(set(values))], purpose_codes)

    @api.model
    def _lift(self, subjects, purpose_code):
        """Take these persons off the list for a purpose, or a channel: they consent to it again."""
        if not self._has_any():
            return
        values = set().union(*self._get_person_values(subjects).values())
        self._delete([("digest", "in", self._get_digests(values))], purpose_code)
        self._delete([("person", "in", self._get_persons(subjects))], purpose_code)

    @api.model
    def _lift_values(self, kind, values, purpose_code):
        """Take values off the list for a purpose, or a channel."""
        if self._has_any():
            digests = self._get_digests((kind, value) for value in values)
            self._delete([("digest", "in", digests)], purpose_code)

    @api.model
    def _get_digests(self, pairs):
        # The kind is in the digest.
        return list(self._digest_all(pairs).values())

    @api.model
    def _get_persons(self, subjects):
        return self._get_digests(("person", subject.key) for subject in subjects.sudo())

    @api.model
    def _delete(self, domain, purpose_code):
        """Delete rows for a purpose, with those of the lasting ids that belong to their handles."""
        of_purpose = fields.Domain("purpose", "in", _expand([purpose_code]))
        rows = open_door(self.sudo())
        found = rows.search(fields.Domain(domain) & of_purpose)
        found |= rows.search(fields.Domain("beside", "in", found.mapped("digest")) & of_purpose)
        found.unlink()

    @api.model
    def _insert(self, values, purpose_codes):
        """Store (kind, value, subject key) rows; what is on the list already stays as it is."""
        codes = _expand(PURPOSES if purpose_codes is None else purpose_codes)
        persons = {("person", key) for _kind, _value, key in values}
        digests = self._digest_all({(kind, value) for kind, value, _key in values} | persons)
        now = fields.Datetime.now()
        rows = [
            (kind, digests[kind, value], code, digests["person", key], now)
            for kind, value, key in values
            for code in codes
        ]
        if not rows:
            return
        self.env.cr.execute_values(
            "INSERT INTO social_suppression (kind, digest, purpose, person, suppressed_at)"
            " VALUES %s ON CONFLICT DO NOTHING",
            rows,
            page_size=1000,
        )
        self.invalidate_model()
        handles = {value for kind, value, _key in values if kind == "handle" and value}
        self._note_accounts(self.env["social.author"]._find_accounts(handles))
        if not self._has_any_cached():
            self.env.registry.clear_cache()

    @api.model
    def _note_accounts(self, accounts):
        """Put the lasting ids of accounts beside their handles that are on the list.

        An account that takes another handle is recognised by it.

        :param accounts: ``{"platform code/handle": "platform code/lasting id"}``
        """
        if not accounts:
            return
        digests = self._digest_all({("handle", each) for pair in accounts.items() for each in pair})
        self.env.cr.execute_values(
            """
            INSERT INTO social_suppression (kind, digest, purpose, person, suppressed_at, beside)
            SELECT kind, account.digest, purpose, person, suppressed_at, known.digest
            FROM (VALUES %s) AS account (beside, digest)
            JOIN social_suppression known ON known.digest = account.beside
            ON CONFLICT DO NOTHING
            """,
            [
                (digests["handle", handle], digests["handle", account])
                for handle, account in sorted(accounts.items())
            ],
            page_size=1000,
        )
        self.invalidate_model()

    # -- who is on the list ----------------------------------------------------------------------

    @api.model
    def _find(self, kind, values, purpose_code):
        """Return those of these values that are suppressed for a purpose or channel: one query.

        For ``contact`` those that are suppressed for any channel.
        """
        codes = set(_expand([purpose_code]))
        found = self._read([(kind, value) for value in values])
        return {value for (_kind, value), known in found.items() if known & codes}

    @api.model
    def _read(self, pairs):
        """Return ``{(kind, value): codes}`` of those of these pairs that are suppressed: one query."""
        digests = {digest: pair for pair, digest in self._digest_all(pairs).items()}
        if not digests:
            return {}
        rows = self.env.execute_query(
            SQL(
                "SELECT digest, purpose FROM social_suppression WHERE digest = ANY(%s)",
                list(digests),
            )
        )
        found = {}
        for digest, code in rows:
            found.setdefault(digests[digest], set()).add(code)
        return found

    @api.model
    def _find_records(self, records):
        """Return ``{record id: codes}`` of the persons who are recognised: two queries at most."""
        values = self._get_record_values(records) if self._has_any() else {}
        known = self._read(set().union(*values.values())) if values else {}
        found = {}
        for record_id, own in values.items():
            if codes := set().union(*(known.get(pair, ()) for pair in own)):
                found[record_id] = codes
        return found

    @api.model
    def _get_moment(self, subjects, purpose_code):
        """Return when one of these persons was last suppressed for a purpose or channel, or None."""
        if not self._has_any():
            return None
        values = set().union(*self._get_person_values(subjects).values())
        rows = self.sudo().search(
            [
                ("purpose", "in", _expand([purpose_code])),
                ("digest", "in", self._get_digests(values)),
            ]
        )
        return max(rows.mapped("suppressed_at"), default=None)

    @api.model
    def _has_any(self):
        """Tell whether anybody is on the list, so that others need not be looked for."""
        [[found]] = self.env.execute_query(SQL("SELECT EXISTS (SELECT FROM social_suppression)"))
        return found

    @api.model
    @tools.ormcache(cache="default")
    def _has_any_cached(self):
        """Tell the same at no cost: records are made all day long, and this only leaves a notice."""
        return self._has_any()

    @api.model
    def _find_handles(self, subjects, purpose_code):
        """Return ``{subject id: {"platform code/handle"}}`` of those that are suppressed.

        Whoever is not on the list costs one query, however many posts are known as theirs.
        """
        persons = self._get_persons(subjects)
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT person FROM social_suppression"
                " WHERE person = ANY(%s) AND kind = 'handle' AND purpose = %s",
                persons,
                purpose_code,
            )
        )
        listed = {person for (person,) in rows}
        if not listed:
            return {}
        known = zip(subjects, persons, strict=True)
        own = subjects.browse(subject.id for subject, person in known if person in listed)
        handles = self._get_handles(own)
        suppressed = self._find("handle", set().union(*handles.values()), purpose_code)
        return {
            subject_id: both for subject_id, each in handles.items() if (both := each & suppressed)
        }

    # -- what a person is recognised by ----------------------------------------------------------

    @api.model
    def _get_record_values(self, records):
        """Return ``{record id: {(kind, value)}}`` of persons' records: at most one query."""
        names = [name for name in NORMALIZED.values() if name in records._fields]
        if records._name == "social.author":
            names = ["platform_id", "handle", "account"]
        values = {}
        for record in self.env["social.policy"]._fetch(records, names) if names else ():
            if records._name == "social.author":
                own = {
                    ("handle", make_handle(record.platform_id.code, handle))
                    for handle in (record.handle, record.account)
                    if handle
                }
            else:
                own = {
                    (kind, record[name])
                    for kind, name in NORMALIZED.items()
                    if name in names and record[name]
                }
            values[record.id] = own
        return values

    @api.model
    def _get_person_values(self, subjects):
        """Return ``{subject id: {(kind, value)}}`` of all that these persons are recognised by."""
        values = {
            subject_id: {("handle", handle) for handle in handles}
            for subject_id, handles in self._get_handles(subjects).items()
        }
        for model, name in ADDRESS_FIELDS.items():
            records = subjects._get_records(model)
            known = self._get_record_values(records)
            for record in records:
                own = values.setdefault(record.social_subject_id.id, set())
                own |= known[record.id]
                own |= {("email", each) for each in tools.email_normalize_all(record[name] or "")}
        return values

    @api.model
    def _get_handles(self, subjects):
        """Return ``{subject id: {"platform code/handle"}}``: whose posts are known as theirs.

        From profiles, contracts and matches, whatever company and whether they are hidden by
        now, and from authors who decided something themselves.
        """
        if not subjects:
            return {}
        self.env.flush_all()
        rows = self.env.execute_query(SQL(HANDLES, ids=subjects.ids))
        handles = {}
        for subject_id, code, handle in rows:
            handles.setdefault(subject_id, set()).add(make_handle(code, handle))
        return handles

    # -- hashes ----------------------------------------------------------------------------------

    @api.model
    def _digest_all(self, pairs):
        """Return ``{(kind, value): keyed hash}``; "" stands for no value."""
        # Bound once: a hundred thousand recipients may be asked about.
        keyed = hmac.new(self._get_secret(), b"suppression", hashlib.sha256)
        digests = {}
        for kind, value in pairs:
            own = keyed.copy()
            own.update(f"\n{kind}\n{value}".encode())
            digests[kind, value] = own.hexdigest() if value else ""
        return digests

    @api.model
    def _get_secret(self):
        """Return the secret of this list; system administrators alone can read it."""
        return self.env["social.link"]._get_secret(True, KEPT_AT)


# Whose posts are known as whose, by the key of the person.
HANDLES = """
    SELECT partner.social_subject_id, platform.code, place.handle
    FROM res_partner partner
    JOIN LATERAL (
        SELECT platform_id, handle FROM social_profile mine
        WHERE partner_id = partner.id AND contested_at IS NULL
            -- What somebody else has proven is not this person's, whatever was said.
            AND (verified_at IS NOT NULL OR NOT EXISTS (
                SELECT FROM social_profile other
                WHERE other.platform_id = mine.platform_id AND other.handle = mine.handle
                    AND other.partner_id != mine.partner_id AND other.verified_at IS NOT NULL
            ))
        UNION SELECT handle.platform_id, handle.handle FROM social_contract contract
        JOIN social_contract_handle handle ON handle.contract_id = contract.id
        WHERE contract.partner_id = partner.id
        UNION SELECT author.platform_id, author.handle FROM social_match match
        JOIN social_mention mention ON mention.id = match.mention_id
        JOIN social_author author ON author.id = mention.author_id
        WHERE match.partner_id = partner.id
    ) place ON TRUE
    JOIN social_platform platform ON platform.id = place.platform_id
    WHERE partner.social_subject_id = ANY(%(ids)s)
    UNION
    SELECT author.social_subject_id, platform.code, author.handle
    FROM social_author author JOIN social_platform platform ON platform.id = author.platform_id
    WHERE author.social_subject_id = ANY(%(ids)s)
"""


def _expand(codes):
    """Return the codes of rows: of ``contact`` each channel has its own."""
    channels = [f"{CONTACT}/{channel}" for channel in CHANNELS]
    return [each for code in codes for each in (channels if code == CONTACT else [code])]
