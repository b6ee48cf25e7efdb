from odoo import api, fields, models
from odoo.exceptions import UserError

from ..digests import sha256
from ..policy import CHANNELS
from .social_consent_import import OPEN

# What is shorter is a name for a text, and not the text.
SHORTEST_WORDING = 20
SAID_HERE = {"notice_id", "channel", "wording"}


class SocialConsentImportTerm(models.Model):
    """What people of an old list agreed to, as the list says it, and what that means here.

    The privacy officer says once for all lines that say the same: the words that the persons
    read, and the notice that promises no less. Where that is missing, the lines are refused.
    """

    _name = "social.consent.import.term"
    _description = "What an Old List Says"
    _order = "line_count desc, id"
    _rec_name = "said_purpose"

    import_id = fields.Many2one(
        "social.consent.import", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="import_id.company_id")
    said_purpose = fields.Char("Purpose in the List", readonly=True)
    said_channel = fields.Char("Channel in the List", readonly=True)
    said_text = fields.Text("Text in the List", readonly=True)
    line_count = fields.Integer("Lines", readonly=True)
    notice_id = fields.Many2one(
        "social.consent.notice",
        "Counts as Consent to",
        ondelete="restrict",
        domain="[('state', 'in', ('published', 'superseded')), ('outdated', '=', False),"
        " ('company_id', '=', company_id)]",
        help="The notice that promises the same, or less. What it names counts: purpose, "
        "platforms, data, and how long the consent is valid from its own day on.",
    )
    purpose_code = fields.Selection(related="notice_id.purpose_id.code")
    channel = fields.Selection(lambda self: self.env["social.consent"]._get_channels())
    wording = fields.Text(
        "Words That They Read",
        help="Word for word: what stood beside the box, or what was read out. Its SHA-256 goes "
        "into the evidence of each consent.",
    )
    problem = fields.Char("Still Missing", compute="_compute_problem")

    @api.depends("notice_id", "channel", "wording")
    @api.depends_context("lang")
    def _compute_problem(self):
        words = self.env["social.consent.import.line"]._get_reasons()
        for term in self:
            term.problem = words.get(term._find_problem(), False)

    def _find_problem(self):
        """Return the code of what is missing before these lines can be used, or None."""
        self.ensure_one()
        notice = self.notice_id
        if not notice:
            return "no_notice"
        if notice.state == "draft" or notice.outdated or notice.company_id != self.company_id:
            return "no_notice"
        if notice.purpose_id._needs_channel() and not self.channel:
            return "no_channel"
        if len((self.wording or "").strip()) < SHORTEST_WORDING:
            return "no_wording"
        return None

    def _get_place(self):
        """Return purpose code, channel and notice of the consents that these lines are."""
        purpose = self.notice_id.purpose_id
        return purpose.code, self.channel if purpose._needs_channel() else None, self.notice_id

    def _get_digest(self):
        return sha256((self.wording or "").strip().encode())

    @api.model
    def _guess(self, said):
        """Return what the words of a list say by themselves: channel, wording, notice.

        A notice only where the list has its very text; a person says all else.
        """
        purpose, channel, text = said
        vals = {}
        if len(text) >= SHORTEST_WORDING:
            vals["wording"] = text
            vals["notice_id"] = self._find_notice(text).id
        names = {label.lower(): code for code, label in self.env["social.consent"]._get_channels()}
        names.update({code: code for code in CHANNELS})
        for word in (channel, purpose.rpartition("/")[2], purpose):
            if code := names.get(word.strip().lower()):
                vals["channel"] = code
                break
        return vals

    @api.model
    def _find_notice(self, text):
        """Return the notice of this company with exactly these words; none where there are two."""
        notices = self.env["social.consent.notice"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("state", "in", ("published", "superseded")),
                ("outdated", "=", False),
            ]
        )
        plain = " ".join(text.split())
        same = notices.filtered(lambda notice: " ".join((notice.text or "").split()) == plain)
        return same if len(same) == 1 else same.browse()

    def write(self, vals):
        """Keep what consents rest on: it is said before they are recorded, and stays then."""
        if vals.keys() - SAID_HERE and not self.env.su:
            raise UserError(self.env._("What the list says stays as it is."))
        if any(term.import_id.state not in OPEN for term in self):
            raise UserError(
                self.env._("Consents rest on this already. Start another import to say otherwise.")
            )
        return super().write(vals)
