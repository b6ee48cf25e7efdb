import json

from odoo import api, models

from .. import connectors, policy
from .social_checklist_mixin import MANAGER, OFFICER

# How the contact is marked with which somebody tries the product.
TEST_PERSON = "SOCIAL-CONSENT-TEST"
# These events are the person's own act, and no entry by staff.
OWN_ACTS = {"link", "portal", "form", "shop", "double_opt_in", "platform"}
# What an import of consents is called, where that is installed.
IMPORT = "social_consent_monitoring.social_consent_import_wizard_action"


class SocialSetupSteps(models.AbstractModel):
    """Each step of the first hour: what is there of it, and what to do next."""

    _name = "social.setup.steps"
    _inherit = ["social.checklist.mixin"]
    _description = "Steps of the Set-up"

    @api.model
    def _make_step(self, code, is_done, *args, **values):
        return self._make_point(code, "done" if is_done else "open", *args, **values)

    # -- company and officer ---------------------------------------------------------------------

    @api.model
    def _get_step_company(self):
        missing = self._find_missing_of_company()
        text = (
            self.env._("Still missing: %s.", ", ".join(missing))
            if missing
            else self.env._("Notices and pages name your company and whom to turn to.")
        )
        company = self.env.company
        form = "social_consent_monitoring.social_setup_company_view_form"
        title = self.env._("Your company, and who answers for privacy")
        open_it = self._make_button(
            self.env._("Enter It"), self._make_form(title, company, form, "new"), bool(missing)
        )
        may = company.has_access("write")
        text = self._add_who(text, may, "administrator")
        buttons = [open_it] if may else []
        return self._make_step("company", not missing, title, text, buttons=buttons)

    @api.model
    def _find_missing_of_company(self):
        """Return in words what the notices and pages would have to leave open."""
        company = self.env.company.sudo()
        contact = company._get_social_privacy_contact()
        known = {
            self.env._("address"): company.street and company.city,
            self.env._("e-mail address"): contact["email"],
            self.env._("privacy officer"): contact["name"],
        }
        return [name for name, value in known.items() if not value]

    @api.model
    def _add_who(self, text, may, who):
        """Return the text, with who does it where this user may not."""
        names = {
            "administrator": self.env._("An administrator does this."),
            "manager": self.env._("A manager does this."),
            "officer": self.env._("The privacy officer does this."),
        }
        return text if may else f"{text} {names[who]}"

    # -- notices ---------------------------------------------------------------------------------

    @api.model
    def _get_step_notices(self):
        notices = self.env["social.consent.notice"].sudo()
        own = notices.search(
            [("company_id", "=", self.env.company.id), ("state", "!=", "superseded")]
        )
        purposes, missing = self.env["social.consent.purpose"]._all(), self._find_unpublished()
        text = self.env._(
            "Published for %(done)s of %(all)s purposes. Nobody can agree to what is not published.",
            done=len(purposes) - len(missing),
            all=len(purposes),
        )
        may = self.env.user.has_group(OFFICER)
        text = self._add_who(text, may, "officer")
        take = may and len(own.purpose_id) < len(purposes)
        languages = dict(notices._get_languages())
        return self._make_step(
            "notices",
            not missing,
            self.env._("Privacy notices"),
            text,
            items=[self._get_notice_item(notice, may, languages) for notice in own],
            buttons=[
                self._make_call(self.env._("Take the Templates"), "take_templates", primary=True)
                if take
                else None,
                self._make_button(
                    self.env._("All Notices"),
                    "social_consent_monitoring.social_consent_notice_action",
                ),
            ],
        )

    @api.model
    def _find_unpublished(self):
        """Return the purposes to which nobody can agree yet, towards this company."""
        published = self.env["social.consent.notice"].sudo()
        published = published.search(
            [("company_id", "=", self.env.company.id), ("state", "=", "published")]
        )
        return self.env["social.consent.purpose"]._all() - published.purpose_id

    @api.model
    def _get_notice_item(self, notice, may, languages):
        is_draft = notice.state == "draft"
        lacks = len(notice._get_missing()) if is_draft else 0
        text = self.env._("Published")
        if is_draft:
            text = self.env._("Draft; still missing: %s", lacks) if lacks else self.env._("Draft")
        label = self.env._("Read and Publish") if is_draft and may else self.env._("Read")
        return self._make_item(
            f"{notice.name} ({languages.get(notice.lang, notice.lang)})",
            text,
            "" if is_draft else "success",
            [self._make_button(label, self._make_form(notice.name, notice.sudo(False)))],
        )

    # -- platforms' terms ------------------------------------------------------------------------

    @api.model
    def _get_step_terms(self):
        platforms = self.env["social.platform"].search([("access", "!=", "closed")])
        order = ["valid", "warning", "expired", "missing", "forbidden"]
        platforms = platforms.sorted(
            lambda each: (each.proposed_verdict == "forbidden", order.index(each.terms_state))
        )
        valid = platforms.filtered(lambda each: each.terms_state in ("valid", "warning"))
        needed = self._get_sources().platform_id - valid
        text = self.env._(
            "Confirmed: %s. Read the terms of each platform that you want to hear, and only of those.",
            len(valid),
        )
        may = self.env.user.has_group(MANAGER)
        text = self._add_who(text, may, "manager")
        return self._make_step(
            "terms",
            bool(valid) and not needed,
            self.env._("Terms of the platforms"),
            text,
            items=[self._get_terms_item(platform, may) for platform in platforms],
        )

    @api.model
    def _get_terms_item(self, platform, may):
        states = dict(platform._fields["terms_state"]._description_selection(self.env))
        verdicts = dict(platform._fields["proposed_verdict"]._description_selection(self.env))
        state, text = platform.terms_state, states[platform.terms_state]
        if state == "missing" and platform.proposed_verdict:
            proposed = verdicts[platform.proposed_verdict]
            text = self.env._("%(state)s; we propose: %(verdict)s", state=text, verdict=proposed)
        colours = {"valid": "success", "forbidden": "danger", "missing": ""}
        asked = may and state in ("missing", "expired")
        return self._make_item(
            platform.name,
            text,
            colours.get(state, "warning"),
            [
                self._make_button(self.env._("Read and Confirm"), platform.action_confirm_terms())
                if asked
                else None
            ],
        )

    # -- first source ----------------------------------------------------------------------------

    @api.model
    def _get_sources(self):
        """Return what this company hears or could hear: its own sources and shared ones."""
        sources = self.env["social.source"].sudo()
        return sources.search(sources._check_company_domain(self.env.company))

    @api.model
    def _find_active_sources(self):
        return self._get_sources().filtered(lambda source: source.state == "active")

    @api.model
    def _get_step_source(self):
        sources, active = self._get_sources(), self._find_active_sources()
        text = self.env._(
            "Started: %s. You see the first posts before anything is stored.", len(active)
        )
        may = self.env["social.source"].has_access("create")
        text = self._add_who(text, may, "manager")
        resting = sources - active
        return self._make_step(
            "source",
            bool(active),
            self.env._("The first source"),
            text,
            items=[self._get_source_item(source) for source in resting[:5] if may],
            buttons=[
                self._make_button(
                    self.env._("Add a Source"),
                    "social_consent_monitoring.social_source_wizard_action",
                    primary=not active,
                )
                if may
                else None
            ],
        )

    @api.model
    def _get_source_item(self, source):
        states = dict(source._fields["state"]._description_selection(self.env))
        return self._make_record_item(source, states[source.state])

    # -- rules for advertising -------------------------------------------------------------------

    @api.model
    def _get_switched(self):
        """Return the codes of the acts whose rules have a switch."""
        return [act for act, each in policy.ACTS.items() if act not in policy.WALL]

    @api.model
    def _get_step_rules(self, past=False):
        undecided = [act for act in self._get_switched() if not self._is_decided(act)]
        text = (
            self.env._("Enforce each rule now, or observe first and read what it would stop.")
            if undecided
            else self.env._("Each rule is enforced, or somebody decided otherwise.")
        )
        may = self.env["social.policy.rule"].has_access("write")
        text = self._add_who(text, may, "manager")
        return self._make_step(
            "rules",
            not undecided,
            self.env._("Rules for advertising"),
            text,
            items=[self._get_rule_item(act, may, past) for act in self._get_switched()],
            buttons=[
                self._make_button(
                    self.env._("All Rules"), "social_consent_monitoring.social_policy_rule_action"
                )
            ],
        )

    @api.model
    def _is_decided(self, act):
        """Tell whether an act's rule is enforced, or somebody chose since that it is not."""
        rule = self.env["social.policy.rule"]._find_default(act)
        if (rule.mode or "enforce") == "enforce":
            return True
        changes = self.env["social.policy.change"].sudo()
        return bool(
            changes.search_count([("model", "=", rule._name), ("res_id", "=", rule.id)], limit=1)
        )

    @api.model
    def _get_rule_item(self, act, may, past):
        rules = self.env["social.policy.rule"]
        mode = rules._find_default(act).mode or "enforce"
        words = [dict(rules._get_modes())[mode]]
        if past:
            words += self._say_past(act)
        enforce = self._make_call(
            self.env._("Enforce"), "decide_rule", act, "enforce", primary=True
        )
        observe = self._make_call(self.env._("Observe First"), "decide_rule", act, "observe")
        decided = self._is_decided(act)
        return self._make_item(
            self.env["social.policy"]._get_act_names()[act],
            ". ".join(words),
            "success" if mode == "enforce" else "warning",
            [
                enforce if may and mode != "enforce" else None,
                observe if may and (mode == "enforce" or not decided) else None,
            ],
        )

    @api.model
    def _say_past(self, act):
        """Return in words what a rule would have stopped in the last 90 days; [] if nothing tells."""
        channel = policy.ACTS[act].channel
        counted = self.env["social.past.mailings"].sudo()._count(channel)
        if not counted:
            return []
        sent, refused = counted
        if not sent:
            return [self.env._("Nothing went out in the last 90 days")]
        reasons = self.env["social.policy"]._get_reasons()
        told = ", ".join(
            f"{reasons[code][0].rstrip('.')}: {count}" for code, count in refused.most_common(3)
        )
        said = [
            self.env._(
                "Would have stopped %(stopped)s of %(sent)s in the last 90 days, by today's consents",
                stopped=refused.total(),
                sent=sent,
            )
        ]
        return [*said, told] if told else said

    # -- consents that exist already -------------------------------------------------------------

    @api.model
    def _get_step_consents(self):
        consents = self.env["social.consent"].sudo()
        given = consents.search_count(
            [
                ("company_id", "=", self.env.company.id),
                ("recorded_state", "=", "given"),
                ("subject_id", "not in", self._get_test_person().sudo().social_subject_id.ids),
            ]
        )
        action, label = "social_consent_monitoring.social_consent_action", self.env._("Consents")
        if self.env.user.has_group(OFFICER) and self.env.ref(IMPORT, raise_if_not_found=False):
            action, label = IMPORT, self.env._("Import Consents")
        return self._make_step(
            "consents",
            bool(given),
            self.env._("Consents that you have already"),
            self.env._(
                "On record: %s. What comes in needs purpose, text, date and proof; blacklists first.",
                given,
            ),
            buttons=[self._make_button(label, action)],
        )

    # -- a test person ---------------------------------------------------------------------------

    @api.model
    def _get_test_person(self):
        """Return the contact with which somebody tries the product in this company, if any."""
        partners = self.env["res.partner"]
        own = partners._check_company_domain(self.env.company)
        return partners.search([*own, ("ref", "=", TEST_PERSON)], order="id desc", limit=1)

    @api.model
    def _get_step_person(self):
        person, title = self._get_test_person(), self.env._("A test person")
        text = self.env._(
            "Make a contact with an address of your own, ask it for consent, and agree by the link "
            "in the mail: so you see what your customers see."
        )
        context = {
            "default_name": title,
            "default_ref": TEST_PERSON,
            "default_email": self.env.user.email,
            "default_lang": self.env.lang,
            "default_company_id": self.env.company.id,
        }
        label = self.env._("Open It") if person else self.env._("Make a Test Person")
        action = self._make_form(title, person, context={} if person else context)
        may = self.env["res.partner"].has_access("read" if person else "create")
        return self._make_step(
            "person",
            self._has_agreed(person),
            title,
            text,
            buttons=[self._make_button(label, action, not person) if may else None],
        )

    @api.model
    def _has_agreed(self, person):
        """Tell whether this person agreed to anything by an act of its own."""
        events = self.env["social.consent.event"].sudo()
        key = person.sudo().social_subject_key
        given = events.search([("subject_key", "=", key), ("state", "=", "given")]) if key else ()
        return any(json.loads(event.payload).get("method") in OWN_ACTS for event in given)

    # -- the first answer ------------------------------------------------------------------------

    @api.model
    def _get_step_mention(self):
        mentions = self.env["social.mention"].sudo()
        own = mentions._check_company_domain(self.env.company)
        count = mentions.search_count([*own, ("state", "=", "new")])
        answered = mentions.search_count([*own, ("state", "=", "answered")], limit=1)
        may = self.env["social.mention"].has_access("read")
        return self._make_step(
            "mention",
            bool(answered),
            self.env._("The first answer"),
            self.env._("Waiting for somebody: %s. Open one, and press “Reply”.", count),
            items=filter(None, [self._get_account_item()]),
            buttons=[
                self._make_button(
                    self.env._("Mentions"), "social_consent_monitoring.social_mention_action"
                )
                if may
                else None
            ],
        )

    @api.model
    def _get_account_item(self):
        """Return a line that leads to an account, while this company has none that can answer."""
        names = [name for name, each in connectors.CONNECTORS.items() if each.answer]
        accounts = self.env["social.account"]
        own = accounts._check_company_domain(self.env.company)
        answering = [*own, ("connector", "in", names), ("answer_limit", ">", 0)]
        if accounts.sudo().search_count(answering, limit=1):
            return None
        label, may = self.env._("Add an Account"), accounts.has_access("create")
        heard = self._find_active_sources().filtered(lambda each: each.connector in names)[:1]
        context = {
            "default_connector": heard.connector,
            "default_address": heard.address,
            "default_company_id": self.env.company.id,
        }
        form = self._make_form(label, accounts, target="new", context=context)
        text = self.env._("You copy what you answer, and publish it there yourself.")
        return self._make_item(
            self.env._("No account answers from here"),
            self._add_who(text, may, "administrator"),
            "warning",
            [self._make_button(label, form) if may else None],
        )
