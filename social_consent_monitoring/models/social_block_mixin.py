from odoo import api, fields, models
from odoo.http import request
from odoo.tools import SQL

from ..door import is_open, open_door

# The lists of Odoo that stop a whole channel: their model, and the field with the address.
LISTS = {
    "email": ("mail.blacklist", "email"),
    "sms": ("phone.blacklist", "number"),
    "phone": ("phone.blacklist", "number"),
}
# A withdrawal stands on the list of its channel. The list of numbers knows no channels, and is
# asked before each SMS: who only withdraws consent to calls still gets those.
MIRRORED = ("email", "sms")
# By these a page is looked at. Scanners of mail follow every link, too.
LOOKS = ("GET", "HEAD", "OPTIONS")


class SocialBlockMixin(models.AbstractModel):
    """Odoo's lists of blocked addresses and numbers, and the consents: one truth (rule 8).

    Whatever puts an entry there, a person who unsubscribes or somebody in the office, is a no of
    everybody who has the address. The other way, a withdrawal makes an entry, where nobody else
    with that address consents. Taking an entry off never brings a consent back.
    """

    _name = "social.block.mixin"
    _description = "Blocked Address or Number"

    social_origin = fields.Selection(
        [("person", "The person unsubscribed"), ("withdrawal", "A consent was withdrawn")],
        "Comes From",
        readonly=True,
        copy=False,
        help="Empty: somebody entered it, or mail came back too often. An entry that comes from "
        "the person goes when the person consents again.",
    )

    # -- an entry is a no ------------------------------------------------------------------------

    @api.model
    def _say_social_origin(self, vals, blocks=True):
        """Return the values with what the entry comes from: nobody types that in.

        :param blocks: whether these values block an address
        """
        if is_open(self):
            return vals
        vals = {name: value for name, value in vals.items() if name != "social_origin"}
        if blocks and vals.get("active", True):
            # On a page of the website, or with a key from a mail, it is the person.
            vals["social_origin"] = "person" if self.env.user.share else False
        return vals

    def write(self, vals):
        is_taken_off = not vals.get("active", True) or self._get_list()[1] in vals
        if is_taken_off:
            self._keep_as_no()
        return super().write(vals)

    def unlink(self):
        self._keep_as_no()
        return super().unlink()

    def _keep_as_no(self):
        """Record at the latest now what the person said by an entry that is taken off by hand.

        One that came by a look was no withdrawal so far; nobody here makes it undone (rule 8).
        """
        if not self.env.user.share:
            self.filtered(lambda entry: entry.social_origin == "person")._follow_as_no()

    @api.model
    def _get_list(self):
        """Return the channels that this list stops, and its field with the address."""
        [(_model, name)] = {each for each in LISTS.values() if each[0] == self._name}
        return [channel for channel, (model, _n) in LISTS.items() if model == self._name], name

    @api.model
    def _is_only_a_look(self):
        """Tell whether somebody, or a scanner, only looks at a page now (GET, HEAD).

        Core's link GET /mailing/ID/unsubscribe blocks the address all the same: a person who
        really clicked gets no more advertising, as the policy asks the lists itself. The event
        is another matter: it says that a person withdrew, which a look does not prove. The
        officer finds such an entry among the contradictions.
        """
        return bool(request) and request.httprequest.method in LOOKS

    def _follow_as_no(self):
        """Record the objection of everybody who has these addresses, in all companies."""
        entries = self.sudo().filtered("active")
        if is_open(self) or not entries or self._is_only_a_look():
            return
        channels, name = self._get_list()
        addresses = set(entries.mapped(name))
        holders = self.env["social.gate"]._find_holders(channels[0], addresses)
        ids = {}
        for model, record_id in set().union(*holders.values()):
            ids.setdefault(model, set()).add(record_id)
        for company in self.env["res.company"].sudo().search([]):
            for model, own in ids.items():
                people = self.env[model].sudo().with_company(company).browse(sorted(own))
                for channel in channels:
                    people._object_social("contact", channel, method="blacklist")

    # -- a withdrawal makes an entry -------------------------------------------------------------

    @api.model
    def _follow_consents(self, consents):
        """Put on the lists who withdrew (rule 8)."""
        withdrawn = consents.filtered(lambda consent: consent.recorded_state == "withdrawn")
        for channel, own in withdrawn.grouped("channel").items():
            if channel in MIRRORED:
                self._block(channel, own.subject_id)

    @api.model
    def _block(self, channel, subjects):
        """Block the addresses of these persons at which nobody consents."""
        model, name = LISTS[channel]
        addresses = self._get_addresses(channel, subjects)
        blocked = self._find_blocked(channel, addresses)
        free = sorted(addresses - blocked - self._find_consenting(channel, addresses))
        if not free:
            return
        entries = open_door(self.env[model].sudo()).with_context(
            active_test=False, mail_create_nolog=True, tracking_disable=True
        )
        old = entries.search([(name, "in", free)])
        old.write({"active": True, "social_origin": "withdrawal"})
        new = set(free) - set(old.mapped(name))
        entries.create([{name: each, "social_origin": "withdrawal"} for each in sorted(new)])

    @api.model
    def _unblock(self, channel, subjects):
        """Take off the lists what these persons had caused: they consent again."""
        if channel not in MIRRORED:
            return
        model, name = LISTS[channel]
        entries = open_door(self.env[model].sudo())
        if not entries.search_count([("social_origin", "!=", False)], limit=1):
            return
        addresses = sorted(self._get_addresses(channel, subjects))
        entries.search([(name, "in", addresses), ("social_origin", "!=", False)]).write(
            {"active": False, "social_origin": False}
        )

    @api.model
    def _get_addresses(self, channel, subjects):
        """Return all addresses, or numbers, at which these persons are known."""
        gate = self.env["social.gate"]
        return {
            record[field]
            for model, field in gate._get_address_fields(channel).items()
            for record in subjects._get_records(model)
            if record[field]
        }

    @api.model
    def _find_consenting(self, channel, addresses):
        """Return those of these addresses at which somebody consents, to any company."""
        holders = self.env["social.gate"]._find_holders(channel, addresses)
        consents = self.env["social.consent"].sudo()
        given = consents.search(
            [
                ("purpose_id.code", "=", "contact"),
                ("channel", "=", channel),
                ("state", "=", "given"),
                ("subject_id", "in", self._get_subject_ids(holders)),
            ]
        )
        said_yes = {
            (model, record.id)
            for model in self.env["social.gate"]._get_address_fields(channel)
            for record in given.subject_id._get_records(model)
        }
        return {address for address, people in holders.items() if people & said_yes}

    @api.model
    def _get_subject_ids(self, holders):
        ids = {}
        for model, record_id in set().union(*holders.values()):
            ids.setdefault(model, []).append(record_id)
        people = [self.env[model].sudo().browse(own) for model, own in ids.items()]
        return [subject.id for records in people for subject in records.social_subject_id]

    # -- what the policy and Odoo's own exclusion ask --------------------------------------------

    @api.model
    def _find_blocked(self, channel, addresses):
        """Return those of these addresses, or numbers, that are blocked: one query.

        A number that is blocked because consent to SMS was withdrawn may still be called.
        """
        if channel not in LISTS or not addresses:
            return set()
        model, name = LISTS[channel]
        self.env[model].flush_model([name, "active", "social_origin"])
        only = SQL()
        if channel not in MIRRORED:
            only = SQL(" AND social_origin IS DISTINCT FROM 'withdrawal'")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM %s WHERE active AND %s = ANY(%s)%s",
                SQL.identifier(name),
                SQL.identifier(self.env[model]._table),
                SQL.identifier(name),
                list(addresses),
                only,
            )
        )
        return {address for (address,) in rows}

    @api.model
    def _find_withdrawn(self, channel, addresses):
        """Return those that are blocked for no other reason than a withdrawal: service may pass."""
        model, name = LISTS[channel]
        entries = self.env[model].sudo().with_context(active_test=True)
        domain = [(name, "in", list(addresses)), ("social_origin", "=", "withdrawal")]
        return set(entries.search(domain).mapped(name)) if addresses else set()
