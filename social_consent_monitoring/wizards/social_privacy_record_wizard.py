from datetime import datetime, time, timezone

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_date

from ..models.social_gate import PERSONS

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialPrivacyRecordWizard(models.TransientModel):
    """Staff writes down what a person asked for by phone, by letter or in person."""

    _name = "social.privacy.record.wizard"
    _description = "Record a Request"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    person_name = fields.Char("Person", compute="_compute_person_name")
    kind = fields.Selection(
        lambda self: self.env["social.privacy.request"]._get_kinds(), "The Person Asks For"
    )
    note = fields.Text("What Was Said")
    received_on = fields.Date(
        "Received", required=True, default=fields.Date.context_today, help="The month starts here."
    )
    answer_to = fields.Char(help="An e-mail address. Empty: the address on record.")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        for wizard in wizards:
            wizard._get_person().check_access("read")
        return wizards

    def write(self, vals):
        result = super().write(vals)
        for wizard in self:
            wizard._get_person().check_access("read")
        return result

    @api.depends("res_model", "res_id")
    def _compute_person_name(self):
        for wizard in self:
            person = wizard._get_person()
            person.check_access("read")
            wizard.person_name = person.display_name

    def _get_person(self):
        """Return the contact, lead or newsletter recipient; no other kind of record."""
        if self.res_model not in PERSONS:
            raise UserError(
                self.env._("Requests are recorded of contacts, leads and recipients only.")
            )
        return self.env[self.res_model].browse(self.res_id)

    def action_record(self):
        """Hand the request to the privacy officer, and say until when it is answered.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        person = self._get_person()
        person.check_access("read")
        if self.kind == "object" and not self.env.user.has_group(OFFICER):
            # It is carried out at once, so it asks for what recording an objection asks for.
            person.check_access("write")
        if not self.kind:
            raise UserError(self.env._("Choose what the person asks for."))
        if not (self.note or "").strip():
            raise UserError(self.env._("Write down in a few words what was said, and how."))
        if self.answer_to and not email_normalize(self.answer_to):
            raise UserError(self.env._("This is no e-mail address."))
        [(_record, subject)] = person._ensure_subjects()
        request = self.env["social.privacy.request"]._open(
            subject,
            self.kind,
            method="staff",
            text=self.note,
            answer_to=self.answer_to,
            received_at=self._get_received_at(),
        )
        message = self._get_message(request.sudo())
        self.sudo().unlink()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_received_at(self):
        """Return the moment from which the month counts: a letter lay here since that morning."""
        today = fields.Date.context_today(self)
        if self.received_on > today:
            raise UserError(self.env._("This day is still to come."))
        if self.received_on == today:
            return fields.Datetime.now()
        zone = pytz.timezone(self.env.user.tz or "UTC")
        begin = zone.localize(datetime.combine(self.received_on, time()))
        return begin.astimezone(timezone.utc).replace(tzinfo=None)

    def _get_message(self, request):
        if request.kind == "object":
            return self.env._("The objection counts from now on: everywhere, and at once.")
        day = format_date(self.env, request.due_at)
        return self.env._("The privacy officer was told, and answers by %s.", day)
