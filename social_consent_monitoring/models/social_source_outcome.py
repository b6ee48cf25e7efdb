import random
from datetime import timedelta

from markupsafe import escape

from odoo import fields, models

from ..door import open_door
from .social_quarantine import LIMIT
from .social_source import NO_ERROR
from .social_source_words import explain, summarize

# After so many failures in a row a source pauses and waits for a person.
PATIENCE = 10
# Seconds between two runs of a source that works, and the longest wait of one that fails.
INTERVAL = 300
LONGEST_WAIT = 6 * 3600
# Seconds over which those spread who wait for the same host.
SPREAD = 30
# Where asking again makes no sense before a person has done something.
FOR_A_PERSON = {"gone"}
RUN_READERS = (
    "social_consent_monitoring.group_social_manager,social_consent_monitoring.group_privacy_officer"
)
PAUSED = "mail.mail_activity_data_warning"
chance = random.SystemRandom()


class SocialSourceOutcome(models.Model):
    """What came of the runs of a source: noted on it, shown while they run, and told to somebody.

    A source that fails waits longer and longer, with chance in it, so that sources which failed
    together do not come back together. One that keeps failing pauses and tells its owner.
    """

    _name = "social.source"
    _inherit = ["social.source"]

    last_run = fields.Datetime(readonly=True, copy=False)
    last_success = fields.Datetime(readonly=True, copy=False)
    last_summary = fields.Char("Last Result", readonly=True, copy=False)
    error_date = fields.Datetime("Failing Since", readonly=True, copy=False)
    error_message = fields.Text("Error", readonly=True, copy=False)
    error_advice = fields.Text("What to Do", readonly=True, copy=False)
    failure_count = fields.Integer("Failures in a Row", readonly=True, copy=False)
    run_ids = fields.One2many("social.import.run", "source_id", readonly=True, groups=RUN_READERS)
    run_progress = fields.Char("Progress", compute="_compute_run_progress")
    put_aside_count = fields.Integer("Posts Put Aside", compute="_compute_put_aside_count")

    def _compute_run_progress(self):
        """Say how far a run is; whoever reads the source may know that, and no more of the run."""
        runs = self.env["social.import.run"].sudo()
        running = runs.search([("source_id", "in", self._origin.ids), ("state", "=", "running")])
        by_source = {run.source_id.id: run for run in running}
        for source in self:
            run = by_source.get(source._origin.id)
            source.run_progress = (
                run
                and run.kind == "read"
                and self.env._(
                    "Running: page %(page)s, %(posts)s posts so far",
                    page=run.pages + 1,
                    posts=run.seen,
                )
            )

    def _compute_put_aside_count(self):
        counts = dict(
            self.env["social.quarantine"]
            .sudo()
            ._read_group([("source_id", "in", self._origin.ids)], ["source_id"], ["__count"])
        )
        for source in self:
            source.put_aside_count = counts.get(source._origin, 0)

    # -- what a manager does ---------------------------------------------------------------------

    def action_activate(self):
        """What its owner was told is settled by starting it again."""
        result = super().action_activate()
        self.sudo().activity_unlink([PAUSED])
        return result

    def action_view_runs(self):
        return self._get_list_of("social_import_run_action")

    def action_view_put_aside(self):
        return self._get_list_of("social_quarantine_action")

    def _get_list_of(self, name):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"social_consent_monitoring.{name}")
        return {**action, "domain": [("source_id", "=", self.id)], "context": {}}

    # -- what a run notes ------------------------------------------------------------------------

    def _note_success(self, outcome, run, seconds):
        run.exists()._end(outcome.state, seconds)
        if outcome.state == "stopped":
            return
        now = fields.Datetime.now()
        self.sudo().write(
            {
                "last_run": now,
                "last_success": now,
                "last_summary": summarize(self.env, run._get_counts(), seconds),
                "next_run": outcome.next_run or _later(INTERVAL * chance.uniform(0.9, 1.1)),
                "failure_count": 0,
                **NO_ERROR,
            }
        )

    def _note_error(self, error, run, seconds):
        """Note what a connector said, for other sources of the host, too, if that asked to wait."""
        message, advice = explain(self.env, error)
        run._end("failed", seconds, message)
        if error.retry_after:
            self.env["social.import.host"]._leave(self._get_host(), error.retry_after)
        self._note_failure(message, advice, retry_after=error.retry_after)
        if error.code in FOR_A_PERSON and self.state == "active":
            self._pause(message, advice)

    def _note_defect(self, run, seconds):
        message = self.env._("The import stopped on something unexpected.")
        advice = self.env._("Nothing was lost. The server's log holds the details.")
        run._end("failed", seconds, message)
        self._note_failure(message, advice)

    def _note_quarantine_full(self, run, seconds):
        message = self.env._("More than %s posts could not be stored.", LIMIT)
        advice = self.env._(
            "Nothing was lost. Ask your system administrator to look at the posts that were put "
            "aside, then start the source again."
        )
        self._note_pause(message, run, seconds, advice=advice)

    def _note_pause(self, message, run, seconds, advice=None):
        run._end("failed", seconds, message)
        self._pause(message, advice)

    def _note_failure(self, message, advice, retry_after=None):
        """Store an error with its time and advice, and wait longer after each in a row."""
        now = fields.Datetime.now()
        failures = min(self.failure_count, PATIENCE) + 1
        self.sudo().write(
            {
                "last_run": now,
                "next_run": _later(back_off(failures, retry_after)),
                "error_date": self.error_date or now,
                "error_message": message,
                "error_advice": advice,
                "failure_count": failures,
            }
        )
        if failures >= PATIENCE:
            self._pause(message, advice)

    def _wait_until(self, moment):
        """Come back when the host may be asked again; that is no failure of the source."""
        self.sudo().next_run = moment + timedelta(seconds=chance.uniform(0, SPREAD))

    # -- it pauses, and somebody is told ---------------------------------------------------------

    def _pause(self, message, advice=None):
        """Pause until a person has seen to it, and tell that person."""
        advice = advice or self.env._("Mend this, then start the source again.")
        now = fields.Datetime.now()
        self.sudo().write(
            {
                "state": "paused",
                "last_run": now,
                "error_date": self.error_date or now,
                "error_message": message,
                "error_advice": advice,
            }
        )
        if not self.sudo().activity_search([PAUSED]):
            self._tell_responsible(
                PAUSED, self.env._("A source has paused"), escape(message) + " " + escape(advice)
            )

    def _tell_responsible(self, activity_type, summary, note):
        """Give whoever is responsible, or else the privacy officer, something to do."""
        officers = self.env["social.consent.seal"]._get_officers()
        # Whoever left the company reads nothing any more.
        user = (self.sudo().user_id | officers.sudo()).filtered(
            lambda user: user.active and self.company_id <= user.company_ids
        )[:1]
        if user:
            self.sudo().activity_schedule(
                activity_type, user_id=user.id, summary=summary, note=note
            )

    def _forget_runs(self):
        """Delete runs, what was put aside and what waits of files: a source that closes for good keeps nothing."""
        for name in ("social.import.run", "social.quarantine", "social.upload"):
            rows = self.env[name].sudo().search([("source_id", "in", self.ids)])
            open_door(rows).unlink()


def back_off(failures, retry_after=None):
    """Return the seconds to wait after so many failures in a row.

    Twice as long after each, and of that the second half by chance; what the server asked for is
    the least, with some more by chance.
    """
    longest = min(INTERVAL * 2 ** (failures - 1), LONGEST_WAIT)
    return max((retry_after or 0) * chance.uniform(1, 1.1), longest * chance.uniform(0.5, 1))


def _later(seconds):
    return fields.Datetime.add(fields.Datetime.now(), seconds=seconds)
