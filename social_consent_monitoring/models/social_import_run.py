from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..door import open_door
from .social_source_words import name_reasons

# What remains of runs: so many of each source, and none for longer.
KEEP_RUNS = 1000
KEEP_FOR = timedelta(days=90)
# What became of posts, and the field that counts it; all else is a reason to drop one.
OUTCOMES = {"new": "new", "changed": "changed", "known": "known", "removed": "deleted"}


class SocialImportRun(models.Model):
    """One run over a source: what it saw, and what became of that.

    It is written page by page, in the transaction that stores the page: whoever looks sees how
    far it is, and its numbers are true even where the run was killed. It holds numbers only.
    """

    _name = "social.import.run"
    _inherit = ["social.door.mixin"]
    _description = "Run of a Source"
    _order = "id desc"

    source_id = fields.Many2one("social.source", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [("read", "New posts"), ("follow", "Deletions and edits")],
        "Looks For",
        required=True,
        readonly=True,
        default="read",
    )
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("partial", "Goes on with the next run"),
            ("failed", "Failed"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    started_at = fields.Datetime(
        "Started", required=True, readonly=True, default=fields.Datetime.now
    )
    seconds = fields.Float(readonly=True, aggregator="sum")
    pages = fields.Integer(readonly=True)
    seen = fields.Integer(readonly=True, help="All posts that the platform showed.")
    new = fields.Integer(readonly=True)
    changed = fields.Integer("Edited", readonly=True)
    known = fields.Integer(readonly=True)
    deleted = fields.Integer(
        readonly=True, help="Posts that stood here and are not public any more."
    )
    dropped = fields.Integer(readonly=True, help="Posts that were not stored.")
    reasons = fields.Json(readonly=True)
    reasons_text = fields.Char("Why Dropped", compute="_compute_reasons_text")
    error_message = fields.Text("Error", readonly=True)

    _by_source = models.Index("(source_id, id DESC)")

    @api.depends("reasons")
    @api.depends_context("lang")
    def _compute_reasons_text(self):
        for run in self:
            run.reasons_text = ", ".join(name_reasons(self.env, run.reasons or {}))

    @api.depends("source_id", "started_at")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for run in self:
            moment = fields.Datetime.context_timestamp(run, run.started_at or fields.Datetime.now())
            # The officer reads runs, and no sources.
            run.display_name = f"{run.sudo().source_id.name} {moment:%Y-%m-%d %H:%M}"

    # -- what a run writes down ------------------------------------------------------------------

    @api.model
    def _begin(self, source, kind="read"):
        """Start a run of a source; one that still stands as running was killed."""
        runs = open_door(self.sudo())
        left = runs.search(
            [("source_id", "=", source.id), ("kind", "=", kind), ("state", "=", "running")]
        )
        left.write({"state": "stopped"})
        return runs.create({"source_id": source.id, "kind": kind})

    def _add(self, counts, seen):
        """Add what became of a page.

        :param Counter counts: by the keys of :data:`OUTCOMES`, and by reason for dropping
        :param int seen: the posts that the platform showed
        """
        dropped = Counter(
            {key: count for key, count in counts.items() if count and key not in OUTCOMES}
        )
        values = {name: self[name] + counts[key] for key, name in OUTCOMES.items()}
        open_door(self).write(
            {
                **values,
                "pages": self.pages + 1,
                "seen": self.seen + seen,
                "dropped": self.dropped + dropped.total(),
                "reasons": dict(dropped + Counter(self.reasons or {})),
            }
        )

    def _end(self, state, seconds, error_message=None):
        open_door(self).write(
            {"state": state, "seconds": seconds, "error_message": error_message or False}
        )

    def _get_counts(self):
        """Return all counts as one, as the words of the result take them."""
        outcomes = {key: self[name] for key, name in OUTCOMES.items()}
        return Counter({**outcomes, **(self.reasons or {})})

    @api.autovacuum
    def _gc_old(self):
        """Keep the last runs of each source, and none for longer than three months."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM social_import_run WHERE started_at < %s OR id IN (
                    SELECT id FROM (
                        SELECT id, row_number() OVER (PARTITION BY source_id ORDER BY id DESC)
                        FROM social_import_run) numbered (id, number)
                    WHERE number > %s)
                """,
                fields.Datetime.now() - KEEP_FOR,
                KEEP_RUNS,
            )
        )
        self.invalidate_model()

    def _get_door_message(self):
        return self.env._("A run writes down itself what it did.")
