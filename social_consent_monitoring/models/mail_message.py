from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

# What tells that a person wrote, and so may be written to.
WHO_WROTE = ("message_type", "author_id")
# Where anything may be written, of addresses.
ADDRESSES = ("email_from", "reply_to", "incoming_email_to", "incoming_email_cc")
# What a note says, whom it goes to, and where it stands.
NOTE = {
    "body",
    "subject",
    "partner_ids",
    "outgoing_email_to",
    "attachment_ids",
    "model",
    "res_id",
} | {
    *WHO_WROTE,
    *ADDRESSES,
    "author_guest_id",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """What is written beside a mention stays among colleagues, and names no customer."""
        vals_list = [
            {**vals, "is_internal": True} if vals.get("model") == "social.mention" else vals
            for vals in vals_list
        ]
        messages = super().create(vals_list)
        messages._check_social_notes()
        return messages

    def _check_social_notes(self):
        """Ask of each note beside a mention (rules 2 and 18)."""
        own = self.env.user.email_formatted
        for note in self.sudo().filtered(lambda each: each.model == "social.mention"):
            if note.tracking_value_ids and not self.env.su:
                raise UserError(self.env._("What was changed is noted by Odoo itself."))
            addresses = {note[name] for name in ADDRESSES} - {own}
            self.env["social.mention"].browse(note.res_id)._check_note(
                note.body,
                note.subject,
                note.author_guest_id.name,
                *addresses,
                *note.attachment_ids.mapped("name"),
                partner_ids=(note.partner_ids | note.author_id).ids,
                addresses=note.outgoing_email_to,
            )

    def write(self, vals):  # pylint: disable=method-required-super
        """Let nobody turn a message into one that a person wrote (rule 23)."""
        result = self._write_who_wrote(vals)
        if NOTE & vals.keys():
            self._check_social_notes()
        return result

    def _write_who_wrote(self, vals):
        changed = [name for name in WHO_WROTE if name in vals]
        if changed and not self.env.su:
            before = [message[name] for message in self for name in changed]
            result = super().write(vals)
            if before != [message[name] for message in self for name in changed]:
                raise UserError(self.env._("Who wrote a message, and how, is not changed by hand."))
            return result
        return super().write(vals)

    def _has_come_in(self):
        """Tell whether this came in by mail: only Odoo's gateway writes as its own root user.

        A user who posts a message of that type, in whosever name, has written it.
        """
        return self.message_type == "email" and self.create_uid.id == SUPERUSER_ID
