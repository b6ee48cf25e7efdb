"""What an administrator sets: which rule holds for whom, what it demands, and that changes are logged."""

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common


class Rules(Common):
    def setUp(self):
        super().setUp()
        self.rules = self.env["social.policy.rule"]
        self.default = self.env.ref(f"{ADDON}.policy_rule_contact_email")
        self.germany, self.swiss = self.env.ref("base.de"), self.env.ref("base.ch")
        self.vip = self.env["res.partner.category"].create({"name": "VIP"})

    def add(self, act="contact_email", **values):
        """Put a rule in front of all others."""
        return self.rules.create({"act": act, "sequence": 1, **values})

    def outcome(self, call):
        """Return what a call brought, or its refusal, with nothing left behind."""
        try:
            with self.cr.savepoint():
                return call()
        except AccessError as refusal:
            return refusal

    def demand(self, act="contact_email", **values):
        """Change what is demanded of everybody."""
        self.rules.search([("act", "=", act)]).write(values)

    def decide(self, act="contact_email", partner=None, **facts):
        partner = partner or self.partner
        return self.env["social.policy"]._decide(act, partner, **facts)[partner.id]


class TestWhichRuleHolds(Rules):
    def test_each_act_has_a_rule_that_stands_in_the_list(self):
        for act in ("match", "contact_email", "contact_post", "reply_personal", "collect"):
            rule = self.rules.search([("act", "=", act)])
            self.assertEqual((len(rule), rule.mode), (1, "enforce"))

    def test_a_condition_on_the_country_holds_for_that_country_only(self):
        self.give("contact", "email")
        self.add(country_ids=self.swiss.ids, forbidden=True)
        for country, reason in (
            (self.swiss, "company_forbids"),
            (self.germany, "allowed"),
            (self.env["res.country"], "allowed"),
        ):
            self.partner.country_id = country
            self.assertEqual(self.decide().reason, reason)

    def test_a_condition_on_a_tag_holds_for_contacts_and_recipients(self):
        self.add(category_ids=self.vip.ids, forbidden=True)
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        for person, field in ((self.partner, "category_id"), (recipient, "tag_ids")):
            self.assertEqual(self.decide(partner=person).reason, "never_asked")
            person[field] = self.vip
            self.assertEqual(self.decide(partner=person).reason, "company_forbids")

    def test_a_rule_keeps_to_a_tag_or_platform_that_is_archived(self):
        self.give()
        platform = self.source.platform_id
        self.add(category_ids=self.vip.ids, mode="off", reason="Only for these.")
        self.add("match", platform_ids=platform.ids, forbidden=True)
        self.partner.category_id = self.vip
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        platform.active = self.vip.active = False
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(self.decide().mode, "off")
        self.assertEqual(self.decide(partner=other).mode, "enforce")
        self.assertNotEqual(self.decide("match").reason, "company_forbids")
        there = self.decide("match", platform=platform.code)
        self.assertEqual(there.reason, "company_forbids")

    def test_a_rule_keeps_to_a_platform_whose_code_changes(self):
        platform = self.env["social.platform"].create({"name": "Small", "code": "small"})
        self.add("match", platform_ids=platform.ids, forbidden=True)
        self.assertEqual(self.rules._get_rules("match")[0].platforms, {"small"})
        platform.with_user(self.manager).code = "tiny"
        self.assertEqual(self.rules._get_rules("match")[0].platforms, {"tiny"})

    @mute_logger("odoo.sql_db")
    def test_what_a_rule_names_is_not_deleted(self):
        """Else the rule would hold for everybody."""
        platform = self.env["social.platform"].create({"name": "Small", "code": "small"})
        self.add(category_ids=self.vip.ids, mode="off", reason="Only for these.")
        self.add(platform_ids=platform.ids, mode="off", reason="Only there.")
        for record, user in ((self.vip, self.sales), (platform, self.manager)):
            with self.assertRaises(IntegrityError), self.cr.savepoint():
                record.with_user(user).unlink()

    def test_a_condition_on_a_platform_holds_there_only(self):
        self.give()
        fediverse = self.env.ref(f"{ADDON}.platform_fediverse")
        self.add("match", platform_ids=fediverse.ids, forbidden=True)
        self.assertEqual(self.decide("match", platform="fediverse").reason, "company_forbids")
        self.assertTrue(self.decide("match"))

    def test_all_conditions_of_a_rule_have_to_hold(self):
        self.add(country_ids=self.swiss.ids, category_ids=self.vip.ids, forbidden=True)
        self.partner.country_id = self.swiss
        self.assertEqual(self.decide().reason, "never_asked")
        self.partner.category_id = self.vip
        self.assertEqual(self.decide().reason, "company_forbids")

    def test_the_first_rule_that_matches_wins(self):
        self.partner.country_id = self.swiss
        self.partner.category_id = self.vip
        first = self.add(country_ids=self.swiss.ids, min_age=30)
        self.add(category_ids=self.vip.ids, forbidden=True, sequence=2)
        self.assertEqual(self.decide().reason, "age_not_known")
        first.sequence = 3
        self.assertEqual(self.decide().reason, "company_forbids")
        self.rules.search([("id", "!=", self.default.id)]).active = False
        self.assertEqual(self.decide().reason, "never_asked")

    def test_blanks_are_no_reason(self):
        with self.assertRaisesRegex(ValidationError, "why this rule is turned off"):
            self.default.write({"mode": "off", "reason": "  "})

    def test_a_companys_own_rule_stands_before_that_of_all(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.add(forbidden=True, company_id=other.id, sequence=99)
        self.assertEqual(self.decide().reason, "never_asked")
        policy = self.env["social.policy"].with_company(other)
        decision = policy._decide("contact_email", self.partner)[self.partner.id]
        self.assertEqual(decision.reason, "company_forbids")

    def test_a_rule_only_observes_those_whom_it_names(self):
        swiss = self.env["res.partner"].create({"name": "S", "country_id": self.swiss.id})
        both = self.partner | swiss
        self.add(country_ids=self.swiss.ids, mode="observe")
        allowed = self.env["social.policy"]._enforce("contact_email", both, partial=True)
        self.assertEqual(allowed, swiss)
        rows = self.env["social.decision"].search([], limit=2)
        self.assertEqual(rows.mapped("allowed"), [False, False])
        self.assertEqual(set(rows.mapped("mode")), {"observe", "enforce"})

    def test_many_persons_cost_no_more_queries_than_two(self):
        self.add(country_ids=self.swiss.ids, category_ids=self.vip.ids, min_age=30)
        self.env.company.social_companies = "free"
        many = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(1500)])
        for act in ("contact_email", "match"):
            counts = []
            for partners in (many[:2], many):
                self.decide(act, self.partner)
                self.env.flush_all()
                partners.invalidate_recordset()
                before = self.env.cr.sql_log_count
                self.env["social.policy"]._decide(act, partners)
                counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(*counts)


class TestDemands(Rules):
    def test_one_more_consent_is_demanded(self):
        self.give("contact", "email")
        self.demand(also_purpose_id=self.env.ref(f"{ADDON}.purpose_enrich").id)
        self.assertEqual(self.decide().reason, "also_missing")
        self.give("enrich")
        self.assertTrue(self.decide())
        self.withdraw("enrich")
        self.assertEqual(self.decide().reason, "also_missing")

    def test_r6_one_more_consent_to_another_purpose_than_todays_is_none(self):
        self.give("contact", "email")
        self.give("enrich")
        self.demand(also_purpose_id=self.env.ref(f"{ADDON}.purpose_enrich").id)
        self.assertTrue(self.decide())
        notice = self.env.ref(f"{ADDON}.notice_enrich_en")
        self.publish(notice, "purpose", purpose_statement="We would like to sell.")
        self.assertEqual(self.decide().reason, "also_missing")

    def test_the_age_comes_from_the_evidence_and_grows(self):
        self.demand("match", min_age=18)
        self.give(evidence={"note": "x", "age": 17})
        self.assertEqual(self.decide("match").reason, "too_young")
        with self.after(days=366):
            self.assertTrue(self.decide("match"))

    def test_of_two_ages_the_younger_counts(self):
        self.demand("match", min_age=18)
        self.give(evidence={"note": "x", "birth_date": "1990-05-01"})
        self.assertTrue(self.decide("match"))
        self.give("enrich", evidence={"note": "x", "age": 16})
        self.assertEqual(self.decide("match").reason, "too_young")

    def test_an_age_that_another_company_was_told_is_not_known_here(self):
        self.demand("match", min_age=18)
        self.give()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.ref(f"{ADDON}.notice_enrich_en").copy({"company_id": other.id}).action_publish()
        there = self.partner.with_company(other)
        self.give("enrich", partner=there, evidence={"note": "x", "age": 40})
        self.assertEqual(self.decide("match").reason, "age_not_known")

    def test_an_age_that_nobody_knows_does_not_do(self):
        self.demand("match", min_age=18)
        self.give()
        self.assertEqual(self.decide("match").reason, "age_not_known")

    def test_r13_a_company_may_ask_for_a_guardian_up_to_a_higher_age(self):
        self.demand("consent", min_age=18)
        with self.assertRaisesRegex(ConsentRequired, "guardian"):
            self.give(evidence={"note": "x", "age": 17})
        self.give(evidence={"note": "x", "age": 17, "guardian": "Her mother, in writing."})

    def test_r22_a_platform_may_take_only_a_consent_given_on_it(self):
        fediverse = self.env.ref(f"{ADDON}.platform_fediverse")
        fediverse.consent_at_source = True
        self.give()
        self.assertEqual(self.decide("match", platform="fediverse").reason, "not_at_source")
        self.give(platform=fediverse)
        self.assertTrue(self.decide("match", platform="fediverse"))

    def prepare_platforms(self):
        """Return two platforms whose terms allow to be read for longer than consents last."""
        platforms = [self.env.ref(f"{ADDON}.platform_{code}") for code in ("fediverse", "web")]
        for platform in platforms:
            platform.write(
                {"terms_verdict": "allowed", "terms_version": "1", "terms_expiry": "2099-12-31"}
            )
        return platforms

    def test_r22_a_consent_on_a_second_platform_takes_back_none_on_the_first(self):
        fediverse, web = self.prepare_platforms()
        (fediverse | web).consent_at_source = True
        self.give(platform=fediverse)
        self.give(platform=web)
        for code in ("fediverse", "web"):
            self.assertTrue(self.decide("match", platform=code), code)

    def test_r22_what_was_given_there_ends_with_a_no_and_with_its_time(self):
        fediverse, web = self.prepare_platforms()
        fediverse.consent_at_source = True
        self.give(platform=fediverse)
        self.withdraw("match")
        self.give(platform=web)
        self.assertEqual(self.decide("match", platform="fediverse").reason, "not_at_source")
        self.give(platform=fediverse)
        self.assertTrue(self.decide("match", platform="fediverse"))
        with self.after(days=366 * 3):
            self.give(platform=web)
            self.assertEqual(self.decide("match", platform="fediverse").reason, "not_at_source")

    def test_r22_a_consent_that_follows_elsewhere_prolongs_none_on_the_platform(self):
        fediverse, web = self.prepare_platforms()
        fediverse.consent_at_source = True
        end = self.give(platform=fediverse).valid_until
        days = (end - fields.Datetime.now()).days
        for platform in (None, web):
            with self.after(days=days // 2):
                self.give(platform=platform)
                self.assertTrue(self.decide("match", platform="fediverse"))
            with self.after(days=days + 1):
                self.assertTrue(self.decide("match", platform="web"))
                self.assertEqual(self.decide("match", platform="fediverse").reason, "not_at_source")

    def test_r22_a_consent_to_another_text_does_not_count_as_given_there(self):
        fediverse = self.env.ref(f"{ADDON}.platform_fediverse")
        fediverse.consent_at_source = True
        consent = self.give(platform=fediverse)
        self.publish(consent.notice_id, "extent", months=6)
        self.give()
        self.assertEqual(self.decide("match", platform="fediverse").reason, "not_at_source")

    def test_a_company_as_contact_is_no_data_subject_where_the_setting_says_so(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.assertFalse(self.decide("match", firm))
        self.env.company.social_companies = "free"
        decision = self.decide("match", firm)
        self.assertEqual((decision.allowed, decision.basis), (True, "company"))
        self.assertFalse(self.decide("match", self.partner))
        self.demand("match", min_age=18)
        self.assertTrue(self.decide("match", firm), "a company has no age")
        self.assertFalse(self.decide("contact_email", firm), "advertising needs consent (UWG 7)")

    def test_the_list_of_contacts_says_who_is_not_approached_by_the_own_rules(self):
        self.give("contact", "email")
        self.partner.country_id = self.swiss
        self.add(country_ids=self.swiss.ids, forbidden=True)
        self.assertEqual(self.partner.social_email_state, "restricted")
        for state, found in (("restricted", self.partner), ("allowed", self.partner.browse())):
            domain = [("social_email_state", "=", state), ("id", "=", self.partner.id)]
            self.assertEqual(self.partner.search(domain), found)

    def test_a_decision_costs_no_look_at_the_evidence_where_no_age_is_asked_for(self):
        self.give("contact", "email")
        self.decide()
        self.env.flush_all()
        self.partner.invalidate_recordset()
        before = self.env.cr.sql_log_count
        self.decide()
        # The person, the consents, both lists of noes and the terms of the notices.
        self.assertLessEqual(self.env.cr.sql_log_count - before, 5)


class TestSetting(Rules):
    def test_turning_a_rule_off_asks_for_a_reason(self):
        with self.assertRaisesRegex(ValidationError, "why"):
            self.default.mode = "off"
        self.default.write({"mode": "off", "reason": "Tried for a week."})
        self.default.mode = "enforce"
        self.assertFalse(self.default.reason, "a reason for being off has had its time")

    def test_what_makes_no_sense_is_refused_with_what_to_do(self):
        for values, words in (
            ({"forbidden": True, "mode": "off", "reason": "x"}, "choose one"),
            ({"also_channel": "email"}, "Name the consent"),
            ({"country_ids": []}, "without conditions"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.add(**{"country_ids": self.swiss.ids, **values})
        with self.assertRaisesRegex(UserError, "needs a channel"):
            self.add(
                country_ids=self.swiss.ids,
                also_purpose_id=self.env.ref(f"{ADDON}.purpose_contact").id,
            )
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.add(country_ids=self.swiss.ids, min_age=-1)

    def test_a_change_counts_at_once(self):
        self.give("contact", "email")
        self.assertTrue(self.decide())
        self.default.forbidden = True
        self.assertFalse(self.decide())
        self.default.forbidden = False
        self.assertTrue(self.decide())

    def test_changes_are_logged_with_old_and_new_value(self):
        self.default.with_user(self.manager).write({"mode": "off", "reason": "Tried."})
        change = self.env["social.policy.change"].search([], limit=1)
        self.assertEqual(
            (change.kind, change.old_values, change.new_values, change.reason, change.user_id),
            (
                "write",
                {"mode": "enforce", "reason": False},
                {"mode": "off", "reason": "Tried."},
                "Tried.",
                self.manager,
            ),
        )
        rule = self.add(country_ids=self.swiss.ids, min_age=30)
        rule.unlink()
        removed, added = self.env["social.policy.change"].search([], limit=2)
        self.assertEqual((added.kind, removed.kind), ("create", "unlink"))
        self.assertEqual(removed.old_values["country_ids"], self.swiss.ids)
        self.assertEqual(removed.old_values, added.new_values)

    def test_a_write_that_changes_nothing_is_no_change(self):
        before = self.env["social.policy.change"].search_count([])
        self.default.mode = "enforce"
        self.assertEqual(self.env["social.policy.change"].search_count([]), before)

    def test_the_log_of_changes_is_written_by_changes_alone(self):
        self.default.min_age = 18
        change = self.env["social.policy.change"].search([], limit=1)
        for call in (
            lambda: self.env["social.policy.change"].sudo().create({"model": "x", "kind": "write"}),
            lambda: change.sudo().write({"reason": "Another."}),
            lambda: change.sudo().unlink(),
        ):
            with self.assertRaisesRegex(UserError, "by the changes alone"):
                call()
        with self.assertRaises(AccessError):
            change.with_user(self.sales).read(["reason"])

    def test_a_rule_of_another_company_is_not_seen(self):
        other = self.env["res.company"].create({"name": "Other"})
        rule = self.add(company_id=other.id, forbidden=True)
        self.assertNotIn(rule, self.rules.with_user(self.manager).search([]))

    def test_nobody_sets_a_rule_for_a_company_of_others(self):
        other = self.env["res.company"].create({"name": "Other"})
        off = {"mode": "off", "reason": "Tried."}
        rule = self.add(company_id=self.env.company.id, **off).with_user(self.manager)
        for move in (
            lambda: rule.write({"company_id": other.id}),
            lambda: rule.web_save({"company_id": other.id}, {}),
            lambda: rule.copy({"company_id": other.id}),
            lambda: rule.load([".id", "company_id/.id"], [[str(rule.id), str(other.id)]]),
        ):
            self.outcome(move)
            self.env.invalidate_all()
            self.assertEqual(rule.company_id, self.env.company)
            self.assertEqual(self.rules.with_company(other)._get_mode("contact_email"), "enforce")

    def test_settings_that_are_no_number_count_as_not_set(self):
        policy = self.env["social.policy"]
        key = policy._get_setting_key("small_group")
        for value, expected in (("7", 7), ("-3", 5), ("many", 5), (False, 5), ("1001", 5)):
            self.env["ir.config_parameter"].set_param(key, value)
            self.assertEqual(policy._get_setting("small_group"), expected)
        for value in ("0", "1", "9" * 40, "9" * 5000):
            self.env["ir.config_parameter"].set_param(key, value)
            self.assertEqual(policy._get_setting("small_group"), 5, "a group of one is a person")
        kept = policy._get_setting_key("retention_mention")
        for value, expected in (("0", 0), ("36500", 36500), ("36501", 730), ("9" * 5000, 730)):
            self.env["ir.config_parameter"].set_param(kept, value)
            self.assertEqual(policy._get_setting("retention_mention"), expected)


class TestInstalled(Rules):
    def test_where_mailings_were_sent_before_only_the_wall_is_enforced(self):
        self.rules._observe_marketing()
        modes = {rule.act: rule.mode for rule in self.rules.search([])}
        self.assertEqual(modes["contact_email"], "observe")
        self.assertEqual(modes["reply_personal"], "observe")
        self.assertEqual(modes["match"], "enforce")
