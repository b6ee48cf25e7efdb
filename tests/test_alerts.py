"""Alerts: told of what is unusual for a source, in numbers, to colleagues, and without a flood."""

import logging
import os
import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.social_consent_monitoring.connectors.clean import first_digit
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.usual import get_lowest_tone, get_most

from common import ADDON, Common, CommonHttp, make_post

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=timezone.utc)
LONG_AGO = datetime(2026, 1, 1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# What the same hours of four weeks brought: usually 3 to 9.
USUAL = (3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9, 9)
GLAD, ANGRY = "I love this shop, great service!", "Terrible service, I hate it."
SECRET = "Parcel number 4711 is lost"
_logger = logging.getLogger(__name__)


class Alerts(Common):
    def setUp(self):
        super().setUp()
        self.env["social.mention"].search([]).unlink()
        self.rules = self.env["social.alert.rule"]
        self.rules.search([]).active = False
        self.alerts = self.env["social.alert"]
        self.make_old(self.source)
        self.source.user_id = self.clerk
        self.number = 0
        self.clock = freeze_time(NOW)
        self.frozen = self.clock.start()
        self.addCleanup(self.clock.stop)

    def make_old(self, *sources):
        """Let these sources have listened for long."""
        for source in sources:
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE social_source SET create_date = %s, heard_since = NULL WHERE id = %s",
                (LONG_AGO, source.id),
            )
            source.invalidate_recordset()

    def make(self, kind="volume", **values):
        return self.rules.create({"name": "Something is up", "kind": kind, **values})

    def make_source(self, **values):
        source = self.source.copy({"name": "Another", "state": "active", **values})
        self.make_old(source)
        return source

    def come(self, count=1, ago=HOUR / 2, source=None, **changes):
        """Store so many posts of as many authors."""
        posts = []
        for _post in range(count):
            self.number += 1
            values = {
                "author": f"user{self.number}@social.example",
                "published_at": datetime.now(timezone.utc) - ago,
                **changes,
            }
            posts.append(make_post(self.number, **values))
        mentions = (source or self.source)._store(posts)
        mentions.sudo()._analyse()
        return mentions

    def fill_hours(self, counts=USUAL, source=None, **changes):
        places = [(week, shift) for week in range(1, 5) for shift in (-1, 0, 1)]
        for (week, shift), count in zip(places, counts, strict=True):
            ago = week * 7 * DAY - shift * HOUR + HOUR / 2
            self.come(count, ago, source, **changes)

    def fill_days(self, count=6, source=None, **changes):
        for day in range(1, 29):
            self.come(count, day * DAY + HOUR, source, **changes)

    def look(self, **later):
        self.frozen.tick(timedelta(**later))
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.rules._cron_alert()
        return self.alerts.search([("rule_id.active", "=", True)])

    def make_company(self, name):
        company = self.env["res.company"].create({"name": name})
        self.env.user.company_ids |= company
        return company

    def make_user(self, login, group, company):
        return new_test_user(
            self.env,
            login,
            groups=f"{ADDON}.{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def get_activities(self, rule):
        return self.env["mail.activity"].search(
            [("res_model", "=", rule._name), ("res_id", "=", rule.id)]
        )


class TestUsual(Alerts):
    def test_r17_more_posts_than_usual_are_told_in_numbers_with_what_is_usual(self):
        self.make()
        self.fill_hours()
        self.come(42)
        alert = self.look()
        self.assertEqual(alert.explanation, "42 posts within an hour, usually 3 to 9")
        self.assertEqual((alert.source_id, alert.state), (self.source, "new"))

    def test_as_many_as_usual_and_some_more_are_none(self):
        self.make()
        self.fill_hours()
        self.come(14)
        self.assertFalse(self.look())

    def test_each_source_is_compared_with_its_own_past(self):
        self.make()
        busy = self.make_source()
        self.fill_hours(source=busy, counts=[each * 6 for each in USUAL])
        self.come(42, source=busy)
        self.assertFalse(self.look())
        self.fill_hours()
        self.come(42)
        self.assertEqual(self.look().source_id, self.source)

    def test_days_are_compared_with_the_days_before(self):
        self.make(period="day")
        self.fill_days(6)
        self.come(30, 20 * HOUR)
        self.assertEqual(self.look().explanation, "30 posts within a day, usually 6")

    def test_how_soon_it_speaks_up_can_be_chosen(self):
        self.fill_hours()
        self.come(20)
        for sensitivity, count in (("low", 0), ("high", 1)):
            rule = self.make(sensitivity=sensitivity)
            self.look()
            self.assertEqual(len(rule.alert_ids), count, sensitivity)

    def test_a_source_with_little_past_gives_none(self):
        rule = self.make(minimum_past=500)
        self.fill_hours()
        self.come(42)
        self.assertFalse(self.look())
        rule.minimum_past = 100
        self.assertTrue(self.look())

    def test_a_new_query_and_a_long_silence_are_no_past(self):
        self.make()
        self.fill_hours()
        self.come(42)
        self.source.term = "other"
        self.assertTrue(self.source.heard_since)
        self.assertFalse(self.look())
        self.make_old(self.source)
        self.source.sudo().write(
            {"state": "paused", "last_success": fields.Datetime.now() - 9 * DAY}
        )
        self.source.action_activate()
        self.assertFalse(self.look())
        self.make_old(self.source)
        self.source.sudo().write({"state": "paused", "last_success": fields.Datetime.now() - HOUR})
        self.source.action_activate()
        self.assertTrue(self.look(), "a short pause changes nothing")

    def test_r17_few_authors_are_no_public_however_much_they_write(self):
        self.make()
        self.fill_hours()
        self.come(42, author="loud@social.example")
        self.assertFalse(self.look())

    def test_only_posts_with_the_topics_count(self):
        topic = self.env["social.topic"].create({"name": "Delivery", "keywords": "delivery"})
        self.make(topic_ids=[Command.link(topic.id)])
        self.fill_hours(text="The delivery came")
        self.come(42, text="Nice colours")
        self.assertFalse(self.look())
        self.come(42, text="No delivery again")
        self.assertEqual(self.look().value, 42)

    def test_the_bounds_are_those_of_chance_at_least(self):
        self.assertEqual(get_most(0, 0, 4), 4)
        self.assertEqual(get_most(99, 0, 3), 129)
        self.assertGreater(get_most(99, 50, 3), 300)
        self.assertAlmostEqual(get_lowest_tone(0.2, 0, 4, 16), -0.2)
        self.assertLess(get_lowest_tone(0.2, 0, 4, 5), get_lowest_tone(0.2, 0, 4, 50))


class TestTone(Alerts):
    def test_r17_a_worse_tone_of_many_is_told(self):
        self.make("sentiment", period="day")
        self.fill_days(text=GLAD, language="en")
        self.come(12, text=ANGRY, language="en")
        alert = self.look()
        self.assertEqual(alert.authors, 12)
        self.assertRegex(alert.explanation, r"^Tone -0\.\d\d within a day, of 12 authors, usually")

    def test_r17_one_angry_author_is_no_fall(self):
        self.make("sentiment", period="day")
        self.fill_days(text=GLAD, language="en")
        self.come(8, text=GLAD, language="en")
        self.come(60, text=ANGRY, language="en", author="angry@social.example")
        self.assertFalse(self.look(), "each author counts once")

    def test_r17_few_authors_have_no_tone(self):
        self.make("sentiment", period="day")
        self.fill_days(text=GLAD, language="en")
        self.come(4, text=ANGRY, language="en")
        self.assertFalse(self.look())


class TestWords(Alerts):
    def test_one_post_with_a_word_of_danger_is_enough_and_the_word_is_shown(self):
        self.make("words", words="explod*\nlawsuit")
        self.come(text="My parcel")
        self.assertFalse(self.look())
        self.come(text="It EXPLODED in my hands")
        alert = self.look()
        self.assertEqual(alert.words, "explod*")
        self.assertEqual(alert.explanation, "Posts within a day with “explod*”: 1")
        self.look(hours=23)
        self.look(hours=2)
        self.assertFalse(alert.ended_at)
        self.assertEqual(alert.words, "explod*", "the post is older than a day by now")

    def test_many_posts_of_one_source_hide_no_words_of_another(self):
        self.make("words", words="explod*\nlawsuit")
        other = self.make_source()
        self.come(text="A lawsuit", source=other, ago=2 * HOUR)
        self.come(3, text="It exploded")
        with patch("odoo.addons.social_consent_monitoring.models.social_alert.READ_POSTS", 2):
            alerts = self.look()
        words = {alert.source_id: alert.words for alert in alerts}
        self.assertEqual(words, {self.source: "explod*", other: "lawsuit"})

    def test_words_that_are_usual_are_told_when_there_are_more(self):
        rule = self.make("words", words="refund*")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_alert_rule SET words_since = %s WHERE id = %s", (LONG_AGO, rule.id)
        )
        rule.invalidate_recordset()
        self.fill_days(3, text="A refund, please")
        self.come(4, text="A refund, please")
        self.assertFalse(self.look())
        self.come(20, text="Where is my refund?")
        self.assertIn("usually 3", self.look().explanation)

    def test_an_edited_post_and_other_words_are_looked_at_again(self):
        rule = self.make("words", words="lawsuit")
        mention = self.come(text="A lawsuit!")
        self.assertEqual(mention.alert_rule_ids, rule)
        self.source._store([make_post(self.number, author="user1@social.example", text="Sorry.")])
        mention.sudo()._analyse()
        self.assertFalse(mention.alert_rule_ids)
        self.source._store([make_post(self.number, author="user1@social.example", text="lawsuit")])
        mention.sudo()._analyse()
        rule.words = "police"
        self.assertFalse(rule.word_mention_ids)

    def test_art9_and_r24_no_words_that_nobody_may_look_for(self):
        for word in ("depressed", "muslim*", "relig*"):
            with self.assertRaises(ValidationError):
                self.make("words", words=f"fire\n{word}")
        with self.assertRaisesRegex(ValidationError, "once in a word"):
            self.make("words", words="a*b*c")
        with self.assertRaises(ValidationError):
            self.make("words", words="ab")
        for values in ({"words": "fire\nada example"}, {"words": "fire", "name": "Ada Example"}):
            with self.assertRaises(ConsentRequired):
                self.make("words", **values)

    def test_r24_words_that_name_a_person_by_now_find_nothing(self):
        self.make("words", words="berta schulz")
        self.env["res.partner"].create({"name": "Berta Schulz"})
        mention = self.come(text="berta schulz is everywhere")
        self.assertFalse(mention.alert_rule_ids)
        self.assertFalse(self.look())


class TestReach(Alerts):
    def test_a_post_that_reaches_more_than_all_others_is_told(self):
        self.make("reach", at_least=500)
        for count in range(60):
            self.come(1, DAY * 2, reactions=count)
        self.come(reactions=300)
        self.assertFalse(self.look(hours=1), "not as many as shall be told of")
        self.come(followers=12_345, reactions=2)
        alert = self.look(hours=1)
        self.assertEqual(alert.explanation, "A post that reaches 10,000, usually at most 59")
        found = self.env["social.mention"].search(alert.action_view_mentions()["domain"])
        self.assertEqual(found.mapped("followers"), [10_000, 0])

    def test_of_followers_one_digit_is_kept_so_that_the_number_names_nobody(self):
        mention = self.come(followers=87_654)
        self.assertEqual(mention.followers, 80_000)
        self.assertEqual([first_digit(n) for n in (None, 0, -3, 7, 19)], [None, None, None, 7, 10])

    def test_what_is_told_later_or_not_at_all_changes_nothing_else(self):
        self.come(reactions=5, followers=30)
        mention = self.source._store([make_post(self.number, author="user1@social.example")])
        self.assertEqual((mention.reactions, mention.followers), (5, 30))


class TestNoFlood(Alerts):
    def test_there_is_one_alert_until_it_is_calm_and_then_another(self):
        rule = self.make(cool_down_hours=3)
        self.fill_hours()
        self.come(42)
        first = self.look()
        self.come(10)
        self.assertEqual(self.look(), first)
        self.assertEqual(first.value, 52)
        self.assertFalse(self.look(hours=2).ended_at, "calm, and not for long enough")
        self.assertTrue(self.look(hours=2).ended_at)
        self.assertEqual(len(self.get_activities(rule)), 1)
        self.come(42)
        self.fill_hours()
        self.assertEqual(len(self.look()), 2)
        self.assertEqual(len(self.get_activities(rule)), 1, "added to the one that is there")

    def test_one_that_a_person_closed_does_not_come_back_while_it_goes_on(self):
        self.make()
        self.fill_hours()
        self.come(42)
        alert = self.look()
        alert.with_user(self.clerk).action_close()
        self.assertEqual(self.look(minutes=5), alert)
        self.assertEqual((alert.state, alert.seen_by_id), ("closed", self.clerk))

    def test_an_activity_goes_once_all_that_it_tells_of_was_seen(self):
        rule = self.make("words", words="lost", daily_limit=2)
        for source in (self.source, self.make_source()):
            self.come(text=SECRET, source=source)
            self.look()
        other = self.get_activities(rule).copy({"activity_type_id": False, "summary": "Mine"})
        first, second = rule.alert_ids.with_user(self.clerk)
        first.action_see()
        self.assertEqual(len(self.get_activities(rule)), 2)
        second.action_close()
        self.assertEqual(self.get_activities(rule), other)

    def test_what_waits_is_not_told_once_it_was_closed_or_its_rule_archived(self):
        rule = self.make("words", words="lost", daily_limit=1)
        sources = [self.source, self.make_source(), self.make_source()]
        for source in sources:
            self.come(text=SECRET, source=source)
            self.look()
        first, second, third = rule.alert_ids.sorted("id")
        self.assertTrue(first.told_at)
        second.action_close()
        self.look(hours=25)
        self.assertFalse(second.told_at)
        self.assertTrue(third.told_at)
        self.come(text=SECRET, source=self.make_source())
        self.look()
        rule.active = False
        self.look(hours=25)
        self.assertEqual(len(rule.alert_ids.filtered("told_at")), 2)

    def test_above_the_limit_of_a_day_all_is_told_in_one_message(self):
        rule = self.make(daily_limit=1, tell_by="mail", user_ids=[Command.link(self.clerk.id)])
        sources = [self.source, self.make_source(), self.make_source()]
        for source in sources:
            self.fill_hours(source=source)
        for source in sources:
            self.come(42, source=source)
            self.look()
        self.assertEqual(len(rule.alert_ids), 3)
        self.assertEqual(len(rule.alert_ids.filtered("told_at")), 1)
        mails = self.env["mail.mail"].search([("subject", "like", "Something is up")])
        self.assertEqual(mails.mapped("subject"), ["Alert: Something is up"])
        self.look(hours=25)
        mails = self.env["mail.mail"].search([("subject", "like", "Something is up")])
        self.assertEqual(len(mails), 2)
        self.assertIn("2 alerts: Something is up", mails.mapped("subject"))

    @mute_logger(f"odoo.addons.{ADDON}.models.social_alert_telling")
    def test_a_rule_that_cannot_be_told_silences_no_other(self):
        broken, fine = (self.make("words", words="lost", name=name) for name in ("One", "Two"))
        tell = type(self.rules)._tell

        def crash(rule, alerts):
            tell(rule, alerts)
            if rule == broken:
                raise ValueError("a defect")

        self.come(text=SECRET)
        with patch.object(type(self.rules), "_tell", crash):
            alerts = self.look()
        told = {alert.rule_id: bool(alert.told_at) for alert in alerts}
        self.assertEqual(told, {broken: False, fine: True})
        self.assertEqual(len(self.get_activities(fine)), 1)
        self.assertFalse(self.get_activities(broken), "it is told once it can be")
        self.look(minutes=10)
        self.assertEqual(len(self.get_activities(broken)), 1)

    def test_a_rule_that_is_changed_or_archived_begins_anew(self):
        rule = self.make()
        self.fill_hours()
        self.come(42)
        alert = self.look()
        rule.active = False
        self.assertTrue(alert.ended_at)

    def test_days_are_looked_at_once_an_hour(self):
        rule = self.make(period="day")
        self.look()
        self.assertNotIn(rule, self.rules._get_due())
        self.frozen.tick(HOUR)
        self.assertIn(rule, self.rules._get_due())


class TestTold(Alerts):
    def setUp(self):
        super().setUp()
        self.channel = self.env["discuss.channel"].create(
            {"name": "Press", "channel_type": "channel"}
        )

    def alarm(self, **values):
        rule = self.make("words", words="lost", **values)
        self.mention = self.come(text=SECRET, author="ada@social.example")
        self.alert = self.look()
        self.assertTrue(self.alert.told_at)
        return rule

    def assertNamesNobody(self, text):
        for word in ("4711", "ada", self.mention.author_id.pseudonym, "Ada"):
            self.assertNotIn(word, text.replace(self.alert.get_base_url(), ""))
        self.assertRegex(text, "[“„]lost[”“]: 1")
        self.assertIn(f"/odoo/social-alerts/{self.alert.id}", text)

    def test_r17_an_activity_names_nobody_and_sends_no_mail(self):
        self.give()
        mails = self.env["mail.mail"].search_count([])
        activity = self.get_activities(self.alarm())
        self.assertEqual(activity.user_id, self.clerk, "responsible for the source")
        self.assertNamesNobody(f"{activity.summary} {activity.note}")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_r17_a_mail_names_nobody_and_goes_to_colleagues_in_their_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = new_test_user(self.env, "german", groups=f"{ADDON}.group_social_user")
        german.lang = "de_DE"
        users = self.clerk | german
        self.alarm(tell_by="mail", user_ids=[Command.set(users.ids)])
        mails = self.env["mail.mail"].search([("subject", "like", "Something is up")])
        self.assertEqual(set(mails.mapped("email_to")), set(users.mapped("email_formatted")))
        self.assertEqual(len(set(mails.mapped("subject"))), 2)
        for mail in mails:
            self.assertNamesNobody(f"{mail.subject} {mail.body_html}")
            self.assertFalse(mail.recipient_ids)
        server = self.registry["ir.mail_server"]
        # In a test Odoo sends nothing.
        with (
            patch.object(server, "_disable_send", lambda *_args: False),
            patch.object(server, "_connect__", lambda *_args, **_more: None),
            patch.object(server, "send_email", autospec=True, return_value="id") as sent,
        ):
            mails.send()
        letters = [call.args[1] for call in sent.call_args_list]
        self.assertEqual({each["To"] for each in letters}, set(users.mapped("email_formatted")))
        self.assertFalse(mails.exists(), "nobody else reads them later")

    def test_r17_a_chat_names_nobody_and_shows_as_unread(self):
        self.channel.add_members(partner_ids=self.clerk.partner_id.ids)
        mails = self.env["mail.mail"].search_count([])
        self.alarm(tell_by="chat", channel_id=self.channel.id)
        self.assertNamesNobody(self.channel.message_ids[:1].body)
        member = self.channel.channel_member_ids.filtered(
            lambda each: each.partner_id == self.clerk.partner_id
        )
        self.assertEqual(member.with_user(self.clerk).message_unread_counter, 1)
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_nobody_from_outside_is_told(self):
        portal = new_test_user(self.env, "portal_reader", groups="base.group_portal")
        for user in (portal, self.employee):
            with self.assertRaises(UserError):
                self.make(user_ids=[Command.link(user.id)])
        open_channel = self.env["discuss.channel"].create(
            {"name": "Open", "channel_type": "channel", "group_public_id": False}
        )
        open_channel.group_public_id = False
        for channel in (open_channel, self.env["discuss.channel"]):
            with self.assertRaises(ValidationError):
                self.make(tell_by="chat", channel_id=channel.id)
        rule = self.make("words", words="lost", tell_by="chat", channel_id=self.channel.id)
        self.channel.sudo().write(
            {"channel_member_ids": [Command.create({"partner_id": portal.partner_id.id})]}
        )
        before = len(self.channel.message_ids)
        self.come(text=SECRET)
        self.assertTrue(self.look())
        self.assertEqual(len(self.channel.message_ids), before)
        self.assertEqual(self.get_activities(rule).user_id, self.clerk, "not lost, either")

    def test_whoever_may_read_mentions_no_more_is_told_nothing_and_the_managers_are(self):
        rule = self.make("words", words="lost", user_ids=[Command.link(self.clerk.id)])
        self.clerk.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        theirs = self.make_company("Theirs")
        stranger = self.make_user("stranger", "group_social_manager", theirs)
        self.come(text=SECRET)
        self.look()
        told = self.get_activities(rule).user_id
        self.assertIn(self.manager, told)
        self.assertFalse(told & (self.clerk | stranger))

    def test_whoever_has_no_address_gets_an_activity_instead_of_a_mail(self):
        self.clerk.email = False
        rule = self.alarm(tell_by="mail")
        self.assertEqual(self.get_activities(rule).user_id, self.clerk)

    def test_a_mail_comes_from_the_company(self):
        self.env.company.email = "alerts@company.example"
        self.alarm(tell_by="mail")
        mail = self.env["mail.mail"].search([("subject", "like", "Something is up")])
        self.assertIn("alerts@company.example", mail.email_from)
        self.assertFalse(mail.model, "it belongs to no record that others read")

    def test_the_link_leads_to_the_posts(self):
        self.alarm()
        self.come(text="All is well")
        alert = self.alert.with_user(self.clerk)
        found = self.env["social.mention"].with_user(self.clerk)
        self.assertEqual(found.search(alert.action_view_mentions()["domain"]), self.mention)

    def test_r2_an_alert_holds_nothing_that_leads_to_a_person(self):
        targets = {
            field.comodel_name
            for name, field in self.alerts._fields.items()
            if field.relational and name not in ("create_uid", "write_uid", "seen_by_id")
        }
        self.assertEqual(targets, {"social.alert.rule", "social.source", "res.company"})

    def test_r24_a_source_that_watches_a_person_gives_none(self):
        self.give("monitor")
        watching = self.make_source(term="@ada@social.example", kind="search")
        watching.sudo().watched_partner_id = self.partner
        rule = self.make("words", words="lost")
        self.come(text=SECRET, source=watching)
        self.assertFalse(self.look())
        self.assertNotIn(watching, rule._get_sources()[rule])


class TestRights(Alerts):
    def alarm(self):
        self.make("words", words="lost")
        self.come(text=SECRET)
        return self.look()

    def test_clerks_see_and_close_and_only_managers_make_rules(self):
        alert = self.alarm()
        own = alert.with_user(self.clerk)
        own.action_see()
        self.assertEqual((alert.state, alert.seen_by_id), ("seen", self.clerk))
        with self.assertRaises(AccessError):
            own.rule_id.name = "Mine"
        with self.assertRaises(UserError):
            alert.sudo().state = "new"
        with self.assertRaises(UserError):
            alert.sudo().copy({"ended_at": fields.Datetime.now()})
        for user in (self.sales, self.employee):
            with self.assertRaises(AccessError):
                alert.with_user(user).action_see()
        rule = self.rules.with_user(self.manager).create({"name": "Ours", "source_ids": []})
        rule.action_view_alerts()
        self.assertTrue(rule.words_since)

    def test_no_channel_that_a_manager_may_not_see_is_chosen_or_named(self):
        channel = self.env["discuss.channel"].create(
            {
                "name": "Secret plans",
                "channel_type": "channel",
                "group_public_id": self.env.ref("base.group_system").id,
            }
        )
        rules = self.rules.with_user(self.manager)
        rule = rules.create({"name": "Ours"})
        spec = {"channel_id": {"fields": {"display_name": {}}}}
        for do in (
            lambda: rules.create({"name": "Mine", "channel_id": channel.id}),
            lambda: rule.write({"channel_id": channel.id}),
            lambda: rules.with_context(default_channel_id=channel.id).create({"name": "Mine"}),
            lambda: rules.with_context(default_channel_id=channel.id).onchange({}, [], spec),
        ):
            with self.assertRaises(AccessError):
                do()
        own = self.env["discuss.channel"].create({"name": "Press", "channel_type": "channel"})
        rule.write({"channel_id": own.id, "tell_by": "chat"})
        self.assertEqual(rule.channel_id, own)

    def test_each_company_has_its_own(self):
        theirs = self.make_company("Theirs")
        their_clerk = self.make_user("their_clerk", "group_social_user", theirs)
        self.source.company_id = self.env.company
        rule = self.make("words", words="lost", company_id=theirs.id)
        alert = self.alarm()
        self.assertEqual(alert.company_id, self.env.company)
        self.assertNotIn(self.source, rule._get_sources()[rule])
        self.assertFalse(self.alerts.with_user(their_clerk).search([]))
        with self.assertRaises(AccessError):
            alert.with_user(their_clerk).action_close()
        with self.assertRaises(ValidationError):
            rule.source_ids = self.source
        with self.assertRaises(UserError):
            rule.user_ids = self.clerk

    def test_a_source_that_goes_to_another_company_leaves_the_alerts_of_this_one(self):
        theirs = self.make_company("Theirs")
        self.source.company_id = self.env.company
        alert = self.alarm()
        only = self.make("words", words="lost", source_ids=[Command.link(self.source.id)])
        other = self.make_source(company_id=self.env.company.id)
        both = self.make("words", words="lost", source_ids=[Command.set((self.source | other).ids)])
        self.source.sudo().write({"company_id": theirs.id, "team_id": False})
        self.assertFalse(alert.exists())
        self.assertEqual((only.active, both.active, both.source_ids), (False, True, other))
        self.come(text=SECRET)
        self.assertFalse(self.look())

    def test_a_source_that_becomes_everybodys_stays_in_the_alerts(self):
        self.source.company_id = self.env.company
        alert = self.alarm()
        self.source.sudo().company_id = False
        self.assertTrue(alert.exists())

    def test_a_rule_that_goes_to_another_company_takes_no_alerts_along(self):
        theirs = self.make_company("Theirs")
        alert = self.alarm()
        alert.rule_id.company_id = theirs
        self.assertFalse(alert.exists())

    def test_alerts_are_kept_as_long_as_posts(self):
        alert = self.alarm()
        self.look(hours=40)
        self.assertTrue(alert.ended_at)
        retention = self.env["social.retention"]
        for days, found in ((729, 0), (731, 1)):
            moment = fields.Datetime.now() + days * DAY - 730 * DAY
            outlived = retention._get_outlived("mention", "social.alert", moment, 0, 10)
            self.assertEqual(len(outlived & alert), found)
        retention._delete(alert)
        self.assertFalse(alert.exists())


class TestJob(Alerts):
    def test_it_looks_once_posts_are_analysed(self):
        cron = self.env.ref(f"{ADDON}.ir_cron_alert")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        with patch.object(self.registry["ir.cron"], "_commit_progress", lambda *a, **k: 60.0):
            self.env["social.mention"]._cron_analyse()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_many_rules_and_sources_take_as_many_queries_as_few(self):
        self.make_rules()
        self.come(text=SECRET)
        few = [self.count_queries(), self.count_queries()]
        for _more in range(4):
            self.make_rules()
        for number in range(4):
            self.come(text=SECRET, source=self.make_source(name=f"Source {number}"))
        many = [self.count_queries(), self.count_queries()]
        self.assertEqual(len(self.alerts.search([("rule_id.active", "=", True)])), 1 + 4 * 5)
        self.assertEqual(few, many, "while they begin, and while they go on")

    def make_rules(self):
        for kind in ("volume", "sentiment", "words", "reach"):
            self.make(kind, words="lost")

    def count_queries(self):
        # Within the same second nothing would be written.
        self.frozen.tick(60)
        self.env.flush_all()
        self.env.invalidate_all()
        rules = self.rules.sudo().search([])
        before = self.cr.sql_log_count
        rules._look()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_the_rules_that_are_there_work_and_look_for_nothing_forbidden(self):
        rules = self.env["social.alert.rule"].with_context(active_test=False)
        shipped = rules.browse(
            self.env.ref(f"{ADDON}.alert_rule_{name}").id
            for name in ("volume", "sentiment", "words", "reach")
        )
        shipped.active = True
        shipped._check_words()
        self.come(text="Die Polizei war da")
        alert = self.look()
        self.assertEqual((alert.kind, alert.words), ("words", "Polizei"))
        self.assertEqual(len(self.get_activities(alert.rule_id)), 1)


class TestSpeed(Alerts):
    def test_the_last_hours_are_found_by_an_index_however_many_posts_there_are(self):
        self.come(3)
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH added AS (
                INSERT INTO social_mention (platform_id, external_id, text, published_at,
                    checked_at, state, sorted_at, analysed_at, author_id, sentiment,
                    sentiment_tone, reactions)
                SELECT platform_id, 'speed ' || number, text,
                    published_at - number * interval '56 days' / %(count)s, checked_at, 'closed',
                    now(), now(), author_id, 0.1, 'neutral', mod(number, 100)
                FROM generate_series(1, %(count)s) number,
                    (SELECT * FROM social_mention ORDER BY id DESC LIMIT 1) post
                RETURNING id
            )
            INSERT INTO social_mention_source_rel (mention_id, source_id)
            SELECT id, %(source)s FROM added
            """,
            {
                "count": int(os.environ.get("ALERT_MENTIONS", 30_000)),
                "source": self.source.id,
            },
        )
        for table in ("social_mention", "social_mention_source_rel"):
            self.env.cr.execute(f"ANALYZE {table}")
        numbers = self.env["social.alert.numbers"]
        for kind in ("volume", "sentiment", "words", "reach"):
            for period in ("hour", "day"):
                rule = self.make(kind, period=period, words="lost")
                pair = rule._prepare_pair(self.source)
                started = time.monotonic()
                numbers._measure(kind, period, [pair])
                _logger.info("%s, %s: %.3f s", kind, period, time.monotonic() - started)
                if (kind, period) in (("volume", "hour"), ("sentiment", "hour")):
                    plan = self.env.execute_query(
                        SQL("EXPLAIN %s", numbers._select_usual(kind, period, [pair]))
                    )
                    self.assertIn("social_mention__published_at_index", str(plan))


class TestScreens(CommonHttp):
    def test_a_clerk_reads_an_alert_and_opens_its_posts(self):
        self.env["social.mention"].search([]).unlink()
        self.env["social.alert.rule"].create({"name": "Danger", "kind": "words", "words": "lost"})
        published = datetime.now(timezone.utc) - HOUR
        mention = self.store(make_post(text=SECRET, published_at=published))
        mention.sudo()._analyse()
        self.env["social.alert.rule"].sudo().search([])._look()
        self.browser_js(
            f"/odoo/action-{ADDON}.social_alert_action",
            """
            (async () => {
                const find = async (selector, text) => {
                    for (;;) {
                        const found = [...document.querySelectorAll(selector)].find(
                            (node) => node.textContent.includes(text)
                        );
                        if (found) return found;
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                };
                (await find(".o_data_row .o_data_cell", "“lost”: 1")).click();
                (await find(".o_statusbar_buttons button", "Show the Posts")).click();
                await find(".o_kanban_record, .o_data_row", "4711");
                console.log("test successful");
            })();
            """,
            login="clerk",
        )
