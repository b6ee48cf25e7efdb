"""Erasure (GDPR Art. 17): everything but the pseudonymous record, proven by a full text search."""

import base64
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from common import Common, make_post
from fulltext import find_words

NAME = "Zenobia Quastenflosser"
EMAIL = "zenobia@quastenflosser.example"
NUMBER = "+49305550199"
HANDLE = "zenobia_q@social.example"
STREET = "Kaulquappenweg 77"
NOTE = "likes velvet trombones"
POST = "My teapot whistles Parsifal"
FILE = "signed-by-zenobia.pdf"
WORDS = [NAME, "quastenflosser", "5550199", HANDLE, STREET, NOTE, POST, FILE, "zenobia"]


class Erasable(Common):
    """A person in every place in which the product, and Odoo, keeps one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.zenobia = cls.env["res.partner"].create(
            {
                "name": NAME,
                "email": EMAIL,
                "phone": NUMBER,
                "street": STREET,
                "comment": f"<p>{NOTE}</p>",
                "lang": "de_DE",
                "image_1920": base64.b64encode(PIXEL),
            }
        )

    def subject(self, record=None):
        [(_record, subject)] = (record or self.zenobia)._ensure_subjects()
        return subject

    def erase(self, record=None, **options):
        return self.env["social.erasure"]._erase(self.subject(record), **options)

    def assertNowhere(self, words=WORDS):
        self.assertEqual(find_words(self.env, words), {})

    def assertWhole(self):
        self.assertFalse(self.env["social.consent.event"]._verify())

    def make_evidence(self):
        document = self.env["ir.attachment"].create({"name": FILE, "raw": NAME.encode()})
        self.give(
            "match",
            partner=self.zenobia,
            evidence={"note": NOTE, "medium": "paper", "attachment_ids": document.ids},
        )
        document.unlink()

    def make_posts(self):
        mention = self.store(make_post(901, author=HANDLE, text=POST))
        self.env["social.match"]._make(mention, self.zenobia)
        self.env["social.profile"]._make(self.zenobia, mention.platform_id, HANDLE)
        return mention

    def make_tick(self, person):
        ticks = {"text": NAME, "boxes": []}
        self.env["social.consent.tick"]._add(person, ticks)

    def make_queue(self):
        self.env["mail.mail"].create(
            [
                {"subject": NAME, "body_html": NOTE, "email_to": f"{NAME} <{EMAIL}>"},
                {"subject": "x", "recipient_ids": [Command.link(self.zenobia.id)]},
            ]
        )
        self.env["sms.sms"].create({"number": NUMBER, "partner_id": self.zenobia.id, "body": NOTE})
        about = {"model": "res.partner", "res_id": self.zenobia.id}
        self.env["mailing.trace"].create({**about, "email": EMAIL})

    def make_scheduled(self):
        """Make advertising to the person that waits to be sent."""
        self.give("contact", "email", partner=self.zenobia)
        self.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": self.zenobia.id,
                "author_id": self.env.user.partner_id.id,
                "subject": NAME,
                "body": NOTE,
                "partner_ids": [Command.link(self.zenobia.id)],
                "scheduled_date": fields.Datetime.now() + timedelta(days=9),
                "notification_parameters": json.dumps({"social_kind": "marketing"}),
            }
        )

    def make_kin(self):
        """Make a child contact, an archived twin that was merged, a lead, and a recipient."""
        self.child = self.zenobia.create(
            {"name": f"{NAME} junior", "parent_id": self.zenobia.id, "type": "delivery"}
        )
        twin = self.zenobia.create({"name": f"{NAME} again", "email": EMAIL, "active": False})
        self.give("contact", "post", partner=twin, evidence={"note": NOTE})
        self.twin_key = twin.social_subject_key
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.zenobia | twin).ids, self.zenobia)
        self.lead = self.env["crm.lead"].create(
            {
                "name": f"{NAME} wants a teapot",
                "contact_name": NAME,
                "email_from": EMAIL,
                "partner_id": self.zenobia.id,
                "description": NOTE,
            }
        )
        self.recipient = self.env["mailing.contact"].create({"name": NAME, "email": EMAIL})

    def make_threads(self):
        other = self.env["res.partner"].create({"name": "Somebody Else"})
        self.elsewhere = other
        message = {"author_id": self.zenobia.id, "email_from": f"{NAME} <{EMAIL}>", "body": NOTE}
        self.zenobia.message_post(**message, message_type="email")
        other.message_post(**message, message_type="email")
        other.message_subscribe(self.zenobia.ids)
        self.zenobia.activity_schedule("mail.mail_activity_data_todo", summary=NOTE)

    def make_asked(self, mention):
        """Make what the person asked for, was told, and what was copied of the posts."""
        requests = self.env["social.privacy.request"]
        self.asked = requests._open(
            self.subject(), "correct", method="staff", text=f"{NAME}: {NOTE}", answer_to=EMAIL
        )
        self.env["social.author.request"]._open(mention.platform_id, HANDLE)
        self.elsewhere.comment = f"<p>Saw: {POST}</p>"
        self.env["social.copy"]._record(self.elsewhere, ["comment"], mention=mention)
        mail = self.env["mail.mail"].create({"subject": "x", "email_to": EMAIL})
        self.env["social.sent.mail"]._remember(mail)
        self.env["social.rate.limit"]._hit("ask", EMAIL, "192.0.2.1")


# A picture of one point.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class TestErasure(Erasable):
    def test_nothing_of_an_erased_person_is_found_in_the_database(self):
        self.make_evidence()
        mention = self.make_posts()
        self.make_kin()
        self.make_threads()
        self.make_queue()
        self.make_scheduled()
        self.make_asked(mention)
        told = self.env["social.information"].search([("subject_id", "=", self.subject().id)])
        self.assertEqual(told.partner_id, self.zenobia)
        portal = new_test_user(self.env, "zenobia_portal", groups="base.group_portal")
        portal.partner_id.write({"parent_id": self.zenobia.id, "type": "other", "name": NAME})
        self.env["social.first.contact"]._record(self.zenobia, "met", NOTE)
        self.env["social.existing.customer"]._record(
            self.zenobia, f"Order of {NAME}", fields.Date.today(), NOTE
        )
        self.env["mail.blacklist"]._add("old@quastenflosser.example", message=NOTE)
        self.zenobia.child_ids.email = "old@quastenflosser.example"
        self.env["phone.blacklist"].create({"number": NUMBER})
        event = self.env["calendar.event"].create(
            {
                "name": f"Call with {NAME}",
                "start": fields.Datetime.now(),
                "stop": fields.Datetime.now() + timedelta(hours=1),
                "partner_ids": [Command.link(self.zenobia.id)],
            }
        )
        lookup = self.env["privacy.lookup.wizard"].create({"name": NAME, "email": EMAIL})
        lookup.action_lookup()
        lookup.line_ids[:1].execution_details = "Looked"
        everybody = self.zenobia | self.child | portal.partner_id
        key = self.zenobia.social_subject_key
        self.erase(twins=[self.recipient])
        self.assertNowhere()
        self.assertFalse(everybody.exists())
        self.assertFalse(self.lead.exists() or self.recipient.exists())
        self.assertFalse(mention.exists())
        self.assertFalse(portal.exists())
        self.assertTrue(event.exists())
        self.assertWhole()
        events = self.env["social.consent.event"].search([("subject_key", "=", key)])
        self.assertEqual(events[0].state, "refused")
        self.assertFalse(self.env["social.author.request"].search([]))
        self.assertFalse(self.env["social.copy"].search([("res_id", "=", self.elsewhere.id)]))
        self.assertTrue(self.asked.is_erased and self.elsewhere.exists())
        self.env.invalidate_all()
        self.assertFalse(told.partner_id, "it says that somebody was to be told, and not whom")

    def test_what_is_searched_for_is_found_before(self):
        self.make_evidence()
        self.make_posts()
        self.make_threads()
        self.make_queue()
        self.assertEqual(set(find_words(self.env, WORDS)), set(WORDS))

    def test_digits_of_a_message_id_are_nobodys_number(self):
        digits = "305550199123456.1795980891.963148593902588"
        message = self.env["mail.message"].create({"message_id": f"<{digits}-openerp-private@vm>"})
        self.assertEqual(find_words(self.env, ["5550199123"]), {})
        message.body = "5550199123"
        self.assertEqual(find_words(self.env, ["5550199123"]), {"5550199123": ["mail_message"]})

    def test_all_keys_that_were_joined_are_erased(self):
        self.make_kin()
        self.erase(twins=[self.recipient])
        keys = [self.twin_key, self.subject_keys()]
        evidence = self.env["social.consent.evidence"]
        self.assertFalse(evidence.search([("event_id.subject_key", "in", keys)]))

    def test_what_leads_to_more_of_the_person_is_followed_to_its_end(self):
        """A lead of the contact has a key of its own, which a recipient of newsletters has, too."""
        lead = self.env["crm.lead"].create({"name": "Lead", "contact_name": "Z."})
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        for record in (recipient, lead):
            self.give("contact", "email", partner=record)
        lead.social_subject_id._join(recipient.social_subject_id)
        lead.partner_id = self.zenobia
        scope = self.env["social.erasure.scope"]._find(self.subject())
        self.assertEqual(scope.records["crm.lead"], lead)
        self.assertEqual(scope.records["mailing.contact"], recipient)
        self.erase()
        self.assertFalse(lead.exists() or recipient.exists())

    def subject_keys(self):
        return self.env["social.erasure.proof"].search([], limit=1).subject_key

    def test_a_text_that_went_back_to_its_author_before_goes_too(self):
        self.make_scheduled()
        self.withdraw("contact", "email", partner=self.zenobia)
        told = self.env["mail.message"].search([("message_type", "=", "user_notification")])
        self.assertIn(NOTE, "".join(told.mapped("body")))
        self.erase()
        self.assertNowhere([NAME, NOTE])

    def test_others_keep_what_is_theirs(self):
        self.make_threads()
        mention = self.store(make_post(902, author="stranger@social.example", text="Hello"))
        child_of_company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        colleague = self.env["res.partner"].create(
            {"name": "Colleague", "parent_id": child_of_company.id}
        )
        self.zenobia.parent_id = child_of_company
        self.elsewhere.message_post(body="Of somebody else", message_type="comment")
        self.give("match", partner=self.partner)
        self.erase()
        self.assertTrue(mention.exists() and child_of_company.exists() and colleague.exists())
        self.assertIn("Of somebody else", str(self.elsewhere.message_ids.mapped("body")))
        self.assertEqual(self.partner.social_consent_ids.state, "given")
        self.assertTrue(
            self.env["social.consent.evidence"].search([("partner_id", "=", self.partner.id)])
        )

    def test_an_address_that_others_have_too_stays_theirs(self):
        family = self.env["res.partner"].create({"name": "Family", "email": EMAIL})
        mail = self.env["mail.mail"].create({"recipient_ids": [Command.link(family.id)]})
        self.erase()
        self.assertEqual(family.email, EMAIL)
        self.assertTrue(mail.exists())

    def make_meeting(self, description):
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "description": f"<p>{description}</p>",
                "start": fields.Datetime.now(),
                "stop": fields.Datetime.now() + timedelta(hours=1),
                "partner_ids": [Command.link(self.zenobia.id)],
            }
        )

    def test_what_is_no_address_or_number_wipes_nothing_of_others(self):
        self.zenobia.write({"phone": "-", "email": "e"})
        meeting = self.make_meeting("Offer 4-7: the teapots")
        scope = self.env["social.erasure.scope"]._find(self.subject())
        self.assertFalse(scope.addresses | scope.numbers)
        self.env.cr.execute("INSERT INTO bus_bus (channel, message) VALUES ('x', 'some-message')")
        self.erase()
        self.assertIn("Offer 4-7: the teapots", str(meeting.description))
        self.env.cr.execute("SELECT count(*) FROM bus_bus WHERE message = 'some-message'")
        self.assertEqual(self.env.cr.fetchone()[0], 1)

    def test_an_address_that_only_holds_the_persons_stays_whole(self):
        others = f"max-{EMAIL}, {EMAIL}.org, {NUMBER}44"
        meeting = self.make_meeting(f"{others}, and {EMAIL} or {NUMBER}.")
        self.erase()
        self.assertIn(f"{others}, and  or .", str(meeting.description))

    def test_a_contact_below_a_person_is_offered_and_not_just_erased(self):
        assistant = self.zenobia.create(
            {"name": "Berta Assistentin", "parent_id": self.zenobia.id, "type": "contact"}
        )
        scope = self.env["social.erasure.scope"]._find(self.subject())
        self.assertIn(assistant, self.env["social.erasure.scope"]._find_offers(scope))
        self.erase()
        self.assertEqual(assistant.exists().name, "Berta Assistentin")

    def test_addresses_that_messages_of_others_note_go_and_the_messages_stay(self):
        message = self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "body": "Of somebody else",
                "incoming_email_to": f"x@y.example, {NAME} <{EMAIL}>",
                "incoming_email_cc": EMAIL,
                "outgoing_email_to": f"{EMAIL}, {EMAIL}.org",
            }
        )
        self.env["mail.gateway.allowed"].create({"email": EMAIL})
        guest = self.env["mail.guest"].create({"name": NAME, "email": EMAIL})
        self.erase()
        self.assertNowhere([NAME])
        self.assertFalse(self.env["mail.gateway.allowed"].search([("email", "=", EMAIL)]))
        self.assertNotIn(EMAIL, str(guest.exists().email))
        self.assertEqual(message.incoming_email_to, "x@y.example")
        self.assertFalse(message.incoming_email_cc)
        self.assertEqual(message.outgoing_email_to, f"{EMAIL}.org")

    def test_what_was_pasted_into_a_form_goes_along(self):
        if "mailing.contact.import" not in self.env:
            self.skipTest("mass_mailing is missing")
        pasted = self.env["mailing.contact.import"].create({"contact_list": f"{NAME} {EMAIL}"})
        other = self.env["mailing.contact.import"].create({"contact_list": "x@y.example"})
        self.erase()
        self.assertFalse(pasted.exists())
        self.assertTrue(other.exists())

    def test_a_mail_to_several_goes_on_to_the_others(self):
        both = [Command.link(self.zenobia.id), Command.link(self.partner.id)]
        mail = self.env["mail.mail"].create({"recipient_ids": both, "email_to": f"{EMAIL}, x@y.z"})
        self.erase()
        self.assertEqual(mail.recipient_ids, self.partner)
        self.assertEqual(mail.email_to, "x@y.z")

    def test_where_a_document_must_be_kept_the_contact_is_made_anonymous(self):
        self.make_evidence()
        self.make_threads()
        self.make_kin()
        self.make_tick(self.zenobia)
        event = self.env["calendar.event"].create(
            {
                "name": "Delivery",
                "start": fields.Datetime.now(),
                "stop": fields.Datetime.now() + timedelta(hours=1),
                "partner_ids": [Command.link(self.zenobia.id)],
            }
        )
        # Odoo writes name and address into it, and what is kept stays as it is.
        event.description = False
        kept = {"calendar.event": ("partner_ids", [])}
        with self.keeping(kept):
            proof = self.erase(twins=[self.recipient])
        self.assertTrue(event.exists())
        self.assertEqual(event.with_context(active_test=False).partner_ids, self.zenobia)
        self.assertEqual(self.zenobia.name, "Erased person")
        self.assertFalse(self.zenobia.active)
        self.assertFalse(self.zenobia.image_1920)
        self.assertFalse(self.zenobia.social_subject_id)
        self.assertFalse(self.zenobia.message_ids or self.zenobia.activity_ids)
        self.assertEqual(json.loads(proof.kept), {"calendar.event": 1})
        self.assertNowhere()
        self.assertWhole()

    def test_an_anonymous_contact_lives_nowhere(self):
        self.zenobia.write(
            {
                "state_id": self.env.ref("base.state_de_be").id,
                "partner_latitude": 52.5,
                "partner_longitude": 13.4,
                "city": "Berlin",
                "zip": "10115",
            }
        )
        document = self.env["calendar.event"].create(
            {
                "name": "Delivery",
                "start": fields.Datetime.now(),
                "stop": fields.Datetime.now() + timedelta(hours=1),
                "partner_ids": [Command.link(self.zenobia.id)],
            }
        )
        document.description = False
        with self.keeping({"calendar.event": ("partner_ids", [])}):
            self.erase()
        place = ("street", "zip", "city", "state_id", "partner_latitude", "partner_longitude")
        self.assertTrue(self.zenobia.exists())
        self.assertFalse(any(self.zenobia[name] for name in place))

    def keeping(self, models):
        scope = type(self.env["social.erasure.scope"])
        return patch.object(scope, "_get_social_kept_models", lambda _self: models)

    def test_what_cannot_be_deleted_is_kept_without_the_name(self):
        def refuse(_self):
            raise UserError("Never")

        with patch.object(type(self.env["crm.lead"]), "unlink", refuse):
            self.make_kin()
            self.make_tick(self.lead)
            self.erase(twins=[self.recipient])
        self.assertTrue(self.lead.exists())
        self.assertFalse(self.lead.active)
        self.assertNowhere()

    def test_a_colleague_is_not_erased(self):
        with self.assertRaises(UserError):
            self.erase(self.employee.partner_id)
        self.assertTrue(self.employee.partner_id.active)

    def test_the_company_itself_is_not_erased(self):
        with self.assertRaises(UserError):
            self.erase(self.env.company.partner_id)

    def test_what_another_company_knows_needs_who_may_act_for_both(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.zenobia.with_company(company)._object_social(method="staff")
        erasure = self.env["social.erasure"].with_user(self.officer)
        with self.assertRaises(UserError):
            erasure._erase(self.subject())
        self.officer.company_ids |= company
        erasure._erase(self.subject())
        self.assertNowhere()

    def test_the_proof_counts_what_was_removed_and_names_nobody(self):
        self.make_evidence()
        self.make_tick(self.zenobia)
        proof = self.erase()
        removed = json.loads(proof.removed)
        self.assertEqual(removed["res.partner"], 1)
        self.assertEqual(removed["social.consent.tick"], 1)
        self.assertGreater(removed["social.consent.evidence"], 1)
        self.assertEqual(len(proof.digest), 64)
        self.assertNotIn(NAME, proof.summary)
        with self.assertRaises(UserError):
            proof.write({"removed": "{}"})
        with self.assertRaises(UserError):
            proof.unlink()

    def test_a_contact_is_deleted_in_the_normal_way_as_ever(self):
        self.make_evidence()
        key = self.zenobia.social_subject_key
        self.zenobia.unlink()
        evidence = self.env["social.consent.evidence"].search([("event_id.subject_key", "=", key)])
        self.assertTrue(evidence)
        self.assertWhole()


class TestDryRun(Erasable):
    def open_wizard(self, user=None):
        action = self.zenobia.with_user(user or self.officer).action_erase_social_person()
        return (
            self.env["social.erasure.wizard"]
            .with_user(user or self.officer)
            .browse(action["res_id"])
        )

    def test_looking_changes_nothing_and_counts_what_goes(self):
        self.make_evidence()
        self.make_posts()
        self.make_kin()
        before = self.env["social.consent.event"].search_count([])
        wizard = self.open_wizard()
        self.assertEqual(self.zenobia.name, NAME)
        self.assertTrue(self.lead.exists())
        self.assertEqual(self.env["social.consent.event"].search_count([]), before)
        counts = {line.res_model: line.count for line in wizard.delete_line_ids}
        self.assertEqual(counts["res.partner"], 2)
        self.assertEqual(counts["crm.lead"], 1)
        self.assertEqual(counts["social.mention"], 1)
        self.assertIn("social.consent.event", wizard.keep_line_ids.mapped("res_model"))

    def test_twins_are_offered_and_erased_only_if_ticked(self):
        self.make_kin()
        wizard = self.open_wizard()
        self.assertEqual(wizard.offer_line_ids.mapped("res_model"), ["mailing.contact"])
        self.assertFalse(wizard.offer_line_ids.is_chosen)
        wizard.check_note = "Called back"
        wizard.action_erase()
        self.assertTrue(self.recipient.exists())
        self.assertEqual(self.recipient.email, EMAIL)

    def test_a_ticked_twin_goes_along(self):
        self.make_kin()
        wizard = self.open_wizard()
        wizard.offer_line_ids.is_chosen = True
        wizard.action_refresh()
        self.assertIn("mailing.contact", wizard.delete_line_ids.mapped("res_model"))
        wizard.check_note = "Called back"
        action = wizard.action_erase()
        request = self.env["social.privacy.request"].browse(action["res_id"])
        self.assertEqual(request.state, "confirmed")
        self.env["mail.mail"].search([]).unlink()
        self.assertNowhere()

    def test_nobody_else_looks_or_erases(self):
        for user in (self.sales, self.manager, self.employee):
            with self.assertRaises(AccessError):
                self.open_wizard(user)

    def test_without_a_check_of_who_asks_nothing_is_erased(self):
        wizard = self.open_wizard()
        with self.assertRaises(UserError):
            wizard.action_erase()
        self.assertEqual(self.zenobia.name, NAME)


class TestLookup(Erasable):
    """Odoo's own privacy lookup."""

    def look_up(self, user=None):
        wizard = self.env["privacy.lookup.wizard"].with_user(user or self.env.user)
        wizard = wizard.create({"name": NAME, "email": EMAIL})
        wizard.action_lookup()
        return wizard

    def prepare(self):
        self.make_evidence()
        self.make_posts()
        self.env["social.first.contact"]._record(self.zenobia, "met", NOTE)
        self.env["social.privacy.request"]._open(self.subject(), "access", method="staff")

    def test_it_finds_what_hangs_on_the_persons_key(self):
        self.prepare()
        found = set(self.look_up().line_ids.mapped("res_model"))
        self.assertGreaterEqual(
            found,
            {
                "res.partner",
                "social.consent",
                "social.consent.evidence",
                "social.match",
                "social.profile",
                "social.author",
                "social.first.contact",
                "social.privacy.request",
            },
        )

    def test_names_of_what_it_finds_say_nothing(self):
        self.prepare()
        lines = self.look_up().line_ids.filtered(lambda line: line.res_model.startswith("social."))
        names = " ".join(lines.mapped("res_name")).lower()
        for word in WORDS:
            self.assertNotIn(word.lower(), names)

    def test_nothing_of_others_is_found(self):
        self.prepare()
        self.give("match", partner=self.partner)
        mine = self.partner.social_consent_ids
        lines = self.look_up().line_ids.filtered(lambda line: line.res_model == "social.consent")
        self.assertNotIn(mine.id, lines.mapped("res_id"))

    def test_an_administrator_without_the_privacy_role_learns_nothing_of_it(self):
        self.prepare()
        admin = new_test_user(self.env, "plain_admin", groups="base.group_system")
        found = self.look_up(admin).line_ids.mapped("res_model")
        self.assertFalse([model for model in found if model.startswith("social.")])

    def test_deleting_a_contact_there_erases_the_whole_person(self):
        self.prepare()
        wizard = self.look_up()
        line = wizard.line_ids.filtered(lambda each: each.res_model == "res.partner")
        line.action_unlink()
        self.assertTrue(line.is_unlinked)
        self.env["mail.mail"].search([]).unlink()
        self.assertNowhere()
        self.assertWhole()

    def test_deleting_everything_there_erases_and_leaves_what_proves(self):
        self.prepare()
        wizard = self.look_up()
        wizard.line_ids.action_unlink_all()
        self.env["mail.mail"].search([]).unlink()
        self.assertNowhere()
        self.assertTrue(self.env["social.consent"].search([("state", "=", "withdrawn")]))
        self.assertWhole()

    def test_what_proves_is_not_deleted_there_by_itself(self):
        self.prepare()
        wizard = self.look_up()
        for model in ("social.consent", "social.consent.evidence", "social.first.contact"):
            line = wizard.line_ids.filtered(lambda each, name=model: each.res_model == name)[:1]
            with self.assertRaises(UserError):
                line.action_unlink()
            self.assertTrue(self.env[model].browse(line.res_id).exists())

    def test_its_log_does_not_keep_who_was_erased(self):
        wizard = self.look_up()
        log = self.env["privacy.log"].create(
            {
                "anonymized_name": NAME,
                "anonymized_email": EMAIL,
                "records_description": wizard.records_description,
            }
        )
        self.assertIn("z", log.anonymized_email)
        wizard.line_ids.filtered(lambda line: line.res_model == "res.partner").action_unlink()
        self.assertFalse(log.exists())
        self.assertIn("Deleted", wizard.execution_details)
        self.env.flush_all()
        now = self.env["privacy.log"].search([])
        self.assertTrue(now)
        self.assertNotIn("z", " ".join(now.mapped("anonymized_email")))
