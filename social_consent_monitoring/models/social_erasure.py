import hashlib
import secrets
from collections import Counter

import psycopg2

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..door import open_door

# What keeps a record from being deleted: a rule of its model, or what refers to it.
REFUSALS = (UserError, AccessError, psycopg2.IntegrityError)
# What was said of a person, or joined with one. Profiles come last: values rest on them.
HANGING_ON_CONTACT = (
    "social.match",
    "social.enrichment",
    "social.profile",
    "social.handle.proof",
    "social.consent.request.line",
    "social.consent.tick",
    "social.paper.form",
)


class Ledger:
    """What an erasure removes and keeps, in numbers, and one digest of all that was removed."""

    def __init__(self):
        self.kept, self.emptied = Counter(), Counter()
        self._ids = {}
        self.salt = secrets.token_hex(16)
        self._sha = hashlib.sha256(self.salt.encode())

    @property
    def digest(self):
        return self._sha.hexdigest()

    @property
    def removed(self):
        return {model: len(ids) for model, ids in sorted(self._ids.items()) if ids}

    def note(self, records):
        """Take rows into the account once, as they stand in the database now."""
        known = self._ids.setdefault(records._name, set())
        records = records.browse(id_ for id_ in records.ids if id_ not in known)
        known.update(records.ids)
        if not records:
            return
        records.env.flush_all()
        rows = records.env.execute_query(
            SQL(
                "SELECT to_jsonb(t)::text FROM %s t WHERE id = ANY(%s) ORDER BY id",
                SQL.identifier(records._table),
                records.ids,
            )
        )
        for (row,) in rows:
            self._sha.update(f"\n{records._name}\n{row}".encode())

    def note_kept(self, record):
        """Take a row out of the account: it could not be deleted."""
        self._ids[record._name].discard(record.id)

    def delete(self, records):
        """Delete rows, and take them into the account."""
        records = records.sudo().exists()
        self.note(records)
        records.unlink()


class DryRun(Exception):
    """Undoes what was only tried."""


class SocialErasure(models.AbstractModel):
    """Erases a person: everything but the pseudonymous record (GDPR Art. 17).

    The objection goes first, so that the chain proves it, and the suppression, so that no import
    brings the person back. Then all goes in one transaction: everything or nothing. Where a
    document has to be kept, its contact is made anonymous.
    """

    _name = "social.erasure"
    _description = "Erasure"

    @api.model
    def _erase(self, subjects, request=None, twins=()):
        """Erase these persons, and return the proof, a ``social.erasure.proof`` for each.

        :param subjects: ``social.subject`` records
        :param request: the ``social.privacy.request`` that asks for it
        :param twins: further records that are the same person, as the privacy officer knows
        :raises UserError: for a colleague, for the company itself, or where another company has
            to agree
        """
        request = (request or self.env["social.privacy.request"]).sudo()
        scope = self.env["social.erasure.scope"]._find(subjects, twins)
        self.env["social.erasure.scope"]._check(scope)
        scope.subjects._lock_chains()
        ledger = Ledger()
        self._carry_out(scope, request, ledger)
        roots = scope.subjects.filtered(lambda subject: not subject.joined_into_id)
        return self.env["social.erasure.proof"]._append(roots, request, ledger)

    @api.model
    def _try(self, subjects, twins=()):
        """Return (scope, ledger): what an erasure would do. It is done, and undone at once.

        So nothing is promised that deleting does not keep: what is in use elsewhere shows.
        """
        scope = self.env["social.erasure.scope"]._find(subjects, twins)
        self.env["social.erasure.scope"]._check(scope)
        ledger = Ledger()
        queued = self.env.cr.precommit.data.get("bus.bus.values", [])
        before = len(queued)
        try:
            with self.env.cr.savepoint():
                self._carry_out(scope, self.env["social.privacy.request"], ledger)
                raise DryRun
        except DryRun:
            # Nobody's screen is told that something was deleted.
            del self.env.cr.precommit.data.get("bus.bus.values", [])[before:]
        return scope, ledger

    @api.model
    def _carry_out(self, scope, request, ledger):
        # Objecting takes them along already.
        self._note_social(scope, ledger)
        traces = self.env["social.erasure.traces"]
        # Objecting gives the texts of these back to who wrote them.
        traces._remove_scheduled(scope, ledger)
        self._say_no(scope, request)
        self._remove_what_was_said(scope, ledger)
        traces._remove(scope, ledger)
        # While the contacts are still there: they tell which records refer to them.
        self.env["social.anonymizer"]._redact_references(scope)
        self._remove_persons(scope, ledger)
        for model, ids in scope.kept.items():
            ledger.kept[model] += len(ids)
        requests = self.env["social.privacy.request"].sudo()
        requests.search([("subject_id", "in", scope.subjects.ids)])._forget()

    @api.model
    def _note_social(self, scope, ledger):
        """Take into the account what was collected in public, before the objection removes it."""
        authors = scope.records["social.author"]
        mentions = self.env["social.mention"].sudo()
        ledger.note(mentions.search([("author_id", "in", authors.ids)]))
        ledger.note(authors)
        ledger.note(authors._find_places(scope.handles, "social.quarantine"))
        for name in HANGING_ON_CONTACT:
            rows = self.env[name].sudo()
            ledger.note(rows.search([("partner_id", "in", scope.partners.ids)]))
        ledger.note(
            self.env["social.source"]._search_watching(
                [("watched_partner_id", "in", scope.partners.ids)]
            )
        )

    @api.model
    def _say_no(self, scope, request):
        """Object in the person's name, everywhere, and keep the person from coming back."""
        suppression = self.env["social.suppression"]
        suppression._suppress(scope.subjects)
        for kind, values in (
            ("handle", scope.handles),
            ("email", scope.addresses),
            ("phone", scope.numbers),
        ):
            suppression._suppress_values(kind, sorted(values))
        consents = self.env["social.consent"].sudo()
        consents = consents.search([("subject_id", "in", scope.subjects.ids)])
        method = request.method or "staff"
        for company in consents.company_id | self.env.company:
            said = self.env["social.subject"].sudo()
            for records in scope.records.values():
                for record in records:
                    # Objecting as a contact, an author may be gone already.
                    subject = record.exists().social_subject_id
                    if subject - said:
                        said |= subject
                        record.with_company(company)._object_social(method=method)

    @api.model
    def _remove_what_was_said(self, scope, ledger):
        """Remove evidence, what staff said, and what joins public data with the person."""
        keys = scope.subjects.mapped("key")
        evidence = open_door(self.env["social.consent.evidence"].sudo())
        ledger.delete(evidence.search([("event_id.subject_key", "in", keys)]))
        for name in self.env.registry.descendants(["social.said.mixin"], "_inherit"):
            if not self.env[name]._abstract:
                rows = open_door(self.env[name].sudo().with_context(active_test=False))
                ledger.delete(rows.search([("subject_id", "in", scope.subjects.ids)]))
        waiting = self.env["social.consent.import.part"]
        waiting._forget(scope.addresses | scope.numbers)
        of_person = [("partner_id", "in", scope.partners.ids)]
        # Closed already, unless something else than a consent let them watch.
        watching = self.env["social.source"]._search_watching(
            [("watched_partner_id", "in", scope.partners.ids)]
        )
        watching._close()
        contracts = self.env["social.contract"].sudo().search(of_person)
        contracts._forget(ledger)
        batches = self.env["social.consent.request.line"].sudo().search(of_person).batch_id
        for name in HANGING_ON_CONTACT:
            ledger.delete(open_door(self.env[name].sudo()).search(of_person))
        # A note on a request to this person alone is about this person.
        alone = batches.filtered(lambda batch: not batch.line_ids)
        open_door(alone).write({"note": False})

    @api.model
    def _remove_persons(self, scope, ledger):
        """Delete the records that are the person; make anonymous what must be kept."""
        authors = scope.records["social.author"]
        mentions = self.env["social.mention"].sudo()
        ledger.delete(mentions.search([("author_id", "in", authors.ids)]))
        aside = authors._find_places(scope.handles, "social.quarantine")
        ledger.delete(open_door(aside.sudo()))
        for model in ("social.author", "mailing.contact", "crm.lead"):
            for record in scope.records[model]:
                self._delete_or_empty(record, scope, ledger)
        for user in scope.users:
            self._remove_user(user, ledger)
        self._remove_restricting(scope, ledger)
        kept = self._find_contacts_in_use(scope)
        for partner in scope.partners:
            if partner in kept:
                self._empty(partner, scope, ledger)
            else:
                self._delete_or_empty(partner, scope, ledger)

    @api.model
    def _find_contacts_in_use(self, scope):
        """Return the contacts of documents that must be kept: they stay, without a name."""
        found = scope.partners.browse()
        kept_models = self.env["social.erasure.scope"]._get_social_kept_models()
        for model, ids in scope.kept.items():
            contact = kept_models[model][0] if model in kept_models else None
            for document in self.env[model].sudo().browse(ids):
                found |= document[contact] if contact else found
        return found & scope.partners

    @api.model
    def _remove_restricting(self, scope, ledger):
        """Delete what keeps a contact from being deleted; what itself cannot be deleted is kept."""
        for field in self._get_fields_to("res.partner"):
            if field.ondelete != "restrict" or field.model_name == "res.users":
                continue
            rows = self.env[field.model_name].sudo().with_context(active_test=False)
            for row in rows.search([(field.name, "in", scope.partners.ids)]):
                if row.id in scope.kept.get(row._name, ()):
                    continue
                if not self._delete(row, ledger):
                    scope.kept.setdefault(row._name, set()).add(row.id)

    @api.model
    def _get_fields_to(self, model, kinds=("many2one",)):
        """Return the stored fields, of lasting records, that refer to a model."""
        for name in sorted(self.env):
            records = self.env[name]
            if records._abstract or records._transient or not records._auto:
                continue
            for field in records._fields.values():
                if field.type in kinds and field.store and field.comodel_name == model:
                    if not field.inherited and not field.related:
                        yield field

    @api.model
    def _delete(self, record, ledger):
        """Delete one record; return False where that is refused, and nothing has changed."""
        try:
            with self.env.cr.savepoint():
                ledger.delete(record)
        except REFUSALS:
            ledger.note_kept(record)
            return False
        return True

    @api.model
    def _delete_or_empty(self, record, scope, ledger):
        if record.exists() and not self._delete(record, ledger):
            self._empty(record, scope, ledger)

    @api.model
    def _empty(self, record, scope, ledger):
        ledger.note(record)
        ledger.note_kept(record)
        ledger.emptied[record._name] += 1
        self.env["social.anonymizer"]._empty(record, ledger)

    @api.model
    def _remove_user(self, user, ledger):
        """Delete a portal user; one that something else needs is archived without a name."""
        for name in ("res.device.log", "res.users.log"):
            column = "user_id" if name == "res.device.log" else "create_uid"
            ledger.delete(self.env[name].sudo().search([(column, "=", user.id)]))
        if not self._delete(user, ledger):
            ledger.emptied["res.users"] += 1
            user.with_context(tracking_disable=True).write(
                {
                    "active": False,
                    "login": f"erased-{secrets.token_hex(8)}",
                    "password": secrets.token_hex(32),
                    "signature": False,
                }
            )

    @api.model
    def _get_model_names(self):
        """Return a function that says a model's name, in the user's language."""
        names = self.env["ir.model"].sudo()

        def say(model):
            return names._get(model).name if model in self.env else model

        return say
