"""A post that cannot be stored holds up no other, is not lost, and is guarded like a mention."""

import io
import zipfile
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models.social_quarantine import LIMIT, WAITS
from odoo.addons.social_consent_monitoring.removed import Removed

from common import ADDON, make_post
from test_import import SOURCE_LOGGER, ImportCase

ODD = "An odd sentence"


class QuarantineCase(ImportCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(SOURCE_LOGGER))
        self.broken = {ODD}
        upsert = type(self.env["social.mention"])._upsert

        def fail_on_odd(mentions, source, posts):
            stored = upsert(mentions, source, posts)
            for post in posts:
                if post.text in self.broken:
                    raise ValueError(post.text)
            return stored

        self.patch(type(self.env["social.mention"]), "_upsert", fail_on_odd)
        self.feeding = self.feed("/quarantine")

    def read(self, *posts, cursor='{"at": 1}'):
        """Let the source read these posts."""
        page = connectors.Page(posts, cursor)
        self.patch(connectors, "fetch", lambda *_args: page)
        self.feeding._import()
        return self.env["social.quarantine"].search([("source_id", "=", self.feeding.id)])

    def texts(self):
        return set(self.mentions(self.feeding).mapped("text"))

    def read_odd(self):
        return self.read(make_post(1, text="Before"), make_post(2, text=ODD))


class TestPutAside(QuarantineCase):
    def test_the_others_of_its_page_are_stored_and_the_source_goes_on(self):
        aside = self.read(
            make_post(1, text="Before"), make_post(2, text=ODD), make_post(3, text="After")
        )
        self.assertEqual(self.texts(), {"Before", "After"})
        self.assertEqual(len(aside), 1)
        self.assertEqual(self.feeding.sudo().cursor, '{"at": 1}')
        self.assertFalse(self.feeding.error_message)
        self.assertIn("put aside: 1", self.feeding.last_summary)
        self.assertEqual(self.feeding.put_aside_count, 1)

    def test_it_is_kept_as_it_came(self):
        post = make_post(2, text=ODD, language="de", locator="x/1")
        aside = self.read(post)
        self.assertEqual(aside._read_raw(), post)

    def test_text_that_no_database_takes_is_kept_too(self):
        strange = "Half a character \ud83d and a NUL \0"
        self.broken.add(strange)
        post = make_post(2, text=strange, external_id="a\0b\ud83d", author="ada\0@x.example")
        aside = self.read(post)
        self.assertEqual(aside._read_raw(), post)

    def test_what_is_said_of_the_error_holds_nothing_of_the_post(self):
        aside = self.read_odd()
        self.assertEqual(aside.error, "ValueError")
        said = f"{aside.error} {aside.place} {aside.display_name}"
        self.assertNotIn("odd", said.lower().replace("test_", ""))

    def test_read_again_it_costs_no_new_try_and_no_new_row(self):
        aside = self.read_odd()
        self.assertEqual(self.read(make_post(2, text=ODD), make_post(4, text="New")), aside)
        self.assertEqual(aside.tries, 1)
        self.assertEqual(self.texts(), {"Before", "New"})

    def test_edited_meanwhile_it_is_tried_as_it_is_now(self):
        aside = self.read_odd()
        self.read(make_post(2, text="Mended by its author"))
        self.assertIn("Mended", aside.raw)
        self.read()
        self.assertFalse(aside.exists())
        self.assertIn("Mended by its author", self.texts())

    def test_more_than_a_few_are_a_defect_and_the_source_pauses_with_its_cursor_before_them(self):
        self.feeding.user_id = self.manager
        self.broken |= {f"{ODD} {number}" for number in range(LIMIT + 1)}
        aside = self.read(
            *(make_post(number, text=f"{ODD} {number}") for number in range(LIMIT + 1))
        )
        self.assertFalse(aside)
        self.assertFalse(self.feeding.sudo().cursor)
        self.assertEqual(self.feeding.state, "paused")
        self.assertEqual(self.feeding.activity_ids.user_id, self.manager)
        self.assertIn("could not be stored", self.feeding.error_message)

    def test_where_the_database_is_away_no_post_is_to_blame(self):
        def fail(*_args):
            raise psycopg2.OperationalError("the disk is full")

        self.patch(type(self.env["social.mention"]), "_upsert", fail)
        self.assertFalse(self.read_odd())
        self.assertIn("unexpected", self.feeding.error_message)
        self.assertFalse(self.feeding.sudo().cursor)


class TestWhose(QuarantineCase):
    """It belongs to whoever wrote it (GDPR Art. 15, 17, 21)."""

    def aside(self):
        post = make_post(2, text=ODD, author="Ada@social.example", account="did:ada")
        return self.read(post, make_post(3, text="Other", author="bob@social.example"))

    def own(self):
        self.give("match")
        self.env["social.profile"]._make(
            self.partner, self.source.platform_id, "ada@social.example"
        )
        self.feeding.platform_id = self.source.platform_id

    def test_the_export_holds_it(self):
        self.own()
        aside = self.aside()
        subject = self.partner.social_subject_id
        reading = self.env["social.export"]._with_superuser()._prepare(subject)
        self.assertEqual(reading.get_ids("social.quarantine"), set(aside.ids))
        _name, file = self.env["social.export"]._make_zip(subject)
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            data = archive.read(next(n for n in archive.namelist() if n.endswith(".json"))).decode()
        self.assertIn(ODD, data)
        other = self.env["res.partner"].create({"name": "Bert", "email": "bert@example.com"})
        self.give("match", partner=other)
        reading = self.env["social.export"]._with_superuser()._prepare(other.social_subject_id)
        self.assertFalse(reading.get_ids("social.quarantine"))

    def test_erasing_its_author_takes_it_along_and_proves_it(self):
        self.own()
        aside = self.aside()
        proof = self.env["social.erasure"]._erase(self.partner.social_subject_id)
        self.assertFalse(aside.exists())
        self.assertIn("social.quarantine", str(proof.sudo().read()))

    def test_an_objection_under_another_handle_takes_it_along(self):
        self.feeding.platform_id = self.source.platform_id
        aside = self.aside()
        new = self.store(make_post(9, author="new@social.example", account="did:ada"))
        new.author_id._object_social("monitor", method="staff")
        self.assertFalse(aside.exists())

    def test_its_author_sees_it_on_the_own_page(self):
        self.feeding.platform_id = self.source.platform_id
        self.aside()
        request = self.env["social.author.request"].new(
            {
                "platform_id": self.source.platform_id.id,
                "handle": "ada@social.example",
                "company_id": self.env.company.id,
            }
        )
        self.assertEqual([each["text"] for each in request._get_data()["posts"]], [ODD])


class TestTriedAgain(QuarantineCase):
    def test_it_is_tried_some_times_by_itself_and_then_waits_for_a_person(self):
        aside = self.read_odd()
        hours = 0
        for number, wait in enumerate(WAITS, 1):
            self.assertEqual(aside.tries, number)
            hours += wait
            with self.after(hours=hours, minutes=5):
                self.read()
        self.assertEqual(aside.tries, len(WAITS) + 1)
        self.assertFalse(aside.next_try)
        with self.after(days=30):
            self.read()
        self.assertEqual(aside.tries, len(WAITS) + 1)

    def test_not_before_its_time(self):
        aside = self.read_odd()
        self.read()
        self.assertEqual(aside.tries, 1)

    def test_what_was_mended_is_stored_by_itself(self):
        aside = self.read_odd()
        self.broken.clear()
        with self.after(hours=2):
            self.read()
        self.assertFalse(aside.exists())
        self.assertEqual(self.texts(), {"Before", ODD})

    def test_the_button_tries_at_once_and_says_what_came_of_it(self):
        aside = self.read_odd().with_user(self.officer)
        answer = aside.action_retry()
        self.assertEqual((answer["params"]["type"], aside.tries), ("warning", 2))
        self.broken.clear()
        self.assertEqual(aside.action_retry()["params"]["type"], "success")
        self.assertFalse(aside.exists())
        self.assertIn(ODD, self.texts())

    def test_r16_the_button_stores_nothing_that_the_terms_forbid_by_now(self):
        aside = self.read_odd()
        self.broken.clear()
        self.feeding.platform_id.terms_verdict = "forbidden"
        with self.assertRaises(ConsentRequired):
            aside.with_user(self.officer).action_retry()
        self.assertTrue(aside.exists())
        self.assertNotIn(ODD, self.texts())

    def test_an_author_who_objected_meanwhile_is_not_stored(self):
        aside = self.read_odd()
        self.env["social.suppression"]._suppress_values(
            "handle", ["fediverse/ada@social.example"], ["monitor"]
        )
        self.broken.clear()
        aside.action_retry()
        self.assertFalse(aside.exists())
        self.assertNotIn(ODD, self.texts())


class TestGuarded(QuarantineCase):
    def test_administrators_and_the_officer_see_it_and_nobody_else(self):
        aside = self.read_odd()
        self.assertIn("odd", aside.with_user(self.officer).raw)
        for user in (self.manager, self.clerk, self.employee, self.sales):
            for act in ("action_retry", "action_delete", "read"):
                with self.assertRaises(AccessError):
                    getattr(aside.with_user(user), act)()

    def test_nobody_makes_or_edits_one_by_hand(self):
        aside = self.read_odd()
        with self.assertRaises(UserError):
            aside.sudo().write({"raw": "{}"})

    def test_the_officer_deletes_it(self):
        aside = self.read_odd()
        aside.with_user(self.officer).action_delete()
        self.assertFalse(aside.exists())

    def test_an_objection_takes_it(self):
        aside = self.read_odd()
        removed = Removed()
        self.env["social.author"]._forget_handles({"fediverse/ada@social.example"}, removed, 5)
        self.assertFalse(aside.exists())
        self.assertEqual(removed.tell()[5]["counts"]["social.quarantine"], 1)

    def test_what_was_put_aside_while_its_author_objected_is_found_by_the_job(self):
        aside = self.read(make_post(2, text=ODD, author="Late@social.example"))
        since = aside.create_date
        self.env["social.suppression"]._suppress_values(
            "handle", ["fediverse/late@social.example"], ["monitor"]
        )
        self.env["social.author"]._forget_late(since)
        self.assertFalse(aside.exists())

    def test_a_deletion_on_the_platform_takes_it(self):
        aside = self.read_odd()
        self.env["social.mention"]._bury(self.feeding.platform_id, [make_post(2).external_id])
        self.assertFalse(aside.exists())

    def test_a_deletion_takes_its_own_post_only_whatever_its_id_holds(self):
        odd = make_post(2, text=ODD, external_id="a\0b")
        aside, quarantine = self.read(odd), self.env["social.quarantine"]
        quarantine._drop(self.env.ref(f"{ADDON}.platform_x"), [odd.external_id])
        self.assertTrue(aside.exists(), "another platform's")
        quarantine._drop(self.feeding.platform_id, [odd.external_id])
        self.assertFalse(aside.exists())

    def test_r15_what_is_not_public_any_more_goes(self):
        aside = self.read_odd()
        self.feeding._admit_and_store([make_post(2, text=ODD, visibility="private")])
        self.assertFalse(aside.exists())

    def test_it_is_kept_no_longer_than_mentions(self):
        aside = self.read_odd()
        retention = self.env["social.retention"]
        for days, goes in ((729, False), (731, True)):
            with self.after(days=days):
                moment = fields.Datetime.now() - timedelta(days=730)
            outlived = retention._get_outlived("mention", aside._name, moment, 0, 10)
            self.assertEqual(aside in outlived, goes)
            retention._delete(outlived)
        self.assertFalse(aside.exists())

    def test_r24_a_source_that_closes_for_good_keeps_none(self):
        aside = self.read_odd()
        self.feeding._close()
        self.assertFalse(aside.exists())
