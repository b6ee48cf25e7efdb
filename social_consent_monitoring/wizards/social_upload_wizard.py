import base64
import binascii
from collections import defaultdict
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.base.models.res_partner import _tz_get

from .. import connectors
from ..connectors import clean, upload
from ..models.social_source_words import name_reason
from .file_words import explain_file

SHOWN_POSTS = 5
SHOWN_LINES = 10
SHOWN_COLUMNS = 100
SHOWN_TEXT = 120
BATCH = 1000


class SocialUploadWizard(models.TransientModel):
    """“Upload Posts”: a file is looked at, then its public posts are stored (rules 14 to 16).

    The file is never kept, for it may hold what is not public (rule 15): it stays in the browser
    until the last button, and only the posts that may be stored go on from there.
    """

    _name = "social.upload.wizard"
    _description = "Upload Posts"

    source_id = fields.Many2one(
        "social.source",
        required=True,
        domain=[("connector", "=", "upload"), ("state", "=", "active")],
        help="A source of the kind “Files that you upload”, started. It says why you may read "
        "these posts, and on which platform they were published.",
    )
    has_sources = fields.Boolean(compute="_compute_has_sources")
    file = fields.Binary("File (CSV or JSON Lines)", store=False, inverse="_inverse_file")
    file_name = fields.Char(store=False)
    column_ids = fields.One2many("social.upload.wizard.column", "wizard_id", "Columns")
    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Of times in the file that name none.",
    )
    day_first = fields.Boolean(
        "01/02 Is the First of February", default=lambda self: self._is_day_first()
    )
    says_visibility = fields.Boolean(compute="_compute_says_visibility")
    all_public = fields.Boolean(
        "All of these posts were public",
        help="Everybody could read them, without a login and without being a friend. Who states "
        "this is noted.",
    )
    problem = fields.Char(compute="_compute_preview")
    good_count = fields.Integer("Posts That Can Be Stored", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.model
    def _is_day_first(self):
        lang = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return (lang.date_format or "").startswith("%d")

    @api.depends("source_id")
    def _compute_has_sources(self):
        domain = self._fields["source_id"].domain
        self.has_sources = bool(self.env["social.source"].search_count(domain, limit=1))

    @api.depends("column_ids.use")
    def _compute_says_visibility(self):
        for wizard in self:
            wizard.says_visibility = "visibility" in wizard.column_ids.mapped("use")

    @api.onchange("file")
    def _onchange_file(self):
        """Propose what each column holds."""
        try:
            columns = self._examine().columns if self.file else ()
        except connectors.ConnectorError:
            columns = ()
        guessed = upload.guess(columns)
        # Nobody looks through more, but what is known by its name counts.
        beyond = [name for name in columns[SHOWN_COLUMNS:] if name in guessed]
        columns = [*columns[:SHOWN_COLUMNS], *beyond]
        self.column_ids = [
            Command.clear(),
            *(Command.create({"name": name, "use": guessed.get(name)}) for name in columns),
        ]

    @api.depends("file", "column_ids.use", "tz", "day_first", "all_public", "source_id")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.problem, wizard.good_count, wizard.preview = False, 0, False
            if not wizard.file:
                continue
            try:
                found = wizard._try_file()
            except connectors.ConnectorError as error:
                wizard.problem = explain_file(self.env, error)
                continue
            wizard.good_count = found["good"]
            wizard.preview = self.env["ir.qweb"]._render(
                "social_consent_monitoring.upload_preview", found
            )

    def action_store(self):
        """Store what waits since the window was saved, and say what came of it."""
        self.ensure_one()
        source = self.source_id
        self.sudo().unlink()
        result = source.action_store_waiting()
        result["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return result

    def _inverse_file(self):
        """Let the posts wait to be stored; the file itself is dropped."""
        for wizard in self.filtered("file"):
            wizard.source_id.check_access("write")
            try:
                results = list(upload.read(wizard._examine(), wizard._get_reading()))
            except connectors.ConnectorError as error:
                raise UserError(explain_file(self.env, error)) from None
            if not any(_is_good(result) for _line, result in results):
                raise UserError(self.env._("This file holds no post that can be stored."))
            wizard.source_id._take_file(results)
            if wizard.all_public and not wizard.says_visibility:
                wizard.source_id._message_log(
                    body=self.env._(
                        "%s stated that all posts of an uploaded file were public.",
                        self.env.user.name,
                    )
                )

    # -- looking at the file ---------------------------------------------------------------

    def _examine(self):
        try:
            body = base64.b64decode(self.file)
        except binascii.Error:
            raise connectors.ConnectorError("binary") from None
        return upload.examine(body)

    def _get_reading(self):
        return upload.Reading(
            {column.name: column.use for column in self.column_ids if column.use},
            zone=ZoneInfo(self.tz or "UTC"),
            day_first=self.day_first,
            all_public=self.all_public,
        )

    def _try_file(self):
        """Read the whole file and store nothing; return what the preview shows of it."""
        good, refused, posts = 0, defaultdict(list), []
        known = {"known": 0, "changed": 0}
        for line, result in upload.read(self._examine(), self._get_reading()):
            if not _is_good(result):
                refused[getattr(result, "reason", "not_public")].append(line)
                continue
            good += 1
            posts.append(result)
            if good <= SHOWN_POSTS:
                sample = posts[:]
            if len(posts) == BATCH:
                self._count_known(posts, known)
                posts = []
        self._count_known(posts, known)
        return {
            "good": good,
            "refused": [self._describe(*item) for item in refused.items()],
            "refused_count": sum(map(len, refused.values())),
            "rows": [self._show(post) for post in sample] if good else [],
            "has_text": "text" in self.column_ids.mapped("use"),
            "has_date": "published" in self.column_ids.mapped("use"),
            "vouched": self.says_visibility or self.all_public,
            **known,
        }

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

    def _describe(self, reason, lines):
        shown = ", ".join(map(str, lines[:SHOWN_LINES]))
        if len(lines) > SHOWN_LINES:
            shown = self.env._(
                "%(lines)s and %(more)s more", lines=shown, more=len(lines) - SHOWN_LINES
            )
        return {"reason": name_reason(self.env, reason), "count": len(lines), "lines": shown}

    def _show(self, post):
        """Return a post as it would be stored; not who wrote it, for nobody asked to see that."""
        yes, no = self.env._("yes"), self.env._("no")
        return {
            "text": clean.shortened(post.text, SHOWN_TEXT),
            "published": format_datetime(self.env, post.published_at.replace(tzinfo=None)),
            "author": yes if post.author else no,
            "url": yes if post.url else no,
            "language": post.language or "",
        }


def _is_good(result):
    return isinstance(result, connectors.Post) and result.visibility == "public"
