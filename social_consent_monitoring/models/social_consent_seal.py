import hashlib
import json
import logging
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, config

from ..digests import canonical, hash_link, iso
from .social_consent_event import BATCH, Break

SEAL_VERSION = 1
# An act that took its place long ago may be committed only now; no transaction lives longer.
LOOK_BACK = timedelta(days=1)
MAIL_EVERY = timedelta(hours=23)

# The first event that a seal names, and that is gone or another by now.
MISSING = """
    SELECT head.subject_key, head.event_sequence, seal.sequence
    FROM social_consent_seal_head head
    JOIN social_consent_seal seal ON seal.id = head.seal_id
    LEFT JOIN social_consent_event event ON event.sequence = head.event_sequence
    WHERE (%(persons)s) AND (
        event.hash IS DISTINCT FROM head.event_hash OR event.subject_key != head.subject_key
    )
    ORDER BY head.event_sequence LIMIT 1
"""

_logger = logging.getLogger(__name__)


class SocialConsentSeal(models.Model):
    """A seal over the ends of all chains that grew since the seal before it.

    The seals are a chain themselves. Each is anchored outside of its table: in an attachment, in
    a file on the server, and once a day in a mail to the privacy officers. Whoever removes the
    last event of a person, or replaces whole chains, would have to change all of these.
    """

    _name = "social.consent.seal"
    _inherit = ["social.append.only.mixin"]
    _description = "Seal of the Consent Events"
    _order = "sequence desc"
    _log_access = False

    sequence = fields.Integer(required=True, readonly=True)
    sealed_at = fields.Datetime(required=True, readonly=True)
    payload = fields.Text(
        required=True, readonly=True, help="Canonical JSON: what the hash is taken over."
    )
    previous_hash = fields.Char(readonly=True)
    hash = fields.Char(required=True, readonly=True)
    is_mailed = fields.Boolean("Sent to the Officers", readonly=True)
    head_ids = fields.One2many("social.consent.seal.head", "seal_id", readonly=True)

    _sequence_unique = models.Constraint("UNIQUE(sequence)", "Two seals cannot share a place.")

    @api.depends("sequence")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for seal in self:
            seal.display_name = self.env._("Seal %s", seal.sequence)

    # -- sealing --------------------------------------------------------------------------------

    @api.model
    def _cron_seal(self):
        self._seal()

    @api.model
    def _seal(self):
        """Seal the chains that grew, anchor the seal, and return it; empty where nothing grew.

        Waits for nobody's act, and no act waits for it.
        """
        self.env.flush_all()
        if not self._try_lock() or self._was_sealed_meanwhile():
            return self.browse()
        heads = self._get_new_heads()
        if not heads:
            return self.browse()
        seal = self.sudo()._insert(self.sudo()._prepare_vals(heads), heads)
        seal._anchor()
        return seal

    @api.model
    def _prepare_vals(self, heads):
        """Return the columns of the next seal, which is to name these heads."""
        last = self.search([], limit=1)
        now = fields.Datetime.now()
        payload = canonical(
            {
                "version": SEAL_VERSION,
                "sequence": last.sequence + 1,
                "sealed_at": iso(now),
                "database": self._get_database_uuid(),
                "heads": len(heads),
                "heads_digest": _digest_heads(heads),
            }
        )
        return {
            "sequence": last.sequence + 1,
            "sealed_at": now,
            "payload": payload,
            "previous_hash": last.hash or None,
            "hash": hash_link(last.hash, payload),
            "is_mailed": self._must_mail(now),
        }

    @api.model
    def _must_mail(self, now):
        """Tell whether the officers, if there are any, have had no seal for a day."""
        lately = [("is_mailed", "=", True), ("sealed_at", ">", now - MAIL_EVERY)]
        return bool(self._get_officers()) and not self.search_count(lately, limit=1)

    @api.model
    def _try_lock(self):
        """Tell whether nobody else is sealing; until this transaction ends, nobody else will."""
        query = "SELECT pg_try_advisory_xact_lock(hashtext('social_consent_seal'))"
        return self.env.execute_query(SQL(query))[0][0]

    @api.model
    def _was_sealed_meanwhile(self):
        """Tell whether somebody sealed since this transaction began, which does not see it.

        The caller holds the lock. What this transaction would seal waits for the next time.
        """
        query = SQL("SELECT coalesce(max(sequence), 0) FROM social_consent_seal")
        [(seen,)] = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            return cr.fetchone()[0] > seen

    @api.model
    def _get_new_heads(self):
        """Return (subject key, sequence, hash) of each chain's end that no seal names yet."""
        return self.env.execute_query(
            SQL(
                """
                SELECT grown.subject_key, grown.sequence, grown.hash
                FROM (
                    SELECT DISTINCT ON (subject_key) subject_key, sequence, hash
                    FROM social_consent_event WHERE sequence > %s
                    ORDER BY subject_key, sequence DESC
                ) grown
                WHERE NOT EXISTS (
                    SELECT FROM social_consent_seal_head head
                    WHERE head.subject_key = grown.subject_key
                      AND head.event_sequence >= grown.sequence
                )
                ORDER BY grown.subject_key COLLATE "C"
                """,
                self._get_settled_sequence(),
            )
        )

    @api.model
    def _get_settled_sequence(self):
        """Return the place up to which every event that will ever be there has been sealed.

        What took its place before the last seal, and was committed after it, is younger than
        that seal by one transaction's life at most.
        """
        last = self.sudo().search([], limit=1)
        settled = last.sealed_at and self.sudo().search(
            [("sealed_at", "<", last.sealed_at - LOOK_BACK)], limit=1
        )
        if not settled:
            return 0
        query = "SELECT max(event_sequence) FROM social_consent_seal_head WHERE seal_id = %s"
        return self.env.execute_query(SQL(query, settled.id))[0][0]

    @api.model
    def _insert(self, vals, heads):
        """Write a seal and, in the order that their digest was taken in, its heads."""
        columns = SQL(", ").join(SQL.identifier(name) for name in vals)
        statement = "INSERT INTO social_consent_seal (%s) VALUES %s RETURNING id"
        rows = self.env.execute_query(SQL(statement, columns, tuple(vals.values())))
        seal = self.browse(rows[0])
        self.env.cr.execute_values(
            "INSERT INTO social_consent_seal_head"
            " (seal_id, subject_key, event_sequence, event_hash) VALUES %s",
            [(seal.id, *head) for head in heads],
            page_size=1000,
        )
        self.invalidate_model()
        return seal

    @api.model
    def _get_database_uuid(self):
        return self.env["social.link"]._get_database()

    # -- anchors --------------------------------------------------------------------------------

    def _anchor(self):
        """Keep this seal where whoever changes the table does not reach it."""
        self.ensure_one()
        anchor = self._get_anchor()
        self.env["ir.attachment"].sudo().create(
            {
                "name": f"seal-{self.sequence:06}.json",
                "raw": anchor.encode(),
                "mimetype": "application/json",
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        # What is rolled back was never sealed.
        path = self._get_file()
        self.env.cr.postcommit.add(lambda: _append_line(path, anchor))
        if self.is_mailed:
            self._mail()

    def _get_anchor(self):
        """Return the line that stands for this seal: JSON, with nothing personal."""
        return json.dumps(
            {
                "database": json.loads(self.payload)["database"],
                "seal": self.sequence,
                "sealed_at": iso(self.sealed_at),
                "hash": self.hash,
            },
            sort_keys=True,
        )

    @api.model
    def _get_file(self):
        """Return the file on the server that the seals are anchored in."""
        folder = Path(config["data_dir"]) / "social_consent_seals"
        return folder / f"{self.env.cr.dbname}.jsonl"

    @api.model
    def _get_officers(self):
        group = self.env.ref("social_consent_monitoring.group_privacy_officer").sudo()
        return group.all_user_ids.filtered(lambda user: user.active and user.email)

    def _mail(self):
        """Send the seal to the privacy officers: their mailbox is out of the server's reach."""
        for officer in self._get_officers():
            _ = self.with_context(lang=officer.lang).env._
            keep = _(
                "Keep this message. With it anybody can show later that no consent "
                "event up to this seal was changed or removed."
            )
            self._tell(
                officer,
                _("Seal %s of the consent record", self.sequence),
                Markup("<p>%s</p><pre>%s</pre>") % (keep, self._get_anchor()),
                author_id=self.env.company.partner_id.id,
                auto_delete=True,
            )

    @api.model
    def _tell(self, officer, subject, body, **vals):
        """Queue a mail to one privacy officer."""
        self.env["mail.mail"].sudo().create(
            {"subject": subject, "body_html": body, "email_to": officer.email_formatted, **vals}
        )

    # -- checking -------------------------------------------------------------------------------

    def action_check(self):
        """Check the whole record of consents, and say what was found (for the officer)."""
        self.check_access("read")
        broken = self.env["social.consent.event"]._find_break()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Record of consents"),
                "message": broken.reason if broken else self._say_whole(),
                "type": "danger" if broken else "success",
                "sticky": bool(broken),
            },
        }

    def action_seal(self):
        """Seal what happened since the last seal, now instead of within the hour."""
        self.check_access("read")
        seal = self._seal()
        if not seal:
            raise UserError(self.env._("Nothing happened since the last seal."))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("Seal %s was put on the record.", seal.sequence),
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _say_whole(self):
        return self.env._(
            "Whole: nothing was changed or removed. %(events)s events, %(seals)s seals.",
            events=self.env["social.consent.event"].sudo().search_count([]),
            seals=self.sudo().search_count([]),
        )

    @api.model
    def _cron_check(self):
        """Check everything once a week; what is broken is logged, and told to the officers."""
        broken = self.env["social.consent.event"]._find_break()
        if not broken:
            return
        _logger.error("The record of consents is broken: %s", broken.reason)
        for officer in self._get_officers():
            subject = self.with_context(lang=officer.lang).env._("The record of consents is broken")
            self._tell(officer, subject, Markup("<p>%s</p>") % broken.reason)

    @api.model
    def _find_break(self, only=None):
        """Return the first ``Break`` of the seals or of what they name, or None.

        :param only: subject keys of the only persons that matter; by default all
        """
        return (
            (self._find_broken_seal() if only is None else None)
            or self._find_missing_head(only)
            or (self._find_broken_anchor() if only is None else None)
        )

    @api.model
    def _find_broken_seal(self):
        previous, digests = None, self._digest_all_heads()
        for seal in self.search([], order="sequence"):
            said = _parse_anchor(seal.payload)
            if (
                (seal.previous_hash or None) != previous
                or seal.hash != hash_link(previous, seal.payload)
                or said.get("sequence") != seal.sequence
                or said.get("sealed_at") != iso(seal.sealed_at)
                or said.get("heads_digest") != digests[seal.id].hexdigest()
            ):
                return self._make_break(
                    self.env._("Seal %s was changed, or the one before it.", seal.sequence)
                )
            previous = seal.hash
        return None

    @api.model
    def _digest_all_heads(self):
        """Return the SHA-256 over each seal's heads by the seal's id; that of no heads, too.

        In the order in which they were written, and all seals at once: there may be thousands.
        """
        digests, after = defaultdict(hashlib.sha256), 0
        while rows := self._read_heads(after):
            for _id, seal_id, *head in rows:
                digests[seal_id].update(_say_head(*head))
            after = rows[-1][0]
        return digests

    @api.model
    def _read_heads(self, after):
        """Return the heads that follow an id: (id, seal's id, subject key, sequence, hash)."""
        return self.env.execute_query(
            SQL(
                "SELECT id, seal_id, subject_key, event_sequence, event_hash"
                " FROM social_consent_seal_head WHERE id > %s ORDER BY id LIMIT %s",
                after,
                BATCH,
            )
        )

    @api.model
    def _find_missing_head(self, only=None):
        """Find an event that a seal names, and that is gone or another by now."""
        persons = SQL("head.subject_key = ANY(%s)", only) if only is not None else SQL("TRUE")
        rows = self.env.execute_query(SQL(MISSING, persons=persons))
        if not rows:
            return None
        key, event_sequence, sequence = rows[0]
        return self._make_break(
            self.env._(
                "Event %(event)s, which seal %(seal)s names, is gone or was replaced.",
                event=event_sequence,
                seal=sequence,
            ),
            key,
        )

    @api.model
    def _find_broken_anchor(self, lines=None):
        """Compare the seals with what was anchored outside of their table.

        :param lines: anchors, as mail and file have them; by default the server's file and the
            attachments
        """
        # Another database may share the file's name; a changed identity must not blind the check.
        databases = {self._get_database_uuid(), *map(_get_database, self.search([]))}
        anchors = self._read_file() if lines is None else map(_parse_anchor, lines)
        anchors = [anchor for anchor in anchors if anchor.get("database") in databases]
        if lines is None:
            # The attachments are in this very database, whatever it is called.
            anchors += self._read_attachments()
        # After the anchors: a seal is there before its anchor is.
        hashes = self._read_hashes()
        for anchor in anchors:
            if hashes.get(anchor.get("seal")) != anchor.get("hash"):
                return self._make_break(
                    self.env._(
                        "Seal %s is not the one that was anchored outside: the record was "
                        "replaced, or an older copy of the database was restored.",
                        anchor.get("seal"),
                    )
                )
        return None

    @api.model
    def _read_hashes(self):
        """Return ``{sequence: hash}`` of all seals, as of now.

        This transaction reads what was there when it began, and the file already tells of a seal
        that was made since. A second connection sees that one.
        """
        query = SQL("SELECT sequence, hash FROM social_consent_seal")
        found = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            return {**dict(cr.fetchall()), **dict(found)}

    @api.model
    def _read_attachments(self):
        attachments = self.env["ir.attachment"].sudo().search([("res_model", "=", self._name)])
        return [
            _parse_anchor((attachment.raw or b"").decode(errors="replace"))
            for attachment in attachments
        ]

    @api.model
    def _read_file(self):
        path = self._get_file()
        return map(_parse_anchor, path.read_text().splitlines() if path.exists() else ())

    @api.model
    def _make_break(self, reason, key=""):
        return Break(self.env["social.consent.event"].sudo()._get_remains(key), reason)


def _digest_heads(heads):
    """Return the SHA-256, hexadecimal, over the ends of chains in the order of their keys."""
    digest = hashlib.sha256()
    for head in heads:
        digest.update(_say_head(*head))
    return digest.hexdigest()


def _say_head(key, sequence, chained):
    return f"{key} {sequence} {chained}\n".encode()


def _get_database(seal):
    return _parse_anchor(seal.payload).get("database")


def _parse_anchor(line):
    """Return what an anchor says; a line that says nothing (cut off, empty) says ``{}``."""
    try:
        anchor = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(anchor, dict) or any(isinstance(v, (dict, list)) for v in anchor.values()):
        return {}
    return anchor


def _append_line(path, line):
    """Append to the file, after the commit: a disk that is full undoes no consent."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"{line}\n")
    except OSError:
        _logger.exception("A seal could not be anchored in the server's file")
