from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError

# What tells that a person wrote, and so may be written to.
WHO_WROTE = ("message_type", "author_id")


class MailMessage(models.Model):
    _inherit = "mail.message"

    def write(self, vals):
        """Let nobody turn a message into one that a person wrote (rule 23)."""
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
