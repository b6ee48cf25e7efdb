from odoo import api, fields, models


class SocialExistingCustomer(models.Model):
    """What lets an existing customer get e-mail about similar goods without consent (UWG section 7(3)).

    All four conditions: the address comes from a sale; the goods advertised are the company's
    own and similar; the person has not objected; and was told of that right when the address was
    collected, and is told each time. The third follows from the consents, the second is said of
    each mailing; the others are recorded here, for the company that made the sale.
    """

    _name = "social.existing.customer"
    _inherit = ["social.door.mixin"]
    _description = "Existing Customer"
    _order = "id desc"

    subject_id = fields.Many2one(
        "social.subject", "Person", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
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
    active = fields.Boolean(default=True, readonly=True)

    @api.model
    def _get_subject_ids(self, subject_ids):
        """Return the ids of those for whom all that is recorded here is complete."""
        domain = [
            ("subject_id", "in", subject_ids),
            ("company_id", "=", self.env.company.id),
            ("told", "=", True),
        ]
        return set(self.sudo().search(domain).subject_id.ids)
