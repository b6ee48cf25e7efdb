"""What an administrator sets without reading code: switch, try, undo, and a log of it all."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring import analysis, policy
from odoo.addons.social_consent_monitoring.models.res_config_settings import SWITCHED, WALLED

from common import ADDON, Common

OFF = {"social_mode_contact_email": "off", "social_reason_contact_email": "Tried for a week."}


class Settings(Common):
    def setUp(self):
        super().setUp()
        self.rules = self.env["social.policy.rule"]
        self.changes = self.env["social.policy.change"]
        self.default = self.env.ref(f"{ADDON}.policy_rule_contact_email")
        self.swiss = self.env.ref("base.ch")

    def save(self, **values):
        settings = self.env["res.config.settings"].create(values)
        settings.execute()
        return settings

    def read(self, name):
        return self.env["res.config.settings"].create({})[name]

    def last(self, model=None):
        return self.changes.search([("model", "=", model)] if model else [], limit=1)

    def add_company(self):
        return self.env["res.company"].create({"name": "Other"})

    def remove_other_companies(self):
        """Leave the one company that most have; demo data of other addons may bring more."""
        self.patch(type(self.rules), "_has_several_companies", lambda self: False)


class TestRulesInSettings(Settings):
    def test_every_act_with_a_switch_has_one_and_the_wall_has_none(self):
        self.assertEqual(set(SWITCHED), set(policy.ACTS) - policy.WALL)
        for act in policy.ACTS:
            field = self.env["res.config.settings"]._fields.get(f"social_mode_{act}")
            self.assertEqual(bool(field), act not in policy.WALL, act)

    def test_switching_off_in_settings_switches_off(self):
        self.remove_other_companies()
        self.save(**OFF)
        self.assertEqual((self.default.mode, self.default.reason), ("off", "Tried for a week."))
        self.assertEqual(self.rules._get_mode("contact_email"), "off")
        self.assertEqual(self.read("social_mode_contact_email"), "off")
        self.save(social_mode_contact_email="enforce")
        self.assertEqual((self.default.mode, self.default.reason), ("enforce", False))

    def test_no_switch_is_turned_without_a_reason(self):
        for mode in ("off", "observe"):
            for reason in (False, "  "):
                with self.assertRaisesRegex(ValidationError, "why “Advertise by e-mail”"):
                    self.save(social_mode_contact_email=mode, social_reason_contact_email=reason)
        self.assertEqual(self.default.mode, "enforce")

    def test_of_a_page_with_a_mistake_nothing_is_saved(self):
        for wrong in (
            {"social_validity_match": 0},
            {"social_validity_match": 121},
            {"social_interval_contact": 0},
            {"social_retention_mention": -1},
            {"social_retention_decision": 99999999},
            {"social_small_group": 1},
        ):
            settings = self.env["res.config.settings"].create(
                {**OFF, "social_companies": "free", **wrong}
            )
            before = self.changes.search_count([])
            with self.assertRaisesRegex(ValidationError, "enter a whole number from"):
                settings.set_values()
            self.assertEqual(self.default.mode, "enforce")
            self.assertEqual(self.env.company.social_companies, "protect")
            self.assertEqual(self.changes.search_count([]), before)

    def test_other_pages_can_be_saved_whatever_stands_on_this_one(self):
        self.default.mode = "observe"
        self.env["ir.config_parameter"].set_param(f"{ADDON}.small_group", "0")
        before = self.changes.search_count([])
        self.save()
        self.assertEqual(self.changes.search_count([]), before, "what stayed is no change")

    def test_with_several_companies_each_changes_its_own_rule(self):
        other = self.add_company()
        self.save(**OFF)
        self.assertEqual(self.default.mode, "enforce", "the rule of all companies stays")
        self.assertEqual(self.rules._get_mode("contact_email"), "off")
        self.assertEqual(self.rules.with_company(other)._get_mode("contact_email"), "enforce")
        self.assertIn("own rule", self.read("social_hint_contact_email"))
        self.assertTrue(self.read("social_own_contact_email"))
        self.save(social_reason_contact_email="Another month.")
        own = self.rules.search([("company_id", "=", self.env.company.id)])
        self.assertEqual((len(own), own.reason), (1, "Another month."))
        self.assertLess(own.sequence, self.default.sequence, "the list shows what comes first")

    def test_a_button_goes_back_to_the_rule_of_all_companies(self):
        self.add_company()
        self.save(**OFF)
        settings = self.env["res.config.settings"].create({})
        settings.with_context(social_act="contact_email").action_share_social_rule()
        self.assertEqual(self.rules._get_mode("contact_email"), "enforce")
        self.assertIn("all companies", self.read("social_hint_contact_email"))
        with self.assertRaises(AccessError):
            settings.with_user(self.manager).with_context(
                social_act="contact_email"
            ).action_share_social_rule()

    def test_going_back_keeps_the_rules_that_the_company_made_for_certain_persons(self):
        self.add_company()
        self.save(**OFF)
        own = self.default.copy(
            {"company_id": self.env.company.id, "country_ids": self.swiss.ids, "min_age": 21}
        )
        settings = self.env["res.config.settings"].create({})
        settings.with_context(social_act="contact_email").action_share_social_rule()
        self.assertEqual(self.rules.search([("company_id", "!=", False)]), own)

    def test_the_page_says_what_each_act_takes_and_leads_to_the_rule_that_says_so(self):
        self.default.min_age = 18
        self.env.ref(f"{ADDON}.policy_rule_match").at_source = True
        self.assertIn("at least 18 years old", self.read("social_hint_contact_email"))
        self.assertIn("on the platform itself", self.read("social_hint_match"))
        for act in SWITCHED + WALLED:
            self.assertIn("Takes: ", self.read(f"social_hint_{act}"))
            page = self.env["res.config.settings"].with_context(social_act=act)
            action = page.create({}).action_open_social_rule()
            rule = self.rules.browse(action["res_id"])
            self.assertEqual((rule.act, rule._is_default()), (act, True))

    def test_a_company_that_begins_its_own_rules_keeps_the_shared_ones_with_conditions(self):
        self.add_company()
        shared = self.rules.create(
            {
                "act": "contact_email",
                "country_ids": self.swiss.ids,
                "forbidden": True,
                "sequence": 1,
            }
        )
        self.partner.country_id = self.swiss
        self.give("contact", "email")
        self.save(**OFF)

        def decide():
            decisions = self.env["social.policy"]._decide("contact_email", self.partner)
            return decisions[self.partner.id].reason

        self.assertEqual(decide(), "company_forbids")
        own = self.rules.search([("company_id", "=", self.env.company.id)], order="sequence")
        self.assertEqual(own.mapped("mode"), ["enforce", "off"])
        settings = self.env["res.config.settings"].create({})
        settings.with_context(social_act="contact_email").action_share_social_rule()
        own = self.rules.search([("company_id", "=", self.env.company.id)])
        self.assertFalse(own, "copies of shared rules go with the own rule")
        self.assertTrue(shared.exists())
        self.assertEqual(decide(), "company_forbids")

    def test_only_administrators_save_settings(self):
        for user in (self.manager, self.officer, self.clerk):
            settings = self.env["res.config.settings"].with_user(user)
            with self.assertRaises(AccessError):
                settings.create(OFF).execute()
            with self.assertRaises(AccessError):
                settings.new({**self.settings_now(), **OFF}).set_values()
            self.assertEqual(self.rules._get_mode("contact_email"), "enforce")

    def settings_now(self):
        return self.env["res.config.settings"].get_values()

    def test_what_the_rules_say_is_told_to_nobody_outside(self):
        self.default.write({"mode": "off", "reason": "Between us."})
        portal = new_test_user(self.env, "portal_settings", groups="base.group_portal")
        for user in (portal, self.env.ref("base.public_user")):
            settings = self.env["res.config.settings"].with_user(user)
            ours = [name for name in settings._fields if name.startswith("social_")]
            for told in (settings.get_values(), settings.default_get(ours)):
                self.assertFalse([name for name in told if name.startswith("social_mode")])
                self.assertNotIn("Between us.", told.values())


class TestOtherSettings(Settings):
    def test_each_setting_is_saved_where_the_policy_reads_it(self):
        match = self.env.ref(f"{ADDON}.purpose_match")
        self.save(
            social_companies="free",
            social_validity_match=12,
            social_interval_match=30,
            social_retention_mention=0,
            social_retention_decision=100,
            social_small_group=7,
        )
        self.assertEqual(self.env.company.social_companies, "free")
        self.assertEqual((match.validity_months, match.request_interval), (12, 30))
        settings = self.env["social.policy"]._get_setting
        found = [
            settings(name) for name in ("retention_mention", "retention_decision", "small_group")
        ]
        self.assertEqual(found, [0, 100, 7], "0 is a value: keep for ever")
        self.assertEqual(self.read("social_retention_mention"), 0)

    def test_a_new_notice_starts_with_the_validity_of_its_purpose(self):
        match, enrich = (self.env.ref(f"{ADDON}.purpose_{code}") for code in ("match", "enrich"))
        match.validity_months = 6
        notices = self.env["social.consent.notice"]
        values = {"name": "N", "text": "x"}
        notice = notices.create({**values, "purpose_id": match.id})
        self.assertEqual(notice.months, 6)
        notice.purpose_id = enrich
        self.assertEqual(notice.months, 24)
        match.validity_months = 9
        chosen = notices.create({**values, "purpose_id": match.id, "months": 3})
        self.assertEqual(chosen.months, 3)
        published = notices.search([("state", "=", "published"), ("purpose_id", "=", match.id)])
        self.assertEqual(set(published.mapped("months")), {24}, "what was published stays")

    def test_changes_are_logged_wherever_they_are_made(self):
        match = self.env.ref(f"{ADDON}.purpose_match")
        match.with_user(self.officer).request_interval = 30
        change = self.last("social.consent.purpose")
        self.assertEqual(change.user_id, self.officer)
        self.assertEqual(change.summary, "Ask Again After (Days): 90 → 30")
        self.env.company.social_companies = "free"
        change = self.last("res.company")
        self.assertEqual(change.company_id, self.env.company)
        self.assertEqual(
            change.summary, "Companies as Contacts: Like persons → Free: no data subjects"
        )
        self.env["ir.config_parameter"].set_param(f"{ADDON}.small_group", "8")
        change = self.last("res.config.settings")
        self.assertEqual(change.summary, "Smallest Group That Is Shown: 5 → 8")
        self.assertFalse(change.company_id)
        self.env["ir.config_parameter"].search([("key", "=", f"{ADDON}.small_group")]).unlink()
        self.assertEqual(self.last().summary, "Smallest Group That Is Shown: 8 → 5")

    def test_what_a_platform_demands_is_logged_and_undone_like_a_rule(self):
        platform = self.env.ref(f"{ADDON}.platform_fediverse").with_user(self.manager)
        platform.write({"consent_at_source": True, "access": "login", "terms_version": "May"})
        change = self.last("social.platform")
        self.assertEqual(change.new_values, {"consent_at_source": True, "access": "login"})
        self.assertIn("Open to everybody → Login needed", change.summary)
        change.with_user(self.manager).action_undo()
        self.assertEqual((platform.consent_at_source, platform.access), (False, "open"))

    def test_what_is_no_setting_of_ours_is_not_logged(self):
        before = self.changes.search_count([])
        self.env["ir.config_parameter"].set_param("somebody.else", "8")
        self.env.company.name = "Renamed"
        self.env.ref(f"{ADDON}.purpose_match").description = "Other words."
        self.assertEqual(self.changes.search_count([]), before)


class TestAnalysisInSettings(Settings):
    def missing(self):
        values = self.env["res.config.settings"].with_user(self.manager).get_values()
        return values["social_analysis_missing"]

    def test_what_the_analysis_lacks_is_said_with_how_to_install_it(self):
        self.assertFalse(self.missing())
        lacking = {"language": "py3langid", "sentiment_en": "vaderSentiment"}
        self.patch(analysis, "get_missing", lambda: lacking)
        said = self.missing()
        self.assertIn("language of posts is not detected", said)
        self.assertIn("English posts get no tone", said)
        self.assertNotIn("German", said)
        self.assertIn("pip install py3langid vaderSentiment", said)

    def test_a_topic_for_some_languages_says_that_none_is_detected(self):
        topic = self.env["social.topic"].create({"name": "Delivery", "keywords": "parcel"})
        self.patch(analysis, "get_missing", lambda: {"language": "py3langid"})
        self.assertFalse(topic.language_notice)
        topic.languages = "de"
        self.assertIn("pip install py3langid", topic.language_notice)


class TestUndo(Settings):
    def off(self):
        self.default.with_user(self.manager).write({"mode": "off", "reason": "Tried."})
        return self.last().with_user(self.manager)

    def test_switching_off_is_undone_by_one_click(self):
        change = self.off()
        self.assertTrue(change.can_undo)
        change.action_undo()
        self.assertEqual(self.rules._get_mode("contact_email"), "enforce")
        undo = self.last()
        self.assertEqual(
            (undo.undoes_id, undo.reason, undo.user_id), (change, "Undo", self.manager)
        )
        self.assertEqual((change.is_undone, change.can_undo), (True, False))
        with self.assertRaisesRegex(UserError, "undone already"):
            change.action_undo()

    def test_an_undo_can_be_undone(self):
        change = self.off()
        change.action_undo()
        self.last().with_user(self.manager).action_undo()
        self.assertEqual((self.default.mode, self.default.reason), ("off", "Tried."))
        self.assertFalse(change.is_undone)

    def test_what_was_changed_again_since_is_not_undone(self):
        change = self.off()
        self.default.write({"mode": "observe", "reason": "Watching."})
        with self.assertRaisesRegex(UserError, "undo the later changes first"):
            change.action_undo()
        self.assertEqual(self.default.mode, "observe")
        self.last().action_undo()
        change.action_undo()
        self.assertEqual(self.default.mode, "enforce")

    def test_the_change_of_a_rule_that_is_gone_says_so_and_still_shows(self):
        rule = self.rules.create({"act": "contact_email", "country_ids": self.swiss.ids})
        rule.min_age = 18
        change = self.last().with_user(self.manager)
        rule.unlink()
        self.assertEqual(change.read(["summary"])[0]["summary"], "Minimum Age: 0 → 18")
        with self.assertRaisesRegex(UserError, "undo the later changes first"):
            change.action_undo()

    def test_what_an_installation_brings_along_is_no_change(self):
        before = self.changes.search_count([])
        self.patch(self.env.registry, "ready", False)
        self.rules.create({"act": "contact_email", "country_ids": self.swiss.ids})
        self.assertEqual(self.changes.search_count([]), before)

    def test_another_value_of_the_rule_does_not_stand_in_the_way(self):
        change = self.off()
        self.default.min_age = 18
        change.action_undo()
        self.assertEqual((self.default.mode, self.default.min_age), ("enforce", 18))

    def test_an_added_rule_goes_and_a_removed_one_comes_back(self):
        rule = self.rules.create(
            {"act": "contact_email", "country_ids": self.swiss.ids, "min_age": 30, "sequence": 1}
        )
        self.last().with_user(self.manager).action_undo()
        self.assertFalse(rule.exists())
        undo = self.last().with_user(self.manager)
        self.assertTrue(undo.read(["can_undo", "summary"]), "it shows though the rule is gone")
        with self.assertRaisesRegex(UserError, "undone already"):
            undo.undoes_id.action_undo()
        undo.action_undo()
        back = self.rules.search([("act", "=", "contact_email"), ("country_ids", "!=", False)])
        self.assertEqual((back.country_ids, back.min_age, back.sequence), (self.swiss, 30, 1))

    def test_a_rule_does_not_come_back_for_more_people_than_before(self):
        tag = self.env["res.partner.category"].create({"name": "VIP"})
        rule = self.rules.create(
            {"act": "contact_email", "category_ids": tag.ids, "mode": "off", "reason": "Tried."}
        )
        rule.unlink()
        tag.unlink()
        with self.assertRaisesRegex(UserError, "gone since"):
            self.last().action_undo()

    def test_settings_are_undone_too(self):
        match = self.env.ref(f"{ADDON}.purpose_match")
        self.save(social_companies="free", social_validity_match=12, social_small_group=7)
        changes = self.changes.search([], limit=3)
        self.assertEqual(
            set(changes.mapped("model")),
            {"res.company", "social.consent.purpose", "res.config.settings"},
        )
        for change in changes:
            change.with_user(self.env.ref("base.user_admin")).action_undo()
        self.assertEqual(self.env.company.social_companies, "protect")
        self.assertEqual(match.validity_months, 24)
        self.assertEqual(self.env["social.policy"]._get_setting("small_group"), 5)

    def test_nobody_undoes_what_they_may_not_change(self):
        self.save(social_companies="free", social_small_group=7)
        for change in self.changes.search([], limit=2):
            self.assertFalse(change.with_user(self.manager).can_undo)
            with self.assertRaisesRegex(AccessError, "Only an administrator"):
                change.with_user(self.manager).action_undo()
        change = self.off()
        with self.assertRaises(AccessError):
            change.with_user(self.officer).action_undo()
        with self.assertRaises(AccessError):
            change.with_user(self.clerk).action_undo()

    def test_what_comes_by_rpc_is_no_undo(self):
        self.default.with_context(social_undo=[1]).min_age = 18
        self.assertFalse(self.last().reason)
        self.assertFalse(self.last().undoes_id)

    def test_the_log_speaks_in_words(self):
        self.off()
        self.assertEqual(self.last().summary, "Mode: Enforced → Off")
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        rule = self.rules.create(
            {
                "act": "contact_social",
                "country_ids": self.swiss.ids,
                "platform_ids": platform.ids,
                "forbidden": True,
            }
        )
        created = self.last()
        self.assertEqual(
            created.title, f"Advertise by social message (Switzerland, {platform.name})"
        )
        self.assertEqual(
            created.summary.splitlines(),
            [
                "Countries: Switzerland",
                f"Platforms: {platform.name}",
                "Mode: Enforced",
                "Never Allowed: yes",
            ],
        )
        rule.country_ids = False
        self.assertEqual(self.last().summary, "Countries: Switzerland → none")


class TestRulesInWords(Settings):
    def test_each_rule_says_what_it_takes(self):
        wanted = {
            "contact_email": "Consent to “Advertise” by E-mail",
            "contact_post": "No objection",
            "fulfil": "A running contract",
            "enrich": "Consent to the purpose “Enrich the contact”",
            "monitor": "Consent to the purpose “Watch a person”, or a running monitoring contract",
            "collect": "Reviewed terms and a balancing test",
        }
        for act, words in wanted.items():
            self.assertEqual(self.rules.search([("act", "=", act)]).requirement, words)
        for act in policy.ACTS:
            self.assertTrue(self.env["social.policy"]._get_requirement(act))
        self.default.write(
            {
                "min_age": 18,
                "at_source": True,
                "also_purpose_id": self.env.ref(f"{ADDON}.purpose_match").id,
            }
        )
        self.assertEqual(
            self.default.requirement,
            "Consent to “Advertise” by E-mail; given on the platform itself; at least 18 years old; "
            "and also consent to the purpose “Match mentions with the contact”",
        )
        self.default.forbidden = True
        self.assertEqual(self.default.requirement, "Never allowed")

    def test_a_rule_that_is_never_reached_is_marked(self):
        germany = self.env.ref("base.de")
        both = self.rules.create(
            {"act": "contact_email", "country_ids": (self.swiss | germany).ids, "sequence": 1}
        )
        one = self.rules.create(
            {"act": "contact_email", "country_ids": self.swiss.ids, "sequence": 2}
        )
        self.assertEqual((one.hidden_by_id, one.place), (both, "hidden"))
        self.assertEqual((both.place, self.default.place), ("special", "default"))
        one.sequence = 0
        self.assertFalse(one.hidden_by_id)
        self.assertFalse(both.hidden_by_id, "Germans are left over for it")
        self.default.sequence = -1
        self.assertEqual(both.hidden_by_id, self.default)
        self.default.active = False
        self.assertFalse(both.hidden_by_id)

    def test_a_rule_that_is_dragged_to_another_act_stays_with_its_own(self):
        rule = self.rules.create({"act": "contact_email", "country_ids": self.swiss.ids})
        with self.assertRaisesRegex(UserError, "stays with its act"):
            rule.act = "contact_sms"

    def test_an_own_rule_hides_the_shared_ones_in_its_company_only(self):
        other = self.add_company()
        own = self.default.copy({"company_id": self.env.company.id, "sequence": 99})
        self.assertEqual(self.default.hidden_by_id, own)
        self.assertFalse(self.default.with_company(other).hidden_by_id)

    def test_every_rule_function_has_words(self):
        words = self.env["social.policy"]._get_questions()
        names = {step.name for act in policy.ACTS for step in self.trace(act)}
        self.assertEqual(set(words), names)

    def trace(self, act):
        return policy.trace(act, policy.Facts(None, rule=policy.Rule(forbidden=True)))


class TestTry(Settings):
    def open(self, act="contact_email", user=None, **values):
        trials = self.env["social.policy.try"].with_user(user or self.manager)
        return trials.new({"partner_id": self.partner.id, "act": act, **values})

    def test_it_says_what_is_decided_and_why(self):
        result = self.open().result
        self.assertEqual((result["state"], result["title"]), ("refused", "Not allowed"))
        self.assertIn("not been asked", result["reason"])
        self.assertIn("Ask for consent", result["remedy"])
        self.give("contact", "email")
        result = self.open().result
        self.assertEqual(result["state"], "allowed")
        self.assertRegex(result["basis"], r"consent, valid until \d")

    def test_it_answers_as_the_policy_does_for_every_act(self):
        self.give("contact", "email")
        self.give("match")
        for act, _name in self.env["social.policy.try"]._get_acts():
            decision = self.env["social.policy"]._decide(act, self.partner)[self.partner.id]
            trial = self.open(act)
            self.assertEqual(trial.result["state"] == "allowed", decision.allowed, act)
            self.assertEqual(len(trial.result["steps"]), len(policy.ACTS[act].rules), act)

    def test_it_shows_the_path_to_the_first_no(self):
        states = [step["state"] for step in self.open().result["steps"]]
        no = states.index("no")
        self.assertEqual(set(states[:no]), {"fine"})
        self.assertEqual(set(states[no + 1 :]), {"skipped"})
        step = self.open().result["steps"][no]
        self.assertEqual(step["rule"], "R23")
        self.assertIn("Has the person consented", step["asks"])

    def test_it_names_the_rule_that_holds(self):
        self.assertEqual(self.open().rule_id, self.default)
        rule = self.rules.create(
            {
                "act": "contact_email",
                "country_ids": self.swiss.ids,
                "forbidden": True,
                "sequence": 1,
            }
        )
        self.partner.country_id = self.swiss
        trial = self.open()
        self.assertEqual(trial.rule_id, rule)
        self.assertIn("your company forbids", trial.result["reason"])

    def test_it_says_so_where_a_refusal_changes_nothing(self):
        for mode in ("observe", "off"):
            self.default.write({"mode": mode, "reason": "Tried."})
            result = self.open().result
            self.assertEqual((result["state"], result["color"]), (mode, "warning"))

    def test_a_platform_counts(self):
        self.give()
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        self.assertEqual(self.open("match", platform_id=platform.id).result["state"], "allowed")
        platform.terms_verdict = "forbidden"
        self.assertEqual(self.open("match", platform_id=platform.id).result["state"], "refused")
        self.assertEqual(self.open("match").result["state"], "allowed")

    def test_r21_a_kind_of_data_counts_that_the_notice_does_not_name(self):
        self.give("enrich")
        unnamed = self.env["social.data.category"].create({"name": "Shoe Size", "code": "shoes"})
        self.assertEqual(self.open("enrich").result["state"], "allowed")
        self.assertEqual(self.open("enrich", category_id=unnamed.id).result["state"], "refused")
        self.give("match")
        self.assertEqual(self.open("match", category_id=unnamed.id).result["state"], "allowed")

    def test_trying_is_not_logged_and_stores_no_handle(self):
        before = self.env["social.decision"].search_count([])
        trial = self.open("match", handle="ada@social.example")
        self.assertTrue(trial.result)
        self.assertEqual(self.env["social.decision"].search_count([]), before)
        self.assertFalse(trial._fields["handle"].store)

    def test_of_a_hidden_contact_it_says_as_much_as_of_a_missing_one(self):
        other = self.add_company()
        hidden = self.env["res.partner"].create({"name": "H", "company_id": other.id})
        for partner_id in (hidden.id, hidden.id + 10**6):
            trial = self.open(partner_id=partner_id)
            self.assertFalse(trial.result)
            self.assertFalse(trial.rule_id)
        with self.assertRaises(AccessError):
            self.env["social.policy.try"].with_user(self.manager).create(
                {"partner_id": hidden.id, "act": "match"}
            )

    def test_consents_given_to_another_company_do_not_show(self):
        other = self.add_company()
        notice = self.env["social.consent.notice"].search(
            [
                ("purpose_id.code", "=", "enrich"),
                ("lang", "=", "en_US"),
                ("state", "=", "published"),
            ],
            limit=1,
        )
        notice.copy({"company_id": other.id}).with_company(other).action_publish()
        self.give("enrich", partner=self.partner.with_company(other))
        self.assertEqual(self.open("enrich").result["state"], "refused")
        self.give("enrich")
        self.assertEqual(self.open("enrich").result["state"], "allowed")

    def test_only_managers_try_and_each_sees_only_the_own_rows(self):
        for user in (self.clerk, self.officer, self.sales):
            with self.assertRaises(AccessError):
                self.env["social.policy.try"].with_user(user).create(
                    {"partner_id": self.partner.id, "act": "match"}
                )
        mine = self.env["social.policy.try"].create({"partner_id": self.partner.id, "act": "match"})
        self.assertNotIn(mine, self.env["social.policy.try"].with_user(self.manager).search([]))

    def test_it_opens_from_the_contact_with_the_contact_chosen(self):
        action = self.partner.with_user(self.manager).action_try_social_policy()
        trials = self.env["social.policy.try"].with_user(self.manager)
        with Form(trials.with_context(**action["context"])) as form:
            self.assertEqual(form.partner_id, self.partner)
            form.act = "contact_post"
            self.assertEqual(form.result["state"], "allowed")
            self.assertIn("not objected", form.result["basis"])


class TestBanner(Settings):
    def banner(self, user=None):
        return self.rules.with_user(user or self.clerk).get_banner()

    def test_there_is_none_while_all_is_enforced(self):
        banner = self.banner()
        self.assertEqual((banner["lines"], banner["email_lines"]), ([], []))

    def test_it_says_which_rule_only_observes_and_what_that_means(self):
        self.default.write({"mode": "observe", "reason": "Tried."})
        words = (
            "The rule “Advertise by e-mail” only observes: mails also go to people who have not "
            "consented."
        )
        self.assertEqual(self.banner()["lines"], [words])
        self.assertEqual(self.banner()["email_lines"], [words])
        self.assertFalse(self.banner()["may_change"])
        self.assertTrue(self.banner(self.manager)["may_change"])
        self.default.write({"mode": "off"})
        self.assertIn("is off: mails", self.banner()["lines"][0])

    def test_several_rules_share_a_line_and_email_marketing_reads_of_mail_only(self):
        self.rules._observe_marketing()
        banner = self.banner()
        self.assertEqual((len(banner["lines"]), len(banner["email_lines"])), (1, 1))
        for act in ("Advertise by letter", "Answer personally"):
            self.assertIn(act, banner["lines"][0])
        self.assertNotIn("letter", banner["email_lines"][0])

    def test_a_rule_that_does_not_count_here_is_not_spoken_of(self):
        other = self.add_company()
        self.default.copy({"company_id": other.id, "mode": "off", "reason": "Tried."})
        self.assertFalse(self.banner()["lines"])
        self.default.write({"mode": "observe", "reason": "Tried."})
        self.default.copy({"company_id": self.env.company.id, "mode": "enforce"})
        self.assertFalse(self.banner()["lines"], "the own rule enforces; the shared one is hidden")
