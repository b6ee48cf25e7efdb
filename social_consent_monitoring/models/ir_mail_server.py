import email.policy

from odoo import models

WAY_OUT = "list-unsubscribe"


class _WholeWayOutPolicy(type(email.policy.SMTP)):
    """Odoo's policy for mail, with the header List-Unsubscribe as it is.

    A signed link is longer than a line. Python would write it as an encoded word, which no mail
    program takes for an address (RFC 8058).
    """

    def _fold(self, name, value, *args, **kwargs):
        policy = UNFOLDED if name.lower() == WAY_OUT else super()
        return policy._fold(name, value, *args, **kwargs)


UNFOLDED = email.policy.EmailPolicy(linesep=email.policy.SMTP.linesep, max_line_length=None)
WHOLE = _WholeWayOutPolicy(linesep=email.policy.SMTP.linesep)


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    def _build_email__(self, *args, **kwargs):
        """Let the address to unsubscribe at arrive in one piece, Odoo's own included."""
        message = super()._build_email__(*args, **kwargs)
        if WAY_OUT in message:
            message.policy = WHOLE
        return message
