"""What staff say of a person before the first contact, and what follows from it (R23)."""

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from common import Common


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

    def test_the_address_itself_is_not_kept(self):
        self.assertNotIn("ada", self.record().address)

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
