"""How a good reader behaves towards the servers of others, from the request to what is stored.

What one answer alone shows (redirects, limits, encodings, entities) is in `test_connectors.py`,
deletions and edits in `test_following.py`, waits and shared hosts in `test_job.py`.
"""

import psycopg2

from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.connectors import feed

from counterparts.hostile import item, rss
from test_import import SOURCE_LOGGER, ImportCase


class TestManners(ImportCase):
    def last_run(self, source):
        return self.env["social.import.run"].search([("source_id", "=", source.id)], limit=1)

    def test_validators_count_only_once_the_posts_are_stored(self):
        source = self.feed("/good")
        upsert = type(self.env["social.mention"])._upsert

        def fail(*_args):
            raise psycopg2.OperationalError("the disk is full")

        self.patch(type(self.env["social.mention"]), "_upsert", fail)
        with mute_logger(SOURCE_LOGGER):
            source._import()
        self.assertFalse(self.mentions(source))
        self.patch(type(self.env["social.mention"]), "_upsert", upsert)
        source._import()
        self.assertNotIn("If-None-Match", self.server.requests[-1][1])
        self.assertEqual(len(self.mentions(source)), 2)

    def test_what_is_unchanged_is_not_parsed_and_ends_well(self):
        source = self.feed("/good")
        source._import()

        def fail(*_args):
            raise AssertionError("parsed")

        self.patch(feed, "_entries", fail)
        source._import()
        self.assertIn("If-None-Match", self.server.requests[-1][1])
        self.assertFalse(source.error_message)
        self.assertEqual(self.last_run(source).seen, 0)
        self.assertEqual(len(self.mentions(source)), 2)

    def test_windows_that_overlap_store_each_post_once(self):
        source = self.feed("/window")
        seen = self.env["social.mention"]
        for first in (1, 2, 4):
            self.server.serve(
                "/window", rss(*(item(n, f"Post {n}") for n in range(first, first + 3)))
            )
            source._import()
            self.assertLessEqual(seen, self.mentions(source))
            seen = self.mentions(source)
        self.assertEqual(len(seen), 6)

    def test_what_is_missing_from_the_next_answer_stays(self):
        source = self.feed("/shrinking")
        self.server.serve("/shrinking", rss(item(1), item(2)))
        source._import()
        self.server.serve("/shrinking", rss(item(2)))
        source._import()
        self.assertEqual(len(self.mentions(source)), 2)
        self.assertEqual(self.last_run(source).deleted, 0)

    def test_no_refusal_and_no_error_deletes_anything(self):
        source = self.feed("/moody")
        self.server.serve("/moody", rss(item(1)))
        source._import()
        for status in (401, 403, 404, 429, 500, 503):
            self.server.serve("/moody", "no", status)
            source._import()
            self.assertTrue(source.error_message, status)
            self.assertEqual(len(self.mentions(source)), 1, status)

    def test_only_changed_words_are_an_edit(self):
        source = self.feed("/edited")
        self.server.serve("/edited", rss(item(1, "As it was")))
        source._import()
        self.server.serve("/edited", rss(item(1, "As it was", "Tue, 03 Nov 2026 10:00:00 GMT")))
        source._import()
        self.assertEqual(self.last_run(source).changed, 0)
        self.assertFalse(self.mentions(source).edited_at)
