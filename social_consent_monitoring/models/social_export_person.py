from dataclasses import dataclass, field

from odoo import api, models, tools
from odoo.fields import Domain

from ..export import decisions
from .social_subject_request import ADDRESS_FIELDS
from .social_suppression import make_handle

PHONE_FIELDS = ("res.partner", "crm.lead")
NAME_FIELDS = {"res.partner": "name", "mailing.contact": "name", "crm.lead": "contact_name"}


@dataclass
class Person:
    """Who an export is about: the keys, the ids of all records by model, and the addresses.

    ``shared`` holds the addresses and numbers that somebody else is reached by, too: what is
    found by them alone may be the other one's.
    """

    key: str
    subjects: models.BaseModel
    ids: dict
    values: dict
    shared: set = field(default_factory=set)
    is_staff: bool = False

    def get_values(self, model, kind):
        """Return the values of a kind by which records of a model are found."""
        values = self.values[kind.removesuffix("s")]
        return values if model in decisions.BLACKLISTS else values - self.shared


class SocialExportPerson(models.AbstractModel):
    """Finds all records that are one person, for the current company."""

    _name = "social.export.person"
    _description = "Person of an Export"

    @api.model
    def _find_person(self, subject):
        """Return the :class:`Person` with this key, or with the key that it was joined into.

        Besides the records with one of the person's keys: the other addresses of a contact, leads
        of a contact that is a person, and records without a key that have both the same e-mail
        address and the same name.
        """
        current = self.env["social.subject"]._get_by_key(subject.sudo().key)
        subjects = current._get_all_keys()
        found = {
            model: self._search_person(model, [("social_subject_id", "in", subjects.ids)])
            for model in decisions.PERSONS
        }
        found["res.partner"] |= self._find_addresses(found["res.partner"])
        self._add_leads(found)
        self._add_namesakes(found)
        self._add_leads(found)
        users = self._search_person("res.users", [("partner_id", "in", found["res.partner"].ids)])
        ids = {model: set(records.ids) for model, records in found.items()}
        person = Person(
            key=current.key,
            subjects=subjects,
            ids={**ids, "res.users": set(users.ids), "social.subject": set(subjects.ids)},
            values=self._get_person_values(subjects, found),
            is_staff=any(not user.share for user in users),
        )
        person.shared = self._find_shared(found, person.values)
        return person

    @api.model
    def _search_person(self, model, domain):
        """Return records of this kind as superuser, archived ones too, of the current company."""
        records = self.env[model].sudo().with_context(active_test=False)
        return records.search(Domain(domain) & self._get_company_domain(model), order="id")

    @api.model
    def _get_company_domain(self, model):
        """Return what keeps another controller's records out."""
        if model == "res.users":
            return Domain("company_ids", "in", self.env.company.ids)
        company = [self.env.company.id, False]
        return Domain.AND(
            Domain(name, "in", company)
            for name in decisions.COMPANY_FIELDS
            if name in self.env[model]._fields and self.env[model]._fields[name].store
        )

    @api.model
    def _find_addresses(self, partners):
        """Return the other addresses of persons: contacts of a company are persons of their own."""
        persons = partners.filtered(lambda partner: not partner.is_company)
        return self._search_person(
            "res.partner",
            [
                ("parent_id", "in", persons.ids),
                ("type", "!=", "contact"),
                ("social_subject_id", "=", False),
            ],
        )

    @api.model
    def _add_leads(self, found):
        persons = found["res.partner"].filtered(lambda partner: not partner.is_company)
        found["crm.lead"] |= self._search_person(
            "crm.lead", [("partner_id", "in", persons.ids), ("social_subject_id", "=", False)]
        )

    @api.model
    def _add_namesakes(self, found):
        """Add records without a key that have an address and a name of this person's."""
        emails, names = set(), set()
        for model, records in found.items():
            for record in records if model in ADDRESS_FIELDS else ():
                emails.add(record._get_social_address())
                names.add(_plain(record[NAME_FIELDS[model]]))
        domain = [
            ("email_normalized", "in", list(emails - {""})),
            ("social_subject_id", "=", False),
        ]
        for model, name in NAME_FIELDS.items():
            same = self._search_person(model, domain)
            wanted = names - {""}
            found[model] |= same.filtered(
                lambda record, name=name, wanted=wanted: _plain(record[name]) in wanted
            )

    @api.model
    def _get_person_values(self, subjects, found):
        emails = {
            record._get_social_address() for model in ADDRESS_FIELDS for record in found[model]
        }
        phones = {record.phone_sanitized for model in PHONE_FIELDS for record in found[model]}
        return {
            "email": emails - {""},
            "phone": phones - {False},
            "key": set(subjects.mapped("key")),
        }

    @api.model
    def _find_shared(self, found, values):
        """Return those of these addresses and numbers that others are reached by, too."""
        shared = set()
        columns = {"email_normalized": "email", "phone_sanitized": "phone"}
        for model in ADDRESS_FIELDS:
            for column, kind in columns.items():
                if column not in self.env[model]._fields or not values[kind]:
                    continue
                others = self.env[model].sudo().with_context(active_test=False)
                rows = others.search_fetch(
                    [(column, "in", list(values[kind])), ("id", "not in", found[model].ids)],
                    [column],
                )
                shared |= set(rows.mapped(column))
        return shared

    @api.model
    def _get_suppression_values(self, person):
        """Return the values by kind that the list of suppressed persons is asked for."""
        authors = self.env["social.author"].sudo().browse(sorted(person.ids["social.author"]))
        places = [(author.platform_id.code, author.handle) for author in authors]
        partners = self.env["res.partner"].browse(person.ids["res.partner"])
        owned = self.env["social.profile"]._search_own(partners)
        places += [profile._get_place() for profile in owned]
        handles = {make_handle(*place) for place in places}
        return {
            "email": person.values["email"],
            "phone": person.values["phone"],
            "handle": handles,
        }

    @api.model
    def _get_staff_pattern_names(self, person):
        """Return the names and addresses of the company's own staff, this person's left out."""
        users = self.env["res.users"].sudo().with_context(active_test=False)
        staff = users.search(
            [("share", "=", False), ("id", "not in", list(person.ids["res.users"]))]
        )
        own = self.env["res.partner"].sudo().browse(person.ids["res.partner"])
        kept = {_plain(name) for name in own.mapped("name")}
        kept |= {_plain(name) for name in self.env.company.sudo().mapped("name")}
        names = {name.strip() for name in staff.mapped("name") if name and len(name.strip()) > 2}
        emails = {tools.email_normalize(email) for email in staff.mapped("email")}
        return {name for name in names if _plain(name) not in kept}, emails - {False}


def _plain(name):
    """Return a name as it is compared."""
    return " ".join((name or "").split()).casefold()
