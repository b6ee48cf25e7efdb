"""Profiles and enriched values follow their basis like matches do (rules 2, 3, 4, 7 and 21)."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring import policy
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common
from wall import GUARDED


class Rows(Common):
    def setUp(self):
        super().setUp()
        self.mention = self.store()
        self.platform = self.mention.platform_id
        self.interests = self.env.ref(f"{ADDON}.category_interests")

    def match(self):
        return self.mention._match(self.partner)

    def profile(self, **values):
        return self.env["social.profile"]._make(
            self.partner, self.platform, "@Ada@Social.example", **values
        )

    def enrich(self, category=None, value="Boats", **values):
        source = values or {"mention": self.mention}
        return self.env["social.enrichment"]._make(
            self.partner, category or self.interests, value, **source
        )

    def left(self):
        return {name for name in GUARDED if self.env[name].sudo().search([])}


class TestMaking(Rows):
    def test_r2_r21_nothing_is_made_without_its_consent(self):
        for purpose in ("monitor", "contact"):
            self.give(purpose, "social" if purpose == "contact" else None)
        for make in (self.match, self.profile, self.enrich):
            with self.assertRaises(ConsentRequired):
                make()
        self.give("match")
        self.assertTrue(self.profile())
        with self.assertRaises(ConsentRequired):
            self.enrich()
        self.assertEqual(self.left(), {"social.profile"})

    def test_each_row_carries_the_end_of_its_consent(self):
        consents = self.give("match"), self.give("enrich")
        for row, consent in zip((self.profile(), self.enrich()), consents, strict=True):
            self.assertEqual(row.consent_id, consent)
            self.assertEqual(row.valid_until, consent.valid_until)
            self.assertEqual(row.basis, "consent")

    def test_a_profile_is_made_once_and_takes_the_proof_of_its_person(self):
        self.give("match")
        first = self.profile()
        now = fields.Datetime.now()
        self.assertEqual(self.profile(verified_at=now), first)
        self.assertEqual(first.verified_at, now)
        self.assertEqual(first.handle, "ada@social.example")
        with self.assertRaisesRegex(UserError, "name on the platform"):
            self.env["social.profile"]._make(self.partner, self.platform, " @ ")

    def test_r21_a_category_that_the_notice_does_not_name_is_refused_and_logged(self):
        self.give("enrich")
        unnamed = self.env["social.data.category"].create({"name": "shoes", "code": "shoes"})
        with self.assertRaisesRegex(ConsentRequired, "does not name this kind of data") as caught:
            self.enrich(unnamed)
        self.assertEqual(caught.exception.decision.rule, "R21")
        row = self.env["social.decision"].search([("act", "=", "enrich")], limit=1)
        self.assertFalse(row.allowed)
        self.assertEqual(row.reason, "category_not_named")
        self.assertFalse(self.env["social.enrichment"].search([]))

    def test_r21_every_value_has_one_source(self):
        self.give("match")
        self.give("enrich")
        other = self.env["res.partner"].create({"name": "Other", "lang": "en_US"})
        self.give("match", partner=other)
        foreign = self.env["social.profile"]._make(other, self.platform, "other@social.example")
        make = self.env["social.enrichment"]._make
        for source in (
            {},
            {"mention": self.mention, "profile": self.profile()},
            {"profile": foreign},
        ):
            with self.assertRaisesRegex(UserError, "Say which post"):
                make(self.partner, self.interests, "Boats", **source)
        self.assertEqual(self.enrich(profile=self.profile()).profile_id, self.profile())

    def test_a_newer_value_from_the_same_source_replaces_the_older(self):
        self.give("enrich")
        first = self.enrich()
        self.assertEqual(self.enrich(value="Sails"), first)
        self.assertEqual(first.value, "Sails")

    def test_r2_no_row_by_hand_rpc_import_or_copy(self):
        self.give("match")
        self.give("enrich")
        for row in (self.profile(), self.enrich()):
            for call in (
                lambda row=row: row.sudo().write({"partner_id": self.env.user.partner_id.id}),
                lambda row=row: row.sudo().write({"valid_until": "9999-12-31"}),
                lambda row=row: row.sudo().copy(),
                lambda row=row: row.sudo().create({}),
            ):
                with self.assertRaisesRegex(UserError, "not typed in"):
                    call()
            for user in (self.clerk, self.manager, self.officer):
                with self.assertRaises(AccessError):
                    row.browse().with_user(user).check_access("create")

    def test_r5_the_handle_of_a_profile_is_for_the_privacy_officer(self):
        self.give("match")
        profile = self.profile()
        with self.assertRaises(AccessError):
            profile.with_user(self.clerk).read(["handle"])
        self.assertEqual(profile.with_user(self.officer).handle, "ada@social.example")


class TestFollowing(Rows):
    def setUp(self):
        super().setUp()
        self.give("match")
        self.give("enrich")
        self.rows = self.match(), self.profile(), self.enrich()

    def test_withdrawal_takes_its_own_rows_and_no_others(self):
        self.withdraw("enrich")
        self.assertEqual(self.left(), {"social.match", "social.profile"})
        self.withdraw("match")
        self.assertFalse(self.left())

    def test_renewal_carries_all_on(self):
        soon = fields.Datetime.now() + timedelta(days=1)
        for purpose in ("match", "enrich"):
            self.withdraw(purpose)
            self.give(purpose, valid_until=soon)
        rows = self.match(), self.profile(), self.enrich()
        for purpose in ("match", "enrich"):
            consent = self.give(purpose)
            for row in rows:
                if row.consent_id == consent:
                    self.assertEqual(row.valid_until, consent.valid_until)
                    self.assertGreater(row.valid_until, soon)

    def test_r7_r21_a_renewal_that_names_less_takes_what_it_does_not_name(self):
        self.publish(
            self.env.ref(f"{ADDON}.notice_enrich_en"),
            "extent",
            category_ids=[Command.set(self.env.ref(f"{ADDON}.category_opinions").ids)],
        )
        self.give("enrich")
        self.assertEqual(self.left(), {"social.match", "social.profile"})
        self.publish(
            self.env.ref(f"{ADDON}.notice_match_en"),
            "extent",
            platform_ids=[Command.set(self.env.ref(f"{ADDON}.platform_web").ids)],
        )
        self.give("match")
        self.assertFalse(self.left())

    def test_r6_a_changed_purpose_takes_all(self):
        for purpose in ("match", "enrich"):
            notice = self.env.ref(f"{ADDON}.notice_{purpose}_en")
            self.publish(notice, "purpose", purpose_statement="We would like to sell.")
        self.assertFalse(self.left())

    def test_merging_takes_nothing_along(self):
        target = self.env["res.partner"].create({"name": "Double", "email": "ada@example.com"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | target).ids, target)
        self.assertFalse(self.left())

    def test_merging_into_the_contact_keeps_what_its_consent_covers(self):
        source = self.env["res.partner"].create({"name": "Double", "email": "ada@example.com"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | source).ids, self.partner)
        self.assertEqual(self.left(), set(GUARDED))

    def test_a_value_goes_with_its_source(self):
        self.mention.sudo().unlink()
        self.assertEqual(self.left(), {"social.profile"})

    def test_the_contact_shows_buttons_with_what_is_there(self):
        partner = self.partner.with_user(self.clerk)
        for name in ("match", "profile", "enrichment"):
            self.assertEqual(partner[f"social_{name}_count"], 1)
        for action in (
            partner.action_view_social_matches(),
            partner.action_view_social_profiles(),
            partner.action_view_social_enrichments(),
        ):
            found = self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])
            self.assertEqual(len(found), 1)

    def test_the_three_counts_cost_one_query(self):
        partner = self.partner.with_user(self.clerk)
        wanted = [f"social_{name}_count" for name in ("match", "profile", "enrichment")]
        partner.read(["name", *wanted])
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        partner.read(["name"])
        plain = self.cr.sql_log_count - before
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        partner.read(["name", *wanted])
        self.assertLessEqual(self.cr.sql_log_count - before - plain, 1)

    def test_reading_a_list_asks_no_more_than_without_the_wall(self):
        """What was just found is not asked for again: one query for a page of rows."""
        rows = self.env["social.match"].with_user(self.clerk)
        rows.search_read([("partner_id", "=", self.partner.id)], ["valid_until"])
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        rows.web_search_read([("partner_id", "=", self.partner.id)], {"valid_until": {}})
        self.assertEqual(self.cr.sql_log_count - before, 1)


class TestOtherBases(Rows):
    """R3 and R4: a monitoring contract is a basis for its handles and its time only."""

    def sign(self, handle="ada@social.example", days=9):
        line = Command.create({"platform_id": self.platform.id, "handle": handle})
        return self.env["social.contract"].create(
            {
                "name": "Reputation",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "note": "Signed on paper.",
                "handle_ids": [line],
                "date_end": fields.Datetime.now() + timedelta(days=days),
            }
        )

    def make(self):
        return self.match(), self.profile()

    def make_free(self):
        """Make rows of a contact that is a company, where companies are no data subjects."""
        self.env.company.social_companies = "free"
        self.partner.is_company = True
        return self.make()

    def test_r3_a_contract_about_another_handle_allows_nothing(self):
        self.sign("other@social.example")
        for make in (self.match, self.profile):
            with self.assertRaises(ConsentRequired):
                make()

    def test_a_row_carries_the_end_of_its_contract(self):
        contract = self.sign()
        for row in self.make():
            self.assertEqual((row.basis, row.contract_id), ("contract", contract))
            self.assertEqual(row.valid_until, contract.date_end)
            self.assertFalse(row.consent_id)

    def test_r4_the_end_of_the_contract_hides_its_rows_at_that_moment(self):
        self.sign()
        rows = self.make()
        with self.after(days=9, seconds=1):
            self.env.invalidate_all()
            for row in rows:
                self.assertFalse(row.with_user(self.clerk).search([]))

    def test_r4_what_a_user_has_read_already_hides_at_that_moment_too(self):
        self.sign()
        match, _profile = self.make()
        seen = match.with_user(self.clerk)
        self.assertTrue(seen.text)
        with self.after(days=9, seconds=1):
            self.assertFalse(seen.exists())
            with self.assertRaises(AccessError):
                seen.check_access("read")

    def test_a_longer_contract_carries_them_on_and_an_ended_one_takes_them_along(self):
        contract = self.sign()
        match, profile = self.make()
        contract.date_end += timedelta(days=90)
        self.assertEqual(match.valid_until, contract.date_end)
        self.assertEqual(profile.valid_until, contract.date_end)
        contract.action_end()
        self.assertFalse(match.exists())
        self.assertFalse(profile.exists())

    def test_r3_a_handle_that_the_contract_no_longer_names_is_not_watched(self):
        contract = self.sign()
        match, profile = self.make()
        another = Command.create({"platform_id": self.platform.id, "handle": "x@social.example"})
        contract.handle_ids = [Command.delete(contract.handle_ids.id), another]
        self.assertFalse(match.exists())
        self.assertFalse(profile.exists())

    def test_r3_one_of_two_handles_that_goes_takes_its_rows_only(self):
        contract = self.sign()
        match, profile = self.make()
        known = contract.handle_ids
        contract.handle_ids = [
            Command.create({"platform_id": self.platform.id, "handle": "x@social.example"})
        ]
        self.assertTrue(match.exists() and profile.exists())
        known.unlink()
        self.assertFalse(match.exists() or profile.exists())

    def test_a_row_that_is_over_comes_back_on_a_new_basis(self):
        self.give("match", valid_until=fields.Datetime.now() + timedelta(hours=1))
        old = self.match()
        with self.after(hours=2):
            self.env.invalidate_all()
            self.sign()
            match = self.match()
            self.assertEqual(match, old)
            self.assertEqual(match.basis, "contract")
            self.assertFalse(match.consent_id)
            self.assertTrue(match.with_user(self.clerk).search([]))

    def test_a_company_that_becomes_a_person_is_guarded_at_once(self):
        rows = self.make_free()
        for row in rows:
            self.assertEqual((row.basis, row.valid_until), ("company", policy.NO_END))
        self.partner.write({"name": "Ada Ltd", "is_company": True})
        self.assertTrue(rows[0].exists())
        self.partner.with_user(self.sales).company_type = "person"
        self.env.flush_all()
        self.assertFalse(self.left())

    def test_a_company_that_decides_otherwise_drops_its_own_rows(self):
        rows = self.make_free()
        other = self.env["res.company"].create({"name": "Elsewhere", "social_companies": "free"})
        other.social_companies = "protect"
        self.assertTrue(rows[0].exists())
        self.env.company.social_companies = "protect"
        self.assertFalse(self.left())
