from odoo import api, fields, models

from ..kinds import get_kind, with_kind
from ..models.sms_sms import FAILURE
from ..models.social_gate import Approach

# What decides to whom an SMS goes, and what it is for.
LOOKED_AT = (
    "composition_mode",
    "res_model",
    "res_id",
    "res_ids",
    "template_id",
    "recipient_single_number_itf",
    "numbers",
    "social_refresh",
)


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    social_strip = fields.Json("What Is Allowed Now", compute="_compute_social_strip")
    social_refresh = fields.Integer(help="Counted up to have the strip worked out anew.")

    @api.depends(*LOOKED_AT)
    def _compute_social_strip(self):
        """Say before anybody writes what is allowed; what is judged is what will be sent."""
        for wizard in self:
            wizard.social_strip = wizard._look_at_social_recipients()

    def _look_at_social_recipients(self):
        """Return the strip; False where nothing has to be asked."""
        kind = self._get_social_kind() or self.env["sms.sms"]._get_social_kind_about(self.res_model)
        if kind == "service":
            return False
        records = self._get_records()
        if self.composition_mode == "mass":
            return bool(records) and self.env["social.strip"]._count("sms", records)
        if self.composition_mode == "numbers" or not (records and self.comment_single_recipient):
            numbers = tuple(filter(None, (self.sanitized_numbers or "").split(",")))
            return self.env["social.strip"]._look_at("sms", Approach(None, kind, addresses=numbers))
        # What a message on the record would go to.
        info = records._sms_get_recipients_info(force_field=self.number_field_name)[records.id]
        partner, number = info["partner"], info["sanitized"]
        numbers = () if partner or not number else (number,)
        about = (records._name, records.id)
        approach = Approach(None, kind, *about, tuple(partner.ids), numbers)
        return self.env["social.strip"]._look_at("sms", approach)

    def _action_send_sms(self):
        """Let the SMS know what they are for; numbers that are typed in are asked about at once."""
        marked = with_kind(self, self._get_social_kind())
        return super(SmsComposer, marked)._action_send_sms()

    def _get_social_kind(self):
        """Return what this is for, or None where each SMS's topic decides; see the mail composer."""
        self.ensure_one()
        template = self.template_id.sudo()
        if template.social_kind == "marketing":
            return "marketing"
        if self.composition_mode == "numbers" or not self.res_model:
            return "first"
        if self.composition_mode != "mass":
            return None
        if template.social_kind == "service" and self.body == template.body:
            return "service"
        is_person = "social_subject_id" in self.env[self.res_model]._fields
        return "marketing" if is_person else None

    def _action_send_sms_numbers(self):
        numbers = self.sanitized_numbers.split(",") if self.sanitized_numbers else []
        numbers = numbers or [self.recipient_single_number_itf or self.recipient_single_number]
        kind = get_kind(self.env) or "first"
        approach = Approach(None, kind, addresses=tuple(filter(None, numbers)))
        self.env["social.gate"]._enforce("sms", approach)
        return super()._action_send_sms_numbers()

    def _prepare_mass_sms_values(self, records):
        """Leave out whom advertising may not reach: apart, so that none is another's double."""
        refused = self._get_social_refused(records)
        values = {}
        if refused:
            values = super()._prepare_mass_sms_values(refused)
            self._cancel_social_refused(values.values())
        if passed := records - refused:
            values |= super()._prepare_mass_sms_values(passed)
        for record_id, vals in values.items():
            vals.update(social_res_model=records._name, social_res_id=record_id)
        return {record.id: values[record.id] for record in records}

    def _get_blacklist_record_ids(self, records, recipients_info):
        """A service goes to people who withdrew consent to advertising, too: it is none."""
        blocked = super()._get_blacklist_record_ids(records, recipients_info)
        if not blocked or get_kind(self.env) != "service":
            return blocked
        numbers = {id_: recipients_info[id_]["sanitized"] for id_ in blocked}
        withdrawn = self.env["social.block.mixin"]._find_withdrawn("sms", set(numbers.values()))
        return [id_ for id_ in blocked if numbers[id_] not in withdrawn]

    def _cancel_social_refused(self, sms_values):
        """Cancel these SMS and, where SMS mailings are installed, their traces, as core does."""
        for vals in sms_values:
            if vals["state"] != "outgoing":
                continue
            vals.update(state="canceled", failure_type=FAILURE)
            for _command, _id, trace in vals.get("mailing_trace_ids") or ():
                trace.update(trace_status="cancel", failure_type=FAILURE)

    def _get_social_refused(self, records):
        """Return those of these records to whom no SMS may go."""
        if get_kind(self.env) != "marketing":
            return records.browse()
        return records.browse(self._judge_social_refused(records, log="all"))

    def _judge_social_refused(self, records, log):
        """Return ``{id: {Target: policy.Decision}}`` of those to whom no advertising may go."""
        recipients = self._prepare_recipient_values(records)
        approaches = []
        for record in records:
            partner, number = recipients[record.id]["partner"], recipients[record.id]["sanitized"]
            numbers = () if partner or not number else (number,)
            about = (record._name, record.id)
            approaches.append(Approach(record.id, "marketing", *about, tuple(partner.ids), numbers))
        return self.env["social.gate"]._judge_first("sms", approaches, log)
