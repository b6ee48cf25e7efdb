from datetime import timedelta

from odoo import api, fields, models

from .social_small_groups_mixin import ANALYSIS, IN_TIME, MEDIAN

ADDON = "social_consent_monitoring"
# Days that are shown at most: what is older is the Analysis' business.
LONGEST = 3660
# What a team promised an answer to, and whose time is over or which was answered.
PROMISED = [
    ("answer_due_at", "!=", False),
    "|",
    ("first_answered_at", "!=", False),
    ("overdue", "=", True),
]


class SocialDashboard(models.AbstractModel):
    """What managers and clerks look at first: key figures and graphs (rule 17).

    Each graph is one of Odoo's own, which asks by itself and leaves out small groups like everywhere
    else. Who may not read what a graph counts does not get it.
    """

    _name = "social.dashboard"
    _description = "Dashboard"

    @api.model
    @api.readonly
    def get_dashboard(self, days=30):
        """Return the key figures and graphs for the last days, as far as this user may see them."""
        days = min(max(int(days), 1), LONGEST)
        since = fields.Datetime.now() - timedelta(days=days)
        return {"figures": self._get_figures(since, days), "panels": self._get_panels(since, days)}

    # -- key figures -----------------------------------------------------------------------------

    @api.model
    def _get_figures(self, since, days):
        """Return numbers of this period and of the one before; None where too few are behind one."""
        mentions = self.env["social.mention"]
        if not mentions.has_access("read"):
            return []
        before = since - timedelta(days=days)
        now = self._count([("published_at", ">=", since)])
        then = self._count([("published_at", ">=", before), ("published_at", "<", since)])
        names = {
            "mentions": (self.env._("Mentions"), 0, self.env._("Published in this period.")),
            "tone": (self.env._("Tone"), 2, self.env._("From -1 (angry) to 1 (glad).")),
            "answer": (
                self.env._("Hours to first answer"),
                1,
                self.env._("Half of the first answers came sooner. By the clock, nights included."),
            ),
            "promise": (
                self.env._("Answered in time, in percent"),
                0,
                self.env._("First answers within the working hours that the team promised."),
            ),
        }
        return [
            {
                "code": code,
                "name": name,
                "digits": digits,
                "help": words,
                "value": now[code],
                "before": then[code],
            }
            for code, (name, digits, words) in names.items()
        ]

    @api.model
    def _count(self, domain):
        mentions = self.env["social.mention"].with_context(**{ANALYSIS: True})
        found = mentions.formatted_read_group(domain, [], ["__count", "sentiment:avg"])
        answered = [*domain, ("first_answered_at", "!=", False)]
        answers = mentions.formatted_read_group(answered, [], [MEDIAN])
        promised = mentions.formatted_read_group([*domain, *PROMISED], [], [IN_TIME])
        return {
            "mentions": found[0]["__count"] if found else None,
            "tone": found[0]["sentiment:avg"] if found else None,
            "answer": answers[0][MEDIAN] if answers else None,
            "promise": promised[0][IN_TIME] if promised else None,
        }

    # -- graphs ----------------------------------------------------------------------------------

    @api.model
    def _get_panels(self, since, days):
        """Return the graphs of what this user may read, for the web client's own views."""
        panels = [*self._prepare_mention_panels(since, days), *self._prepare_rule_panels(since)]
        return [panel for panel in panels if self.env[panel["model"]].has_access("read")]

    @api.model
    def _prepare_mention_panels(self, since, days):
        # Single days have too few authors to be shown, except where very much is said.
        step = "week" if days <= 190 else "month"
        time = f"published_at:{step}"
        published = [("published_at", ">=", fields.Datetime.to_string(since))]
        answered = [*published, ("first_answered_at", "!=", False)]
        rated = [*published, ("sentiment_tone", "!=", False)]
        env = self.env
        return [
            self._prepare_panel(code, title, "social.mention", mode, groups, domain, measure)
            for code, title, mode, groups, domain, measure in (
                ("volume", env._("Mentions"), "bar", [time, "platform_id"], published, None),
                ("tone", env._("Tone"), "bar", [time, "sentiment_tone"], rated, None),
                ("voice", env._("Share of voice"), "pie", ["brand_id"], published, None),
                ("topics", env._("Topics"), "bar", ["topic_ids"], published, None),
                (
                    "answer",
                    env._("Hours to first answer, by team"),
                    "bar",
                    ["team_id"],
                    answered,
                    "answer_hours",
                ),
                (
                    "promise",
                    env._("Answered in time, by team, in percent"),
                    "bar",
                    ["team_id"],
                    [*published, *PROMISED],
                    "answered_in_time",
                ),
            )
        ]

    @api.model
    def _prepare_rule_panels(self, since):
        # Weeks are counted as a whole.
        monday = since.date() - timedelta(days=since.weekday())
        acted = [("date", ">=", fields.Date.to_string(monday))]
        # Named before: Odoo's exporter takes a bracket after a translated word for another one.
        newest = [("newest", "=", True)]
        return [
            self._prepare_panel(
                "coverage",
                self.env._("Consents, in percent of contacts"),
                "social.coverage",
                "bar",
                ["purpose_id", "state"],
                newest,
                "share",
            ),
            self._prepare_panel(
                "refused",
                self.env._("Refused acts, by rule"),
                "social.decision.report",
                "bar",
                ["rule", "result"],
                acted,
                "count",
            ),
        ]

    @api.model
    def _prepare_panel(self, code, title, model, mode, groups, domain, measure):
        name = model.replace(".", "_")
        action = "social_mention_analysis" if model == "social.mention" else name
        return {
            "code": code,
            "title": title,
            "model": model,
            "view_id": self.env["ir.model.data"]._xmlid_to_res_id(f"{ADDON}.{name}_view_graph"),
            "action": f"{ADDON}.{action}_action",
            "domain": domain,
            "context": {
                ANALYSIS: True,
                "graph_mode": mode,
                "graph_groupbys": groups,
                "graph_measure": measure or "__count",
            },
        }
