import secrets

from odoo import api, fields, models
from odoo.tools import SQL

from ..door import open_door
from ..suppressed import make_code
from .social_subject_request import ADDRESS_FIELDS


class SocialSubject(models.Model):
    """A data subject: nothing but a random key.

    Contacts, newsletter recipients, leads and authors point to it; consents hang on it. So the
    consent record outlives each of them, holds no personal data, and follows a person from a
    lead to a contact. It is made at the first act of consent, not for every contact there is.
    """

    _name = "social.subject"
    _inherit = ["social.door.mixin"]
    _description = "Data Subject"
    _rec_name = "key"
    _order = "id"

    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(16),
        help="Random, 32 hexadecimal digits. Says nothing about the person.",
    )
    joined_into_id = fields.Many2one(
        "social.subject",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The key that counts since two records of this person were merged.",
        groups="social_consent_monitoring.group_privacy_officer",
    )

    _key_unique = models.Constraint("UNIQUE(key)", "Two data subjects cannot share a key.")

    @api.depends("key")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for subject in self:
            subject.display_name = self.env._("Person %s", subject.key[:8])

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_door()

    @api.model
    def _make_many(self, count):
        """Return so many new data subjects: one statement, as ten thousand persons may decide."""
        if not count:
            return self.browse()
        now, uid = fields.Datetime.now(), self.env.uid
        rows = self.env.cr.execute_values(
            """
            INSERT INTO social_subject (key, create_uid, write_uid, create_date, write_date)
            VALUES %s RETURNING id
            """,
            [(secrets.token_hex(16), uid, uid, now, now) for _number in range(count)],
            page_size=1000,
            fetch=True,
        )
        return self.browse(row[0] for row in rows)

    @api.model
    def _ensure_of(self, persons):
        """Return ``{(model, id): data subject}``, making the keys that are missing.

        :param persons: the (model, id) of any number of records
        """
        ids = {}
        for model, record_id in sorted(persons):
            ids.setdefault(model, []).append(record_id)
        return {
            (model, record.id): subject
            for model, own in ids.items()
            for record, subject in self.env[model].browse(own)._ensure_subjects()
        }

    @api.model
    def _get_by_key(self, key):
        """Return the person with this key, or the one that it was joined into since."""
        subject = self.sudo().search([("key", "=", key)], limit=1)
        seen = subject
        while subject.joined_into_id and subject.joined_into_id not in seen:
            subject = subject.joined_into_id
            seen |= subject
        return subject

    def _get_all_keys(self):
        """Return these keys and all that were joined into them, however many merges ago."""
        subjects = newest = self.sudo()
        while newest:
            newest = newest.search([("joined_into_id", "in", newest.ids)]) - subjects
            subjects |= newest
        return subjects

    def _get_records(self, model):
        """Return the records of one kind that are this person, archived ones too."""
        records = self.env[model].sudo().with_context(active_test=False)
        return records.search([("social_subject_id", "in", self.ids)], order="id")

    def _get_address(self):
        """Return the first e-mail address of this person that is recorded, "" without one."""
        for model in ADDRESS_FIELDS:
            for record in self._get_records(model):
                if address := record._get_social_address():
                    return address
        return ""

    def _get_readable_record(self, env):
        """Return a record of this person that the user of ``env`` may read; none without one."""
        for model in (*ADDRESS_FIELDS, "social.author") if self else ():
            records = env[model].browse(self._get_records(model).ids)
            if env[model].has_access("read") and (seen := records._filtered_access("read")):
                return seen[0]
        return env["res.partner"]

    def _get_any_record(self):
        """Return one record of this person, or no contact where all are deleted."""
        for model in ADDRESS_FIELDS:
            if records := self._get_records(model):
                return records[0]
        return self.env["res.partner"]

    def _get_person(self):
        """Return one record of this person, an author too, or no contact where all are deleted."""
        return (
            self._get_any_record()
            or self._get_records("social.author")[:1]
            or (self.env["res.partner"])
        )

    def _get_record_at(self, model, address):
        """Return the record of this kind that still has the address, or None.

        :param str address: the keyed digest that a link holds
        """
        if model not in ADDRESS_FIELDS or not address:
            return None
        links = self.env["social.link"]
        for record in self._get_records(model):
            if links._digest_address(record._get_social_address()) == address:
                return record
        return None

    def _get_lang(self):
        """Return the code of the language that this person reads, "" where nobody knows it."""
        for model in ADDRESS_FIELDS:
            for record in self._get_records(model):
                if lang := record._get_social_lang():
                    return lang
        return ""

    def _lock_chains(self):
        """Hold the chains of these persons until the transaction ends; others wait.

        Rows are taken in the order of ids, so that two callers never wait for each other for
        ever. They are locked and not rewritten: who waited goes on afterwards, and reads the end
        of the chain as it is then (``social.consent.event._get_heads``).
        """
        self.flush_recordset()
        self.env.execute_query(
            SQL(
                "SELECT id FROM social_subject WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                self.ids,
            )
        )

    def _lock_and_check(self):
        """Hold these persons' chains; all of their consents are about to be read.

        :raises ConcurrencyError: where one of them decided since this transaction began
        """
        self._lock_chains()
        self.env["social.consent"]._check_current(SQL("subject_id = ANY(%s)", self.ids))

    def _join(self, others):
        """Let what ``others`` decided count for this person: their records were merged.

        The most restrictive state wins by company, purpose and channel. Nothing is lost: the
        chains stay as they are, and what does not count any more stays with the old key.
        """
        self.ensure_one()
        others -= self
        (self | others)._lock_and_check()
        # First: what follows from a no asks what else is known of the person.
        for name in self.env.registry.descendants(["social.said.mixin"], "_inherit"):
            if not self.env[name]._abstract:
                self.env[name]._hand_over(others, self)
        consents = self.env["social.consent"].sudo()
        own = {
            consent._get_place(): consent
            for consent in consents.search([("subject_id", "=", self.id)])
        }
        for consent in consents.search([("subject_id", "in", others.ids)], order="id"):
            rival = own.get(consent._get_place())
            if rival is None:
                consent._hand_over(self)
                own[consent._get_place()] = consent
            else:
                rival._restrict_to(consent)
        self.env["social.information"]._hand_over(others, self)
        open_door(others).write({"joined_into_id": self.id})
        for name in self.env.registry.descendants(["social.subject.mixin"], "_inherit"):
            records = open_door(self.env[name].sudo().with_context(active_test=False))
            if not records._abstract:
                joined = records.search([("social_subject_id", "in", others.ids)])
                joined.write({"social_subject_id": self.id})

    def _forget_those_gone(self):
        """Empty what was said of these persons where no record of them is left (GDPR Art. 17).

        The rows stay, like the consents: they prove what a message or call rested on, and name
        nobody.
        """
        gone = self
        for name in self.env.registry.descendants(["social.subject.mixin"], "_inherit"):
            if gone and not self.env[name]._abstract:
                gone -= gone._get_records(name).social_subject_id
        for name in self.env.registry.descendants(["social.said.mixin"], "_inherit"):
            if gone and not self.env[name]._abstract:
                self.env[name]._forget(gone)

    def _stop_advertising(self, channel, *, method, evidence=None):
        """Let these persons stop advertising by a channel, and return the consents concerned.

        Who consented withdraws; who is asked, or gets it as an existing customer, objects (UWG
        section 7(3) no. 4). Counts for ``env.company``; a second time changes nothing.
        """
        self._lock_and_check()
        consents = self.env["social.consent"]
        purpose = self.env["social.consent.purpose"]._get("contact", channel)
        known = consents._get_existing(self, purpose, channel)
        spoken = [
            each.subject_id for each in known.values() if each.recorded_state != "invalidated"
        ]
        self.env["social.suppression"]._suppress(
            self - self.union(*spoken), [make_code("contact", channel)]
        )
        withdrawn = consents.union(*known.values())._withdraw(method=method, evidence=evidence)
        refused = consents._refuse_unasked(self, purpose, channel, method=method, evidence=evidence)
        self.env["social.block.mixin"]._block(channel, refused.subject_id)
        return withdrawn | refused

    def _is_proven_at(self, address):
        """Tell whether every yes of this person was said at this address ("": without one)."""
        consents = (
            self.env["social.consent"]
            .sudo()
            .search([("subject_id", "in", self.ids), ("recorded_state", "=", "given")])
        )
        proofs = (
            self.env["social.consent.evidence"]
            .sudo()
            .search([("event_id.sequence", "in", consents.mapped("event_sequence"))])
        )
        return len(proofs) == len(consents) and all(
            proof._has_address(address) if address else not proof._has_any_address()
            for proof in proofs
        )

    def _pass_on_refusals(self, record):
        """Let every no of this person count for ``record``, and no yes.

        For records that may be the same person's, where nobody has proven that they are.
        """
        self._lock_and_check()
        consents = self.env["social.consent"].sudo().search([("subject_id", "=", self.id)])
        refusals = consents.filtered(lambda consent: consent._says_no())
        if refusals:
            [(_record, subject)] = record._ensure_subjects()
            (self | subject)._lock_and_check()
            for consent in refusals:
                consent._repeat_no_for(subject)
