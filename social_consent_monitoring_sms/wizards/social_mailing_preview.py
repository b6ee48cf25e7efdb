from odoo import api, models

from odoo.addons.social_consent_monitoring.kinds import with_kind


class SocialMailingPreview(models.TransientModel):
    """Whom an SMS mailing will reach, as its composer decides."""

    _inherit = "social.mailing.preview"

    @api.model
    def _get_batch_size(self, composer):
        """All SMS of a mailing are made at once."""
        if composer._name == "sms.composer":
            return max(1, len(composer._get_records()))
        return super()._get_batch_size(composer)

    @api.model
    def _judge(self, composer, record_ids, seen):
        if composer._name != "sms.composer":
            return super()._judge(composer, record_ids, seen)
        records = self.env[composer.res_model].browse(record_ids)
        kind = composer._get_social_kind()
        marked, refused = with_kind(composer, kind), {}
        if kind == "marketing":
            refused = marked._judge_social_refused(records, log="")
        stopped = records.browse(refused)
        reasons = self._get_sms_reasons(marked, stopped)
        for record_id, targets in refused.items():
            (decision, *_others) = targets.values()
            reasons[record_id] = reasons[record_id] or decision.reason
        return {**reasons, **self._get_sms_reasons(marked, records - stopped)}

    @api.model
    def _get_sms_reasons(self, composer, records):
        """Return ``{id: why Odoo leaves it out, or None}``: these are no doubles of any others."""
        recipients = composer._prepare_recipient_values(records)
        left = (
            ("sms_blacklist", set(composer._get_blacklist_record_ids(records, recipients))),
            ("sms_optout", set(composer._get_optout_record_ids(records, recipients))),
            ("sms_duplicate", set(composer._get_done_record_ids(records, recipients))),
        )
        reasons = {}
        for record_id, data in recipients.items():
            if data["sanitized"]:
                found = (reason for reason, ids in left if record_id in ids)
                reasons[record_id] = next(found, None)
            else:
                known = data["number"]
                reasons[record_id] = "sms_number_format" if known else "sms_number_missing"
        return reasons

    @api.model
    def _get_reasons(self):
        _ = self.env._
        return {
            **super()._get_reasons(),
            "sms_blacklist": _("The number is on the blacklist."),
            "sms_optout": _("Has left the mailing list."),
            "sms_duplicate": _("The same number stands in the list twice."),
            "sms_number_missing": _("There is no number."),
            "sms_number_format": _("The number is not valid."),
        }
