import secrets

from odoo import api, fields, models
from odoo.tools import SQL


class SocialSubject(models.Model):
    """A data subject: nothing but a random key.

    Contacts, newsletter recipients, leads and authors point to it; consents hang on it. So the
    consent record outlives each of them, holds no personal data, and follows a person from a
    lead to a contact. It is made at the first act of consent, not for every contact there is.
    """

    _name = "social.subject"
    _description = "Data Subject"
    _rec_name = "key"
    _order = "id"

    key = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: secrets.token_hex(16),
        help="Random, 32 hexadecimal digits. Says nothing about the person.",
    )
    head_hash = fields.Char(
        readonly=True,
        copy=False,
        help="Hash of the last event of this person's chain.",
        groups="social_consent_monitoring.group_privacy_officer",
    )
    consent_ids = fields.One2many("social.consent", "subject_id", readonly=True)

    _key_unique = models.Constraint("UNIQUE(key)", "Two data subjects cannot share a key.")

    @api.depends("key")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for subject in self:
            subject.display_name = self.env._("Person %s", subject.key[:8])

    def _lock_chains(self):
        """Hold the chains of these persons until the transaction ends.

        In the order of ids, so that two callers never wait for each other.
        """
        self.env["social.subject"].flush_model()
        self.env.execute_query(
            SQL(
                "SELECT id FROM social_subject WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["head_hash"])
