from odoo import fields, models


class SocialPrivacyStepWizard(models.TransientModel):
    """Takes one step of a request of a person, with what has to be written down for it."""

    _name = "social.privacy.step.wizard"
    _description = "Next Step of a Request"

    request_id = fields.Many2one("social.privacy.request", required=True, ondelete="cascade")
    step = fields.Selection(
        [
            ("check", "Check the person"),
            ("extend", "Extend the deadline"),
            ("done", "Carried out"),
            ("confirm", "Tell the person"),
            ("reject", "Reject"),
        ],
        required=True,
        readonly=True,
    )
    # Without sudo: the number of a request of another company may be typed in.
    answer_to = fields.Char(related="request_id.answer_to", related_sudo=False)
    note = fields.Text()
    reason = fields.Text()

    def action_take(self):
        """Take the step, and leave nothing behind of what was entered.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        request = self.request_id
        take = {
            "check": lambda: request._check_identity(self.note),
            "extend": lambda: request._extend(self.reason),
            "done": lambda: request._carry_out(self.note),
            "confirm": lambda: request._confirm(self.note),
            "reject": lambda: request._reject(self.reason, self.note),
        }[self.step]
        take()
        self.sudo().unlink()
        return {"type": "ir.actions.act_window_close"}
