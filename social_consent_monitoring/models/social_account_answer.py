from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import connectors
from ..connectors import http
from .social_answer_words import explain


class SocialAccountAnswer(models.Model):
    """The account as the one that answers: whose it is, how it is called, how much it may say."""

    _name = "social.account"
    _inherit = ["social.account"]

    handle = fields.Char(
        "Our Name There",
        help="Posts of this account are our own and do not come in as mentions. The server says "
        "it, at the latest when the first answer is sent.",
    )
    answer_limit = fields.Integer(
        "Longest Answer",
        compute="_compute_answer_limit",
        store=True,
        readonly=False,
        help="In characters, as the platform counts them. 0: no answers can be sent with it.",
    )

    _answer_limit_not_negative = models.Constraint(
        "CHECK (answer_limit >= 0)", "The longest answer cannot be shorter than 0."
    )

    @api.depends("connector")
    def _compute_answer_limit(self):
        for account in self:
            connector = connectors.CONNECTORS.get(account.connector)
            account.answer_limit = connector.answer if connector else 0

    def _serves_host(self, host):
        return bool(host) and http.host_of(self.address) == host

    def action_introduce(self):
        """Ask the server whose key this is, and how long answers may be there."""
        self.ensure_one()
        self.check_access("write")
        try:
            own = connectors.introduce(self.connector, self._prepare_query())
        except connectors.ConnectorError as error:
            raise UserError("\n".join(explain(self.env, error))) from None
        self.write({"handle": own.handle, "answer_limit": own.limit})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("This is %(handle)s.", handle=own.handle),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
