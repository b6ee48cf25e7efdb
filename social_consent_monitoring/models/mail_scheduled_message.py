import json

from markupsafe import Markup

from odoo import Command, api, models

from ..kinds import get_kind, with_kind
from .social_gate import Approach


class MailScheduledMessage(models.Model):
    """A message that its author sends later: asked about now, and again when it goes out.

    Whoever may not be approached any more then gets nothing, and its author gets the text back.
    """

    _inherit = "mail.scheduled.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Tell the author at once where the message may not go; keep what it is for."""
        if get_kind(self.env) == "marketing":
            vals_list = [self._say_social_marketing(vals) for vals in vals_list]
        messages = super().create(vals_list)
        messages._check_social_notes()
        for message in messages.filtered(lambda each: not each.is_note and each.partner_ids):
            message._stop_social_approach()
        return messages

    def write(self, vals):
        result = super().write(vals)
        self._check_social_notes()
        return result

    def _check_social_notes(self):
        """Ask of each note that waits beside a mention (rules 2 and 18)."""
        for note in self.sudo().filtered(lambda each: each.model == "social.mention"):
            self.env["social.mention"].browse(note.res_id)._check_note(
                note.body,
                note.subject,
                *note.attachment_ids.mapped("name"),
                partner_ids=note.partner_ids.ids,
            )

    @api.model
    def _say_social_marketing(self, vals):
        parameters = json.loads(vals.get("notification_parameters") or "{}")
        parameters["social_kind"] = "marketing"
        return {**vals, "notification_parameters": json.dumps(parameters)}

    @api.model
    def _notification_parameters_whitelist(self):
        return super()._notification_parameters_whitelist() | {"social_kind"}

    def _stop_social_approach(self):
        """Refuse to keep for later what may not be sent now (rule 23).

        :raises ConsentRequired: with the reason and the way forward
        """
        kind = get_kind(self.env) or self.env["mail.mail"]._get_social_kind_about(self.model)
        if kind == "service":
            return
        approach = Approach(self.id, kind, self.model, self.res_id, tuple(self.partner_ids.ids))
        self.env["social.gate"]._enforce("email", approach)

    def _get_social_kind(self):
        """Return what this message is for, as whoever wrote it, or what it is about, says."""
        said = json.loads(self.notification_parameters or "{}").get("social_kind")
        return said or self.env["mail.mail"]._get_social_kind_about(self.model)

    def _stop_for_social(self):
        """Take out who may not be written to any more; return the messages left without anybody.

        Those are deleted, and their authors get the texts back.
        """
        asked = self.filtered(lambda message: message._get_social_kind() != "service")
        approaches = [
            Approach(
                message.id,
                message._get_social_kind(),
                message.model,
                message.res_id,
                tuple(message.partner_ids.ids),
            )
            for message in asked
        ]
        refused = self.env["social.gate"]._judge("email", approaches) if approaches else {}
        stopped = self.browse()
        for message in asked.filtered(lambda message: message.id in refused):
            out = {target.partner_id for target in refused[message.id]}
            if out >= set(message.partner_ids.ids):
                message._give_back_to_author()
                stopped |= message
            else:
                message.partner_ids = [Command.unlink(partner_id) for partner_id in out]
        stopped.unlink()
        return stopped

    def _give_back_to_author(self):
        """Tell the author that this will not be sent, with the text, as Odoo does after errors.

        The notice belongs to the record that it is about, and so goes when a person is erased.
        """
        author = self.create_uid.partner_id
        told = self.with_context(lang=author.lang or self.env.lang)
        reason = told.env._(
            "This scheduled message was cancelled: no consent to advertising by e-mail."
        )
        about = self.env[self.model].browse(self.res_id).exists() or self.env["mail.thread"]
        with_kind(about, "service").message_notify(
            partner_ids=author.ids,
            subject=told.env._("A scheduled message was cancelled"),
            body=Markup("<p>%s</p><hr>%s") % (reason, self.body or ""),
        )
