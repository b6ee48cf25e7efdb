import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..door import open_door

# So many lines are recorded, and committed, together.
BATCH = 1000
# What nobody went on with for so long is dropped: the file can be uploaded again.
KEPT = timedelta(days=14)


class SocialConsentImportPart(models.Model):
    """Some lines of an old list that wait; gone in the transaction that records them.

    So an import can be killed at any moment: what is recorded waits no longer, and what waits is
    not recorded. It holds addresses, so what nobody goes on with is dropped.
    """

    _name = "social.consent.import.part"
    _inherit = ["social.door.mixin"]
    _description = "Lines of an Old List That Wait"
    _order = "id"
    _rec_name = "import_id"

    import_id = fields.Many2one(
        "social.consent.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    line_count = fields.Integer("Lines", required=True, readonly=True)
    payload = fields.Text(required=True, readonly=True)

    @api.model
    def _add(self, batch, rows):
        """Let these rows wait for their turn."""
        open_door(self.sudo()).create(
            {
                "import_id": batch.id,
                "line_count": len(rows),
                "payload": json.dumps(rows, ensure_ascii=False),
            }
        )

    def _get_rows(self):
        """Return the rows as ``social.consent.import._take_lines`` made them."""
        self.ensure_one()
        return json.loads(self.payload)

    @api.model
    def _forget(self, values):
        """Take the lines of somebody who is erased off what waits (GDPR Art. 17).

        :param set values: the addresses and numbers that are this person's alone
        """
        for part in self.sudo().search([]) if values else ():
            rows = [row for row in part._get_rows() if row["who"] not in values]
            if len(rows) < part.line_count:
                payload = json.dumps(rows, ensure_ascii=False)
                open_door(part).write({"payload": payload, "line_count": len(rows)})

    @api.autovacuum
    def _gc_waiting(self):
        """Drop what waits in vain; the record says that it was left off."""
        moment = fields.Datetime.now() - KEPT
        rows = self.env.execute_query(
            SQL(
                "DELETE FROM social_consent_import_part part USING social_consent_import batch"
                " WHERE batch.id = import_id AND part.create_date < %s"
                " AND batch.state NOT IN ('checking', 'running') RETURNING import_id",
                moment,
            )
        )
        self.invalidate_model()
        left = self.env["social.consent.import"].sudo().browse({row[0] for row in rows})
        open_door(left).write({"state": "cancelled"})
