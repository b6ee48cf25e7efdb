from odoo import fields, models


class SocialConsentSealHead(models.Model):
    """The end of one person's chain, as a seal found it."""

    _name = "social.consent.seal.head"
    _inherit = ["social.append.only.mixin"]
    _description = "Sealed End of a Chain"
    _order = "id"
    _log_access = False

    seal_id = fields.Many2one(
        "social.consent.seal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    subject_key = fields.Char(required=True, readonly=True)
    event_sequence = fields.Integer(required=True, readonly=True)
    event_hash = fields.Char(required=True, readonly=True)

    _newest = models.Index("(subject_key, event_sequence)")
