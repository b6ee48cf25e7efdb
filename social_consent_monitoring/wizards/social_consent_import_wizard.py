import base64
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from .. import old_consents
from ..connectors import clean
from ..digests import sha256

SHOWN_TEXT = 80
# Uploads of a window that nobody finished go after so many days.
KEEP_UPLOADS_DAYS = 1


class SocialConsentImportWizard(models.TransientModel):
    """“Import Consents”: what a list says is looked at, then it waits to be checked (rules 9, 11).

    The file itself is not kept: it names many people. Each consent's evidence keeps its own
    line's number and words, with the SHA-256 of the file.
    """

    _name = "social.consent.import.wizard"
    _inherit = ["social.file.wizard.mixin"]
    _description = "Import Consents"
    _format = old_consents
    _template = "social_consent_monitoring.consent_import_preview"

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
    file_name = fields.Char()
    column_ids = fields.One2many("social.consent.import.wizard.column", "wizard_id", "Columns")
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

    @api.onchange("file", "kind")
    def _onchange_file(self):
        return super()._onchange_file()

    @api.onchange("origin")
    def _onchange_origin(self):
        if self.origin != "file":
            self.kind = "consents"
            self.person_model = "mailing.contact" if self.origin == "lists" else "res.partner"

    @api.depends("kind", "origin", "list_ids")
    def _compute_preview(self):
        return super()._compute_preview()

    def action_continue(self):
        """Let what can be used wait, and open the import."""
        self.ensure_one()
        if not self.import_id:
            self._start(self._read(), self._get_name())
        batch = self.import_id
        self.sudo().unlink()
        return batch._get_window()

    def _take(self, results):
        """Let the lines wait."""
        if self.origin == "file":
            name = self.file_name or self.env._("A file")
            self._start(results, name, sha256(base64.b64decode(self.file)))

    def _start(self, results, name, digest=False):
        self._check_said()
        results = list(results)
        if all(self._find_reason(result) for _line, result in results):
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

    def _read(self):
        """Return what the chosen origin says: pairs of line and ``OldConsent`` or ``Rejected``."""
        imports = self.env["social.consent.import"]
        if self.origin == "lists":
            return imports._read_lists(self.list_ids)
        if self.origin == "oca":
            return imports._read_oca() if imports._has_oca_tables() else ()
        if not self.file:
            return ()
        return self._read_file(objections=self.kind == "objections")

    def _look(self):
        found = self._sort_out(self._read())
        if not found["good"] and not found["refused"]:
            return None
        uses = set(self.column_ids.mapped("use"))
        is_list = self.origin == "file" and self.kind == "consents"
        return {
            **found,
            "has_address": self.origin != "file" or uses & set(old_consents.ADDRESSES),
            "has_date": not is_list or "given" in uses,
        }

    def _name_reason(self, reason):
        words = self.env["social.consent.import.line"]._get_reading_reasons()
        words.update(self.env["social.consent.import.line"]._get_record_reasons())
        return words.get(reason, reason)

    def _show(self, line, said):
        moment = said.given_at
        return {
            "line": line,
            "given": format_datetime(self.env, moment.replace(tzinfo=None)) if moment else "",
            "purpose": said.purpose,
            "channel": said.channel,
            "text": clean.shortened(said.text, SHOWN_TEXT),
            "source": said.source,
        }

    @api.autovacuum
    def _gc_uploads(self):
        """Remove the uploads of windows that were closed without going on."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_UPLOADS_DAYS)
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("create_date", "<", limit)]
        ).unlink()
