import functools
import time
from collections import Counter
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import connectors
from ..exceptions import ConsentRequired
from .social_source import NO_ERROR
from .social_source_words import summarize
from .social_upload import BATCH

# Seconds that somebody who pressed the button waits; the rest is stored by the job.
PATIENCE = 20


class SocialSourceUpload(models.Model):
    """A source that people fill with files (CSV, JSON Lines). It is never polled."""

    _name = "social.source"
    _inherit = ["social.source"]

    connector = fields.Selection(
        selection_add=[("upload", "Files that you upload (CSV, JSON Lines)")],
        ondelete={"upload": "cascade"},
    )
    # Files have none; all others need it, see the check below.
    address = fields.Char(required=False)
    upload_counts = fields.Json(readonly=True, copy=False, groups="base.group_system")
    upload_waiting = fields.Integer("Posts Waiting", compute="_compute_upload_waiting")

    def _compute_upload_waiting(self):
        waiting = self.env["social.upload"].sudo()
        domain = [("source_id", "in", self._origin.ids)]
        counts = dict(waiting._read_group(domain, ["source_id"], ["post_count:sum"]))
        for source in self:
            source.upload_waiting = counts.get(source._origin, 0)

    @api.constrains("connector", "address", "state")
    def _check_address_given(self):
        for source in self.sudo():
            if not source.address and source.connector != "upload" and source.state != "closed":
                raise ValidationError(self.env._("Enter the address from which to read."))

    def action_upload(self):
        """Ask for a file."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Upload Posts"),
            "res_model": "social.upload.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_source_id": self[:1].id},
        }

    def action_store_waiting(self):
        """Store what waits, as far as it is done in seconds, and say what came of it."""
        self.ensure_one()
        self.check_access("write")
        self.with_context(import_commits=True)._store_waiting(PATIENCE)
        message = self.error_message or self.last_summary or ""
        if self.upload_waiting:
            self.env.ref("social_consent_monitoring.ir_cron_upload")._trigger()
            rest = self.env._("%s more posts are stored in the background.", self.upload_waiting)
            message = f"{message}\n{rest}"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if self.error_message else "success",
                "title": self.env._("Upload"),
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # -- a file comes in -----------------------------------------------------------------

    def _import(self, *args, **kwargs):
        """Nobody is asked for what people upload."""
        polled = self.filtered(lambda source: source.connector != "upload")
        return super(SocialSourceUpload, polled)._import(*args, **kwargs)

    def _take_file(self, results):
        """Let the posts of a file wait to be stored, those aside that may not be.

        :param results: what ``connectors.upload.read`` yields
        :raises ConsentRequired: unless the platform's terms allow it (R16)
        """
        self.ensure_one()
        if self.connector != "upload" or self.state != "active":
            raise UserError(self.env._("Start the source first."))
        self._check_may_collect()
        self.invalidate_recordset(["upload_waiting"])
        is_first, counts = not self.upload_waiting, Counter()
        results = (result for _line, result in results)
        while batch := list(islice(results, BATCH)):
            posts = [each for each in batch if isinstance(each, connectors.Post)]
            counts.update(each.reason for each in batch if isinstance(each, connectors.Rejected))
            if admitted := self._sift(posts, counts):
                self.env["social.upload"]._add(self, admitted)
        self._note_upload(counts, 0, fresh=is_first)
        self.invalidate_recordset(["upload_waiting"])

    def _sift(self, posts, counts):
        """Return the posts that may wait, and count the others by reason.

        They are looked at once more when they are stored. This first look keeps out of the
        database what is not public (rule 15), and authors who must not come back (Art. 17, 21).
        """
        admitted, refused = self._admit(posts)
        counts.update(refused)
        self._forget([post.external_id for post in posts if post.visibility != "public"])
        return admitted

    def _store_waiting(self, seconds=float("inf")):
        """Store what waits, batch by batch; return whether nothing is left to be done now."""
        ends = time.monotonic() + seconds
        try:
            while self.state == "active" and self._transact(self._store_next):
                # The job's own time may be up, too.
                if time.monotonic() > ends or not self._commit(0):
                    return False
        except ConsentRequired as refusal:
            self._transact(functools.partial(self._pause, str(refusal)))
        except Exception as error:
            # A defect of ours: what waits stays, and other sources go on.
            self._log_defect(error)
            if self._commits():
                self.env.cr.rollback()
            self._transact(self._note_upload_defect)
        return True

    def _store_next(self):
        """Store one batch and take it off the queue; return whether there was one."""
        if not self._try_lock():
            return False
        batch = self.env["social.upload"].sudo().search([("source_id", "=", self.id)], limit=1)
        if not batch:
            return False
        started = time.monotonic()
        self._check_may_collect()
        counts = self._admit_and_store(batch._get_posts())[1]
        batch.unlink()
        self.invalidate_recordset(["upload_waiting"])
        self._note_upload(counts, time.monotonic() - started)
        return True

    def _note_upload(self, counts, seconds, fresh=False):
        """Add to what came of the files that are being stored; ``fresh`` begins anew."""
        source, now = self.sudo(), fields.Datetime.now()
        before = {} if fresh else source.upload_counts or {}
        total = Counter(before.get("counts")) + Counter(counts)
        seconds += before.get("seconds", 0)
        source.write(
            {
                "upload_counts": {"counts": total, "seconds": seconds},
                "last_run": now,
                "last_success": now,
                "last_summary": summarize(self.env, total, seconds),
                **NO_ERROR,
            }
        )

    def _note_upload_defect(self):
        self.sudo().write(
            {
                "error_date": fields.Datetime.now(),
                "error_message": self.env._("Uploaded posts could not be stored."),
                "error_advice": self.env._(
                    "The server's log holds the details. What waits is tried again for a day; "
                    "after that, upload the file once more. No post comes twice."
                ),
            }
        )
