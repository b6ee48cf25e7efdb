from odoo import api, models


class MailMessageReaction(models.Model):
    _inherit = "mail.message.reaction"

    @api.model_create_multi
    def create(self, vals_list):
        """Odoo stores any text as a reaction: beside a mention it is a note (rules 2 and 18)."""
        reactions = super().create(vals_list)
        for reaction in reactions:
            note = reaction.message_id
            if note.model == "social.mention":
                self.env["social.mention"].browse(note.res_id)._check_note(reaction.content)
        return reactions
