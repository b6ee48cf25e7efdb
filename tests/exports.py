"""What the tests of the export start from: an archive that is opened, and rows of any model."""

import io
import json
import re
import zipfile

from psycopg2 import Error, sql

from odoo import fields
from odoo.tools import mute_logger

TARGETS = (
    "res.partner",
    "res.users",
    "mailing.contact",
    "crm.lead",
    "social.author",
    "social.subject",
)
# Names of columns that may hold a person's address, number or key.
ADDRESS = re.compile(
    r"(^|_)(email|emails|email_to|mail_address|reply_to|phone|mobile|number|numbers|handle|subject_key)(_|$)"
)


class Archive:
    """A person's archive, read as a program and as a person read it."""

    def __init__(self, content):
        self.content = content
        self.zip = zipfile.ZipFile(io.BytesIO(content))
        assert self.zip.testzip() is None
        self.text = self.zip.read("data.json").decode()
        self.data = json.loads(self.text)
        self.schema = json.loads(self.zip.read("schema.json"))
        self.page = self.zip.read("data.html").decode()
        self.names = self.zip.namelist()

    def section(self, code):
        [section] = [each for each in self.data["sections"] if each["code"] == code]
        return section["records"]

    def records(self, model):
        every = [record for each in self.data["sections"] for record in each["records"]]
        return [record for record in every if record["model"] == model]

    def ids(self, model):
        return {record["id"] for record in self.records(model)}

    def values(self, model, name):
        return [
            value["value"]
            for record in self.records(model)
            for value in record["values"]
            if value["name"] == name
        ]

    def documents(self):
        return {
            name.removeprefix("documents/"): self.zip.read(name)
            for name in self.names
            if name.startswith("documents/")
        }


class Exporting:
    """Makes archives, and rows of whatever model, as far as the database takes them."""

    def export(self, subject=None):
        subject = subject or self.partner._ensure_subjects()[0][1]
        self.env.flush_all()
        _name, content = self.env["social.export"]._make_zip(subject)
        return Archive(content)

    # -- what leads to a person, looked for apart from the code that is tested -----------------

    def find_links(self):
        """Return (model, field, kind, target) of all stored fields that may lead to a person."""
        links = []
        for name in sorted(self.env.registry):
            model = self.env[name]
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                if not field.store or field.name in ("create_uid", "write_uid"):
                    continue
                if field.type in ("many2one", "many2many") and field.comodel_name in TARGETS:
                    links.append((name, field.name, field.type, field.comodel_name))
                elif field.type in ("many2one_reference", "reference") or (
                    field.type == "integer" and field.name.endswith("res_id")
                ):
                    links.append((name, field.name, "pair", None))
                elif field.type in ("char", "text") and ADDRESS.search(field.name):
                    links.append((name, field.name, "value", None))
        return links

    # -- rows --------------------------------------------------------------------------------

    def make_row(self, model, values=None):
        """Insert a row with SQL, with what the database demands; return its id.

        Each text that nothing is said of holds a mark with its own name; where the database does
        not take that, only what it demands is filled in.
        """
        for marked in (True, False):
            columns = {**self._fill(model, marked), **(values or {})}
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                    return self.insert(self.env[model]._table, columns)
            except Error as error:
                problem = error
        raise AssertionError(f"No row of {model} could be made: {problem}")

    def insert(self, table, columns, returning="RETURNING id"):
        names = list(columns)
        self.env.cr.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({}) {}").format(
                sql.Identifier(table),
                sql.SQL(", ").join(map(sql.Identifier, names)),
                sql.SQL(", ").join(sql.Placeholder() * len(names)),
                sql.SQL(returning),
            ),
            [columns[name] for name in names],
        )
        return self.env.cr.fetchone()[0] if returning else None

    def _fill(self, model, marked):
        self.env.cr.execute(
            "SELECT column_name, is_nullable = 'NO', data_type FROM information_schema.columns"
            " WHERE table_name = %s AND column_name <> 'id'",
            [self.env[model]._table],
        )
        columns = {}
        for name, required, kind in self.env.cr.fetchall():
            field = self.env[model]._fields.get(name)
            if field is None:
                continue
            if name == "company_id":
                columns[name] = self.env.company.id
            elif marked and field.type in ("char", "text", "html") and not field.company_dependent:
                mark = self.mark(model, name)
                columns[name] = json.dumps({"en_US": mark}) if kind.startswith("json") else mark
            elif required:
                columns[name] = self._get_required(field, kind)
        return columns

    def _get_required(self, field, kind):
        if field.type == "many2one":
            found = self.env[field.comodel_name].sudo().with_context(active_test=False)
            return found.search([], limit=1).id or self.make_row(field.comodel_name)
        if field.type == "selection":
            return field.get_values(self.env)[0]
        if kind.startswith("json"):
            return json.dumps({"en_US": "x"})
        return {
            "boolean": False,
            "integer": 1,
            "float": 1.0,
            "date": fields.Date.today(),
            "datetime": fields.Datetime.now(),
            "many2one_reference": 1,
        }.get(field.type, f"x{self.make_number()}")

    def make_number(self):
        self._number = getattr(self, "_number", 0) + 1
        return self._number

    def mark(self, model, name):
        return f"mark:{model}.{name}:{self.make_number()}"
