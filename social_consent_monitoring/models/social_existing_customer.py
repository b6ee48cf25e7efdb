from odoo import api, fields, models

from .. import policy
from ..door import open_door
from .social_subject_request import ADDRESS_FIELDS


class SocialExistingCustomer(models.Model):
    """What lets an existing customer get e-mail about similar goods without consent (UWG section 7(3)).

    All four conditions: the address comes from a sale; the goods advertised are the company's
    own and similar; the person has not objected; and was told of that right when the address was
    collected, and is told each time. The third follows from the consents, the second is said of
    each mailing; the others are recorded here, for the company that made the sale. Of the
    address a keyed digest is kept: another address does not come from this sale.
    """

    _name = "social.existing.customer"
    _inherit = ["social.said.mixin"]
    _description = "Existing Customer"

    sale_reference = fields.Char("Sale", required=True, readonly=True)
    sale_date = fields.Date(required=True, readonly=True)
    goods = fields.Char("Bought", required=True, readonly=True)
    told = fields.Boolean(
        "Told of the Right to Object",
        readonly=True,
        help="When the address was collected, clearly, and that it costs nothing.",
    )
    address = fields.Char("Digest of the Address", readonly=True)
    user_id = fields.Many2one("res.users", "Recorded By", readonly=True, ondelete="set null")
    address_state = fields.Selection(
        "_get_condition_states",
        "1. Address from a Sale",
        compute="_compute_conditions",
        help="The address is still the one that was given with this sale.",
    )
    similar_state = fields.Selection(
        "_get_condition_states",
        "2. Similar Goods",
        compute="_compute_conditions",
        help="Each mailing says whether it is about goods like these.",
    )
    objection_state = fields.Selection(
        "_get_condition_states",
        "3. No Objection",
        compute="_compute_conditions",
        help="The person has not said no to advertising by e-mail.",
    )
    told_state = fields.Selection(
        "_get_condition_states",
        "4. Told of the Right to Object",
        compute="_compute_conditions",
        help="When the address was collected; each mailing says it again.",
    )

    @api.model
    def _get_condition_states(self):
        states = {
            "met": self.env._("Met"),
            "missing": self.env._("Missing"),
            "mailing": self.env._("Said in each mailing"),
        }
        return list(states.items())

    @api.depends("subject_id", "address", "told")
    def _compute_conditions(self):
        current = self._find_current()
        objecting = self._get_objecting_places()
        for row in self:
            met = {
                "address_state": row in current,
                "objection_state": (row.subject_id.id, row.company_id.id) not in objecting,
                "told_state": row.told,
            }
            row.update({name: "met" if is_met else "missing" for name, is_met in met.items()})
            row.similar_state = "mailing"

    @api.model
    def _get_forgotten_vals(self):
        return {"sale_reference": "-", "goods": "-", "address": False}

    def _find_current(self):
        """Return the rows whose person still has the address of the sale somewhere."""
        links = self.env["social.link"]
        held = set()
        for model in ADDRESS_FIELDS:
            for person in self.subject_id._get_records(model):
                digest = links._digest_address(person._get_social_address())
                held.add((person.social_subject_id.id, digest))
        return self.filtered(lambda row: (row.subject_id.id, row.address) in held)

    def _get_objecting_places(self):
        """Return the pairs (person, company) of those who said no to advertising by e-mail."""
        consents = self.env["social.consent"].sudo()
        found = consents.search_fetch(
            [
                ("subject_id", "in", self.subject_id.ids),
                ("purpose_id.code", "=", policy.CONTACT),
                ("channel", "=", "email"),
                ("recorded_state", "in", list(policy.NO_STATES)),
            ],
            ["subject_id", "company_id"],
        )
        return {(consent.subject_id.id, consent.company_id.id) for consent in found}

    @api.model
    def _record(self, person, sale_reference, sale_date, goods):
        """Write down a sale with which this person gave the address, and was told (UWG section 7(3)).

        :param person: one contact, with an e-mail address
        """
        [(record, subject)] = person._ensure_subjects()
        row = open_door(self.sudo()).create(
            {
                "subject_id": subject.id,
                "company_id": self.env.company.id,
                "sale_reference": sale_reference,
                "sale_date": sale_date,
                "goods": goods,
                "told": True,
                "address": self.env["social.link"]._digest_address(record._get_social_address()),
                "user_id": self.env.uid,
            }
        )
        return row.with_env(self.env)

    @api.model
    def _find_customers(self, records, subjects):
        """Return the ids of the records for whose address all that is recorded here is complete.

        :param subjects: ``{record id: subject id}``
        """
        digests = {}
        for row in self._get_rows(subjects.values()):
            if row.told and row.address:
                digests.setdefault(row.subject_id.id, set()).add(row.address)
        links = self.env["social.link"]
        return {
            record.id
            for record in records.sudo().browse(
                id_ for id_, subject in subjects.items() if subject in digests
            )
            if links._digest_address(record._get_social_address()) in digests[subjects[record.id]]
        }
