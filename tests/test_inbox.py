"""The inbox: whose a post is, until when it is answered, and what stays among colleagues."""

import json
import os
import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from lxml import etree
from markupsafe import Markup

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.mail.tests.common import MailCase
from odoo.addons.social_consent_monitoring.analysis import marking

from common import ADDON, Common, CommonHttp, make_post

CLERK = f"{ADDON}.group_social_user"
# A Monday, ten o'clock in Brussels, where the demo calendar works from 8 to 12 and 13 to 17.
MONDAY = datetime(2026, 6, 1, 8, 0, tzinfo=timezone.utc)


class Inbox(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", groups=CLERK)
        cls.calendar = cls.env["resource.calendar"].create(
            {"name": "Office", "tz": "Europe/Brussels", "company_id": False}
        )
        cls.team = cls.env["social.team"].create(
            {
                "name": "Service",
                "user_id": cls.manager.id,
                "member_ids": [Command.link(cls.clerk.id), Command.link(cls.colleague.id)],
                "first_answer_hours": 4,
                "resource_calendar_id": cls.calendar.id,
            }
        )
        cls.env.company.social_names = "Nordlicht"
        cls.source.team_id = cls.team
        cls.mentions = cls.env["social.mention"]
        cls.account = cls.env["social.account"].create(
            {
                "name": "Ours",
                "connector": "fediverse",
                "address": "https://fediverse.example",
                "login": "@polar@social.example",
                "secret": "token",
            }
        )
        cls.source.account_id = cls.account

    def come_in(self, *posts, source=None):
        """Store posts and sort them in, as the job does."""
        mentions = (source or self.source)._store(list(posts) or [make_post()])
        mentions.sudo()._sort_in()
        return mentions

    def run_job(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.mention"]._cron_analyse()


class TestSortingIn(Inbox):
    def test_a_post_goes_to_the_team_of_its_source(self):
        self.assertEqual(self.come_in().team_id, self.team)

    def test_the_team_that_somebody_chose_stays(self):
        mention = self.store()
        other = self.team.copy({"name": "Press"})
        mention.team_id = other
        mention.sudo()._sort_in()
        self.assertEqual(mention.team_id, other)

    def test_the_job_sorts_in_what_came(self):
        mention = self.store()
        self.run_job()
        self.assertTrue(mention.sorted_at and mention.analysed_at)
        self.assertFalse(self.env["social.mention"]._get_unsorted())

    def test_r23_what_an_account_of_ours_was_told_of_addresses_us(self):
        self.source.kind = "mentions"
        mention = self.store(make_post(text="Can anybody hear me?"))
        self.assertTrue(mention.addressed)
        mention.sudo()._sort_in()
        self.assertTrue(mention.addressed)

    def test_r23_a_post_found_by_another_source_first_addresses_us_later(self):
        other = self.source.copy({"name": "Mentions", "kind": "mentions", "state": "active"})
        mention = self.come_in(make_post(text="Can anybody hear me?"))
        self.assertFalse(mention.addressed)
        self.come_in(make_post(text="Can anybody hear me?"), source=other)
        self.assertTrue(mention.addressed)

    def test_r23_a_post_that_names_us_addresses_us(self):
        self.env.company.name = "Polarstern Möbel GmbH & Co. KG"
        for text, addressed in (
            ("Nordlicht, where is my shelf?", True),
            ("Thanks #NORDLICHT!", True),
            ("Nordlichts Regale sind toll", True),
            ("Polarstern Möbel has no shelves left", True),
            ("#polarsternmöbel hat zu", True),
            ("hey @polar@social.example, are you open?", True),
            ("Saw the Nordlichter in Tromsö", False),
            ("A shelf, at last", False),
            ("The GmbH & Co. KG is a German thing", False),
        ):
            mention = self.come_in(make_post(text=text, external_id=text))
            self.assertEqual(mention.addressed, addressed, text)

    def test_r23_an_edit_that_takes_our_name_out_no_longer_addresses_us(self):
        mention = self.come_in(make_post(text="Nordlicht is late"))
        self.come_in(make_post(text="They are late"))
        self.assertEqual(mention.text, "They are late")
        self.assertFalse(mention.addressed)

    def test_a_new_name_of_ours_counts_for_what_is_open(self):
        mention = self.come_in(make_post(text="Südlicht is late"))
        self.assertFalse(mention.addressed)
        self.env.company.social_names = "Südlicht"
        self.run_job()
        self.assertTrue(mention.addressed)


class TestServiceLevel(Inbox):
    def due(self, published, **changes):
        """Return how many days and hours after Monday ten o'clock an answer is due."""
        with self.after_monday(published):
            post = make_post(published_at=MONDAY + published, **changes)
            due = self.come_in(post).answer_due_at
        return due and due - MONDAY.replace(tzinfo=None)

    def after_monday(self, offset):
        return self.after(**{"seconds": (MONDAY + offset - now()).total_seconds() + 60})

    def test_an_answer_is_due_within_working_hours(self):
        for number, (published, due) in enumerate(
            (
                # Two hours before noon, an hour's break, and two after it.
                (timedelta(), timedelta(hours=5)),
                # At night: four hours from eight o'clock on.
                (timedelta(hours=12), timedelta(hours=26)),
                # On Friday at four: one hour then, three on the next Monday.
                (timedelta(days=4, hours=6), timedelta(days=7, hours=1)),
            )
        ):
            found = self.due(published, external_id=f"due {number}")
            self.assertEqual(found, due, published)

    def test_the_calendar_says_the_same_as_odoos_own_planning(self):
        moments = [MONDAY.replace(tzinfo=None) + timedelta(hours=7 * step) for step in range(60)]
        planned = self.calendar._plan_social_hours(11, moments)
        for moment in moments:
            own = self.calendar.plan_hours(11, moment.replace(tzinfo=timezone.utc), True)
            self.assertEqual(planned[moment].replace(tzinfo=timezone.utc), own, moment)

    def test_holidays_do_not_count(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Closed",
                "calendar_id": self.calendar.id,
                "date_from": MONDAY.replace(tzinfo=None) - timedelta(hours=8),
                "date_to": MONDAY.replace(tzinfo=None) + timedelta(hours=14),
            }
        )
        self.assertEqual(self.due(timedelta()), timedelta(hours=26))

    def test_without_a_calendar_the_clock_counts(self):
        self.team.resource_calendar_id = False
        self.assertEqual(self.due(timedelta(hours=12)), timedelta(hours=16))

    def test_who_only_talks_about_a_topic_waits_for_no_answer(self):
        self.assertFalse(self.due(timedelta(), text="A shelf, at last"))
        self.team.only_addressed = False
        self.assertTrue(self.due(timedelta(), text="A shelf, at last", external_id="another shelf"))

    def test_what_was_old_when_it_came_in_is_not_due(self):
        self.assertFalse(self.come_in(make_post()).answer_due_at)

    def test_a_team_without_a_promise_is_never_late(self):
        self.team.first_answer_hours = 0
        self.assertFalse(self.due(timedelta()))

    def test_another_team_has_another_promise(self):
        with self.after_monday(timedelta()):
            mention = self.come_in(make_post(published_at=MONDAY))
            quick = self.team.copy({"name": "Quick", "first_answer_hours": 1})
            mention.with_user(self.clerk).team_id = quick
        self.assertEqual(mention.answer_due_at, datetime(2026, 6, 1, 9, 0))

    def test_overdue_is_what_waits_too_long(self):
        with self.after_monday(timedelta()):
            late, answered, closed, new = self.come_in(
                *(make_post(number, published_at=MONDAY) for number in range(4))
            )
            # Another promise that is still to be kept.
            new.sudo().answer_due_at = datetime(2026, 6, 30)
            answered.with_user(self.clerk).action_answered()
            closed.with_user(self.clerk).action_close()
        with self.after_monday(timedelta(days=1)):
            everything = late | answered | closed | new
            everything.invalidate_recordset()
            self.assertEqual(everything.filtered("overdue"), late)
            found = self.mentions.search([("overdue", "=", True), ("id", "in", everything.ids)])
            self.assertEqual(found, late)
            found = self.mentions.search([("overdue", "=", False), ("id", "in", everything.ids)])
            self.assertEqual(found, answered | closed | new)

    def test_the_first_answer_is_noted_once(self):
        mention = self.come_in()
        self.assertFalse(mention.first_answered_at)
        mention.with_user(self.clerk).action_answered()
        first = mention.first_answered_at
        self.assertTrue(first)
        with self.after(hours=1):
            mention.with_user(self.clerk).action_reopen()
            mention.with_user(self.clerk).action_answered()
        self.assertEqual(mention.first_answered_at, first)


class TestWork(Inbox):
    def test_a_clerk_moves_a_mention_through_the_work_and_edits_nothing_else(self):
        mention = self.come_in().with_user(self.clerk)
        tag = self.env["social.mention.tag"].create({"name": "Press"})
        mention.write(
            {
                "user_id": self.colleague.id,
                "team_id": False,
                "tag_ids": [Command.link(tag.id)],
                "priority": "3",
                "state": "in_work",
            }
        )
        for values in (
            {"text": "Forged"},
            {"addressed": True},
            {"answer_due_at": False},
            {"first_answered_at": fields.Datetime.now()},
            {"sorted_at": False},
        ):
            with self.assertRaises(UserError):
                mention.write(values)

    def test_take_is_for_whom_it_was_free(self):
        mention = self.come_in()
        mention.with_user(self.clerk).action_take()
        self.assertEqual((mention.state, mention.user_id), ("in_work", self.clerk))
        with self.assertRaisesRegex(UserError, "clerk"):
            mention.with_user(self.colleague).action_take()
        self.assertEqual(mention.user_id, self.clerk)

    def test_taking_many_leaves_what_a_colleague_is_at(self):
        mine, others = self.come_in(make_post(1), make_post(2))
        others.with_user(self.colleague).action_take()
        (mine | others).with_user(self.clerk).action_take()
        self.assertEqual(mine.user_id, self.clerk)
        self.assertEqual(others.user_id, self.colleague)

    def test_only_who_may_read_mentions_is_given_one(self):
        with self.assertRaises(UserError):
            self.come_in().with_user(self.clerk).user_id = self.sales

    def test_a_team_that_one_may_not_see_is_chosen_in_no_way(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.team.copy({"name": "Theirs", "company_id": other.id, "member_ids": False})
        mention = self.come_in().with_user(self.clerk)
        mention.sudo().company_id = False
        with self.assertRaises(AccessError):
            mention.team_id = team
        with self.assertRaises(AccessError):
            mention.onchange(
                {"team_id": team.id}, ["team_id"], {"team_id": {"fields": {"display_name": {}}}}
            )
        with self.assertRaises(AccessError):
            mention.with_context(default_team_id=team.id).onchange(
                {}, [], {"team_id": {"fields": {"display_name": {}}}}
            )
        # Of a post that several companies share, another's team leaves the work to all.
        mention.sudo().team_id = team
        mention.write({"team_id": team.id, "state": "in_work"})
        self.assertEqual(mention.state, "in_work")

    def test_nobody_learns_who_works_for_another_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = new_test_user(
            self.env, "far", name="Ida Faraway", company_id=company.id, company_ids=company.ids
        )
        mention = self.come_in().with_user(self.clerk)
        for user, told in ((other, False), (self.sales, True)):
            with self.assertRaises(UserError) as caught:
                mention.user_id = user
            self.assertEqual(user.name in str(caught.exception), told)

    def test_one_new_task_is_told_and_many_are_not(self):
        one, *many = self.come_in(*(make_post(number) for number in range(4)))
        told = [("partner_ids", "in", self.colleague.partner_id.ids)]
        before = self.env["mail.message"].search_count(told)
        one.with_user(self.clerk).user_id = self.colleague
        self.assertEqual(self.env["mail.message"].search_count(told), before + 1)
        self.mentions.union(*many).with_user(self.clerk).user_id = self.colleague
        self.assertEqual(self.env["mail.message"].search_count(told), before + 1)

    def test_a_clerk_sets_up_no_team(self):
        with self.assertRaises(AccessError):
            self.team.with_user(self.clerk).first_answer_hours = 100

    def test_r24_a_tag_names_no_person(self):
        self.env["social.mention.tag"].create({"name": "Supplier"})
        with self.assertRaises(UserError):
            self.env["social.mention.tag"].create({"name": "Ada Example"})


class TestAmongColleagues(Inbox, MailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mention = cls.store(cls).with_user(cls.clerk)

    def messages(self):
        return self.env["mail.message"].search(
            [("model", "=", "social.mention"), ("res_id", "=", self.mention.id)]
        )

    def test_a_note_reaches_the_colleague_who_is_named(self):
        with self.mock_mail_gateway():
            note = self.mention.message_post(
                body="Do you know this?",
                message_type="comment",
                partner_ids=self.colleague.partner_id.ids,
            )
        self.assertTrue(note.is_internal)
        self.assertEqual(note.notified_partner_ids, self.colleague.partner_id)

    def test_nobody_from_outside_follows_or_hears_of_a_mention(self):
        portal = new_test_user(self.env, "portal_inbox", groups="base.group_portal")
        for outsider in (self.partner, portal.partner_id):
            with self.assertRaises(UserError):
                self.mention.message_subscribe(outsider.ids)
            with self.assertRaises(UserError):
                self.mention.message_post(body="Look", partner_ids=outsider.ids)
            with self.assertRaises(UserError):
                self.mention.message_notify(body="Look", partner_ids=outsider.ids)
            body = Markup("<a data-oe-model='res.partner' data-oe-id='%s'>@you</a>") % outsider.id
            with self.assertRaises(UserError):
                self.mention.message_post(body=body)
            with self.assertRaises(UserError):
                self.mention.message_post(body="Look", author_id=outsider.id)
        with self.assertRaises(UserError):
            self.mention.activity_schedule("mail.mail_activity_data_todo", user_id=portal.id)
        with self.assertRaises(UserError):
            self.mention.message_post(body="Look", outgoing_email_to="ada@example.com")
        # Nor by what runs as superuser.
        self.mention.sudo().message_subscribe(self.employee.partner_id.ids)
        self.mention.sudo()._message_subscribe(self.partner.ids)
        self.assertNotIn(self.partner, self.mention.sudo().message_partner_ids)
        self.assertIn(self.employee.partner_id, self.mention.sudo().message_partner_ids)

    def test_an_outsider_who_follows_all_the_same_gets_no_mail(self):
        self.env["mail.followers"].create(
            {
                "res_model": "social.mention",
                "res_id": self.mention.id,
                "partner_id": self.partner.id,
                "subtype_ids": self.env.ref("mail.mt_comment").ids,
            }
        )
        with self.mock_mail_gateway():
            self.mention.message_post(
                body="Look", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
        self.assertFalse(self._new_mails.recipient_ids & self.partner)
        self.assertFalse(self._mails)

    def test_no_mail_from_outside_lands_beside_a_mention(self):
        with self.assertRaises(ValueError):
            self.mention.sudo().message_post(
                body="It was me", message_type="email", email_from="ada@example.com"
            )
        note = self.mention.message_post(body="Look")
        self.assertEqual(note.reply_to, note.email_from)

    def test_the_chatter_keeps_neither_the_text_nor_the_author(self):
        self.mention.action_take()
        self.mention.action_answered()
        self.env.flush_all()
        self.cr.precommit.run()
        self.cr.execute(
            "SELECT concat_ws(' ', body, subject) FROM mail_message"
            " WHERE model = 'social.mention' AND res_id = %s",
            (self.mention.id,),
        )
        kept = " ".join(row[0] for row in self.cr.fetchall())
        tracked = self.messages().sudo().tracking_value_ids
        self.assertEqual(set(tracked.field_id.mapped("name")), {"state", "user_id"})
        for secret in (self.mention.text, self.mention.sudo().author_id.handle):
            self.assertNotIn(secret, kept)

    def test_notes_and_activities_go_with_the_mention(self):
        self.mention.message_post(body="A note")
        self.mention.activity_schedule("mail.mail_activity_data_todo", user_id=self.clerk.id)
        mention_id = self.mention.id
        self.mentions.sudo()._bury(self.mention.platform_id, [self.mention.sudo().external_id])
        for model, column in (("mail.message", "model"), ("mail.activity", "res_model")):
            left = (
                self.env[model]
                .with_context(active_test=False)
                .search_count([(column, "=", "social.mention"), ("res_id", "=", mention_id)])
            )
            self.assertFalse(left, model)
        self.assertFalse(
            self.env["mail.followers"].search_count(
                [("res_model", "=", "social.mention"), ("res_id", "=", mention_id)]
            )
        )

    def test_r18_no_note_names_a_customer(self):
        """Beside a post a customer's name would join the two."""
        name = self.partner.name
        with self.assertRaisesRegex(UserError, name):
            self.mention.message_post(body=f"I think this is {name}")
        with self.assertRaises(UserError):
            self.mention.activity_schedule(
                "mail.mail_activity_data_todo", note=f"Call {name}", user_id=self.clerk.id
            )
        todo = self.mention.activity_schedule(
            "mail.mail_activity_data_todo", summary="Look", user_id=self.clerk.id
        )
        with self.assertRaises(UserError):
            todo.summary = f"Call {name}"
        with self.assertRaises(UserError):
            todo.action_feedback(feedback=f"Called {name}")
        note = self.mention.message_post(body="Somebody we know?", message_type="comment")
        with self.assertRaises(UserError):
            self.mention._message_update_content(note, body=f"It is {name}")
        with self.assertRaises(UserError):
            note.with_user(self.clerk).body = f"It is {name}"
        with self.assertRaises(UserError):
            self.mention.message_post(body="See", attachments=[(f"{name}.txt", b"x")])
        self.give(partner=self.partner)
        self.mention.sudo()._match(self.partner)
        self.env.invalidate_all()
        # A match ends with its consent; a note would not.
        with self.assertRaises(UserError):
            self.mention.message_post(body=f"This is {name}, who agreed to it")

    def test_r18_neither_files_reactions_addresses_nor_changes_name_a_customer(self):
        name = self.partner.name
        files = self.env["ir.attachment"].with_user(self.clerk)
        place = {"res_model": "social.mention", "res_id": self.mention.id}
        with self.assertRaises(UserError):
            files.create({"name": f"{name}.txt", **place})
        file = files.create({"name": "order.txt", **place})
        for values in ({"name": f"{name}.txt"}, {"description": name}):
            with self.assertRaises(UserError):
                file.write(values)
        loose = files.create({"name": f"{name}.txt"})
        with self.assertRaises(UserError):
            loose.write(place)
        note = self.mention.message_post(body="Somebody we know?", message_type="comment")
        react = note.sudo()._message_reaction
        author = self.clerk.partner_id, self.env["mail.guest"]
        with self.assertRaises(UserError):
            react(name, "add", *author)
        react("\U0001f44d", "add", *author)
        with self.assertRaises(UserError):
            self.mention.message_post(body="Look", reply_to=f"{name} <help@brand.example>")
        field = self.env["ir.model.fields"]._get("social.mention", "state")
        change = {"field_id": field.id, "old_value_char": "New", "new_value_char": name}
        with self.assertRaises(UserError):
            self.mention.message_post(body="Look", tracking_value_ids=[Command.create(change)])

    def test_r18_a_file_gets_no_such_name_after_it_was_attached(self):
        """Also where it hangs on something else, and a note only shows it."""
        files = self.env["ir.attachment"].with_user(self.clerk)
        for attach in (
            lambda file: self.mention.message_post(body="Look").write(
                {"attachment_ids": [Command.link(file.id)]}
            ),
            lambda file: self.mention.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.clerk.id,
                attachment_ids=[Command.link(file.id)],
            ),
        ):
            file = files.create({"name": "order.txt"})
            attach(file)
            with self.assertRaises(UserError):
                file.name = f"{self.partner.name}.txt"
        named = files.create({"name": f"{self.partner.name}.txt"})
        with self.assertRaises(UserError):
            self.mention.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.clerk.id,
                attachment_ids=[Command.link(named.id)],
            )

    def test_r18_whoever_writes_is_asked_also_with_more_rights(self):
        """Notes, those that wait, and activities: code may act for somebody as superuser."""
        name = self.partner.name
        acting = self.mention.sudo()
        with self.assertRaises(UserError):
            acting.activity_schedule(
                "mail.mail_activity_data_todo", summary=f"Call {name}", user_id=self.clerk.id
            )
        with self.assertRaises(UserError):
            acting.activity_schedule(
                "mail.mail_activity_data_todo", summary=f"Call <{name}>", user_id=self.clerk.id
            )
        waiting = {
            "model": "social.mention",
            "res_id": self.mention.id,
            "author_id": self.clerk.partner_id.id,
            "scheduled_date": "2030-01-01 10:00:00",
            "is_note": True,
        }
        scheduled = self.env["mail.scheduled.message"].with_user(self.clerk).sudo()
        with self.assertRaises(UserError):
            scheduled.create({**waiting, "body": f"It is {name}"})
        # What Odoo writes by itself is no note of anybody's.
        root = self.mention.with_user(SUPERUSER_ID)
        root.activity_schedule("mail.mail_activity_data_todo", summary=f"Call {name}")

    def test_r18_the_web_client_posts_no_such_note_either(self):
        """It posts as superuser, in its user's name."""
        posting = self.mention.with_user(self.clerk).sudo()
        with self.assertRaises(UserError):
            posting.message_post(body=f"It is {self.partner.name}", message_type="comment")
        with self.assertRaises(UserError):
            posting.message_post(body="Look", author_id=self.partner.id)
        note = posting.message_post(body="Somebody we know?", message_type="comment")
        with self.assertRaises(UserError):
            posting._message_update_content(note, body=f"It is {self.partner.name}")


class TestMarking(Inbox):
    def test_words_are_marked_and_nothing_of_the_post_becomes_html(self):
        self.env["social.topic"].search([]).unlink()
        self.env["social.topic"].create({"name": "Delivery", "keywords": "parcel*\nlate"})
        self.source.term = "#polar"
        text = "<b>Nordlicht</b> & #polar:\nthe parcels are <script>late</script>"
        mention = self.come_in(make_post(text=text))
        mention.sudo()._analyse()
        marked = mention.with_user(self.clerk).marked_text
        self.assertEqual(
            marked,
            '&lt;b&gt;<mark title="Names us">Nordlicht</mark>&lt;/b&gt; &amp;'
            ' #<mark title="Source: #nordlicht in the fediverse">polar</mark>:\n'
            'the <mark title="Topic: Delivery">parcels</mark> are'
            ' &lt;script&gt;<mark title="Topic: Delivery">late</mark>&lt;/script&gt;',
        )

    def test_each_word_of_a_search_is_marked_and_no_operator(self):
        for term, words in (
            ("#parcel", ["parcel"]),
            ("@polar@social.example", ["polar@social.example"]),
            ("late parcel", ["late", "parcel"]),
            ('"parcel  shop" OR depot', ["parcel shop", "depot"]),
            ("(shelf AND parcel) NOT train -boat from:ada lang:de is:reply", ["shelf", "parcel"]),
            ('shelf -"model train" author:"Ada B" NOT "toy shelf"', ["shelf"]),
            ("where is my Or, shelf*", ["where", "shelf*"]),
            ("https://shop.example/a", ["https://shop.example/a"]),
            ('"', []),
            ("", []),
            (False, []),
        ):
            self.assertEqual(marking.split_term(term), words, term)

    def test_the_words_of_a_search_are_marked_where_they_stand_apart(self):
        self.env["social.topic"].search([]).unlink()
        self.source.write({"name": "Shop", "term": 'late "parcel shop" -train'})
        text = "The Parcel shop is closed, parcel late, train too"
        marked = self.come_in(make_post(text=text)).with_user(self.clerk).marked_text
        self.assertEqual(
            marked,
            'The <mark title="Source: Shop">Parcel shop</mark> is closed, parcel'
            ' <mark title="Source: Shop">late</mark>, train too',
        )

    def test_many_mentions_are_marked_in_as_many_queries_as_few(self):
        few = self.come_in(*(make_post(number) for number in range(2)))
        many = self.come_in(*(make_post(number) for number in range(10, 60)))
        counts = []
        for mentions in (few, few, many):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            mentions.with_user(self.clerk).mapped("marked_text")
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


class TestScreenOfTheInbox(Inbox):
    def get_names(self, kind, path):
        arch = etree.fromstring(
            self.mentions.with_user(self.clerk).get_view(view_type=kind)["arch"]
        )
        return [node.get("name") for node in arch.xpath(path)]

    def test_no_filter_or_group_is_offered_twice(self):
        names = self.get_names("search", "//filter")
        self.assertEqual(len(names), len(set(names)))

    def test_r14_rows_and_cards_lead_to_the_original_by_what_logs_it(self):
        """And not by its address, in which its author's name stands."""
        for kind in ("list", "kanban", "form"):
            found = self.get_names(kind, "//*[@name='action_open_original'][@type='object']")
            self.assertEqual(found, ["action_open_original"], kind)
        for kind in ("list", "kanban"):
            self.assertNotIn("url", self.get_names(kind, "//field"), kind)


class TestReminder(Inbox):
    def test_a_leader_is_told_once_as_long_as_something_is_overdue(self):
        first, second = self.come_in(make_post(1), make_post(2))
        first.sudo().answer_due_at = fields.Datetime.now() - timedelta(hours=1)
        teams = self.env["social.team"]
        activities = [("res_model", "=", "social.team"), ("res_id", "=", self.team.id)]
        for _hour in range(3):
            teams._cron_remind()
        reminder = self.env["mail.activity"].search(activities)
        self.assertEqual((len(reminder), reminder.user_id), (1, self.manager))
        self.assertIn("1", reminder.summary)
        second.sudo().answer_due_at = fields.Datetime.now() - timedelta(hours=1)
        teams._cron_remind()
        self.assertIn("2", self.env["mail.activity"].search(activities).summary)
        (first | second).with_user(self.clerk).action_answered()
        teams._cron_remind()
        self.assertFalse(self.env["mail.activity"].search(activities))

    def test_a_team_counts_what_waits(self):
        first, second, third = self.come_in(*(make_post(number) for number in range(3)))
        first.sudo().answer_due_at = fields.Datetime.now() - timedelta(hours=1)
        second.with_user(self.clerk).action_take()
        third.with_user(self.clerk).action_close()
        team = self.team.with_user(self.clerk)
        counts = (team.open_count, team.unassigned_count, team.overdue_count)
        self.assertEqual(counts, (2, 1, 1))
        overdue = team.action_view_overdue()["context"]
        self.assertEqual(overdue["search_default_team_id"], team.id)


class TestSpeed(Inbox):
    def test_what_the_inbox_asks_for_is_found_by_an_index(self):
        """A million mentions are not looked at for the eighty newest that are open.

        Few are: where many were, reading by date would find them as soon.
        """
        self.store(*(make_post(number) for number in range(3)))
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO social_mention (platform_id, external_id, text, published_at, checked_at,
                state, sorted_at, analysed_at, user_id, addressed, answer_due_at)
            SELECT platform_id, 'speed ' || number, text, published_at + number * interval '1 min',
                checked_at, CASE mod(number, 200) WHEN 0 THEN 'new' ELSE 'closed' END, now(), now(),
                CASE mod(number, 2000) WHEN 0 THEN %s END, mod(number, 400) = 0, published_at
            FROM generate_series(1, %s) number,
                (SELECT * FROM social_mention WHERE external_id = %s) post
            """,
            (
                self.clerk.id,
                int(os.environ.get("INBOX_MENTIONS", 30_000)),
                make_post(1).external_id,
            ),
        )
        self.env.cr.execute("ANALYZE social_mention")
        inbox = self.mentions.with_user(self.clerk)
        state = [("state", "in", ("new", "in_work"))]
        for domain, index in (
            (state, "open"),
            ([("user_id", "=", False), *state], "open"),
            ([("user_id", "=", self.clerk.id), *state], "assigned"),
            ([("addressed", "=", True), *state], "open"),
            ([("overdue", "=", True)], ""),
        ):
            query = inbox._search(domain, limit=80, order=inbox._order)
            started = time.monotonic()
            plan = "\n".join(
                line
                for (line,) in self.env.execute_query(SQL("EXPLAIN ANALYZE %s", query.select()))
            )
            print(f"{domain}: {1000 * (time.monotonic() - started):.0f} ms")
            self.assertNotIn("Seq Scan on social_mention", plan, domain)
            self.assertIn(f"social_mention_{index}", plan, domain)


class TestMorning(CommonHttp):
    def test_a_clerks_morning(self):
        self.env["social.mention"].search([]).sudo().write({"state": "closed"})
        self.env.company.social_names = "Nordlicht"
        self.env["social.mention.tag"].search([]).unlink()
        self.env["social.mention.tag"].create({"name": "Complaint"})
        team = self.env["social.team"].create(
            {"name": "Service", "member_ids": [Command.link(self.clerk.id)]}
        )
        self.source.team_id = team
        moment = datetime.now(timezone.utc) - timedelta(minutes=5)
        mentions = self.store(
            make_post(1, text="Where is my shelf, Nordlicht?", published_at=moment),
            make_post(2, text="The second post", published_at=moment - timedelta(hours=1)),
        )
        mentions.sudo()._sort_in()
        self.start_tour("/odoo", "social_inbox", login="clerk", timeout=120)
        first = mentions.filtered("addressed")
        self.assertEqual((first.state, first.user_id), ("answered", self.clerk))
        self.assertTrue(first.first_answered_at)
        self.assertEqual(first.tag_ids.name, "Complaint")


class TestFiltersThatRemember(CommonHttp):
    """They are kept by the server: each look at them is in another browser."""

    LOOK = """
        (async () => {
            const wanted = %s;
            const get = (path) => [...document.querySelectorAll(path)];
            const read = () => ({
                facets: get(".o_searchview_facet").map((each) => each.textContent.trim()).sort(),
                checked: get(".o_search_panel_filter_value:has(input:checked) .o_search_panel_label")
                    .map((each) => each.textContent.trim()),
            });
            for (let waited = 0; waited < 300; waited++) {
                await new Promise((resolve) => setTimeout(resolve, 100));
                const ready = document.querySelector(".o_list_view .o_search_panel, .o_list_view");
                if (ready && JSON.stringify(read()) === JSON.stringify(wanted)) {
                    return console.log("test successful");
                }
            }
            throw new Error(`There is ${JSON.stringify(read())}`);
        })();
    """

    def setUp(self):
        super().setUp()
        self.store(make_post(1)).user_id = self.clerk
        self.settings = self.env["res.users.settings"]._find_or_create_for_user(self.clerk)

    def look(self, *facets, checked=()):
        """Look in a new browser whether these filters are on, and no other."""
        wanted = {"facets": sorted(facets), "checked": list(checked)}
        url = f"/odoo/action-{ADDON}.social_mention_action"
        self.browser_js(url, self.LOOK % json.dumps(wanted), login="clerk")

    def test_what_was_chosen_is_on_in_another_browser(self):
        self.start_tour("/odoo", "social_inbox_choose", login="clerk", timeout=120)
        self.env.invalidate_all()
        kept = self.settings.social_inbox_filters["defaults"]
        year = self.env.cr.now().year
        self.assertEqual(kept["search_default_published"], "year,third_quarter")
        self.assertEqual(kept["searchpanel_default_source_ids"], self.source.ids)
        # What is typed may be a name.
        self.assertNotIn("Lindqvist", json.dumps(self.settings.social_inbox_filters))
        self.look(
            "Open", "Mine", f"Published: Q3 {year}", "Published: Week", checked=[self.source.name]
        )

    def test_a_favourite_is_on_again_and_once_it_is_gone_what_is_usual(self):
        favourite = self.env["ir.filters"].create(
            {
                "name": "What matters",
                "model_id": "social.mention",
                "domain": "[('priority', '=', '3')]",
                "user_ids": [Command.link(self.clerk.id)],
                "action_id": self.env.ref(f"{ADDON}.social_mention_action").id,
            }
        )
        self.settings.social_inbox_filters = {"defaults": {"search_default_mine": 1}}
        self.start_tour("/odoo", "social_inbox_favourite", login="clerk", timeout=120)
        self.look("What matters")
        favourite.unlink()
        self.look("Open")

    def test_where_a_chosen_item_is_gone_the_usual_filters_are_on(self):
        gone = {"search_default_tag_ids": [2**30], "search_default_mine": 1}
        gone["search_default_team_id"] = [2**30]
        self.settings.social_inbox_filters = {"defaults": gone}
        self.look("Open")
        self.env.invalidate_all()
        self.assertFalse(self.settings.social_inbox_filters)


class TestByKeysAndInBulk(CommonHttp):
    def setUp(self):
        super().setUp()
        self.env["social.mention"].search([]).sudo().write({"state": "closed"})
        self.env.company.social_names = "Nordlicht"
        moment = datetime.now(timezone.utc)
        names = ("first", "second", "third")
        self.mentions = self.store(
            *(
                make_post(
                    number,
                    text=f"Nordlicht, the {name} post",
                    published_at=moment - timedelta(hours=number + 1),
                )
                for number, name in enumerate(names)
            )
        )
        self.mentions.sudo()._sort_in()

    def test_a_clerk_works_by_keys_alone(self):
        self.start_tour("/odoo", "social_inbox_keys", login="clerk", timeout=120)
        self.assertEqual(self.mentions[0].answer_ids.state, "draft")

    def test_many_are_closed_and_reopened_and_a_colleague_is_asked(self):
        colleague = new_test_user(self.env, "colleague", groups=CLERK, name="Bo Colleague")
        self.start_tour("/odoo", "social_inbox_bulk", login="clerk", timeout=180)
        self.assertEqual(set(self.mentions.mapped("state")), {"new"})
        note = self.mentions[0].message_ids.filtered(lambda each: "Do you know" in each.body)
        self.assertIn(colleague.partner_id, note.notified_partner_ids)
        self.assertTrue(note.is_internal)
        activity = self.mentions[0].activity_ids
        self.assertEqual((activity.summary, activity.user_id), ("Ring the depot", self.clerk))

    def test_a_text_is_copied_and_shown_where_the_browser_does_not_copy(self):
        self.env.company.social_answer_approval = "none"
        self.start_tour("/odoo", "social_answer_copy", login="clerk", timeout=120)
        self.assertEqual(self.mentions[:2].answer_ids.mapped("state"), ["copied", "copied"])
        self.assertEqual(set(self.mentions[:2].mapped("state")), {"answered"})


def now():
    return datetime.now(timezone.utc)
