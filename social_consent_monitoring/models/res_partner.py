from odoo import api, fields, models
from odoo.tools import SQL, format_date, format_list
from odoo.tools.sql import column_exists, create_column

from .. import policy
from ..watch_words import make_name
from .social_consent import NO_ACT
from .social_policy import PERSON_ACTS

# By what a query may name a person.
NAMES_A_PERSON = {"name", "email", "phone", "is_company", "country_id"}
FILL_BATCH = 10000


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = [
        "res.partner",
        "social.subject.mixin",
        "social.consent.filter.mixin",
        "social.approach.mixin",
    ]

    social_overview = fields.Json(
        "What You May Do",
        compute="_compute_social_overview",
        groups="base.group_user",
    )
    social_match_count = fields.Integer(
        "Matched Mentions",
        compute="_compute_social_counts",
        groups="social_consent_monitoring.group_social_user",
    )
    social_profile_count = fields.Integer(
        "Profiles",
        compute="_compute_social_counts",
        groups="social_consent_monitoring.group_social_user",
    )
    social_enrichment_count = fields.Integer(
        "Enriched Values",
        compute="_compute_social_counts",
        groups="social_consent_monitoring.group_social_user",
    )
    social_proven_accounts = fields.Char(
        "Proven Accounts",
        compute="_compute_social_proven_accounts",
        groups="social_consent_monitoring.group_social_user",
        help="Where this person has proven that an account is theirs, and when. The names are for "
        "the privacy officer.",
    )

    social_existing_customer_ids = fields.Many2many(
        "social.existing.customer",
        string="Existing Customer",
        compute="_compute_social_existing_customer_ids",
        groups="base.group_user",
    )

    # What a source is asked for is compared with these: see ``social.watch``.
    social_watch_name = fields.Char(
        compute="_compute_social_watch_name",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups="base.group_system",
        copy=False,
    )
    _social_watch_email = models.Index("(email_normalized) WHERE is_company IS NOT TRUE")
    _social_watch_phone = models.Index("(phone_sanitized) WHERE is_company IS NOT TRUE")

    @api.depends("name", "is_company")
    def _compute_social_watch_name(self):
        """Keep the full names of natural persons as queries are compared with them (rule 24)."""
        for partner in self:
            partner.social_watch_name = (
                not partner.is_company and make_name(partner.name)
            ) or False

    def _auto_init(self):
        """Fill the column in batches: of a million contacts Odoo would make a million records."""
        if not column_exists(self.env.cr, self._table, "social_watch_name"):
            create_column(self.env.cr, self._table, "social_watch_name", "varchar")
            self._fill_social_watch_name()
        return super()._auto_init()

    @api.model
    def _fill_social_watch_name(self):
        last = 0
        while rows := self.env.execute_query(
            SQL(
                """SELECT id, name FROM res_partner WHERE id > %s AND is_company IS NOT TRUE
                ORDER BY id LIMIT %s""",
                last,
                FILL_BATCH,
            )
        ):
            last = rows[-1][0]
            named = {id_: key for id_, name in rows if (key := make_name(name))}
            self.env.cr.execute(
                """UPDATE res_partner SET social_watch_name = filled.name
                FROM unnest(%s::int[], %s::varchar[]) AS filled (id, name) WHERE res_partner.id = filled.id""",
                (list(named), list(named.values())),
            )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["social.watch"]._note_persons(partners)
        return partners

    @api.depends("social_subject_id")
    def _compute_social_existing_customer_ids(self):
        recorded = self.env["social.existing.customer"]
        rows = recorded.search([("subject_id", "in", self.social_subject_id.ids)])
        by_subject = rows.grouped("subject_id")
        for partner in self:
            found = by_subject.get(partner.social_subject_id, recorded)
            partner.social_existing_customer_ids = found

    def _compute_social_overview(self):
        for partner in self:
            rows = partner._get_social_overview_rows() if partner.id else []
            titles = partner._get_social_overview_titles()
            partner.social_overview = {
                "summary": partner._get_social_summary(rows),
                "groups": [
                    {"title": title, "rows": [row for row in rows if row["group"] == group]}
                    for group, title in titles.items()
                ],
            }

    def _compute_social_counts(self):
        """Count what stands behind the wall, for code with sudo as for the user: one query."""
        names = ("match", "profile", "enrichment")
        counts = self.env["social.wall.mixin"]._count([f"social.{name}" for name in names], self)
        for partner in self:
            for name in names:
                count = counts.get((f"social.{name}", partner._origin.id), 0)
                partner[f"social_{name}_count"] = count

    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_social_proven_accounts(self):
        """Say where and since when, behind the wall as all else: code with sudo is not above it."""
        domain = [
            ("partner_id", "in", self._origin.ids),
            ("verified_at", "!=", False),
            ("valid_until", ">", "now"),
            ("company_id", "in", self.env.companies.ids),
        ]
        found = self.env["social.profile"].search(domain).grouped("partner_id")
        for partner in self:
            partner.social_proven_accounts = format_list(
                self.env,
                [
                    self.env._(
                        "✓ %(platform)s, proven on %(day)s",
                        platform=profile.platform_id.name,
                        day=format_date(self.env, profile.verified_at),
                    )
                    for profile in found.get(partner._origin, ())
                ],
            )

    def write(self, vals):
        # Asked first: core takes the value out of vals on the way.
        becomes_person = "is_company" in vals and not vals["is_company"]
        may_be_named = vals.keys() & NAMES_A_PERSON
        result = super().write(vals)
        if becomes_person:
            self.env["social.wall.mixin"]._drop_companies(partners=self)
        if may_be_named:
            self.env["social.watch"]._note_persons(self)
        return result

    def _get_social_number_holders(self):
        """A lead has the phone of its contact, and may have said yes for itself."""
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        own = [("partner_id", "in", self.ids), ("social_subject_id", "!=", False)]
        return [*super()._get_social_number_holders(), leads.search(own)]

    def copy_data(self, default=None):
        """Leave out what was taken from posts: a duplicate is nobody who consented to that (rule 21)."""
        vals_list = super().copy_data(default)
        taken = self._get_social_taken()
        for partner, vals in zip(self, vals_list, strict=True):
            for name in taken[partner.id] - (default or {}).keys():
                vals.pop(name, None)
        return vals_list

    def _get_social_taken(self):
        """Return ``{id: names of the fields that hold what was taken from posts}``."""
        values = self.env["social.enrichment"].sudo()
        values = values.search([("partner_id", "in", self.ids), ("field_name", "!=", False)])
        copies = self.env["social.copy"].sudo()
        copies = copies.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        taken = {id_: set() for id_ in self.ids}
        for value in values.filtered(lambda value: value._still_holds()):
            taken[value.partner_id.id].add(value.field_name)
        for copy in copies:
            taken[copy.res_id].add(copy.field_name)
        return taken

    def unlink(self):
        """Take the documents of contracts along, and close what watched these contacts."""
        self.check_access("unlink")
        contracts = self.env["social.contract"].sudo().search([("partner_id", "in", self.ids)])
        documents = contracts.attachment_ids
        # Nobody is left who could consent to being watched.
        sources = self.env["social.source"]
        sources._search_watching([("watched_partner_id", "in", self.ids)])._close()
        result = super().unlink()
        documents.unlink()
        return result

    # -- what the contact form shows -----------------------------------------------------

    def _get_social_overview_titles(self):
        return {
            "contact": self.env._("Advertising"),
            "social": self.env._("Public posts"),
        }

    def _get_social_overview_rows(self):
        """Return one row for each act, as JSON: whether it is allowed, and the next step."""
        self.ensure_one()
        names = self.env["social.policy"]._get_act_names()
        decisions, asking = self._get_social_decisions()
        # Read together: the form opens for everybody, all day.
        consents = self.env["social.consent"].browse(
            {decision.consent for decision in decisions.values() if decision.consent}
        )
        acts = consents._get_last_acts()
        return [
            {
                "act": act,
                "group": "contact" if policy.ACTS[act].channel else "social",
                "name": names[act],
                "reason": decision.reason,
                **self._get_social_row(
                    decision,
                    asking[act],
                    consents.filtered(lambda consent, known=decision: consent.id == known.consent),
                    acts.get(decision.consent, NO_ACT),
                ),
            }
            for act, decision in decisions.items()
        ]

    def _get_social_row(self, decision, ask, consent, last):
        """Return what a row says and offers.

        :param ask: the decision on asking for consent
        :param last: the :class:`LastAct` of the consent
        """
        label, color, icon, hint, steps = self._get_social_words(decision.reason)
        if decision and not consent:
            hint, steps = self.env._("Fine, unless the person objects."), ["object"]
        elif self._is_social_objection(consent):
            label = self.env._("Objected")
        days_left = self._get_social_days_left(decision, consent)
        if decision and consent.renewal_needed:
            hint = self.env._("The notice covers more by now: ask for that, too.")
            steps = ["ask", "record", "withdraw"]
        if days_left is not None:
            hint, steps = self.env._("Renew it in time."), ["ask", "record", "withdraw"]
        if "ask" in steps and not (ask and self.email_normalized):
            steps = [step for step in steps if step != "ask"]
            if not self.email_normalized:
                hint = self.env._("No e-mail address to ask at.")
        return {
            "label": label,
            "color": color,
            "icon": icon,
            "step": hint,
            "buttons": self._get_social_buttons(steps),
            "details": self._get_social_details(consent, last),
            "warning": self._get_social_warning(days_left),
            "evidence": last.has_evidence if consent.recorded_state == "given" else None,
        }

    def _get_social_decisions(self):
        """Return ``{act: decision}`` on each act, and on asking for the consent that it needs."""
        asks = {
            act: policy.get_ask_act(policy.ACTS[act].purpose, policy.ACTS[act].channel)
            for act in PERSON_ACTS
        }
        made = self.env["social.policy"]._decide_acts([*asks, *asks.values()], self)
        return (
            {act: made[act][self.id] for act in asks},
            {act: made[ask][self.id] for act, ask in asks.items()},
        )

    def _get_social_days_left(self, decision, consent):
        """Return in how many days an allowed act ends, where that is soon; else None."""
        now = fields.Datetime.now()
        if not decision or not consent or consent.recorded_state != "given":
            return None
        if not policy.ends_soon(consent.valid_until, now):
            return None
        today, end = (
            fields.Datetime.context_timestamp(self, moment).date()
            for moment in (now, consent.valid_until)
        )
        return (end - today).days

    def _get_social_warning(self, days_left):
        if days_left is None:
            return ""
        if days_left == 0:
            return self.env._("Expires within a day")
        if days_left == 1:
            return self.env._("Expires in 1 day")
        return self.env._("Expires in %s days", days_left)

    def _get_social_words(self, reason):
        """Return label, colour, icon, hint and steps for the reason of a decision."""
        words = self._get_social_decision_words()
        if reason in words:
            return words[reason]
        # A reason that other code brought along: the policy has words for it.
        why, remedy = self.env["social.policy"]._get_reasons()[reason]
        return (
            self.env._("Not allowed"),
            "warning",
            "fa-exclamation-triangle",
            f"{why} {remedy}",
            [] if reason in ("company_forbids", "too_young") else ["ask", "record"],
        )

    def _get_social_decision_words(self):
        """Return ``{reason: (label, colour, icon, hint, steps)}``; see the buttons for steps."""
        _ = self.env._
        respect = _("Respect that. Only the person can change it.")
        no, again = "fa-ban", "fa-refresh"
        ask = ["ask", "record"]
        return {
            "allowed": (_("Allowed"), "success", "fa-check", "", ["withdraw"]),
            "never_asked": (_("Not asked"), "secondary", "fa-question", _("Ask first."), ask),
            "consent_requested": (
                _("Asked"),
                "info",
                "fa-hourglass-half",
                _("Wait for the answer."),
                ["ask", "record", "object"],
            ),
            "consent_refused": (_("Refused"), "danger", no, respect, ["changed"]),
            "consent_withdrawn": (_("Withdrawn"), "danger", no, respect, ["changed"]),
            "suppressed": (_("Objected earlier"), "danger", no, respect, ["changed"]),
            "consent_expired": (_("Expired"), "warning", again, _("Ask again."), ask),
            "consent_invalidated": (_("Invalid"), "warning", again, _("Ask again."), ask),
            "notice_outdated": (_("Purpose changed"), "warning", again, _("Ask again."), ask),
            "blocked": (
                _("On the blacklist"),
                "danger",
                no,
                _("The privacy officer settles it, under Contradictions."),
                ["withdraw"],
            ),
        }

    def _get_social_buttons(self, steps):
        """Return the buttons for these steps, none for a user who may not use them."""
        if not self.env.user.has_group("base.group_partner_manager") or not self.has_access(
            "write"
        ):
            return []
        labels = {
            "ask": self.env._("Ask by e-mail"),
            "record": self.env._("Record consent"),
            "changed": self.env._("Person agrees after all"),
            "withdraw": self.env._("Record withdrawal"),
            "object": self.env._("Person says no"),
        }
        methods = {
            "ask": "action_ask_social_consent",
            "record": "action_record_social_consent",
            "changed": "action_record_social_consent",
            "withdraw": "action_withdraw_social_consent",
            "object": "action_object_social",
        }
        return [{"step": step, "label": labels[step], "method": methods[step]} for step in steps]

    def _get_social_details(self, consent, last):
        """Return lines on what is recorded: when, by which door, until when."""
        if not consent:
            return []
        at = consent.given_at if consent.recorded_state == "given" else last.happened_at
        lines = []
        if at:
            state = dict(consent._get_states())[consent.recorded_state]
            lines.append(
                self.env._(
                    "%(state)s on %(date)s, %(door)s",
                    state=self.env._("Objected") if self._is_social_objection(consent) else state,
                    date=self._format_social_day(at),
                    door=self._get_social_doors().get(last.method, last.method),
                )
            )
        if consent.recorded_state == "given":
            lines.append(self._get_social_validity(consent))
        return lines

    def _is_social_objection(self, consent):
        """Tell whether a person said no before being asked: no notice was put to them."""
        return consent.recorded_state == "refused" and not consent.notice_id

    def _get_social_validity(self, consent):
        if consent.valid_until >= policy.NO_END:
            return self.env._("No end")
        day = self._format_social_day(consent.valid_until)
        if consent.valid_until <= fields.Datetime.now():
            return self.env._("Ended on %s", day)
        return self.env._("Valid until %s", day)

    def _format_social_day(self, moment):
        """Return a day as the reader writes it, in the reader's time zone."""
        return format_date(self.env, fields.Datetime.context_timestamp(self, moment))

    def _get_social_doors(self):
        """Return each door (one of ``policy.METHODS``) in words that follow a date."""
        _ = self.env._
        return {
            "portal": _("on the portal"),
            "link": _("by the personal link"),
            "form": _("by a form"),
            "shop": _("in the shop"),
            "platform": _("on a platform"),
            "double_opt_in": _("confirmed by e-mail"),
            "staff": _("recorded by staff"),
            "import": _("by an import"),
            "unsubscribe": _("by unsubscribing"),
            "blacklist": _("by a block list"),
            "reply": _("by a reply"),
        }

    def _get_social_summary(self, rows):
        """Return the short lines on top: ``[{"text", "allowed"}]``."""
        channels = dict(self.env["social.consent"]._get_channels())
        ways = {True: [], False: []}
        for row in rows:
            if row["group"] == "contact":
                ways[row["reason"] == "allowed"].append(channels[policy.ACTS[row["act"]].channel])
        may, may_not = (format_list(self.env, names) for names in (ways[True], ways[False]))
        lines = []
        if may:
            lines.append({"text": self.env._("You may advertise by: %s.", may), "allowed": True})
        if may_not:
            text = self.env._("You may not advertise by: %s.", may_not)
            lines.append({"text": text, "allowed": False})
        for row in rows:
            if row["act"] == "match":
                allowed = row["reason"] == "allowed"
                lines.append({"text": self._get_social_match_words()[allowed], "allowed": allowed})
        return lines

    def _get_social_match_words(self):
        return {
            True: self.env._("You may connect public posts with this person."),
            False: self.env._("You may not connect public posts with this person."),
        }

    # -- steps that the form and the list offer --------------------------------------------

    def action_record_social_consent(self, act=None):
        """Open the form for a consent; ``act`` (a code of the policy) fills it in."""
        return self._get_social_wizard(
            "social.consent.record.wizard", self.env._("Record Consent"), act
        )

    def action_withdraw_social_consent(self, act=None):
        """Open the form for a withdrawal; ``act`` (a code of the policy) fills it in."""
        return self._get_social_wizard(
            "social.consent.withdraw.wizard", self.env._("Withdrawal or Objection"), act
        )

    def action_object_social(self, act=None):
        """Open the same form for a person who says no without having said yes before."""
        action = self.action_withdraw_social_consent(act)
        action["context"]["default_kind"] = "object"
        return action

    def action_record_social_customer(self):
        """Open the form that records a sale, and with it an existing customer."""
        return self._get_social_wizard(
            "social.existing.customer.wizard", self.env._("Record as an Existing Customer")
        )

    def action_erase_social_person(self):
        """Open the dry run of the erasure of this person (GDPR Art. 17)."""
        self.ensure_one()
        self.check_access("read")
        [(_record, subject)] = self._ensure_subjects()
        return self.env["social.erasure.wizard"]._open_for(subject)

    def action_try_social_policy(self):
        """Open “Try a Rule” for this contact."""
        self.ensure_one()
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id("social_consent_monitoring.social_policy_try_action")
        return {**action, "context": {"default_partner_id": self.id}}

    def action_print_social_forms(self):
        """Open “Print Consent Forms” for these contacts."""
        self.check_access("read")
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id("social_consent_monitoring.social_paper_print_wizard_action")
        return {**action, "context": {"default_partner_ids": self.ids}}

    def action_record_social_form(self):
        """Open “Record a Signed Form” for this contact."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["social.paper.record.wizard"]._get_window()
        return {**action, "context": {"default_partner_id": self.id}}

    def _get_social_wizard(self, model, name, act=None):
        self.ensure_one()
        filled = {"partner_id": self.id, **self._get_social_wizard_vals(act)}
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {f"default_{field}": value for field, value in filled.items()},
        }

    def action_view_social_matches(self):
        self.ensure_one()
        return self.env["social.match"]._get_action([("partner_id", "=", self.id)])

    def action_view_social_profiles(self):
        self.ensure_one()
        return self.env["social.profile"]._get_action([("partner_id", "=", self.id)])

    def action_view_social_enrichments(self):
        self.ensure_one()
        return self.env["social.enrichment"]._get_action([("partner_id", "=", self.id)])

    def action_print_social_proof(self):
        """Print the complete proof of this person's consents (GDPR Art. 7(1))."""
        report = self.env.ref("social_consent_monitoring.action_report_consent_proof")
        return report.report_action(self)

    def action_view_social_decisions(self):
        """List what was decided about this person, for the privacy officer (rule 25)."""
        self.ensure_one()
        self.check_access("read")
        self.env["social.decision"].check_access("read")
        keys = self.sudo().social_subject_id._get_all_keys().mapped("key")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_decision_action"
        )
        name = self.env._("Decisions about This Person")
        domain = [("subject_key", "in", keys)]
        # The display name is what the page is headed with.
        return {**action, "name": name, "display_name": name, "domain": domain, "context": {}}
