"""Language, sentiment, topics and reactions of stored posts, and what may not be derived."""

import time
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.social_consent_monitoring import analysis

from common import ADDON, Common, make_post

GLAD, ANGRY = "I love this shop, great service!", "Terrible service, I hate it."


class Analysed(Common):
    def setUp(self):
        super().setUp()
        self.env["social.mention"].search([]).unlink()
        self.env["social.topic"].search([]).unlink()

    def run_job(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.mention"]._cron_analyse()

    def analyse(self, *posts):
        mentions = self.store(*posts)
        self.run_job()
        return mentions


class TestSentiment(Analysed):
    def test_posts_are_analysed_after_storing_and_say_why(self):
        mention = self.store(make_post(text=GLAD, language=None))
        self.assertFalse(mention.analysed_at, "never in the import's transaction")
        self.run_job()
        self.assertTrue(mention.analysed_at)
        self.assertEqual((mention.language, mention.sentiment_tone), ("en", "positive"))
        self.assertGreater(mention.sentiment, 0.5)
        self.assertEqual(mention.sentiment_by, "analysis")
        self.assertIn("+3.1 great", mention.sentiment_words)
        self.assertRegex(mention.sentiment_explanation, r"text-bg-success[^>]*>great \+3\.1<")

    def test_german_is_read_and_the_language_of_the_platform_counts_unless_the_text_is_clear(self):
        german, stated, clear = self.analyse(
            make_post(1, text="Der Service war leider richtig schlecht.", language=None),
            make_post(2, text="Super Service!", language="fr"),
            make_post(3, text="Kann ich die Lieferung an eine Filiale umleiten?", language="en"),
        ).sorted("external_id")
        self.assertEqual((german.language, german.sentiment_tone), ("de", "negative"))
        self.assertEqual((stated.language, stated.sentiment_tone), ("fr", False))
        self.assertTrue(stated.analysed_at)
        self.assertFalse(stated.sentiment_by, "nobody here reads it")
        # In English "die" would be a word of death.
        self.assertEqual((clear.language, clear.sentiment_tone), ("de", "neutral"))

    def test_words_of_a_post_are_shown_as_text(self):
        mention = self.analyse(make_post(text="great", language="en"))
        mention.sudo().sentiment_words = "+1.0 <script>alert(1)</script>"
        self.assertNotIn("<script", mention.sentiment_explanation)

    def test_a_correction_is_kept_when_the_post_is_edited_and_analysed_again(self):
        mention = self.analyse(make_post(text=GLAD, language="en"))
        mention.with_user(self.clerk).action_rate_negative()
        self.assertEqual((mention.sentiment_tone, mention.sentiment_by), ("negative", "person"))
        self.assertEqual(mention.corrected_by_id, self.clerk)
        self.assertTrue(mention.corrected_at)
        self.analyse(make_post(text=f"{GLAD} Really great.", language="en"))
        self.assertIn("Really", mention.text)
        self.assertTrue(mention.analysed_at)
        self.assertEqual((mention.sentiment_tone, mention.sentiment_by), ("negative", "person"))
        self.assertLess(mention.sentiment, 0)
        mention.with_user(self.clerk).action_rate_again()
        self.assertEqual((mention.sentiment_tone, mention.sentiment_by), ("positive", "analysis"))
        self.assertFalse(mention.corrected_by_id)

    def test_an_edited_text_is_analysed_again(self):
        mention = self.analyse(make_post(text=GLAD, language="en"))
        self.store(make_post(text=ANGRY, language="en"))
        self.assertFalse(mention.analysed_at)
        self.run_job()
        self.assertEqual(mention.sentiment_tone, "negative")

    def test_a_language_that_was_detected_is_no_more_once_the_text_is_another(self):
        detected, stated = self.analyse(
            make_post(1, text="Der Service war leider richtig schlecht.", language=None),
            make_post(2, text="Der Service war leider richtig schlecht.", language="de"),
        ).sorted("external_id")
        self.assertEqual(detected.language, "de")
        self.analyse(make_post(1, text="Ok", language=None), make_post(2, text="Ok"))
        self.assertEqual((detected.language, stated.language), (False, "de"))

    def test_nobody_writes_a_result_past_the_buttons(self):
        mention = self.analyse(make_post(text=GLAD, language="en"))
        for values in ({"sentiment": -1.0}, {"sentiment_tone": "negative"}, {"topic_ids": []}):
            with self.assertRaises(UserError):
                mention.with_user(self.clerk).write(values)
        with self.assertRaises(AccessError):
            mention.with_user(self.sales).action_rate_negative()

    def test_a_missing_library_leaves_out_what_needs_it_and_no_more(self):
        self.env["social.topic"].create({"name": "Service", "keywords": "service"})
        with patch.dict(analysis.ANALYSERS, {"sentiment_en": analysis.Analyser(".none", "none")}):
            with self.assertLogs(f"odoo.addons.{ADDON}", "WARNING") as logs:
                mention = self.analyse(make_post(text=GLAD, language="en"))
        self.assertIn("pip install none", logs.output[0])
        self.assertTrue(mention.analysed_at)
        self.assertFalse(mention.sentiment_tone)
        self.assertEqual(mention.topic_ids.name, "Service")

    def test_every_waiting_post_is_analysed_in_batches(self):
        mentions = self.store(
            *(make_post(number, text=ANGRY, language="en") for number in range(7))
        )
        with patch(f"odoo.addons.{ADDON}.models.social_mention_tone.BATCH", 3):
            self.run_job()
        self.assertEqual(set(mentions.mapped("sentiment_tone")), {"negative"})

    def test_the_import_starts_the_job(self):
        job = self.env.ref(f"{ADDON}.ir_cron_analyse")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])
        self.source.browse()._import()
        self.assertGreater(
            self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)]), triggers
        )


class TestTopics(Analysed):
    def make(self, keywords="deliver*\ntoo late", **values):
        topic = self.env["social.topic"].with_user(self.manager)
        return topic.create({"name": "Delivery", "keywords": keywords, **values})

    def test_a_topic_takes_whole_words_endings_and_phrases(self):
        topic = self.make()
        found = self.analyse(
            make_post(1, text="It was DELIVERED yesterday"),
            make_post(2, text="Came too  late."),
            make_post(3, text="undelivered, and late"),
        )
        texts = found.filtered(lambda mention: topic in mention.topic_ids).mapped("text")
        self.assertEqual(sorted(texts), ["Came too  late.", "It was DELIVERED yesterday"])

    def test_excluded_words_and_languages_are_heeded(self):
        topic = self.make("parcel", excluded="music parcel", languages="en")
        mentions = self.analyse(
            make_post(1, text="my parcel", language="en"),
            make_post(2, text="music parcel", language="en"),
            make_post(3, text="parcel", language="de"),
        )
        self.assertEqual(topic.mention_count, 1)
        self.assertEqual(mentions.filtered("topic_ids").text, "my parcel")

    def test_changed_rules_are_applied_to_all_that_is_stored(self):
        mentions = self.analyse(make_post(1, text="parcel"), make_post(2, text="price"))
        topic = self.make("parcel")
        self.assertFalse(topic.is_applied)
        self.run_job()
        self.assertTrue(topic.is_applied)
        self.assertEqual(mentions.filtered("topic_ids").text, "parcel")
        topic.keywords = "price"
        self.assertEqual(topic.progress, 0)
        self.run_job()
        self.assertEqual(mentions.filtered("topic_ids").text, "price")
        topic.active = False
        self.run_job()
        self.assertFalse(mentions.with_context(active_test=False).topic_ids)

    def test_only_managers_change_topics(self):
        topic = self.make()
        with self.assertRaises(AccessError):
            topic.with_user(self.clerk).write({"keywords": "other"})
        self.assertTrue(topic.with_user(self.clerk).name)

    def test_no_text_keeps_the_reader_busy(self):
        with self.assertRaisesRegex(ValidationError, "once in a word"):
            self.make("a*a*a*a*a*b")
        with self.assertRaisesRegex(ValidationError, "once in a word"):
            self.make("parcel", excluded="let*t*r")
        matches = analysis.topics.make_matcher("a*a*a*a*a*b")
        started = time.monotonic()
        self.assertFalse(matches("a" * 5000))
        self.assertLess(time.monotonic() - started, 20)
        for word in ("deliver*", "*ery", "del*ry", "deliver**"):
            self.assertTrue(analysis.topics.make_matcher(word)("No delivery yet"), word)


class TestNothingSpecial(Analysed):
    def test_art9_no_topic_looks_for_what_the_law_protects(self):
        for word in (
            *("schwanger", "Moslem*", "trade union", "Krebs", "gay pride", "depressed"),
            *("relig*", "Kreb*", "sch*ul"),
        ):
            with self.subTest(word), self.assertRaises(ValidationError):
                self.env["social.topic"].create({"name": "x", "keywords": f"parcel\n{word}"})
        with self.assertRaises(ValidationError):
            self.env["social.topic"].create({"name": "Religion", "keywords": "bells"})

    def test_art9_nothing_that_is_found_is_kept_on_an_author(self):
        names = {"sentiment", "sentiment_tone", "sentiment_words", "language", "topic_ids"}
        authors = self.env["social.author"]
        self.assertFalse(names & authors._fields.keys())
        self.assertNotIn("social.topic", {field.comodel_name for field in authors._fields.values()})

    def test_r17_small_groups_are_left_out_by_topic_and_tone_as_well(self):
        self.env["social.topic"].create({"name": "Service", "keywords": "service"})
        posts = [make_post(n, author=f"user{n}", text=GLAD, language="en") for n in range(6)]
        self.analyse(*posts, make_post(9, author="one", text=ANGRY, language="en"))
        counted = self.env["social.mention"].with_user(self.clerk)
        counted = counted.with_context(social_analysis=True)
        tones = counted.formatted_read_group([], ["sentiment_tone"], ["__count"])
        self.assertEqual([group["__count"] for group in tones], [6])
        both = counted.formatted_read_group([], ["topic_ids", "sentiment_tone"], ["__count"])
        self.assertEqual([group["__count"] for group in both], [6])


class TestReactions(Analysed):
    def test_reactions_are_told_and_follow_later_readings(self):
        mention = self.store(make_post(reactions=3))
        self.assertEqual(mention.reactions, 3)
        self.store(make_post(reactions=12))
        self.assertEqual(mention.reactions, 12)
        self.store(make_post())
        self.assertEqual(mention.reactions, 12, "not told is not none")

    def test_they_are_of_the_post_on_its_own_platform(self):
        mention = self.store(make_post(reactions=3))
        other = self.source.copy({"platform_id": self.env.ref(f"{ADDON}.platform_x").id})
        self.env["social.mention"]._upsert(other, [make_post(reactions=7)])
        self.assertEqual(mention.reactions, 3)
