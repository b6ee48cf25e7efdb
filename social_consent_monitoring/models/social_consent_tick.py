import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models

from ..door import open_door
from .social_commit_mixin import CONFLICTS

_logger = logging.getLogger(__name__)

# Where the job stood still so long, nobody remembers the form.
LONGEST_WAIT = timedelta(days=2)


class SocialConsentTick(models.Model):
    """What somebody ticked in a form, and is asked about by e-mail in a moment.

    The form, or order, does not wait for it: nothing that goes wrong with the asking touches it,
    and nobody who is at work on the same person makes Odoo start it again, when it may have sent
    something already. A row is gone with the transaction that asks.
    """

    _name = "social.consent.tick"
    _inherit = ["social.asked.mixin", "social.commit.mixin"]
    _description = "Ticked in a Form"

    user_id = fields.Many2one("res.users", "Ticked By", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    ticks = fields.Json(
        required=True,
        readonly=True,
        groups="base.group_system",
        help="The boxes, and the texts beside them that were read.",
    )
    described = fields.Json(
        required=True,
        readonly=True,
        groups="base.group_system",
        help="How the form came, and from which address, for the evidence.",
    )

    @api.model
    def _add(self, person, ticks):
        """Keep what was ticked for the job.

        :param person: one contact, lead or newsletter recipient
        :param dict ticks: what ``social.consent.box._read_form()`` returned
        """
        [whom] = self._get_people_vals(person)
        described = self.env["social.consent.evidence"]._describe_request()
        open_door(self.sudo()).create(
            {
                **whom,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "ticks": ticks,
                "described": {**described, "address": person._get_social_address()},
            }
        )
        self.env.ref("social_consent_monitoring.ir_cron_tick").sudo()._trigger()

    @api.model
    def _cron_ask(self):
        """Ask about what waits, the oldest first, each form in a transaction of its own.

        One whose person somebody else is at work on waits for the next run, and the rest go on.
        """
        waiting = self.sudo().search([], order="id")
        for number, tick in enumerate(waiting, 1):
            try:
                tick._transact(tick._ask)
            except CONFLICTS:
                _logger.info("What was ticked in a form waits for the next run.")
            if not self._commit(1, remaining=len(waiting) - number):
                return

    def _ask(self):
        """Ask, and forget what was ticked; what cannot be asked is forgotten as well."""
        self.ensure_one()
        if not self.exists():
            return
        tick = self.with_user(self.user_id or SUPERUSER_ID).sudo().with_company(self.company_id)
        tick = tick.with_context(lang=tick.described.get("lang"))
        if tick._is_over():
            _logger.warning("What was ticked in a form waited too long, or its address is another.")
        else:
            tick._ask_person()
        tick.unlink()

    def _is_over(self):
        """Tell whether nobody would know any more why the mail comes, or it would reach another."""
        address = self._get_people()._get_social_address()
        is_old = self.create_date < fields.Datetime.now() - LONGEST_WAIT
        return is_old or address != self.described["address"]

    def _ask_person(self):
        for box, notice in self.env["social.consent.box"]._get_still_offered(self.ticks):
            with box._stopping_nothing():
                box._ask(self._get_people(), notice, self.described)
