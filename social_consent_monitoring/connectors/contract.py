"""The test of what every connector promises; a connector's own test inherits it.

    class TestOurs(ConnectorContract):
        connector = "ours"

        @pytest.fixture(autouse=True)
        def serve(self): ...                # a server that holds the posts, and is stopped after

        def make_query(self, **values): ... # a `Query` for it, with these fields besides

        def break_server(self): ...         # from now on it answers what cannot be read

The server must hold at least three posts, of which at least one is not public, and one with what
cannot be stored in its text, such as NUL, a lone surrogate or U+202E. Once broken, its answers
should hold `SECRET`. pytest runs it; it needs no Odoo and no library.
"""

import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from . import ConnectorError, Item, can_check, check, fetch

SECRET = "not-to-be-told"  # noqa: S105 - what tests look for
JUNK = ("junk", "[]", "7", "null", '"x"', '{"x": 1}', "{", "\x00")  # as cursors
PAGES = 50  # more for three posts is a connector that never ends
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ConnectorContract:
    """Inherit, and say `connector`, `make_query` and `break_server`.

    `all_public` is for platforms that hand out nothing else, or say of no post who may read it.
    """

    connector = ""
    all_public = False

    def make_query(self, **values):
        """Return a `Query` with these fields for a server that holds posts."""
        raise NotImplementedError

    def break_server(self):
        """Make the server answer what cannot be read."""
        raise NotImplementedError

    def fetch(self, query, cursor=None):
        """One page, as the connector gives it."""
        return fetch(self.connector, query, cursor)

    def read_all(self, cursor=None, **values):
        """Read until there is no more: `(posts, cursor)`, each page checked for its order."""
        posts = []
        for _page in range(PAGES):
            page = self.fetch(self.make_query(**values), cursor)
            times = [post.published_at for post in page.posts]
            assert times == sorted(times), "a page is not oldest first"
            ids = [post.external_id for post in page.posts]
            assert len(ids) == len(set(ids)), "an id stands twice on a page"
            posts, cursor = [*posts, *page.posts], page.cursor
            if not page.more:
                return posts, cursor
        raise AssertionError("the connector finds no end")

    def ask(self, posts):
        """What the connector says became of these posts: a list of `Fate`."""
        items = [Item(post.external_id, post.url, post.text, post.locator) for post in posts]
        fates = list(check(self.connector, self.make_query(pause=0), items))
        assert [fate.external_id for fate in fates] == [post.external_id for post in posts]
        return fates

    def test_there_are_posts_to_look_at(self):
        assert len(self.read_all()[0]) >= 3

    def test_what_is_not_public_is_told_as_such(self):
        told = {post.visibility for post in self.read_all()[0]}
        assert "public" in told
        assert bool(told - {"public"}) is not self.all_public
        assert told <= {"public", "unlisted", "private", "direct"}

    def test_times_are_aware_utc_and_not_in_the_future(self):
        for post in self.read_all()[0]:
            assert post.published_at.utcoffset() == timedelta(0)
            assert post.published_at <= datetime.now(timezone.utc)

    def test_texts_and_names_can_be_stored_and_mislead_nobody(self):
        for post in self.read_all()[0]:
            # What is not public is never stored, so it may come without its text.
            assert all((post.external_id, post.author, post.text or post.visibility != "public"))
            assert_storable(post)

    def test_reading_again_brings_the_same_posts_under_the_same_ids(self):
        posts, cursor = self.read_all()
        known = {post.external_id: post.text for post in posts}
        again, _cursor = self.read_all()
        assert {post.external_id: post.text for post in again} == known
        later, _cursor = self.read_all(cursor)
        assert {post.external_id: post.text for post in later}.items() <= known.items()

    def test_a_cursor_that_cannot_be_read_starts_from_the_beginning(self):
        wanted = {post.external_id for post in self.read_all()[0]}
        for cursor in JUNK:
            assert {post.external_id for post in self.read_all(cursor)[0]} == wanted

    def test_texts_are_no_longer_than_asked(self):
        assert all(len(post.text) <= 4 for post in self.read_all(max_text=4)[0])

    def test_a_bad_answer_is_an_error_that_tells_no_secret(self):
        self.break_server()
        query = self.make_query()
        query = query if query.secret else replace(query, secret=SECRET)
        try:
            self.fetch(query)
        except ConnectorError as error:
            shown = f"{_chain(error)} {dict(error.detail)} {query!r}"
            assert query.secret not in shown
            assert SECRET not in shown
        else:
            raise AssertionError("a bad answer was taken for a good one")

    def test_a_cursor_tells_no_secret(self):
        query = self.make_query()
        assert not query.secret or query.secret not in (self.fetch(query).cursor or "")

    def test_what_was_read_is_there_or_cannot_be_asked_about(self):
        posts = [post for post in self.read_all()[0] if post.visibility == "public"]
        wanted = "there" if can_check(self.connector) else "unknown"
        assert {fate.state for fate in self.ask(posts)} == {wanted}

    def test_a_bad_answer_deletes_nothing(self):
        posts = self.read_all()[0]
        self.break_server()
        for fate in self.ask(posts):
            assert (fate.state, bool(fate.error)) == ("unknown", True)


def assert_storable(post):
    """A post's texts hold nothing that PostgreSQL refuses, or that turns round what staff reads."""
    assert not post.url or post.url.startswith(("http://", "https://"))
    for text in (post.external_id, post.url, post.author, post.text, post.locator):
        text.encode()
        odd = {c for c in text if unicodedata.category(c) in ("Cc", "Cs")} | BIDI & {*text}
        assert odd <= {"\n", "\t"}


def _chain(error):
    """All that a log may show of an error, and of those that led to it."""
    shown = []
    while error:
        shown.append(f"{error!r} {error}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " ".join(shown)
