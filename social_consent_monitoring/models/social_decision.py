import logging
from contextlib import contextmanager

from odoo import api, fields, models, modules

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
        names = self.env["social.policy"]._get_act_names()
        return [*names.items(), ("reveal", self.env._("Show an author"))]

    @api.model
    def _get_reasons(self):
        policy = self.env["social.policy"]
        reasons = {**policy._get_consent_reasons(), **policy._get_source_reasons()}
        words = [(code, reason) for code, (reason, _remedy) in reasons.items()]
        return [("allowed", self.env._("Allowed.")), *words]

    @api.model
    def _log(self, act, mode, records, decisions, own_transaction=False):
        """Write the rows for one act on any number of records.

        :param own_transaction: the act is about to be refused with an error, which would take
            the rows along
        """
        common = {
            "act": act,
            "mode": mode,
            "res_model": records._name,
            "company_id": self.env.company.id,
            "user_id": self.env.uid,
        }
        rows = []
        for record in records.sudo():
            decision = decisions[record.id]
            if not decision:
                rows.append(
                    {
                        **common,
                        "allowed": False,
                        "reason": decision.reason,
                        "rule": decision.rule,
                        "subject_key": self._get_key(record),
                    }
                )
        allowed = [decision for decision in decisions.values() if decision]
        if allowed:
            rows.append(
                {
                    **common,
                    "allowed": True,
                    "reason": allowed[0].reason,
                    "rule": allowed[0].rule,
                    "count": len(allowed),
                    "subject_key": self._get_key(records) if len(records) == 1 else False,
                }
            )
        with self._writer(own_transaction) as log:
            log.create(rows)

    @api.model
    def _log_reveal(self, mention):
        """Log that a user was shown the author of this mention (rule 14)."""
        with self._writer(False) as log:
            log.create(
                [
                    {
                        "act": "reveal",
                        "allowed": True,
                        "mode": "enforce",
                        "reason": "allowed",
                        "rule": "R14",
                        "res_model": mention._name,
                        "subject_key": mention.sudo().author_id.social_subject_key,
                        "company_id": self.env.company.id,
                        "user_id": self.env.uid,
                    }
                ]
            )

    @api.model
    def _get_key(self, record):
        if "social_subject_key" not in record._fields:
            return False
        return record.sudo().social_subject_key

    @contextmanager
    def _writer(self, own_transaction):
        """Yield the model to write with: with a transaction of its own where one is asked for.

        A running test keeps its one transaction, as in core: what it made is not committed, and
        another transaction could not refer to it.
        """
        if not own_transaction or modules.module.current_test:
            yield self.sudo()
            return
        with self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr, su=True))
