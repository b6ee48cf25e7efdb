from odoo import fields, models


class SocialAnswerRefuseWizard(models.TransientModel):
    """Gives an answer back to its author, with the reason."""

    _name = "social.answer.refuse.wizard"
    _description = "Give an Answer Back"

    answer_id = fields.Many2one("social.answer", required=True, readonly=True, ondelete="cascade")
    reason = fields.Text(required=True, help="Its author reads this.")

    def action_confirm(self):
        """Give it back; nothing of the reason is kept here.

        :raises UserError: where the reason tells of a customer (rule 18)
        """
        self.ensure_one()
        result = self.answer_id.action_refuse(self.reason)
        self.sudo().unlink()
        return result
