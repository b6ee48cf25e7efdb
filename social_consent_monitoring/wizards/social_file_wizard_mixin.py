import base64
import binascii
from collections import defaultdict
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.base.models.res_partner import _tz_get

from ..connectors import ConnectorError, Rejected
from .file_words import explain_file

SHOWN_ROWS = 5
SHOWN_LINES = 10
SHOWN_COLUMNS = 100


class SocialFileWizardMixin(models.AbstractModel):
    """What the wizards share that take a file with rows: its columns, and a look before it counts.

    The file is never kept: it stays in the browser until the last button, and only what ``_take``
    is given goes on from there. Each wizard has ``column_ids``: a column's name and its ``use``.
    """

    _name = "social.file.wizard.mixin"
    _description = "Wizard With a File"

    # The module that understands such files: ``examine``, ``guess``, ``Reading`` and ``read``.
    _format = None
    # The template of the preview.
    _template = None

    file = fields.Binary("File (CSV or JSON Lines)", store=False, inverse="_inverse_file")
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
    problem = fields.Char(compute="_compute_preview")
    good_count = fields.Integer("Lines That Can Be Used", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.model
    def _is_day_first(self):
        lang = self.env["res.lang"]._get_data(code=self.env.user.lang or "en_US")
        return (lang.date_format or "").startswith("%d")

    @api.onchange("file")
    def _onchange_file(self):
        """Propose what each column holds."""
        try:
            columns = self._examine().columns if self.file else ()
        except ConnectorError:
            columns = ()
        guessed = self._format.guess(columns)
        # Nobody looks through more, but what is known by its name counts.
        beyond = [name for name in columns[SHOWN_COLUMNS:] if name in guessed]
        columns = [*columns[:SHOWN_COLUMNS], *beyond]
        self.column_ids = [
            Command.clear(),
            *(Command.create({"name": name, "use": guessed.get(name)}) for name in columns),
        ]

    @api.depends("file", "column_ids.use", "tz", "day_first")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.problem, wizard.good_count, wizard.preview = False, 0, False
            try:
                found = wizard._look()
            except ConnectorError as error:
                wizard.problem = explain_file(self.env, error)
                continue
            if found:
                wizard.good_count = found["good"]
                wizard.preview = self.env["ir.qweb"]._render(self._template, found)

    def _inverse_file(self):
        """Let go on what the file says; the file itself is dropped."""
        for wizard in self.filtered("file"):
            try:
                wizard._take(list(wizard._read()))
            except ConnectorError as error:
                raise UserError(explain_file(self.env, error)) from None

    def _read(self):
        """Return pairs of a row's number, and what it says or a ``Rejected``."""
        raise NotImplementedError

    def _take(self, results):
        """Let go on what :meth:`_read` returned."""
        raise NotImplementedError

    def _look(self):
        """Return what the preview shows, and None where there is nothing to be shown.

        It holds what :meth:`_sort_out` returns.
        """
        raise NotImplementedError

    # -- reading the file ------------------------------------------------------------------------

    def _examine(self):
        try:
            body = base64.b64decode(self.file)
        except binascii.Error:
            raise ConnectorError("binary") from None
        return self._format.examine(body)

    def _read_file(self, **options):
        """Read the file as its columns say; ``options`` are what this format asks besides."""
        reading = self._format.Reading(
            {column.name: column.use for column in self.column_ids if column.use},
            zone=ZoneInfo(self.tz or "UTC"),
            day_first=self.day_first,
            **options,
        )
        return self._format.read(self._examine(), reading)

    def _sort_out(self, results):
        """Return numbers, the reasons with their lines, and the first rows."""
        good, refused, rows = 0, defaultdict(list), []
        for line, result in results:
            if reason := self._find_reason(result):
                refused[reason].append(line)
                continue
            good += 1
            if good <= SHOWN_ROWS:
                rows.append(self._show(line, result))
        return {
            "good": good,
            "refused": [self._describe(*item) for item in refused.items()],
            "refused_count": sum(map(len, refused.values())),
            "rows": rows,
        }

    def _find_reason(self, result):
        """Return why a row cannot be used, None for one that can."""
        return result.reason if isinstance(result, Rejected) else None

    def _describe(self, reason, lines):
        shown = ", ".join(map(str, lines[:SHOWN_LINES]))
        if len(lines) > SHOWN_LINES:
            shown = self.env._(
                "%(lines)s and %(more)s more", lines=shown, more=len(lines) - SHOWN_LINES
            )
        return {"reason": self._name_reason(reason), "count": len(lines), "lines": shown}

    def _name_reason(self, reason):
        raise NotImplementedError

    def _show(self, line, result):
        """Return a row as it would be taken; not whose it is, for nobody asked to see that."""
        raise NotImplementedError
