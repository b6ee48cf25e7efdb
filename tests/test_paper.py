"""A form on paper: printed with nothing ticked, its code leads home, its scan is recorded (rules 9, 10)."""

import base64
import io
from datetime import timedelta
from unittest.mock import patch

from lxml import html
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from odoo.addons.social_consent_monitoring.links import WITHDRAW

from common import ADDON, Common, CommonHttp
from test_page import DOES_NOT_WORK, PageCase

REPORT = f"{ADDON}.report_paper_form"


class Paper:
    """Prints forms, and fills in what staff reads off a signed one."""

    def print_forms(self, partners=None, user=None, **values):
        wizards = self.env["social.paper.print.wizard"].with_user(user or self.sales)
        partners = self.partner if partners is None else partners
        wizard = wizards.create({"partner_ids": [Command.set(partners.ids)], **values})
        forms = self.env["social.paper.form"].search([], limit=1)
        action = wizard.action_print()
        made = self.env["social.paper.form"].browse(action["context"]["active_ids"])
        self.assertGreater(min(made.ids), forms.id or 0)
        return made

    def render(self, forms, user=None):
        report = self.env["ir.actions.report"].with_user(user or self.sales)
        page, _type = report._render_qweb_html(REPORT, forms.ids)
        return html.fromstring(page)

    def get_number(self, form):
        return form.sudo()._get_number()

    def upload(self, user=None, **values):
        vals = {"name": "scan.pdf", "raw": b"A scan", "res_id": 0, **values}
        vals.setdefault("res_model", "social.paper.record.wizard")
        return self.env["ir.attachment"].with_user(user or self.sales).create(vals)

    def fill_in(self, number="", ticked=(("match", False),), **values):
        """Fill in the form as staff does, with its onchanges; return it unsaved."""
        form = Form(self.env["social.paper.record.wizard"].with_user(self.sales))
        form.form_number = number
        for name, value in {"partner_id": self.partner, "signed_on": self.today, **values}.items():
            if not (name == "partner_id" and number):
                setattr(form, name, value)
        self.tick(form, ticked)
        form.attachment_ids.add(self.upload())
        return form

    def tick(self, form, boxes):
        for place in range(len(form.line_ids)):
            with form.line_ids.edit(place) as line:
                line.ticked = (line.notice_id.purpose_id.code, line.channel) in boxes

    @property
    def today(self):
        return fields.Date.context_today(self.env["res.partner"].with_user(self.sales))

    def get_given(self, partner=None):
        consents = (partner or self.partner).social_consent_ids
        given = consents.filtered(lambda consent: consent.state == "given")
        return sorted((each.purpose_code, each.channel or "") for each in given)


class TestPrinted(Paper, Common):
    def test_r9_nothing_is_ticked_and_each_purpose_and_channel_has_its_own_box(self):
        page = self.render(self.print_forms())
        boxes = [" ".join(each.text_content().split()) for each in page.xpath("//*[@name='box']")]
        self.assertEqual(len(boxes), 8)
        self.assertEqual(len(set(boxes)), 8)
        for box in boxes:
            self.assertTrue(box.startswith("☐ I consent: "), box)
            self.assertIn("withdraw", box)
        self.assertNotRegex(page.text_content(), "[☑☒✓✗]")
        self.assertFalse(page.xpath("//input"))

    def test_r8_the_whole_text_with_its_version_and_the_short_link_to_withdraw_stand_on_it(self):
        form = self.print_forms()
        url = form.sudo()._get_short_url()
        said = " ".join(self.render(form).text_content().split())
        for notice in form.notice_ids:
            text = notice._get_text_for(link=url)
            self.assertIn(" ".join(text.split()), said)
            self.assertIn(f"Version {notice.version}, fingerprint {notice.text_hash[:16]}", said)
        self.assertIn(self.partner.name, said)
        self.assertIn("Signature", said)
        self.assertIn(self.get_number(form), said)
        self.assertNotIn("/social/consent/", said, "the long link stays with its person")

    def test_the_qr_code_is_drawn_into_the_page(self):
        form = self.print_forms()
        [image] = self.render(form).xpath("//*[@name='door']//img/@src")
        kind, _comma, drawn = image.partition(",")
        self.assertEqual(kind, "data:image/png;base64")
        # What stands in it is read by TestScanned.
        self.assertEqual(base64.b64decode(drawn), form.sudo()._draw_code())

    def test_a_blank_form_names_nobody_and_asks_who_it_is(self):
        form = self.print_forms(self.env["res.partner"], lang="en_US")
        self.assertFalse(form.partner_id)
        page = self.render(form)
        [person] = page.xpath("//*[@name='person']")
        self.assertFalse(person.text_content().strip())
        self.assertIn("e-mail address or phone number", page.text_content())

    def test_each_contact_gets_one_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        notice = self.env.ref(f"{ADDON}.notice_match_de")
        if notice.state == "draft":
            notice.action_publish()
        german = self.env["res.partner"].create({"name": "Grete", "lang": "de_DE"})
        match = self.env.ref(f"{ADDON}.purpose_match")
        forms = self.print_forms(self.partner | german, purpose_ids=match.ids)
        self.assertEqual(
            [(form.partner_id, form.notice_ids.lang) for form in forms],
            [(self.partner, "en_US"), (german, "de_DE")],
        )

    def test_r6_without_a_published_text_nothing_is_printed(self):
        self.env.cr.execute("UPDATE social_consent_notice SET state = 'draft'")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "no published privacy notice"):
            self.print_forms(purpose_ids=self.env.ref(f"{ADDON}.purpose_match").ids)
        with self.assertRaisesRegex(UserError, "Choose what the form asks for"):
            self.print_forms(purpose_ids=[])

    def test_r13_where_a_text_asks_for_the_age_the_form_does(self):
        self.assertNotIn("date of birth", self.render(self.print_forms()).text_content())
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        said = self.render(self.print_forms()).text_content()
        self.assertIn("date of birth", said)
        self.assertIn("has custody", said)

    def test_only_who_may_edit_contacts_prints_and_sees_the_own_forms(self):
        form = self.print_forms()
        with self.assertRaises(AccessError):
            self.print_forms(user=self.employee)
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        for user in (colleague, self.employee):
            with self.assertRaises(AccessError):
                self.render(form, user)
        self.assertFalse(self.env["social.paper.form"].with_user(colleague).search([]) & form)
        self.assertIn("Signature", self.render(form, self.officer).text_content())

    def test_no_form_is_typed_in_and_none_is_changed(self):
        form = self.print_forms()
        for user in (self.sales, self.officer, self.env.user):
            with self.assertRaises(UserError):
                form.with_user(user).write({"lang": "de_DE"})
        vals = {"company_id": self.env.company.id, "lang": "en_US"}
        with self.assertRaises(UserError):
            self.env["social.paper.form"].create(vals)

    def test_the_database_holds_no_number(self):
        form = self.print_forms()
        self.env.cr.execute("SELECT row_to_json(f)::text FROM social_paper_form f")
        stored = "".join(row for (row,) in self.env.cr.fetchall())
        self.assertNotIn(self.get_number(form), stored)

    def test_a_form_goes_with_its_contact(self):
        number = self.get_number(self.print_forms())
        self.partner.unlink()
        self.assertFalse(self.env["social.paper.form"]._find(number))


class TestCode(Paper, PageCase):
    """What the QR code and the short link lead to."""

    def open(self, number, **options):
        return self.get(f"/social/form/{number}", **options)

    def test_the_code_leads_to_the_persons_page_however_it_is_typed(self):
        self.give("match")
        number = self.get_number(self.print_forms())
        for typed in (number, number.lower(), number.replace("-", "")):
            page = self.open(typed)
            self.assertIn("Your consent", page.text)
            self.assertIn("Switched on", page.text)
        self.assertIn("no-referrer", self.open(number, allow_redirects=False).headers.values())

    def test_looking_changes_nothing(self):
        self.give("match")
        number = self.get_number(self.print_forms())
        before = self.get_consent().event_ids
        for method in ("GET", "HEAD"):
            self.open(number, method=method)
        self.assertEqual(self.get_consent().event_ids, before)

    def test_r8_one_press_there_withdraws(self):
        self.give("match")
        page = self.open(self.get_number(self.print_forms()))
        action, form = self.get_form(page.text, "/withdraw", purpose="match")
        self.post(action, **form)
        self.assertEqual(self.get_consent().state, "withdrawn")

    def test_r9_nobody_consents_by_it_as_whoever_printed_it_knows_it(self):
        page = self.open(self.get_number(self.print_forms()))
        self.assertNotIn("Read the text and consent", page.text)
        self.assertIn("have a new link sent to you", page.text)
        path = page.url.removeprefix(self.base_url())
        link = self.env["social.link"]._read(path.rpartition("/")[2], WITHDRAW)
        self.assertFalse(link.mailed, "it went to nobody's mailbox")
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.post(f"{path}/give", purpose="match", channel="", notice=notice.text_hash)
        self.assertFalse(self.get_given())

    def test_r5_it_shows_no_data_of_the_person(self):
        page = self.open(self.get_number(self.print_forms()))
        for said in (self.partner.name, "ada@example.com"):
            self.assertNotIn(said.lower(), page.text.lower())

    def test_the_link_is_mailed_from_there_to_the_recorded_address(self):
        page = self.open(self.get_number(self.print_forms()))
        before = self.get_mails()
        action, _fields = self.get_form(page.text, "/send")
        self.post(action)
        [mail] = self.get_mails() - before
        self.assertIn("ada@example.com", mail.email_to.lower())

    def test_a_blank_form_leads_to_where_the_link_is_sent(self):
        form = self.print_forms(self.env["res.partner"], lang="en_US")
        page = self.open(self.get_number(form))
        self.assertIn("Send me the links", page.text)

    def test_what_is_no_number_gets_one_page(self):
        form = self.print_forms()
        for number in ("x", "0" * 16, "AAAA-BBBB-CCCC-DDDD", str(form.id)):
            page = self.open(number)
            self.assertEqual(page.status_code, 404, number)
            self.assertIn(DOES_NOT_WORK, page.text)

    def test_a_link_that_was_switched_off_leads_nowhere(self):
        form = self.print_forms()
        number = self.get_number(form)
        form.with_user(self.sales).action_cancel()
        self.assertEqual(self.open(number).status_code, 404)
        self.assertTrue(form.cancelled_at)

    def test_nobody_switches_off_what_somebody_else_printed(self):
        form = self.print_forms()
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        for user in (colleague, self.employee):
            with self.assertRaises(AccessError):
                form.with_user(user).action_cancel()
        form.with_user(self.officer).action_cancel()
        self.assertTrue(form.cancelled_at)

    def test_who_was_merged_is_found(self):
        number = self.get_number(self.print_forms())
        other = self.env["res.partner"].create({"name": "Ada E.", "email": "e@example.com"})
        self.give("match", partner=other)
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((self.partner | other).ids, other)
        self.assertIn("Switched on", self.open(number).text)


class TestRecorded(Paper, Common):
    """What staff reads off a signed form."""

    def test_r10_all_boxes_of_one_paper_each_with_the_scan_and_its_version(self):
        form = self.print_forms()
        boxes = (("match", False), ("contact", "phone"))
        wizard = self.fill_in(self.get_number(form), boxes).save()
        self.assertEqual(wizard.partner_id, self.partner)
        upload = wizard.attachment_ids
        wizard.action_record()
        self.assertEqual(self.get_given(), [("contact", "phone"), ("match", "")])
        events = self.partner.social_consent_ids.event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "in", events.ids)])
        self.assertEqual(evidence.attachment_ids.mapped("raw"), [b"A scan"] * 2)
        self.assertEqual(set(evidence.mapped("medium")), {"paper"})
        self.assertIn(f'"form": {form.id}', evidence[0].details)
        self.assertEqual(
            evidence.notice_id,
            form.notice_ids.filtered(lambda each: each.purpose_id.code in ("match", "contact")),
        )
        self.assertFalse(upload.exists(), "the upload stays nowhere but with the evidence")

    def test_r9_no_box_is_ticked_before_somebody_ticks_it(self):
        number = self.get_number(self.print_forms())
        for form in (self.fill_in(number, ()), self.fill_in("", ())):
            self.assertEqual(len(form.line_ids), 8)
            wizard = form.save()
            self.assertFalse(any(wizard.line_ids.mapped("ticked")))
            with self.assertRaisesRegex(UserError, "Nothing ticked is no consent"):
                wizard.action_record()
        self.assertFalse(self.get_given())

    def test_r9_without_scan_or_day_nothing_is_recorded(self):
        number = self.get_number(self.print_forms())
        wizard = self.fill_in(number).save()
        wizard.attachment_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "photo or scan"):
            wizard.action_record()
        wizard = self.fill_in(number).save()
        wizard.signed_on = False
        with self.assertRaisesRegex(UserError, "Enter the day"):
            wizard.action_record()
        self.assertFalse(self.get_given())

    def test_nobody_signs_in_the_future(self):
        wizard = self.fill_in(signed_on=self.today + timedelta(days=1)).save()
        with self.assertRaisesRegex(UserError, "in the future"):
            wizard.action_record()

    def test_without_a_number_the_versions_published_now_are_proposed(self):
        wizard = self.fill_in().save()
        self.assertEqual(len(wizard.line_ids.notice_id), 4)
        self.assertEqual(set(wizard.line_ids.notice_id.mapped("state")), {"published"})
        wizard.action_record()
        self.assertEqual(self.get_given(), [("match", "")])

    def test_r6_the_version_on_the_paper_is_recorded_also_when_it_was_replaced_since(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        number = self.get_number(self.print_forms())
        newer = self.publish(notice, "extent", months=6)
        wizard = self.fill_in(number).save()
        self.assertNotIn(newer, wizard.line_ids.notice_id)
        wizard.action_record()
        consent = self.partner.social_consent_ids
        self.assertEqual(consent.notice_id, notice)
        self.assertTrue(consent.renewal_needed)

    def test_r6_a_text_for_another_purpose_meanwhile_takes_the_paper_along(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        number = self.get_number(self.print_forms())
        self.publish(notice, "purpose", purpose_statement="We would like to do another thing.")
        with self.assertRaisesRegex(UserError, "Only a published notice"):
            self.fill_in(number).save().action_record()
        self.assertFalse(self.get_given())

    def test_a_version_that_was_not_there_on_that_day_is_refused(self):
        self.env.cr.execute(
            "UPDATE social_consent_notice SET published_at = now() - interval '9 days'"
        )
        self.env.invalidate_all()
        day = self.today - timedelta(days=20)
        with self.assertRaisesRegex(UserError, "published after that day"):
            self.fill_in(signed_on=day).save().action_record()
        self.fill_in(signed_on=self.today - timedelta(days=3)).save().action_record()
        self.assertEqual(self.get_given(), [("match", "")])

    def test_a_text_that_was_never_published_is_refused(self):
        draft = self.env.ref(f"{ADDON}.notice_match_en").copy()
        wizard = self.fill_in().save()
        wizard.line_ids.filtered("ticked").notice_id = draft
        with self.assertRaisesRegex(UserError, "Only a published notice"):
            wizard.action_record()

    def test_a_consent_that_is_over_by_now_is_not_recorded(self):
        self.env.cr.execute("UPDATE social_consent_notice SET published_at = '2015-01-01'")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "is over by now"):
            self.fill_in(signed_on=fields.Date.to_date("2016-01-01")).save().action_record()

    def test_r8_a_no_of_the_same_day_is_the_later_word(self):
        self.partner._object_social("match", method="staff")
        with self.assertRaisesRegex(UserError, "said no after this consent"):
            self.fill_in().save().action_record()

    def test_r8_a_paper_from_before_an_objection_brings_nobody_back_under_a_new_contact(self):
        self.partner._object_social("match", method="staff")
        again = self.env["res.partner"].create(
            {"name": "Ada", "email": self.partner.email, "lang": "en_US"}
        )
        with self.assertRaisesRegex(UserError, "said no after this consent"):
            self.fill_in(partner_id=again).save().action_record()
        self.assertFalse(self.get_given(again))
        self.give("match", partner=again)
        self.assertEqual(self.get_given(again), [("match", "")], "an express act of today counts")

    def test_a_form_for_one_person_is_nobody_elses(self):
        other = self.env["res.partner"].create({"name": "Eve", "lang": "en_US"})
        wizard = self.fill_in(self.get_number(self.print_forms())).save()
        wizard.partner_id = other
        with self.assertRaisesRegex(UserError, "another contact"):
            wizard.action_record()
        self.assertFalse(self.get_given(other))

    def test_only_what_stands_on_the_form_is_recorded(self):
        match, monitor = (self.env.ref(f"{ADDON}.purpose_{code}") for code in ("match", "monitor"))
        number = self.get_number(self.print_forms(purpose_ids=match.ids))
        wizard = self.fill_in(number).save()
        self.assertEqual(wizard.line_ids.purpose_id, match)
        wizard.line_ids.notice_id = self.env.ref(f"{ADDON}.notice_monitor_en")
        with self.assertRaisesRegex(UserError, "stands on the form"):
            wizard.action_record()
        self.assertNotIn((monitor.code, ""), self.get_given())

    def test_a_box_that_no_form_has_is_not_recorded(self):
        """The page offers none: whoever calls from outside may still write one."""
        number = self.get_number(self.print_forms())
        for channel in ("email", "sms"):
            wizard = self.fill_in(number).save()
            wizard.line_ids.filtered("ticked").channel = channel
            with self.assertRaisesRegex(UserError, "No form has such a box"):
                wizard.action_record()
        self.assertFalse(self.get_given())

    def test_a_number_that_is_none_says_so_and_records_nothing(self):
        form = self.print_forms()
        number = self.get_number(form)
        form.with_user(self.sales).action_cancel()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.env.ref(f"{ADDON}.notice_match_en").copy({"company_id": other.id}).action_publish()
        there = self.env["social.paper.form"].with_company(other)
        match = self.env.ref(f"{ADDON}.purpose_match")
        foreign = there._make(self.partner.with_company(other), match)
        for typed in (number, "AAAA-BBBB-CCCC-DDDD", foreign._get_number()):
            wizard = self.fill_in().save()
            wizard.form_number = typed
            self.assertIn("No form of this company", wizard.number_problem)
            with self.assertRaisesRegex(UserError, "No form of this company"):
                wizard.action_record()
        self.assertFalse(self.get_given())

    def test_a_scanner_types_in_the_whole_address(self):
        form = self.print_forms()
        wizard = self.fill_in(form.sudo()._get_short_url()).save()
        self.assertFalse(wizard.number_problem)
        self.assertEqual(wizard.partner_id, self.partner)

    def test_several_forms_in_a_row(self):
        blank = self.get_number(self.print_forms(self.env["res.partner"], lang="en_US"))
        people = self.env["res.partner"].create(
            [{"name": name, "lang": "en_US"} for name in ("One", "Two", "Three")]
        )
        for person in people:
            form = Form(self.env["social.paper.record.wizard"].with_user(self.sales))
            form.form_number = blank
            form.partner_id = person
            form.signed_on = self.today
            self.tick(form, [("match", False)])
            form.attachment_ids.add(self.upload())
            action = form.save().action_record_and_next()
            self.assertEqual(action["res_model"], "social.paper.record.wizard")
            self.assertFalse(action.get("res_id"))
        for person in people:
            self.assertEqual(self.get_given(person), [("match", "")])
        self.assertFalse(self.env["social.paper.record.wizard"].search([]))

    def test_one_box_that_cannot_be_recorded_stops_the_whole_paper(self):
        self.partner._object_social("enrich", method="staff")
        wizard = self.fill_in(ticked=(("match", False), ("enrich", False))).save()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            wizard.action_record()
        self.assertFalse(self.get_given())

    def test_r13_where_a_ticked_text_asks_for_the_age_it_is_entered(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.env.cr.execute(
            "UPDATE social_consent_notice SET ask_age = TRUE WHERE id = %s", [notice.id]
        )
        self.env.invalidate_all()
        wizard = self.fill_in(ticked=()).save()
        wizard.line_ids.filtered(lambda line: line.notice_id == notice).ticked = True
        self.assertTrue(wizard.ask_age)
        with self.assertRaisesRegex(UserError, "date of birth"):
            wizard.action_record()
        wizard.age = 12
        with self.assertRaisesRegex(UserError, "guardian"):
            wizard.action_record()
        wizard.guardian = "Mother, signed below"
        wizard.action_record()
        self.assertEqual(self.get_given(), [("match", "")])
        self.assertFalse(self.fill_in(ticked=(("monitor", False),)).save().ask_age)

    def test_a_file_from_elsewhere_is_neither_copied_nor_deleted(self):
        foreign = self.env["ir.attachment"].create({"name": "Contract", "raw": b"Secret"})
        other_form = self.upload(res_model="social.consent.record.wizard")
        for file in (foreign, other_form):
            wizard = self.fill_in().save()
            with self.assertRaises(UserError):
                wizard.attachment_ids = [Command.set(file.ids)]
            self.assertTrue(file.exists())

    def test_what_staff_enters_is_seen_by_nobody_else(self):
        wizard = self.fill_in().save()
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        for name in ("social.paper.record.wizard", "social.paper.record.line"):
            self.assertFalse(self.env[name].with_user(colleague).search([]), name)
        line = {"wizard_id": wizard.id, "notice_id": wizard.line_ids[0].notice_id.id}
        with self.assertRaises(AccessError):
            self.env["social.paper.record.line"].with_user(colleague).create(line)

    def test_from_the_contact_both_forms_open_filled_in(self):
        partner = self.partner.with_user(self.sales)
        for action, name in (
            (partner.action_print_social_forms(), "partner_ids"),
            (partner.action_record_social_form(), "partner_id"),
        ):
            wizard = self.env[action["res_model"]].with_user(self.sales)
            form = Form(wizard.with_context(**action["context"]))
            self.assertEqual(form[name][:], self.partner)

    def test_who_may_not_edit_contacts_records_nothing(self):
        with self.assertRaises(AccessError):
            self.env["social.paper.record.wizard"].with_user(self.employee).create(
                {"partner_id": self.partner.id}
            )


# Drawn, and not turned, ZXing finds none of these, whatever their size.
MISSED_STRAIGHT = (
    "YVNE-ZG52-YHZX-MRDF",
    "CTAF-G635-SSQS-SZFJ",
    "VW7C-WV9B-HN32-H6S7",
    "E7EM-RDBZ-7Y3S-E7P2",
    "2ERW-XAP7-3CSW-6V6K",
)


class TestScanned(Paper, CommonHttp):
    """The code is read from a scan in the browser, whatever kind of file it is."""

    def setUp(self):
        super().setUp()
        self.partner = self.env.ref(f"{ADDON}.partner_ada")
        self.form = self.print_forms()
        self.picture = self.form.sudo()._draw_code()

    def record(self, kind, content):
        scan = f"data:{kind};base64,{base64.b64encode(content).decode()}"
        self.env["ir.default"].set("social.paper.record.wizard", "evidence_note", scan)
        self.start_tour("/odoo", "social_paper_scan", login="admin", timeout=120)
        [given] = self.partner.social_consent_ids.filtered(lambda each: each.state == "given")
        self.assertIn(given.notice_id, self.form.notice_ids)
        evidence = self.env["social.consent.evidence"].search([("consent_id", "=", given.id)])
        self.assertEqual(evidence.attachment_ids.mapped("raw"), [content])
        self.assertEqual(evidence.note, "At the fair")

    def test_a_picture(self):
        self.record("image/png", self.picture)

    def test_codes_that_the_library_misses_while_they_stand_straight_are_read(self):
        numbers = MISSED_STRAIGHT
        scans = self.env["ir.attachment"]
        for number in numbers:
            url = f"http://127.0.0.1:8069/social/form/{number}"
            with patch.object(type(self.form), "_get_short_url", lambda _self, url=url: url):
                drawn = self.form.sudo()._draw_code()
            scans += scans.create({"name": "scan.png", "raw": drawn})
        self.browser_js(
            "/odoo",
            """(async () => {
                const modules = odoo.loader.modules;
                const { SocialReadCode } = modules.get("@social_consent_monitoring/social_read_code");
                const { loadJS } = modules.get("@web/core/assets");
                await loadJS("/web/static/lib/zxing-library/zxing-library.js");
                const read = [];
                for (const resId of IDS) {
                    read.push((await SocialReadCode.prototype.readFile({ resId })).split("/").pop());
                }
                if (`${read}` === "NUMBERS") {
                    console.log("test successful");
                } else {
                    console.error(`Read: ${read}`);
                }
            })()""".replace("IDS", str(scans.ids)).replace("NUMBERS", ",".join(numbers)),
            "odoo.isReady === true",
            login="admin",
        )

    def test_a_pdf_with_the_code_on_its_last_page(self):
        kept = io.BytesIO()
        canvas = Canvas(kept, pagesize=(595, 842))
        canvas.drawString(50, 800, "The first page of a signed form")
        canvas.showPage()
        canvas.drawImage(ImageReader(io.BytesIO(self.picture)), 60, 120, 110, 110)
        canvas.save()
        self.record("application/pdf", kept.getvalue())
