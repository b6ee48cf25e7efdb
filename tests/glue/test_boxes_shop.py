"""The checkout, the website's forms, newsletter blocks and registrations: boxes that stop nothing."""

import re
from datetime import timedelta
from html import unescape
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import ConcurrencyError, UserError, ValidationError
from odoo.http import root
from odoo.tests import new_test_user
from odoo.tools.misc import hmac

from odoo.addons.social_consent_monitoring.policy import NUMBER_CHANNELS

from axe import phone
from boxes import Boxes
from common import ADDON, PHONE_CALL, Common, CommonHttp

GUEST = "guest@example.com"
CUSTOMER = {
    "name": "Gus Guest",
    "email": GUEST,
    "phone": "+32 2 555 12 12",
    "street": "Rue 1",
    "city": "Namur",
    "zip": "5000",
}
BOXES = ".o_social_consent_boxes"

FORM = """
<section class="s_website_form" data-snippet="s_website_form">
    <form action="/website/form/" method="post" enctype="multipart/form-data"
        class="o_mark_required o_social_consent_form" data-model_name="crm.lead"
        data-success-mode="message">
        <div class="s_website_form_rows row">
            <div class="s_website_form_field col-12" data-type="char">
                <label class="s_website_form_label" style="width: 200px" for="name">
                    <span class="s_website_form_label_content">Question</span>
                </label>
                <input class="form-control s_website_form_input" type="text" name="name" id="name" />
            </div>
            <div class="s_website_form_field col-12" data-type="email">
                <label class="s_website_form_label" style="width: 200px" for="email_from">
                    <span class="s_website_form_label_content">Email</span>
                </label>
                <input class="form-control s_website_form_input" type="email" name="email_from" id="email_from" />
            </div>
            <div class="col-12 s_website_form_submit">
                <a href="#" role="button" class="btn btn-primary s_website_form_send">Send</a>
                <span id="s_website_form_result" />
            </div>
        </div>
    </form>
    <div class="s_website_form_end_message d-none"><p>Thank you</p></div>
</section>
"""


class Shop(Boxes, CommonHttp):
    def setUp(self):
        super().setUp()
        self.product = self.env["product.product"].create(
            {
                "name": "Consent Tour Product",
                "type": "service",
                "list_price": 0,
                "is_published": True,
                "taxes_id": [Command.clear()],
            }
        )
        self.env["website"].search([]).account_on_checkout = "optional"
        self.customer = {**CUSTOMER, "country_id": self.env.ref("base.be").id}

    def find_order(self):
        return self.env["sale.order"].search(
            [("order_line.product_id", "=", self.product.id)], order="id desc", limit=1
        )

    def fill_cart(self):
        self.url_open("/shop")
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.product.product_tmpl_id.id,
                "product_id": self.product.id,
            },
        )

    def go_to_payment(self, **customer):
        """Fill the cart and the address as a guest; return the page of the payment."""
        self.fill_cart()
        page = self.url_open("/shop/address").text
        answer = self.url_open(
            "/shop/address/submit",
            data={
                **self.read_fields(page),
                "address_type": "billing",
                "use_delivery_as_billing": "true",
                **self.customer,
                **customer,
            },
        )
        self.assertIn("redirectUrl", answer.json(), answer.text)
        return self.open_payment()

    def open_payment(self):
        """Go the shop's own way to the payment: there is nothing to deliver."""
        return self.url_open("/shop/checkout?try_skip_step=true").text

    def keep(self, page, *boxes, place="checkout", **form):
        """Tick boxes as the script of the page tells it."""
        ticks = {f"social_box_{box.id}": "1" for box in boxes}
        token = {"social_boxes": self.read_fields(page)["social_boxes"]}
        self.make_jsonrpc_request(
            "/social/consent/boxes/keep", {"place": place, "form": {**token, **ticks, **form}}
        )

    def validate(self, page):
        """Open the page that the shop leads to after the payment."""
        answer = self.url_open(
            "/shop/payment/validate", data={"csrf_token": self.read_fields(page)["csrf_token"]}
        )
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.ask()
        return answer

    def place_order(self, page):
        self.validate(page)
        self.assertEqual(self.find_order().state, "sale")


class TestCheckoutAsAGuest(Shop):
    def test_the_boxes_stand_beside_the_payment_and_none_is_ticked(self):
        self.offer("checkout", "match")
        self.offer("checkout", "contact", "email")
        page = self.go_to_payment()
        self.assertEqual(len(self.get_boxes(page)), 2)
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.assertIn(f'href="/social/notice/{notice.id}"', page)
        self.assertEqual(page.count('href="/social/consent"'), 2)

    def test_the_order_goes_through_without_a_tick(self):
        self.offer("checkout", "match")
        self.place_order(self.go_to_payment())
        self.assertFalse(self.get_consents(GUEST))

    def test_a_tick_is_a_request_to_the_address_of_the_order(self):
        box = self.offer("checkout", "match")
        page = self.go_to_payment()
        self.keep(page, box)
        self.assertFalse(self.get_consents(GUEST), "nothing before the order")
        self.place_order(page)
        consent = self.get_consents(GUEST)
        self.assertEqual(consent.mapped("state"), ["requested"])
        self.assertEqual(self.read_evidence(consent).method, "shop")
        [mail] = self.get_mails_to(GUEST).filtered(lambda mail: "confirm/" in mail.body_html)
        path = self.get_confirm_path(mail)
        self.url_open(f"{path}/give", data=self.read_fields(self.url_open(path).text))
        self.env.invalidate_all()
        self.assertEqual(consent.state, "given")

    def test_a_tick_taken_back_is_none(self):
        box = self.offer("checkout", "match")
        page = self.go_to_payment()
        self.keep(page, box)
        self.keep(page)
        self.place_order(page)
        self.assertFalse(self.get_consents(GUEST))

    def test_a_tick_of_a_page_that_was_left_is_none(self):
        """The page came anew, with an empty box: what it shows is what counts."""
        box = self.offer("checkout", "match")
        self.keep(self.go_to_payment(), box)
        page = self.open_payment()
        self.assertEqual(len(self.get_boxes(page)), 1)
        self.place_order(page)
        self.assertFalse(self.get_consents(GUEST))

    def test_the_address_of_somebody_else_gives_nothing_and_looks_the_same(self):
        self.give("contact", "email")
        box = self.offer("checkout", "match")
        page = self.go_to_payment(email="ada@example.com")
        self.assertEqual(len(self.get_boxes(page)), 1)
        self.keep(page, box)
        self.place_order(page)
        self.assertEqual(self.partner.social_consent_ids.mapped("purpose_code"), ["contact"])
        states = self.find_order().partner_id.social_consent_ids.mapped("state")
        self.assertEqual(states, ["requested"])

    def test_forged_ticks_stop_no_order(self):
        self.offer("checkout", "match")
        other = self.offer("account", "monitor")
        page = self.go_to_payment()
        self.keep(page, other)
        self.keep(page, social_boxes="forged", **{f"social_box_{other.id}": "1"})
        for form in (None, [], "x", {"social_boxes": ["x"]}, {"social_boxes": None}):
            for place in ("checkout", "account", None, 7):
                self.make_jsonrpc_request(
                    "/social/consent/boxes/keep", {"place": place, "form": form}
                )
        self.place_order(page)
        self.assertFalse(self.get_consents(GUEST))

    def test_a_tick_waits_until_the_order_is_placed(self):
        """Whoever opens the shop's last page too early is sent back, and loses nothing by it."""
        page, order = self.tick_what_costs_money()
        self.assertTrue(self.validate(page).url.endswith("/shop"))
        self.assertFalse(self.get_consents(GUEST))
        order.order_line.price_unit = 0
        self.place_order(page)
        self.assertEqual(self.get_consents(GUEST).mapped("state"), ["requested"])

    def test_an_order_whose_payment_failed_is_none(self):
        page, order = self.tick_what_costs_money()
        self.pay(order, "cancel")
        self.validate(page)
        self.assertEqual(order.state, "draft")
        self.assertFalse(self.get_consents(GUEST))

    def test_an_order_that_a_transfer_will_pay_is_placed(self):
        page, order = self.tick_what_costs_money()
        self.pay(order, "pending")._post_process()
        self.validate(page)
        self.assertEqual(order.state, "sent")
        self.assertEqual(self.get_consents(GUEST).mapped("state"), ["requested"])

    def tick_what_costs_money(self):
        """Go to the payment, tick, and return the page and the order."""
        self.product.list_price = 10
        box = self.offer("checkout", "match")
        page = self.go_to_payment()
        self.keep(page, box)
        return page, self.find_order()

    def pay(self, order, state):
        providers = self.env["payment.provider"]
        methods = self.env["payment.method"].with_context(active_test=False)
        return self.env["payment.transaction"].create(
            {
                "provider_id": providers.search([("code", "!=", "custom")], limit=1).id,
                "payment_method_id": methods.search([], limit=1).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "reference": state,
                "sale_order_ids": [Command.set(order.ids)],
                "state": state,
            }
        )

    def test_the_session_keeps_nothing_that_no_act_will_take(self):
        """A form of the website brings its own ticks."""
        shop, form = self.offer("checkout", "match"), self.offer("form", "match")
        page = self.go_to_payment()
        html = self.make_jsonrpc_request("/social/consent/boxes", {"place": "form"})
        self.keep(html, form, place="form")
        self.keep(page, shop)
        session = root.session_store.get(self.opener.cookies["session_id"])
        self.assertEqual(list(session["social_boxes"]), ["checkout"])

    def test_ticks_count_for_one_order(self):
        box = self.offer("checkout", "match")
        page = self.go_to_payment()
        self.keep(page, box)
        self.place_order(page)
        self.place_order(self.go_to_payment(email="second@example.com"))
        self.assertEqual(len(self.get_consents(GUEST)), 1)
        self.assertFalse(self.get_consents("second@example.com"))

    def test_tour_a_guest_orders_and_ticks(self):
        self.offer("checkout", "contact", "email")
        self.start_tour("/shop?search=Consent Tour Product", "social_checkout_ticked", timeout=180)
        self.assertEqual(self.find_order().state, "sale")
        self.assertEqual(self.get_consents("tour@example.com").mapped("state"), ["requested"])

    def test_tour_a_guest_orders_without_ticking(self):
        self.offer("checkout", "contact", "email")
        self.start_tour(
            "/shop?search=Consent Tour Product", "social_checkout_unticked", timeout=180
        )
        self.assertEqual(self.find_order().state, "sale")
        self.assertFalse(self.get_consents("tour@example.com"))


class TestCheckoutLoggedIn(Shop):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env,
            "shopper",
            password="shopper",
            groups="base.group_portal",
            email="shopper@example.com",
        )
        customer = {**self.customer, "email": "shopper@example.com"}
        self.user.partner_id.write(customer)
        self.authenticate("shopper", "shopper")

    def order(self, *boxes, **form):
        self.fill_cart()
        page = self.open_payment()
        if boxes:
            self.keep(page, *boxes, **form)
        self.place_order(page)
        return page

    def test_who_is_logged_in_consents_with_the_order(self):
        match = self.offer("checkout", "match")
        mail = self.offer("checkout", "contact", "email")
        self.order(match, mail)
        consents = self.user.partner_id.social_consent_ids
        states = {consent.purpose_code: consent.state for consent in consents}
        self.assertEqual(states, {"match": "given", "contact": "requested"})

    def test_a_guest_who_types_the_address_of_a_customer_is_asked(self):
        """The customer has an account; who orders with the address is not logged in with it."""
        self.authenticate(None, None)
        match, mail = self.offer("checkout", "match"), self.offer("checkout", "contact", "email")
        page = self.go_to_payment(email="shopper@example.com")
        self.keep(page, match, mail)
        self.place_order(page)
        self.assertFalse(self.user.partner_id.social_consent_ids)
        states = self.find_order().partner_id.social_consent_ids.mapped("state")
        self.assertEqual(states, ["requested"] * 2)

    def test_a_page_that_was_opened_in_another_session_gives_nothing(self):
        box = self.offer("checkout", "match")
        self.authenticate(None, None)
        others = self.go_to_payment()
        self.authenticate("shopper", "shopper")
        self.fill_cart()
        page = self.open_payment()
        self.keep(others, box)
        self.place_order(page)
        self.assertFalse(self.user.partner_id.social_consent_ids)

    def test_who_consented_sees_no_box(self):
        self.offer("checkout", "match")
        self.give("match", partner=self.user.partner_id)
        self.assertEqual(self.get_boxes(self.order()), [])

    def test_r12_r13_a_voucher_for_adults_that_stays(self):
        program = self.env["loyalty.program"].create({"name": "Thanks", "program_type": "coupons"})
        incentive = self.make_incentive("match", program_id=program.id)
        box = self.offer("checkout", "match", incentive_id=incentive.id)
        person = self.user.partner_id
        cards = self.env["loyalty.card"]
        for age, count in (("17", 0), ("18", 1), ("44", 1)):
            self.order(box, social_box_age=age)
            self.assertEqual(person.social_consent_ids.state, "given")
            found = cards.search([("program_id", "=", program.id)])
            self.assertEqual(len(found), count, age)
            person._withdraw_social_consent("match", method="portal")
            self.assertEqual(cards.search([("program_id", "=", program.id)]), found)
        self.assertEqual(found.partner_id, person)
        self.assertGreater(found.points, 0)
        [mail] = self.env["mail.mail"].search([("subject", "=", "Your voucher")])
        self.assertIn(found.code, mail.body_html)
        self.assertEqual(mail.recipient_ids, person)


class TestOnAPhone(Shop):
    """WCAG 2.1 AA of the boxes, on pages that are Odoo's."""

    def test_wcag_2_1_aa_at_the_checkout_and_in_the_account(self):
        user = new_test_user(self.env, "phoner", password="phoner", groups="base.group_portal")
        user.partner_id.write({**self.customer, "email": "phoner@example.com"})
        self.authenticate("phoner", "phoner")
        self.fill_cart()
        pages = {"checkout": "/shop/checkout?try_skip_step=true", "account": "/my/account"}
        for place, path in pages.items():
            self.offer(place, "match", incentive_id=self.make_incentive("match").id)
            self.offer(place, "contact", "email")
            self.warm_up(path)
        with phone(self, "phoner") as browser:
            for place, path in pages.items():
                browser.open(path)
                count = f"document.querySelectorAll('{BOXES} input[type=checkbox]').length"
                self.assertEqual(browser.run(count), 2, place)
                browser.check(place, BOXES)

    def warm_up(self, path):
        """Let the server make the styles of a website: that takes longer than a browser waits."""
        page = self.url_open(path, timeout=120).text
        for assets in set(re.findall(r'"(/web/assets/[^"]+)"', page)):
            self.url_open(unescape(assets), timeout=120)


class TestVouchers(Boxes, Common):
    def setUp(self):
        super().setUp()
        self.program = self.make_program()
        self.incentive = self.make_incentive("match", program_id=self.program.id)

    def make_program(self, kind="coupons", **values):
        return self.env["loyalty.program"].create(
            {"name": "Thanks", "program_type": kind, **values}
        )

    def count_vouchers(self):
        cards = self.env["loyalty.card"].with_context(active_test=False)
        return cards.search_count([("program_id", "=", self.program.id)])

    def test_a_voucher_is_offered_where_customers_are(self):
        with self.assertRaises(ValidationError):
            self.offer("newsletter", "match", incentive_id=self.incentive.id)

    def test_a_signed_off_voucher_stays_what_it_is(self):
        with self.assertRaisesRegex(Exception, "signed off"):
            self.incentive.program_id = False

    def test_a_voucher_is_a_coupon_of_the_company_or_of_all(self):
        other = self.env["res.company"].create({"name": "Other"})
        for program in (
            self.make_program("gift_card"),
            self.make_program(company_id=other.id),
        ):
            with self.assertRaises(ValidationError):
                self.make_incentive("match", program_id=program.id)
        own = self.make_program(company_id=self.env.company.id)
        self.assertEqual(self.make_incentive("match", program_id=own.id).program_id, own)

    def test_r12_nobody_gets_two_vouchers_by_a_second_contact_or_after_using_the_first(self):
        self.incentive._hand_out(self.partner)
        self.env["loyalty.card"].search([("program_id", "=", self.program.id)]).active = False
        double = self.env["res.partner"].create({"name": "Ada E.", "email": "Ada@example.com"})
        self.incentive._hand_out(self.partner | double)
        self.assertEqual(self.count_vouchers(), 1)
        self.incentive._hand_out(self.env["res.partner"].create({"name": "Bob"}))
        self.assertEqual(self.count_vouchers(), 2)

    def test_who_is_no_customer_consents_without_a_voucher(self):
        lead = self.env["crm.lead"].create({"name": "A question", "email_from": GUEST})
        evidence = {**PHONE_CALL, "age": 30, "incentive_id": self.incentive.id}
        consent = lead._give_social_consent("match", method="staff", evidence=evidence)
        self.assertEqual(consent.state, "given")
        self.assertEqual(self.count_vouchers(), 0)


class TestForms(Boxes, CommonHttp):
    def fetch(self, place, **options):
        self.url_open("/contactus")
        return self.make_jsonrpc_request("/social/consent/boxes", {"place": place, **options})

    def send(self, *boxes, **values):
        answer = self.post(
            "crm.lead",
            *boxes,
            **{
                "name": "A question",
                "contact_name": "Gus",
                "email_from": GUEST,
                "description": "How?",
                **values,
            },
        )
        return self.env["crm.lead"].browse(answer["id"])

    def post(self, model, *boxes, token=None, **values):
        """Send a form of the website, and return what it is answered."""
        html = self.fetch("form")
        form = {
            "social_boxes": token or self.read_fields(html).get("social_boxes", ""),
            **{f"social_box_{box.id}": "1" for box in boxes},
        }
        answer = self.url_open(f"/website/form/{model}", data={**values, **form})
        self.env.invalidate_all()
        self.ask()
        return answer.json()

    def test_only_places_that_are_filled_by_a_script_are_told(self):
        self.offer("account", "match")
        for place in ("account", "checkout", None, ["form"]):
            self.assertEqual(self.fetch(place), "")

    def test_a_form_is_a_request(self):
        box = self.offer("form", "match")
        lead = self.send(box)
        self.assertEqual(lead.social_consent_ids.mapped("state"), ["requested"])
        self.assertEqual(self.read_evidence(lead.social_consent_ids).method, "form")
        self.assertNotIn("social_box", lead.description or "")

    def test_a_form_goes_through_without_and_with_a_forged_tick(self):
        box = self.offer("form", "match")
        for ticked, token in (((), None), ((box,), "forged")):
            lead = self.send(*ticked, token=token)
            self.assertTrue(lead.exists())
            self.assertFalse(lead.social_consent_ids)
            self.assertNotIn("social_box", lead.description or "")

    def test_a_form_of_a_page_that_was_opened_in_another_session_gives_nothing(self):
        box = self.offer("form", "match")
        token = self.read_fields(self.fetch("form"))["social_boxes"]
        self.authenticate(None, None)
        self.assertFalse(self.send(box, token=token).social_consent_ids)
        self.assertTrue(self.send(box).social_consent_ids)

    def test_a_form_that_is_refused_asks_nobody(self):
        box = self.offer("form", "match")
        refused = self.post("crm.lead", box, name="A question", email_from=GUEST, team_id="x")
        self.assertIn("error_fields", refused)
        self.assertIn("error", self.post("res.users", box, email=GUEST))
        self.assertFalse(self.get_consents(GUEST))

    def test_a_form_that_makes_a_mail_asks_whoever_is_at_its_address(self):
        box = self.offer("form", "match")
        values = {"email_to": "info@example.com", "subject": "A question", "name": "Gus"}
        signature = hmac(self.env, "website_form_signature", values["email_to"])
        for address, count in ((GUEST, 1), ("none", 0)):
            answer = self.post(
                "mail.mail", box, email_from=address, website_form_signature=signature, **values
            )
            self.assertTrue(answer["id"])
            recipient = self.env["mailing.contact"].search([("email", "=", address)])
            self.assertEqual(recipient.mapped("name"), ["Gus"] * count)
            self.assertEqual(
                recipient.social_consent_ids.mapped("state"), ["requested"] * count, address
            )

    def test_a_mail_of_a_form_goes_out_once_whoever_is_at_work_on_its_sender(self):
        """Odoo sends it within the form, which must not be started again for a tick."""
        box = self.offer("form", "match")
        people = type(self.env["mailing.contact"])
        values = {"email_to": "info@example.com", "subject": "A question", "name": "Gus"}
        signature = hmac(self.env, "website_form_signature", values["email_to"])

        def meet(*_said, **_more):
            raise ConcurrencyError("Busy.")

        with patch.object(people, "_request_social_consent", meet):
            answer = self.post(
                "mail.mail", box, email_from=GUEST, website_form_signature=signature, **values
            )
        self.assertTrue(answer["id"])
        self.assertEqual(self.env["mail.mail"].search_count([("subject", "=", "A question")]), 1)
        self.assertEqual(self.get_consents(GUEST).mapped("state"), ["requested"])

    def test_a_logged_in_customer_who_types_another_address_gives_nothing_for_it(self):
        box = self.offer("form", "match")
        new_test_user(
            self.env, "shopper", password="shopper", groups="base.group_portal", email=GUEST
        )
        self.authenticate("shopper", "shopper")
        [token] = re.findall(r'csrf_token: "(\w+)"', self.url_open("/contactus").text)
        lead = self.send(box, email_from="ada@example.com", csrf_token=token)
        self.assertEqual(lead.social_consent_ids.mapped("state"), ["requested"])
        self.assertFalse(self.partner.social_consent_ids)

    def test_tour_a_form_with_the_option_shows_the_box_and_sends_the_tick(self):
        self.offer("form", "match")
        path = self.make_website_page(FORM)
        self.assertEqual(self.get_boxes(self.url_open(path).text), [], "asked for by a script")
        self.start_tour(path, "social_form_ticked", timeout=120)
        self.assertEqual(self.get_consents("tour@example.com").mapped("state"), ["requested"])

    def test_tour_the_option_is_switched_on_in_the_websites_editor(self):
        self.offer("form", "match")
        path = self.make_website_page(FORM.replace(" o_social_consent_form", ""))
        editor = self.env["website"].get_client_action_url(path)
        self.start_tour(editor, "social_form_option", login="admin", timeout=180)
        self.assertIn("o_social_consent_form", self.url_open(path).text)
        self.start_tour(path, "social_form_ticked", timeout=120)
        self.assertEqual(self.get_consents("tour@example.com").mapped("state"), ["requested"])


class TestNoNumber(Boxes, CommonHttp):
    def test_where_nobody_leaves_a_number_no_box_is_about_sms_or_calls(self):
        for place in ("newsletter", "event"):
            for channel in NUMBER_CHANNELS:
                with self.assertRaises(ValidationError):
                    self.offer(place, "contact", channel)
            self.offer(place, "contact", "email")

    def test_a_form_that_leaves_no_number_asks_nobody_about_one(self):
        box = self.offer("form", "contact", "sms")
        ticks = {"place": "form", "age": None}
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        ticks["boxes"] = [[box.id, notice.id, notice.text_hash]]
        for values, states in (({}, []), ({"phone": "+49 30 123456"}, ["requested"])):
            lead = self.env["crm.lead"].create(
                {"name": "L", "email_from": f"{len(values)}@example.com", **values}
            )
            self.env["social.consent.box"]._take(ticks, lead)
            self.ask()
            self.assertEqual(lead.social_consent_ids.mapped("state"), states)


class TestNewsletter(Boxes, CommonHttp):
    def subscribe(self, *boxes, address=GUEST, toast="success", token=None):
        mailing_list = self.env["mailing.list"].create({"name": "News", "is_public": True})
        self.url_open("/contactus")
        html = self.make_jsonrpc_request(
            "/social/consent/boxes", {"place": "newsletter", "keep": True}
        )
        self.assertIn('data-keep="true"', html)
        form = {
            "social_boxes": self.read_fields(html)["social_boxes"] if token is None else token,
            **{f"social_box_{box.id}": "1" for box in boxes},
        }
        self.make_jsonrpc_request(
            "/social/consent/boxes/keep", {"place": "newsletter", "form": form}
        )
        answer = self.make_jsonrpc_request(
            "/website_mass_mailing/subscribe",
            {"list_id": mailing_list.id, "value": address, "subscription_type": "email"},
        )
        self.env.invalidate_all()
        self.ask()
        self.assertEqual(answer["toast_type"], toast)
        return self.env["mailing.contact"].search([("email", "=", address)])

    def test_subscribing_is_a_request_to_the_address(self):
        box = self.offer("newsletter", "contact", "email")
        recipient = self.subscribe(box)
        self.assertEqual(recipient.social_consent_ids.mapped("state"), ["requested"])
        self.assertEqual(len(self.get_mails_to(GUEST)), 1)

    def test_subscribing_alone_asks_for_nothing(self):
        self.offer("newsletter", "contact", "email")
        recipient = self.subscribe()
        self.assertEqual(len(recipient), 1)
        self.assertFalse(recipient.social_consent_ids)

    def test_a_forged_tick_asks_nobody_and_stops_no_subscription(self):
        offered, other = self.offer("newsletter", "contact", "email"), self.offer("form", "match")
        forged = {"a": (offered, ""), "b": (offered, "1.forged"), "c": (other, None)}
        for name, (box, token) in forged.items():
            recipient = self.subscribe(box, address=f"{name}@example.com", token=token)
            self.assertEqual(len(recipient), 1)
            self.assertFalse(recipient.social_consent_ids)

    def test_who_is_taken_for_a_robot_asks_nobody(self):
        def refuse(*_arguments):
            raise UserError("Suspicious")

        self.patch(self.env.registry["ir.http"], "_verify_request_recaptcha_token", refuse)
        box = self.offer("newsletter", "contact", "email")
        self.assertFalse(self.subscribe(box, toast="danger"))
        self.assertFalse(self.get_mails_to(GUEST))

    def test_one_address_gets_few_mails_however_often_somebody_subscribes_it(self):
        box = self.offer("newsletter", "contact", "email")
        for _number in range(9):
            self.authenticate(None, None)
            self.subscribe(box)
        self.assertLessEqual(len(self.get_mails_to(GUEST)), 6)
        self.assertEqual(len(self.subscribe(box, address="other@example.com")), 1)
        self.assertEqual(len(self.get_mails_to("other@example.com")), 1)

    def test_who_is_logged_in_subscribes_nobody_else(self):
        box = self.offer("newsletter", "match")
        user = new_test_user(
            self.env, "shopper", password="shopper", groups="base.group_portal", email=GUEST
        )
        self.authenticate("shopper", "shopper")
        recipient = self.subscribe(box, address="ada@example.com")
        self.assertEqual(recipient.social_consent_ids.mapped("state"), ["requested"])
        self.assertFalse((self.partner | user.partner_id).social_consent_ids)

    def test_an_address_that_is_known_answers_like_one_that_is_not(self):
        box = self.offer("newsletter", "contact", "email")
        self.give("contact", "email")
        self.subscribe(box, address="ada@example.com")
        self.assertEqual(self.partner.social_consent_ids.mapped("state"), ["given"])

    def test_tour_a_newsletter_block_shows_the_box_and_the_tick_is_kept(self):
        self.offer("newsletter", "contact", "email")
        mailing_list = self.env["mailing.list"].create({"name": "News", "is_public": True})
        block = self.env["ir.qweb"]._render("website_mass_mailing.s_newsletter_subscribe_form")
        block = str(block).replace('data-list-id="0"', f'data-list-id="{mailing_list.id}"')
        self.start_tour(self.make_website_page(block), "social_newsletter_ticked", timeout=120)
        self.assertEqual(self.get_consents("tour@example.com").mapped("state"), ["requested"])


class TestEvents(Boxes, CommonHttp):
    def register(self, *boxes, address=GUEST, second=None, **forged):
        start = fields.Datetime.now() + timedelta(days=3)
        event = self.env["event.event"].create(
            {
                "name": "Fair",
                "date_begin": start,
                "date_end": start + timedelta(hours=2),
                "website_published": True,
            }
        )
        questions = {each.question_type: each.id for each in event.question_ids}
        self.url_open(f"/event/{event.id}/register")
        others = {
            "2-event_ticket_id": 0,
            f"2-name-{questions['name']}": "Sue",
            f"2-email-{questions['email']}": second,
        }
        html = self.make_jsonrpc_request(
            f"/event/{event.id}/registration/new", {"nb_register-0": 2 if second else 1}
        )
        answer = self.url_open(
            f"/event/{event.id}/registration/confirm",
            data={
                **self.read_fields(html),
                "1-event_ticket_id": 0,
                f"1-name-{questions['name']}": "Gus",
                f"1-email-{questions['email']}": address,
                **(others if second else {}),
                **{f"social_box_{box.id}": "1" for box in boxes},
                **forged,
            },
        )
        self.env.invalidate_all()
        self.assertEqual(answer.status_code, 200)
        registered = {address, second} if second else {address}
        self.assertEqual(set(event.registration_ids.mapped("email")), registered)
        return html

    def test_registering_is_a_request_of_whoever_fills_in_the_form(self):
        box = self.offer("event", "contact", "email")
        html = self.register(box)
        self.assertEqual(len(self.get_boxes(html)), 1)
        self.assertEqual(self.get_consents(GUEST).mapped("state"), ["requested"])

    def test_whoever_registers_others_asks_for_none_of_them(self):
        box = self.offer("event", "match")
        self.register(box, second="sue@example.com")
        self.assertEqual(self.get_consents(GUEST).mapped("state"), ["requested"])
        self.assertFalse(self.get_consents("sue@example.com"))
        for mail in self.get_mails_to("sue@example.com"):
            self.assertNotIn("/social/consent/confirm/", mail.body_html)

    def test_a_forged_tick_asks_nobody_and_stops_no_registration(self):
        box, other = self.offer("event", "contact", "email"), self.offer("form", "match")
        self.register(other)
        for token in ("", "1.forged"):
            self.register(box, social_boxes=token)
        self.assertFalse(self.get_consents(GUEST))

    def test_registering_goes_through_without_a_tick(self):
        self.offer("event", "contact", "email")
        self.register()
        self.assertFalse(self.get_consents(GUEST))

    def test_who_is_logged_in_consents_for_nobody_else(self):
        box = self.offer("event", "match")
        user = new_test_user(
            self.env, "shopper", password="shopper", groups="base.group_portal", email=GUEST
        )
        self.authenticate("shopper", "shopper")
        self.register(box, address="ada@example.com")
        self.assertFalse(self.partner.social_consent_ids)
        self.assertFalse(user.partner_id.social_consent_ids)
        self.assertEqual(self.get_consents("ada@example.com").mapped("state"), ["requested"])
        self.register(box)
        self.assertEqual(user.partner_id.social_consent_ids.mapped("state"), ["given"])
