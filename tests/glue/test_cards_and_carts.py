"""Marketing cards, abandoned carts, invitations to events and automations (rule 23)."""

from datetime import timedelta

from odoo import Command, fields

from ends import Ends


class TestCards(Ends):
    """A card is a picture that people are asked to share: the mail that brings it is advertising."""

    def make_mailing(self, **values):
        campaign = self.env["card.campaign"].create(
            {
                "name": "Come and see",
                "preview_record_ref": f"res.partner,{self.partner.id}",
                "post_suggestion": "I am there!",
            }
        )
        mailings = self.env["mailing.mailing"].with_context(**campaign.action_share()["context"])
        mailing = mailings.create(
            {
                "subject": "Your card",
                "body_html": campaign._action_share_get_default_body(),
                "mailing_domain": [("id", "=", self.partner.id)],
                **values,
            }
        )
        campaign._update_cards(mailing._parse_mailing_domain())
        return mailing

    def test_r23_a_card_reaches_only_who_consents(self):
        self.assertAdvertising(lambda: self.make_mailing().action_send_mail())

    def test_unticking_the_exclusion_list_changes_nothing(self):
        self.assertAdvertising(
            lambda: self.make_mailing(use_exclusion_list=False).action_send_mail()
        )

    def test_a_card_for_whoever_takes_part_is_a_service_if_a_manager_says_so(self):
        self.assertService(
            lambda: self.make_mailing(
                social_kind="service", social_kind_reason="The badge of a speaker."
            ).action_send_mail()
        )


class TestCarts(Ends):
    def make_cart(self):
        self.website = self.env["website"].search([], limit=1)
        self.website.send_abandoned_cart_email = True
        self.website.send_abandoned_cart_email_activation_time = fields.Datetime.now() - timedelta(
            days=3
        )
        product = self.env["product.product"].create({"name": "Shelf", "list_price": 10})
        line = {"product_id": product.id, "tax_ids": [Command.clear()]}
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "date_order": fields.Datetime.now() - timedelta(days=2),
                "order_line": [Command.create(line)],
            }
        )

    def test_r23_an_abandoned_cart_reminds_only_who_consents(self):
        def send():
            cart = self.make_cart()
            self.assertTrue(cart.is_abandoned_cart)
            self.env["website"]._send_abandoned_cart_email()
            self.assertTrue(cart.cart_recovery_email_sent)

        self.assertAdvertising(send)

    def test_r23_an_automation_that_reminds_of_carts_does_not_reach_more(self):
        self.assertAdvertising(lambda: self.make_cart()._cart_recovery_email_send())

    def test_r23_the_button_of_the_cart_is_no_way_around(self):
        def send():
            action = self.make_cart().action_recovery_email_send()
            composers = self.env["mail.compose.message"].with_context(**action["context"])
            composers.create({}).action_send_mail()

        self.assertAdvertising(send)

    def test_the_order_that_becomes_of_a_cart_is_confirmed_to_everybody(self):
        def send():
            cart = self.make_cart()
            cart.action_confirm()
            cart._send_order_confirmation_mail()

        self.assertService(send)


class TestEvents(Ends):
    def make_event(self):
        start = fields.Datetime.now() + timedelta(days=3)
        return self.env["event.event"].create(
            {"name": "Fair", "date_begin": start, "date_end": start + timedelta(hours=2)}
        )

    def send_mailing(self, action, **values):
        mailings = self.env["mailing.mailing"].with_context(**action["context"])
        mailings.create(
            {"subject": "Fair", "body_html": "<p>Fair</p>", **values}
        ).action_send_mail()

    def test_r23_an_invitation_to_an_event(self):
        domain = [("id", "=", self.partner.id)]
        self.assertAdvertising(
            lambda: self.send_mailing(
                self.make_event().action_invite_contacts(), mailing_domain=domain
            )
        )

    def test_r23_a_mailing_to_those_who_came_to_another_event(self):
        def send():
            event = self.make_event()
            self.env["event.registration"].create(
                {"event_id": event.id, "partner_id": self.partner.id, "email": self.partner.email}
            )
            # The ticket itself, which always arrives.
            self.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
            self.postbox.envelopes.clear()
            self.send_mailing(event.action_mass_mailing_attendees())

        self.assertAdvertising(send)


class TestCoupons(Ends):
    def send_cards(self, kind, **values):
        template = self.env.ref("loyalty.mail_template_loyalty_card")
        # The coupon on paper: a barcode, which needs more than is here.
        template.report_template_ids = False
        plan = {"trigger": "create", "mail_template_id": template.id}
        program = self.env["loyalty.program"].create(
            {"name": kind, "program_type": kind, "communication_plan_ids": [Command.create(plan)]}
        )
        self.env["loyalty.generate.wizard"].create(
            {
                "program_id": program.id,
                "mode": "selected",
                "customer_ids": [Command.set(self.partner.ids)],
                "points_granted": 1,
                **values,
            }
        ).generate_coupons()

    def test_r23_coupons_that_somebody_makes_for_contacts(self):
        self.assertAdvertising(lambda: self.send_cards("coupons"))


class TestAutomations(Ends):
    def automate(self, **values):
        """Let Odoo send by itself whenever the contact's job is written."""
        model_id = self.env["ir.model"]._get_id("res.partner")
        template = self.env["mail.template"].create(
            {
                "name": "Praise",
                "model_id": model_id,
                "subject": "Congratulations",
                "body_html": "<p>Congratulations, and 10 % off</p>",
                "use_default_to": True,
                **values.pop("template", {}),
            }
        )
        action = {
            "name": "Send",
            "model_id": model_id,
            "state": "mail_post",
            "template_id": template.id,
            "mail_post_method": "email",
            **values,
        }
        self.env["base.automation"].create(
            {
                "name": "New job",
                "model_id": model_id,
                "trigger": "on_write",
                "trigger_field_ids": [
                    Command.set(self.env["ir.model.fields"]._get("res.partner", "function").ids)
                ],
                "action_server_ids": [Command.create(action)],
            }
        )

    def send(self):
        self.partner.function = "Director"

    def test_r23_by_mail_and_by_message_only_who_consents_gets_it(self):
        for method in ("email", "comment"):
            for kind in ({"social_kind": "marketing"}, {}):
                with self.subTest(method=method, kind=kind):
                    savepoint = self.env.cr.savepoint()
                    self.automate(mail_post_method=method, **kind)
                    self.assertAdvertising(self.send)
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()

    def test_what_a_manager_calls_a_service_always_goes_out(self):
        self.automate(template={"social_kind": "service"})
        self.assertService(self.send)
