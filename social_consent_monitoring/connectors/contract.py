"""The test of what every connector promises; a connector's own test inherits it.

    class TestOurs(ConnectorContract):
        connector = "ours"

        @pytest.fixture(autouse=True)
        def serve(self): ...                # a server that holds the posts, and is stopped after

        def make_query(self, **values): ... # a `Query` for it, with these fields besides

        def break_server(self): ...         # from now on it answers what cannot be read

The server must hold at least three posts, of which at least one is not public, and one with what
cannot be stored in its text, such as NUL, a lone surrogate or U+202E. pytest runs it; it needs no
Odoo and no library.
"""

import unicodedata
from datetime import datetime, timedelta, timezone

from . import ConnectorError, fetch

SECRET = "not-to-be-told"  # noqa: S105 - what tests look for
PAGES = 50  # more for three posts is a connector that never ends
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class ConnectorContract:
    """Inherit, and say `connector`, `make_query` and `break_server`."""

    connector = ""

    def make_query(self, **values):
        """Return a `Query` with these fields for a server that holds posts."""
        raise NotImplementedError

    def break_server(self):
        """Make the server answer what cannot be read."""
        raise NotImplementedError

    def read_all(self, cursor=None, **values):
        """Read until there is no more: `(posts, cursor)`, each page checked for its order."""
        posts = []
        for _page in range(PAGES):
            page = fetch(self.connector, self.make_query(**values), cursor)
            times = [post.published_at for post in page.posts]
            assert times == sorted(times), "a page is not oldest first"
            ids = [post.external_id for post in page.posts]
            assert len(ids) == len(set(ids)), "an id stands twice on a page"
            posts, cursor = [*posts, *page.posts], page.cursor
            if not page.more:
                return posts, cursor
        raise AssertionError("the connector finds no end")

    def test_there_are_posts_to_look_at(self):
        assert len(self.read_all()[0]) >= 3

    def test_what_is_not_public_is_told_as_such(self):
        told = {post.visibility for post in self.read_all()[0]}
        assert "public" in told
        assert told - {"public"}
        assert told <= {"public", "unlisted", "private", "direct"}

    def test_times_are_aware_utc_and_not_in_the_future(self):
        for post in self.read_all()[0]:
            assert post.published_at.utcoffset() == timedelta(0)
            assert post.published_at <= datetime.now(timezone.utc)

    def test_texts_and_names_can_be_stored_and_mislead_nobody(self):
        for post in self.read_all()[0]:
            assert all((post.external_id, post.text, post.author))
            assert not post.url or post.url.startswith(("http://", "https://"))
            for text in (post.external_id, post.url, post.author, post.text, post.locator):
                text.encode()
                found = {c for c in text if unicodedata.category(c) in ("Cc", "Cs")} | BIDI & {
                    *text
                }
                assert found <= {"\n", "\t"}

    def test_reading_again_brings_the_same_posts_under_the_same_ids(self):
        posts, cursor = self.read_all()
        known = {post.external_id: post.text for post in posts}
        again, _cursor = self.read_all()
        assert {post.external_id: post.text for post in again} == known
        later, _cursor = self.read_all(cursor)
        assert {post.external_id: post.text for post in later}.items() <= known.items()

    def test_a_cursor_that_cannot_be_read_starts_from_the_beginning(self):
        assert {post.external_id for post in self.read_all("junk")[0]} == {
            post.external_id for post in self.read_all()[0]
        }

    def test_texts_are_no_longer_than_asked(self):
        assert all(len(post.text) <= 4 for post in self.read_all(max_text=4)[0])

    def test_a_bad_answer_is_an_error_that_tells_no_secret(self):
        query = self.make_query(secret=SECRET)
        self.break_server()
        try:
            fetch(self.connector, query)
        except ConnectorError as error:
            shown = f"{error!r} {error} {dict(error.detail)} {error.__cause__!r} {query!r}"
            assert SECRET not in shown
        else:
            raise AssertionError("a bad answer was taken for a good one")
