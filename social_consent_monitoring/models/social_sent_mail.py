from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import digests

# Whoever answers later than this writes anew.
KEPT_DAYS = 730


class SocialSentMail(models.Model):
    """That an advertising mail went to an address, so that the answer STOP is understood.

    Odoo deletes most mails once they are sent. What stays is a digest over the number of the mail
    and the address that it went to: it leads to nobody, and no other address answers in its place.
    """

    _name = "social.sent.mail"
    _description = "Advertising Mail That Was Sent"
    _log_access = False

    digest = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    sent_on = fields.Date(required=True, readonly=True, index=True)

    _digest_unique = models.UniqueIndex("(digest)", "This mail is already remembered.")

    @api.model
    def _remember(self, mails):
        """Remember to whom these mails go, in one statement."""
        rows = [
            (self._get_digest(mail.message_id, address), self.env.company.id, fields.Date.today())
            for mail in mails
            for address in mail._get_social_all_addresses()
        ]
        if rows:
            self.env.cr.execute_values(
                "INSERT INTO social_sent_mail (digest, company_id, sent_on) VALUES %s"
                " ON CONFLICT (digest) DO NOTHING",
                rows,
                page_size=1000,
            )

    @api.model
    def _find_companies(self, message_ids, address):
        """Return the companies that sent one of these messages, as advertising, to this address."""
        digests_of = [self._get_digest(message_id, address) for message_id in message_ids]
        return self.sudo().search([("digest", "in", digests_of)]).company_id

    @api.model
    def _get_digest(self, message_id, address):
        return digests.get_digest(message_id.strip(), address)

    @api.autovacuum
    def _gc_old(self):
        end = fields.Date.today() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute(SQL("DELETE FROM social_sent_mail WHERE sent_on < %s", end))
