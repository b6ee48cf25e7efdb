import psycopg2

from odoo import Command, api, fields, models
from odoo.exceptions import ConcurrencyError

from ..door import open_door

# So many are asked in one transaction, and so many at once when the button is pressed.
BATCH_SIZE = 200
AT_ONCE = 50


class SocialConsentRequestBatch(models.Model):
    """A request for consent to a selection of contacts, leads or recipients, on its way.

    Each person has a line that is waiting, asked, left out or failed. A line is decided in the
    transaction that queues its e-mail, so a restart asks nobody twice and forgets nobody.
    """

    _name = "social.consent.request.batch"
    _inherit = ["social.door.mixin"]
    _description = "Request for Consent"
    _order = "id desc"

    user_id = fields.Many2one(
        "res.users", "Sent By", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    purpose_id = fields.Many2one(
        "social.consent.purpose", required=True, readonly=True, ondelete="restrict"
    )
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(), readonly=True
    )
    campaign_id = fields.Many2one(
        "social.consent.campaign", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    occasion = fields.Selection("_get_occasions", required=True, readonly=True)
    note = fields.Text(readonly=True)
    state = fields.Selection(
        [("running", "Running"), ("done", "Done")],
        required=True,
        readonly=True,
        default="running",
    )
    line_ids = fields.One2many("social.consent.request.line", "batch_id", readonly=True)
    total_count = fields.Integer("Contacts", compute="_compute_counts")
    asked_count = fields.Integer("Asked", compute="_compute_counts")
    left_out_count = fields.Integer("Left Out", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts", help="In percent.")

    @api.model
    def _get_occasions(self):
        """Return why the company may write to the person at all (UWG section 7)."""
        occasions = {
            "asked_for": self.env._("They asked us for it"),
            "customer": self.env._("A customer with an open order or question"),
            "contacted_us": self.env._("They contacted us first"),
            "other": self.env._("Other, see the note"),
        }
        return list(occasions.items())

    @api.depends("line_ids.state")
    def _compute_counts(self):
        counts = {
            (batch.id, state): count
            for batch, state, count in self.env["social.consent.request.line"]._read_group(
                [("batch_id", "in", self.ids)], ["batch_id", "state"], ["__count"]
            )
        }
        for batch in self:
            by_state = {state: count for (id_, state), count in counts.items() if id_ == batch.id}
            total = sum(by_state.values())
            batch.total_count = total
            batch.asked_count = by_state.get("asked", 0)
            batch.left_out_count = by_state.get("left_out", 0)
            batch.failed_count = by_state.get("failed", 0)
            batch.progress = 100 - 100 * by_state.get("waiting", 0) / total if total else 100

    @api.depends("purpose_id", "channel")
    @api.depends_context("lang")
    def _compute_display_name(self):
        channels = dict(self.env["social.consent"]._get_channels())
        for batch in self:
            parts = [batch.purpose_id.name or "", channels.get(batch.channel)]
            batch.display_name = ": ".join(filter(None, parts))

    def _get_door_message(self):
        return self.env._("Choose contacts and use “Ask for Consent”.")

    @api.model
    def _start(self, people, purpose, channel, occasion, note, campaign=None):
        """Ask these persons: few of them now, many in the background; return the batch.

        :param people: contacts, leads or newsletter recipients
        :param campaign: the ``social.consent.campaign`` that asks, if any
        """
        lines = self.env["social.consent.request.line"]
        batch = open_door(self.sudo()).create(
            {
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "purpose_id": purpose.id,
                "channel": channel or False,
                "occasion": occasion,
                "note": note or False,
                "campaign_id": campaign.id if campaign else False,
                "line_ids": [Command.create(vals) for vals in lines._get_people_vals(people)],
            }
        )
        if len(people) <= AT_ONCE:
            batch._take_next()
        else:
            self.env.ref("social_consent_monitoring.ir_cron_request").sudo()._trigger()
        return batch.with_env(self.env)

    @api.model
    def _cron_request(self):
        """Go on with what is running, each batch of contacts in a transaction of its own."""
        self.env["social.consent.campaign"].sudo()._remind_due()
        running = self.sudo().search([("state", "=", "running")], order="id")
        waiting = self.env["social.consent.request.line"].sudo()
        domain = [("batch_id", "in", running.ids), ("state", "=", "waiting")]
        remaining = waiting.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for batch in running:
            while batch.state == "running":
                taken = batch._take_next()
                remaining = max(remaining - taken, 0)
                if not self.env["ir.cron"]._commit_progress(taken, remaining=remaining):
                    return

    def _take_next(self):
        """Ask the next contacts of this batch, and return how many lines that were."""
        self.ensure_one()
        lines = self.env["social.consent.request.line"].sudo()
        lines = lines.search(
            [("batch_id", "=", self.id), ("state", "=", "waiting")], limit=BATCH_SIZE, order="id"
        )
        left_out = self._sort_out_lines(lines)
        self._ask(lines.filtered(lambda line: line._get_people().id not in left_out))
        for line in lines:
            if (person_id := line._get_people().id) in left_out:
                line._settle("left_out", left_out[person_id])
        if len(lines) < BATCH_SIZE:
            open_door(self.sudo()).state = "done"
        return len(lines)

    def _sort_out_lines(self, lines):
        if self.company_id not in self.user_id.company_ids:
            # Whoever sent it has lost the company since.
            return dict.fromkeys(lines._get_people().ids, "no_right")
        sender = self._as_sender()
        people = lines._get_people().with_env(sender.env)
        strangers = sender.campaign_id.sudo()._find_strangers(people)
        known = people.filtered(lambda person: person.id not in strangers)
        reasons = sender._sort_out(known, self.purpose_id.code, self.channel or None, log=True)
        return {**reasons, **dict.fromkeys(strangers, "not_known")}

    def _as_sender(self):
        """Return the batch as the one who sent it sees it: the cron may do more than they."""
        return (
            self.sudo(False)
            .with_user(self.user_id)
            .with_context(allowed_company_ids=self.company_id.ids, lang=self.user_id.lang)
        )

    @api.model
    def _sort_out(self, people, purpose_code, channel, log=False):
        """Return ``{record id: reason}`` of those who are not asked.

        :param log: they are really being asked now, so the decision log is to know
        """
        writable = people._filtered_access("write")
        reasons = dict.fromkeys((people - writable).ids, "no_right")
        seen, addresses = self.env["social.subject"].sudo(), set()
        for person in writable:
            subject, address = person.sudo().social_subject_id, person._get_social_address()
            if "is_company" in person._fields and person.is_company:
                reasons[person.id] = "company"
            elif not address:
                reasons[person.id] = "no_email"
            elif subject & seen or address in addresses:
                reasons[person.id] = "same_person"
            seen |= subject
            addresses.add(address)
        askable = writable.filtered(lambda person: person.id not in reasons)
        policy = self.env["social.policy"]
        act = policy._get_ask_act(purpose_code, channel)
        decisions = policy._decide(act, askable)
        if log:
            policy._carry_out(act, askable, decisions, partial=True)
        refused = {id_: decision.reason for id_, decision in decisions.items() if not decision}
        return {**reasons, **refused}

    @api.model
    def _get_reason_words(self):
        """Return why somebody is not asked, in words, by the code of the reason."""
        return {
            **dict(self.env["social.decision"]._get_reasons()),
            "no_right": self.env._("You may not edit this contact."),
            "company": self.env._("A company, not a person."),
            "no_email": self.env._("There is no e-mail address."),
            "not_known": self.env._(
                "Never bought or wrote here: even this e-mail would be advertising."
            ),
            "same_person": self.env._("The same person is in the selection twice."),
        }

    def _ask(self, lines):
        """Ask the contacts of these lines; one that fails is set apart, and the rest go on."""
        if not lines:
            return
        try:
            with self.env.cr.savepoint():
                self._request(lines._get_people())
            lines._settle("asked")
        except (psycopg2.OperationalError, ConcurrencyError):
            # Somebody else is at work on these persons: Odoo starts the transaction again.
            raise
        except Exception as error:
            if len(lines) == 1:
                lines._fail(error)
            else:
                for line in lines:
                    self._ask(line)

    def _request(self, people):
        evidence = {"occasion": self.occasion, "note": self.note}
        people.with_env(self._as_sender().env)._request_social_consent(
            self.purpose_id.code,
            self.channel or None,
            method="staff",
            evidence={name: value for name, value in evidence.items() if value},
        )

    def action_view_lines(self):
        """List the contacts of this request, with what became of each."""
        self.ensure_one()
        return self.env["social.consent.request.line"]._get_window([("batch_id", "=", self.id)])

    def _get_window(self):
        """Return the action that shows this request and its progress."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Request for Consent"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "view_mode": "form",
        }
