"""Files with posts in Odoo: the same admission as from everywhere, and nothing twice or half."""

import base64
import json
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form
from odoo.tools import SQL, mute_logger

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models import social_source_upload

from common import ADDON, Common, make_post

COLUMNS = r"""
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'bytea')
        AND (table_name LIKE 'social\_%%' OR table_name IN ('ir_attachment', 'mail_message'))
"""
SOURCE_LOGGER = f"odoo.addons.{ADDON}.models.social_source_import"
HEADER = "id,author,text,published,visibility\n"


def row(number, text="Where is my parcel?", visibility="public", author="ada@social.example"):
    return f"{number},{author},{text} {number},2026-05-01 12:00,{visibility}\n"


def packed(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode())


class UploadCase(Common):
    def setUp(self):
        super().setUp()
        self.uploads = self.make(name="Files")

    def make(self, **values):
        return self.env["social.source"].create(
            {
                "name": "Source",
                "connector": "upload",
                "platform_id": self.source.platform_id.id,
                "balancing_test": "Public posts that name us.",
                "state": "active",
                **values,
            }
        )

    def open(self, file, **values):
        model = self.env["social.upload.wizard"].with_user(self.manager)
        form = Form(model.with_context(default_source_id=self.uploads.id))
        form.file = packed(file)
        for name, value in values.items():
            form[name] = value
        return form

    def upload(self, file, **values):
        form = self.open(file, **values)
        wizard = form.save()
        return self.store_waiting(wizard)

    def store_waiting(self, wizard):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            result = wizard.with_env(wizard.env(cr=cr)).action_store()
        self.env.invalidate_all()
        return result["params"]

    def mentions(self):
        return self.env["social.mention"].search([("source_ids", "in", self.uploads.ids)])

    def texts(self):
        return sorted(self.mentions().mapped("text"))

    def is_anywhere(self, word):
        """Whether a word stands in any column of our tables, packed as Odoo packs files or not."""
        self.env.flush_all()
        packed_word = base64.b64encode(word.encode()).decode()[: len(word)]
        columns = self.env.execute_query(SQL(COLUMNS))
        return any(
            self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s::text LIKE ANY(%s) LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    [f"%{word}%", f"%{packed_word}%"],
                )
            )
            for table, column in columns
        )


class TestLargeUpload(UploadCase):
    def test_a_file_of_a_hundred_thousand_rows_is_stored_whole(self):
        file = HEADER + "".join(row(n, author=f"a{n % 500}@social.example") for n in range(100_000))
        self.upload(file)
        self.uploads.with_context(import_commits=False)._store_waiting()
        self.assertEqual(len(self.mentions()), 100_000)
        self.assertFalse(self.uploads.upload_waiting)

    def test_a_source_that_closes_keeps_nothing_that_waits(self):
        self.env["social.upload"]._add(self.uploads, [make_post(1)])
        self.uploads._close()
        self.assertFalse(self.env["social.upload"].sudo().search([]))


class TestUploadPreview(UploadCase):
    def test_the_first_look_shows_what_would_be_stored_and_stores_nothing(self):
        form = self.open(
            HEADER
            + row(1)
            + row(2, visibility="followers")
            + row(3, author="")
            + "4,x,,2026-05-01\n"
        )
        self.assertEqual(form.good_count, 2)
        preview = " ".join(str(form.preview).split())
        self.assertIn("Where is my parcel? 1", preview)
        self.assertIn("not public", preview)
        self.assertIn("no text", preview)
        self.assertIn("<td>3</td>", preview)
        self.assertIn("<td>5</td>", preview)
        self.assertFalse(self.is_anywhere("Where is my parcel? 1"))
        self.assertFalse(self.mentions())

    def test_r14_the_preview_names_no_author(self):
        form = self.open(HEADER + row(1))
        self.assertNotIn("ada", str(form.preview))

    def test_a_text_in_the_preview_stays_text(self):
        form = self.open(HEADER + row(1, text="<script>alert(1)</script>"))
        self.assertIn("&lt;script&gt;", str(form.preview))

    def test_columns_can_be_corrected(self):
        form = self.open("who,what,when\nada,Hello,2026-05-01", all_public=True)
        self.assertEqual(form.good_count, 0)
        self.assertIn("No column holds the text", str(form.preview))
        for number, use in ((1, "text"), (2, "published")):
            with form.column_ids.edit(number) as column:
                column.use = use
        self.assertEqual(form.good_count, 1)
        self.store_waiting(form.save())
        self.assertEqual(self.texts(), ["Hello"])
        self.assertFalse(self.mentions().author_id)

    def test_it_says_what_is_there_already_and_what_would_change(self):
        self.upload(HEADER + row(1) + row(2))
        preview = str(self.open(HEADER + row(1) + row(2, text="Edited") + row(3)).preview)
        self.assertIn("<strong>2</strong> are already there", preview)
        self.assertIn("<strong>1</strong> of them", preview)

    def test_many_bad_lines_are_counted_and_the_first_ones_named(self):
        form = self.open(HEADER + "".join(row(n, visibility="") for n in range(30)))
        self.assertIn("and 20 more", str(form.preview))

    def test_a_bad_file_says_what_is_wrong(self):
        for body, words in (
            (b"\n", "empty"),
            (b"PK\x03\x04rest", "spreadsheet"),
            (b"\x89PNG\r\n\x1a\n" + bytes(99), "no text file"),
            (b"[{}]", "line of its own"),
        ):
            self.assertIn(words, self.open(body).problem)

    def test_without_a_started_source_the_next_step_is_named(self):
        self.assertTrue(self.open(HEADER + row(1)).has_sources)
        self.env["social.source"].search([("connector", "=", "upload")]).action_pause()
        model = self.env["social.upload.wizard"].with_user(self.manager)
        self.assertFalse(Form(model).has_sources)

    def test_names_of_columns_that_no_database_takes_are_left_out(self):
        post = {"id": "1", "text": "Hello", "published": "2026-05-01", "visibility": "public"}
        odd = {"a\0b": 1, "a\ud800b": 1, "\u202ecba": 1, "": 1, "x" * 300: 1}
        form = self.open(json.dumps({**odd, **post}))
        self.assertEqual(form.good_count, 1)
        self.assertEqual(form.save().column_ids.mapped("name"), list(post))

    def test_of_very_many_columns_those_are_shown_that_are_known(self):
        columns = [f"column{number}" for number in range(500)]
        line = ",".join(["x"] * 500) + ",1,Hello,2026-05-01,public"
        form = self.open(f"{','.join(columns)},id,text,published,visibility\n{line}\n")
        self.assertEqual(form.good_count, 1)
        self.assertEqual(len(form.save().column_ids), 104)

    def test_times_are_taken_in_the_chosen_zone(self):
        self.upload(HEADER + row(1), tz="Europe/Berlin")
        self.assertEqual(str(self.mentions().published_at), "2026-05-01 10:00:00")


class TestUpload(UploadCase):
    def test_a_file_becomes_mentions_of_its_source(self):
        said = self.upload(HEADER + row(1) + row(2) + row(3, visibility="direct"))
        self.assertEqual(self.texts(), ["Where is my parcel? 1", "Where is my parcel? 2"])
        self.assertEqual(self.mentions().author_id.mapped("handle"), ["ada@social.example"])
        self.assertEqual(said["type"], "success")
        self.assertIn("2 new", said["message"])
        self.assertIn("not public: 1", said["message"])

    def test_the_same_file_again_doubles_nothing(self):
        file = HEADER + row(1) + row(2)
        self.upload(file)
        before = self.mentions()
        said = self.upload(file)
        self.assertEqual(self.mentions(), before)
        self.assertIn("0 new", said["message"])

    def test_rows_without_an_id_are_known_again_too(self):
        file = "text,published\nHello,2026-05-01\n"
        for _time in range(2):
            self.upload(file, all_public=True)
            self.assertEqual(self.texts(), ["Hello"])

    def test_json_lines(self):
        line = {"id": 5, "text": "Grüße", "date": "2026-05-01", "visibility": "public"}
        self.upload(json.dumps(line, ensure_ascii=False))
        self.assertEqual(self.texts(), ["Grüße"])

    def test_r15_the_text_of_what_is_not_public_is_written_nowhere(self):
        wizard = self.open(HEADER + row(1) + row(2, text="Tattletale", visibility="private")).save()
        self.assertTrue(self.is_anywhere("Where is my parcel? 1"))
        self.assertFalse(self.is_anywhere("Tattletale"))
        self.store_waiting(wizard)
        self.assertEqual(self.texts(), ["Where is my parcel? 1"])
        self.assertFalse(self.is_anywhere("Tattletale"))

    def test_r15_what_was_public_and_is_no_more_goes(self):
        self.upload(HEADER + row(1) + row(2))
        self.upload(HEADER + row(1, visibility="private") + row(2))
        self.assertEqual(self.texts(), ["Where is my parcel? 2"])

    def test_r15_a_file_that_does_not_say_it_needs_somebody_who_vouches(self):
        file = "text,published\nHello,2026-05-01\n"
        self.assertEqual(self.open(file).good_count, 0)
        with self.assertRaises(UserError):
            self.open(file).save()
        self.upload(file, all_public=True)
        self.assertEqual(self.texts(), ["Hello"])
        self.assertIn("manager", self.uploads.message_ids[:1].body)

    def test_who_objected_or_deleted_does_not_come_back(self):
        self.env["social.tombstone"]._bury(self.uploads.platform_id, ["1"])
        self.env["social.suppression"].sudo()._suppress_values("handle", ["fediverse/eve"])
        objected = row(2, author="@Eve", text="Objected")
        wizard = self.open(HEADER + row(1, text="Buried") + objected + row(3)).save()
        for word in ("Buried", "Objected"):
            self.assertFalse(self.is_anywhere(word))
        said = self.store_waiting(wizard)
        self.assertEqual(self.texts(), ["Where is my parcel? 3"])
        self.assertIn("author objected: 1", said["message"])

    def test_r16_no_file_is_taken_where_the_terms_do_not_allow_it(self):
        form = self.open(HEADER + row(1))
        self.uploads.platform_id.terms_verdict = "forbidden"
        with self.assertRaises(ConsentRequired), mute_logger("odoo.sql_db"):
            form.save()
        self.assertFalse(self.env["social.upload"].search([]))

    def test_r16_what_waits_is_not_stored_once_the_terms_end(self):
        self.open(HEADER + row(1)).save()
        self.uploads.platform_id.terms_verdict = "forbidden"
        self.uploads._store_waiting()
        self.assertFalse(self.mentions())
        self.assertEqual(self.uploads.state, "paused")
        self.assertTrue(self.uploads.error_message)

    def test_only_started_sources_take_files(self):
        form = self.open(HEADER + row(1))
        self.uploads.action_pause()
        with self.assertRaises(UserError):
            form.save()

    def test_only_managers_upload(self):
        for user in (self.clerk, self.officer, self.employee):
            with self.assertRaises(AccessError):
                self.env["social.upload.wizard"].with_user(user).create(
                    {"source_id": self.uploads.id, "file": packed(HEADER + row(1))}
                )

    def test_what_waits_is_made_by_the_wizard_alone(self):
        with self.assertRaises(UserError):
            self.env["social.upload"].create(
                {"source_id": self.uploads.id, "post_count": 1, "payload": "[]"}
            )


class TestUploadInSteps(UploadCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(patch.stopall)
        patch.object(social_source_upload, "BATCH", 10).start()

    def test_a_large_file_goes_on_where_it_stopped(self):
        self.open(HEADER + "".join(map(row, range(35)))).save()
        self.assertEqual(self.uploads.upload_waiting, 35)
        self.assertFalse(self.uploads._store_waiting(seconds=0))
        self.assertEqual((len(self.mentions()), self.uploads.upload_waiting), (10, 25))
        self.assertTrue(self.uploads._store_waiting())
        self.env.invalidate_all()
        self.assertEqual((len(self.mentions()), self.uploads.upload_waiting), (35, 0))
        self.assertIn("35 new, 0 known", self.uploads.last_summary)

    def test_the_job_stores_what_the_button_left(self):
        self.open(HEADER + "".join(map(row, range(35)))).save()
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_upload").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((len(self.mentions()), self.uploads.upload_waiting), (35, 0))

    def test_an_error_in_the_middle_loses_and_doubles_nothing(self):
        self.open(HEADER + "".join(map(row, range(35)))).save()
        upsert, calls = type(self.env["social.mention"])._upsert, []

        def breaks(mentions, *args):
            calls.append(1)
            result = upsert(mentions, *args)
            if len(calls) == 3:
                raise ValueError(args[1][0].text)
            return result

        with (
            patch.object(type(self.env["social.mention"]), "_upsert", breaks),
            self.assertLogs(SOURCE_LOGGER, "ERROR") as logged,
        ):
            self.uploads._store_waiting()
        self.env.invalidate_all()
        self.assertEqual((len(self.mentions()), self.uploads.upload_waiting), (20, 15))
        self.assertTrue(self.uploads.error_message)
        self.assertNotIn("parcel", "".join(logged.output))
        self.uploads._store_waiting()
        self.env.invalidate_all()
        self.assertEqual((len(self.mentions()), self.uploads.upload_waiting), (35, 0))
        self.assertFalse(self.uploads.error_message)

    def test_what_waits_in_vain_is_dropped_after_a_day(self):
        self.open(HEADER + row(1)).save()
        uploads = self.env["social.upload"]
        with self.after(hours=23):
            uploads._gc_waiting()
        self.assertTrue(uploads.search([]))
        with self.after(hours=25):
            uploads._gc_waiting()
        self.assertFalse(uploads.search([]))


class TestUploadSource(UploadCase):
    def test_only_such_a_source_does_without_an_address(self):
        self.assertFalse(self.uploads.address)
        with self.assertRaises(ValidationError):
            self.make(connector="feed")
        with self.assertRaises(ValidationError):
            self.uploads.connector = "feed"

    def test_nobody_is_asked_for_what_people_upload(self):
        self.uploads._import()
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertFalse(self.uploads.last_run)
        self.assertFalse(self.uploads.error_message)

    def test_the_same_post_from_a_file_and_from_the_platform_is_one_mention(self):
        mention = self.store()
        self.upload(HEADER + row(mention.external_id).replace(",Where", ",Other"))
        self.assertEqual(mention.source_ids, self.source | self.uploads)
        self.assertEqual(mention.text, "Where is my parcel? #nordlicht 1")
