"""Orders as contracts: until delivered and paid, and monitoring services as products (R1, R3, R4)."""

from dateutil.relativedelta import relativedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring.policy import NO_END, ContractFacts
from odoo.addons.social_consent_monitoring_sale import uninstall_hook

from common import ADDON, Common


class SaleCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        products = cls.env["product.product"]
        # What is ordered is invoiced, delivered or not.
        cls.goods = products.create({"name": "Parcel", "list_price": 10, "invoice_policy": "order"})
        cls.service = products.create(
            {
                "name": "Reputation",
                "type": "service",
                "list_price": 100,
                "invoice_policy": "order",
                "social_monitoring_service": True,
                "social_monitoring_months": 3,
            }
        )
        cls.seller = new_test_user(
            cls.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.contracts = cls.env["social.contract"]

    def order(self, product=None, partner=None, **values):
        """Make a quotation of one line."""
        line = {"product_id": (product or self.goods).id, "tax_ids": [Command.clear()]}
        return self.env["sale.order"].create(
            {
                "partner_id": (partner or self.partner).id,
                "order_line": [Command.create(line)],
                **values,
            }
        )

    def confirm(self, *args, **values):
        order = self.order(*args, **values)
        order.action_confirm()
        return order

    def deliver(self, order):
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty

    def invoice(self, order):
        invoice = order._create_invoices()
        invoice.action_post()
        return invoice

    def pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard.create({})._create_payments()

    def counts(self, *partners, purpose="contract"):
        """Tell of each contact whether a contract counts for it."""
        records = self.env["res.partner"].concat(*partners) or self.partner
        found = self.contracts._gather(records, purpose)
        return [record.id in found for record in records]

    def assertRuns(self):
        self.assertEqual(self.counts(), [True])

    def assertOver(self):
        self.assertEqual(self.counts(), [False])


class TestRunningOrder(SaleCase):
    def test_r1_a_confirmed_order_counts_for_the_contract_and_nothing_else(self):
        self.confirm()
        found = self.contracts._gather(self.partner, "contract")
        self.assertEqual(found, {self.partner.id: (ContractFacts(None, NO_END, frozenset()),)})
        for purpose in ("monitor", "match", "enrich", "contact"):
            self.assertEqual(self.counts(purpose=purpose), [False], purpose)

    def test_r1_the_policy_lets_a_running_order_be_fulfilled_and_nobody_be_watched(self):
        self.confirm()
        for act, basis in (("fulfil", "contract"), ("monitor", ""), ("contact_email", "")):
            decision = self.env["social.policy"]._decide(act, self.partner)[self.partner.id]
            self.assertEqual(decision.basis, basis, act)

    def test_a_quotation_does_not_count_and_a_cancelled_order_no_more(self):
        order = self.order()
        self.assertOver()
        order.action_quotation_sent()
        self.assertOver()
        order.action_confirm()
        self.assertRuns()
        order._action_cancel()
        self.assertOver()

    def test_a_locked_order_counts(self):
        order = self.confirm()
        order.action_lock()
        self.assertRuns()

    def test_r1_it_runs_until_delivered_and_paid(self):
        order = self.confirm()
        self.deliver(order)
        self.assertRuns()
        invoice = order._create_invoices()
        self.assertRuns()
        invoice.action_post()
        self.assertRuns()
        self.pay(invoice)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertOver()

    def test_r1_paid_and_not_delivered_it_runs(self):
        order = self.confirm()
        self.pay(self.invoice(order))
        self.assertRuns()
        self.deliver(order)
        self.assertOver()

    def test_a_down_payment_is_not_all(self):
        order = self.confirm()
        self.deliver(order)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "percentage",
                "amount": 50,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        invoice = wizard._create_invoices(order)
        invoice.action_post()
        self.pay(invoice)
        self.assertRuns()
        self.pay(self.invoice(order))
        self.assertOver()

    def test_a_reversed_invoice_is_settled(self):
        order = self.confirm()
        self.deliver(order)
        invoice = self.invoice(order)
        invoice._reverse_moves(cancel=True)
        self.assertEqual(invoice.payment_state, "reversed")
        self.assertOver()

    def test_a_cancelled_invoice_pays_nothing(self):
        order = self.confirm()
        self.deliver(order)
        order._create_invoices().button_cancel()
        self.assertRuns()

    def test_what_costs_nothing_is_over_once_delivered(self):
        order = self.order()
        order.order_line.price_unit = 0
        order.action_confirm()
        self.assertRuns()
        self.deliver(order)
        self.assertOver()

    def test_nobody_delivers_a_discount(self):
        order = self.order()
        discount = self.env["product.product"].create({"name": "Discount", "type": "service"})
        order.order_line = [
            Command.create(
                {"product_id": discount.id, "price_unit": -1, "tax_ids": [Command.clear()]}
            )
        ]
        order.action_confirm()
        order.order_line[0].qty_delivered = 1
        self.pay(self.invoice(order))
        self.assertOver()

    def test_the_parties_and_their_companies_count(self):
        partners = self.env["res.partner"]
        firm, payer, colleague, stranger = partners.create(
            [
                {"name": "Firm", "is_company": True},
                {"name": "Payer", "is_company": True},
                {"name": "Kim"},
                {"name": "Stranger"},
            ]
        )
        buyer, store, clerk = partners.create(
            [
                {"name": "Mia", "parent_id": firm.id},
                {"name": "Store", "type": "delivery", "parent_id": firm.id},
                {"name": "Accounts", "parent_id": payer.id},
            ]
        )
        colleague.parent_id = firm
        order = self.confirm(
            partner=buyer, partner_invoice_id=payer.id, partner_shipping_id=store.id
        )
        self.assertEqual(self.counts(buyer, store, payer, firm), [True] * 4)
        # The payer is a party itself, and acts by its persons; Kim's firm is none.
        self.assertEqual(self.counts(clerk, colleague, stranger), [True, False, False])
        order._action_cancel()
        self.assertEqual(self.counts(buyer, store, payer, firm, clerk), [False] * 5)

    def test_an_archived_customer_counts_and_orders_go_along_with_a_merge(self):
        self.confirm()
        target = self.env["res.partner"].create({"name": "Ada Double", "email": "ada@example.com"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | target).ids, target)
        target.active = False
        self.assertEqual(self.counts(target), [True])

    def test_an_order_of_another_company_does_not_count(self):
        self.confirm()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self.contracts.with_company(other)._gather(self.partner, "contract"))

    def test_contracts_entered_by_hand_count_beside_orders(self):
        self.confirm()
        contract = self.contracts.create({"name": "By hand", "partner_id": self.partner.id})
        found = self.contracts._gather(self.partner, "contract")[self.partner.id]
        self.assertEqual([facts.id for facts in found], [None, contract.id])

    def test_any_number_of_contacts_takes_two_queries(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(20)])
        for partner in partners[:10]:
            self.confirm(partner=partner)
        self.env.flush_all()
        for records in (partners[:1], partners):
            with self.assertQueryCount(2):
                found = self.contracts._gather(records, "contract")
        self.assertEqual(len(found), 10)

    def test_whoever_may_not_read_orders_is_told_no_more_than_that_one_runs(self):
        self.confirm()
        found = self.contracts.with_user(self.employee)._gather(self.partner, "contract")
        self.assertEqual(found[self.partner.id], (ContractFacts(None, NO_END, frozenset()),))


class TestMonitoringService(SaleCase):
    def contract_of(self, order):
        return self.contracts.search([("sale_line_id", "in", order.order_line.ids)])

    def add_handle(self, contract):
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        contract.with_user(self.manager).handle_ids = [
            Command.create({"platform_id": platform.id, "handle": "@Ada@social.example"})
        ]

    def test_r3_confirming_makes_a_contract_for_the_customer_and_its_months(self):
        order = self.order(self.service)
        self.assertFalse(self.contract_of(order))
        order.with_user(self.seller).action_confirm()
        contract = self.contract_of(order)
        self.assertEqual(contract.kind, "monitor")
        self.assertEqual(contract.partner_id, self.partner)
        self.assertEqual(contract.name, order.name)
        self.assertEqual(contract.company_id, order.company_id)
        self.assertEqual(contract.date_end, contract.date_start + relativedelta(months=3))
        self.assertEqual(contract.state, "running")

    def test_r3_it_lets_watch_the_handles_entered_in_it(self):
        contract = self.contract_of(self.confirm(self.service))
        self.assertEqual(self.counts(purpose="monitor"), [False])
        self.add_handle(contract)
        (facts,) = self.contracts._gather(self.partner, "monitor")[self.partner.id]
        self.assertEqual(facts.id, contract.id)
        self.assertEqual(facts.handles, {("fediverse", "ada@social.example")})
        with self.after(days=93):
            self.assertEqual(self.counts(purpose="monitor"), [False])

    def test_r3_who_confirms_brings_no_handles_along(self):
        """They are entered by those who keep contracts, and by nobody's defaults."""
        line = {"platform_id": self.env.ref(f"{ADDON}.platform_fediverse").id, "handle": "eve@x"}
        handles = [Command.create(line)]
        defaults = self.env["ir.default"].with_user(self.seller)
        defaults.set("social.contract", "handle_ids", handles, user_id=True)
        order = self.order(self.service).with_user(self.seller)
        order.with_context(default_handle_ids=handles).action_confirm()
        contract = order.sudo().order_line.social_contract_ids
        self.assertEqual((len(contract), len(contract.handle_ids)), (1, 0))

    def test_r3_another_product_makes_none(self):
        self.assertFalse(self.contract_of(self.confirm(self.goods)))

    def test_one_contract_for_each_line_and_none_twice(self):
        order = self.order(self.service)
        order.order_line.copy({"order_id": order.id})
        order.action_confirm()
        self.assertEqual(len(self.contract_of(order)), 2)
        order._action_confirm()
        order.write({"state": "sale"})
        self.assertEqual(len(self.contract_of(order)), 2)

    def test_r4_cancelling_ends_it_at_that_moment(self):
        order = self.confirm(self.service)
        contract = self.contract_of(order)
        self.add_handle(contract)
        self.assertEqual(self.counts(purpose="monitor"), [True])
        order.with_user(self.seller).action_cancel()
        self.assertEqual(self.counts(purpose="monitor"), [False])
        self.assertEqual(contract.ended_at, contract.date_end)

    def test_confirming_again_after_cancelling_makes_another_one(self):
        order = self.confirm(self.service)
        first = self.contract_of(order)
        order._action_cancel()
        order.action_draft()
        order.action_confirm()
        self.assertEqual(len(self.contract_of(order)), 2)
        self.assertEqual((self.contract_of(order) - first).state, "running")

    def test_r4_what_somebody_ended_stays_ended(self):
        order = self.confirm(self.service)
        contract = self.contract_of(order)
        contract.with_user(self.officer).action_end()
        order.write({"state": "sale"})
        order.order_line.product_uom_qty = 2
        self.assertEqual(self.contract_of(order), contract)

    def test_r4_a_line_that_is_no_longer_ordered_ends_it(self):
        order = self.confirm(self.service)
        contract = self.contract_of(order)
        order.order_line.product_uom_qty = 2
        self.assertEqual(contract.state, "running")
        order.order_line.product_uom_qty = 0
        contract.invalidate_recordset(["state"])
        self.assertEqual(contract.state, "ended")

    def test_r4_an_order_that_goes_to_somebody_else_ends_it(self):
        order = self.confirm(self.service)
        contract = self.contract_of(order)
        order.partner_id = self.env["res.partner"].create({"name": "Other"})
        contract.invalidate_recordset(["state"])
        self.assertEqual(contract.state, "ended")

    def test_a_line_that_is_added_or_changed_later_makes_one_too(self):
        order = self.confirm(self.goods)
        order.order_line = [Command.create({"product_id": self.service.id})]
        contract = self.contract_of(order)
        self.assertEqual(len(contract), 1)
        order.order_line[0].product_id = self.service
        self.assertEqual(len(self.contract_of(order)), 2)
        order.order_line[1].product_id = self.goods
        contract.invalidate_recordset(["state"])
        self.assertEqual(contract.state, "ended")

    def test_r1_the_order_runs_as_long_as_the_service(self):
        order = self.confirm(self.service)
        self.pay(self.invoice(order))
        self.assertRuns()
        with self.after(days=93):
            self.assertOver()

    def test_nobody_says_by_hand_that_an_order_proves_a_contract(self):
        line = self.confirm(self.goods).order_line
        vals = {
            "name": "x",
            "partner_id": self.partner.id,
            "kind": "monitor",
            "sale_line_id": line.id,
        }
        with self.assertRaisesRegex(UserError, "not entered by hand"):
            self.contracts.with_user(self.manager).create(vals)

    def test_the_order_leads_keepers_to_its_contract_and_nobody_else(self):
        keeper = new_test_user(
            self.env,
            "keeper",
            groups=f"{ADDON}.group_social_manager,sales_team.group_sale_manager",
        )
        order = self.confirm(self.service)
        with Form(order.with_user(keeper)) as form:
            self.assertEqual(form.social_contract_count, 1)
        action = order.with_user(keeper).action_view_social_contracts()
        self.assertEqual(action["res_id"], self.contract_of(order).id)
        with self.assertRaises(AccessError):
            order.with_user(self.seller).action_view_social_contracts()
        with self.assertRaises(AccessError):
            order.with_user(self.seller).read(["social_contract_count"])

    def test_the_product_asks_for_how_many_months(self):
        with Form(self.env["product.template"]) as form:
            form.name = "Watch"
            form.type = "service"
            form.social_monitoring_service = True
            self.assertEqual(form.social_monitoring_months, 12)
        with self.assertRaisesRegex(ValidationError, "how many months"):
            self.service.social_monitoring_months = 0


class TestUninstall(SaleCase):
    def test_contracts_of_orders_end_with_the_addon(self):
        order = self.confirm(self.service)
        by_hand = self.contracts.create({"name": "By hand", "partner_id": self.partner.id})
        contract = self.contracts.search([("sale_line_id", "in", order.order_line.ids)])
        uninstall_hook(self.env)
        self.assertEqual((contract.state, by_hand.state), ("ended", "running"))

    def test_every_addition_goes_with_the_addon(self):
        """What Odoo removes on uninstalling is what it knows to be the addon's own."""
        self.env.flush_all()
        module = "social_consent_monitoring_sale"
        names = self.env["ir.model.data"].search([("module", "=", module)])
        kinds = {"ir.model.fields", "ir.ui.view", "ir.model.constraint", "ir.model.relation"}
        self.assertLessEqual(set(names.mapped("model")), kinds | {"ir.model"})
        owned = {name.name for name in names if name.model == "ir.model.fields"}
        for table, field in (
            ("product_template", "social_monitoring_service"),
            ("product_template", "social_monitoring_months"),
            ("social_contract", "sale_line_id"),
        ):
            self.assertIn(f"field_{table}__{field}", owned)
