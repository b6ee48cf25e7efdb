import base64
import binascii
from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from odoo.addons.base.models.res_partner import _tz_get

from .. import connectors, old_consents
from ..digests import sha256
from ..old_consents import OldConsent
from .file_words import explain_file

SHOWN_ROWS = 5
SHOWN_LINES = 10
SHOWN_COLUMNS = 100
SHOWN_TEXT = 80
# Uploads of a window that nobody finished go after so many days.
KEEP_UPLOADS_DAYS = 1


class SocialConsentImportWizard(models.TransientModel):
    """“Import Consents”: what a list says is looked at, then it waits to be checked (rules 9, 11).

    The file itself is not kept: it names many people. Each consent's evidence keeps its own
    line's number and words, with the SHA-256 of the file.
    """

    _name = "social.consent.import.wizard"
    _description = "Import Consents"

    kind = fields.Selection(
        [
            ("objections", "An old blacklist: who said no. It comes first"),
            ("consents", "Consents: who said yes, to what, and when"),
        ],
        "What Is It?",
        required=True,
        default="consents",
    )
    origin = fields.Selection(
        [
            ("file", "A file (CSV or JSON Lines)"),
            ("lists", "Mailing lists of Odoo"),
            ("oca", "Consents of OCA's “privacy_consent”"),
        ],
        "From",
        required=True,
        default="file",
    )
    file = fields.Binary("File (CSV or JSON Lines)", store=False, inverse="_inverse_file")
    file_name = fields.Char()
    column_ids = fields.One2many("social.consent.import.wizard.column", "wizard_id", "Columns")
    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="Of times in the file that name none.",
    )
    day_first = fields.Boolean(
        "01/02 Is the First of February",
        default=lambda self: self.env["social.upload.wizard"]._is_day_first(),
    )
    list_ids = fields.Many2many("mailing.list", string="Mailing Lists")
    person_model = fields.Selection(
        [("res.partner", "Contacts"), ("mailing.contact", "Newsletter recipients")],
        "Persons Are",
        required=True,
        default="res.partner",
        help="Where the addresses are looked for. Nobody is made anew: import the contacts first.",
    )
    source = fields.Text(
        "Where It Comes From",
        help="From which tool, and how people consented there: by which form, confirmed by e-mail "
        "or not. It stands in the evidence of each consent.",
    )
    no_blacklist = fields.Boolean(
        "There is no old blacklist",
        help="I looked: nobody who unsubscribed or objected is listed elsewhere.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "social_consent_import_wizard_attachment_rel",
        string="Evidence Files",
        bypass_search_access=True,
        help="A picture of the form as it was, the log of the confirmations. They are kept with "
        "the import.",
    )
    import_id = fields.Many2one("social.consent.import", readonly=True)
    problem = fields.Char(compute="_compute_preview")
    good_count = fields.Integer("Lines That Can Be Used", compute="_compute_preview")
    preview = fields.Html(compute="_compute_preview", sanitize=False)

    @api.onchange("file", "kind")
    def _onchange_file(self):
        """Propose what each column holds."""
        try:
            columns = self._examine().columns if self.file else ()
        except connectors.ConnectorError:
            columns = ()
        guessed = old_consents.guess(columns)
        beyond = [name for name in columns[SHOWN_COLUMNS:] if name in guessed]
        self.column_ids = [
            Command.clear(),
            *(
                Command.create({"name": name, "use": guessed.get(name)})
                for name in [*columns[:SHOWN_COLUMNS], *beyond]
            ),
        ]

    @api.onchange("origin")
    def _onchange_origin(self):
        if self.origin != "file":
            self.kind = "consents"
            self.person_model = "mailing.contact" if self.origin == "lists" else "res.partner"

    @api.depends("file", "column_ids.use", "tz", "day_first", "kind", "origin", "list_ids")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            wizard.problem, wizard.good_count, wizard.preview = False, 0, False
            try:
                found = wizard._show(wizard._read())
            except connectors.ConnectorError as error:
                wizard.problem = explain_file(self.env, error)
                continue
            if found["good"] or found["refused"]:
                wizard.good_count = found["good"]
                wizard.preview = self.env["ir.qweb"]._render(
                    "social_consent_monitoring.consent_import_preview", found
                )

    def action_continue(self):
        """Let what can be used wait, and open the import."""
        self.ensure_one()
        if not self.import_id:
            self._start(self._read(), self._get_name())
        batch = self.import_id
        self.sudo().unlink()
        return batch._get_window()

    def _inverse_file(self):
        """Let the lines wait; the file itself is dropped."""
        for wizard in self.filtered("file"):
            if wizard.origin != "file":
                continue
            try:
                digest = sha256(base64.b64decode(wizard.file))
                name = wizard.file_name or self.env._("A file")
                wizard._start(list(wizard._read()), name, digest)
            except connectors.ConnectorError as error:
                raise UserError(explain_file(self.env, error)) from None

    def _start(self, results, name, digest=False):
        self._check_said()
        results = list(results)
        if not any(isinstance(result, OldConsent) for _line, result in results):
            raise UserError(self.env._("There is no line that can be used."))
        self.import_id = self.env["social.consent.import"]._start(
            results,
            self.attachment_ids,
            name=name,
            kind=self.kind,
            person_model=self.person_model,
            source=(self.source or "").strip(),
            no_blacklist=self.no_blacklist,
            file_digest=digest,
        )

    def _check_said(self):
        """Refuse what nobody stands for, and files that were not uploaded here."""
        self.check_access("write")
        if self.origin != "file" and self.kind != "consents":
            raise UserError(self.env._("A blacklist comes from a file."))
        if not (self.source or "").strip():
            raise UserError(
                self.env._("Say where this list comes from, and how people consented there.")
            )
        for document in self.attachment_ids.sudo():
            own = document.create_uid == self.env.user and document.res_model == self._name
            if not own or document.res_id not in (0, self.id):
                raise UserError(self.env._("Upload the file here."))

    def _get_name(self):
        if self.origin == "lists":
            return ", ".join(self.list_ids.mapped("name"))
        return "privacy_consent"

    # -- looking at it ---------------------------------------------------------------------------

    def _examine(self):
        try:
            body = base64.b64decode(self.file)
        except binascii.Error:
            raise connectors.ConnectorError("binary") from None
        return old_consents.examine(body)

    def _read(self):
        """Return what the chosen origin says: pairs of line and ``OldConsent`` or ``Rejected``."""
        imports = self.env["social.consent.import"]
        if self.origin == "lists":
            return imports._read_lists(self.list_ids)
        if self.origin == "oca":
            return imports._read_oca() if imports._has_oca_tables() else ()
        if not self.file:
            return ()
        reading = old_consents.Reading(
            {column.name: column.use for column in self.column_ids if column.use},
            zone=ZoneInfo(self.tz or "UTC"),
            day_first=self.day_first,
            objections=self.kind == "objections",
        )
        return old_consents.read(self._examine(), reading)

    def _show(self, results):
        """Return what the preview shows: numbers, reasons with lines, and the first rows."""
        good, refused, rows = 0, defaultdict(list), []
        for line, result in results:
            if not isinstance(result, OldConsent):
                refused[result.reason].append(line)
                continue
            good += 1
            if good <= SHOWN_ROWS:
                rows.append(self._show_row(line, result))
        uses = set(self.column_ids.mapped("use"))
        is_list = self.origin == "file" and self.kind == "consents"
        return {
            "good": good,
            "refused": [self._describe(*item) for item in refused.items()],
            "refused_count": sum(map(len, refused.values())),
            "rows": rows,
            "has_address": self.origin != "file" or uses & set(old_consents.ADDRESSES),
            "has_date": not is_list or "given" in uses,
        }

    def _describe(self, reason, lines):
        shown = ", ".join(map(str, lines[:SHOWN_LINES]))
        if len(lines) > SHOWN_LINES:
            shown = self.env._(
                "%(lines)s and %(more)s more", lines=shown, more=len(lines) - SHOWN_LINES
            )
        words = self.env["social.consent.import.line"]._get_reading_reasons()
        words.update(self.env["social.consent.import.line"]._get_record_reasons())
        return {"reason": words.get(reason, reason), "count": len(lines), "lines": shown}

    def _show_row(self, line, said):
        """Return a row as it would be taken; not whose it is, for nobody asked to see that."""
        moment = said.given_at
        return {
            "line": line,
            "given": format_datetime(self.env, moment.replace(tzinfo=None)) if moment else "",
            "purpose": said.purpose,
            "channel": said.channel,
            "text": connectors.clean.shortened(said.text, SHOWN_TEXT),
            "source": said.source,
        }

    @api.autovacuum
    def _gc_uploads(self):
        """Remove the uploads of windows that were closed without going on."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_UPLOADS_DAYS)
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("create_date", "<", limit)]
        ).unlink()
