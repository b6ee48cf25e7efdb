import logging
from datetime import timedelta

from odoo import api, fields, models

BATCH = 1000
# Models with ``_get_outlived``, and the setting (days, 0 keeps for ever) that each follows.
# Authors come after mentions: they are kept for them.
OUTLIVING = {
    "social.decision": "retention_decision",
    "social.mention": "retention_mention",
    "social.author": "retention_mention",
}
_logger = logging.getLogger(__name__)


class SocialRetention(models.AbstractModel):
    """Deletes what has been kept long enough (GDPR Art. 5(1)(e)).

    A scheduled action of its own and not Odoo's auto-vacuum: administrators see it, choose its
    hour and find its errors, it commits batch by batch, and nobody else's defect stops it.
    """

    _name = "social.retention"
    _description = "Retention"

    @api.model
    def _cron_clear(self):
        """Delete what is older than its class of data may become, until it or the time is up."""
        for model, setting in OUTLIVING.items():
            days = self.env["social.policy"]._get_setting(setting)
            if days and not self._clear(model, fields.Datetime.now() - timedelta(days=days)):
                return

    @api.model
    def _clear(self, model, moment):
        """Delete in batches, each committed; return False where the time was up before the end.

        What somebody else is at work on stays until the next run.
        """
        count, after, seconds, more = 0, 0, True, True
        while more and seconds:
            outlived = self.env[model].sudo()._get_outlived(moment, after, BATCH)
            more = len(outlived) == BATCH
            after = outlived[-1:].id
            free = outlived.try_lock_for_update()
            free.unlink()
            count += len(free)
            # What remains is not counted, which would take as long as deleting it.
            seconds = self.env["ir.cron"]._commit_progress(len(free), remaining=int(more))
        if count:
            _logger.info("Retention: %s rows of %s deleted", count, model)
        return not more
