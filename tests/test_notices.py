"""A privacy notice says all that it must, stays as it was, and has versions (rules 6, 7, 8, 10)."""

from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import notice_text
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, make_post

FULL_TEXT = """What for? {purpose}
Data: {categories}. Platforms: {platforms}. For {months} months. Controller: {controller}.
You can withdraw it at any time: {link}"""


class NoticeCase(Common):
    def setUp(self):
        super().setUp()
        self.notices = self.env["social.consent.notice"]
        self.notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.web = self.env.ref(f"{ADDON}.platform_web")
        self.handle = self.env.ref(f"{ADDON}.category_handle")

    def draft(self, notices=None, **changes):
        """Return a complete draft that follows no other version: Danish is not shipped."""
        values = {
            "name": "Draft",
            "purpose_id": self.notice.purpose_id.id,
            "lang": "da_DK",
            "purpose_statement": "We would like to recognise you.",
            "text": FULL_TEXT,
            "platform_ids": [Command.set(self.web.ids)],
            "category_ids": [Command.set(self.handle.ids)],
            "not_tied": True,
            "revocation_checked": True,
        }
        return (self.notices if notices is None else notices).create({**values, **changes})

    def assertLacks(self, notice, *texts):
        """All of these are missing, and nothing else; and publishing says the same."""
        missing = notice._get_missing()
        self.assertEqual(len(missing), len(texts), missing)
        for line, text in zip(missing, texts, strict=True):
            self.assertIn(text, line)
            self.assertIn(text, notice.missing.replace("&#34;", '"'))
            with self.assertRaisesRegex(UserError, "cannot be published yet") as refusal:
                notice.action_publish()
            self.assertIn(text, str(refusal.exception))
        self.assertEqual(notice.state, "draft")


class TestPublishing(NoticeCase):
    def test_there_is_a_published_notice_for_every_purpose_in_english_and_german(self):
        for purpose in self.env["social.consent.purpose"].search([]):
            for lang in ("en_US", "de_DE"):
                notice = self.notices._get_published(purpose, lang)
                self.assertEqual((notice.state, notice.lang), ("published", lang))
                self.assertEqual(
                    set(notice.platform_ids.mapped("code")), {"web", "fediverse"}, notice.name
                )
                self.assertTrue(notice.category_ids)

    def test_a_dialect_reads_its_main_language(self):
        purpose = self.env.ref(f"{ADDON}.purpose_match")
        self.assertEqual(self.notices._get_published(purpose, "de_AT").lang, "de_DE")

    def test_a_complete_draft_is_published(self):
        draft = self.draft()
        self.assertEqual(draft._get_missing(), [])
        self.assertIn("o_social_complete", draft.missing)
        draft.with_user(self.officer).action_publish()
        self.assertEqual((draft.state, draft.version), ("published", 1))
        self.assertEqual(draft.published_by_id, self.officer)
        self.assertFalse(draft.missing)

    def test_an_empty_draft_lacks_everything_and_says_so_in_one_list(self):
        draft = self.draft(
            lang="en_GB",
            text="Please agree to our terms.",
            purpose_statement=False,
            platform_ids=False,
            category_ids=False,
            not_tied=False,
        )
        self.assertLacks(
            draft,
            "The purpose is missing",
            "No platform is chosen",
            "No data category is chosen",
            "name the controller",
            "ends after 24 months",
            "can withdraw",
            "put {link}",
            "no condition of a contract",
            "accepting terms: “Please agree to our terms.”",
        )

    def test_r6_a_notice_without_a_purpose_is_not_published(self):
        for nothing in (False, "  "):
            self.assertLacks(self.draft(purpose_statement=nothing), "The purpose is missing")
        text = FULL_TEXT.replace("{purpose}", "Nothing special.")
        self.assertLacks(self.draft(text=text), "does not say the purpose")
        said = FULL_TEXT.replace("{purpose}", "we would like  to RECOGNISE you!")
        self.assertEqual(self.draft(text=said)._get_missing(), [])

    def test_r7_a_notice_names_its_platforms_and_data(self):
        self.assertLacks(self.draft(platform_ids=False), "No platform is chosen")
        self.assertLacks(self.draft(category_ids=False), "No data category is chosen")
        text = FULL_TEXT.replace("{platforms}", "somewhere")
        self.assertLacks(self.draft(text=text), "the platform “Blogs, news and forums”")
        text = FULL_TEXT.replace("{categories}", "handles of doors")
        self.assertLacks(self.draft(text=text), "the data “handle”")

    def test_r7_a_notice_to_contact_needs_platforms_where_it_names_the_handle(self):
        contact = self.env.ref(f"{ADDON}.purpose_contact")
        email = self.env.ref(f"{ADDON}.category_email")
        draft = self.draft(
            purpose_id=contact.id, platform_ids=False, category_ids=[Command.set(email.ids)]
        )
        self.assertEqual(draft._get_missing(), [])
        draft.category_ids |= self.handle
        self.assertLacks(draft, "No platform is chosen")

    def test_a_notice_names_its_controller_and_its_period(self):
        text = FULL_TEXT.replace("{controller}", "the company in the imprint")
        self.assertLacks(self.draft(text=text), "does not name the controller")
        for words in ("some", "124", "2.24"):
            text = FULL_TEXT.replace("{months}", words)
            self.assertLacks(self.draft(text=text), "ends after 24 months")
        text = FULL_TEXT.replace("For {months} months", "Within 24 hours")
        self.assertLacks(self.draft(text=text, lang="en_GB"), "ends after 24 months")

    def test_r8_a_notice_says_how_to_withdraw(self):
        text = FULL_TEXT.replace("withdraw", "admire")
        for lang in ("en_GB", "de_AT"):
            lacking = self.draft(lang=lang, text=text.replace(" months", " months (Monate)"))
            self.assertLacks(lacking, "can withdraw")
        german = FULL_TEXT.replace("withdraw", "widerrufen").replace(" months", " Monate")
        self.assertEqual(self.draft(lang="de_AT", text=german)._get_missing(), [])

    def test_r8_in_other_languages_the_officer_confirms_the_words(self):
        self.assertLacks(self.draft(revocation_checked=False), "Confirm that the text says")

    def test_r8_no_notice_without_a_link_that_works(self):
        text = FULL_TEXT.replace("{link}", "ask us")
        self.assertLacks(self.draft(text=text), "put {link}")
        draft = self.draft()
        for address in ("", "ftp://example.com", "example.com", "https://", "http://["):
            self.env["ir.config_parameter"].set_param("web.base.url", address)
            self.assertLacks(draft, "would lead nowhere")
        self.env["ir.config_parameter"].set_param("web.base.url", "https://example.com")
        self.assertEqual(draft._get_missing(), [])

    def test_r8_no_notice_without_the_page_behind_the_link(self):
        module = f"odoo.addons.{ADDON}.models.social_consent_notice.CONSENT_PAGE"
        with patch(module, "/social/nowhere/token"):
            self.assertLacks(self.draft(), "does not answer")

    def test_r10_consent_is_not_tied_to_terms(self):
        self.assertLacks(self.draft(not_tied=False), "no condition of a contract")
        for sentence in (
            "By agreeing you accept our terms of use.",
            "I agree to the privacy policy.",
            "Sie akzeptieren unsere AGB.",
            "Ich stimme den Nutzungsbedingungen zu.",
            "Mit den Geschäftsbedingungen bin ich einverstanden.",
        ):
            lacking = self.draft(text=f"{FULL_TEXT}\n{sentence}")
            self.assertLacks(lacking, f"“{sentence}”")
        for sentence in (
            "Details stand in our privacy policy.",
            "In terms of data, you agree to little.",
            "Einzelheiten stehen in den AGB.",
        ):
            self.assertEqual(self.draft(text=f"{FULL_TEXT}\n{sentence}")._get_missing(), [])

    def test_the_form_shows_what_is_missing_while_it_is_written(self):
        with Form(self.notices.with_user(self.officer)) as form:
            form.name = "New"
            form.purpose_id = self.notice.purpose_id
            form.lang = "en_GB"
            form.text = "{purpose} {platform}"
            self.assertIn("“{platform}” is no placeholder", form.missing)
            self.assertIn("The purpose is missing", form.missing)
            form.purpose_statement = "We like you."
            self.assertNotIn("The purpose is missing", form.missing)
            self.assertEqual(form.preview, "We like you. {platform}")

    def test_who_is_no_officer_publishes_and_writes_nothing(self):
        draft = self.draft()
        for user in (self.clerk, self.manager, self.sales):
            with self.assertRaises(AccessError):
                draft.with_user(user).action_publish()
            with self.assertRaises(AccessError):
                draft.with_user(user).write({"text": "Other"})


class TestPlaceholders(NoticeCase):
    def test_publishing_replaces_them_by_their_values(self):
        company = self.env.company
        company.write({"name": "Nordlicht GmbH", "email": "hello@example.com", "city": "Kiel"})
        self.env.ref(f"{ADDON}.platform_fediverse").name = "Fediverse"
        draft = self.draft(
            platform_ids=[
                Command.set((self.web | self.env.ref(f"{ADDON}.platform_fediverse")).ids)
            ],
            months=12,
        )
        draft.action_publish()
        self.assertIn("What for? We would like to recognise you.", draft.text)
        self.assertIn("Data: handle. Platforms: Blogs, news and forums; Fediverse.", draft.text)
        self.assertIn("For 12 months. Controller: Nordlicht GmbH, ", draft.text)
        self.assertIn("Kiel", draft.text)
        self.assertIn("hello@example.com", draft.text)
        self.assertTrue(draft.text.endswith("at any time: {link}"))
        self.assertEqual(draft.template, FULL_TEXT)

    def test_they_speak_the_language_of_the_notice(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.handle.with_context(lang="de_DE").name = "Benutzername"
        self.web.with_context(lang="de_DE").name = "Blogs und Foren"
        german = self.draft(lang="de_DE", purpose_statement="Wir möchten Sie erkennen.")
        self.assertIn("Data: Benutzername. Platforms: Blogs und Foren.", german.preview)
        self.assertIn("Data: handle.", self.draft(lang="en_GB").preview)

    def test_a_language_that_is_not_installed_stops_nobody(self):
        self.assertFalse(self.env["res.lang"]._get_data(code="fr_FR"))
        french = self.draft(lang="fr_FR")
        french.action_publish()
        self.assertIn("Data: handle.", french.text)
        self.assertFalse(self.env["res.lang"]._get_data(code="de_AT"))
        self.assertIn("Platforms: Blogs, Nachrichten und Foren.", self.draft(lang="de_AT").preview)

    def test_an_unknown_one_is_refused_by_its_name(self):
        self.assertLacks(self.draft(text=FULL_TEXT + " {Purpose} {foo}"), "{Purpose}", "{foo}")

    def test_other_braces_are_just_text(self):
        odd = "{ } {} {1} {a b} }{ %s %(x)s {{ }} {0.x} \\1 {"
        draft = self.draft(text=f"{odd} {FULL_TEXT}")
        draft.action_publish()
        self.assertTrue(draft.text.startswith(odd))

    def test_a_value_with_braces_is_no_placeholder(self):
        self.env.company.name = "The {months} {foo} \\g<0> Company"
        draft = self.draft()
        draft.action_publish()
        for text in (draft.text, draft.preview):
            self.assertIn("Controller: The {months} {foo} \\g<0> Company", text)

    def test_spaces_in_the_braces_are_forgiven(self):
        draft = self.draft(text=FULL_TEXT.replace("{link}", "{ link }").replace("{m", "{ m"))
        draft.action_publish()
        self.assertIn("For 24 months", draft.text)
        self.assertTrue(draft.text.endswith("{link}"))

    def test_each_person_reads_their_own_link(self):
        url = "https://example.com/social/consent/abc"
        with patch.object(
            type(self.partner), "_get_social_consent_url", lambda record, purpose_code: url
        ):
            read = self.notice._get_text_for(self.partner)
        self.assertTrue(read.endswith(f"To withdraw: {url}"))
        self.assertNotIn("{", read)

    def test_staff_reads_words_and_nobodys_link(self):
        for lang in ("en_US", "de_DE"):
            notice = self.notices._get_published(self.notice.purpose_id, lang)
            self.assertNotIn("{", notice.preview)
            self.assertNotIn("http", notice._get_text_for())
        self.assertTrue(self.notice.preview.endswith("which we send you on request"))

    def test_the_hash_is_of_the_text_that_people_agree_to(self):
        draft = self.draft()
        before = draft.text_hash
        draft.action_publish()
        self.assertNotEqual(draft.text_hash, before)
        self.assertEqual(draft.text_hash, self.draft(text=draft.text).text_hash)


class TestFrozen(NoticeCase):
    def test_a_published_notice_is_frozen(self):
        other_company = self.env["res.company"].create({"name": "Other"})
        for vals in (
            {"company_id": other_company.id},
            {"lang": "de_DE"},
            {"purpose_id": self.env.ref(f"{ADDON}.purpose_enrich").id},
            {"text": "Other"},
            {"months": 99},
            {"platform_ids": [Command.clear()]},
            {"category_ids": [Command.clear()]},
            {"purpose_statement": "Other"},
            {"ask_age": True},
            {"not_tied": False},
            {"revocation_checked": True},
            {"change_kind": "correction"},
            {"name": "Other"},
        ):
            with self.assertRaisesRegex(UserError, "can no longer change"):
                self.notice.write(vals)
        with self.assertRaisesRegex(UserError, "can no longer change"):
            self.notice.unlink()

    def test_the_state_changes_by_publishing_only(self):
        draft = self.draft()
        signs = {
            "state": "published",
            "version": 7,
            "published_at": fields.Datetime.now(),
            "published_by_id": self.env.uid,
            "template": "Other",
            "controller": "Other",
            "outdated": True,
            "renewal_due": True,
        }
        for name, value in signs.items():
            for notice in (draft, self.notice):
                with self.assertRaisesRegex(UserError, "Publish"):
                    notice.write({name: value})
            with self.assertRaisesRegex(UserError, "Publish"):
                self.draft(**{name: value})
            with self.assertRaisesRegex(UserError, "Publish"):
                self.notice.copy({name: value})
            with self.assertRaisesRegex(UserError, "Publish"):
                self.draft(self.notices.with_context(**{f"default_{name}": value}))

    def test_a_published_notice_is_not_published_again(self):
        with self.assertRaisesRegex(UserError, "Only a draft"):
            self.notice.action_publish()

    def test_a_copy_is_a_draft_with_its_placeholders_and_no_sign_of_publishing(self):
        newer = self.publish(self.notice, "correction")
        copy = newer.copy()
        self.assertEqual((copy.state, copy.version, copy.change_kind), ("draft", 0, False))
        self.assertFalse(copy.published_at or copy.published_by_id or copy.template)
        self.assertEqual(copy.text, newer.template)
        self.assertIn("{platforms}", copy.text)
        for name in ("purpose_statement", "platform_ids", "category_ids", "months", "not_tied"):
            self.assertEqual(copy[name], newer[name], name)
        copy.platform_ids = self.web
        self.assertNotIn("Fediverse", copy.preview)
        self.assertEqual(self.notice.copy({"text": "Own"}).text, "Own")

    def test_what_a_notice_names_stays_what_it_was(self):
        with self.assertRaisesRegex(UserError, "its code stays"):
            self.notice.platform_ids[0].code = "facebook"
        with self.assertRaisesRegex(UserError, "its code stays"):
            self.handle.code = "health"
        self.handle.code = "handle"
        extra = self.env["social.platform"].create({"name": "Extra", "code": "extra"})
        self.publish(self.notice, "extent", platform_ids=[Command.link(extra.id)])
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"):
            extra.unlink()

    def test_archiving_changes_nothing_of_what_people_agreed_to(self):
        self.give()
        platforms, categories = self.notice.platform_ids, self.notice.category_ids
        (platforms | self.web).action_archive()
        categories.action_archive()
        self.env.invalidate_all()
        self.assertEqual(self.notice.platform_ids, platforms)
        self.assertEqual(self.notice.category_ids, categories)
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_a_category_that_a_notice_names_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.handle.unlink()
        new = (
            self.env["social.data.category"]
            .with_user(self.officer)
            .create({"name": "shoe size", "code": "shoe_size"})
        )
        new.code = "shoes"
        new.unlink()
        for user in (self.employee, self.manager):
            self.handle.with_user(user).read(["name", "description"])
            with self.assertRaises(AccessError):
                self.handle.with_user(user).name = "Other"


class TestVersions(NoticeCase):
    def test_a_newer_version_supersedes_the_older(self):
        newer = self.notice.copy({"change_kind": "correction"})
        self.assertEqual((newer.state, newer.previous_id), ("draft", self.notice))
        newer.action_publish()
        self.assertEqual((newer.state, newer.version), ("published", self.notice.version + 1))
        self.assertEqual(self.notice.state, "superseded")
        self.assertEqual(newer.previous_id, self.notice)
        self.assertEqual(self.give().notice_id, newer)

    def test_each_language_is_a_series_of_its_own(self):
        german = self.env.ref(f"{ADDON}.notice_match_de")
        self.publish(self.notice, "purpose", purpose_statement="Something else.")
        self.assertTrue(self.notice.outdated)
        self.assertEqual((german.state, german.outdated), ("published", False))
        self.assertFalse(self.draft(change_kind="purpose").previous_id)

    def test_the_publisher_says_what_changes(self):
        self.assertLacks(self.notice.copy(), "say what changes")
        first = self.draft(change_kind="purpose")
        first.action_publish()
        self.assertFalse(first.change_kind, "a first version changes nothing")

    def test_no_correction_changes_what_people_agreed_to(self):
        for changes, label in (
            ({"purpose_statement": "We would like to sell."}, "Purpose in One Sentence"),
            ({"platform_ids": [Command.set(self.web.ids)]}, "Platforms"),
            ({"category_ids": [Command.set(self.handle.ids)]}, "Data"),
            ({"months": 12}, "Valid for (Months)"),
            ({"ask_age": True}, "Ask for the Age"),
        ):
            draft = self.notice.copy({"change_kind": "correction", **changes})
            self.assertLacks(draft, f"changed: {label}. ")
        self.env.company.name = "Somebody Else Ltd"
        self.assertLacks(self.notice.copy({"change_kind": "correction"}), "changed: Controller.")

    def test_another_purpose_is_no_other_extent(self):
        changed = {"purpose_statement": "We would like to sell.", "months": 12}
        draft = self.notice.copy({"change_kind": "extent", **changed})
        self.assertLacks(draft, "choose “Another purpose”")
        draft.change_kind = "purpose"
        self.assertEqual(draft._get_missing(), [])

    def test_spaces_are_no_other_purpose(self):
        said = self.notice.purpose_statement.replace(" ", "  ")
        self.publish(self.notice, "correction", purpose_statement=said)

    def test_a_correction_carries_consents_over(self):
        consent = self.give()
        self.publish(self.notice, "correction")
        self.assertFalse(consent.renewal_needed or self.notice.outdated)
        self.assertTrue(self.may_match())

    def test_r7_another_extent_keeps_the_old_one_and_asks_for_renewal(self):
        consent, other = self.give(), self.give("monitor")
        match = self.store()._match(self.partner)
        second = self.publish(self.notice, "extent", platform_ids=[Command.set(self.web.ids)])
        self.publish(second, "correction")
        self.assertTrue(match.exists() and self.may_match())
        self.assertTrue(consent.renewal_needed)
        self.assertEqual(self.find_renewals(True), consent)
        self.assertEqual(self.find_renewals(False), other)

    def test_renewing_is_once(self):
        consent = self.give()
        second = self.publish(self.notice, "extent", months=12)
        self.give()
        self.assertFalse(consent.renewal_needed)
        self.withdraw()
        self.publish(second, "extent", months=6)
        self.assertFalse(consent.renewal_needed, "who withdrew is not asked to renew")
        self.assertFalse(self.find_renewals(True))

    def test_renewal_is_for_valid_consents(self):
        consent = self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        self.publish(self.notice, "extent", months=12)
        self.assertTrue(consent.renewal_needed)
        with self.after(hours=2):
            self.env.invalidate_all()
            self.assertFalse(consent.renewal_needed)
            self.assertFalse(self.find_renewals(True))

    def test_r6_another_purpose_ends_what_rests_on_old_consents(self):
        consent = self.give()
        match = self.store()._match(self.partner)
        renewed = self.publish(self.notice, "purpose", purpose_statement="We would like to sell.")
        self.assertFalse(match.exists())
        self.assertTrue(consent.renewal_needed)
        self.assertFalse(self.may_match())
        with self.assertRaisesRegex(ConsentRequired, "Ask again, with the new notice"):
            self.store(make_post(2))._match(self.partner)
        rows = {row["act"]: row for row in self.partner._get_social_overview_rows()}
        self.assertEqual(rows["match"]["label"], "Purpose changed")
        self.publish(renewed, "correction")
        self.assertFalse(self.may_match(), "a correction heals no changed purpose")
        self.give()
        self.assertTrue(self.may_match())

    def test_a_changed_purpose_outdates_all_earlier_versions(self):
        self.give()
        second = self.publish(self.notice, "extent", months=12)
        third = self.publish(second, "purpose", purpose_statement="We would like to sell.")
        self.assertEqual([n.outdated for n in (self.notice, second, third)], [True, True, False])

    def test_the_choice_of_the_publisher_is_logged(self):
        draft = self.notice.copy({"change_kind": "extent", "months": 12})
        draft.with_user(self.officer).action_publish()
        message = draft.message_ids[0]
        self.assertIn("the extent changed", message.body)
        self.assertEqual(message.author_id, self.officer.partner_id)
        self.assertEqual((draft.change_kind, draft.published_by_id), ("extent", self.officer))

    def test_before_publishing_the_officer_sees_how_many_are_concerned(self):
        # Consents that other tests committed stay for good.
        before = self.notice.copy().concerned_count
        self.give()
        other = self.env["res.partner"].create({"name": "Other"})
        self.give(partner=other)
        self.give(partner=self.env["res.partner"].create({"name": "Third"}))
        self.withdraw(partner=other)
        draft = self.notice.copy({"change_kind": "purpose", "purpose_statement": "Else."})
        dialog = draft.with_user(self.officer).action_ask_publish()
        self.assertEqual((dialog["res_id"], dialog["target"]), (draft.id, "new"))
        self.assertEqual(draft.with_user(self.officer).concerned_count, before + 2)
        self.assertEqual(draft.state, "draft", "asking publishes nothing")
        with self.assertRaisesRegex(UserError, "cannot be published yet"):
            self.notice.copy().action_ask_publish()

    def find_renewals(self, needed):
        """Search among this person's consents only."""
        return self.env["social.consent"].search(
            [("renewal_needed", "=", needed), ("id", "in", self.partner.social_consent_ids.ids)]
        )

    def may_match(self):
        return self.env["social.policy"]._decide("match", self.partner)[self.partner.id].allowed


class TestComparison(NoticeCase):
    def test_two_versions_stand_side_by_side(self):
        newer = self.publish(
            self.notice,
            "extent",
            platform_ids=[Command.set(self.web.ids)],
            months=12,
        )
        shown = newer.with_user(self.officer).comparison
        marks = ("[-<del>24</del>-]", "[+<ins>12</ins>+]", "[-<del>Fediverse</del>-]")
        for words in ("Version 1", "Version 2", "Platforms", *marks):
            self.assertIn(words, shown)
        self.assertIn("(unchanged)", shown)
        self.assertEqual(newer.action_compare()["res_id"], newer.id)

    def test_a_draft_is_compared_with_what_is_published(self):
        draft = self.notice.copy({"text": "New words."})
        self.assertIn("This draft", draft.comparison)
        self.assertIn("[+<ins>New words.</ins>+]", draft.comparison)

    def test_a_text_with_tags_is_shown_and_not_run(self):
        draft = self.notice.copy({"text": "<script>alert(1)</script>"})
        self.assertIn("&lt;script&gt;", draft.comparison)
        self.assertNotIn("<script", draft.comparison)
        draft.text = "{<b>} I agree to the terms <b>here</b>."
        self.assertNotIn("<b>", draft.missing)

    def test_a_first_version_has_nothing_before_it(self):
        draft = self.draft()
        self.assertFalse(draft.comparison)
        with self.assertRaisesRegex(UserError, "no version before"):
            draft.action_compare()


def test_compared_lines_lose_no_word():
    old = "One two three.\n\nFour five.\nSix."
    new = "One 2 three.\nSeven eight nine.\nFour five.\nSix.\nTen."
    rows = notice_text.compare(old, new)
    for side, text in ((0, old), (1, new)):
        lines = [" ".join(part for _mark, part in row[side]) for row in rows if row[side]]
        assert lines == [line for line in text.splitlines() if line]
    assert ("old", "two") in rows[0][0]
    assert ("new", "2") in rows[0][1]
    assert notice_text.compare("", "") == []
