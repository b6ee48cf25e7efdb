import logging
from collections import Counter

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models, modules
from odoo.tools import SQL

from ..door import open_door

OFFICER = "social_consent_monitoring.group_privacy_officer"
# How long the use of a consent to advertising by phone has to be proven (UWG section 7a(2)).
KEEP_CALLS_YEARS = 5
_logger = logging.getLogger(__name__)


class SocialDecision(models.Model):
    """The decision log (rule 25): what was asked, by whom, and what the policy said.

    A refusal has one row; an allowed mass act one row a batch. Names nobody: a person appears by
    the subject key, and only where there is one. Rows are written by :meth:`_log` and deleted by
    the retention period, and in no other way.
    """

    _name = "social.decision"
    _inherit = ["social.door.mixin"]
    _description = "Decision"
    _order = "id desc"

    act = fields.Selection("_get_acts", readonly=True, required=True, index=True)
    allowed = fields.Boolean(readonly=True)
    mode = fields.Selection(lambda self: self.env["social.policy.rule"]._get_modes(), readonly=True)
    result = fields.Selection(
        [
            ("allowed", "Allowed"),
            ("refused", "Refused"),
            ("observed", "Would have been refused"),
        ],
        compute="_compute_result",
        store=True,
        help="Where a rule only observes, the act went on although it would have been refused.",
    )
    reason = fields.Selection("_get_reasons", readonly=True)
    rule = fields.Char(readonly=True)
    basis = fields.Selection(
        [
            ("consent", "Consent"),
            ("contract", "Contract"),
            ("company", "A company, no person"),
            ("known", "A known person, no advertising"),
            ("business", "Business matter, no advertising"),
            ("customer", "Existing customer"),
            ("presumed", "A business, presumed consent"),
        ],
        "Rests On",
        readonly=True,
        help="Empty where the act was refused, or needs no basis.",
    )
    contract_number = fields.Integer(
        readonly=True, help="Number of the contract that the act rests on. None for an order."
    )
    subject_key = fields.Char(
        "Person", readonly=True, index="btree_not_null", help="A random key, not a name."
    )
    person_hint = fields.Char("Known As", compute="_compute_person_hint", groups=OFFICER)
    res_model = fields.Char("Model", readonly=True)
    count = fields.Integer("Records", readonly=True, default=1)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")

    @api.depends("allowed", "mode")
    def _compute_result(self):
        for decision in self:
            decision.result = self._get_result(decision.allowed, decision.mode)

    @api.model
    def _get_result(self, allowed, mode):
        if allowed:
            return "allowed"
        return "observed" if mode == "observe" else "refused"

    @api.depends("act", "create_date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self.env["social.policy"]._get_act_names()
        for decision in self:
            decision.display_name = names.get(decision.act, "")

    @api.depends("subject_key")
    @api.depends_context("uid", "lang")
    def _compute_person_hint(self):
        """Say what kind of record the person is today; nothing is stored and none can search it."""
        models_ = self.env["ir.model"]
        for decision in self:
            person = decision._get_person()
            decision.person_hint = models_._get(person._name).name if person else False

    @api.ondelete(at_uninstall=False)
    def _unlink_by_retention(self):
        self._check_door()

    def _get_door_message(self):
        return self.env._(
            "The decision log writes itself: no row is made, changed or deleted by hand."
        )

    # -- who it was, for the privacy officer -------------------------------------------------

    def _get_person(self):
        """Return a record of the person that this user may read; none where there is none."""
        subject = self.env["social.subject"]._get_by_key(self.subject_key or "")
        return subject._get_readable_record(self.env)

    def action_open_person(self):
        """Open the person behind the key; a deleted one and a hidden one look alike."""
        self.ensure_one()
        self.check_access("read")
        person = self._get_person()
        if not person:
            return {
                "type": "ir.actions.client",
                "tag": "display_notification",
                "params": {
                    "type": "warning",
                    "message": self.env._("No record of this person is left that you may see."),
                },
            }
        return {
            "type": "ir.actions.act_window",
            "res_model": person._name,
            "res_id": person.id,
            "views": [(False, "form")],
            "view_mode": "form",
        }

    def action_open_contract(self):
        """Open the contract that the act rested on, as far as this user may see it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contract"),
            "res_model": "social.contract",
            "views": [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "domain": [("id", "=", self.contract_number)],
        }

    # -- retention ---------------------------------------------------------------------------

    @api.model
    def _select_outlived_decision(self, moment):
        """Return the query for rows from before ``moment``.

        What allowed a call is kept longer, whatever the setting says (UWG section 7a(2)).
        """
        proofs = fields.Datetime.now() - relativedelta(years=KEEP_CALLS_YEARS)
        return SQL(
            """
            SELECT id, create_date AS at FROM social_decision WHERE create_date < %s
                AND NOT (act = 'contact_phone' AND allowed AND create_date >= %s)
            """,
            moment,
            proofs,
        )

    # -- writing -----------------------------------------------------------------------------

    @api.model
    def _get_acts(self):
        return list(self.env["social.policy"]._get_act_names().items())

    @api.model
    def _get_reasons(self):
        reasons = self.env["social.policy"]._get_reasons()
        words = [(code, reason) for code, (reason, _remedy) in reasons.items()]
        return [("allowed", self.env._("Allowed.")), *words]

    @api.model
    def _log(self, act, records, decisions, own_transaction=False):
        """Write the rows for one act on any number of records.

        :param own_transaction: the act is about to be refused with an error, which would take
            the rows along
        """
        refused = [
            {**self._prepare_row(decisions[record.id]), "subject_key": self._get_key(record)}
            for record in records.sudo()
            if not decisions[record.id]
        ]
        alone = len(records) == 1
        # A batch may rest on many contracts: which one is known of a single record only.
        allowed = Counter(
            decision._replace(consent=None, contract=decision.contract if alone else None)
            for decision in decisions.values()
            if decision
        )
        key = self._get_key(records) if alone else False
        rows = refused + [
            {**self._prepare_row(decision), "count": count, "subject_key": key}
            for decision, count in allowed.items()
        ]
        common = {
            "act": act,
            "res_model": records._name,
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
        }
        # A rule that is off leaves no trace. The result is said here: computed, it takes one more
        # statement for each batch of a mailing.
        rows = [
            {**common, **row, "result": self._get_result(row["allowed"], row["mode"])}
            for row in rows
            if row["mode"] != "off"
        ]
        self._write_rows(rows, own_transaction)

    @api.model
    def _prepare_row(self, decision):
        return {
            "mode": decision.mode,
            "allowed": decision.allowed,
            "reason": decision.reason,
            "rule": decision.rule,
            "basis": decision.basis or False,
            "contract_number": decision.contract,
        }

    @api.model
    def _get_key(self, record):
        """Return the subject key of a person, or of a mention's author."""
        person = record.sudo()
        if record._name == "social.subject":
            return person.key
        if record._name == "social.mention":
            person = person.author_id
        return person.social_subject_key if "social_subject_key" in person._fields else False

    @api.model
    def _write_rows(self, rows, own_transaction):
        """Write the rows, in a transaction of their own where the act's is about to end.

        A running test keeps its one transaction, as in core: what it made is not committed, and
        another transaction could not refer to it.
        """
        if not own_transaction or modules.module.current_test:
            open_door(self.sudo()).create(rows)
            return
        try:
            with self.env.registry.cursor() as cr:
                log = self.with_env(api.Environment(cr, SUPERUSER_ID, {}))
                open_door(log)._create_known(rows)
        except Exception:
            # The act is refused all the same, and the user is told why.
            _logger.exception("A refusal could not be written to the decision log")

    @api.model
    def _create_known(self, rows):
        """Create rows; a user or company that is not committed yet is left out of them."""
        for row in rows:
            for name in ("user_id", "company_id"):
                row[name] = self.env[self._fields[name].comodel_name].browse(row[name]).exists().id
        self.create(rows)
