import json
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ..door import open_door

_logger = logging.getLogger(__name__)


class SocialConsentTick(models.Model):
    """A ticked box whose person gets a mail in a moment: the form or order does not wait for it.

    Nothing that goes wrong with the asking then touches the form, and nobody who is at work on the
    same person makes Odoo start the form again, which may have sent something already. A row is
    gone with the transaction that asks.
    """

    _name = "social.consent.tick"
    _inherit = ["social.asked.mixin", "social.commit.mixin"]
    _description = "Ticked Box to Ask About"

    user_id = fields.Many2one(
        "res.users", "Ticked By", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    purpose_id = fields.Many2one(
        "social.consent.purpose", required=True, readonly=True, ondelete="cascade"
    )
    channel = fields.Char(readonly=True)
    notice_id = fields.Many2one(
        "social.consent.notice", required=True, readonly=True, ondelete="cascade"
    )
    method = fields.Char(required=True, readonly=True)
    evidence = fields.Text(
        required=True,
        readonly=True,
        groups="base.group_system",
        help="What the request's evidence will say, as JSON.",
    )

    @api.model
    def _add(self, person, purpose, channel, notice, method, evidence):
        """Keep a tick for the job; the arguments are those of ``_request_social_consent()``.

        :param person: one contact, lead or newsletter recipient
        """
        [whom] = self._get_people_vals(person)
        open_door(self.sudo()).create(
            {
                **whom,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "purpose_id": purpose.id,
                "channel": channel,
                "notice_id": notice.id,
                "method": method,
                "evidence": json.dumps(evidence),
            }
        )
        self.env.ref("social_consent_monitoring.ir_cron_tick").sudo()._trigger()

    @api.model
    def _cron_ask(self):
        """Ask about what waits, each tick in a transaction of its own, the oldest first."""
        waiting = self.sudo().search([], order="id")
        for number, tick in enumerate(waiting, 1):
            tick._transact(tick._ask)
            if not self._commit(1, remaining=len(waiting) - number):
                return

    def _ask(self):
        """Ask, and forget the tick; what cannot be asked is forgotten as well."""
        self.ensure_one()
        if not self.exists():
            return
        tick = self.with_user(self.user_id).sudo().with_company(self.company_id)
        try:
            with self.env.cr.savepoint():
                tick._get_people()._request_social_consent(
                    tick.purpose_id.code,
                    tick.channel or None,
                    notice=tick.notice_id,
                    method=tick.method,
                    evidence=json.loads(tick.evidence),
                )
        except (psycopg2.OperationalError, ConcurrencyError):
            # Somebody else is at work on this person: this tick is asked about anew.
            raise
        except UserError as error:
            # Its words may name somebody.
            _logger.info("A ticked box asked nobody: %s", type(error).__name__)
        except Exception as error:
            _logger.error("Asking about a ticked box failed: %s", type(error).__name__)
        open_door(self).unlink()
