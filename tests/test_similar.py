"""Posts that say the same are found together: reposts, with whatever they are wrapped in."""

import pytest

from odoo.addons.social_consent_monitoring.similar import similar_key

from common import Common, make_post

SAID = "My parcel came late again, for the third time in this month, and nobody answers!"


@pytest.mark.parametrize(
    "text",
    [
        f"RT @ada@social.example: {SAID}",
        f"{SAID} https://site.example/story?utm=1",
        f"  {SAID.upper()}\n\n@nordlicht",
        SAID.replace(" ", "  ").replace("!", "?!"),
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in SAID),
    ],
)
def test_a_repost_has_the_key_of_its_post(text):
    assert similar_key(text) == similar_key(SAID)


@pytest.mark.parametrize(
    "text", ["Thank you!", "#nordlicht", "https://site.example/" + "a" * 99, "", "\ud83d" * 50]
)
def test_what_says_too_little_is_similar_to_nothing(text):
    assert text.startswith("\ud83d") or similar_key(text) is None


def test_other_words_have_another_key():
    assert similar_key(SAID) != similar_key(SAID.replace("third", "fourth"))


class TestSimilar(Common):
    def test_reposts_show_each_other_whoever_wrote_them(self):
        first = self.store(make_post(1, text=SAID))
        second = self.store(make_post(2, text=f"RT @ada: {SAID}", author="bob@social.example"))
        third = self.store(make_post(3, text="Something else, which is long enough to be found."))
        first.invalidate_recordset()
        self.assertEqual([each.similar_count for each in first | second | third], [1, 1, 0])
        shown = self.env["social.mention"].search(first.action_view_similar()["domain"])
        self.assertEqual(shown, first | second)
        self.assertFalse(third.browse(third.id).filtered("similar_count"))

    def test_short_posts_show_none(self):
        first, second = (self.store(make_post(n, text="Thank you!")) for n in (1, 2))
        self.assertFalse(first.similar_count or second.similar_count)
        self.assertFalse(self.env["social.mention"].search(first.action_view_similar()["domain"]))

    def test_an_edit_changes_what_is_similar(self):
        first = self.store(make_post(1, text=SAID))
        second = self.store(make_post(2, text=SAID))
        self.store(make_post(2, text="Found it, thank you! It lay behind the door all the time."))
        (first | second).invalidate_recordset()
        self.assertFalse(first.similar_count)

    def test_posts_from_before_get_their_keys_by_the_job(self):
        posts = [self.store(make_post(n, text=text)) for n, text in enumerate([SAID, SAID, "Hi"])]
        first, _second, short = posts
        self.env.flush_all()
        self.env.cr.execute("UPDATE social_mention SET similar_key = NULL")
        self.env.invalidate_all()
        self.assertFalse(first.similar_count)
        rounds = []
        self.patch(
            self.registry["ir.cron"], "_commit_progress", lambda *_, **__: rounds.append(1) or 60.0
        )
        self.env["social.mention"]._cron_analyse()
        self.env.invalidate_all()
        self.assertEqual([each.similar_count for each in posts], [1, 1, 0])
        # What says too little is looked at once.
        self.assertFalse(self.env["social.mention"]._has_no_similar_key())
        self.assertFalse(self.env["social.mention"].search(short.action_view_similar()["domain"]))

    def test_many_posts_are_counted_in_one_query(self):
        mentions = self.store(*(make_post(n, text=SAID) for n in range(1, 6)))
        mentions.invalidate_recordset()
        mentions.mapped("text")
        with self.assertQueryCount(1):
            self.assertEqual(set(mentions.mapped("similar_count")), {4})
