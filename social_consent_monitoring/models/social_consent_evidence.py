import hashlib
import json
import secrets

from odoo import api, fields, models


class SocialConsentEvidence(models.Model):
    """What proves a consent event (rule 5: the privacy officer alone reads it).

    Apart from the event, so that it can be erased: the chain holds its salted digest only.
    """

    _name = "social.consent.evidence"
    _description = "Consent Evidence"
    _order = "id"

    event_id = fields.Many2one(
        "social.consent.event", required=True, readonly=True, index=True, ondelete="restrict"
    )
    method = fields.Char(readonly=True, required=True, help="The door that was used.")
    acting_user_id = fields.Many2one("res.users", "Entered By", readonly=True, ondelete="set null")
    notice_id = fields.Many2one("social.consent.notice", readonly=True, ondelete="restrict")
    details = fields.Text(readonly=True, help="Canonical JSON, as the door recorded it.")
    salt = fields.Char(readonly=True, required=True)
    digest = fields.Char(readonly=True, required=True, help="SHA-256 of salt and details.")

    @api.model
    def _prepare(self, consents, method, evidence):
        """Return the values of one evidence for each consent, with salt and digest."""
        details = json.dumps(evidence or {}, sort_keys=True, default=str)
        prepared = []
        for consent in consents:
            salt = secrets.token_hex(16)
            prepared.append(
                {
                    "method": method,
                    "acting_user_id": self.env.uid,
                    "notice_id": consent.notice_id.id,
                    "details": details,
                    "salt": salt,
                    "digest": self._get_digest(salt, details),
                }
            )
        return prepared

    @api.model
    def _store(self, prepared, event_ids):
        self.sudo().create(
            [
                {**vals, "event_id": event_id}
                for vals, event_id in zip(prepared, event_ids, strict=True)
            ]
        )

    @api.model
    def _get_digest(self, salt, details):
        return hashlib.sha256(f"{salt}\n{details}".encode()).hexdigest()

    @api.depends("method")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for evidence in self:
            evidence.display_name = self.env._("Evidence %s", evidence.id)
