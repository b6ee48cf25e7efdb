import logging
from collections import Counter

from odoo import SUPERUSER_ID, api, fields, models, modules

_logger = logging.getLogger(__name__)


class SocialDecision(models.Model):
    """The decision log (rule 25): what was asked, by whom, and what the policy said.

    A refusal has one row; an allowed mass act one row a batch. Names nobody: a person appears by
    the subject key, and only where there is one.
    """

    _name = "social.decision"
    _description = "Decision"
    _order = "id desc"

    act = fields.Selection("_get_acts", readonly=True, required=True, index=True)
    allowed = fields.Boolean(readonly=True)
    mode = fields.Selection(lambda self: self.env["social.policy.rule"]._get_modes(), readonly=True)
    reason = fields.Selection("_get_reasons", readonly=True)
    rule = fields.Char(readonly=True)
    subject_key = fields.Char(readonly=True, index="btree_not_null")
    res_model = fields.Char("Model", readonly=True)
    count = fields.Integer("Records", readonly=True, default=1)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    user_id = fields.Many2one("res.users", readonly=True, ondelete="set null")

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
        common = {
            "act": act,
            "res_model": records._name,
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
        }
        rows = []
        for record in records.sudo():
            decision = decisions[record.id]
            if not decision and decision.mode != "off":
                rows.append(
                    {
                        **common,
                        "mode": decision.mode,
                        "allowed": False,
                        "reason": decision.reason,
                        "rule": decision.rule,
                        "subject_key": self._get_key(record),
                    }
                )
        allowed = Counter(
            decision[1:3] + decision[-1:] for decision in decisions.values() if decision
        )
        for (reason, rule, mode), count in allowed.items():
            if mode == "off":
                continue
            rows.append(
                {
                    **common,
                    "mode": mode,
                    "allowed": True,
                    "reason": reason,
                    "rule": rule,
                    "count": count,
                    "subject_key": self._get_key(records) if len(records) == 1 else False,
                }
            )
        self._write_rows(rows, own_transaction)

    @api.model
    def _get_key(self, record):
        """Return the subject key of a person, or of a mention's author."""
        person = record.sudo()
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
            self.sudo().create(rows)
            return
        try:
            with self.env.registry.cursor() as cr:
                self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._create_known(rows)
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
