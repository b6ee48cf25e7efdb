import io
import json
import mimetypes
import tempfile
from pathlib import Path

from odoo import api, fields, models

from ..digests import iso
from ..export import decisions
from ..export.archive import SPOOL, VERSION, Archive, Item, Row, Section, Value
from ..export.decisions import OWN, ROLE, SHARED
from .social_export_links import _in_batches

# So many bytes of documents go into an archive that is made in memory; larger ones are listed.
DOCUMENTS_IN_MEMORY = 100 * 1024 * 1024
SUPPRESSED_FOR = ("monitor", "match", "enrich", "contact")


class SocialExport(models.AbstractModel):
    """All data of one person (GDPR Art. 15 and 20), of the current company.

    Every model is walked, so that what an addon brings is in it by itself; what is left out is
    named in ``export/decisions.py``, with the reason. Words are in the language of the context.
    Works as superuser: whoever calls it has proven to be the person, or is the privacy officer.
    """

    _name = "social.export"
    _inherit = ["social.export.values", "social.export.words"]
    _description = "Export of a Person"

    @api.model
    def _collect(self, subject):
        """Return all that is stored about a person, for showing.

        :param subject: a ``social.subject``
        :return: a list of ``Section(code, title, rows)``; each row a ``Row(title, source,
            values)``, values a list of (label, text) without what is empty
        """
        sections = []
        export = self._with_superuser()
        for section in export._walk(export._prepare(subject)):
            rows = [
                Row(item.title, item.source, [(v.label, v.text) for v in item.values if v.text])
                for item in section.rows
            ]
            if rows:
                sections.append(Section(section.code, section.title, rows))
        return sections

    @api.model
    def _make_zip(self, subject):
        """Return ``(file name, bytes)``: the archive of a person's data.

        Documents beyond :data:`DOCUMENTS_IN_MEMORY` bytes are listed in it and not enclosed; see
        :meth:`_write_zip`, which has no such limit.
        """
        buffer = io.BytesIO()
        name = self._write_zip(subject, buffer, DOCUMENTS_IN_MEMORY)
        return name, buffer.getvalue()

    @api.model
    def _open_zip(self, subject):
        """Return ``(file name, open file)``: the whole archive, on the disk where it is large."""
        file = tempfile.SpooledTemporaryFile(SPOOL)
        name = self._write_zip(subject, file)
        file.seek(0)
        return name, file

    @api.model
    def _write_zip(self, subject, file, limit=None):
        """Write the archive of a person's data to an open file, and return its name.

        Records are read and written in batches, documents piece by piece.

        :param limit: so many bytes of documents at most
        """
        export = self._with_superuser()
        reading = export._prepare(subject)
        with Archive(file) as archive:
            export._plan_documents(archive, reading, limit)
            archive.write_data(
                export._get_head(reading), export._walk(reading), export._get_page_words()
            )
            export._write_documents(archive, reading)
            export._write_receipts(archive, reading)
        return f"{export._get_file_title()}-{reading.person.key[:8]}.zip"

    @api.model
    def _with_superuser(self):
        return self.sudo().with_context(active_test=False, allowed_company_ids=self.env.company.ids)

    # -- what stands in it -------------------------------------------------------------------

    @api.model
    def _prepare(self, subject):
        """Return the ``Reading``: who the person is, and which records are about them."""
        person = self._find_person(subject)
        return self._prepare_reading(person, self._find_records(person))

    @api.model
    def _walk(self, reading):
        """Yield the sections, each with an iterator of its ``Item``s, read batch by batch."""
        titles, found = self._get_section_titles(), reading.found
        yield Section("about", titles["about"], iter(self._get_about_items()))
        by_section = {}
        for model in found[OWN].keys() | found[SHARED].keys():
            if model != "social.subject":
                by_section.setdefault(decisions.get_section(model), []).append(model)
        for code in (*decisions.SECTIONS, "other"):
            order = decisions.SECTIONS.get(code, ())
            names = sorted(by_section.get(code, ()), key=lambda name: (_index(order, name), name))
            yield Section(code, titles[code], self._read_models(names, reading))
            if code == "consents":
                yield Section("notices", titles["notices"], self._get_notice_items(reading))
            elif code == "blocked":
                yield Section(
                    "suppressed", titles["suppressed"], self._get_suppressed_items(reading.person)
                )
        yield Section("work", titles["work"], self._get_role_items(found[ROLE]))
        yield Section("left_out", titles["left_out"], self._get_left_out_items())

    @api.model
    def _read_models(self, names, reading):
        for name in names:
            ids = reading.get_ids(name)
            columns = [
                column.field.name
                for column in self._get_columns(name, reading)
                if column.field.column_type and column.field.store
            ]
            for records in _in_batches(self.env[name], ids):
                records = records.exists()
                records.fetch(columns)
                for record in records:
                    item = self._read_item(record, reading)
                    yield self._add_path(item, reading) if name == "ir.attachment" else item
                records.invalidate_recordset(flush=False)

    @api.model
    def _add_path(self, item, reading):
        """Add to a file where it lies in the archive."""
        if path := reading.documents.get(item.id):
            item.values.append(Value("path", self.env._("File"), path, path))
        return item

    @api.model
    def _get_notice_items(self, reading):
        """Yield every text that was put before the person, complete."""
        consents = self.env["social.consent"].browse(sorted(reading.get_ids("social.consent")))
        evidence = self.env["social.consent.evidence"].search(
            [("event_id.consent_id", "in", consents.ids)]
        )
        for notice in (consents.notice_id | evidence.notice_id).sorted("id"):
            values = [
                Value("version", self.env._("Version"), notice.version, str(notice.version)),
                Value("lang", self.env._("Language"), notice.lang, notice._get_language()),
                Value("text", self.env._("Text"), notice.text, notice.text),
                Value("text_hash", "SHA-256", notice.text_hash, notice.text_hash),
            ]
            yield Item(notice._name, notice.id, notice.name, "", values)

    @api.model
    def _get_suppressed_items(self, person):
        if self._is_suppressed(person):
            text = self.env._("Yes: your data is not to be collected again.")
            value = Value("is_suppressed", self.env._("Suppressed"), True, text)
            yield Item(
                "social.suppression", 0, self.env._("List of suppressed persons"), "", [value]
            )

    @api.model
    def _is_suppressed(self, person):
        """Tell whether any address, number or handle of the person is on the list; not which."""
        suppression = self.env["social.suppression"]
        return any(
            suppression._find(kind, sorted(values), purpose)
            for kind, values in self._get_suppression_values(person).items()
            for purpose in SUPPRESSED_FOR
            if values
        )

    @api.model
    def _get_role_items(self, roles):
        """Yield in how many records of which kind the person is named: they are about others."""
        for model, field_name in sorted(roles):
            count = len(roles[model, field_name])
            label = self.env[model]._fields[field_name]._description_string(self.env)
            text = self.env._("Records: %s", count)
            value = Value(field_name, label, count, text)
            yield Item(model, 0, self._get_model_name(model), "", [value])

    # -- files -------------------------------------------------------------------------------

    @api.model
    def _plan_documents(self, archive, reading, limit):
        """Note in ``reading.documents`` the path in the archive of each file that goes into it."""
        size = 0
        for records in _in_batches(self.env["ir.attachment"], reading.get_ids("ir.attachment")):
            for document in records.exists().filtered(lambda each: each.type == "binary"):
                size += document.file_size or 0
                if limit is None or size <= limit:
                    path = archive.name_file("documents", self._get_file_name(document))
                    reading.documents[document.id] = path
            records.invalidate_recordset(flush=False)

    @api.model
    def _get_file_name(self, document):
        """Return the name of a document, with the ending that its kind has where it has none."""
        name = document.name or ""
        if "." not in name and document.mimetype:
            name += mimetypes.guess_extension(document.mimetype) or ""
        return name

    @api.model
    def _write_documents(self, archive, reading):
        for id_, path in reading.documents.items():
            document = self.env["ir.attachment"].browse(id_)
            with self._open_content(document) as content:
                archive.write_file(path, content)
            document.invalidate_recordset(flush=False)

    @api.model
    def _open_content(self, document):
        """Return an open file with the content; what other storages keep is read into memory."""
        path = document.store_fname and self.env["ir.attachment"]._full_path(document.store_fname)
        if path and Path(path).is_file():
            return open(path, "rb")
        return io.BytesIO(document.raw or b"")

    @api.model
    def _write_receipts(self, archive, reading):
        """Write one receipt for each key under which the person consented."""
        consents = self.env["social.consent"].browse(sorted(reading.get_ids("social.consent")))
        for owner, mine in consents.grouped("subject_id").items():
            receipt = json.dumps(mine._get_receipt(), ensure_ascii=False, indent=2)
            path = archive.name_file("receipts", f"receipt-{owner.key[:8]}.json")
            archive.write_bytes(path, receipt.encode())

    # -- head --------------------------------------------------------------------------------

    @api.model
    def _get_head(self, reading):
        """Return what stands before the sections in ``data.json``."""
        person = reading.person
        keys = set(person.subjects.mapped("key")) - {person.key}
        return {
            "schema": f"urn:social-consent-monitoring:export:{VERSION}",
            "version": VERSION,
            "created_at": iso(fields.Datetime.now().replace(microsecond=0)),
            "language": self._get_bcp47(),
            "controller": self._get_controller(),
            "person": {
                "key": person.key,
                "earlier_keys": sorted(keys),
                "is_suppressed": self._is_suppressed(person),
            },
        }

    @api.model
    def _get_bcp47(self):
        return (self.env.lang or "en_US").split("@")[0].replace("_", "-")


def _index(order, name):
    return order.index(name) if name in order else len(order)
