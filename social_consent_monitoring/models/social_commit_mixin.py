from odoo import models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

CONFLICTS = (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError)
# Attempts to store something beside somebody who stores the same.
TRIES = 4


class SocialCommitMixin(models.AbstractModel):
    """Work in several transactions: in a job, and for a button that says so by its context.

    Elsewhere, in tests above all, the caller's transaction stands.
    """

    _name = "social.commit.mixin"
    _description = "Work in Several Transactions"

    def _transact(self, function):
        """Run it all or not at all, and commit it where parts are committed.

        Somebody else may store or save the same at the same time; PostgreSQL then refuses one of
        the two, which starts again on what the other left.
        """
        if not self._commits():
            with self.env.cr.savepoint():
                return function()
        for attempt in range(TRIES):
            try:
                result = function()
                self._commit(0)
                return result
            except Exception as error:
                self.env.cr.rollback()
                if attempt == TRIES - 1 or not isinstance(error, CONFLICTS):
                    raise
        return None

    def _commits(self):
        context = self.env.context
        return "ir_cron_progress_id" in context or bool(context.get("import_commits"))

    def _commit(self, processed, remaining=None):
        """Commit what is finished; return the seconds left, without end outside the cron."""
        if self._commits():
            return self.env["ir.cron"]._commit_progress(processed, remaining=remaining)
        return float("inf")
