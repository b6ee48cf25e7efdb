import re
from dataclasses import dataclass, field

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize_all

from .social_subject_request import ADDRESS_FIELDS

# The kinds of records that are a person.
PERSONS = (*ADDRESS_FIELDS, "social.author")
NUMBERS = ("phone", "mobile", "phone_sanitized")
# What may be looked for in texts: one address or several, and numbers of so many digits.
ADDRESS = re.compile(r".*[^@\s]@[^@\s]{3,}.*", re.DOTALL)
DIGIT = re.compile(r"\d")
DIGITS = 6
NAMES = {"res.partner": "name", "mailing.contact": "name", "crm.lead": "contact_name"}


@dataclass
class Scope:
    """Who is erased: keys, records of each kind, users, and what the person is found by.

    ``addresses`` and ``numbers`` are those that nobody else has; ``kept`` are the documents that
    stay, as ``{model: ids}``.
    """

    subjects: models.BaseModel
    records: dict
    users: models.BaseModel
    handles: set = field(default_factory=set)
    addresses: set = field(default_factory=set)
    numbers: set = field(default_factory=set)
    names: set = field(default_factory=set)
    kept: dict = field(default_factory=dict)

    @property
    def partners(self):
        return self.records["res.partner"]

    def holds(self, model, res_id):
        """Tell whether this is a record of the person."""
        return model in self.records and res_id in self.records[model]._ids


class SocialErasureScope(models.AbstractModel):
    """Finds what of a person is stored where, for erasure (GDPR Art. 17)."""

    _name = "social.erasure.scope"
    _description = "What Belongs to a Person"

    @api.model
    def _get_social_kept_models(self):
        """Return ``{model: (field of the contact, domain)}`` of the documents that must be kept.

        For tax and commercial law (HGB section 257, AO section 147). Other addons add theirs; a
        model that is not installed does no harm. What else cannot be deleted is kept, too.
        """
        return {
            "account.move": ("partner_id", [("state", "!=", "draft")]),
            "account.payment": ("partner_id", [("state", "not in", ["draft", "canceled"])]),
            "sale.order": ("partner_id", [("state", "!=", "draft")]),
            "purchase.order": ("partner_id", [("state", "!=", "draft")]),
            "pos.order": ("partner_id", [("state", "!=", "draft")]),
            "stock.picking": ("partner_id", [("state", "=", "done")]),
        }

    @api.model
    def _find(self, subjects, twins=()):
        """Return the :class:`Scope` of these persons.

        All keys that were ever joined, archived records, the children of a person's contact, and
        who its profiles and matches say wrote the posts.

        :param twins: further records that the privacy officer knows to be this person
        """
        everything = {
            name: self.env[name].sudo().with_context(active_test=False) for name in PERSONS
        }
        records = {name: model.browse() for name, model in everything.items()}
        for twin in twins:
            records[twin._name] |= everything[twin._name].browse(twin.ids)
        subjects, before = subjects.sudo(), None
        while before != (subjects, records):
            before = subjects, dict(records)
            while joined := subjects.joined_into_id - subjects:
                subjects |= joined
            subjects = subjects._get_all_keys()
            for name in PERSONS:
                records[name] |= subjects._get_records(name)
            self._follow(records)
            for own in records.values():
                subjects |= own.social_subject_id
        users = self.env["res.users"].sudo().with_context(active_test=False)
        users = users.search([("partner_id", "in", records["res.partner"].ids)])
        scope = Scope(subjects, records, users)
        self._identify(scope)
        scope.kept = self._find_kept(scope.partners)
        return scope

    @api.model
    def _follow(self, records):
        """Add what belongs to the contacts: addresses below them, leads, and authors."""
        partners = records["res.partner"]
        below = partners.search([("parent_id", "in", partners.ids)])
        # A contact below is another person, who works there: that is offered, and not just done.
        records["res.partner"] |= below.filtered(lambda child: child.type != "contact")
        leads = records["crm.lead"]
        records["crm.lead"] |= leads.search([("partner_id", "in", partners.ids)])
        of_person = [("partner_id", "in", partners.ids)]
        matches = self.env["social.match"].sudo().search(of_person)
        authors = records["social.author"] | matches.mention_id.author_id
        for profile in self.env["social.profile"]._search_own(partners):
            authors |= self._find_authors(profile.platform_id, profile.handle)
        authors |= self._find_same_accounts(authors)
        records["social.author"] |= authors.with_env(records["social.author"].env)

    @api.model
    def _find_authors(self, platform, handle):
        """Return the authors with this handle, however it is written."""
        # Underscores and the like stand for themselves.
        pattern = handle.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        domain = [("platform_id", "=", platform.id), ("handle", "=ilike", pattern)]
        return self.env["social.author"].sudo().search(domain)

    @api.model
    def _find_same_accounts(self, authors):
        """Return the authors who are the same account under another handle."""
        places = {
            f"{each.platform_id.code}/{each.account.lower()}" for each in authors if each.account
        }
        return self.env["social.author"]._find_places(places)

    @api.model
    def _identify(self, scope):
        """Note what the person is found by; an address that others have, too, stays theirs."""
        for model, address_field in ADDRESS_FIELDS.items():
            for record in scope.records[model]:
                written = (record[address_field] or "").strip()
                scope.addresses |= {written.lower(), *email_normalize_all(written)} - {""}
                numbers = (record[name] for name in NUMBERS if name in record._fields)
                scope.numbers |= set(filter(None, numbers))
                scope.names |= {(record[NAMES[model]] or "").strip()} - {""}
        scope.addresses |= {login for user in scope.users if "@" in (login := user.login.lower())}
        for author in scope.records["social.author"]:
            scope.handles.add(f"{author.platform_id.code}/{author.handle.lower()}")
            if author.account:
                scope.handles.add(f"{author.platform_id.code}/{author.account.lower()}")
        for profile in self._find_profiles(scope):
            scope.handles.add(f"{profile.platform_id.code}/{profile.handle.lower()}")
        # What is no address or number ("-", "none") stands in texts and queues of anybody.
        scope.addresses = {each for each in scope.addresses if ADDRESS.fullmatch(each)}
        scope.numbers = {each for each in scope.numbers if len(DIGIT.findall(each)) >= DIGITS}
        scope.addresses -= self._find_shared(scope, "email", scope.addresses).keys()
        scope.numbers -= self._find_shared(scope, "sms", scope.numbers).keys()

    @api.model
    def _find_profiles(self, scope):
        return self.env["social.profile"]._search_own(scope.partners)

    @api.model
    def _find_shared(self, scope, channel, values):
        """Return ``{address: [(model, id)]}`` of those that records of others have, too."""
        holders = self.env["social.gate"]._find_holders(channel, values)
        found = {
            value: sorted(place for place in places if not scope.holds(*place))
            for value, places in holders.items()
        }
        return {value: places for value, places in found.items() if places}

    @api.model
    def _find_offers(self, scope):
        """Return records that may be the same person: of the same address or number, or below.

        Nobody has proven that they are; the privacy officer decides.
        """
        everything = self.env["social.erasure.scope"]._find_addresses(scope)
        places = set()
        for channel, values in everything.items():
            for found in self._find_shared(scope, channel, values).values():
                places |= set(found)
        below = scope.partners.search([("parent_id", "in", scope.partners.ids)]) - scope.partners
        places |= {("res.partner", id_) for id_ in below.ids}
        return [self.env[model].sudo().browse(id_) for model, id_ in sorted(places)]

    @api.model
    def _find_addresses(self, scope):
        found = {"email": set(), "sms": set()}
        for model in ADDRESS_FIELDS:
            for record in scope.records[model]:
                found["email"].add(record._get_social_address())
                if "phone_sanitized" in record._fields:
                    found["sms"].add(record.phone_sanitized)
        return {channel: set(filter(None, values)) for channel, values in found.items()}

    @api.model
    def _find_kept(self, partners):
        """Return ``{model: ids}`` of documents of these contacts that the law has us keep."""
        kept = {}
        for model, (contact, domain) in self._get_social_kept_models().items():
            if model in self.env and contact in self.env[model]._fields:
                documents = self.env[model].sudo().with_context(active_test=False)
                found = documents.search([(contact, "in", partners.ids), *domain])
                if found:
                    kept[model] = set(found.ids)
        return kept

    @api.model
    def _check(self, scope):
        """Refuse to erase who works here, the company itself, and what others must agree to.

        :raises UserError: with what to do instead
        """
        if scope.users.filtered(lambda user: user._is_internal()):
            raise UserError(
                self.env._(
                    "This person uses this database as a colleague. End that first: archive the "
                    "user, and keep what the employment law has you keep."
                )
            )
        system = self.env.ref("base.public_user") | self.env.ref("base.user_root")
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([])
        if scope.partners & (companies.partner_id | system.partner_id):
            raise UserError(self.env._("This is the company itself, and not a person to erase."))
        consents = self.env["social.consent"].sudo()
        controllers = consents.search([("subject_id", "in", scope.subjects.ids)]).company_id
        controllers |= scope.partners.company_id | scope.records["crm.lead"].company_id
        if not self.env.su and controllers - self.env.user.company_ids:
            raise UserError(
                self.env._(
                    "Another company of yours knows this person, too. Somebody who may act for "
                    "all of them has to erase."
                )
            )
