from typing import NamedTuple

from odoo import api, models, tools
from odoo.fields import Domain

from ..export import decisions
from ..export.decisions import LEFT_OUT, OWN, ROLE, SHARED

# How far what hangs on a record is followed: contract, line, file of the line.
DEPTH = 4


class Link(NamedTuple):
    """A field that leads from records of a model to a person; ``kind`` as ``decisions.decide``."""

    model: str
    field: str
    kind: str
    target: str | None = None
    model_field: str | None = None


class SocialExportLinks(models.AbstractModel):
    """Finds all records that lead to a person, in all models that there are."""

    _name = "social.export.links"
    _inherit = ["social.export.person"]
    _description = "Links of an Export"

    @api.model
    def _get_models(self):
        """Return the names of all models that store rows of their own.

        Wizards are left out: their rows repeat what is stored elsewhere, and live for an hour.
        So are views of other tables.
        """
        return [
            name
            for name in sorted(self.env.registry)
            if not (model := self.env[name])._abstract and not model._transient and model._auto
        ]

    @api.model
    def _get_links(self):
        """Return all fields of all models that lead to a person."""
        return [link for name in self._get_models() for link in self._get_links_of(name)]

    @api.model
    def _get_links_of(self, name):
        links = []
        fields = self.env[name]._fields
        for field in fields.values():
            if not field.store or field.name in ("create_uid", "write_uid"):
                continue
            if field.type in ("many2one", "many2many"):
                if field.comodel_name in decisions.TARGETS:
                    links.append(Link(name, field.name, field.type, field.comodel_name))
            elif kind := decisions.VALUES.get(f"{name}.{field.name}"):
                links.append(Link(name, field.name, kind))
            elif field.type == "reference":
                links.append(Link(name, field.name, "reference"))
            elif model_field := self._get_model_field(fields, field):
                links.append(Link(name, field.name, "pair", model_field=model_field))
        return links

    @api.model
    def _get_model_field(self, fields, field):
        """Return the name of the field that says which model an id is of, None for other fields."""
        if field.type == "many2one_reference":
            return field.model_field if fields[field.model_field].store else None
        if field.type != "integer" or not field.name.endswith("res_id"):
            return None
        prefix = field.name.removesuffix("res_id")
        names = (f"{prefix}res_model", f"{prefix}model")
        return next((name for name in names if name in fields and fields[name].store), None)

    @api.model
    def _find_records(self, person):
        """Return the ids of all that leads to a person: ``{"own", "shared", "role": {model: ids}}``.

        For ``role`` the ids are by (model, field).
        """
        links = self._get_links()
        found = {OWN: {model: set(ids) for model, ids in person.ids.items()}, SHARED: {}, ROLE: {}}
        direct = [link for link in links if link.kind not in ("pair", "reference")]
        for link in direct:
            self._add_found(found, link, self._get_direct_domain(link, person), person)
        self._add_put_aside(found, person)
        self._follow(found, links, person)
        for model, ids in found[SHARED].items():
            ids -= found[OWN].get(model, set())
        return found

    @api.model
    def _add_put_aside(self, found, person):
        """Add the person's posts that could not be stored: only the handle tells whose they are."""
        authors = self.env["social.author"]
        handles = self._get_suppression_values(person)["handle"]
        handles |= set(authors._find_accounts(handles).values())
        if rows := authors._find_places(handles, "social.quarantine"):
            found[OWN]["social.quarantine"] = set(rows.ids)

    @api.model
    def _get_direct_domain(self, link, person):
        if link.kind in ("many2one", "many2many"):
            return [(link.field, "in", list(person.ids.get(link.target, ())))]
        values = person.get_values(link.model, link.kind)
        if link.kind != "emails":
            return [(link.field, "in", list(values))]
        return Domain.OR(Domain(link.field, "ilike", _escape(value)) for value in values)

    @api.model
    def _add_found(self, found, link, domain, person):
        """Add the records of one link to what is found."""
        decided = decisions.decide(link.model, link.field, link.kind, link.target)
        # Who the person is has been found before.
        if decided == LEFT_OUT or (link.model in decisions.PERSONS and decided != ROLE):
            return
        at_work = person.is_staff and link.model.startswith(decisions.STAFF_MODELS)
        if at_work and link.kind not in ("pair", "reference"):
            decided = ROLE
        ids = self._search_ids(link.model, domain)
        if link.kind == "emails":
            ids = self._keep_exact(link, ids, person)
        if ids:
            key = (link.model, link.field) if decided == ROLE else link.model
            found[decided].setdefault(key, set()).update(ids)

    @api.model
    def _search_ids(self, model, domain):
        domain = Domain(domain) & self._get_company_domain(model)
        if model == "ir.attachment":
            domain &= self._get_file_domain()
        if domain.is_false():
            return set()
        return set(self.env[model].sudo().with_context(active_test=False)._search(domain))

    @api.model
    def _get_file_domain(self):
        """Return which files are data: those of fields are, where nobody computed them."""
        names = {
            field.name
            for model in self.env.registry.values()
            for field in model._fields.values()
            if field.type == "binary" and field.store and not (field.compute or field.related)
        }
        return Domain("res_field", "in", [False, *sorted(names)])

    @api.model
    def _keep_exact(self, link, ids, person):
        """Keep the records whose list of addresses really holds one of the person's."""
        values = person.get_values(link.model, link.kind)
        kept = set()
        for records in _in_batches(self.env[link.model].sudo(), ids):
            for record in records:
                if values & set(tools.email_normalize_all(record[link.field] or "")):
                    kept.add(record.id)
            records.invalidate_recordset(flush=False)
        return kept

    # -- what hangs on own records -----------------------------------------------------------

    @api.model
    def _follow(self, found, links, person):
        """Add what hangs on own records, step by step, until nothing new is found."""
        pairs = [link for link in links if link.kind in ("pair", "reference")]
        children = self._get_children(links)
        newest = {model: set(ids) for model, ids in found[OWN].items()}
        for _step in range(DEPTH):
            before = {model: set(ids) for model, ids in found[OWN].items()}
            for link in pairs:
                self._add_found(found, link, self._get_pair_domain(link, newest), person)
            for child, field, parent in children:
                if ids := newest.get(parent):
                    more = self._search_ids(child, [(field, "in", list(ids))])
                    found[OWN].setdefault(child, set()).update(more)
            self._go_up(found, newest)
            newest = {
                model: ids - before.get(model, set())
                for model, ids in found[OWN].items()
                if ids - before.get(model, set())
            }

    @api.model
    def _get_pair_domain(self, link, newest):
        """Return the domain of records that name one of these by model and id."""
        if link.kind == "reference":
            names = [f"{model},{id_}" for model, ids in newest.items() for id_ in sorted(ids)]
            return [(link.field, "in", names)]
        return Domain.OR(
            Domain(link.model_field, "=", model) & Domain(link.field, "in", list(ids))
            for model, ids in newest.items()
        )

    @api.model
    def _get_children(self, links):
        """Return (model, field, parent): what goes with its parent, and is nobody else's."""
        linked = {
            link.model
            for link in links
            if link.kind in ("many2one", "many2many") and link.target != "res.users"
        }
        children = []
        for name in self._get_models():
            if decisions.get_reason(name):
                continue
            for field in self.env[name]._fields.values():
                if field.type != "many2one" or not field.store:
                    continue
                # What hangs on a user's account is work, and counted.
                if field.comodel_name == "res.users":
                    continue
                if decisions.get_reason(name, field.name):
                    continue
                hangs = field.ondelete == "cascade" and name not in linked
                if hangs or decisions.CHILDREN.get(name) == field.name:
                    children.append((name, field.name, field.comodel_name))
        return children

    @api.model
    def _go_up(self, found, newest):
        """Add what own records lead up to: the post of a match, the message of a notification."""
        for model, ups in decisions.UPWARD.items():
            for name, decided in ups.items():
                if not newest.get(model) or name not in self.env[model]._fields:
                    continue
                target = self.env[model]._fields[name].comodel_name
                for records in _in_batches(self.env[model].sudo(), newest[model]):
                    ids = records.mapped(name).ids
                    found[decided].setdefault(target, set()).update(ids)
                    records.invalidate_recordset(flush=False)


def _escape(value):
    """Return a value in which LIKE finds nothing but itself."""
    return value.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _in_batches(model, ids, size=500):
    """Yield these records in the order of ids, so many at a time."""
    ids = sorted(ids)
    for start in range(0, len(ids), size):
        yield model.browse(ids[start : start + size])
