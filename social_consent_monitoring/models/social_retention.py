import logging
from datetime import timedelta
from typing import NamedTuple

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL, mute_logger

from ..door import open_door

BATCH = 1000
# A dry run counts no further, and takes no longer for one class of data.
MANY = 100_000
SECONDS = 10
# What remains of a run itself.
KEEP_RUNS = timedelta(days=365)


class Kept(NamedTuple):
    """A class of data: its models, and the setting (days, 0 keeps for ever) that it follows.

    Without a setting the platforms' terms say how long.

    Each model has ``_select_outlived_<code>(moment)``, a query for ``id`` and ``at`` of the rows
    that count from before that moment and are needed for nothing else.
    """

    code: str
    models: tuple[str, ...]
    setting: str


# In this order: what rested on ended consents goes first, and authors, who are kept for their
# mentions, last.
KEPT = (
    Kept("decision", ("social.decision",), "retention_decision"),
    Kept("evidence", ("social.consent.evidence",), "retention_evidence"),
    Kept("ended", ("social.match", "social.enrichment", "social.profile"), "retention_ended"),
    Kept("enrichment", ("social.enrichment",), "retention_enrichment"),
    Kept("platform", ("social.mention",), ""),
    Kept("matched", ("social.mention",), "retention_matched"),
    Kept("mention", ("social.mention", "social.quarantine", "social.alert"), "retention_mention"),
    Kept("author", ("social.author",), "retention_mention"),
)
BY_CODE = {kept.code: kept for kept in KEPT}
_logger = logging.getLogger(__name__)


class SocialRetention(models.AbstractModel):
    """Deletes what has been kept long enough (GDPR Art. 5(1)(e)).

    A scheduled action of its own and not Odoo's auto-vacuum: administrators see it, choose its
    hour and find its errors, it commits batch by batch, and nobody else's defect stops it. Each
    run is a ``social.retention.run``, which says what it did so far.
    """

    _name = "social.retention"
    _description = "Retention"

    @api.model
    def _cron_clear(self):
        """Delete what is older than its class of data may become, until it or the time is up."""
        run = self.env["social.retention.run"].sudo()._begin()
        for line in run.line_ids:
            if line.days and not self._clear(line):
                run._end("partial")
                return
        run._end("done")

    @api.model
    def _get_days(self):
        """Return ``{code of a class: days}`` as they are set."""
        setting = self.env["social.policy"]._get_setting
        return self._prepare_days(setting)

    @api.model
    def _prepare_days(self, get_days):
        """Return ``{code of a class: days}``; ``get_days`` returns those of a setting.

        Where several platforms limit the time, the shortest stands for them.
        """
        limits = self.env["social.platform"].sudo()._get_limited().mapped("keep_days")
        shortest = min(limits, default=0)
        return {kept.code: get_days(kept.setting) if kept.setting else shortest for kept in KEPT}

    @api.model
    def _clear(self, line):
        """Delete one class of data; return False where the time was up before the end."""
        moment = fields.Datetime.now() - timedelta(days=line.days)
        line._note(state="running")
        for model in BY_CODE[line.data_class].models:
            if not self._clear_model(line, model, moment):
                return False
        line._note(state="done")
        return True

    @api.model
    def _clear_model(self, line, model, moment):
        """Delete in batches, each committed with the count that the run shows.

        What somebody else is at work on stays until the next run.
        """
        count, after, seconds, more = 0, 0, True, True
        while more and seconds:
            outlived = self._get_outlived(line.data_class, model, moment, after, BATCH)
            more = len(outlived) == BATCH
            after = outlived[-1:].id
            free = outlived.try_lock_for_update()
            self._delete(free)
            count += len(free)
            line._note(count=line.count + len(free))
            # What remains is not counted, which would take as long as deleting it.
            seconds = self.env["ir.cron"]._commit_progress(len(free), remaining=int(more))
        if count:
            _logger.info("Retention: %s rows of %s deleted", count, model)
        return not more

    @api.model
    def _delete(self, rows):
        if rows._name == "social.mention":
            rows._drop_with_matches()
        else:
            open_door(rows).unlink()

    @api.model
    def _get_outlived(self, code, model, moment, after, limit):
        """Return the rows of a class from before ``moment`` with ids above ``after``, in order."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) outlived WHERE id > %s ORDER BY id LIMIT %s",
                self._select(code, model, moment),
                after,
                limit,
            )
        )
        return self.env[model].sudo().browse(row[0] for row in rows)

    @api.model
    def _select(self, code, model, moment):
        self.env.flush_all()
        return getattr(self.env[model].sudo(), f"_select_outlived_{code}")(moment)

    @api.model
    def _count_outlived(self, code, days):
        """Return how many rows of a class would go, at most ``MANY``, and the oldest one's date.

        :return: (None, None) where counting takes too long
        """
        moment = fields.Datetime.now() - timedelta(days=days)
        selects = [self._select(code, model, moment) for model in BY_CODE[code].models]
        query = SQL(
            "SELECT count(*), min(at) FROM (SELECT at FROM (%s) outlived LIMIT %s) counted",
            SQL(" UNION ALL ").join(selects),
            MANY,
        )
        [(before,)] = self.env.execute_query(SQL("SHOW statement_timeout"))
        try:
            # What is counted names nobody, and too long is no error to log.
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                self._set_timeout(f"{int(SECONDS * 1000)}ms")
                [counted] = self.env.execute_query(query)
                self._set_timeout(before)
        except psycopg2.errors.QueryCanceled:
            return None, None
        return counted

    @api.model
    def _set_timeout(self, value):
        self.env.execute_query(SQL("SELECT set_config('statement_timeout', %s, true)", value))
