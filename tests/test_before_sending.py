"""Before sending everybody sees whom a message will reach, and what may be sent (rule 23)."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from ends import Ends


class TestPreview(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer = new_test_user(
            cls.env, "marketer", groups="mass_mailing.group_mass_mailing_user,base.group_user"
        )
        partners = cls.env["res.partner"]
        cls.asked = partners.create({"name": "Asked", "email": "asked@example.com"})
        cls.gone = partners.create({"name": "Gone", "email": "gone@example.com"})
        cls.blocked = partners.create({"name": "Blocked", "email": "blocked@example.com"})
        cls.double = partners.create({"name": "Double", "email": cls.partner.email})
        cls.mute = partners.create({"name": "Mute"})
        cls.wrong = partners.create({"name": "Wrong", "email": "no address"})
        cls.everybody = (
            cls.partner | cls.asked | cls.gone | cls.blocked | cls.double | cls.mute | cls.wrong
        )

    def setUp(self):
        super().setUp()
        for person in (self.partner, self.gone, self.double, self.mute, self.wrong):
            self.give("contact", "email", partner=person)
        self.withdraw("contact", "email", partner=self.gone)
        self.env["mail.blacklist"]._add(self.blocked.email)

    def mailing(self, people=None, **values):
        people = people or self.everybody
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id(people._name),
                "mailing_domain": [("id", "in", people.ids)],
                **values,
            }
        )

    def preview(self, mailing, user=None):
        action = mailing.with_user(user or self.marketer).action_preview_social()
        return (
            self.env[action["res_model"]].with_user(user or self.marketer).browse(action["res_id"])
        )

    def assertTrue_to_what_happens(self, mailing):
        preview = self.preview(mailing)
        left = set().union(*[line.record_ids for line in preview.line_ids])
        mailing.action_send_mail()
        traces = mailing.mailing_trace_ids
        passed = traces.filtered(lambda trace: trace.trace_status not in ("cancel", "error"))
        self.assertEqual(preview.passing_count, len(passed))
        self.assertEqual(left, set((traces - passed).mapped("res_id")))
        return preview

    def test_the_numbers_are_those_of_the_mailing(self):
        preview = self.assertTrue_to_what_happens(self.mailing())
        self.assertEqual((preview.passing_count, preview.left_count), (1, 6))

    def test_the_numbers_are_those_of_a_mailing_with_names_in_its_text(self):
        body = "<p>Hello <t t-out='object.name'/></p>"
        self.assertTrue_to_what_happens(self.mailing(body_html=body))

    def test_the_numbers_are_those_of_a_mailing_in_batches(self):
        """Within a batch the same text to the same address is a double, later any text."""
        self.env["ir.config_parameter"].set_param("mail.batch_size", "2")
        body = "<p>Hello <t t-out='object.name'/></p>"
        self.assertTrue_to_what_happens(self.mailing(body_html=body))
        self.assertTrue_to_what_happens(self.mailing())

    def test_the_numbers_are_those_without_the_exclusion_list_and_of_a_service(self):
        self.assertTrue_to_what_happens(self.mailing(use_exclusion_list=False))
        service = {"social_kind": "service", "social_kind_reason": "A recall"}
        self.assertTrue_to_what_happens(self.mailing(**service))

    def test_the_numbers_are_those_of_a_mailing_to_a_list(self):
        news = self.env["mailing.list"].create({"name": "News"})
        readers = self.env["mailing.contact"].create(
            [
                {"name": str(i), "email": f"r{i}@example.com", "list_ids": [Command.set(news.ids)]}
                for i in range(4)
            ]
        )
        for reader in readers[:3]:
            self.give("contact", "email", partner=reader)
        readers[0].subscription_ids.opt_out = True
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": [Command.set(news.ids)],
            }
        )
        preview = self.assertTrue_to_what_happens(mailing)
        self.assertEqual(preview.passing_count, 2)
        self.assertIn("Has left the mailing list.", preview.line_ids.mapped("reason"))

    def test_each_reason_is_said_in_words_and_lists_its_people(self):
        preview = self.preview(self.mailing())
        reasons = {line.reason: line for line in preview.line_ids}
        self.assertIn("The person withdrew the consent.", reasons)
        self.assertNotIn("never_asked", reasons)
        action = reasons["The person withdrew the consent."].action_open()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, self.gone)

    def test_looking_sends_nothing_and_logs_nothing(self):
        before = self.env["social.decision"].search_count([])
        mailing = self.mailing()
        self.preview(mailing)
        self.assertEqual(self.env["social.decision"].search_count([]), before)
        self.assertFalse(mailing.mailing_trace_ids)
        self.assertFalse(self.env["mail.mail"].search([("mailing_id", "=", mailing.id)]))
        self.assertEqual(mailing.state, "draft")

    def test_it_says_where_consent_is_only_observed(self):
        rule = self.env["social.policy.rule"].search([("act", "=", "contact_email")], limit=1)
        rule.write({"mode": "observe", "reason": "Trying"})
        preview = self.preview(self.mailing(self.asked))
        self.assertEqual((preview.mode, preview.passing_count), ("observe", 1))

    def test_no_more_queries_for_each_recipient_of_a_batch(self):
        self.env["ir.config_parameter"].set_param("mail.batch_size", "500")

        def count(number):
            people = self.env["res.partner"].create(
                [{"name": str(i), "email": f"{number}-{i}@example.com"} for i in range(number)]
            )
            mailing = self.mailing(people)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.preview(mailing)
            return self.env.cr.sql_log_count - before

        count(3)
        self.assertLessEqual(count(300), count(10) + 8)


class TestStatistics(Ends):
    def test_who_withdraws_while_the_mail_is_queued_is_counted_as_no_consent(self):
        self.give("contact", "email")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "=", self.partner.id)],
                "keep_archives": True,
            }
        )
        with patch.object(type(self.env["mail.mail"]), "send", lambda *_args, **_options: None):
            mailing.action_send_mail()
        self.withdraw("contact", "email")
        self.send_queue()
        self.assertReached()
        mailing.invalidate_recordset()
        self.assertEqual((mailing.social_refused_count, mailing.canceled), (1, 1))

    def test_the_chatter_says_in_words_why_a_mail_was_not_sent(self):
        notification = self.env["mail.notification"].new({"failure_type": "social_no_consent"})
        self.assertIn("has not consented", notification.format_failure_reason())


class TestScheduled(Ends):
    def schedule(self, person, user=None, **values):
        messages = self.env["mail.scheduled.message"].with_user(user or self.sales)
        return messages.create(
            {
                "model": person._name,
                "res_id": person.id,
                "author_id": (user or self.sales).partner_id.id,
                "body": "An offer for you",
                "partner_ids": [Command.set(self.partner.ids)],
                "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
                "notification_parameters": json.dumps({"message_type": "comment"}),
                **values,
            }
        )

    def post(self):
        with self.after(hours=2):
            self.env["mail.scheduled.message"]._post_messages_cron()
            self.send_queue()

    def test_what_may_not_be_sent_now_is_not_kept_for_later(self):
        with self.assertRaises(ConsentRequired):
            self.schedule(self.partner)

    def test_a_note_or_a_message_to_nobody_is(self):
        self.schedule(self.partner, is_note=True)
        self.schedule(self.partner, partner_ids=[])

    def test_what_is_allowed_goes_out_when_it_is_time(self):
        self.give("contact", "email")
        self.schedule(self.partner)
        self.post()
        self.assertReached(self.partner.email)

    def test_who_withdrew_meanwhile_gets_nothing_and_the_author_gets_the_text_back(self):
        self.give("contact", "email")
        self.schedule(self.partner)
        self.withdraw("contact", "email")
        self.post()
        self.assertNotIn(self.partner.email, self.postbox.reached)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.sales.partner_id.ids), ("body", "like", "An offer for you")]
        )
        self.assertTrue(told)

    def test_who_withdrew_meanwhile_is_taken_out_and_the_others_get_it(self):
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email")
        self.give("contact", "email", partner=other)
        message = self.schedule(self.partner, partner_ids=[Command.set((self.partner | other).ids)])
        self.withdraw("contact", "email")
        self.assertFalse(message._stop_for_social())
        self.assertEqual(message.partner_ids, other)
        self.post()
        self.assertReached(other.email)

    def test_advertising_that_is_sent_later_is_advertising_still(self):
        """To somebody known, a user's own message would pass."""
        self.partner.message_post(body="Hello?", message_type="email", author_id=self.partner.id)
        self.give("contact", "email")
        template = self.env["mail.template"].create(
            {
                "name": "Offer",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Offer",
                "body_html": "<p>An offer</p>",
                "social_kind": "marketing",
            }
        )
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.sales)
            .create(
                {
                    "model": "res.partner",
                    "res_ids": self.partner.ids,
                    "template_id": template.id,
                    "composition_mode": "comment",
                    "partner_ids": [Command.set(self.partner.ids)],
                    "scheduled_date": fields.Datetime.to_string(
                        fields.Datetime.now() + timedelta(hours=1)
                    ),
                    "subject": "Offer",
                    "body": "<p>An offer</p>",
                }
            )
        )
        composer.action_schedule_message()
        self.withdraw("contact", "email")
        self.post()
        self.assertNotIn(self.partner.email, self.postbox.reached)

    def test_a_message_is_made_advertising_by_its_caller_and_never_a_service(self):
        self.partner.message_post(body="Hello?", message_type="email", author_id=self.partner.id)
        mine = self.partner.with_user(self.sales)
        to = {"partner_ids": self.partner.ids, "message_type": "comment"}
        mine.message_post(body="An answer", **to)
        with self.assertRaises(ConsentRequired):
            mine.message_post(body="An offer", social_kind="marketing", **to)
        stranger = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        with self.assertRaises(ConsentRequired):
            stranger.with_user(self.sales).message_post(
                body="An offer",
                message_type="comment",
                partner_ids=stranger.ids,
                social_kind="service",
            )
