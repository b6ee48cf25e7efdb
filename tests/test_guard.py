"""R19: an answer names no customer, unless the post itself does."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.models import social_rate_limit

import guarded
from common import Common, make_post


class GuardCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.anna = cls.env["res.partner"].create(
            {
                "name": "Anna Brinkhoff",
                "email": "anna@mail.example",
                "phone": "+49 40 66969123",
                "street": "Lindenstraße 12",
                "country_id": cls.env.ref("base.de").id,
            }
        )
        cls.guard = cls.env["social.guard"]

    def check(self, draft, post=None):
        """Return what is marked: ``{(word, kind)}``."""
        mention = self.store(make_post(text=post)) if post else None
        return {(each.word, each.kind) for each in self.guard._check(draft, mention)}


class TestGuard(GuardCase):
    def test_r19_names_addresses_and_numbers_of_a_contact_are_marked(self):
        draft = (
            "Hallo Anna Brinkhoff, wir waren in der Lindenstr. 12, haben 040/66969123 angerufen und "
            "an Anna@mail.example geschrieben."
        )
        self.assertEqual(
            self.check(draft),
            {
                ("Anna Brinkhoff", "name"),
                ("Lindenstr. 12", "address"),
                ("040/66969123", "phone"),
                ("Anna@mail.example", "email"),
            },
        )

    def test_places_of_findings_are_those_of_the_draft(self):
        draft = "Liebe Frau Brinkhoff, danke!"
        [found] = self.guard._check(draft)
        self.assertEqual(draft[found.start : found.end], found.word)
        self.assertEqual((found.word, found.kind), ("Brinkhoff", "name"))

    def test_what_the_post_says_is_free_to_repeat(self):
        post = "Ich bin Anna Brinkhoff aus der Lindenstraße 12, Tel. 040 66969123"
        draft = "Hallo Anna Brinkhoff, zur Lindenstr. 12 rufen wir unter +49 40 66969123 an."
        self.assertFalse(self.check(draft, post))
        self.assertEqual(self.check(draft, "Wo ist mein Paket?"), self.check(draft))
        self.assertFalse(self.check("Danke, Anna Brinkhoff!", "@anna_brinkhoff fragt nach"))

    def test_an_answer_that_names_nobody_is_abstract(self):
        for draft in ("", "Danke, Anna!", "Das tut uns sehr leid.", "Am 12.03.2026 um 14:30 Uhr"):
            self.assertFalse(self.check(draft), draft)

    def test_own_staff_is_free_and_a_customer_who_is_greeted_is_not(self):
        new_test_user(self.env, "colleague", name="Bernd Rautenberg")
        self.env["res.partner"].create({"name": "Carla Rautenberg"})
        self.assertFalse(self.check("Herr Rautenberg kümmert sich darum."))
        self.assertFalse(self.check("Bernd Rautenberg kümmert sich darum."))
        self.assertTrue(self.check("Liebe Frau Rautenberg, das tut uns leid."))
        self.assertTrue(self.check("Das ist bei Carla Rautenberg auch so."))

    def test_own_addresses_are_free(self):
        company = self.env.company.partner_id
        company.write({"email": "help@own.example", "phone": "+49 40 66969100"})
        place = {"name": "Filiale", "street": "Hafenstraße 1", "parent_id": company.id}
        self.env["res.partner"].create({**place, "type": "other"})
        self.assertFalse(self.check("help@own.example, 040 66969100, oder in der Hafenstraße 1"))

    def test_a_company_counts_by_its_full_name(self):
        self.env["res.partner"].create(
            [
                {"name": "Hansen Maschinenbau GmbH", "is_company": True},
                {"name": "Sonnenschein GmbH", "is_company": True},
            ]
        )
        self.assertTrue(self.check("Bei Hansen Maschinenbau war es auch so."))
        self.assertTrue(self.check("Die Sonnenschein GmbH kauft hier."))
        self.assertFalse(self.check("Bei Sonnenschein geht alles besser."))

    def test_a_brand_that_sources_search_for_is_free(self):
        self.env["res.partner"].create({"name": "Licht Werk Online", "is_company": True})
        self.assertTrue(self.check("Anders als Licht Werk Online liefern wir."))
        self.source.sudo().term = "Licht Werk Online"
        self.assertFalse(self.check("Anders als Licht Werk Online liefern wir."))

    def test_recipients_and_leads_count_by_their_address(self):
        self.env["mailing.contact"].create({"email": "reader@mail.example"})
        self.env["crm.lead"].create({"name": "Lead", "email_from": "lead@mail.example"})
        for address in ("reader@mail.example", "lead@mail.example"):
            self.assertEqual(self.check(f"Wir schrieben an {address}."), {(address, "email")})
        self.assertFalse(self.check("Wir schrieben an nobody@mail.example."))


class TestGuardIsRight(GuardCase):
    """What the guard knows follows the contacts, whichever way they change."""

    def knows(self, name):
        return bool(self.check(f"Hallo {name}, danke!"))

    def test_a_renamed_contact(self):
        self.anna.name = "Anna Vossberg"
        self.assertTrue(self.knows("Anna Vossberg"))
        self.assertFalse(self.knows("Anna Brinkhoff"))

    def test_an_archived_contact_counts_and_a_deleted_one_does_not(self):
        self.anna.active = False
        self.assertTrue(self.knows("Anna Brinkhoff"))
        self.anna.unlink()
        self.assertFalse(self.knows("Anna Brinkhoff"))

    def test_a_merged_contact(self):
        other = self.env["res.partner"].create({"name": "Anne Brinkhoff-Sievers"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.anna | other).ids, other)
        self.assertTrue(self.knows("Anne Brinkhoff-Sievers"))
        self.assertFalse(self.knows("Anna Brinkhoff"))

    def test_an_imported_contact(self):
        self.env["res.partner"].load(["name", "street"], [["Dieter Haselhorst", "Am Deich 7"]])
        self.assertTrue(self.knows("Dieter Haselhorst"))
        self.assertTrue(self.check("Wir waren Am Deich 7."))

    def test_contacts_made_in_sql_are_filled_in(self):
        self.env.cr.execute(
            "UPDATE res_partner SET name = 'Olga Weidenfeller' WHERE id = %s", [self.anna.id]
        )
        self.env["res.partner"]._fill_social_guard()
        self.env.invalidate_all()
        self.assertTrue(self.knows("Olga Weidenfeller"))

    def test_a_contact_of_another_company_counts(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.anna.company_id = other
        self.assertTrue(self.check("Hallo Anna Brinkhoff, danke!"))


class TestNobodyAsksTheGuard(GuardCase):
    """It tells who is a customer: nobody may use it to find out."""

    def test_who_reads_no_mention_checks_none(self):
        mention = self.store()
        guard = self.guard.with_user(self.employee)
        with self.assertRaises(AccessError):
            guard._check("Hallo Anna Brinkhoff", mention.with_user(self.employee))

    def test_too_many_marked_drafts_are_stopped_and_abstract_ones_are_not(self):
        self.patch(
            social_rate_limit,
            "LIMITS",
            {**social_rate_limit.LIMITS, "guard": social_rate_limit.Limit(2, 0)},
        )
        guard = self.guard.with_user(self.clerk)
        for _time in range(2):
            self.assertTrue(guard._check("Hallo Anna Brinkhoff"))
        with self.assertRaisesRegex(UserError, "Too many drafts") as caught:
            guard._check("Hallo Anna Brinkhoff")
        self.assertNotIn("Brinkhoff", str(caught.exception))
        self.assertFalse(guard._check("Das tut uns leid."))

    def test_nothing_of_a_draft_is_logged(self):
        with self.assertNoLogs("odoo.addons.social_consent_monitoring"):
            self.assertTrue(self.guard._check("Hallo Anna Brinkhoff"))


class TestGuardedSet(Common):
    """What is measured on the test set that ships, as far as it needs no module of documents."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        guarded.fill(cls.env)

    def test_r19_the_guard_is_right_on_its_test_set(self):
        kinds = {"name", "phone", "email", "address"}
        guard = self.env["social.guard"]
        for half in ("tuning", "held_out"):
            drafts = [
                draft
                for draft in guarded.read_drafts(half)
                if all(kind in kinds for _start, _end, kind in draft["marks"])
            ]
            for score in guarded.score(drafts, guard._find):
                self.assertGreaterEqual(score.precision, 0.95, half)
                self.assertGreaterEqual(score.recall, 0.95, half)
