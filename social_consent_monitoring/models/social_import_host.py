from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# Pages that one host is asked for within a minute, over all sources, workers and machines.
REQUESTS = 60
SETTING = "social_consent_monitoring.requests_per_minute"


class SocialImportHost(models.Model):
    """How often a host was asked within this minute, and until when it wants to be left alone.

    What one source was told ("too many requests", Retry-After) holds for all others of that host.
    The rows lie in the database, so they go for all workers.
    """

    _name = "social.import.host"
    _description = "Host That Is Read"
    _log_access = False
    _rec_name = "host"

    host = fields.Char(required=True, readonly=True)
    requests = fields.Integer(required=True, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    wait_until = fields.Datetime(readonly=True)

    _host_unique = models.UniqueIndex("(host)", "This host is counted already.")

    @api.model
    def _ask(self, host):
        """Count one request that is about to be made, or return until when it has to wait.

        :return: None where it may be made now
        """
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO social_import_host AS old (host, requests, started_at)
                VALUES (%(host)s, 1, %(now)s)
                ON CONFLICT (host) DO UPDATE SET
                    requests = CASE WHEN old.started_at > %(before)s THEN old.requests + 1
                        ELSE 1 END,
                    started_at = CASE WHEN old.started_at > %(before)s THEN old.started_at
                        ELSE EXCLUDED.started_at END
                WHERE (old.wait_until IS NULL OR old.wait_until <= %(now)s)
                    AND (old.started_at <= %(before)s OR old.requests < %(limit)s)
                RETURNING id
                """,
                host=host,
                now=now,
                before=now - MINUTE,
                limit=self._get_limit(),
            )
        )
        return None if rows else self._get_wait(host) or now + MINUTE

    @api.model
    def _get_limit(self):
        value = self.env["ir.config_parameter"].sudo().get_param(SETTING)
        return int(value) if value and value.isdigit() else REQUESTS

    @api.model
    def _get_wait(self, host):
        """Return until when a host is not to be asked, or None: a look that counts nothing."""
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                "SELECT wait_until, requests, started_at FROM social_import_host WHERE host = %s",
                host,
            )
        )
        for wait_until, requests, started_at in rows:
            if wait_until and wait_until > now:
                return wait_until
            if requests >= self._get_limit() and started_at + MINUTE > now:
                return started_at + MINUTE
        return None

    @api.model
    def _leave(self, host, seconds):
        """Leave a host alone for so many seconds, as it asked."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO social_import_host AS old (host, requests, started_at, wait_until)
                VALUES (%(host)s, 0, %(now)s, %(until)s)
                ON CONFLICT (host) DO UPDATE
                SET wait_until = GREATEST(old.wait_until, EXCLUDED.wait_until)
                """,
                host=host,
                now=now,
                until=fields.Datetime.add(now, seconds=seconds),
            )
        )

    @api.autovacuum
    def _gc_unused(self):
        """Delete the rows of hosts that nobody has asked for a day."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM social_import_host WHERE started_at < %s"
                " AND (wait_until IS NULL OR wait_until < %s)",
                fields.Datetime.now() - DAY,
                fields.Datetime.now(),
            )
        )
