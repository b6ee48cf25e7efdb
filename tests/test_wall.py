"""The join of a post and a customer: only on consent, and gone with it (rules 2, 5, 14, 18)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, make_post


class TestMatch(Common):
    def setUp(self):
        super().setUp()
        self.mention = self.store()

    def test_r2_no_match_without_consent(self):
        with self.assertRaisesRegex(ConsentRequired, "has not been asked"):
            self.mention._match(self.partner)
        self.assertFalse(self.env["social.match"].sudo().search([]))

    def test_r2_consent_to_another_purpose_does_not_do(self):
        self.give("monitor")
        self.give("enrich")
        self.give("contact", "social")
        with self.assertRaises(ConsentRequired):
            self.mention._match(self.partner)

    def test_with_consent_the_match_carries_its_end(self):
        consent = self.give()
        match = self.mention._match(self.partner)
        self.assertEqual(match.consent_id, consent)
        self.assertEqual(match.valid_until, consent.valid_until)

    def test_matching_twice_makes_one_match(self):
        self.give()
        first = self.mention._match(self.partner)
        self.assertEqual(self.mention._match(self.partner), first)

    def test_withdrawal_removes_the_match_in_the_same_transaction(self):
        self.give()
        match = self.mention._match(self.partner)
        self.withdraw("match")
        self.assertFalse(match.exists())
        self.assertTrue(self.mention.exists(), "the public post itself may stay")

    def test_withdrawal_of_another_purpose_leaves_the_match(self):
        self.give()
        self.give("contact", "email")
        match = self.mention._match(self.partner)
        self.withdraw("contact", "email")
        self.assertTrue(match.exists())

    def test_expiry_hides_the_match_at_that_second_with_no_job(self):
        self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        match = self.mention._match(self.partner)
        seen = self.env["social.match"].with_user(self.clerk)
        self.assertEqual(seen.search([]), match)
        self.assertEqual(self.mention.with_user(self.clerk).match_count, 1)
        with self.after(hours=1, seconds=1):
            self.env.invalidate_all()
            self.assertFalse(seen.search([]))
            self.assertEqual(self.mention.with_user(self.clerk).match_count, 0)
            with self.assertRaises(AccessError):
                match.with_user(self.clerk).read(["partner_id"])

    def test_renewal_carries_the_match_on(self):
        self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        match = self.mention._match(self.partner)
        consent = self.give()
        self.assertEqual(match.valid_until, consent.valid_until)

    def test_r7_a_platform_that_the_notice_does_not_name_is_not_matched(self):
        other = self.env["social.platform"].create(
            {
                "name": "Other",
                "code": "other",
                "terms_verdict": "allowed",
                "terms_version": "2026-01",
                "terms_expiry": "2999-01-01",
            }
        )
        source = self.source.copy({"platform_id": other.id})
        self.give()
        with self.assertRaisesRegex(ConsentRequired, "does not name this platform"):
            source._store([make_post(9)])._match(self.partner)

    def test_r2_no_match_by_hand_rpc_import_or_copy(self):
        self.give()
        match = self.mention._match(self.partner)
        vals = {"mention_id": self.mention.id, "partner_id": self.partner.id}
        other = self.env["res.partner"].create({"name": "Other"})
        for call in (
            lambda: self.env["social.match"].sudo().create(vals),
            lambda: match.sudo().write({"partner_id": other.id}),
            lambda: match.sudo().copy(),
        ):
            with self.assertRaisesRegex(UserError, "in no other way"):
                call()
        for user in (self.clerk, self.manager, self.officer):
            with self.assertRaises(AccessError):
                self.env["social.match"].with_user(user).check_access("create")

    def test_r2_merging_contacts_takes_no_match_along(self):
        self.give()
        match = self.mention._match(self.partner)
        target = self.env["res.partner"].create({"name": "Ada Double", "email": "ada@example.com"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | target).ids, target)
        self.assertFalse(match.exists())
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_r18_the_refusal_says_why_and_is_logged(self):
        self.give("monitor")
        with self.assertRaises(ConsentRequired) as caught:
            self.open_wizard(self.clerk)
        self.assertIn("Ask for consent first", str(caught.exception))
        self.assertEqual(caught.exception.decision.rule, "R2")
        self.assertNotIn("Ada", str(caught.exception))

    def open_wizard(self, user, partner=None):
        return (
            self.env["social.match.wizard"]
            .with_user(user)
            .create({"mention_id": self.mention.id, "partner_id": (partner or self.partner).id})
        )

    def test_r18_with_consent_the_wizard_matches_and_keeps_nothing(self):
        self.give()
        wizard = self.open_wizard(self.clerk)
        other = new_test_user(self.env, "clerk2", groups=f"{ADDON}.group_social_user")
        self.assertFalse(self.env["social.match.wizard"].with_user(other).search([]))
        wizard.action_match()
        self.assertTrue(self.env["social.match"].search([("partner_id", "=", self.partner.id)]))
        self.assertFalse(wizard.exists())

    def test_a_wizard_shows_no_contact_that_its_user_may_not_read(self):
        hidden = self.env["res.partner"].create(
            {
                "name": "Hidden",
                "company_id": self.env["res.company"].create({"name": "Elsewhere"}).id,
            }
        )
        for model in ("social.consent.record.wizard", "social.consent.withdraw.wizard"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.sales).create(
                    {
                        "partner_id": hidden.id,
                        "purpose_id": self.env.ref(f"{ADDON}.purpose_match").id,
                        "evidence_note": "x",
                    }
                    if "record" in model
                    else {"partner_id": hidden.id}
                )

    def test_r7_a_renewal_that_names_fewer_platforms_ends_the_other_matches(self):
        self.give()
        match = self.mention._match(self.partner)
        self.publish(
            self.env.ref(f"{ADDON}.notice_match_en"),
            "extent",
            platform_ids=[Command.set(self.env.ref(f"{ADDON}.platform_web").ids)],
        )
        self.give()
        self.assertFalse(match.exists())

    def test_r16_a_forbidden_platform_is_not_matched_even_with_consent(self):
        self.give()
        self.mention.platform_id.terms_verdict = "forbidden"
        with self.assertRaisesRegex(ConsentRequired, "forbid"):
            self.mention._match(self.partner)

    def test_r25_decisions_leave_a_record_that_names_nobody(self):
        self.give()
        self.mention._match(self.partner)
        row = self.env["social.decision"].search([("act", "=", "match")], limit=1)
        self.assertTrue(row.allowed)
        self.assertEqual(row.subject_key, self.partner.social_subject_key)
        self.assertNotIn("Ada", str(row.read()))

    def test_r25_a_refusal_counts_once_whatever_its_user_prefers(self):
        defaults = self.env["ir.default"].with_user(self.clerk)
        defaults.set("social.decision", "count", 999, user_id=True)
        partner = self.partner.with_user(self.clerk)
        partner.env["social.policy"]._enforce("match", partner, partial=True)
        row = self.env["social.decision"].search([("act", "=", "match")], limit=1)
        self.assertEqual((row.user_id, row.allowed, row.count), (self.clerk, False, 1))

    def test_the_name_of_a_match_says_nothing(self):
        self.give()
        match = self.mention._match(self.partner)
        for word in ("Ada", "ada", "parcel"):
            self.assertNotIn(word, match.display_name)


class TestKeysAreNotForged(Common):
    """R2: whose consent it is, is not typed in either: by form, RPC, import or copy."""

    def setUp(self):
        super().setUp()
        self.give()
        self.other = self.env["res.partner"].create({"name": "Never Asked"})
        self.key = self.partner.social_subject_id.id

    def test_nobody_takes_over_the_key_of_another(self):
        partners = self.env["res.partner"].with_user(self.sales)
        other = self.other.with_user(self.sales)
        for call in (
            lambda: other.write({"social_subject_id": self.key}),
            lambda: partners.create({"name": "New", "social_subject_id": self.key}),
            lambda: partners.with_context(default_social_subject_id=self.key).create({"name": "N"}),
            lambda: self.partner.with_user(self.sales).copy({"social_subject_id": self.key}),
            lambda: self.partner.with_user(self.sales).write({"social_subject_id": False}),
            lambda: (
                self.env["crm.lead"]
                .with_user(self.sales)
                .create({"name": "Lead", "social_subject_id": self.key})
            ),
            lambda: other.sudo().write({"social_subject_id": self.key}),
        ):
            with self.assertRaisesRegex(UserError, "not set by hand"):
                call()

    def test_an_import_file_does_not_either(self):
        result = self.env["res.partner"].load(
            ["name", "social_subject_id/.id"], [["Imported", str(self.key)]]
        )
        self.assertFalse(result["ids"])
        self.assertIn("not set by hand", result["messages"][0]["message"])


class TestMerge(Common):
    """The most restrictive state wins, and nothing is lost."""

    def setUp(self):
        super().setUp()
        self.target = self.env["res.partner"].create(
            {"name": "Ada Double", "email": "ada@example.com", "lang": "en_US"}
        )

    def merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | self.target).ids, self.target)

    def allowed(self, act="contact_email"):
        decision = self.env["social.policy"]._decide(act, self.target)[self.target.id]
        return decision.allowed

    def test_a_withdrawal_goes_along(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.give("contact", "email", partner=self.target)
        self.merge()
        self.assertFalse(self.allowed())
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_a_withdrawal_of_the_target_stays(self):
        self.give("contact", "email")
        self.give("contact", "email", partner=self.target)
        self.withdraw("contact", "email", partner=self.target)
        self.merge()
        self.assertFalse(self.allowed())

    def test_what_only_one_of_them_decided_holds_for_both(self):
        consent = self.give("contact", "email")
        self.give("match", partner=self.target)
        self.merge()
        self.assertTrue(self.allowed())
        self.assertIn(consent, self.target.social_consent_ids)
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_a_target_without_a_key_takes_it_over(self):
        self.partner._object_social("contact", "post", method="staff")
        self.merge()
        self.assertFalse(self.allowed("contact_post"))

    def test_a_lead_that_becomes_a_contact_brings_its_decisions(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "contact_name": "Lea Lead"})
        lead._object_social("contact", method="staff")
        customer = lead._create_customer()
        self.assertEqual(customer.social_subject_id, lead.social_subject_id)


class TestWallHasNoSwitch(Common):
    def test_matching_is_enforced_whatever_a_rule_says(self):
        rules = self.env["social.policy.rule"]
        for act in ("match", "enrich", "monitor", "collect", "push", "lead"):
            with self.assertRaisesRegex(ValidationError, "always enforced"):
                rules.search([("act", "=", act)]).write({"mode": "off", "reason": "No."})
            self.assertEqual(rules._get_mode(act), "enforce")

    def test_an_act_without_a_rule_is_enforced(self):
        self.env["social.policy.rule"].search([]).unlink()
        self.assertEqual(self.env["social.policy.rule"]._get_mode("contact_email"), "enforce")


class TestWhoReadsWhat(Common):
    """R5 and R14: handles stay with the privacy officer."""

    def setUp(self):
        super().setUp()
        self.mention = self.store()

    def test_a_clerk_reads_text_and_pseudonym_but_no_handle(self):
        self.clerk.group_ids += self.env.ref("base.group_allow_export")
        mention = self.mention.with_user(self.clerk)
        self.assertIn("parcel", mention.text)
        self.assertNotIn("ada", mention.author_id.display_name.lower())
        for record, name in (
            (mention, "url"),
            (mention, "external_id"),
            (mention.author_id, "handle"),
        ):
            with self.assertRaises(AccessError):
                record.read([name])
            with self.assertRaises(AccessError):
                record.search([(name, "like", "ada")])
            with self.assertRaises(AccessError):
                record._read_group([], [name])
            with self.assertRaises(AccessError):
                record.export_data([name])

    def test_the_privacy_officer_reads_handles(self):
        self.assertEqual(
            self.mention.author_id.with_user(self.officer).handle, "ada@social.example"
        )

    def test_the_pseudonym_is_random_and_stable(self):
        again = self.store(make_post(2)).author_id
        self.assertEqual(again, self.mention.author_id)
        self.assertRegex(again.pseudonym, r"^[2-9A-Z]{8}$")

    def test_opening_the_original_is_logged(self):
        action = self.mention.with_user(self.clerk).action_open_original()
        self.assertEqual(action["url"], "https://social.example/@ada/1")
        row = self.env["social.decision"].search([("act", "=", "reveal")], limit=1)
        self.assertEqual(row.user_id, self.clerk)

    def test_a_clerk_moves_mentions_through_the_work_but_edits_none(self):
        mention = self.mention.with_user(self.clerk)
        mention.action_take()
        self.assertEqual(mention.state, "in_work")
        with self.assertRaisesRegex(UserError, "not edited"):
            mention.write({"text": "Something else"})
        with self.assertRaises(AccessError):
            mention.unlink()

    def test_others_read_no_mentions(self):
        for user in (self.sales, self.employee):
            with self.assertRaises(AccessError):
                self.mention.with_user(user).read(["text"])

    def test_only_managers_change_sources_platforms_and_rules(self):
        platform = self.env.ref(f"{ADDON}.platform_web")
        rule = self.env.ref(f"{ADDON}.policy_rule_contact_email")
        for record in (self.source, platform, rule):
            record.with_user(self.manager).check_access("write")
            for user in (self.clerk, self.officer, self.sales, self.employee):
                with self.assertRaises(AccessError):
                    record.with_user(user).check_access("write")

    def test_everybody_sees_the_state_of_a_consent_and_nobody_edits_it(self):
        consent = self.give()
        for user in (self.clerk, self.manager, self.officer, self.sales, self.employee):
            self.assertEqual(consent.with_user(user).state, "given")
            with self.assertRaises(AccessError):
                consent.with_user(user).check_access("write")
