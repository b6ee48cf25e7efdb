"""The join of a post and a customer: only on consent, and gone with it (rules 2, 5, 14, 18)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError

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
        self.assertFalse(self.env["social.consent.event"]._verify())

    def test_r18_the_refusal_says_why_and_is_logged(self):
        wizard = (
            self.env["social.match.wizard"]
            .with_user(self.clerk)
            .create({"mention_id": self.mention.id, "partner_id": self.partner.id})
        )
        self.give("monitor")
        with self.assertRaises(ConsentRequired) as caught:
            wizard.action_match()
        self.assertIn("Ask for consent first", str(caught.exception))
        self.assertEqual(caught.exception.decision.rule, "R2")
        self.assertNotIn("Ada", str(caught.exception))

    def test_r25_decisions_leave_a_record_that_names_nobody(self):
        self.give()
        self.mention._match(self.partner)
        row = self.env["social.decision"].search([("act", "=", "match")], limit=1)
        self.assertTrue(row.allowed)
        self.assertEqual(row.subject_key, self.partner.social_subject_key)
        self.assertNotIn("Ada", str(row.read()))

    def test_the_name_of_a_match_says_nothing(self):
        self.give()
        match = self.mention._match(self.partner)
        for word in ("Ada", "ada", "parcel"):
            self.assertNotIn(word, match.display_name)


class TestWallHasNoSwitch(Common):
    def test_matching_is_enforced_whatever_a_rule_says(self):
        rules = self.env["social.policy.rule"]
        for act in ("match", "enrich", "monitor", "collect"):
            with self.assertRaisesRegex(ValidationError, "always enforced"):
                rules.create({"act": act, "mode": "off"})
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
