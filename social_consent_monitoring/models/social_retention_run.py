from odoo import Command, api, fields, models
from odoo.exceptions import AccessError

from ..door import open_door
from .social_retention import KEEP_RUNS, KEPT

ADMINISTRATOR = "base.group_system"
OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialRetentionRun(models.Model):
    """One run of the retention, or a dry run: what goes, by class of data.

    It is written batch by batch, so whoever looks sees how far it is. It holds numbers only.
    """

    _name = "social.retention.run"
    _inherit = ["social.door.mixin"]
    _description = "Retention Run"
    _order = "id desc"

    is_dry_run = fields.Boolean("Dry Run", readonly=True)
    state = fields.Selection(
        [
            ("running", "Running"),
            ("done", "Done"),
            ("partial", "Goes on with the next run"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="running",
    )
    user_id = fields.Many2one("res.users", "Started By", readonly=True, ondelete="set null")
    ended_at = fields.Datetime("Ended", readonly=True)
    line_ids = fields.One2many("social.retention.line", "run_id", readonly=True)
    count = fields.Integer("Rows", compute="_compute_count")

    @api.depends("line_ids.count")
    def _compute_count(self):
        for run in self:
            run.count = sum(run.line_ids.mapped("count"))

    @api.depends("is_dry_run", "create_date")
    @api.depends_context("lang", "tz")
    def _compute_display_name(self):
        for run in self:
            moment = fields.Datetime.context_timestamp(
                run, run.create_date or fields.Datetime.now()
            )
            name = self.env._("Dry run") if run.is_dry_run else self.env._("Retention run")
            run.display_name = f"{name} {moment:%Y-%m-%d %H:%M}"

    @api.model
    def _begin(self):
        """Start a run, visible to others from now on."""
        runs = open_door(self)
        runs.search([("state", "=", "running")]).write({"state": "stopped"})
        runs.search([("create_date", "<", fields.Datetime.now() - KEEP_RUNS)]).unlink()
        run = runs._start(self.env["social.retention"]._get_days())
        self.env["ir.cron"]._commit_progress(0)
        return run

    @api.model
    def _start(self, days, **values):
        lines = [
            Command.create(
                {
                    "data_class": kept.code,
                    "days": days[kept.code],
                    "state": "waiting" if days[kept.code] else "kept",
                }
            )
            for kept in KEPT
        ]
        return self.create({"user_id": self.env.uid, "line_ids": lines, **values})

    def _end(self, state):
        open_door(self).write({"state": state, "ended_at": fields.Datetime.now()})

    # -- what a person does --------------------------------------------------------------------

    @api.model
    def _check_may_run(self):
        """Raise :class:`AccessError` for all but administrators and privacy officers."""
        if not (self.env.user.has_group(ADMINISTRATOR) or self.env.user.has_group(OFFICER)):
            raise AccessError(
                self.env._("Only administrators and the privacy officer run the retention.")
            )

    def action_preview(self):
        """Count what the settings would delete now, and show it; nothing is deleted."""
        self._check_may_run()
        return self._preview(self.env["social.retention"]._get_days())

    @api.model
    def _preview(self, days):
        """Show what would be deleted with these periods, ``{code of a class: days}``."""
        run = open_door(self.sudo())._start(days, is_dry_run=True)
        for line in run.line_ids.filtered("days"):
            line._preview()
        run._end("done")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What Would Be Deleted"),
            "res_model": self._name,
            "res_id": run.id,
            "views": [(False, "form")],
            "view_mode": "form",
        }

    def action_delete_now(self):
        """Let the job run now, with the periods that are saved, and show the runs."""
        self._check_may_run()
        self.env.ref("social_consent_monitoring.ir_cron_retention").sudo()._trigger()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_retention_run_action"
        )

    def _get_door_message(self):
        return self.env._("A run writes down itself what it deleted.")
