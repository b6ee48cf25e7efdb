"""Boxes in forms: never ticked beforehand, each for one thing, and worth only what is proven."""

import json

from requests.adapters import HTTPAdapter

from odoo.exceptions import AccessError, ConcurrencyError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools.misc import hash_sign

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.social_consent_monitoring.models import social_rate_limit

from boxes import Boxes
from common import ADDON, Common, CommonHttp

ADDRESS = "new@example.com"


class FromAddress(HTTPAdapter):
    """Sends requests from another address of this machine: for the server, from elsewhere."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class TestOffering(Boxes, Common):
    def test_nothing_is_offered_until_an_administrator_says_where(self):
        boxes = self.env["social.consent.box"]
        self.assertEqual(boxes._get_form("signup"), {})
        self.offer("signup")
        self.assertEqual(len(boxes._get_form("signup")["boxes"]), 1)
        self.assertEqual(boxes._get_form("account"), {})

    def test_only_an_administrator_says_where(self):
        box = self.offer("signup")
        for user in (self.employee, self.manager, self.officer):
            with self.assertRaises(AccessError):
                box.with_user(user).place = "account"

    def test_r12_only_what_is_signed_off_is_given_for_a_yes(self):
        purpose = self.env.ref(f"{ADDON}.purpose_contact")
        unsigned = self.env["social.consent.incentive"].create(
            {"name": "Voucher", "purpose_id": purpose.id}
        )
        with self.assertRaises(ValidationError):
            self.offer("signup", incentive_id=unsigned.id)
        other = self.make_incentive("match")
        with self.assertRaises(ValidationError):
            self.offer("signup", incentive_id=other.id)
        incentive = self.make_incentive()
        self.offer("signup", incentive_id=incentive.id)
        [box] = self.env["social.consent.box"]._get_form("signup")["boxes"]
        self.assertEqual(box["incentive"], "Voucher of 5 €")
        incentive.active = False
        [box] = self.env["social.consent.box"]._get_form("signup")["boxes"]
        self.assertFalse(box["incentive"])

    def test_r7_no_text_no_box(self):
        self.offer("signup")
        self.env.cr.execute("UPDATE social_consent_notice SET state = 'superseded'")
        self.env.invalidate_all()
        self.assertEqual(self.env["social.consent.box"]._get_form("signup"), {})

    def test_who_consented_is_not_asked_again(self):
        box = self.offer("account", "match")
        user = new_test_user(self.env, "visitor", groups="base.group_portal")
        boxes = self.env["social.consent.box"].with_user(user)
        self.assertTrue(boxes._get_form("account"))
        self.give("match", partner=user.partner_id)
        self.assertEqual(boxes._get_form("account"), {})
        self.assertTrue(box.exists())

    def test_r13_an_age_is_asked_for_only_where_a_tick_alone_consents(self):
        """Elsewhere the page behind the link of the e-mail asks for it."""
        incentive = self.make_incentive("match")
        user = new_test_user(self.env, "visitor", groups="base.group_portal")
        boxes = self.env["social.consent.box"].with_user(user)
        for place, asked in (("account", True), ("signup", False)):
            self.offer(place, "match", incentive_id=incentive.id)
            self.assertEqual(boxes._get_form(place)["ask_age"], asked, place)

    def test_each_company_offers_its_own_boxes(self):
        """Its forms are read there, and its boxes appear nowhere else."""
        company = self.env["res.company"].create({"name": "Other"})
        here = self.offer("signup", "match")
        there = self.offer("signup", "match", company_id=company.id)
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        notice.with_company(company).copy({"company_id": company.id}).action_publish()
        for box in (here, there):
            boxes = self.env["social.consent.box"].with_company(box.company_id)
            [shown] = boxes._get_form("signup")["boxes"]
            self.assertEqual(shown["field"], f"social_box_{box.id}")
            token = boxes._get_form("signup")["token"]
            ticks = boxes._read_form("signup", {"social_boxes": token, shown["field"]: "1"})
            [(offered, _notice)] = boxes._get_still_offered(ticks)
            self.assertEqual(offered, box)

    def test_advertising_has_a_channel_and_nothing_else_has_one(self):
        with self.assertRaises(ValidationError):
            self.env["social.consent.box"].create(
                {"place": "signup", "purpose_id": self.env.ref(f"{ADDON}.purpose_contact").id}
            )
        with self.assertRaises(ValidationError):
            self.offer("signup", "match", "email")


class TestForgedForms(Boxes, Common):
    def setUp(self):
        super().setUp()
        self.boxes = self.env["social.consent.box"]
        self.box = self.offer("signup", "contact", "email")
        shown = self.boxes._get_form("signup")
        self.form = {shown["token_field"]: shown["token"], shown["boxes"][0]["field"]: "1"}

    def take(self, form, place="signup"):
        """Return what a form leads to: the states of what is on record of the person."""
        with self.env.cr.savepoint() as savepoint:
            self.boxes._take(self.boxes._read_form(place, form), self.partner)
            self.ask()
            states = self.partner.social_consent_ids.mapped("state")
            savepoint.rollback()
        self.env.invalidate_all()
        return states

    def test_a_form_as_it_was_shown_asks(self):
        self.assertEqual(self.take(self.form), ["requested"])

    def test_what_the_page_did_not_show_gives_nothing(self):
        [token] = [name for name in self.form if name.endswith("boxes")]
        other = self.offer("account", "match")
        late = self.offer("signup", "match")
        field = f"social_box_{self.box.id}"
        forged = [
            {field: "1"},
            {field: "1", token: ""},
            {field: "1", token: "x" * 50_000},
            {field: "1", token: "äöü"},
            {field: "1", token: self.form[token][:-2] + "AA"},
            {field: "1", token: ["x"]},
            {field: "on", token: self.form[token]},
            {f"social_box_{other.id}": "1", token: self.form[token]},
            {f"social_box_{late.id}": "1", token: self.form[token]},
            {"social_box_x": "1", token: self.form[token]},
            {token: self.form[token]},
        ]
        for form in forged:
            self.assertEqual(self.take(form), [], form.keys())

    def test_a_token_is_for_one_place_one_company_one_session_and_a_day(self):
        self.assertEqual(self.take(self.form, "account"), [])
        company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.boxes.with_company(company)
        self.assertEqual(elsewhere._read_form("signup", self.form), {})
        self.patch(type(self.boxes), "_get_session", lambda self: "somebody else's")
        self.assertEqual(self.take(self.form), [])

    def test_a_token_of_one_place_does_not_follow_a_box_to_another(self):
        self.box.place = "account"
        self.assertEqual(self.take(self.form, "account"), [])

    def test_a_box_of_one_company_gives_nothing_to_another(self):
        """The session kept the tick on one website, and the order comes on another."""
        ticks = self.boxes._read_form("signup", self.form)
        company = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self.boxes.with_company(company)._get_still_offered(ticks), [])

    def test_a_token_is_too_old_after_a_day(self):
        with self.after(hours=25):
            self.assertEqual(self.boxes._read_form("signup", self.form), {})

    def test_r6_a_text_that_was_replaced_meanwhile_is_not_agreed_to(self):
        ticks = self.boxes._read_form("signup", self.form)
        self.publish(self.env.ref(f"{ADDON}.notice_contact_en"), "correction")
        self.boxes._take(ticks, self.partner)
        self.ask()
        self.assertFalse(self.partner.social_consent_ids)

    def test_r7_a_text_that_was_never_published_is_not_agreed_to(self):
        """Not even where a token of ours named it."""
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        draft = notice.copy({"text": "A draft. {purpose}"})
        said = {
            "place": "signup",
            "company": self.env.company.id,
            "session": self.boxes._get_session(),
            "boxes": [[self.box.id, draft.id, draft.text_hash]],
        }
        token = hash_sign(self.env, "social_consent_box", said, expiration_hours=1)
        form = {**self.form, "social_boxes": token}
        ticks = self.boxes._read_form("signup", form)
        self.assertTrue(ticks)
        self.assertEqual(self.boxes._get_still_offered(ticks), [])
        self.assertEqual(self.take(form), [])

    def test_r6_a_text_that_reads_otherwise_by_now_is_not_agreed_to(self):
        """No form of Odoo's changes a published text; a restored database may."""
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        ticks = self.boxes._read_form("signup", self.form)
        self.env.cr.execute(
            "UPDATE social_consent_notice SET text = text || ' And more.' WHERE id = %s",
            [notice.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.boxes._get_still_offered(ticks), [])

    def test_what_is_no_longer_offered_is_not_agreed_to(self):
        ticks = self.boxes._read_form("signup", self.form)
        self.box.place = "account"
        self.boxes._take(ticks, self.partner)
        self.ask()
        self.box.unlink()
        self.boxes._take(ticks, self.partner)
        self.ask()
        self.assertFalse(self.partner.social_consent_ids)

    def test_r8_who_objected_gets_no_mail_however_often_a_box_is_ticked(self):
        self.partner._object_social("contact", "email", method="staff")
        self.env["mail.mail"].search([]).unlink()
        self.assertEqual(self.take(self.form), ["refused"])
        self.assertFalse(self.env["mail.mail"].search([]))

    def test_r8_an_address_that_objected_gets_no_mail_under_another_name_either(self):
        self.partner._object_social("contact", "email", method="staff")
        self.partner = self.env["res.partner"].create({"name": "Eve", "email": "ada@example.com"})
        self.env["mail.mail"].search([]).unlink()
        self.take(self.form)
        self.assertFalse(self.env["mail.mail"].search([]))

    def test_somebody_without_an_address_cannot_be_asked_and_nothing_fails(self):
        self.partner.email = False
        self.assertEqual(self.take(self.form), [])

    def test_a_failure_stops_no_form(self):
        def fail(*_arguments, **_options):
            raise ValueError("ada@example.com")

        self.patch(type(self.env["social.consent.tick"]), "_add", fail)
        with self.assertLogs(f"odoo.addons.{ADDON}", "ERROR") as logs:
            self.assertEqual(self.take(self.form), [])
        self.assertNotIn("ada@", "".join(logs.output))


class TestAccount(Boxes, CommonHttp):
    def setUp(self):
        super().setUp()
        self.user = new_test_user(
            self.env,
            "visitor",
            password="visitor",
            groups="base.group_portal",
            email="visitor@example.com",
        )
        self.person = self.user.partner_id
        self.person.write(
            {
                "name": "Vera Visitor",
                "phone": "+49 30 123456",
                "street": "Weg 1",
                "city": "Berlin",
                "zip": "10115",
                "country_id": self.env.ref("base.de").id,
            }
        )
        self.authenticate("visitor", "visitor")

    def save(self, **form):
        """Save the account as its page sends it."""
        page = self.url_open("/my/account").text
        answer = self.submit(page, **form)
        self.assertIn("redirectUrl", answer.json(), answer.text)
        return page

    def submit(self, page, **form):
        """Send the form of the account's page, and return the answer."""
        person = self.person
        answer = self.url_open(
            "/my/address/submit",
            data={
                **self.read_fields(page),
                "partner_id": person.id,
                "name": person.name,
                "email": person.email,
                "phone": person.phone,
                "street": person.street,
                "city": person.city,
                "zip": person.zip,
                "country_id": person.country_id.id,
                **form,
            },
        )
        self.env.invalidate_all()
        self.ask()
        return answer

    def test_the_page_says_what_for_with_text_and_way_back_and_ticks_nothing(self):
        self.offer("account", "match")
        self.offer("account", "contact", "sms")
        page = self.url_open("/my/account").text
        self.assertEqual(len(self.get_boxes(page)), 2)
        for purpose in ("match", "contact"):
            notice = self.env.ref(f"{ADDON}.notice_{purpose}_en")
            self.assertIn(notice.purpose_statement, page)
            self.assertIn(f'href="/social/notice/{notice.id}"', page)
        self.assertEqual(page.count('href="/social/consent"'), 2)
        self.assertNotRegex(page, r'name="social_box_\d+"[^>]*required')

    def test_without_a_tick_all_goes_on_as_it_is(self):
        self.offer("account", "match")
        self.save()
        self.assertFalse(self.person.social_consent_ids)

    def test_who_is_logged_in_consents_at_once_to_the_text_that_was_shown(self):
        box = self.offer("account", "match")
        self.save(**{f"social_box_{box.id}": "1"})
        consent = self.person.social_consent_ids
        self.assertEqual(consent.state, "given")
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.assertEqual(consent.notice_id, notice)
        evidence = self.read_evidence(consent)
        self.assertEqual((evidence.method, evidence.medium), ("portal", "web"))
        self.assertEqual(evidence.notice_hash, notice.text_hash)
        details = json.loads(evidence.details)
        self.assertEqual(details["place"], "account")
        self.assertIn(notice.purpose_statement, details["label"])

    def test_r23_advertising_by_e_mail_is_confirmed_at_the_address(self):
        box = self.offer("account", "contact", "email")
        self.save(**{f"social_box_{box.id}": "1"})
        self.assertEqual(self.person.social_consent_ids.state, "requested")
        [mail] = self.get_mails_to("visitor@example.com")
        path = self.get_confirm_path(mail)
        hidden = self.read_fields(self.url_open(path).text)
        self.url_open(f"{path}/give", data=hidden)
        self.env.invalidate_all()
        self.assertEqual(self.person.social_consent_ids.state, "given")

    def test_an_address_typed_in_is_asked_and_tells_nothing_of_whose_it_is(self):
        """The address of somebody else: that person gets a mail, and no consent."""
        box = self.offer("account", "contact", "email")
        self.save(email="ada@example.com", **{f"social_box_{box.id}": "1"})
        self.assertFalse(self.partner.social_consent_ids)
        self.assertEqual(self.person.social_consent_ids.state, "requested")
        self.assertEqual(len(self.get_mails_to("ada@example.com")), 1)

    def test_a_form_that_is_refused_gives_nothing(self):
        box = self.offer("account", "match")
        answer = self.submit(
            self.url_open("/my/account").text, name="", **{f"social_box_{box.id}": "1"}
        )
        self.assertIn("invalid_fields", answer.json(), answer.text)
        self.assertFalse(self.person.social_consent_ids)

    def test_a_page_that_was_opened_in_another_session_gives_nothing(self):
        """Whoever lures a customer into a form brings a token of their own."""
        box = self.offer("account", "match")
        token = self.read_fields(self.url_open("/my/account").text)["social_boxes"]
        self.authenticate("visitor", "visitor")
        ticked = {f"social_box_{box.id}": "1"}
        self.save(social_boxes=token, **ticked)
        self.assertFalse(self.person.social_consent_ids)
        self.save(**ticked)
        self.assertEqual(self.person.social_consent_ids.state, "given")

    def test_other_addons_see_no_field_of_a_box(self):
        seen = []
        self.patch(
            CustomerPortal,
            "_handle_extra_form_data",
            lambda self, extra, _values: seen.extend(extra),
        )
        box = self.offer("account", "match", incentive_id=self.make_incentive("match").id)
        self.save(**{f"social_box_{box.id}": "1", "social_box_age": "18"})
        self.assertEqual(self.person.social_consent_ids.state, "given")
        self.assertNotIn("social_box", "".join(seen))

    def test_nobody_is_flooded(self):
        """So many forms within an hour from one network or for one address, and no more."""
        limits = {**social_rate_limit.LIMITS, "box": social_rate_limit.Limit(1, 0)}
        self.patch(social_rate_limit, "LIMITS", limits)
        match, monitor = self.offer("account", "match"), self.offer("account", "monitor")
        self.save(**{f"social_box_{box.id}": "1" for box in (match, monitor)})
        self.save(**{f"social_box_{monitor.id}": "1"})
        self.assertEqual(self.person.social_consent_ids.mapped("purpose_code"), ["match"])

    def test_strangers_who_type_in_an_address_keep_no_customer_from_consenting(self):
        limits = self.env["social.rate.limit"]
        for _form in range(social_rate_limit.LIMITS["box"].person + 1):
            stopped = limits._hit("box", "visitor@example.com", "192.0.2.1")
        self.assertTrue(stopped)
        mail = self.offer("account", "contact", "email")
        match = self.offer("account", "match")
        self.save(**{f"social_box_{box.id}": "1" for box in (mail, match)})
        consents = self.person.social_consent_ids
        self.assertEqual(consents.mapped("purpose_code"), ["match"], "and no more mails")
        self.assertEqual(consents.state, "given")

    def test_r12_r13_an_incentive_goes_to_adults_only_and_stays(self):
        incentive = self.make_incentive("match")
        box = self.offer("account", "match", incentive_id=incentive.id)
        for age, said in (("17", None), ("", None), ("abc", None), ("18", "Voucher of 5 €")):
            with self.subTest(age=age):
                page = self.save(**{f"social_box_{box.id}": "1", "social_box_age": age})
                self.assertIn("Voucher of 5 €", page)
                consent = self.person.social_consent_ids
                self.assertEqual(consent.state, "given")
                self.assertIn(said or "", self.read_evidence(consent).incentive or "")
                self.assertEqual(bool(self.read_evidence(consent).incentive), bool(said))
                self.person._withdraw_social_consent("match", method="portal")

    def test_r13_under_16_nobody_consents_alone(self):
        box = self.offer("account", "match", incentive_id=self.make_incentive("match").id)
        self.save(**{f"social_box_{box.id}": "1", "social_box_age": "15"})
        self.assertFalse(self.person.social_consent_ids)


class TestSignUp(Boxes, CommonHttp):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")

    def sign_up(self, login=ADDRESS, computer="127.0.0.1", **form):
        self.authenticate(None, None)
        self.opener.mount("http://", FromAddress(computer))
        page = self.url_open("/web/signup").text
        self.url_open(
            "/web/signup",
            data={
                **self.read_fields(page),
                "name": "Nina New",
                "login": login,
                "password": "A long one 1!",
                "confirm_password": "A long one 1!",
                **form,
            },
        )
        self.env.invalidate_all()
        return page

    def test_signing_up_is_a_request_until_the_mailbox_confirms(self):
        match = self.offer("signup", "match")
        self.sign_up(**{f"social_box_{match.id}": "1"})
        self.assertTrue(self.env["res.users"].search([("login", "=", ADDRESS)]))
        consent = self.get_consents(ADDRESS)
        self.assertEqual(consent.mapped("state"), ["requested"])
        self.assertEqual(self.read_evidence(consent).method, "form")
        [mail] = self.get_mails_to(ADDRESS).filtered(lambda mail: "confirm/" in mail.body_html)
        path = self.get_confirm_path(mail)
        self.url_open(f"{path}/give", data=self.read_fields(self.url_open(path).text))
        self.env.invalidate_all()
        self.assertEqual(consent.state, "given")

    def test_signing_up_goes_through_without_a_tick_and_with_a_forged_one(self):
        box = self.offer("signup", "match")
        self.sign_up()
        self.sign_up("b@example.com", **{f"social_box_{box.id}": "1", "social_boxes": "forged"})
        for login in (ADDRESS, "b@example.com"):
            self.assertTrue(self.env["res.users"].search([("login", "=", login)]))
            self.assertFalse(self.get_consents(login))

    def test_a_sign_up_that_odoo_starts_again_goes_through(self):
        """Nothing of it is stored before the boxes are taken: the second start finds no account."""
        box, starts = self.offer("signup", "match"), []
        ticks = type(self.env["social.consent.tick"])
        add = ticks._add

        def meet_somebody(self, *arguments):
            starts.append(1)
            if len(starts) == 1:
                raise ConcurrencyError("Somebody else was faster.")
            return add(self, *arguments)

        self.patch(ticks, "_add", meet_somebody)
        self.sign_up(**{f"social_box_{box.id}": "1"})
        self.assertEqual(len(starts), 2)
        self.assertEqual(len(self.env["res.users"].search([("login", "=", ADDRESS)])), 1)
        self.assertEqual(self.get_consents(ADDRESS).mapped("state"), ["requested"])

    def test_one_network_floods_nobody_with_ever_new_addresses(self):
        limits = {**social_rate_limit.LIMITS, "box": social_rate_limit.Limit(0, 2)}
        self.patch(social_rate_limit, "LIMITS", limits)
        box = self.offer("signup", "match")
        people = {f"new{number}@example.com": "127.0.0.1" for number in range(3)}
        people["elsewhere@example.com"] = "127.0.9.1"
        for address, computer in people.items():
            self.sign_up(address, computer, **{f"social_box_{box.id}": "1"})
            self.assertTrue(self.env["res.users"].search([("login", "=", address)]))
        self.assertEqual([len(self.get_consents(each)) for each in people], [1, 1, 0, 1])

    def test_a_form_counts_for_as_many_ticks_as_it_brings(self):
        limits = {**social_rate_limit.LIMITS, "box": social_rate_limit.Limit(2, 0)}
        self.patch(social_rate_limit, "LIMITS", limits)
        boxes = [self.offer("signup", purpose) for purpose in ("match", "monitor", "enrich")]
        for ticked, asked in ((3, 0), (2, 2)):
            address = f"new{ticked}@example.com"
            self.sign_up(address, **{f"social_box_{box.id}": "1" for box in boxes[:ticked]})
            self.assertEqual(len(self.get_consents(address)), asked)

    def test_who_is_asked_by_e_mail_is_asked_there_for_the_age(self):
        incentive = self.make_incentive("match")
        self.offer("signup", "match", incentive_id=incentive.id)
        page = self.url_open("/web/signup").text
        self.assertIn("Voucher of 5 €", page)
        self.assertNotIn("social_box_age", page)

    def test_r12_r13_what_was_promised_is_given_where_an_adult_confirms(self):
        incentive = self.make_incentive("match")
        box = self.offer("signup", "match", incentive_id=incentive.id)
        for login, age in (("young@example.com", "17"), ("old@example.com", "18")):
            self.sign_up(login, **{f"social_box_{box.id}": "1"})
            [mail] = self.get_mails_to(login).filtered(lambda mail: "confirm/" in mail.body_html)
            path = self.get_confirm_path(mail)
            page = self.url_open(path).text
            self.assertIn("Voucher of 5 €", page)
            self.url_open(f"{path}/give", data={**self.read_fields(page), "age": age})
            self.env.invalidate_all()
            consent = self.get_consents(login)
            self.assertEqual(consent.state, "given")
            self.assertEqual(bool(self.read_evidence(consent).incentive), age == "18")

    def test_r12_what_is_no_longer_offered_stops_no_consent_that_it_was_promised_for(self):
        incentive = self.make_incentive("match")
        box = self.offer("signup", "match", incentive_id=incentive.id)
        self.sign_up(**{f"social_box_{box.id}": "1"})
        [mail] = self.get_mails_to(ADDRESS).filtered(lambda mail: "confirm/" in mail.body_html)
        path = self.get_confirm_path(mail)
        incentive.active = False
        page = self.url_open(path).text
        self.assertNotIn("Voucher of 5 €", page)
        self.url_open(f"{path}/give", data={**self.read_fields(page), "age": "18"})
        self.env.invalidate_all()
        consent = self.get_consents(ADDRESS)
        self.assertEqual(consent.state, "given")
        self.assertFalse(self.read_evidence(consent).incentive)


class TestNoticePage(Boxes, CommonHttp):
    def test_r7_the_text_of_a_box_is_public_and_no_other_text_is(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        path = f"/social/notice/{notice.id}"
        self.assertEqual(self.url_open(path).status_code, 404)
        self.offer("signup", "match")
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(notice.purpose_statement, answer.text)
        draft = notice.copy({"text": "A secret draft. {purpose}"})
        for number in (draft.id, 0, 10**12):
            self.assertEqual(self.url_open(f"/social/notice/{number}").status_code, 404)

    def test_a_text_that_was_replaced_can_still_be_read(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.offer("signup", "match")
        self.publish(notice, "correction")
        answer = self.url_open(f"/social/notice/{notice.id}")
        self.assertIn("replaced by a newer one", answer.text)

    def test_what_is_signed_off_for_a_box_is_refused_to_be_deleted(self):
        incentive = self.make_incentive()
        self.offer("signup", incentive_id=incentive.id)
        with self.assertRaises(UserError):
            incentive.unlink()
