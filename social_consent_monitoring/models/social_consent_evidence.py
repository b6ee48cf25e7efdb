import ipaddress
import json
import secrets
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import SQL, email_normalize

from ..digests import get_digest, sha256
from ..storable import make_storable
from .social_consent_event import BATCH, Break
from .social_decision import KEEP_CALLS_YEARS

# What the officer reads as fields of their own.
SHOWN = (
    "note",
    "medium",
    "lang",
    "notice_version",
    "notice_hash",
    "platform",
    "ip",
    "user_agent",
    "guardian",
    "birth_date",
    "age",
    "incentive",
    "occasion",
    "reason",
    "number_proven_at",
)
# What the evidence itself says of documents, address and number.
RESERVED = {"documents", "address_digest", "number_digest", "incentive"}


class Proof(NamedTuple):
    """What a door was told: its name, details in JSON's types, the address, uploaded documents.

    ``said``: what it was told of single persons besides, by id of ``social.subject``. ``number``:
    the one that the person proved to hold.
    """

    method: str
    details: dict
    address: str
    documents: models.BaseModel
    said: dict = {}
    number: str = ""


class SocialConsentEvidence(models.Model):
    """What proves a consent event (rule 5: the privacy officer alone reads it).

    Apart from the event, so that it can be erased: the chain holds its salted digest only. All
    that it says stands in ``details``, which the digest is taken over; the other columns and
    fields repeat it for reading.
    """

    _name = "social.consent.evidence"
    _inherit = ["social.door.mixin"]
    _description = "Consent Evidence"
    _order = "id desc"

    event_id = fields.Many2one(
        "social.consent.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    consent_id = fields.Many2one(related="event_id.consent_id")
    partner_id = fields.Many2one(related="event_id.consent_id.partner_id", string="Contact")
    door = fields.Char("How It Came In", compute="_compute_shown")
    event_state = fields.Selection(related="event_id.state", string="Decision")
    method = fields.Char(
        "Door", readonly=True, required=True, help="How the decision reached the system."
    )
    acting_user_id = fields.Many2one("res.users", "Entered By", readonly=True, ondelete="set null")
    notice_id = fields.Many2one("social.consent.notice", readonly=True, ondelete="restrict")
    details = fields.Text(readonly=True, help="Canonical JSON: all that the door recorded.")
    salt = fields.Char(readonly=True, required=True)
    digest = fields.Char(readonly=True, required=True, help="SHA-256 of salt and details.")
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Documents", compute="_compute_attachment_ids"
    )
    note = fields.Text(compute="_compute_shown")
    medium = fields.Char("By Way Of", compute="_compute_shown")
    lang = fields.Char("Language of the Notice", compute="_compute_shown")
    notice_version = fields.Char("Version of the Notice", compute="_compute_shown")
    notice_hash = fields.Char("Hash of the Notice", compute="_compute_shown")
    platform = fields.Char("Given At", compute="_compute_shown")
    ip = fields.Char("IP Address (Truncated)", compute="_compute_shown")
    user_agent = fields.Char("Browser", compute="_compute_shown")
    guardian = fields.Text(compute="_compute_shown", help="Who consented for a minor, and how.")
    birth_date = fields.Char(compute="_compute_shown")
    age = fields.Char("Stated Age", compute="_compute_shown")
    incentive = fields.Char(compute="_compute_shown")
    occasion = fields.Char(compute="_compute_shown")
    reason = fields.Text(compute="_compute_shown")
    number_proven_at = fields.Char(
        "Number Proven (UTC)",
        compute="_compute_shown",
        help="When the person typed in the code that was sent to the number.",
    )

    def _compute_attachment_ids(self):
        found = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        documents = found.grouped("res_id")
        for evidence in self:
            evidence.attachment_ids = documents.get(evidence.id, False)

    @api.depends("details")
    def _compute_shown(self):
        doors = self.env["res.partner"]._get_social_doors()
        for evidence in self:
            details = _parse(evidence.details)
            evidence.door = doors.get(evidence.method, evidence.method)
            for name in SHOWN:
                value = details.get(name)
                evidence[name] = False if value is None else str(value)

    @api.model
    def _describe_request(self):
        """Return how a person acts on the web; the door shortens the address of the computer."""
        described = {"medium": "web", "lang": self.env.context.get("lang")}
        if request:
            described["ip"] = request.httprequest.remote_addr
            described["user_agent"] = str(request.httprequest.user_agent)
        return described

    @api.model
    def _read(self, method, evidence):
        """Return what the door was told, with no more of the person than is needed.

        :return: a :class:`Proof`
        :raises UserError: for a document that is missing, or a date that is none
        """
        # An age of 0 says something, unlike False.
        given = {
            name: value
            for name, value in (evidence or {}).items()
            if value is not None and value is not False and value != ""
        }
        address = _normalize(given.pop("address", None))
        number = given.pop("number", "")
        documents = self._get_documents(given.pop("attachment_ids", ()))
        return Proof(method, self._clean(given, documents), address, documents, number=number)

    @api.model
    def _prepare(self, rows, proof, addresses):
        """Return the values of one evidence for each row of a consent, with salt and digest.

        :param dict addresses: by id of ``social.subject``, where the door did not name one
        """
        common, prepared = {}, []
        for row in rows:
            terms = (row["notice_id"], row["platform_id"])
            if terms not in common:
                common[terms] = {**proof.details, **self._prepare_details(proof.method, *terms)}
            salt = secrets.token_hex(16)
            address = proof.address or addresses.get(row["subject_id"])
            said = {"address_digest": get_digest(salt, address)} if address else {}
            if proof.number:
                said["number_digest"] = get_digest(salt, proof.number)
            own = {**proof.said.get(row["subject_id"], {}), **common[terms], **said}
            details = json.dumps(own, sort_keys=True, default=str)
            prepared.append(
                {
                    "method": proof.method,
                    "acting_user_id": self.env.uid,
                    "notice_id": row["notice_id"],
                    "details": details,
                    "salt": salt,
                    "digest": get_digest(salt, details),
                }
            )
        return prepared

    @api.model
    def _prepare_details(self, method, notice_id, platform_id):
        """Return what the door knows by itself: who, how, to which text, and where."""
        notice = self.env["social.consent.notice"].sudo().browse(notice_id or ())
        platform = self.env["social.platform"].sudo().browse(platform_id or ())
        return {
            "method": method,
            "acting_user": self.env.uid,
            "notice": notice.id or None,
            "notice_version": notice.version or None,
            "notice_hash": notice.text_hash if notice else None,
            "lang": notice.lang or None,
            "platform": platform.code or None,
        }

    @api.model
    def _clean(self, given, documents):
        if RESERVED & given.keys():
            raise UserError(self.env._("Documents go in by “attachment_ids”."))
        cleaned = {str(name): _plain(value) for name, value in given.items()}
        if "ip" in cleaned:
            cleaned["ip"] = truncate_ip(cleaned["ip"])
        if "user_agent" in cleaned:
            cleaned["user_agent"] = str(cleaned["user_agent"])[:300]
        if incentive_id := cleaned.pop("incentive_id", None):
            incentive = self.env["social.consent.incentive"].sudo().browse(incentive_id)
            cleaned["incentive"] = incentive._get_evidence()
        if documents:
            cleaned["documents"] = [
                {"name": document.name, "sha256": get_file_digest(document)}
                for document in documents
            ]
        return cleaned

    @api.model
    def _get_documents(self, attachment_ids):
        """Return the uploads: only what the acting user may read, and has content."""
        if not attachment_ids:
            return self.env["ir.attachment"]
        documents = self.env["ir.attachment"].sudo(False).browse(attachment_ids).exists()
        documents.check_access("read")
        if len(documents) != len(attachment_ids) or not all(
            document.type == "binary" and document.raw for document in documents
        ):
            raise UserError(
                self.env._("A document is missing or empty. Upload the signed form or the record.")
            )
        return documents.sudo()

    @api.model
    def _store(self, prepared, event_ids, documents=()):
        """Write one evidence for each event, and file the documents with each."""
        now, uid = fields.Datetime.now(), self.env.uid
        ids = self.env.cr.execute_values(
            """
            INSERT INTO social_consent_evidence (event_id, method, acting_user_id, notice_id,
                details, salt, digest, create_uid, write_uid, create_date, write_date)
            VALUES %s RETURNING id
            """,
            [
                (event_id, *vals.values(), uid, uid, now, now)
                for vals, event_id in zip(prepared, event_ids, strict=True)
            ],
            page_size=1000,
            fetch=True,
        )
        self.invalidate_model()
        for document in documents:
            for (evidence_id,) in ids:
                self.browse(evidence_id)._file(document)

    def _file(self, document):
        """Keep a copy of an upload, which nobody else has a link to."""
        document.copy(
            {
                "name": document.name,
                "res_model": self._name,
                "res_id": self.id,
                "res_field": False,
                "public": False,
                "access_token": False,
            }
        )

    def _has_address(self, address):
        """Tell whether this e-mail address is the one that the act was proven by."""
        self.ensure_one()
        digest = _parse(self.details).get("address_digest")
        normalized = _normalize(address)
        return bool(normalized) and digest == get_digest(self.salt, normalized)

    def _has_any_address(self):
        self.ensure_one()
        return "address_digest" in _parse(self.details)

    @api.model
    def _find_break(self, only=None):
        """Find evidence that says something else than when its event was recorded.

        Evidence may be gone: it is erased on request, and the chain holds without it.

        :return: a ``Break``, or None
        """
        found = self._find_changed(only) or self._find_changed_documents(only)
        if not found:
            return None
        return Break(found.event_id, self.env._("Evidence %s was changed.", found.id))

    @api.model
    def _find_changed(self, only=None):
        """Return the first evidence whose digest, details, columns, text and event do not agree."""
        notices = self.env["social.consent.notice"].sudo().search([])
        hashes = {notice.id: notice.text_hash for notice in notices}
        persons = SQL("AND event.subject_key = ANY(%s)", only) if only is not None else SQL()
        after = 0
        while rows := self.env.execute_query(
            SQL(
                "SELECT evidence.id, payload, digest, salt, details, method, acting_user_id,"
                " notice_id FROM social_consent_evidence evidence"
                " JOIN social_consent_event event ON event.id = evidence.event_id"
                " WHERE evidence.id > %s %s ORDER BY evidence.id LIMIT %s",
                after,
                persons,
                BATCH,
            )
        ):
            for row in rows:
                if not _is_whole(hashes, *row[1:]):
                    return self.browse(row[0])
            after = rows[-1][0]
        return self.browse()

    @api.model
    def _find_changed_documents(self, only=None):
        """Return the first evidence with a document that was not filed with it, or without one."""
        persons = [("event_id.subject_key", "in", only)] if only is not None else []
        filed = self.search([*persons, ("details", "like", '"documents"')], order="id")
        documents = self.env["ir.attachment"].sudo()
        strange = documents.search([("res_model", "=", self._name)]).mapped("res_id")
        for evidence in filed | self.search([*persons, ("id", "in", strange)]):
            said = _parse(evidence.details).get("documents", ())
            kept = sorted(get_file_digest(document) for document in evidence.attachment_ids)
            if kept != sorted(document["sha256"] for document in said):
                return evidence
        return self.browse()

    @api.model
    def _select_outlived_evidence(self, moment):
        """Return the query for evidence of consents that ended before ``moment``.

        A consent ends with its withdrawal, its refusal or its time; one that was asked for and
        never answered, with the asking. What proves a consent to calls is kept for five years
        from then: it may have been used until its end (UWG section 7a(2)).
        """
        calls = fields.Datetime.now() - relativedelta(years=KEEP_CALLS_YEARS)
        return SQL(
            """
            SELECT evidence.id, ended.at FROM social_consent_evidence evidence
            JOIN social_consent_event event ON event.id = evidence.event_id
            JOIN social_consent consent ON consent.id = event.consent_id
            JOIN social_consent_event last ON last.sequence = consent.event_sequence
            CROSS JOIN LATERAL (
                SELECT CASE WHEN recorded_state = 'given' THEN valid_until
                    ELSE last.happened_at END AS at
            ) ended
            WHERE ended.at < CASE WHEN channel = 'phone' THEN LEAST(%s, %s) ELSE %s END
            """,
            moment,
            calls,
            moment,
        )

    def unlink(self):
        """Take the documents along: the evidence is erased as a whole, or kept."""
        self.sudo().attachment_ids.unlink()
        return super().unlink()

    @api.depends("method")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for evidence in self:
            evidence.display_name = self.env._("Evidence %s", evidence.id)


def truncate_ip(address):
    """Return the network of an address: /24 for IPv4, /48 for IPv6, None for anything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False))


def _is_whole(hashes, payload, digest, salt, details, method, user_id, notice_id):
    """Tell whether the columns of evidence, its event and its notice agree."""
    said = _parse(details)
    return (
        digest == get_digest(salt, details)
        and f'"evidence":"{digest}"' in payload
        and said.get("method") == method
        and (user_id is None or said.get("acting_user") == user_id)
        and said.get("notice") == notice_id
        and said.get("notice_hash") == hashes.get(notice_id)
    )


def _parse(details):
    """Return what evidence says; ``{}`` where it was changed into something else."""
    try:
        said = json.loads(details or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _plain(value):
    """Return a value in JSON's types, without the characters that no database takes."""
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if value is None or isinstance(value, (bool, int)):
        return value
    return make_storable(value)


def _normalize(address):
    """Return an e-mail address, or another one, in the form that is compared."""
    text = str(address or "").strip()
    return email_normalize(text, strict=False) or text.lower()


def get_file_digest(document):
    """Return the SHA-256, hexadecimal, of an attachment's content."""
    return sha256(document.raw or b"")
