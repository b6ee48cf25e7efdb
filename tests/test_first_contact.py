"""What staff say of a person before the first contact, and what follows from it (R23)."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.http import serialize_exception
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import Common, make_post


class FirstContactCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.said = cls.env["social.first.contact"]
        cls.existing = cls.env["social.existing.customer"]
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Cold", "email_from": "cold@example.com", "user_id": cls.sales.id}
        )
        cls.firm = cls.env["res.partner"].create({"name": "Firm", "is_company": True})

    def decide(self, person, act="contact_email", **facts):
        facts.setdefault("kind", "first")
        return self.env["social.policy"]._decide(act, person, **facts)[person.id]

    def assertAllowed(self, *args, **facts):
        self.assertTrue(self.decide(*args, **facts))

    def assertRefused(self, reason, *args, **facts):
        self.assertEqual(self.decide(*args, **facts).reason, reason)


class TestWhatWasSaid(FirstContactCase):
    def test_r23_what_is_taken_back_counts_no_longer(self):
        row = self.said._record(self.partner, "business")
        self.assertAllowed(self.partner)
        row.action_take_back()
        self.assertRefused("first_contact", self.partner)
        self.assertEqual((row.active, row.ended_by_id), (False, self.env.user))
        self.assertTrue(row.ended_on)

    def test_a_list_that_shows_what_was_taken_back_does_not_make_it_count(self):
        self.said._record(self.partner, "business").action_take_back()
        self.assertRefused("first_contact", self.partner.with_context(active_test=False))

    def test_only_who_said_it_or_a_manager_takes_it_back(self):
        row = self.said.with_user(self.sales)._record(self.partner, "business")
        with self.assertRaises(UserError):
            row.with_user(self.employee).action_take_back()
        self.assertFalse(row.with_user(self.employee).may_take_back)
        row.with_user(self.sales).action_take_back()
        other = self.said.with_user(self.sales)._record(self.partner, "business")
        other.with_user(self.manager).action_take_back()
        self.assertFalse((row | other).filtered("active"))

    def test_nobody_types_in_or_changes_what_was_said(self):
        row = self.said._record(self.partner, "business")
        for change in ({"kind": "called"}, {"active": False}, {"user_id": self.sales.id}):
            with self.assertRaises(UserError):
                row.write(change)
        subject = self.partner.social_subject_id
        with self.assertRaises(UserError):
            self.said.create(
                {"subject_id": subject.id, "company_id": self.env.company.id, "kind": "called"}
            )
        with self.assertRaises(UserError):
            row.with_user(self.manager).write({"note": "x"})

    def test_another_company_reads_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        row = self.said.with_company(company)._record(self.partner, "business", note="Secret")
        with self.assertRaises(AccessError):
            row.with_user(self.sales).read(["note"])

    def test_r23_it_follows_the_person_into_a_merged_contact(self):
        twin = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.com"})
        self.said._record(twin, "called", note="Asked for prices.")
        self.said._record(self.partner, "advertising")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | twin).ids, self.partner)
        self.assertEqual(self.decide(self.partner).basis, "known")

    def test_the_note_goes_with_the_last_record_of_the_person_and_the_row_stays(self):
        self.lead.email_from = self.partner.email
        self.lead.partner_id = self.partner
        row = self.said._record(self.partner, "called", note="Asked for prices.")
        sale = self.existing._record(self.partner, "S0042", fields.Date.today(), "Bookshelves")
        self.lead._join_social_person(self.partner, True)
        self.assertEqual(self.lead.social_subject_id, self.partner.social_subject_id)
        self.partner.unlink()
        self.assertEqual(row.note, "Asked for prices.", "the lead is the same person")
        self.lead.unlink()
        self.assertEqual((row.note, row.kind, row.user_id), (False, "called", self.env.user))
        self.assertEqual((sale.goods, sale.sale_reference, sale.address), ("-", "-", False))
        self.assertEqual(sale.sale_date, fields.Date.today())

    def test_a_merge_keeps_the_note(self):
        twin = self.env["res.partner"].create({"name": "Ada", "email": "ada@example.com"})
        row = self.said._record(twin, "called", note="Asked for prices.")
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | twin).ids, self.partner)
        self.assertFalse(twin.exists())
        self.assertEqual(row.note, "Asked for prices.")

    def test_the_list_names_only_whom_its_reader_may_see(self):
        row = self.said._record(self.lead, "called")
        mine = row.with_user(self.sales)
        other = new_test_user(self.env, "other", groups="sales_team.group_sale_salesman")
        self.assertEqual(mine.person_name, "Cold")
        self.assertFalse(row.with_user(other).person_name)
        self.assertFalse(row.with_user(self.officer).person_name)
        with self.assertRaises(UserError):
            row.with_user(other).action_open_person()
        self.assertEqual(mine.action_open_person()["res_id"], self.lead.id)


class TestSayingIt(FirstContactCase):
    """The two forms: what it is about, and that they called, wrote or met."""

    def record(self, person, user=None, **values):
        person = person.with_user(user or self.sales)
        opens = {
            "about": person.action_say_social_about,
            "contact": person.action_record_social_contact,
        }
        action = opens["about" if "about" in values else "contact"]()
        wizards = self.env[action["res_model"]].with_user(user or self.sales)
        wizard = wizards.with_context(**action["context"]).create(values)
        wizard.action_record()
        self.assertFalse(wizard.exists())
        return self.said.search([], limit=1)

    def test_r23_a_business_matter_is_said_once_with_name_and_day(self):
        row = self.record(self.partner, about="business")
        self.assertEqual(self.decide(self.partner).basis, "business")
        self.assertEqual((row.user_id, row.kind), (self.sales, "business"))
        self.assertEqual(row.happened_on, fields.Date.today())

    def test_r23_advertising_leads_to_the_question_for_consent(self):
        self.record(self.partner, about="advertising")
        self.assertRefused("never_asked", self.partner)

    def test_r23_a_contact_is_recorded_with_one_click_and_a_note(self):
        for kind in ("called", "met"):
            with self.assertRaises(UserError):
                self.record(self.partner, contact=kind)
            with self.assertRaises(UserError):
                self.record(self.partner, contact=kind, note="  ")
        row = self.record(self.partner, contact="called", note="Asked for prices.")
        self.assertEqual((row.kind, row.note), ("called", "Asked for prices."))
        self.assertEqual(self.decide(self.partner).basis, "known")

    def test_suppliers_and_authorities_take_no_note(self):
        for kind in ("wrote", "supplier", "authority"):
            self.assertEqual(self.record(self.partner, contact=kind).kind, kind)

    def test_r23_a_cold_lead_cannot_be_talked_into_business(self):
        with self.assertRaises(UserError):
            self.record(self.lead, about="business")
        self.partner.email = "cold@example.com"
        self.lead.partner_id = self.partner
        with self.assertRaises(UserError):
            self.record(self.partner, about="business")
        self.assertFalse(self.said.search([]))

    def test_a_recorded_contact_makes_a_lead_and_its_contact_known(self):
        self.lead.partner_id = self.partner
        self.record(self.lead, contact="called", note="About the offer.")
        self.assertEqual(self.decide(self.lead).basis, "known")
        self.assertEqual(self.decide(self.partner).basis, "known")

    def test_r23_calls_to_a_business_may_be_presumed_for_a_reason(self):
        with self.assertRaises(UserError):
            self.record(self.firm, business_contact="presumed")
        row = self.record(self.firm, business_contact="presumed", note="They use our machines.")
        self.assertEqual(row.note, "They use our machines.")
        self.assertEqual(self.decide(self.firm, "contact_phone").basis, "presumed")
        self.assertRefused("first_contact", self.firm, "contact_email")
        self.assertRefused("first_contact", self.firm, "contact_sms")

    def test_r23_nothing_is_presumed_of_a_person(self):
        with self.assertRaises(UserError):
            self.record(self.partner, business_contact="presumed", note="A guess.")

    def test_nothing_happened_tomorrow(self):
        tomorrow = fields.Date.add(fields.Date.today(), days=1)
        with self.assertRaises(UserError):
            self.record(self.partner, contact="wrote", happened_on=tomorrow)

    def test_only_who_may_change_the_record_says_anything_of_it(self):
        with self.assertRaises(AccessError):
            self.record(self.partner, self.employee, contact="wrote")
        other = new_test_user(self.env, "other", groups="sales_team.group_sale_salesman")
        wizards = self.env["social.first.contact.wizard"].with_user(other)
        values = {"res_model": "crm.lead", "res_id": self.lead.id, "contact": "wrote"}
        with self.assertRaises(AccessError):
            wizards.create(values)
        with self.assertRaises(UserError):
            wizards.create({**values, "res_model": "res.users", "res_id": self.officer.id})

    def test_a_newsletter_recipient_is_known_too(self):
        mailer = new_test_user(self.env, "mailer", groups="mass_mailing.group_mass_mailing_user")
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        self.assertRefused("first_contact", recipient)
        self.record(recipient, mailer, contact="wrote")
        self.assertEqual(self.decide(recipient).basis, "known")


class TestStrip(FirstContactCase):
    """What is allowed now, before anybody writes: by colour and by text, with the next step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.partner.write({"phone": "+49 30 123456", "street": "Street 1"})

    def strip(self, person=None, user=None):
        person = person or self.partner
        person.invalidate_recordset(["social_strip"])
        return person.with_user(user or self.sales).social_strip

    def states(self, *args):
        return {badge["channel"]: badge["state"] for badge in self.strip(*args)["badges"]}

    def steps(self, *args):
        return [step["method"] for step in self.strip(*args)["steps"]]

    def test_r23_a_stranger_is_asked_about_first(self):
        self.assertEqual(
            self.states(),
            {
                "email": "consent",
                "sms": "consent",
                "phone": "consent",
                "post": "allowed",
                "social": "consent",
                "posts": "consent",
            },
        )
        self.assertEqual(
            self.steps(),
            [
                "action_say_social_about",
                "action_record_social_contact",
                "action_ask_social_consent",
            ],
        )
        [strangers, letter, posts] = self.strip()["lines"]
        self.assertEqual(strangers["about"], "E-mail, SMS, Phone, Social message")
        self.assertEqual(letter["about"], "Letter")
        self.assertEqual(posts["about"], "Answer personally, Match posts, Enrich, Watch")

    def test_a_known_person_is_answered_by_every_way(self):
        self.said._record(self.partner, "called")
        states = self.states()
        # Whoever called has not consented to anything with public posts.
        self.assertEqual(states.pop("posts"), "consent")
        self.assertEqual(set(states.values()), {"allowed"})
        self.assertEqual(self.steps(), ["action_ask_social_consent"])
        [ask] = self.strip()["steps"]
        self.assertEqual(ask["args"], ["reply_personal"])

    def test_what_may_be_done_with_public_posts_is_one_badge_and_said_by_each(self):
        """Two of four: matching, and the personal answer that rests on it (R2, R19)."""
        for person in (self.partner, self.lead):
            with self.subTest(person=person._name):
                self.give("match", partner=person)
                [badge] = [each for each in self.strip(person)["badges"] if each["state"] == "some"]
                self.assertEqual((badge["channel"], badge["label"]), ("posts", "2 of 4 allowed"))
                about = {line["about"]: line["text"] for line in self.strip(person)["lines"]}
                self.assertEqual(
                    about["Answer personally, Match posts"], "The person has consented."
                )
                self.assertIn("has not been asked", about["Enrich, Watch"])
        for purpose in ("enrich", "monitor"):
            self.give(purpose)
        self.assertEqual(self.states()["posts"], "allowed")

    def test_the_strip_says_of_every_act_what_the_policy_decides(self):
        self.said._record(self.partner, "called")
        acts = {"social": "contact_social", "posts": "match"}
        for change in (
            lambda: None,
            lambda: self.give("match"),
            lambda: self.give("contact", "social"),
            lambda: self.withdraw("match"),
            lambda: self.withdraw("contact", "social"),
        ):
            change()
            for channel, act in acts.items():
                allowed = self.decide(self.partner, act).allowed
                state = self.states()[channel]
                self.assertEqual(state in ("allowed", "some"), allowed, (channel, state))

    def test_a_lead_without_a_contact_says_it_of_itself_and_with_one_of_the_contact(self):
        states = self.states(self.lead)
        self.assertEqual((states["social"], states["posts"]), ("consent", "consent"))
        self.lead.partner_id = self.partner
        self.give("match")
        self.give("contact", "social")
        states = self.states(self.lead)
        self.assertEqual((states["social"], states["posts"]), ("allowed", "some"))

    def test_r8_what_the_contact_of_a_lead_refused_is_not_asked_for_on_the_lead(self):
        self.lead.partner_id = self.partner
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.assertEqual(self.states(self.lead)["email"], "no")

    def test_who_has_not_answered_yet_is_asked_nothing_more(self):
        for person in (self.partner, self.lead):
            with self.subTest(person=person._name):
                person.phone = False
                self.assertIn("action_ask_social_consent", self.steps(person))
                person._request_social_consent("contact", "email")
                self.env.invalidate_all()
                self.assertNotIn("action_ask_social_consent", self.steps(person))

    def test_the_strip_tells_nobody_who_has_an_account_somewhere(self):
        """Whether a profile is there is behind the wall: the strip is the same with and without."""
        self.give("match")
        before = self.strip(self.partner, self.employee)
        platform = self.source.platform_id
        self.env["social.profile"]._make(self.partner, platform, "ada@social.example")
        self.assertEqual(self.strip(self.partner, self.employee), before)

    def test_a_recipient_of_newsletters_has_no_posts(self):
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        strip = self.strip(recipient, self.env.ref("base.user_admin"))
        self.assertEqual([badge["channel"] for badge in strip["badges"]], ["email"])

    def test_r23_what_a_person_refused_is_not_allowed(self):
        self.partner._object_social(method="staff")
        self.assertEqual(set(self.states().values()), {"no"})
        self.assertEqual(self.steps(), ["action_record_social_contact"])

    def test_r23_a_cold_lead_offers_to_record_a_contact_or_to_ask(self):
        self.assertEqual(self.states(self.lead)["email"], "consent")
        self.assertEqual(
            self.steps(self.lead), ["action_record_social_contact", "action_ask_social_consent"]
        )

    def test_the_question_is_offered_where_the_policy_and_the_rights_allow_it(self):
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        mailer = new_test_user(
            self.env,
            "mailer",
            groups="mass_mailing.group_mass_mailing_user,base.group_partner_manager",
        )
        seller = new_test_user(self.env, "seller", groups="sales_team.group_sale_salesman")
        self.lead.user_id = False
        for person, user in ((self.lead, self.sales), (recipient, mailer)):
            with self.subTest(person=person._name):
                self.assertTrue(self.may_ask(person, user))
                self.assertTrue(self.may_ask(person, self.env.ref("base.user_admin")))
                person._request_social_consent("contact", "email")
                self.assertFalse(self.may_ask(person, user), "asked just now")
        cold = self.lead.copy({"email_from": "other@example.com", "user_id": False})
        self.assertTrue(self.may_ask(cold, self.sales))
        self.assertFalse(self.may_ask(cold, seller), "who may not record a consent")
        self.assertTrue(self.may_ask(self.partner, self.sales))
        self.env["mail.blacklist"]._add(self.partner.email)
        self.assertFalse(self.may_ask(self.partner, self.sales), "blocked")

    def may_ask(self, person, user):
        """Tell whether the strip offers to ask for consent to e-mail."""
        steps = self.strip(person, user)["steps"]
        return ["contact_email"] in [
            step["args"] for step in steps if step["method"] == "action_ask_social_consent"
        ]

    def test_what_the_contact_of_a_lead_allows_is_shown_on_the_lead(self):
        self.lead.partner_id = self.partner
        self.give("contact", "email")
        self.assertEqual(self.states(self.lead)["email"], "allowed")
        self.said._record(self.partner, "business")
        self.assertEqual(self.states(self.lead)["sms"], "consent")

    def test_a_way_without_an_address_says_so(self):
        self.partner.phone = False
        self.assertEqual((self.states()["sms"], self.states()["phone"]), ("nowhere", "nowhere"))

    def test_rules_that_only_observe_say_so(self):
        self.env.ref("social_consent_monitoring.policy_rule_contact_email").mode = "observe"
        self.assertEqual(self.states()["email"], "observed")

    def test_who_may_not_change_the_record_is_offered_nothing(self):
        self.assertFalse(self.steps(self.partner, self.employee))

    def test_looking_leaves_no_trace_in_the_log(self):
        before = self.env["social.decision"].search_count([])
        self.strip()
        self.compose()
        self.assertEqual(self.env["social.decision"].search_count([]), before)

    def test_a_new_record_is_not_looked_at(self):
        first, new = (self.env["res.partner"].new({"name": "New"}) for _time in range(2))
        # Whether the field may be read is asked once.
        self.assertFalse(first.social_strip)
        before = self.env.cr.sql_log_count
        self.assertFalse(new.social_strip)
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_queries_do_not_grow_with_what_was_said(self):
        counts = []
        for _time in range(3):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.strip()
            counts.append(self.env.cr.sql_log_count - before)
            self.said._record(self.partner, "advertising")
        self.assertEqual(counts[1], counts[2])

    def test_no_list_shows_it(self):
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            for view in self.env["ir.ui.view"].search(
                [("model", "=", model), ("type", "!=", "form"), ("mode", "=", "primary")]
            ):
                self.assertNotIn("social_strip", view.get_combined_arch())

    # -- composers

    def compose(self, partners=None, **values):
        person = values.pop("person", self.partner)
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.sales)
            .new(
                {
                    "composition_mode": "comment",
                    "model": person._name,
                    "res_ids": str(person.ids),
                    "partner_ids": [Command.set((partners or self.partner).ids)],
                    **values,
                }
            )
        )
        return composer.social_strip

    def test_r23_the_composer_says_what_the_gate_will_say(self):
        strip = self.compose()
        self.assertFalse({"social", "posts"} & {each["channel"] for each in strip["badges"]})
        self.assertEqual(strip["badges"][0]["channel"], "email")
        self.assertEqual(strip["badges"][0]["state"], "consent")
        self.assertTrue(strip["steps"])
        self.said._record(self.partner, "business")
        self.assertEqual(self.compose()["badges"][0]["state"], "allowed")

    def test_the_composer_names_who_of_several_may_not(self):
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.said._record(other, "business")
        strip = self.compose(self.partner | other)
        self.assertEqual([badge["name"] for badge in strip["badges"]], ["Ada Example"])
        self.assertTrue(strip["steps"][0]["label"].startswith("Ada Example: "))

    def test_the_composer_is_silent_on_documents_and_notes(self):
        model_id = self.env["ir.model"]._get_id("res.partner")
        document = self.env["mailing.mailing"].create(
            {"subject": "D", "mailing_model_id": model_id}
        )
        self.assertFalse(self.compose(person=document))
        note = self.env.ref("mail.mt_note")
        self.assertFalse(self.compose(subtype_id=note.id))

    def test_a_mass_mail_says_how_many_are_left_out(self):
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email")
        strip = self.compose(composition_mode="mass_mail", res_ids=str((self.partner | other).ids))
        self.assertEqual(strip["badges"][0]["label"], "1 of 2 left out")

    def test_the_sms_composer_says_it_too(self):
        composers = self.env["sms.composer"].with_user(self.sales)
        values = {"res_model": "res.partner", "res_id": self.partner.id}
        composer = composers.new({"composition_mode": "comment", **values})
        self.assertEqual(composer.social_strip["badges"][0]["state"], "consent")
        self.said._record(self.partner, "called")
        composer = composers.new({"composition_mode": "comment", **values})
        self.assertEqual(composer.social_strip["badges"][0]["state"], "allowed")
        composer = composers.new({"composition_mode": "numbers", "numbers": "+49 30 999999"})
        self.assertEqual(composer.social_strip["badges"][0]["state"], "no")

    def test_the_forms_open(self):
        for model in ("mail.compose.message", "sms.composer"):
            Form(self.env[model].with_user(self.sales))
        for person in (self.partner, self.lead):
            Form(person.with_user(self.sales))


class TestRefusal(FirstContactCase):
    """A refusal in the browser offers the way forward; every other client gets an error."""

    def refuse(self, person, user=None):
        try:
            person.with_user(user or self.sales).message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner.ids,
            )
        except ConsentRequired as error:
            return serialize_exception(error)
        self.fail("nothing was refused")

    def test_r23_the_dialog_gets_the_reason_and_the_steps(self):
        error = self.refuse(self.partner)
        self.assertIn("You do not know this person yet.", error["arguments"][0])
        steps = error["context"]["social_steps"]
        self.assertEqual(steps[0]["method"], "action_say_social_about")
        self.assertEqual((steps[0]["model"], steps[0]["id"]), ("res.partner", self.partner.id))
        for step in steps:
            person = self.env[step["model"]].with_user(self.sales).browse(step["id"])
            action = getattr(person, step["method"])(*step["args"])
            self.assertTrue(callable(getattr(self.env[action["res_model"]], step["confirm"])))
            self.assertTrue(self.env.ref(step["view"]).model == action["res_model"])

    def test_any_other_client_gets_an_error(self):
        self.assertTrue(issubclass(ConsentRequired, UserError))

    def test_who_may_not_change_the_person_is_told_nothing_of_it(self):
        self.env.company.country_id = self.env.ref("base.de")
        self.partner.phone = "+49 30 123456"
        for user, is_told in ((self.employee, False), (self.sales, True)):
            composers = self.env["sms.composer"].with_user(user)
            values = {"composition_mode": "numbers", "numbers": "+4930123456", "body": "Hi"}
            try:
                composers.create(values)._action_send_sms()
            except ConsentRequired as error:
                self.assertEqual(bool(error.context), is_told)
            else:
                self.fail("nothing was refused")


class TestExistingCustomers(FirstContactCase):
    """UWG section 7(3): all four conditions, or none of it."""

    def record(self, partner=None):
        return self.existing._record(
            partner or self.partner, "S0042", fields.Date.today(), "Bookshelves"
        )

    def decide(self, person=None, **facts):
        facts = {"kind": "marketing", "similar": True, **facts}
        return super().decide(person or self.partner, **facts)

    def conditions(self, row):
        row.invalidate_recordset()
        names = ("address_state", "similar_state", "objection_state", "told_state")
        return [row[name] for name in names]

    def test_r23_an_existing_customer_gets_mail_about_similar_goods_only(self):
        self.assertFalse(self.decide())
        row = self.record()
        self.assertEqual(self.decide().basis, "customer")
        self.assertFalse(self.decide(similar=False))
        self.assertFalse(self.decide(act="contact_sms"))
        self.assertEqual(self.conditions(row), ["met", "mailing", "met", "met"])

    def test_r23_who_was_not_told_of_the_right_to_object_is_no_existing_customer(self):
        row = self.record()
        open_door(row).told = False
        self.assertFalse(self.decide())
        self.assertEqual(self.conditions(row), ["met", "mailing", "met", "missing"])

    def test_r23_an_objection_ends_it(self):
        row = self.record()
        self.partner._object_social("contact", "email", method="staff")
        self.assertFalse(self.decide())
        self.assertEqual(self.conditions(row), ["met", "mailing", "missing", "met"])

    def test_r23_a_changed_address_no_longer_counts(self):
        row = self.record()
        self.partner.email = "other@example.com"
        self.assertFalse(self.decide())
        self.assertEqual(self.conditions(row), ["missing", "mailing", "met", "met"])
        self.partner.email = "ADA@example.com"
        self.assertTrue(self.decide())

    def test_another_record_of_the_person_with_another_address_gets_nothing(self):
        self.record()
        lead = self.env["crm.lead"].create(
            {"name": "L", "partner_id": self.partner.id, "email_from": "ada@example.com"}
        )
        self.assertEqual(lead.social_subject_id, self.partner.social_subject_id)
        self.assertTrue(self.decide(lead))
        lead.email_from = "else@example.com"
        self.assertFalse(self.decide(lead))

    def test_r23_the_form_asks_for_all_four_conditions(self):
        complete = {
            "sale_reference": "S0042",
            "sale_date": fields.Date.today(),
            "goods": "Bookshelves",
            "from_sale": True,
            "told": True,
        }
        for name in complete:
            with self.subTest(missing=name), self.assertRaises(UserError):
                self.submit({**complete, name: False})
        self.submit(complete)
        self.assertEqual(self.decide().basis, "customer")
        self.partner._object_social("contact", "email", method="staff")
        with self.assertRaises(UserError):
            self.submit(complete)

    def submit(self, values):
        action = self.partner.with_user(self.sales).action_record_social_customer()
        wizards = self.env[action["res_model"]].with_user(self.sales)
        wizards.with_context(**action["context"]).create(values).action_record()

    def test_the_address_itself_is_not_kept(self):
        self.assertRegex(self.record().address, r"^[\w-]{22}$")

    def test_it_is_taken_back_by_a_button(self):
        self.record().action_take_back()
        self.assertFalse(self.decide())

    def test_queries_do_not_grow_with_the_customers(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(30)]
        )
        for person in people:
            self.record(person)
        counts = []
        for size in (1, 5, 30):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            policy = self.env["social.policy"]
            made = policy._decide("contact_email", people[:size], similar=True)
            self.assertTrue(all(made.values()))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


class TestCalls(FirstContactCase):
    """A call to a person is a first contact like any other; each use of a consent is kept."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.todo = cls.env.ref("mail.mail_activity_data_todo")
        cls.partner.user_id = cls.sales

    def plan(self, person=None, user=None, **values):
        person = (person or self.partner).with_user(user or self.sales)
        return person.activity_schedule(
            activity_type_id=self.call.id, user_id=self.sales.id, **values
        )

    def assertNoCall(self, activity):
        self.assertEqual(activity.activity_type_id, self.todo)
        self.assertIn("No call:", activity.note)

    def log(self):
        return self.env["social.decision"].search([("act", "=", "contact_phone")])

    def test_r23_nobody_calls_a_stranger_before_saying_what_about(self):
        with self.assertRaises(ConsentRequired) as caught:
            self.plan()
        self.assertEqual(caught.exception.decision.reason, "first_contact")
        self.assertTrue(caught.exception.context["social_steps"])
        self.said._record(self.partner, "business")
        self.assertEqual(self.plan().activity_type_id, self.call)

    def test_r23_nobody_calls_a_cold_lead(self):
        with self.assertRaises(ConsentRequired) as caught:
            self.plan(self.lead)
        self.assertEqual(caught.exception.decision.reason, "cold_lead")
        self.said._record(self.lead, "called", note="About prices.")
        self.assertTrue(self.plan(self.lead))

    def test_r23_a_call_needs_consent_to_calls(self):
        self.said._record(self.partner, "advertising")
        self.give("contact", "email")
        with self.assertRaises(ConsentRequired):
            self.plan()
        self.give("contact", "phone")
        self.assertTrue(self.plan())

    def test_r25_a_refused_call_is_logged(self):
        try:
            self.plan()
        except ConsentRequired:
            pass
        self.assertEqual(self.log()[:1].reason, "first_contact")

    def test_what_is_no_call_and_calls_on_documents_pass(self):
        todo = self.partner.with_user(self.sales).activity_schedule(activity_type_id=self.todo.id)
        self.assertTrue(todo)
        free = self.env["mail.activity"].with_user(self.sales)
        self.assertTrue(free.create({"activity_type_id": self.call.id, "user_id": self.sales.id}))

    def test_a_type_says_what_its_calls_are_for(self):
        self.said._record(self.partner, "called")
        self.call.social_kind = "marketing"
        with self.assertRaises(ConsentRequired):
            self.plan()
        self.call.social_kind = "service"
        self.assertTrue(self.plan(self.lead))

    def test_r23_another_type_or_person_asks_again(self):
        other = self.env["res.partner"].create({"name": "Ben"})
        self.said._record(other, "business")
        todo = self.partner.with_user(self.sales).activity_schedule(activity_type_id=self.todo.id)
        with self.assertRaises(ConsentRequired):
            todo.activity_type_id = self.call
        call = self.plan(other)
        with self.assertRaises(ConsentRequired):
            call.res_id = self.partner.id
        call.summary = "Another text"
        self.assertEqual(call.res_id, other.id)

    def test_r23_a_call_that_was_made_is_not_planned_anew(self):
        self.give("contact", "phone")
        call = self.plan()
        call.action_done()
        self.withdraw("contact", "phone")
        with self.assertRaises(ConsentRequired):
            call.active = True

    def test_what_plans_itself_leaves_a_task_and_no_call(self):
        self.assertNoCall(self.env["mail.activity"].browse(self.plan(user=self.env.user).id))
        action = self.env["ir.actions.server"].create(
            {
                "name": "Call",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "next_activity",
                "activity_type_id": self.call.id,
                "activity_summary": "Welcome",
                "activity_user_type": "specific",
                "activity_user_id": self.sales.id,
            }
        )
        context = {"active_model": "res.partner", "active_ids": self.partner.ids}
        action.with_user(self.sales).with_context(**context).run()
        planned = self.partner.activity_ids.filtered(lambda each: each.summary == "Welcome")
        self.assertNoCall(planned)

    def test_a_plan_goes_on_without_the_call(self):
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Welcome",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create({"activity_type_id": each.id, "responsible_type": "on_demand"})
                    for each in (self.call, self.todo)
                ],
            }
        )
        self.env["mail.activity.schedule"].with_user(self.sales).create(
            {
                "res_model": "res.partner",
                "res_ids": str(self.partner.ids),
                "plan_id": plan.id,
                "plan_on_demand_user_id": self.sales.id,
            }
        ).action_schedule_plan()
        self.assertEqual(self.partner.activity_ids.activity_type_id, self.todo)
        self.assertEqual(len(self.partner.activity_ids), 2)

    def test_leads_with_a_planned_call_are_merged_and_the_call_is_asked_about(self):
        known = self.lead.copy({"name": "Known", "email_from": "known@example.com"})
        self.said._record(known, "called")
        call = self.plan(known)
        merged = (self.lead | known).with_user(self.sales).merge_opportunity(auto_unlink=False)
        self.assertEqual((merged.id, call.res_id), (self.lead.id, self.lead.id))
        self.assertNoCall(call)

    def merge(self, twin):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | twin).ids, self.partner)

    def test_contacts_with_a_planned_call_are_merged_and_the_call_is_asked_about(self):
        twin = self.env["res.partner"].create({"name": "Ada", "user_id": self.sales.id})
        for refusing, called in ((self.partner, twin), (twin, self.partner)):
            with self.subTest(called=called.name):
                savepoint = self.env.cr.savepoint()
                self.give("contact", "phone", partner=called)
                call = self.plan(called)
                refusing._object_social("contact", "phone", method="staff")
                self.merge(twin)
                self.assertEqual(call.res_id, self.partner.id)
                self.assertNoCall(call)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_a_call_to_whom_the_merge_makes_known_stays(self):
        twin = self.env["res.partner"].create({"name": "Ada", "user_id": self.sales.id})
        self.said._record(self.partner, "business")
        call = self.plan()
        self.said._record(twin, "called", note="About prices.")
        twin._object_social("contact", "phone", method="staff")
        self.merge(twin)
        self.assertEqual(call.activity_type_id, self.call)

    def test_r8_a_withdrawal_makes_the_planned_call_a_task(self):
        self.give("contact", "phone")
        lead = self.lead
        lead.partner_id = self.partner
        calls = self.env["mail.activity"].union(self.plan(), self.plan(lead))
        self.withdraw("contact", "email")
        self.assertEqual(calls.activity_type_id, self.call)
        self.withdraw("contact", "phone")
        for call in calls:
            self.assertNoCall(call)

    def test_r8_a_number_on_the_blacklist_makes_the_planned_call_a_task(self):
        self.partner.write({"phone": "+49 30 123456", "country_id": self.env.ref("base.de").id})
        self.give("contact", "phone")
        call = self.plan()
        self.env["phone.blacklist"].add("+49 30 123456")
        self.assertNoCall(call)

    def test_a_call_to_a_known_person_stays_after_a_withdrawal(self):
        self.said._record(self.partner, "called")
        self.give("contact", "phone")
        call = self.plan()
        self.withdraw("contact", "phone")
        self.assertEqual(call.activity_type_id, self.call)

    def test_a_call_that_follows_does_not_stop_what_is_done(self):
        first = self.env["mail.activity.type"].create(
            {"name": "First", "chaining_type": "trigger", "triggered_next_type_id": self.call.id}
        )
        done = self.partner.with_user(self.sales).activity_schedule(
            activity_type_id=first.id, user_id=self.sales.id
        )
        done.action_feedback("Done")
        self.assertNoCall(self.partner.activity_ids)

    def test_a_rule_that_only_observes_lets_the_call_be(self):
        self.env.ref("social_consent_monitoring.policy_rule_contact_phone").mode = "observe"
        self.assertEqual(self.plan().activity_type_id, self.call)
        self.assertEqual(self.log()[:1].result, "observed")

    def test_r25_each_use_of_a_consent_to_calls_is_kept_five_years(self):
        self.give("contact", "phone")
        self.plan()
        row = self.log()
        self.assertEqual((row.allowed, row.basis), (True, "consent"))
        self.assertEqual(row.subject_key, self.partner.social_subject_key)
        try:
            self.plan(self.lead)
        except ConsentRequired:
            pass
        refused = self.log() - row
        retention = self.env["social.retention"]
        self.env["ir.config_parameter"].set_param(
            "social_consent_monitoring.retention_decision", "1"
        )
        for days, outlived in ((2, refused), (365 * 5, refused), (365 * 5 + 3, refused | row)):
            with self.after(days=days):
                moment = fields.Datetime.now()
                self.assertEqual(
                    retention._get_outlived("decision", "social.decision", moment, 0, 1000)
                    & (refused | row),
                    outlived,
                )

    def test_queries_do_not_grow_with_the_calls_to_known_people(self):
        people = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(20)])
        self.said._record(people, "called")
        calls = [
            self.env["mail.activity"].union(*(self.plan(person) for person in some))
            for some in (people[:1], people[1:4], people[4:])
        ]
        counts = []
        for some in calls:
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._stop_social_calls()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


class TestLeadsFromMentions(FirstContactCase):
    """A lead made from a post approaches its author: never without consent (R23)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mention = cls.source._store([make_post()])
        cls.author = cls.mention.author_id

    def make(self, env=None, **context):
        leads = (env or self.env)["crm.lead"].with_context(**context)
        values = {} if context else {"social_mention_id": self.mention.id}
        return leads.create({"name": "From a post", **values})

    def consent(self):
        return self.give("contact", "social", partner=self.author)

    def test_r23_no_lead_without_the_authors_consent(self):
        for env in (
            self.env,
            self.env(user=self.manager),
            self.env(user=self.env.ref("base.user_admin")),
        ):
            with self.assertRaises(ConsentRequired):
                self.make(env(su=True))
        with self.assertRaises(ConsentRequired):
            self.make(default_social_mention_id=self.mention.id)
        with self.assertRaises(ConsentRequired):
            self.lead.social_mention_id = self.mention
        with self.assertRaises(ConsentRequired):
            self.lead.write({"social_mention_id": self.mention.id, "partner_id": self.partner.id})

    def test_r23_no_rule_of_a_company_switches_that_off(self):
        rule = self.env.ref("social_consent_monitoring.policy_rule_lead")
        self.env.cr.execute("UPDATE social_policy_rule SET mode = 'off' WHERE id = %s", [rule.id])
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with self.assertRaises(ConsentRequired):
            self.make()

    def test_r23_with_the_authors_consent_a_lead_is_made(self):
        self.consent()
        self.assertEqual(self.make().social_mention_id, self.mention)
        self.lead.social_mention_id = self.mention

    def test_r23_an_unknown_author_has_consented_to_nothing(self):
        self.consent()
        self.mention.author_id = False
        with self.assertRaises(ConsentRequired):
            self.make()

    def test_r8_a_withdrawal_cuts_the_lead_from_the_mention(self):
        self.consent()
        lead = self.make()
        self.withdraw("contact", "social", partner=self.author)
        self.assertFalse(lead.social_mention_id)

    def test_who_reads_no_mentions_sees_nothing_of_it(self):
        self.consent()
        lead = self.make()
        lead.user_id = self.sales
        # What sudo has read shows through to nobody.
        self.assertTrue(lead.sudo().social_mention_id.display_name)
        mine = lead.with_user(self.sales)
        self.assertNotIn("social_mention_id", mine.fields_get())
        self.assertNotIn("social_mention_id", mine.read()[0])
        leads = self.env["crm.lead"].with_user(self.sales)
        for ask in (
            lambda: mine.read(["social_mention_id"]),
            lambda: mine.social_mention_id,
            lambda: leads.search([("social_mention_id", "!=", False)]),
            lambda: leads.search([("social_mention_id.text", "ilike", "parcel")]),
            lambda: leads.search([], order="social_mention_id"),
            lambda: leads.formatted_read_group([], ["social_mention_id"], ["__count"]),
            lambda: mine.write({"social_mention_id": self.mention.id}),
        ):
            with self.assertRaises(AccessError):
                ask()

    def test_a_copy_is_made_from_nothing(self):
        self.consent()
        self.assertFalse(self.make().copy().social_mention_id)
