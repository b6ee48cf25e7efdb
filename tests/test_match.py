"""Who wrote this, and what may be made of it: by consent, and by a person (rules 2, 12, 18, 21)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, make_post

HANDLE = "ada@social.example"


class Matching(Common):
    def setUp(self):
        super().setUp()
        self.mention = self.store()
        self.platform = self.mention.platform_id

    def add_profile(self, partner=None, handle=HANDLE, **values):
        return self.env["social.profile"]._make(
            partner or self.partner, self.platform, handle, **values
        )

    def make_other(self, name="Ada Example"):
        return self.env["res.partner"].create({"name": name, "lang": "en_US"})

    def ask(self, user=None, mention=None):
        """Open “Who is this?” and return the form."""
        wizards = self.env["social.match.wizard"].with_user(user or self.clerk)
        return Form(wizards.with_context(default_mention_id=(mention or self.mention).id))

    def get_candidates(self, **values):
        form = self.ask(**values)
        return list(form.proven_ids), list(form.given_ids)

    def get_refusals(self, act):
        return self.env["social.decision"].search_count(
            [("act", "=", act), ("allowed", "=", False)]
        )


class TestWhoIsThis(Matching):
    def test_r18_who_proved_the_name_is_proposed_before_who_only_said_it(self):
        self.give()
        self.add_profile(verified_at=fields.Datetime.now())
        other = self.make_other("Somebody Else")
        self.give(partner=other)
        self.add_profile(other)
        self.assertEqual(
            [[each.id for each in some] for some in self.get_candidates()],
            [[self.partner.id], [other.id]],
        )
        self.assertFalse(self.env["social.match"].sudo().search([]), "a person confirms each")

    def test_r18_nobody_is_proposed_by_a_likeness_of_names(self):
        """Not by the contact's name, and not by a name on the platform that is only similar."""
        for handle in ("ada@social.examples", "ada", "ada@social_example", "ada%"):
            alike = self.make_other(HANDLE)
            self.give(partner=alike)
            self.add_profile(alike, handle=handle)
        self.assertEqual(self.get_candidates(), ([], []))

    def test_a_name_is_found_however_it_is_written_there(self):
        self.give()
        self.add_profile(handle="@ADA@Social.example")
        mention = self.store(make_post(7, author="Ada@SOCIAL.example"))
        _proven, given = self.get_candidates(mention=mention)
        self.assertEqual([each.id for each in given], self.partner.ids)

    def test_r2_nobody_is_proposed_whose_consent_does_not_cover_it(self):
        """Withdrawn, ended by the clock, another company's, another platform's, company's own no."""
        self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        profile = self.add_profile(verified_at=fields.Datetime.now())
        self.assertEqual(len(self.get_candidates()[0]), 1)
        with self.after(hours=2):
            self.assertEqual(self.get_candidates(), ([], []))
        rule = self.env.ref(f"{ADDON}.policy_rule_match")
        rule.write({"min_age": 18, "reason": "Adults only"})
        self.assertEqual(self.get_candidates(), ([], []))
        rule.min_age = 0
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.clerk.write({"company_ids": [Command.link(elsewhere.id)], "company_id": elsewhere.id})
        self.assertEqual(self.get_candidates(), ([], []))
        self.clerk.company_id = self.env.company
        self.assertEqual(len(self.get_candidates()[0]), 1)
        self.withdraw("match")
        self.assertFalse(profile.exists())
        self.assertEqual(self.get_candidates(), ([], []))

    def test_a_name_that_somebody_else_proved_proposes_its_owner_only(self):
        self.give()
        profile = self.add_profile(verified_at=fields.Datetime.now())
        open_door(profile.sudo()).write(
            {"verified_at": False, "contested_at": fields.Datetime.now()}
        )
        self.assertEqual(self.get_candidates(), ([], []))

    def test_a_contact_that_the_user_may_not_read_is_not_proposed(self):
        self.give()
        self.add_profile()
        self.env["ir.rule"].create(
            {
                "name": "Not this one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": [("id", "!=", self.partner.id)],
            }
        )
        self.assertEqual(self.get_candidates(), ([], []))

    def test_r18_the_window_is_no_oracle(self):
        """Hidden customer, no customer, no author: the same words, and as many queries."""
        self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        self.add_profile(verified_at=fields.Datetime.now())
        stranger = self.store(make_post(8, author="nobody@social.example"))
        fields_shown = ("proven_ids", "given_ids", "refusal", "offers")
        seen = []
        with self.after(hours=2):
            for mention in (self.mention, stranger, self.mention, stranger):
                self.env.invalidate_all()
                wizard = (
                    self.env["social.match.wizard"]
                    .with_user(self.clerk)
                    .new({"mention_id": mention.id})
                )
                self.assertTrue(mention.with_user(self.clerk).text)
                before = self.cr.sql_log_count
                shown = [str(wizard[name]) for name in fields_shown]
                seen.append((shown, self.cr.sql_log_count - before))
        # The first two fill caches.
        self.assertEqual(seen[2], seen[3])

    def test_r18_a_person_confirms_and_whoever_is_matched_will_be_told(self):
        self.give()
        self.add_profile(verified_at=fields.Datetime.now())
        partner = self.partner.with_user(self.clerk)
        partner.with_context(social_mention_id=self.mention.id).action_confirm_social_author()
        match = (
            self.env["social.match"]
            .with_user(self.clerk)
            .search([("mention_id", "=", self.mention.id)])
        )
        self.assertEqual(match.partner_id, partner)
        information = self.env["social.information"].search(
            [("subject_id", "=", self.partner.social_subject_id.id)]
        )
        self.assertEqual((information.platform_id, information.state), (self.platform, "waiting"))

    def test_r18_confirming_asks_the_policy_too_and_the_refusal_is_logged(self):
        before = self.get_refusals("match")
        partner = self.partner.with_user(self.clerk)
        with self.assertRaisesRegex(ConsentRequired, "not been asked"):
            partner.with_context(social_mention_id=self.mention.id).action_confirm_social_author()
        self.assertEqual(self.get_refusals("match"), before + 1)
        with self.assertRaises(AccessError):
            self.partner.with_user(self.employee).with_context(
                social_mention_id=self.mention.id
            ).action_confirm_social_author()

    def test_r18_the_reason_is_said_before_anybody_tries(self):
        before = self.get_refusals("match")
        form = self.ask()
        self.assertFalse(form.refusal)
        form.partner_id = self.partner
        self.assertIn("not been asked for consent", form.refusal)
        self.assertEqual(self.get_refusals("match"), before, "nothing was tried yet")
        with self.assertRaisesRegex(ConsentRequired, "not been asked"):
            form.save()
        self.assertEqual(self.get_refusals("match"), before + 1)

    def test_without_a_choice_nothing_is_matched(self):
        wizard = self.ask().save()
        with self.assertRaisesRegex(UserError, "Choose the contact"):
            wizard.action_match()

    def test_a_name_that_the_person_gave_is_added_with_consent_only(self):
        wizards = self.env["social.profile.wizard"].with_user(self.clerk)
        vals = {
            "partner_id": self.partner.id,
            "platform_id": self.platform.id,
            "handle": " @Ada@social.example ",
        }
        with self.assertRaises(ConsentRequired):
            wizards.create(vals)
        self.give()
        wizard = wizards.create(vals)
        wizard.action_add()
        self.assertFalse(wizard.exists())
        _proven, given = self.get_candidates()
        self.assertEqual([each.id for each in given], self.partner.ids)


class TestValues(Matching):
    def setUp(self):
        super().setUp()
        self.give("match")
        self.give("enrich")
        self.match = self.mention._match(self.partner)
        self.interests = self.env.ref(f"{ADDON}.category_interests")
        self.clerk.group_ids += self.env.ref("base.group_partner_manager")

    def open(self, source=None, user=None):
        """Open “Add to the Contact” as the button does, and return the form."""
        action = (source or self.match).with_user(user or self.clerk).action_enrich()
        self.assertEqual(action["res_model"], "social.enrichment.wizard")
        wizards = self.env["social.enrichment.wizard"].with_user(user or self.clerk)
        return Form(wizards.with_context(**action["context"]))

    def add(self, source=None, value="Boats", **values):
        form = self.open(source)
        form.category_id = self.interests
        form.value = value
        for name, each in values.items():
            form[name] = each
        form.save().action_add()
        return (
            self.env["social.enrichment"].with_user(self.clerk).search([], limit=1, order="id desc")
        )

    def get_rows(self, user=None):
        self.env.invalidate_all()
        return self.partner.with_user(user or self.clerk).social_values

    def test_r21_a_value_from_a_post_stands_on_the_contact_with_source_date_and_consent(self):
        value = self.add(self.mention, label="Hobby")
        [row] = self.get_rows()
        self.assertEqual(
            (row["category"], row["label"], row["value"]), ("interests", "Hobby", "Boats")
        )
        self.assertIn(self.platform.name, row["source"])
        self.assertIn("Post on", row["source"])
        self.assertIn("2026", row["source"])
        self.assertTrue(row["date"])
        self.assertIn(value.consent_id.display_name, row["basis"])
        action = value.action_open_source()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("social.mention", self.mention.id)
        )

    def test_r21_a_value_from_a_profile_says_so(self):
        profile = self.add_profile()
        self.add(profile)
        [row] = self.get_rows()
        self.assertEqual(row["source"], f"Profile on {self.platform.name}")

    def test_r21_only_kinds_of_data_that_the_notice_names_can_be_chosen(self):
        unnamed = self.env["social.data.category"].create({"name": "shoe size", "code": "shoes"})
        form = self.open()
        notice = self.env.ref(f"{ADDON}.notice_enrich_en")
        self.assertEqual({each.id for each in form.named_ids}, set(notice.category_ids.ids))
        self.assertIn("shoe size", form.unnamed)
        self.assertNotIn("interests", form.unnamed)
        self.assertIn("does not name this kind of data", form.unnamed)
        form.category_id = unnamed
        form.value = "44"
        # With it goes what the transaction wrote, as it does for a user.
        with self.assertRaises(ConsentRequired) as caught:
            form.save()
        self.assertIn("does not name this kind of data", str(caught.exception))
        self.assertFalse(self.env["social.enrichment.wizard"].sudo().search([]))

    def test_r21_without_consent_to_enrich_the_window_says_why_and_offers_nothing(self):
        self.withdraw("enrich")
        form = self.open()
        self.assertIn("withdrew the consent", form.refusal)
        self.assertFalse(list(form.named_ids))

    def test_r21_a_post_of_nobody_known_is_no_source(self):
        """Consent to enrich is there; that the post is this person's was never said."""
        stranger = self.store(make_post(5, author="nobody@social.example"))
        wizards = self.env["social.enrichment.wizard"].with_user(self.clerk)
        vals = {
            "partner_id": self.partner.id,
            "category_id": self.interests.id,
            "value": "Boats",
        }
        for source in ({"mention_id": stranger.id}, {}):
            with self.assertRaisesRegex(UserError, "connected with the contact no more"):
                wizards.create({**vals, **source})
        other = self.make_other()
        self.give("match", partner=other)
        profile = self.add_profile(other, handle="other@social.example")
        with self.assertRaisesRegex(UserError, "connected with the contact no more"):
            wizards.create({**vals, "profile_key": profile.id})

    def test_a_value_is_written_into_a_field_and_taken_out_by_one_press(self):
        value = self.add(field_name="function", value="Sailor")
        self.assertEqual(self.partner.function, "Sailor")
        [row] = self.get_rows()
        self.assertEqual(row["written"], "Job Position")
        value.action_remove()
        self.assertFalse(self.partner.function)
        self.assertFalse(self.get_rows())

    def test_only_plain_fields_that_the_user_finds_on_the_form_are_offered(self):
        names = [
            name
            for name, _label in self.env["social.enrichment"]
            .with_user(self.clerk)
            ._get_plain_fields()
        ]
        self.assertIn("function", names)
        for name in ("name", "email", "phone", "vat", "user_id", "social_values", "message_bounce"):
            self.assertNotIn(name, names)

    def test_r21_values_go_from_the_screen_at_the_moment_of_withdrawal(self):
        value = self.add(field_name="function", value="Sailor")
        form = self.open()
        form.category_id = self.interests
        form.value = "Sails"
        self.withdraw("enrich")
        self.assertFalse(self.get_rows())
        self.assertFalse(self.partner.function)
        with self.assertRaisesRegex(ConsentRequired, "withdrew the consent"):
            form.save()
        with self.assertRaisesRegex(AccessError, "never there, or the consent"):
            value.with_user(self.clerk).action_remove()

    def test_withdrawing_the_match_alone_closes_the_post_as_a_source(self):
        form = self.open()
        form.category_id = self.interests
        form.value = "Sails"
        self.withdraw("match")
        with self.assertRaisesRegex(UserError, "connected with the contact no more"):
            form.save()

    def test_r21_values_end_with_the_clock_and_for_other_companies_even_with_sudo(self):
        self.add()
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertEqual(len(self.get_rows()), 1)
        for partner in (self.partner, self.partner.with_user(self.clerk).sudo()):
            self.env.invalidate_all()
            self.assertFalse(partner.with_context(allowed_company_ids=elsewhere.ids).social_values)
            with self.after(days=36500):
                self.env.invalidate_all()
                self.assertFalse(partner.social_values)

    def test_r5_who_does_not_work_with_mentions_reads_no_values(self):
        self.add()
        for user in (self.sales, self.employee):
            with self.assertRaises(AccessError):
                self.partner.with_user(user).read(["social_values"])
            with self.assertRaises(AccessError):
                self.match.with_user(user).action_enrich()


class TestPraise(Matching):
    def setUp(self):
        super().setUp()
        self.give("match")
        self.give("enrich")
        self.mention._match(self.partner)
        self.mention.action_rate_positive()
        self.platform.rewards_forbidden = False

    def get_praise(self, mention=None, user=None):
        self.env.invalidate_all()
        return (mention or self.mention).with_user(user or self.clerk).praise

    def test_r12_a_customer_who_praises_is_worth_a_thought_and_nothing_is_done(self):
        before = self.partner.read()[0]
        self.assertEqual(self.get_praise(), "thank")
        self.assertEqual(self.partner.read()[0], before)
        self.assertFalse(self.env["social.enrichment"].search([]))

    def test_r12_where_the_platform_forbids_rewards_it_says_so(self):
        self.platform.rewards_forbidden = True
        self.assertEqual(self.get_praise(), "forbidden")

    def test_r21_without_consent_nobody_is_hinted_at(self):
        self.withdraw("enrich")
        self.assertFalse(self.get_praise())
        self.give("enrich")
        self.assertTrue(self.get_praise())
        self.withdraw("match")
        self.assertFalse(self.get_praise())

    def test_only_clear_praise_counts(self):
        self.mention.action_rate_neutral()
        self.assertFalse(self.get_praise())
        self.mention.sudo().write({"sentiment": 0.2, "sentiment_tone": "positive"})
        self.assertFalse(self.get_praise())

    def test_r21_a_notice_that_does_not_name_opinions_allows_no_hint(self):
        self.publish(
            self.env.ref(f"{ADDON}.notice_enrich_en"),
            "extent",
            category_ids=[Command.set(self.env.ref(f"{ADDON}.category_interests").ids)],
        )
        self.give("enrich")
        self.assertFalse(self.get_praise())

    def test_another_companys_consent_hints_at_nothing(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        user = new_test_user(
            self.env,
            "clerk_elsewhere",
            groups=f"{ADDON}.group_social_user",
            company_id=elsewhere.id,
            company_ids=[Command.set(elsewhere.ids)],
        )
        # Heard by both.
        self.mention.sudo().company_id = False
        self.assertFalse(self.get_praise(user=user))
