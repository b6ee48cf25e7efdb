"""Erasure of a customer: the order that the law has us keep stays, the person does not (Art. 17)."""

import json

from odoo import Command

from common import Common
from fulltext import find_words

NAME = "Xaver Quillfeather"
WORDS = [NAME, "quillfeather", "Gooseberry Lane 12"]


class TestErasureOfACustomer(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create(
            {"name": NAME, "email": "x@quillfeather.example", "street": "Gooseberry Lane 12"}
        )
        cls.goods = cls.env["product.product"].create(
            {"name": "Parcel", "list_price": 10, "invoice_policy": "order"}
        )

    def order(self):
        line = {"product_id": self.goods.id, "tax_ids": [Command.clear()]}
        return self.env["sale.order"].create(
            {"partner_id": self.customer.id, "order_line": [Command.create(line)]}
        )

    def erase(self):
        [(_record, subject)] = self.customer._ensure_subjects()
        proof = self.env["social.erasure"]._erase(subject)
        self.env.invalidate_all()
        return proof

    def assertAnonymous(self, *documents):
        for document in documents:
            self.assertTrue(document.exists())
            self.assertEqual(document.partner_id, self.customer)
        self.assertEqual(self.customer.name, "Erased person")
        self.assertFalse(self.customer.active or self.customer.email or self.customer.street)
        self.assertFalse(self.env["social.consent.event"]._verify())

    def test_a_confirmed_order_stays_with_a_contact_that_has_no_name(self):
        self.give(partner=self.customer)
        order = self.order()
        order.action_confirm()
        total = order.amount_total
        proof = self.erase()
        self.assertAnonymous(order)
        self.assertEqual((order.state, order.amount_total), ("sale", total))
        self.assertEqual(json.loads(proof.kept)["sale.order"], 1)
        self.assertEqual(find_words(self.env, WORDS), {})

    def test_a_posted_invoice_stays_as_it_was_sent(self):
        order = self.order()
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        number = invoice.name
        proof = self.erase()
        self.assertAnonymous(order, invoice)
        self.assertEqual((invoice.name, invoice.state), (number, "posted"))
        self.assertEqual(json.loads(proof.kept)["account.move"], 1)

    def test_a_quotation_that_came_to_nothing_goes_with_the_person(self):
        quotation = self.order()
        self.erase()
        self.assertFalse(quotation.exists() or self.customer.exists())
        self.assertEqual(find_words(self.env, WORDS), {})

    def test_looking_first_says_what_stays(self):
        self.order().action_confirm()
        action = self.customer.with_user(self.officer).action_erase_social_person()
        wizard = self.env[action["res_model"]].with_user(self.officer).browse(action["res_id"])
        kept = {(line.res_model, line.fate) for line in wizard.keep_line_ids}
        self.assertIn(("sale.order", "keep"), kept)
        self.assertIn(("res.partner", "empty"), kept)
        self.assertEqual(self.customer.name, NAME)
