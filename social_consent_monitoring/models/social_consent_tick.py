import json

from odoo import api, fields, models

from ..door import open_door


class SocialConsentTick(models.Model):
    """What somebody ticked in a form, and is asked about by e-mail in a moment.

    The form, or order, does not wait for it: nothing that goes wrong with the asking touches it,
    and nobody who is at work on the same person makes Odoo start it again, when it may have sent
    something already. A row is gone with the transaction that asks.
    """

    _name = "social.consent.tick"
    _inherit = ["social.asked.mixin", "social.commit.mixin"]
    _description = "Ticked in a Form"

    user_id = fields.Many2one(
        "res.users", "Ticked By", required=True, readonly=True, ondelete="cascade"
    )
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
        help="How the form came, for the evidence.",
    )

    @api.model
    def _add(self, person, ticks):
        """Keep what was ticked for the job.

        :param person: one contact, lead or newsletter recipient
        :param dict ticks: what ``social.consent.box._read_form()`` returned
        """
        [whom] = self._get_people_vals(person)
        open_door(self.sudo()).create(
            {
                **whom,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "ticks": ticks,
                "described": self.env["social.consent.evidence"]._describe_request(),
            }
        )
        self.env.ref("social_consent_monitoring.ir_cron_tick").sudo()._trigger()

    @api.model
    def _cron_ask(self):
        """Ask about what waits, the oldest first, each form in a transaction of its own."""
        waiting = self.sudo().search([], order="id")
        for number, tick in enumerate(waiting, 1):
            tick._transact(tick._ask)
            if not self._commit(1, remaining=len(waiting) - number):
                return

    def _ask(self):
        """Ask, and forget what was ticked; what cannot be asked is forgotten as well."""
        self.ensure_one()
        if not self.exists():
            return
        tick = self.with_user(self.user_id).sudo().with_company(self.company_id)
        tick = tick.with_context(lang=tick.described.get("lang"))
        person = tick._get_people()
        for box, notice in tick.env["social.consent.box"]._get_still_offered(tick.ticks):
            with box._stopping_nothing():
                box._ask(person, notice, tick.described)
        tick.unlink()
