"""R19: an answer tells no number of an order or invoice that is not in the post itself."""

from common import Common, make_post


class TestNumbers(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.env["sale.order"].create(
            {
                "partner_id": cls.partner.id,
                "name": "S90417",
                "client_order_ref": "PO-2026-7788",
            }
        )

    def check(self, draft, post="Where is my parcel?"):
        mention = self.store(make_post(text=post))
        found = self.env["social.guard"]._check(draft, mention)
        return {(each.word, each.kind) for each in found}

    def test_r19_an_order_is_marked_however_its_number_is_written(self):
        for number in ("S90417", "s90417", "S 90417", "PO-2026-7788", "po 2026 7788"):
            self.assertEqual(self.check(f"We sent {number} today."), {(number, "order")})
        self.assertEqual(self.check("Your order 90417 left."), {("90417", "order")})

    def test_a_number_that_is_no_order_or_stands_in_the_post_is_free(self):
        self.assertFalse(self.check("Version 90417 is out, and 90418 people have it."))
        self.assertFalse(self.check("We do not know S90499."))
        self.assertFalse(self.check("S90417 left today.", "Where is S90417?"))

    def test_r19_an_invoice_is_marked_and_a_bill_of_a_supplier_is_not(self):
        for kind, name in (("out_invoice", "INV/2026/90001"), ("in_invoice", "BILL/2026/90002")):
            self.env["account.move"].create(
                {"move_type": kind, "partner_id": self.partner.id, "name": name}
            )
        self.assertEqual(self.check("Please pay INV-2026-90001."), {("INV-2026-90001", "invoice")})
        self.assertFalse(self.check("Please see BILL/2026/90002."))

    def test_what_the_guard_knows_follows_the_orders(self):
        self.order.name = "S90555"
        self.assertFalse(self.check("We sent S90417 today."))
        self.assertTrue(self.check("We sent S90555 today."))
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order SET name = 'S90666' WHERE id = %s", [self.order.id])
        self.assertTrue(self.check("We sent S90666 today."))
        self.order.invalidate_recordset()
        self.order.unlink()
        self.assertFalse(self.check("We sent S90666 today."))

    def test_a_new_index_comes_with_its_statistics(self):
        self.order.copy()
        self.env.flush_all()
        guard = self.env["social.guard"]
        guard._drop_indexes()
        guard._make_indexes()
        self.env.cr.execute(
            "SELECT DISTINCT tablename FROM pg_stats WHERE tablename ~ '^social_guard_sale_order'"
        )
        self.assertEqual(len(self.env.cr.fetchall()), 3)
        self.assertEqual(self.check("We sent S90417 today."), {("S90417", "order")})

    def test_a_contacts_own_numbers_are_found_in_one_query_however_many_there_are(self):
        other = self.order.copy({"partner_id": self.env["res.partner"].create({"name": "B"}).id})
        other.name = "S90999"
        guard = self.env["social.guard"]
        draft = "Your order 90417, PO-2026-7788, and not S90999 or order 90999."
        counts = []
        for more in (0, 50):
            for number in range(more):
                self.order.copy({"name": f"S8{number:04}"})
            self.env.flush_all()
            guard._find_numbers(self.partner, draft)
            before = self.env.cr.sql_log_count
            own = guard._find_numbers(self.partner, draft)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(own), {"S90417", "PO-2026-7788"})
        self.assertEqual(counts, [1, 1])
        self.assertFalse(guard._find_numbers(self.partner, "We are sorry."))

    def test_a_company_that_only_sells_to_us_is_no_customer(self):
        supplier = self.env["res.partner"].create(
            {"name": "Eilboten Nord GmbH", "is_company": True, "supplier_rank": 1}
        )
        self.assertFalse(self.check("Eilboten Nord delivers it."))
        supplier.customer_rank = 1
        self.assertTrue(self.check("Eilboten Nord delivers it."))

    def test_numbers_are_found_by_an_index(self):
        guard = self.env["social.guard"]
        self.env.cr.execute("SELECT indexname FROM pg_indexes WHERE indexname ~ '^social_guard_'")
        names = {name for (name,) in self.env.cr.fetchall()}
        for _kind, table, column, _condition, _tail in guard._get_documents():
            self.assertIn(f"social_guard_{table}_{column}_number", names)
        self.assertIn("social_guard_sale_order_name_tail", names)
