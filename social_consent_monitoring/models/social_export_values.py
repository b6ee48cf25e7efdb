import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from odoo import SUPERUSER_ID, api, models, tools
from odoo.tools import format_date, format_datetime, html2plaintext

from ..digests import iso
from ..export import decisions
from ..export.archive import Item, Value
from .social_export_person import Person

# So many times are kept in words.
KEPT = 1000
EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
# Kinds of properties that hold plain values; the others point to records.
PLAIN_PROPERTIES = {"char", "text", "html", "integer", "float", "boolean", "date", "datetime"}


class Column(NamedTuple):
    """A field that is shown, its label, and the field that names the model of an id, if it is one."""

    field: Any
    label: str
    model_field: str | None
    choices: dict | None


@dataclass
class Reading:
    """What has to be known to read records for one person: what is theirs, and what is hidden."""

    person: Person
    found: dict
    personal: set
    staff: re.Pattern | None
    kept_emails: set
    own_names: set
    columns: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)
    times: dict = field(default_factory=dict)
    documents: dict = field(default_factory=dict)

    def owns(self, record):
        """Tell whether a record is the person's, or the person."""
        return record.id in self.found[decisions.OWN].get(record._name, ())

    def get_ids(self, model):
        """Return the ids of all records of a model that are given out."""
        found = (self.found[kind].get(model, set()) for kind in (decisions.OWN, decisions.SHARED))
        return set().union(*found)


class SocialExportValues(models.AbstractModel):
    """Reads records as their person may see them: other people appear by their role only.

    (GDPR Art. 15(4): the copy must not adversely affect the rights of others.)
    """

    _name = "social.export.values"
    _inherit = ["social.export.links"]
    _description = "Values of an Export"

    @api.model
    def _prepare_reading(self, person, found):
        names, emails = self._get_staff_pattern_names(person)
        words = sorted(map(re.escape, names | emails), key=len, reverse=True)
        company = self.env.company.sudo()
        personal = {
            link.model
            for link in self._get_links()
            if link.target != "res.users"
            and decisions.decide(*link[:4]) in (decisions.OWN, decisions.SHARED)
        }
        return Reading(
            person=person,
            found=found,
            personal=personal | set(decisions.TARGETS) | set(decisions.NAMELESS),
            staff=re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)") if words else None,
            kept_emails=person.values["email"] | {tools.email_normalize(company.email)},
            own_names=set(
                self.env["res.partner"].browse(sorted(person.ids["res.partner"])).mapped("name")
            ),
        )

    @api.model
    def _get_columns(self, model, reading):
        """Return a ``Column`` for each field of a model that is shown, in their order."""
        if model not in reading.columns:
            fields_ = self.env[model]._fields
            shown = decisions.SHOWN_OF_MODEL.get(model, ())
            reading.columns[model] = [
                Column(
                    each,
                    each._description_string(self.env),
                    self._get_model_field(fields_, each),
                    dict(each._description_selection(self.env))
                    if each.type == "selection"
                    else None,
                )
                for each in fields_.values()
                if each.name in shown or self._is_shown(model, each)
            ]
            reading.names[model] = self._get_model_name(model)
        return reading.columns[model]

    @api.model
    def _is_shown(self, model, each):
        if not each.store or each.inherited or each.type in ("one2many", "binary"):
            return False
        groups = set((each.groups or "").split(","))
        # Read with the id that they belong to.
        is_model_name = each.name in {
            self._get_model_field(self.env[model]._fields, other)
            for other in self.env[model]._fields.values()
        }
        return not (
            is_model_name
            or groups & decisions.SECRET_GROUPS
            or decisions.is_hidden(model, each.name)
        )

    @api.model
    def _read_item(self, record, reading):
        """Return one record as an ``Item``."""
        # What the person wrote is given back as it is.
        named = None if self._is_written_by(record, reading) else self._get_named(record, reading)
        values = []
        for column in self._get_columns(record._name, reading):
            value = self._read_value(record, column, reading, named)
            if value is not None:
                values.append(value)
        return Item(
            record._name,
            record.id,
            self._get_title(record, reading, named),
            self._get_source(record, reading),
            values,
        )

    @api.model
    def _get_title(self, record, reading, named):
        """Return what kind of record it is, with its own name where it has one."""
        name = record._rec_name or "name"
        shown = {
            column.field.name: column.field for column in self._get_columns(record._name, reading)
        }
        kind = reading.names[record._name]
        own = shown.get(name)
        if own and own.store and own.type in ("char", "text") and record[name]:
            return f"{kind}: {self._clean(record[name], reading, named)}"
        return self.env._("%(kind)s %(number)s", kind=kind, number=record.id)

    @api.model
    def _get_source(self, record, reading):
        """Return where the data comes from, as far as anybody knows (GDPR Art. 15(1)(g))."""
        post = record["mention_id"] if "mention_id" in record._fields else record
        if post and post._name in ("social.mention", "social.author"):
            return self.env._("A public post on %s", post.platform_id.name)
        if not record._log_access:
            return ""
        return self._get_maker_words(record.create_uid, reading)

    @api.model
    def _get_maker_words(self, user, reading):
        if reading.owns(user):
            return self.env._("Entered by you")
        if not user or user.id == SUPERUSER_ID:
            return self.env._("Made by the system")
        if user.share:
            return self.env._("Entered on the website")
        return self.env._("Recorded by staff")

    @api.model
    def _is_written_by(self, record, reading):
        """Tell whether the person wrote this: own words are given back as they are."""
        if record._name == "social.mention":
            return True
        author = record["author_id"] if record._name == "mail.message" else None
        return bool(author) and reading.owns(author)

    # -- one value ---------------------------------------------------------------------------

    @api.model
    def _read_value(self, record, column, reading, named):
        """Return one field as a ``Value``, None where it is empty."""
        each = column.field
        stored = record[each.name]
        if not stored and each.type not in ("boolean", "integer", "float", "monetary"):
            return None
        if column.model_field:
            raw = text = self._read_reference(record[column.model_field], stored, reading)
        elif each.type == "properties":
            raw = self._read_properties(record, each, reading)
            text = "\n".join(raw)
        elif each.type == "boolean":
            raw, text = bool(stored), self.env._("Yes") if stored else ""
        elif each.type in ("integer", "float", "monetary"):
            raw, text = stored, str(stored) if stored else ""
        elif each.type in ("date", "datetime"):
            raw, text = self._read_time(each, stored, reading)
        elif each.type in ("many2one", "many2many"):
            raw, text = self._read_records(each, stored, reading)
        elif each.type == "reference":
            raw = text = self._read_reference(stored._name, stored.id, reading)
        elif each.type == "selection":
            raw, text = stored, str(column.choices.get(stored, stored))
        else:
            raw = text = self._read_text(each, stored, reading, named)
        return Value(each.name, column.label, raw, text) if raw not in ("", [], None) else None

    @api.model
    def _read_time(self, each, stored, reading):
        # Many rows of one import share their times, and saying one in words takes long.
        if stored not in reading.times:
            if each.type == "date":
                words = (stored.isoformat(), format_date(self.env, stored))
            else:
                text = format_datetime(self.env, stored, tz="UTC", dt_format="medium")
                words = (iso(stored.replace(microsecond=0)), f"{text} UTC")
            if len(reading.times) >= KEPT:
                reading.times.clear()
            reading.times[stored] = words
        return reading.times[stored]

    @api.model
    def _read_text(self, each, stored, reading, named):
        """Return a text without markup, and with other people's names left out."""
        text = html2plaintext(stored) if each.type == "html" else str(stored)
        if each.name in decisions.PLACE_NAMES:
            return text
        if decisions.ADDRESS_NAME.search(each.name):
            return self._read_addresses(text, reading)
        return self._clean(text, reading, named)

    @api.model
    def _read_addresses(self, text, reading):
        """Return the person's own addresses of a list; the others are somebody's, too."""
        if "@" not in text:
            return text
        names = [
            email if email in reading.kept_emails else self._get_role(email, reading)
            for email in tools.email_normalize_all(text)
        ]
        return ", ".join(dict.fromkeys(names))

    @api.model
    def _get_role(self, name, reading):
        """Return what stands for somebody else's name or address."""
        if reading.staff and reading.staff.fullmatch(name):
            return self.env._("Staff")
        return self.env._("Another person")

    @api.model
    def _get_named(self, record, reading):
        """Return the names of those whom a record names beside the person: a guest, a recipient."""
        names = set()
        for column in self._get_columns(record._name, reading):
            each = column.field
            if each.type in ("many2one", "many2many") and each.comodel_name == "res.partner":
                others = record[each.name].filtered(
                    lambda other: not (other.is_company or reading.owns(other))
                )
                names |= {other.name.strip() for other in others if other.name}
        return sorted(names - reading.own_names, key=len, reverse=True)

    @api.model
    def _clean(self, text, reading, named):
        """Return a text in which neither staff nor anybody else whom the record names has a name.

        :param named: names of others; None for the person's own words, which stay
        """
        if named is None or not text:
            return text
        if reading.staff:
            text = reading.staff.sub(f"[{self.env._('Staff')}]", text)
        if named:
            pattern = "|".join(map(re.escape, named))
            role = f"[{self.env._('Another person')}]"
            text = re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda _match: role, text)
        if "@" not in text:
            return text
        return EMAIL.sub(lambda match: self._clean_address(match[0], reading), text)

    @api.model
    def _clean_address(self, address, reading):
        normalized = tools.email_normalize(address) or address
        if normalized in reading.kept_emails:
            return address
        return f"[{self._get_role(normalized, reading)}]"

    @api.model
    def _read_records(self, each, stored, reading):
        """Return the names of other records: of persons, who they are to this one."""
        names = [self._get_other_name(other, reading) for other in stored]
        names = list(dict.fromkeys(names))
        if each.type == "many2one":
            return (names[0], names[0]) if names else (None, "")
        return names, ", ".join(names)

    @api.model
    def _read_reference(self, model, record_id, reading):
        """Return what kind of record is meant; its name only where it is the person's own."""
        if not model or not record_id or model not in self.env:
            return ""
        return self._get_other_name(self.env[model].sudo().browse(record_id).exists(), reading)

    @api.model
    def _get_other_name(self, other, reading):
        if not other:
            return ""
        if other._name in decisions.TARGETS:
            return self._get_other_person(other, reading)
        if other._name not in reading.names:
            reading.names[other._name] = self._get_model_name(other._name)
        kind = reading.names[other._name]
        if reading.owns(other):
            return f"{kind} {other.id}"
        return kind if other._name in reading.personal else other.display_name or kind

    @api.model
    def _get_other_person(self, other, reading):
        if reading.owns(other):
            return self.env._("You")
        users = other if other._name == "res.users" else ()
        if other._name == "res.partner":
            if other.is_company:
                return other.display_name
            users = other.with_context(active_test=False).user_ids
        if any(user.id == SUPERUSER_ID for user in users):
            return self.env._("The system")
        if any(not user.share for user in users):
            return self.env._("Staff")
        return self.env._("Another person")

    @api.model
    def _read_properties(self, record, each, reading):
        """Return "label: value" of properties; of those that point to records only the label."""
        rows = record.read([each.name])[0][each.name] or []
        said = []
        for row in rows:
            value = row.get("value")
            if value in (None, False, "", []):
                continue
            plain = str(value) if row.get("type") in PLAIN_PROPERTIES else self.env._("Yes")
            if row.get("type") in ("selection", "tags"):
                plain = self._name_choices(row, value)
            said.append(self._clean(f"{row.get('string')}: {plain}", reading, []))
        return said

    @api.model
    def _name_choices(self, row, value):
        names = {each[0]: each[1] for each in row.get(row["type"]) or ()}
        return ", ".join(
            names.get(one, one) for one in (value if isinstance(value, list) else [value])
        )
