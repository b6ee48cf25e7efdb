import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..digests import canonical


class SocialErasureProof(models.Model):
    """What an erasure removed: counts and one digest, append-only (GDPR Art. 5(2) and 17).

    Holds nothing of the person but the key, and no foreign key that may change. The digest is
    taken over a random salt and all that was removed, so nobody gets back from it to a name.
    """

    _name = "social.erasure.proof"
    _inherit = ["social.append.only.mixin"]
    _description = "Proof of an Erasure"
    _order = "id desc"
    _log_access = False

    subject_key = fields.Char("Key", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict")
    request_number = fields.Integer("Request No.", readonly=True)
    happened_at = fields.Datetime("Erased", required=True, readonly=True)
    removed = fields.Text(required=True, readonly=True, help="Canonical JSON: rows by model.")
    kept = fields.Text(required=True, readonly=True, help="Canonical JSON: documents by model.")
    salt = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True, help="SHA-256 of salt and rows removed.")
    summary = fields.Text(compute="_compute_summary")

    @api.depends("request_number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for proof in self:
            proof.display_name = self.env._("Proof of erasure %s", proof.id or "")

    @api.depends("removed", "kept")
    @api.depends_context("lang")
    def _compute_summary(self):
        names = self.env["social.erasure"]._get_model_names()
        for proof in self:
            lines = [
                self.env._("Deleted: %(name)s: %(count)s", name=names(model), count=count)
                for model, count in json.loads(proof.removed or "{}").items()
            ]
            lines += [
                self.env._("Kept: %(name)s: %(count)s", name=names(model), count=count)
                for model, count in json.loads(proof.kept or "{}").items()
            ]
            proof.summary = "\n".join(lines)

    @api.model
    def _append(self, subjects, request, ledger):
        """Write one row for each person; all of them were erased together.

        :param ledger: a ``social_erasure.Ledger``
        """
        now = fields.Datetime.now()
        removed, kept = canonical(ledger.removed), canonical(dict(ledger.kept))
        ids = []
        for subject in subjects:
            [(row,)] = self.env.execute_query(
                SQL(
                    "INSERT INTO social_erasure_proof (subject_key, company_id, request_number,"
                    " happened_at, removed, kept, salt, digest)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
                    subject.key,
                    (request.company_id or self.env.company).id,
                    request.id or None,
                    now,
                    removed,
                    kept,
                    ledger.salt,
                    ledger.digest,
                )
            )
            ids.append(row)
        self.invalidate_model()
        return self.browse(ids)
