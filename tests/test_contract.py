"""Contracts as a basis: their own purpose, their handles and their period, and no more (R1, R3, R4)."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.policy import NO_END, ContractFacts

from common import ADDON, Common

HANDLE = ("fediverse", "ada@social.example")


class ContractCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contracts = cls.env["social.contract"]
        cls.fediverse = cls.env.ref(f"{ADDON}.platform_fediverse")
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})
        cls.member = cls.env["res.partner"].create({"name": "Mia", "parent_id": cls.firm.id})

    def enter(self, partner=None, user=None, **values):
        """Enter a contract that runs for a day from now on."""
        now = fields.Datetime.now()
        return self.contracts.with_user(user or self.env.user).create(
            {
                "name": "No. 4711",
                "partner_id": (partner or self.partner).id,
                "date_start": now,
                "date_end": now + timedelta(days=1),
                **values,
            }
        )

    def enter_service(self, partner=None, handle="ada@social.example", **values):
        """Enter a monitoring service for one handle."""
        line = Command.create({"platform_id": self.fediverse.id, "handle": handle})
        entered = {"kind": "monitor", "handle_ids": [line], "note": "By phone, 1 May.", **values}
        return self.enter(partner, **entered)

    def gather(self, purpose, *partners):
        """Return the ids of the contracts that count, of one contact after the other."""
        records = self.env["res.partner"].concat(*partners) or self.partner
        found = self.contracts._gather(records, purpose)
        return [[facts.id for facts in found.get(record.id, ())] for record in records]

    def assertCounts(self, contract, purpose):
        self.assertEqual(self.gather(purpose), [[contract.id]])

    def assertNothing(self, *purposes):
        for purpose in purposes or ("contract", "monitor"):
            self.assertEqual(self.gather(purpose), [[]], purpose)


class TestBasis(ContractCase):
    def test_r1_a_contract_counts_for_its_own_purpose_only(self):
        contract = self.enter()
        self.assertCounts(contract, "contract")
        self.assertNothing("monitor", "match", "enrich", "contact")

    def test_r3_only_a_monitoring_service_lets_watch_and_for_its_handles_only(self):
        self.enter()
        contract = self.enter_service()
        found = self.contracts._gather(self.partner, "monitor")
        self.assertEqual(
            found,
            {
                self.partner.id: (
                    ContractFacts(contract.id, contract.date_end, frozenset([HANDLE])),
                )
            },
        )

    def test_r3_a_service_is_no_basis_for_using_the_data_otherwise(self):
        self.enter_service()
        self.assertNothing("contract", "match", "enrich", "contact")

    def test_r3_a_handle_is_compared_in_one_form(self):
        for typed in ("@Ada@Social.Example", " ada@social.example ", "ADA@SOCIAL.EXAMPLE"):
            contract = self.enter_service(handle=typed)
            self.assertEqual(contract.handle_ids.handle, HANDLE[1])
        contract.handle_ids.handle = "@Eva@Social.Example"
        self.assertEqual(contract.handle_ids.handle, "eva@social.example")

    def test_r3_handles_come_and_go_at_once(self):
        contract = self.enter_service()
        self.contracts._gather(self.partner, "monitor")
        contract.handle_ids = [
            Command.clear(),
            Command.create({"platform_id": self.fediverse.id, "handle": "eva@social.example"}),
        ]
        (facts,) = self.contracts._gather(self.partner, "monitor")[self.partner.id]
        self.assertEqual(facts.handles, {("fediverse", "eva@social.example")})
        contract.handle_ids.unlink()
        self.assertNothing()

    def test_r4_nothing_counts_before_the_start_and_from_the_end_on(self):
        now = fields.Datetime.now()
        period = {"date_start": now + timedelta(hours=1), "date_end": now + timedelta(hours=2)}
        contract, service = self.enter(**period), self.enter_service(**period)
        self.assertNothing()
        with self.after(hours=1, seconds=1):
            self.assertCounts(contract, "contract")
            self.assertCounts(service, "monitor")
        with self.after(hours=2, seconds=1):
            self.assertNothing()

    def test_r4_the_very_moment_of_the_end_is_after_it(self):
        contract = self.enter()
        with patch.object(fields.Datetime, "now", lambda: contract.date_end):
            self.assertNothing()
        with patch.object(
            fields.Datetime, "now", lambda: contract.date_end - timedelta(microseconds=1)
        ):
            self.assertCounts(contract, "contract")

    def test_r4_ended_now_is_ended_at_once(self):
        contract, service = self.enter(), self.enter_service()
        (contract | service).with_user(self.manager).action_end()
        self.assertNothing()
        self.assertEqual(service.state, "ended")
        self.assertEqual(service.ended_at, service.date_end)

    def test_a_contract_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        contract = self.enter(company_id=other.id)
        self.enter_service(company_id=other.id)
        self.assertNothing()
        with_other = self.contracts.with_company(other)._gather(self.partner, "contract")
        self.assertEqual(with_other[self.partner.id][0].id, contract.id)

    def test_a_contract_with_a_company_counts_for_its_persons_a_service_does_not(self):
        contract = self.enter(self.firm)
        self.enter_service(self.firm)
        both = [[contract.id], [contract.id]]
        self.assertEqual(self.gather("contract", self.firm, self.member), both)
        self.assertEqual(self.gather("monitor", self.member), [[]])

    def test_a_contract_with_a_person_does_not_count_for_the_company_or_a_colleague(self):
        self.enter(self.member)
        colleague = self.env["res.partner"].create({"name": "Kim", "parent_id": self.firm.id})
        self.assertEqual(self.gather("contract", self.firm, colleague), [[], []])

    def test_the_contract_that_runs_longest_comes_first(self):
        short = self.enter()
        endless = self.enter(date_end=NO_END)
        self.assertEqual(self.gather("contract"), [[endless.id, short.id]])
        (facts, _short) = self.contracts._gather(self.partner, "contract")[self.partner.id]
        self.assertEqual(facts.ends, datetime(9999, 12, 31))

    def test_an_archived_contact_has_its_contracts(self):
        contract = self.enter()
        self.partner.active = False
        self.assertCounts(contract, "contract")

    def test_a_contact_that_is_being_edited_has_those_of_the_stored_one(self):
        contract = self.enter()
        edited = self.env["res.partner"].new(origin=self.partner)
        (facts,) = self.contracts._gather(edited, "contract")[edited.id]
        self.assertEqual(facts.id, contract.id)
        unsaved = self.env["res.partner"].new({"name": "New"})
        self.assertEqual(self.contracts._gather(unsaved, "contract"), {})

    def test_records_that_are_no_contacts_have_no_contract(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "partner_id": self.partner.id})
        self.enter()
        self.assertEqual(self.contracts._gather(lead, "contract"), {})

    def test_any_number_of_contacts_takes_one_query(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(40)])
        for partner in partners[:20]:
            self.enter(partner)
            self.enter_service(partner)
        self.env.flush_all()
        for purpose in ("contract", "monitor"):
            for records in (partners[:1], partners):
                with self.assertQueryCount(1):
                    found = self.contracts._gather(records, purpose)
            self.assertEqual(len(found), 20)

    def test_what_is_not_written_yet_counts(self):
        contract = self.enter()
        contract.date_end = fields.Datetime.now()
        self.assertNothing()


class TestDecision(ContractCase):
    """The policy, asked about real contracts."""

    def ask(self, act, **facts):
        decision = self.env["social.policy"]._decide(act, self.partner, **facts)[self.partner.id]
        return decision.basis, decision.contract, decision.reason

    def test_r1_a_running_contract_allows_its_fulfilment_and_nothing_else(self):
        self.assertEqual(self.ask("fulfil"), ("", None, "no_contract"))
        contract = self.enter()
        self.assertEqual(self.ask("fulfil"), ("contract", contract.id, "allowed"))
        for act in ("monitor", "match", "enrich", "contact_email", "reply_personal", "lead"):
            facts = {"platform": HANDLE[0], "handle": HANDLE[1]}
            self.assertEqual(self.ask(act, **facts)[2], "never_asked", act)

    def test_r3_a_service_allows_watching_and_matching_its_handle_only(self):
        service = self.enter_service()
        for act in ("monitor", "match"):
            for handle, basis in ((HANDLE[1], "contract"), ("eva@social.example", "")):
                asked = self.ask(act, platform=HANDLE[0], handle=handle)
                self.assertEqual(asked[0], basis, (act, handle))
            self.assertEqual(self.ask(act, platform=HANDLE[0], handle=HANDLE[1])[1], service.id)
            self.assertEqual(self.ask(act, platform="bluesky", handle=HANDLE[1])[0], "")
            for written in ("@ada@social.example", "Ada@Social.Example"):
                asked = self.ask(act, platform=HANDLE[0], handle=written)
                self.assertEqual(asked[0], "contract", written)
        self.assertEqual(self.ask("enrich", platform=HANDLE[0], handle=HANDLE[1])[0], "")

    def test_r4_the_end_ends_what_rests_on_it(self):
        self.enter()
        self.enter_service()
        with self.after(days=1, seconds=1):
            self.assertEqual(self.ask("fulfil")[2], "no_contract")
            self.assertEqual(
                self.ask("monitor", platform=HANDLE[0], handle=HANDLE[1])[2], "never_asked"
            )


class TestEntering(ContractCase):
    def test_r3_a_service_entered_by_hand_names_a_handle(self):
        with self.assertRaisesRegex(ValidationError, "only they may be watched"):
            self.enter_service(handle_ids=[])
        contract = self.enter_service()
        with self.assertRaisesRegex(ValidationError, "only they may be watched"):
            contract.handle_ids = [Command.clear()]

    def test_r3_a_service_entered_by_hand_is_proven(self):
        for note in (False, "  "):
            with self.assertRaisesRegex(ValidationError, "Attach the contract"):
                self.enter_service(note=note)
        with self.assertRaisesRegex(ValidationError, "Attach the contract"):
            self.enter_service().note = False
        document = self.upload()
        contract = self.enter_service(
            user=self.manager, note=False, attachment_ids=[Command.link(document.id)]
        )
        self.assertEqual(document.res_id, contract.id)

    def upload(self):
        """Upload a document as the form does, before the contract is saved."""
        return (
            self.env["ir.attachment"]
            .with_user(self.manager)
            .create({"name": "contract.pdf", "raw": b"signed", "res_model": "social.contract"})
        )

    def test_documents_are_read_by_those_who_keep_contracts_only(self):
        document = self.upload()
        self.enter_service(user=self.manager, attachment_ids=[Command.link(document.id)])
        self.assertEqual(document.with_user(self.officer).raw, b"signed")
        for user in (self.clerk, self.sales, self.employee):
            with self.assertRaises(AccessError):
                document.with_user(user).read(["raw"])

    def test_documents_go_with_the_customer_and_unsaved_ones_after_a_day(self):
        document, unsaved = self.upload(), self.upload()
        contract = self.enter_service(user=self.manager, attachment_ids=[Command.link(document.id)])
        with self.after(days=2):
            self.contracts._gc_documents()
        self.assertEqual((document | unsaved).exists(), document)
        self.partner.unlink()
        self.assertFalse((document | unsaved).exists())
        self.assertFalse(contract.exists())

    def test_an_order_needs_neither_handle_nor_note(self):
        self.assertTrue(self.enter())

    def test_a_contract_does_not_end_before_it_begins(self):
        with self.assertRaisesRegex(ValidationError, "before it begins"):
            self.enter(date_end=fields.Datetime.now() - timedelta(days=1))

    def test_a_handle_is_a_name_and_stands_once(self):
        for wrong in ("", " @ ", "https://social.example/@ada"):
            with self.assertRaisesRegex(ValidationError, "Enter the name") as caught:
                self.enter_service(handle=wrong)
        contract = self.enter_service()
        twice = Command.create({"platform_id": self.fediverse.id, "handle": "@ADA@social.example"})
        with self.assertRaisesRegex(ValidationError, "listed twice") as caught:
            contract.handle_ids = [twice]
        self.assertNotIn("ada", str(caught.exception).lower())

    def test_names_say_nothing_of_handles(self):
        contract = self.enter_service()
        self.assertNotIn("ada", contract.handle_ids.display_name.lower())
        self.assertNotIn("ada", contract.display_name.lower())

    def test_what_began_stays_as_it_was(self):
        contract = self.enter()
        changes = {
            "partner_id": self.firm.id,
            "kind": "monitor",
            "date_start": fields.Datetime.now() + timedelta(hours=1),
            "company_id": self.env["res.company"].create({"name": "Elsewhere"}).id,
        }
        for name, value in changes.items():
            with self.assertRaisesRegex(UserError, "has begun"):
                contract.write({name: value})
        contract.write({"partner_id": self.partner.id, "kind": "contract", "name": "No. 4712"})
        with self.assertRaisesRegex(UserError, "has begun"):
            contract.with_user(self.manager).unlink()

    def test_what_has_not_begun_is_changed_and_deleted(self):
        contract = self.enter(date_start=fields.Datetime.now() + timedelta(hours=1))
        contract.partner_id = self.firm
        contract.with_user(self.manager).unlink()
        self.assertFalse(contract.exists())

    def test_r4_what_ended_is_not_reopened(self):
        contract = self.enter()
        with self.after(days=2), self.assertRaisesRegex(UserError, "not reopened"):
            contract.date_end = NO_END
        contract.action_end()
        ended_at = contract.ended_at
        with self.assertRaisesRegex(UserError, "not reopened"):
            contract.date_end = NO_END
        contract.action_end()
        self.assertEqual(contract.ended_at, ended_at)

    def test_nobody_types_in_that_it_was_ended_or_cleared(self):
        for name, value in (("ended_at", "2026-01-01 00:00:00"), ("is_cleared", True)):
            with self.assertRaisesRegex(UserError, "End Now"):
                self.enter(**{name: value})
            with self.assertRaisesRegex(UserError, "End Now"):
                self.enter().write({name: value})
            contracts = self.contracts.with_user(self.manager)
            vals = {"name": "No. 4711", "partner_id": self.partner.id}
            with self.assertRaisesRegex(UserError, "End Now"):
                contracts.with_context({f"default_{name}": value}).create(vals)
            self.env["ir.default"].set("social.contract", name, value, user_id=self.manager.id)
            with self.assertRaisesRegex(UserError, "End Now"):
                contracts.create(vals)
            self.env["ir.default"].search([("field_id.name", "=", name)]).unlink()

    def test_the_state_follows_the_clock_in_lists_too(self):
        now = fields.Datetime.now()
        contract = self.enter(
            date_start=now + timedelta(hours=1), date_end=now + timedelta(hours=2)
        )
        for hours, state in ((0, "planned"), (1, "running"), (2, "ended")):
            with self.after(hours=hours, seconds=5):
                self.env.invalidate_all()
                self.assertEqual(contract.state, state)
                for each in ("planned", "running", "ended"):
                    found = self.contracts.search([("state", "=", each)])
                    self.assertEqual(contract in found, each == state)
                    self.assertEqual(
                        contract in self.contracts.search([("state", "!=", each)]), each != state
                    )


class TestWhoMay(ContractCase):
    def test_r5_only_manager_and_officer_read_contracts_and_handles(self):
        contract = self.enter_service()
        for user in (self.manager, self.officer):
            self.assertEqual(contract.handle_ids.with_user(user).handle, HANDLE[1])
            self.enter_service(user=user)
        for user in (self.clerk, self.sales, self.employee):
            for record in (contract, contract.handle_ids):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])
                with self.assertRaises(AccessError):
                    record.with_user(user).search([])
            with self.assertRaises(AccessError):
                contract.with_user(user).action_end()
            with self.assertRaises(AccessError):
                self.enter(user=user)

    def test_what_counts_counts_for_every_user(self):
        contract = self.enter()
        found = self.contracts.with_user(self.employee)._gather(self.partner, "contract")
        self.assertEqual(found[self.partner.id][0].id, contract.id)

    def test_those_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        contract = self.enter_service(company_id=other.id)
        for user in (self.manager, self.officer):
            self.assertFalse(self.contracts.with_user(user).search([("id", "=", contract.id)]))
            with self.assertRaises(AccessError):
                contract.handle_ids.with_user(user).read(["handle"])
        both = new_test_user(
            self.env,
            "both",
            groups=f"{ADDON}.group_social_manager",
            company_id=other.id,
            company_ids=[Command.set((other | self.env.company).ids)],
        )
        self.assertEqual(self.contracts.with_user(both).browse(contract.id).name, "No. 4711")

    def test_nobody_enters_one_for_a_company_of_others(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        later = fields.Datetime.now() + timedelta(hours=1)
        theirs = self.enter_service(company_id=other.id)
        own = self.enter_service(user=self.manager, date_start=later)
        for line, vals in (
            (own, {"company_id": other.id}),
            (own.handle_ids, {"contract_id": theirs.id, "handle": "eve@social.example"}),
        ):
            with self.assertRaises(AccessError):
                line.write(vals)


class TestFollowing(ContractCase):
    """R4: what rests on a contract is told at each change that may end it."""

    def setUp(self):
        super().setUp()
        self.told = self.env["social.contract"]

        def follow(contracts):
            self.told |= contracts

        self.startPatcher(patch.object(self.env.registry["social.contract"], "_follow", follow))

    def assertTold(self, contracts):
        self.assertEqual(self.told, contracts)
        self.told = self.told.browse()

    def test_r4_at_another_end_end_now_and_each_change_of_handles(self):
        contract, other = self.enter_service(), self.enter_service()
        self.told = self.told.browse()
        contract.date_end = fields.Datetime.now() + timedelta(hours=1)
        self.assertTold(contract)
        contract.handle_ids.handle = "eva@social.example"
        self.assertTold(contract)
        contract.handle_ids.contract_id = other
        self.assertTold(contract)
        other.handle_ids[0].unlink()
        self.assertTold(other)
        contract.action_end()
        self.assertTold(contract)
        contract.name = "Renamed"
        self.assertTold(self.told.browse())

    def clear(self, seconds_left=60.0):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: seconds_left):
            self.contracts._cron_clear()

    def test_r4_the_job_clears_what_ended_by_the_clock_once(self):
        contract = self.enter()
        self.enter(date_end=NO_END)
        self.clear()
        self.assertTold(self.told.browse())
        with self.after(days=2):
            self.clear()
            self.assertTold(contract)
            self.clear()
            self.assertTold(self.told.browse())

    def test_the_job_stops_when_its_time_is_over_and_goes_on_later(self):
        contracts = self.enter() | self.enter() | self.enter()
        module = "odoo.addons.social_consent_monitoring.models.social_contract"
        with self.after(days=2), patch(f"{module}.BATCH_SIZE", 2):
            self.clear(seconds_left=0)
            self.assertTold(contracts[:2])
            self.clear()
            self.assertTold(contracts[2])


class TestGuarded(ContractCase):
    def test_r4_each_guarded_model_follows_with_all_rights(self):
        """Whoever ends a contract need not be allowed to see what rests on it."""
        registry, told = self.env.registry, []
        model = registry["social.match"]

        def descendants(names, *kinds):
            self.assertEqual((names, kinds), (["social.wall.mixin"], ("_inherit",)))
            return {"social.match", "social.door.mixin"}

        def follow(matches, contracts):
            told.append((matches.env.su, contracts))

        contract = self.enter()
        with (
            patch.object(registry, "descendants", descendants),
            patch.object(model, "_follow_contracts", follow, create=True),
        ):
            contract.with_user(self.officer).action_end()
        self.assertEqual(told, [(True, contract)])


class TestMerge(ContractCase):
    def test_contracts_go_along_with_a_merged_contact(self):
        contract, service = self.enter(), self.enter_service()
        target = self.env["res.partner"].create({"name": "Ada Double", "email": "ada@example.com"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | target).ids, target)
        self.assertFalse(self.partner.exists())
        self.assertEqual(self.gather("contract", target), [[contract.id]])
        self.assertEqual(self.gather("monitor", target), [[service.id]])
