from datetime import timedelta

from odoo import api, fields, models

from .social_checklist_mixin import OFFICER

# What ends within so many days is said beforehand.
AHEAD = timedelta(days=30)
# What was only observed is counted for so long.
OBSERVED = timedelta(days=30)
# A job that should have run so long ago does not run.
LATE = timedelta(days=1)
# So many events are checked while somebody waits; more of them by the button and the weekly job.
CHECKED = 20_000
ORDER = ("danger", "warning", "wait", "open", "done")


class SocialHealth(models.AbstractModel):
    """What is missing, ending, late or only observed in this company: the page “Health”.

    Nothing here is stored, and no number is about one person.
    """

    _name = "social.health"
    _inherit = ["social.setup.steps"]
    _description = "Health"

    @api.model
    def _get_state_names(self):
        return {**super()._get_state_names(), "done": self.env._("In Order")}

    @api.model
    @api.readonly
    def get_page(self):
        """Return all points, the urgent ones first."""
        self._check_reader()
        points = [
            self._get_missing_point(),
            self._get_jobs_point(),
            self._get_terms_point(),
            self._get_sources_point(),
            self._get_consents_point(),
            self._get_late_point(),
            self._get_observed_point(),
            self._get_chain_point("wait"),
            self._get_gates_point("wait"),
        ]
        points.sort(key=lambda point: ORDER.index(point["state"]))
        return {
            "title": self.env._("Health"),
            "lead": self.env._("What is missing, ends soon, is late or is only observed."),
            "points": points,
        }

    @api.model
    def get_more(self):
        """Return what takes longer: the record of consents, and the census of what sends.

        Not from a replica: a seal that it lacks yet would look like one that is gone.
        """
        self._check_reader()
        return [self._check_chain(), self._check_gates()]

    @api.model
    def _make_summary(self, code, title, items, fine, buttons=()):
        """Return a point that is as bad as the worst of its items, or fine where there are none."""
        items = list(filter(None, items))
        states = {item["state"] for item in items}
        state = "danger" if "danger" in states else "warning" if items else "done"
        text = "" if items else fine
        return self._make_point(code, state, title, text, items=items, buttons=buttons)

    @api.model
    def _count_item(self, name, count, model, domain, state="warning"):
        """Return a line with a number, and a button to the list for whoever may read it."""
        if not count:
            return None
        button = None
        if self.env[model].has_access("read"):
            action = self._make_list(name, model, list(domain))
            button = self._make_button(self.env._("Show"), action)
        return self._make_item(name, str(count), state, [button])

    @api.model
    def _of_company(self, domain, model):
        """Return the records of this company, and shared ones, that the domain names."""
        records = self.env[model].sudo()
        return records._check_company_domain(self.env.company) & fields.Domain(domain)

    # -- missing ---------------------------------------------------------------------------------

    @api.model
    def _get_missing_point(self):
        _ = self.env._
        items = [
            self._make_item(_("The company lacks: %s", each), "", "warning")
            for each in self._find_missing_of_company()
        ]
        items += [
            self._make_item(_("Nobody can agree to “%s”", each.name), _("No notice"), "warning")
            for each in self._find_unpublished()
        ]
        if not self.env["social.consent.seal"]._get_officers():
            name = _("Nobody is privacy officer and has an e-mail address")
            items.append(self._make_item(name, "", "danger"))
        if not self.env["social.consent.notice"]._has_public_address():
            name = _("Links in mails lead nowhere")
            items.append(self._make_item(name, "web.base.url", "danger"))
        missing = self.env["social.mention"].sudo()._say_missing()
        if missing:
            items.append(self._make_item(missing, "", "warning"))
        steps = self._make_button(_("First Steps"), "social_consent_monitoring.social_setup_action")
        return self._make_summary(
            "missing", _("Missing"), items, _("All that is needed is there."), [steps]
        )

    # -- jobs ------------------------------------------------------------------------------------

    @api.model
    def _get_jobs_point(self):
        jobs = self._find_jobs()
        late = fields.Datetime.now() - LATE
        items = []
        for job in jobs:
            text = ""
            if not job.active:
                text = self.env._("Switched off")
            elif job.failure_count:
                text = self.env._("Failed")
            elif job.nextcall and job.nextcall < late:
                text = self.env._("Does not run")
            if text:
                items.append(self._make_record_item(job, text, "danger"))
        fine = self.env._("All %s jobs run.", len(jobs))
        return self._make_summary("jobs", self.env._("Jobs"), items, fine)

    @api.model
    def _find_jobs(self):
        own = [("module", "=", "social_consent_monitoring"), ("model", "=", "ir.cron")]
        names = self.env["ir.model.data"].sudo().search(own)
        jobs = self.env["ir.cron"].sudo().with_context(active_test=False)
        return jobs.browse(names.mapped("res_id")).exists()

    # -- terms and sources -----------------------------------------------------------------------

    @api.model
    def _get_terms_point(self):
        platforms = self._get_sources().filtered(lambda each: each.state != "draft").platform_id
        soon = fields.Date.today() + AHEAD
        states = dict(platforms._fields["terms_state"]._description_selection(self.env))
        items = []
        for platform in platforms.sudo(False):
            buttons = []
            if platform.has_access("write"):
                confirm = platform.action_confirm_terms()
                buttons = [self._make_button(self.env._("Read and Confirm"), confirm)]
            if platform.terms_state not in ("valid", "warning"):
                text = states[platform.terms_state]
                items.append(self._make_item(platform.name, text, "danger", buttons))
            elif platform.terms_expiry <= soon:
                text = self.env._("Ends on %s", fields.Date.to_string(platform.terms_expiry))
                items.append(self._make_item(platform.name, text, "warning", buttons))
        return self._make_summary(
            "terms",
            self.env._("Terms of the platforms"),
            items,
            self.env._("Each platform that is read was read up on, for a month at least."),
        )

    @api.model
    def _get_sources_point(self):
        items = []
        for source in self._get_sources():
            text = ""
            if source.state == "paused":
                text = self.env._("Paused")
            elif source.state == "active" and source.error_date:
                text = self.env._("Failing")
            elif source.state == "active" and source.unfollowed_since:
                text = self.env._("Deletions are not followed")
            if text:
                items.append(self._make_record_item(source, text, "warning"))
        return self._make_summary(
            "sources", self.env._("Sources"), items, self.env._("All sources are read.")
        )

    # -- consents --------------------------------------------------------------------------------

    @api.model
    def _get_consents_point(self):
        _ = self.env._
        now, consents = fields.Datetime.now(), self.env["social.consent"].sudo()
        own = [("company_id", "=", self.env.company.id), ("recorded_state", "=", "given")]
        ending = [*own, ("valid_until", ">", now), ("valid_until", "<=", now + AHEAD)]
        renewal = [*own, ("renewal_needed", "=", True)]
        disputed = [("company_id", "=", self.env.company.id)]
        services = [
            ("company_id", "=", self.env.company.id),
            ("kind", "=", "monitor"),
            ("date_end", ">", now),
            ("date_end", "<=", now + AHEAD),
        ]
        contradictions = self.env["social.contradiction"].sudo().search_count(disputed)
        items = [
            self._count_item(
                _("Consents that end within 30 days"),
                consents.search_count(ending),
                "social.consent",
                ending,
            ),
            self._count_item(
                _("Consents to an older notice: ask again"),
                consents.search_count(renewal),
                "social.consent",
                renewal,
            ),
            self._count_item(
                _("Consent and blacklist contradict each other"),
                contradictions,
                "social.contradiction",
                disputed,
            ),
            self._count_item(
                _("Monitoring services that end within 30 days"),
                self.env["social.contract"].sudo().search_count(services),
                "social.contract",
                services,
            ),
        ]
        fine = _("None ends within a month, and none is contradicted.")
        return self._make_summary("consents", _("Consents"), items, fine)

    # -- late ------------------------------------------------------------------------------------

    @api.model
    def _get_late_point(self):
        today = fields.Date.today()
        overdue = [("urgency", "=", "overdue")]
        untold = [("sent_at", "=", False), ("void", "=", False), ("due_date", "<", today)]
        late = [("overdue", "=", True)]
        _ = self.env._
        places = (
            (_("Requests of persons"), "social.privacy.request", overdue),
            (_("Persons who had to be informed"), "social.information", untold),
            (_("Mentions that wait for an answer"), "social.mention", late),
        )
        items = []
        for name, model, domain in places:
            own = self._of_company(domain, model)
            count = self.env[model].sudo().search_count(own)
            state = "warning" if model == "social.mention" else "danger"
            items.append(self._count_item(name, count, model, own, state))
        return self._make_summary("late", _("Late"), items, _("Nothing is overdue."))

    # -- only observed ---------------------------------------------------------------------------

    @api.model
    def _get_observed_point(self):
        rules = self.env["social.policy.rule"]
        names = dict(rules._get_modes())
        items = [
            self._make_item(
                rule.display_name, f"{names[rule.mode]}. {self._say_observed(rule.act)}", "warning"
            )
            for rule in rules.sudo()._find_weak()
        ]
        show = self._make_button(
            self.env._("All Rules"), "social_consent_monitoring.social_policy_rule_action"
        )
        return self._make_summary(
            "observed",
            self.env._("Only observed, or off"),
            items,
            self.env._("All rules are enforced."),
            [show] if items else [],
        )

    @api.model
    def _say_observed(self, act):
        """Say how often something happened lately that the rule would have refused."""
        decisions = self.env["social.decision"].sudo()
        count = decisions.search_count(
            [
                ("act", "=", act),
                ("allowed", "=", False),
                ("mode", "!=", "enforce"),
                ("company_id", "=", self.env.company.id),
                ("create_date", ">=", fields.Datetime.now() - OBSERVED),
            ]
        )
        small = self.env["social.policy"]._get_setting("small_group")
        if 0 < count < small:
            return self.env._("Fewer than %s refusals were only noted in 30 days", small)
        return self.env._("%s refusals were only noted in 30 days", count)

    # -- the record of consents ------------------------------------------------------------------

    @api.model
    def _get_chain_point(self, state, text="", items=()):
        check = None
        if self.env.user.has_group(OFFICER):
            check = self._make_call(self.env._("Check Everything"), "check_chain")
        title = self.env._("The record of consents")
        return self._make_point("chain", state, title, text, items=items, buttons=[check])

    @api.model
    def _check_chain(self):
        """Check events, seals and anchors, unless that takes long."""
        events = self.env["social.consent.event"].sudo()
        if events.search_count([], limit=CHECKED + 1) > CHECKED:
            return self._get_chain_point(
                "done",
                self.env._("Checked once a week, or by the button: the record is large."),
            )
        broken = events._find_break()
        if broken:
            return self._get_chain_point("danger", broken.reason)
        return self._get_chain_point("done", self.env["social.consent.seal"]._say_whole())

    @api.model
    def check_chain(self):
        """Check the whole record, however long that takes (for the privacy officer)."""
        return self.env["social.consent.seal"].action_check()

    # -- what sends ------------------------------------------------------------------------------

    @api.model
    def _get_gates_point(self, state, text="", items=()):
        title = self.env._("What sends, and the gates before it")
        return self._make_point("gates", state, title, text, items=items)

    @api.model
    def _check_gates(self):
        """Count what sends in the addons that are installed."""
        gates, _ = self.env["social.health.gates"], self.env._
        items = [
            self._make_item(f"{model}.{method}", _("Our gate is gone"), "danger")
            for model, method in gates._find_gone()
        ]
        items += [
            self._make_item(name, _("Stands beside a gate, and nobody has looked at it"), "warning")
            for name in gates._find_around()
        ]
        items += [
            self._make_item(name, _("Sends, and nobody has looked at it"), "warning")
            for name in gates._find_senders()
        ]
        if not items:
            return self._get_gates_point("done", _("All that sends here passes a gate."))
        state = "danger" if any(item["state"] == "danger" for item in items) else "warning"
        advice = _("Ask whoever brought these addons whether what they send passes Odoo's own way.")
        return self._get_gates_point(state, advice, items)
