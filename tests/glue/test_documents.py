"""What a contract needs always arrives, whatever was decided about advertising (rule 23)."""

from odoo import Command

from ends import Ends

STATES = ("never asked", "given", "withdrawn", "objected", "blacklisted")


class TestDocumentsArrive(Ends):
    def bring_to(self, state):
        if state in ("given", "withdrawn"):
            self.give("contact", "email")
        if state == "withdrawn":
            self.withdraw("contact", "email")
        if state == "objected":
            self.partner._object_social(method="staff")
        if state == "blacklisted":
            self.env["mail.blacklist"]._add(self.partner.email)

    def order(self):
        product = self.env["product.product"].create(
            {"name": "Parcel", "list_price": 10, "invoice_policy": "order"}
        )
        line = {"product_id": product.id, "tax_ids": [Command.clear()]}
        return self.env["sale.order"].create(
            {"partner_id": self.partner.id, "order_line": [Command.create(line)]}
        )

    def assertArrives(self, send):
        for state in STATES:
            with self.subTest(state=state):
                savepoint = self.env.cr.savepoint()
                try:
                    self.bring_to(state)
                    send()
                    self.send_queue()
                    self.assertIn(self.partner.email, self.postbox.reached)
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()
                    self.postbox.envelopes.clear()

    def test_an_order_is_confirmed(self):
        def send():
            order = self.order()
            order.action_confirm()
            order._send_order_confirmation_mail()

        self.assertArrives(send)

    def test_a_quotation_that_somebody_asked_for_is_sent(self):
        def send():
            order = self.order()
            action = order.action_quotation_send()
            composer = self.env["mail.compose.message"].with_context(**action["context"])
            composer.create({}).action_send_mail()

        self.assertArrives(send)

    def test_an_invoice_is_sent(self):
        def send():
            order = self.order()
            order.action_confirm()
            invoice = order._create_invoices()
            invoice.action_post()
            self.env["account.move.send.wizard"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"sending_methods": ["email"]}).action_send_and_print()

        self.assertArrives(send)

    def test_an_answer_on_an_order_is_sent(self):
        def send():
            self.order().with_user(self.env.ref("base.user_admin")).message_post(
                body="On its way",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner.ids,
            )

        self.assertArrives(send)

    def test_advertising_under_an_order_is_none_of_these(self):
        order = self.order()
        order.action_confirm()
        template = self.env["mail.template"].create(
            {
                "name": "Buy more",
                "model_id": self.env["ir.model"]._get_id("sale.order"),
                "subject": "Buy more",
                "body_html": "<p>Buy more</p>",
                "use_default_to": True,
                "social_kind": "marketing",
            }
        )
        template.send_mail(order.id)
        self.send_queue()
        self.assertReached()
