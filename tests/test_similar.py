"""Posts that say the same, or nearly, are found together: reposts, whatever they are wrapped in."""

from datetime import timedelta

import pytest
from lxml import etree

from odoo import fields
from odoo.tools.safe_eval import safe_eval

from odoo.addons.social_consent_monitoring import similar

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
    assert similar.read(text).key == similar.read(SAID).key


@pytest.mark.parametrize(
    "text", ["Thank you!", "#nordlicht", "https://site.example/" + "a" * 99, "", "\ud83d" * 50]
)
def test_what_says_too_little_is_similar_to_nothing(text):
    assert similar.read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        SAID.replace("third", "fourth"),
        f"RT @ada: {SAID[:60]}…",
        f"So true! {SAID} #fail",
        f"{SAID} They should know.",
    ],
)
def test_what_is_cut_off_changed_a_little_or_commented_on_repeats_its_post_and_is_found(text):
    said, first = similar.read(text), similar.read(SAID)
    assert said.key != first.key
    assert similar.repeats(said, first)
    assert set(said.bands) & set(first.bands)


@pytest.mark.parametrize(
    "text",
    [
        "My parcel came early again, and I have to say that everybody was very friendly!",
        f"{SAID} But that is not all: I called them twice, wrote three letters, and went there.",
        " ".join(reversed(SAID.split())),
    ],
)
def test_what_says_something_else_or_more_repeats_nothing(text):
    assert not similar.repeats(similar.read(text), similar.read(SAID))


class TestSimilar(Common):
    def look(self):
        """What the job does."""
        self.env["social.mention"]._fill_similar_keys()
        self.env.invalidate_all()

    def inbox(self, name, *conditions):
        """What the inbox shows with this filter."""
        view = self.env["social.mention"].get_view(view_type="search")
        [found] = etree.fromstring(view["arch"]).xpath(f"//filter[@name='{name}']")
        domain = safe_eval(found.get("domain"))
        return self.env["social.mention"].search([*domain, *conditions], order="id")

    def test_reposts_show_each_other_whoever_wrote_them(self):
        first = self.store(make_post(1, text=SAID))
        second = self.store(make_post(2, text=f"RT @ada: {SAID}", author="bob@social.example"))
        third = self.store(make_post(3, text="Something else, which is long enough to be found."))
        self.look()
        self.assertEqual([each.similar_count for each in first | second | third], [1, 1, 0])
        self.assertEqual(second.similar_to_id, first)
        self.assertFalse((first | third).similar_to_id)
        shown = self.env["social.mention"].search(first.action_view_similar()["domain"])
        self.assertEqual(shown, first | second)
        self.assertFalse(third.browse(third.id).filtered("similar_count"))

    def test_short_posts_show_none(self):
        first, second = (self.store(make_post(n, text="Thank you!")) for n in (1, 2))
        self.look()
        self.assertFalse(first.similar_count or second.similar_count)
        self.assertFalse(first.similar_label or second.similar_label)
        self.assertFalse(self.env["social.mention"].search(first.action_view_similar()["domain"]))

    def test_nearly_the_same_is_one_group_with_one_post_that_stands_for_it(self):
        texts = [SAID, SAID.replace("third", "fourth"), f"RT @ada: {SAID[:60]}…", f"Yes! {SAID}"]
        first, *others = self.store(*(make_post(n, text=text) for n, text in enumerate(texts, 1)))
        self.look()
        later = self.store(make_post(9, text=SAID.replace("third", "fifth")))
        self.look()
        self.assertEqual({each.similar_to_id for each in (*others, later)}, {first})
        self.assertEqual((first.similar_count, first.similar_label), (4, "+4 similar"))
        self.assertEqual(self.inbox("without_similar", ("id", "in", [first.id, later.id])), first)

    def test_nothing_that_waits_is_hidden_by_what_is_done(self):
        first, second = self.store(*(make_post(n, text=SAID) for n in (1, 2)))
        both = [("id", "in", (first | second).ids)]
        self.look()
        self.assertEqual(self.inbox("without_similar", *both), first)
        first.state = "closed"
        self.assertEqual(self.inbox("without_similar", *both), first | second)
        second.state = "closed"
        self.assertEqual(self.inbox("without_similar", *both), first)
        first.sudo().unlink()
        self.assertEqual(self.inbox("without_similar", *both), second)

    def test_an_edit_changes_what_is_similar(self):
        first, second, third = self.store(*(make_post(n, text=SAID) for n in (1, 2, 3)))
        self.look()
        self.assertEqual((second | third).similar_to_id, first)
        self.store(make_post(1, text="Found it, thank you! It lay behind the door all the time."))
        self.assertFalse((second | third).similar_to_id)
        self.look()
        self.assertEqual([each.similar_count for each in (first, second, third)], [0, 1, 1])
        self.assertEqual(third.similar_to_id, second)

    def test_by_what_it_is_found_goes_after_a_month_and_with_the_post(self):
        first, second = self.store(make_post(1, text=SAID), make_post(2, text=f"{SAID[::-1]} More"))
        self.look()
        bands = self.env["social.mention.band"]
        self.assertEqual(bands.search([]).mention_id & (first | second), first | second)
        second.sudo().unlink()
        self.assertFalse(bands.search([("mention_id", "=", second.id)]))
        long_ago = fields.Date.today() - timedelta(days=31)
        self.env.cr.execute("UPDATE social_mention_band SET noted_on = %s", (long_ago,))
        bands._gc_bands()
        self.assertFalse(bands.search([]))
        # Word for word it is still found.
        again = self.store(make_post(3, text=SAID))
        self.look()
        self.assertEqual(again.similar_to_id, first)

    def test_posts_get_their_keys_by_the_job_and_not_while_they_are_stored(self):
        posts = [self.store(make_post(n, text=text)) for n, text in enumerate([SAID, SAID, "Hi"])]
        first, _second, short = posts
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
        self.look()
        mentions.mapped("text")
        with self.assertQueryCount(1):
            self.assertEqual(set(mentions.mapped("similar_count")), {4})
