from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..policy import AGE_OF_CONSENT

# Uploads of a form that nobody finished go after so many days.
KEEP_UPLOADS_DAYS = 1


class SocialConsentRecordWizard(models.TransientModel):
    """Staff records a consent that a person gave by phone, in person or on paper (rule 9)."""

    _name = "social.consent.record.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Record a Consent"

    purpose_id = fields.Many2one("social.consent.purpose", required=True)
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(lambda self: self.env["social.consent"]._get_channels())
    notice_id = fields.Many2one(
        "social.consent.notice", compute="_compute_notice_id", readonly=True
    )
    notice_text = fields.Text(related="notice_id.preview")
    notice_missing = fields.Text(compute="_compute_notice_id")
    ask_age = fields.Boolean(related="notice_id.ask_age")
    medium = fields.Selection(
        [("paper", "On paper"), ("phone", "On the phone"), ("in_person", "In person")],
        "How",
    )
    given_at = fields.Datetime(
        "Date and Time", required=True, default=lambda self: fields.Datetime.now()
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "social_consent_record_wizard_attachment_rel",
        string="Upload File",
        bypass_search_access=True,
    )
    call_record = fields.Text(
        help="Who called whom, at which number, what you read out, what the person answered. "
        "It is kept as a file with the consent."
    )
    evidence_note = fields.Text("Note", help="Whatever else shows that the person consented.")
    birth_date = fields.Date()
    age = fields.Integer("Stated Age", help="In years, where the person gives no date of birth.")
    needs_guardian = fields.Boolean(compute="_compute_needs_guardian")
    guardian = fields.Char(help="Who has custody, and how that person agreed.")
    incentive_id = fields.Many2one(
        "social.consent.incentive",
        domain="[('signed_off_on', '!=', False), ('purpose_id', '=', purpose_id)]",
        help="What the person gets for the consent. For adults only.",
    )
    has_incentive = fields.Boolean(compute="_compute_has_incentive")

    @api.depends("partner_id", "purpose_id")
    def _compute_notice_id(self):
        notices = self.env["social.consent.notice"]
        for wizard in self:
            wizard.notice_id = wizard.notice_missing = False
            if not wizard.purpose_id:
                continue
            try:
                wizard.notice_id = notices._get_published(wizard.purpose_id, wizard.partner_id.lang)
            except UserError as error:
                wizard.notice_missing = str(error)

    @api.depends("purpose_id")
    def _compute_has_incentive(self):
        signed_off = self.env["social.consent.incentive"].search(
            [("signed_off_on", "!=", False), ("company_id", "=", self.env.company.id)]
        )
        for wizard in self:
            wizard.has_incentive = wizard.purpose_id in signed_off.purpose_id

    @api.depends("birth_date", "age", "given_at")
    def _compute_needs_guardian(self):
        for wizard in self:
            age = wizard.age or None
            if wizard.birth_date:
                age = relativedelta(
                    wizard.given_at or fields.Datetime.now(), wizard.birth_date
                ).years
            wizard.needs_guardian = age is not None and age < AGE_OF_CONSENT

    def action_record(self):
        self._record()
        return self._finish()

    def action_record_and_next(self):
        """Record, and open the form again for the next box on the same paper or call.

        One box, one purpose (rule 10): each is recorded on its own, with the same evidence.
        """
        self._record()
        kept = ("medium", "given_at", "call_record", "evidence_note")
        kept += ("birth_date", "age", "guardian")
        following = self.copy_data()[0]
        action = self.partner_id.action_record_social_consent()
        action["context"].update({f"default_{name}": following[name] for name in kept})
        action["context"]["default_attachment_ids"] = [Command.set(self.attachment_ids.ids)]
        # Also one that a first press, which was refused, had tied to this form.
        self.attachment_ids.sudo().res_id = 0
        self.attachment_ids = [Command.clear()]
        self._finish()
        return action

    def _record(self):
        self.ensure_one()
        self._check_may_record()
        if self.given_at > fields.Datetime.now():
            raise UserError(self.env._("The person cannot have consented in the future."))
        evidence = self._prepare_evidence()
        self.partner_id._give_social_consent(
            self.purpose_id.code,
            self.channel if self.purpose_id._needs_channel() else None,
            method="staff",
            evidence=evidence,
            given_at=self.given_at,
        )

    def _prepare_evidence(self):
        """Return the evidence as the doors take it; nothing that was left empty is in it."""
        if not self.medium:
            raise UserError(self.env._("Say how the person consented."))
        if self.ask_age and not (self.birth_date or self.age):
            raise UserError(self.env._("Ask for the date of birth, or for the age."))
        if self.needs_guardian and not (self.guardian or "").strip():
            raise UserError(
                self.env._("Below the age of %s a guardian has to agree too.", AGE_OF_CONSENT)
            )
        birth_date = fields.Date.to_string(self.birth_date) if self.birth_date else False
        evidence = {
            "medium": self.medium,
            "note": (self.evidence_note or "").strip(),
            "attachment_ids": self._get_evidence_files().ids,
            "birth_date": birth_date,
            "age": self.age,
            "guardian": (self.guardian or "").strip(),
            "incentive_id": self.incentive_id.id,
        }
        return {name: value for name, value in evidence.items() if value}

    def _get_evidence_files(self):
        """Return the uploads, and what was written of a call as a file too (rule 9)."""
        files = self.attachment_ids
        if self.medium == "phone" and (self.call_record or "").strip():
            files |= self.env["ir.attachment"].create(
                {
                    "name": self.env._("Call record.txt"),
                    "raw": self.call_record.encode(),
                    "mimetype": "text/plain",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        if self.medium == "paper" and not files:
            raise UserError(self.env._("Add a photo or scan of the signed paper."))
        if self.medium == "phone" and not files:
            raise UserError(self.env._("Write down the call, or add a file about it."))
        if self.medium == "in_person" and not (files or (self.evidence_note or "").strip()):
            raise UserError(self.env._("Write down where, and how the person consented."))
        return files

    def _check_people(self):
        """Refuse files that were not uploaded here: they would be copied, and deleted."""
        result = super()._check_people()
        for wizard in self:
            for attachment in wizard.attachment_ids.sudo():
                if (
                    attachment.create_uid != self.env.user
                    or attachment.res_model != self._name
                    or attachment.res_id not in (0, wizard.id)
                ):
                    raise UserError(self.env._("Upload the file here."))
        return result

    def _check_may_record(self):
        """Whoever may edit the contact may record what the person said."""
        self.partner_id.check_access("write")

    def _finish(self):
        """The door has copied the files; these ones go, and nobody else ever read them."""
        own = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        files = self.env["ir.attachment"].sudo().search(own)
        (files | self.attachment_ids.sudo()).unlink()
        return super()._finish()

    @api.autovacuum
    def _gc_uploads(self):
        """Remove the uploads of forms that were closed without recording anything."""
        limit = fields.Datetime.now() - timedelta(days=KEEP_UPLOADS_DAYS)
        self.env["ir.attachment"].sudo().search(
            [("res_model", "=", self._name), ("create_date", "<", limit)]
        ).unlink()
