"""All data of a person, complete, safe, and without anybody else's (GDPR Art. 15 and 20)."""

import json
import re
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import jsonschema
from freezegun import freeze_time
from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.export import archive, decisions

from common import ADDON, Common, CommonHttp, make_post
from exports import Archive, Exporting

RECEIPT = json.loads((Path(__file__).parent / "receipt_schema.json").read_text())
NASTY = 'Zoë Müller-Łódź 𠮷🦜 =HYPERLINK("http://evil.example") <script>alert(1)</script> & "\''
# Columns with an address that are no way to a person, and why.
NO_WAY = {
    "mail.gateway.allowed.email": "found by its normalised form",
    "mail.message.email_layout_xmlid": "the name of a template",
    "mail.message.reply_to": "the company's own address",
    "mail.template": "how the company writes",
    "mailing.mailing": "how the company writes",
    "res.bank": "the bank's",
    "res.partner.bank": "found by its owner",
}


def is_no_way(model, field):
    return model in NO_WAY or f"{model}.{field}" in NO_WAY


class ExportCase(Exporting, Common):
    def make_file(self, name, content=b"content", record=None, **values):
        record = self.partner if record is None else record
        return self.env["ir.attachment"].create(
            {"name": name, "raw": content, "res_model": record._name, "res_id": record.id, **values}
        )

    def note(self, body, record=None, author=None):
        """Write an internal note as somebody of the staff."""
        record = self.partner if record is None else record
        author = author or self.sales.partner_id
        return record.message_post(
            body=body, author_id=author.id, message_type="comment", subtype_xmlid="mail.mt_note"
        )


class TestComplete(ExportCase):
    """Nothing that leads to a person is forgotten, in whatever model."""

    def get_undecided(self):
        """Return the links that nobody has decided on."""
        undecided = set()
        for model, field, kind, target in self.find_links():
            if decisions.get_reason(model, field):
                continue
            if kind == "value":
                known = f"{model}.{field}" in decisions.VALUES or model in decisions.PERSONS
                if not known and not is_no_way(model, field):
                    undecided.add(f"{model}.{field}")
            elif (
                decisions.decide(model, field, kind, target) != decisions.ROLE
                and model not in decisions.SECTION_OF
            ):
                undecided.add(f"{model}.{field}")
        return undecided

    def get_kinds_of_children(self):
        export = self.env["social.export"]
        return {
            child
            for child, _field, parent in export._get_children(export._get_links())
            if parent in decisions.SECTION_OF
        }

    def test_every_link_to_a_person_in_any_model_is_decided(self):
        self.assertEqual(self.get_undecided(), set(), "export it, or name the reason")
        undecided = self.get_kinds_of_children() - decisions.SECTION_OF.keys()
        self.assertEqual(undecided, set(), "these hang on records that are exported")

    def test_a_model_that_nobody_decided_on_is_noticed(self):
        with self.forgetting("social.first.contact"):
            self.assertEqual(self.get_undecided(), {"social.first.contact.subject_id"})
        with self.forgetting("mail.push.device"):
            self.assertEqual(self.get_undecided(), {"mail.push.device.partner_id"})
        with self.forgetting("phone.blacklist.number"):
            self.assertEqual(self.get_undecided(), {"phone.blacklist.number"})

    @contextmanager
    def forgetting(self, place):
        """Take a decision out while a test runs."""
        tables = (decisions.SECTION_OF, decisions.REASONS, decisions.VALUES)
        with keeping(tables):
            for table in tables:
                table.pop(place, None)
            yield

    def test_reasons_name_what_is_there(self):
        """A line that names nothing leaves out what somebody renamed, or nothing at all."""
        names = self.env["social.export"]
        for place in decisions.REASONS:
            known = place in self.env or names._get_place_name(place)
            # What other addons of Odoo or of this project bring may be missing.
            if place.startswith(("social.", "res.")) and place != "social.author.request":
                self.assertTrue(known, place)

    def test_a_row_of_every_model_that_leads_to_the_person_is_in_the_archive(self):
        expected, roles = self.make_all_rows()
        self.assertGreater(len(expected), 45, "too few rows prove nothing")
        archive_ = self.export()
        missing = {
            f"{model}.{field}"
            for (model, field), row in expected.items()
            if row not in archive_.ids(model)
        }
        self.assertEqual(missing, set())
        counted = {
            (record["model"], value["name"])
            for record in archive_.section("work")
            for value in record["values"]
        }
        self.assertEqual(roles - counted, set())
        self.check_marks(archive_, {model for model, _field in expected})

    def make_all_rows(self):
        """Make a row for each link; return ``{(model, field): id}``, and those only counted."""
        self.prepare_person()
        expected, roles = {}, set()
        for model, field, kind, target in self.find_links():
            decided = decisions.decide(model, field, kind, target)
            if decided == decisions.LEFT_OUT or is_no_way(model, field):
                continue
            if kind == "value" and f"{model}.{field}" not in decisions.VALUES:
                continue
            if model in (*decisions.PERSONS, "res.users") and decided != decisions.ROLE:
                expected[model, field] = self.person[model].id
                continue
            row = self.make_linked_row(model, field, kind, target)
            if decided == decisions.ROLE:
                roles.add((model, field))
            else:
                expected[model, field] = row
        return expected, roles

    def prepare_person(self):
        """Let the person be all kinds of record at once."""
        subject = self.partner._ensure_subjects()[0][1]
        self.partner.phone = "+49 30 123456"
        self.portal = new_test_user(self.env, "portal_ada", groups="base.group_portal")
        self.portal.partner_id = self.partner
        self.partner.email = "ada@example.com"
        self.mention = self.store(make_post())
        somebody = self.env["res.partner"].create({"name": "Somebody", "lang": "en_US"})
        consent = self.give("match", partner=somebody)
        self.event = self.env["social.consent.event"].search([("consent_id", "=", consent.id)])
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": "ada@example.com"})
        recipient = self.env["mailing.contact"].create(
            {"name": "Ada Example", "email": "ada@example.com"}
        )
        self.person = {
            "res.partner": self.partner,
            "res.users": self.portal,
            "social.subject": subject,
            "crm.lead": lead,
            "mailing.contact": recipient,
            "social.author": self.mention.author_id,
        }
        for name in ("crm.lead", "mailing.contact", "social.author"):
            record = self.person[name]
            self.env.cr.execute(
                f"UPDATE {record._table} SET social_subject_id = %s WHERE id = %s",
                [subject.id, record.id],
            )
        self.env.invalidate_all()

    def get_recipe(self, model, field=None):
        """Return what the database demands of a row beyond a value for each column."""
        on_company = {"basis": "company", "consent_id": None, "contract_id": None}
        recipes = {
            "ir.attachment": {"res_field": None},
            "ir.filters": {"sort": "[]"},
            "mail.notification": {"notification_type": "sms"},
            "mailing.trace": {"res_id": 10**8},
            "social.consent.evidence": {"event_id": self.event.id},
            "social.consent.tick.user_id": {"partner_id": self.env.ref("base.partner_root").id},
            "social.enrichment": {**on_company, "mention_id": self.mention.id},
            "social.match": on_company,
            "social.privacy.request": {"state": "done"},
            "social.profile": on_company,
        }
        return recipes.get(f"{model}.{field}") or recipes.get(model, {})

    def make_linked_row(self, model, field, kind, target):
        recipe = self.get_recipe(model, field)
        if kind == "many2one":
            return self.make_row(model, {**recipe, field: self.person[target].id})
        if kind == "many2many":
            return self.make_shared_row(model, field, self.person[target])
        if kind == "pair":
            column = self.env["social.export"]._get_model_field(
                self.env[model]._fields, self.env[model]._fields[field]
            )
            return self.make_row(model, {**recipe, column: "res.partner", field: self.partner.id})
        values = {
            "email": "ada@example.com",
            "emails": '"Bob, B." <bob@example.com>, "Ada" <ada@example.com>',
            "phone": "+4930123456",
            "key": self.partner.social_subject_key,
        }
        value = values[decisions.VALUES[f"{model}.{field}"]]
        return self.make_row(model, {**recipe, field: value})

    def make_shared_row(self, model, field, person):
        """Make a row that names the person among others."""
        row = self.make_row(model, self.get_recipe(model))
        relation = self.env[model]._fields[field]
        columns = {relation.column1: row, relation.column2: person.id}
        between = [
            name for name, each in self.env.registry.items() if each._table == relation.relation
        ]
        if between:
            self.make_row(between[0], columns)
        else:
            self.insert(relation.relation, columns, "")
        return row

    def check_marks(self, archive_, models_):
        """See that every text of these rows is in the archive, but for secrets and numbers."""
        missing = set()
        for model in models_:
            stored = self.env[model].sudo().with_context(active_test=False)
            for field in stored._fields.values():
                if not field.store or field.type not in ("char", "text", "html"):
                    continue
                # Said with the record that it is about.
                if field.name.endswith("model"):
                    continue
                if decisions.is_hidden(model, field.name) or field.groups in (
                    ".",
                    "base.group_system",
                ):
                    continue
                marks = stored.browse(archive_.ids(model)).mapped(field.name)
                for mark in marks:
                    if str(mark).startswith("mark:") and mark not in archive_.text:
                        missing.add(f"{model}.{field.name}")
        self.assertEqual(missing, set())

    def test_what_hangs_on_own_records_is_followed(self):
        contract = self.env["social.contract"].create(
            {
                "name": "C1",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "note": "Agreed by letter",
                "handle_ids": [
                    Command.create({"platform_id": self.source.platform_id.id, "handle": "ada@x.y"})
                ],
            }
        )
        self.make_file("contract.pdf", b"signed", contract)
        archive_ = self.export()
        self.assertEqual(archive_.values("social.contract.handle", "handle"), ["ada@x.y"])
        self.assertEqual(archive_.documents(), {"contract.pdf": b"signed"})

    def test_posts_that_are_matched_or_by_an_author_with_the_same_key(self):
        self.give("match")
        matched, _other, own = self.store(
            make_post(1, author="ada@social.example"),
            make_post(2, author="eve@social.example", text="Mine is better #nordlicht"),
            make_post(3, author="ada2@social.example", text="A second account #nordlicht"),
        )
        matched._match(self.partner)
        subject = self.partner.social_subject_id
        self.env.cr.execute(
            "UPDATE social_author SET social_subject_id = %s WHERE id = %s",
            [subject.id, own.author_id.id],
        )
        self.env.invalidate_all()
        archive_ = self.export()
        self.assertEqual(archive_.ids("social.mention"), {matched.id, own.id})
        self.assertIn("https://social.example/@ada/1", archive_.text)
        self.assertNotIn("eve@social.example", archive_.text)
        self.assertEqual(
            archive_.records("social.mention")[0]["source"], "A public post on Fediverse"
        )

    def test_consents_with_events_evidence_texts_and_receipts(self):
        consent = self.give("match")
        self.withdraw("match")
        archive_ = self.export()
        self.assertEqual(archive_.values("social.consent", "state"), ["withdrawn"])
        self.assertEqual(len(archive_.records("social.consent.event")), 2)
        self.assertIn("On the phone, confirmed the text read out.", archive_.text)
        [notice] = archive_.records("social.consent.notice")
        self.assertIn(consent.notice_id.text, [value["value"] for value in notice["values"]])
        [receipt] = [name for name in archive_.names if name.startswith("receipts/")]
        jsonschema.Draft202012Validator(RECEIPT).validate(json.loads(archive_.zip.read(receipt)))
        salts = self.env["social.consent.evidence"].search([]).mapped("salt")
        self.assertFalse([salt for salt in salts if salt in archive_.text])

    def test_what_was_decided_about_the_person_is_in_it(self):
        self.give("match")
        self.store(make_post())._match(self.partner)
        [record] = self.export().records("social.decision")
        self.assertIn(
            {
                "name": "act",
                "label": "Act",
                "value": "match",
                "text": "Match mentions with the contact",
            },
            record["values"],
        )

    def test_whoever_is_suppressed_is_told_so_and_not_by_which_address(self):
        self.give("match")
        archive_ = self.export()
        self.assertFalse(archive_.data["person"]["is_suppressed"])
        self.assertFalse(archive_.section("suppressed"))
        self.env["social.suppression"]._suppress(self.partner.social_subject_id)
        archive_ = self.export()
        self.assertTrue(archive_.data["person"]["is_suppressed"])
        [row] = archive_.section("suppressed")
        self.assertEqual([value["name"] for value in row["values"]], ["is_suppressed"])
        digests = self.env["social.suppression"].search([]).mapped("digest")
        self.assertFalse([digest for digest in digests if digest in archive_.text])

    def test_keys_that_were_merged_and_archived_records(self):
        twin = self.env["res.partner"].create({"name": "Ada E.", "email": "ada@example.com"})
        self.give("match", partner=twin)
        self.give("enrich")
        twin.active = False
        old = twin.social_subject_key
        self.partner.social_subject_id._join(twin.social_subject_id)
        archive_ = self.export()
        self.assertEqual(archive_.data["person"]["earlier_keys"], [old])
        self.assertIn(twin.id, archive_.ids("res.partner"))
        self.assertEqual(len(archive_.records("social.consent")), 2)
        gone = self.env["social.subject"].search([("key", "=", old)])
        self.assertEqual(self.export(gone).data["person"], archive_.data["person"])


@contextmanager
def keeping(tables):
    """Put tables of decisions back as they were."""
    patches = [patch.dict(table) for table in tables]
    for each in patches:
        each.start()
    try:
        yield
    finally:
        for each in patches:
            each.stop()


class TestOthers(ExportCase):
    """Nobody else's data is given out with one's own (GDPR Art. 15(4))."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sales.name = "Sieglinde Vertrieb"
        cls.sales.partner_id.email = "sieglinde@company.example"
        cls.bob = cls.env["res.partner"].create({"name": "Bob Fremd", "email": "bob@example.com"})

    def assertUnknown(self, archive_, *texts):
        for text in texts:
            self.assertFalse(text in archive_.text or text in archive_.page, text)

    def test_notes_about_the_person_are_in_it_without_the_name_of_who_wrote_them(self):
        self.note("Pays late, says Sieglinde Vertrieb (sieglinde@company.example).")
        self.partner.user_id = self.sales
        archive_ = self.export()
        self.assertIn("Pays late, says [Staff] ([Staff]).", archive_.text)
        self.assertEqual(archive_.values("res.partner", "user_id"), ["Staff"])
        self.assertUnknown(archive_, "Sieglinde", "sieglinde@company.example")

    def test_notes_about_others_are_not(self):
        self.note("Bob Fremd asked about Ada Example.", self.bob)
        self.assertUnknown(self.export(), "asked about Ada")

    def test_what_the_person_wrote_to_others_is_given_back_as_it_was(self):
        self.bob.message_post(body="I told Sieglinde Vertrieb already.", author_id=self.partner.id)
        archive_ = self.export()
        self.assertIn("I told Sieglinde Vertrieb already.", archive_.text)
        self.assertUnknown(archive_, "Bob Fremd")

    def test_what_the_person_was_sent_names_no_other_recipient(self):
        self.bob.message_notify(
            subject="An offer",
            body="For you two",
            partner_ids=(self.partner | self.bob).ids,
            author_id=self.sales.partner_id.id,
        )
        archive_ = self.export()
        self.assertIn("For you two", archive_.text)
        self.assertUnknown(archive_, "Bob Fremd", "bob@example.com", "Sieglinde")
        self.assertIn(["You", "Another person"], archive_.values("mail.message", "partner_ids"))

    def test_a_shared_appointment_names_no_other_guest(self):
        event = self.env["calendar.event"].create(
            {
                "name": "Talk with Sieglinde Vertrieb",
                "start": "2026-05-01 10:00:00",
                "stop": "2026-05-01 11:00:00",
                "partner_ids": [Command.set((self.partner | self.bob).ids)],
            }
        )
        self.make_file("minutes.txt", b"Bob said no", event)
        archive_ = self.export()
        self.assertEqual(archive_.ids("calendar.event"), {event.id})
        self.assertIn("Talk with [Staff]", archive_.text)
        self.assertUnknown(archive_, "Bob Fremd", "bob@example.com")
        self.assertFalse(archive_.documents(), "what hangs on it is everybody's")

    def test_an_address_that_others_share_leads_to_what_is_linked_only(self):
        shared = self.env["res.partner"].create({"name": "Ben Example", "email": "ada@example.com"})
        mailing = self.env["mailing.mailing"].create(
            {"subject": "News", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        trace = {"mass_mailing_id": mailing.id, "model": "res.partner", "email": "ada@example.com"}
        own, others = self.env["mailing.trace"].create(
            [{**trace, "res_id": self.partner.id}, {**trace, "res_id": shared.id}]
        )
        self.env["mail.blacklist"]._add("ada@example.com")
        archive_ = self.export()
        self.assertEqual(archive_.ids("mailing.trace"), {own.id})
        self.assertNotIn(others.id, archive_.ids("mailing.trace"))
        self.assertEqual(len(archive_.records("mail.blacklist")), 1)
        self.assertUnknown(archive_, "Ben Example")

    def test_a_record_without_a_key_is_the_persons_by_address_and_name_together(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "Sofa", "contact_name": "ada  EXAMPLE", "email_from": "Ada@Example.com"},
                {"name": "Divorce", "contact_name": "Ben Example", "email_from": "ada@example.com"},
                {"name": "Chair", "contact_name": "Ada Example", "email_from": "ada@else.example"},
            ]
        )
        archive_ = self.export()
        self.assertEqual(archive_.ids("crm.lead"), {leads[0].id})
        self.assertUnknown(archive_, "Divorce", "Chair")

    def test_other_addresses_of_a_person_are_the_persons_and_staff_of_a_company_are_not(self):
        child = {"parent_id": self.partner.id, "name": "Holiday home", "type": "delivery"}
        address = self.env["res.partner"].create(child)
        self.assertEqual(self.export().ids("res.partner"), {self.partner.id, address.id})
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        worker = self.env["res.partner"].create({"name": "Wilma Work", "parent_id": firm.id})
        archive_ = self.export(firm._ensure_subjects()[0][1])
        self.assertNotIn(worker.id, archive_.ids("res.partner"))
        self.assertUnknown(archive_, "Wilma")

    def test_only_what_this_company_stores(self):
        other = self.env["res.company"].create({"name": "Other Controller"})
        notice = self.env.ref(f"{ADDON}.notice_match_en").copy({"company_id": other.id})
        notice.with_company(other).action_publish()
        own = self.give("match")
        self.give("match", partner=self.partner.with_company(other))
        lead = self.env["crm.lead"].create(
            {"name": "Secret deal", "partner_id": self.partner.id, "company_id": other.id}
        )
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = %s WHERE id = %s", [other.id, lead.id]
        )
        self.env.invalidate_all()
        archive_ = self.export()
        self.assertEqual(archive_.ids("social.consent"), {own.id})
        self.assertUnknown(archive_, "Secret deal", "Other Controller")
        subject = self.partner.social_subject_id
        _name, content = self.env["social.export"].with_company(other)._make_zip(subject)
        theirs = Archive(content)
        self.assertEqual(theirs.data["controller"]["name"], "Other Controller")
        self.assertIn("Secret deal", theirs.text)
        self.assertNotIn(own.id, theirs.ids("social.consent"))

    def test_of_the_companys_own_staff_work_is_counted_and_not_given_out(self):
        self.note("Bob Fremd is bankrupt", self.bob, author=self.employee.partner_id)
        self.bob.user_id = self.employee
        self.note("Is often late", self.employee.partner_id)
        archive_ = self.export(self.employee.partner_id._ensure_subjects()[0][1])
        self.assertUnknown(archive_, "bankrupt", "Bob Fremd")
        self.assertIn("Is often late", archive_.text)
        counts = {
            (record["model"], value["name"]): value["value"]
            for record in archive_.section("work")
            for value in record["values"]
        }
        self.assertEqual(counts["res.partner", "user_id"], 1)
        self.assertGreaterEqual(counts["mail.message", "author_id"], 1)

    def test_no_secret_is_in_it(self):
        self.give("match")
        self.partner.signup_prepare()
        user = new_test_user(self.env, "portal_secret", "base.group_portal", password="pass-word-9")
        user.partner_id = self.partner
        event = self.env["calendar.event"].create(
            {
                "name": "Talk",
                "start": "2026-05-01 10:00:00",
                "stop": "2026-05-01 11:00:00",
                "partner_ids": [Command.set(self.partner.ids)],
            }
        )
        file = self.make_file("a.txt")
        file.generate_access_token()
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [user.id])
        secrets = [
            *self.env.cr.fetchone(),
            *event.attendee_ids.mapped("access_token"),
            event.access_token,
            file.access_token,
            *self.env["social.consent.evidence"].search([]).mapped("salt"),
            self.env["ir.config_parameter"].get_param("social_consent_monitoring.link_secret"),
            self.env["ir.config_parameter"].get_param("database.secret"),
        ]
        archive_ = self.export()
        self.assertUnknown(archive_, *filter(None, secrets))
        self.assertGreaterEqual(len(list(filter(None, secrets))), 5)


class TestSafe(ExportCase):
    """Whatever people typed in is text in the archive, and nothing else."""

    def test_the_schema_is_one_and_every_archive_follows_it(self):
        schema = json.loads(archive.SCHEMA.read_text())
        jsonschema.Draft202012Validator.check_schema(schema)
        self.give("match")
        self.note("A note")
        self.make_file("a.txt")
        archive_ = self.export()
        self.assertEqual(archive_.schema, schema)
        jsonschema.Draft202012Validator(schema).validate(archive_.data)
        broken = {**archive_.data, "sections": [{"code": "x"}]}
        with self.assertRaises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(schema).validate(broken)

    def test_umlauts_emoji_formulas_and_markup_come_out_as_they_went_in(self):
        self.partner.write({"name": NASTY, "street": NASTY, "comment": "<p>Bold</p>"})
        self.note("=1+1")
        archive_ = self.export()
        self.assertIn(NASTY, archive_.values("res.partner", "name"))
        self.assertIn(NASTY, archive_.values("res.partner", "street"))
        page = html.fromstring(archive_.page)
        self.assertIn(NASTY, page.text_content())
        self.assertFalse(page.xpath("//script | //iframe | //img | //link | //form | //object"))
        handlers = page.xpath("//@*[starts-with(name(), 'on')]")
        self.assertFalse(handlers)
        self.assertFalse([href for href in page.xpath("//@href | //@src") if ":" in href])
        [policy] = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
        self.assertIn("default-src 'none'", policy)

    def test_a_page_of_markup_that_somebody_sent_cannot_run(self):
        """Once more without lxml, which mends what a browser might not."""
        self.partner.name = "<script>alert(1)</script>"
        archive_ = self.export()
        self.assertNotRegex(archive_.page, re.compile("<script", re.IGNORECASE))
        self.assertIn("&lt;script&gt;", archive_.page)

    def test_files_keep_to_their_folder_and_none_replaces_another(self):
        names = [
            "../../../etc/passwd",
            "..\\..\\windows\\win.ini",
            "/etc/shadow",
            "C:\\autoexec.bat",
            "CON",
            "nul.txt",
            "",
            ".",
            "...",
            "=HYPERLINK(1).csv",
            "invoice.pdf",
            "INVOICE.pdf",
            "invoice.pdf",
            "Zoë 🦜.txt",
            "new\nline\x07.txt",
            "\u202egpj.exe",
            "x" * 400 + ".pdf",
            "😀" * 100 + ".pdf",
        ]
        for number, name in enumerate(names):
            file = self.make_file("temporary", f"content {number}".encode())
            self.env.cr.execute("UPDATE ir_attachment SET name = %s WHERE id = %s", [name, file.id])
        self.env.invalidate_all()
        archive_ = self.export()
        files = archive_.documents()
        self.assertEqual(
            sorted(files.values()),
            sorted(f"content {number}".encode() for number in range(len(names))),
        )
        for name in files:
            self.assertNotRegex(name, r'[/\\:*?"<>|\x00-\x1f\u202e]|^\.|^[=+@-]|\.$')
            self.assertLessEqual(len(name.encode()), 140)
            self.assertNotRegex(name, re.compile(r"^(con|nul)(\.|$)", re.IGNORECASE))
        self.assertEqual(len({name.casefold() for name in files}), len(names))
        self.assertIn("Zoë 🦜.txt", files)
        paths = archive_.values("ir.attachment", "path")
        self.assertEqual(set(paths), {f"documents/{name}" for name in files})

    def test_a_file_that_the_disk_lost_spoils_nothing(self):
        file = self.make_file("lost.txt")
        self.env.cr.execute(
            "UPDATE ir_attachment SET store_fname = '00/gone' WHERE id = %s", [file.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.export().documents(), {"lost.txt": b""})

    def test_one_state_makes_one_archive(self):
        self.give("match")
        self.make_file("a.txt")
        self.note("A note")
        with freeze_time("2030-01-01 12:00:00"):
            self.assertEqual(self.export().content, self.export().content)

    def test_documents_in_memory_are_limited_and_what_is_too_much_is_listed(self):
        self.make_file("a.txt", b"a" * 600)
        self.make_file("b.txt", b"b" * 600)
        with patch(f"odoo.addons.{ADDON}.models.social_export.DOCUMENTS_IN_MEMORY", 1000):
            archive_ = self.export()
        self.assertEqual(list(archive_.documents()), ["a.txt"])
        self.assertEqual(archive_.values("ir.attachment", "name"), ["a.txt", "b.txt"])
        _name, file = self.env["social.export"]._open_zip(self.partner.social_subject_id)
        self.assertEqual(len(Archive(file.read()).documents()), 2)

    def test_reading_in_batches_reads_everything_once(self):
        self.give("match")
        self.store(*(make_post(number) for number in range(12)))._match(self.partner)
        batches = "odoo.addons.social_consent_monitoring.models.social_export._in_batches"
        from odoo.addons.social_consent_monitoring.models.social_export_links import _in_batches

        with patch(batches, lambda model, ids: _in_batches(model, ids, size=5)):
            records = self.export().records("social.mention")
        self.assertEqual(len({record["id"] for record in records}), 12)
        self.assertEqual(len(records), 12)

    def test_making_an_archive_changes_nothing(self):
        self.give("match")
        subject = self.partner.social_subject_id
        self.export(subject)
        with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("SET TRANSACTION READ ONLY")
            self.export(subject)


class TestWords(ExportCase):
    def test_the_person_reads_it_in_the_own_language(self):
        self.speak_german(everywhere=True)
        self.give("match")
        subject = self.partner.social_subject_id
        _name, content = self.env["social.export"].with_context(lang="de_DE")._make_zip(subject)
        archive_ = Archive(content)
        self.assertEqual(archive_.data["language"], "de-DE")
        page = html.fromstring(archive_.page)
        self.assertEqual(page.get("lang"), "de-DE")
        self.assertIn("Ihre Rechte", page.text_content())
        [city] = [
            value["label"]
            for record in archive_.records("res.partner")
            for value in record["values"]
            if value["name"] == "name"
        ]
        self.assertEqual(city, "Name")
        self.assertEqual(archive_.data["sections"][1]["title"], "Wer Sie sind")

    def test_the_page_gets_sections_of_rows_in_words(self):
        self.give("match")
        self.note("A note")
        sections = self.env["social.export"]._collect(self.partner.social_subject_id)
        codes = [section.code for section in sections]
        for code in ("about", "person", "consents", "notices", "messages", "left_out"):
            self.assertIn(code, codes)
        for section in sections:
            self.assertTrue(section.title)
            for row in section.rows:
                self.assertIsInstance(row.title, str)
                self.assertIsInstance(row.source, str)
                for label, text in row.values:
                    self.assertIsInstance(label, str)
                    self.assertIsInstance(text, str)
                    self.assertTrue(text)
        [person] = [section for section in sections if section.code == "person"]
        self.assertIn(("Name", "Ada Example"), person.rows[0].values)

    def test_it_says_what_is_left_out_and_why(self):
        said = self.export().section("left_out")
        self.assertEqual(len(said), len(set(decisions.REASONS.values())) + 1)
        self.assertIn("Art. 15(4)", " ".join(record["title"] for record in said))


class TestOfficer(Exporting, CommonHttp):
    """The privacy officer takes it away; what only reads is apart from what logs."""

    def press(self, record=None, user=None):
        record = (self.partner if record is None else record).with_user(user or self.officer)
        return record.action_export_social_data()

    def fetch(self, action, login="officer"):
        self.authenticate(login, login)
        return self.url_open(action["url"] if isinstance(action, dict) else action)

    def test_the_officer_exports_contact_lead_and_recipient(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": "lead@example.com"})
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        for group in ("sales_team.group_sale_manager", "mass_mailing.group_mass_mailing_user"):
            self.officer.group_ids += self.env.ref(group)
        for record in (self.partner, lead, recipient):
            answer = self.fetch(self.press(record))
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Content-Type"], "application/zip")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertIn(record.id, Archive(answer.content).ids(record._name))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_r5_nobody_else_does(self):
        for user in (self.sales, self.manager, self.clerk, self.employee):
            with self.assertRaises(AccessError):
                self.press(user=user)
        self.assertFalse(self.env["social.export.download"].search([]))

    def test_r11_each_export_is_logged_and_reading_it_is_not_once_more(self):
        action = self.press()
        row = self.env["social.decision"].search([("act", "=", "export")])
        self.assertEqual((row.user_id, row.rule, row.allowed), (self.officer, "R11", True))
        self.assertEqual(row.subject_key, self.partner.social_subject_key)
        count = self.env["social.decision"].search_count([])
        self.fetch(action)
        self.fetch(action)
        self.assertEqual(self.env["social.decision"].search_count([]), count)

    @mute_logger("odoo.http")
    def test_the_address_is_good_for_its_officer_and_for_an_hour(self):
        action = self.press()
        second = new_test_user(self.env, "officer2", groups=f"{ADDON}.group_privacy_officer")
        missing = self.fetch("/social/export/999999999")
        foreign = self.fetch(action, second.login)
        outsider = self.fetch(action, "sales")
        self.env.cr.execute(
            "UPDATE social_export_download SET create_date = create_date - interval '61 min'"
        )
        self.env.invalidate_all()
        expired = self.fetch(action)
        answers = {(each.status_code, each.text) for each in (missing, foreign, expired)}
        self.assertEqual(len(answers), 1, "all alike: nobody learns which exist")
        self.assertEqual((missing.status_code, outsider.status_code), (404, 404))

    @mute_logger("odoo.http")
    def test_without_a_login_there_is_nothing(self):
        action = self.press()
        answer = self.url_open(action["url"], allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])
