import json
from dataclasses import asdict
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import connectors
from ..door import open_door

# Posts that are stored, and committed, together.
BATCH = 1000
# What could not be stored for so long is dropped: the file can be uploaded again.
KEPT = timedelta(days=1)


class SocialUpload(models.Model):
    """Some posts of an uploaded file that wait to be stored; gone in the transaction that does it.

    So a file of any size is stored in steps that can be killed at any moment, and nothing is
    lost or doubled. Only what may be stored waits here: other posts never reach the database
    (rule 15).
    """

    _name = "social.upload"
    _inherit = ["social.door.mixin"]
    _description = "Uploaded Posts That Wait"
    _order = "id"
    _rec_name = "source_id"

    source_id = fields.Many2one(
        "social.source", required=True, readonly=True, index=True, ondelete="cascade"
    )
    post_count = fields.Integer("Posts", required=True, readonly=True)
    payload = fields.Text(required=True, readonly=True)

    @api.model
    def _add(self, source, posts):
        """Let these posts wait for their turn."""
        rows = [{**asdict(post), "published_at": post.published_at.isoformat()} for post in posts]
        open_door(self.sudo()).create(
            {
                "source_id": source.id,
                "post_count": len(rows),
                "payload": json.dumps(rows, ensure_ascii=False),
            }
        )

    def _get_posts(self):
        """Return these posts as ``connectors.Post``."""
        self.ensure_one()
        return [
            connectors.Post(**{**row, "published_at": datetime.fromisoformat(row["published_at"])})
            for row in json.loads(self.payload)
        ]

    @api.model
    def _cron_store(self):
        """Store what waits, source by source."""
        rows = self.sudo()._read_group([("source_id.state", "=", "active")], ["source_id"])
        remaining = len(rows)
        self.env["social.source"]._commit(0, remaining)
        for (source,) in rows:
            done = source.with_env(self.env)._in_its_company()._store_waiting()
            remaining -= 1
            if not source.with_env(self.env)._commit(1, remaining) or not done:
                break

    @api.autovacuum
    def _gc_waiting(self):
        """Drop what waits in vain: its source is paused, or something is wrong with it."""
        moment = fields.Datetime.now() - KEPT
        self.env.cr.execute(SQL("DELETE FROM social_upload WHERE create_date < %s", moment))
        self.invalidate_model()
