from collections import Counter
from itertools import islice

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..connectors import clean, upload
from ..models.social_source_words import name_reason

SHOWN_TEXT = 120
BATCH = 1000


class SocialUploadWizard(models.TransientModel):
    """“Upload Posts”: a file is looked at, then its public posts are stored (rules 14 to 16).

    The file is never kept, for it may hold what is not public (rule 15): it stays in the browser
    until the last button, and only the posts that may be stored go on from there.
    """

    _name = "social.upload.wizard"
    _inherit = ["social.file.wizard.mixin"]
    _description = "Upload Posts"
    _format = upload
    _template = "social_consent_monitoring.upload_preview"

    source_id = fields.Many2one(
        "social.source",
        required=True,
        domain=[("connector", "=", "upload"), ("state", "=", "active")],
        help="A source of the kind “Files that you upload”, started. It says why you may read "
        "these posts, and on which platform they were published.",
    )
    has_sources = fields.Boolean(compute="_compute_has_sources")
    file_name = fields.Char(store=False)
    column_ids = fields.One2many("social.upload.wizard.column", "wizard_id", "Columns")
    says_visibility = fields.Boolean(compute="_compute_says_visibility")
    all_public = fields.Boolean(
        "All of these posts were public",
        help="Everybody could read them, without a login and without being a friend. Who states "
        "this is noted.",
    )

    @api.depends("source_id")
    def _compute_has_sources(self):
        domain = self._fields["source_id"].domain
        self.has_sources = bool(self.env["social.source"].search_count(domain, limit=1))

    @api.depends("column_ids.use")
    def _compute_says_visibility(self):
        for wizard in self:
            wizard.says_visibility = "visibility" in wizard.column_ids.mapped("use")

    @api.depends("all_public", "source_id")
    def _compute_preview(self):
        return super()._compute_preview()

    def action_store(self):
        """Store what waits since the window was saved, and say what came of it."""
        self.ensure_one()
        source = self.source_id
        self.sudo().unlink()
        result = source.action_store_waiting()
        result["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return result

    def _take(self, results):
        """Let the posts wait to be stored."""
        self.source_id.check_access("write")
        if all(self._find_reason(result) for _line, result in results):
            raise UserError(self.env._("This file holds no post that can be stored."))
        self.source_id._take_file(results)
        if self.all_public and not self.says_visibility:
            self.source_id._message_log(
                body=self.env._(
                    "%s stated that all posts of an uploaded file were public.", self.env.user.name
                )
            )

    # -- looking at the file ---------------------------------------------------------------

    def _read(self):
        return self._read_file(all_public=self.all_public)

    def _look(self):
        """Read the whole file and store nothing."""
        if not self.file:
            return None
        known = Counter(known=0, changed=0)
        found = self._sort_out(self._note_known(self._read(), known))
        uses = self.column_ids.mapped("use")
        return {
            **found,
            **known,
            "has_text": "text" in uses,
            "has_date": "published" in uses,
            "vouched": self.says_visibility or self.all_public,
        }

    def _note_known(self, results, known):
        """Pass on what the file says, and count what of it is here already."""
        while some := list(islice(results, BATCH)):
            posts = [result for _line, result in some if not self._find_reason(result)]
            self._count_known(posts, known)
            yield from some

    def _count_known(self, posts, known):
        """Count which posts we hold already, and which of them in other words."""
        if not self.source_id:
            return
        texts = {post.external_id: post.text for post in posts}
        mentions = self.env["social.mention"].sudo()
        # What only another company heard, this one learns nothing of.
        own = mentions._check_company_domain(self.source_id.company_id)
        mentions = mentions.search_fetch(
            [
                *own,
                ("platform_id", "=", self.source_id.platform_id.id),
                ("external_id", "in", list(texts)),
            ],
            ["external_id", "text"],
        )
        known["known"] += len(mentions)
        known["changed"] += sum(each.text != texts[each.external_id] for each in mentions)

    def _find_reason(self, result):
        reason = super()._find_reason(result)
        return reason or (None if result.visibility == "public" else "not_public")

    def _name_reason(self, reason):
        return name_reason(self.env, reason)

    def _show(self, line, post):
        yes, no = self.env._("yes"), self.env._("no")
        return {
            "text": clean.shortened(post.text, SHOWN_TEXT),
            "published": format_datetime(self.env, post.published_at.replace(tzinfo=None)),
            "author": yes if post.author else no,
            "url": yes if post.url else no,
            "language": post.language or "",
        }
