"""What the Bluesky connector promises, against a real network and against servers that lie."""

import base64
import datetime
import itertools
import json
import time

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract

from counterparts.hostile import Hostile
from reading import read_all

UTC = datetime.timezone.utc
SECRET = "password of brand"
CODE = "ABCD-EFGH-JKLM-NPQR"
names = (f"user{number}" for number in itertools.count(1))


def query(server, term="", kind="search", **values):
    known = {"login": "brand.test", "secret": SECRET, "pause": 0, **values}
    return connectors.Query(server.url, term, kind, allow_private=True, **known)


def run(query, cursor=None, between=None):
    """Read until there is no more: `(posts, cursor)`; `between(page number)` after each page."""
    found = read_all("bluesky", query, cursor, between)
    assert not found.reasons
    return list(found.posts.values()), found.cursor


def ids(posts):
    return {post.external_id for post in posts}


def check(query, *uris, text="", **texts):
    """`{id: fate}` of posts that were stored with these texts."""
    items = [connectors.Item(uri, text=texts.get(uri, text)) for uri in uris]
    return {fate.external_id: fate for fate in connectors.check("bluesky", query, items)}


@pytest.fixture
def user(bluesky):
    """The name of an account that no other test uses."""
    name = next(names)
    bluesky.add_user(name)
    return name


def write(bluesky, user, word, count):
    return bluesky.post_all(user, [f"Post {number} about {word}" for number in range(count)])


# Reading


def test_a_post_comes_with_handle_plain_text_address_and_time(bluesky, user):
    uri = bluesky.post(user, "Thank you for <b>this</b> & that! 😀 fieldword", langs=["de-AT"])
    [post], _cursor = run(query(bluesky, "fieldword"))
    did, key = bluesky.did(user), uri.rpartition("/")[2]
    assert post.account == did
    assert (post.external_id, post.author) == (uri, f"{user}.test")
    assert post.url == f"https://bsky.app/profile/{did}/post/{key}"
    assert post.text == "Thank you for <b>this</b> & that! 😀 fieldword"
    assert (post.visibility, post.language, post.edited_at) == ("public", "de", None)
    age = datetime.datetime.now(UTC) - post.published_at
    assert datetime.timedelta(0) <= age < datetime.timedelta(hours=1)


def test_likes_shares_answers_and_quotes_are_told_together(bluesky, user):
    uri = bluesky.post(user, "How far did this get? reachword")
    lone = bluesky.post(user, "And this? reachword")
    bluesky.like("brand", uri)
    bluesky.like(user, uri)
    bluesky.repost("brand", uri)
    bluesky.reply("brand", uri, "Far")
    bluesky.quote("brand", uri, "Look")
    told = {p.external_id: p.reactions for p in run(query(bluesky, "reachword"))[0]}
    assert told == {uri: 5, lone: 0}


def test_the_first_reading_loses_nothing_even_while_people_write(bluesky, user):
    written = write(bluesky, user, "firstly", 230)
    posts, cursor = run(
        query(bluesky, "firstly"),
        between=lambda number: written.extend(write(bluesky, user, "firstly", 3)),
    )
    assert ids(posts) == set(written)
    assert run(query(bluesky, "firstly"), cursor)[1] == cursor


def test_after_a_long_pause_nothing_is_missing_even_while_people_write_edit_and_delete(
    bluesky, user
):
    written = write(bluesky, user, "pausing", 50)
    before, cursor = run(query(bluesky, "pausing"))
    written += write(bluesky, user, "pausing", 230)
    gone = set()

    def disturb(number):
        # The last post of the page, where the reading stands, one just behind it, and an edit.
        for place in (100, 105):
            uri = written[-place]
            if uri not in gone:
                bluesky.delete(user, uri)
                gone.add(uri)
        bluesky.edit(user, written[-3], f"Edited {number} about pausing")
        written.extend(write(bluesky, user, "pausing", 2))

    new, cursor = run(query(bluesky, "pausing"), cursor, disturb)
    newer, cursor = run(query(bluesky, "pausing"), cursor)
    assert gone
    assert ids(before) | ids(new) | ids(newer) >= set(written) - gone


def test_a_reading_that_is_killed_after_any_page_goes_on_from_its_cursor(bluesky, user):
    written = write(bluesky, user, "killing", 10)
    before, cursor = run(query(bluesky, "killing"))
    written += write(bluesky, user, "killing", 220)
    stored = ids(before)
    for _number in range(10):
        page = connectors.fetch("bluesky", query(bluesky, "killing"), cursor)
        lost = connectors.fetch("bluesky", query(bluesky, "killing"), cursor)  # killed here
        assert (lost.posts, lost.cursor) == (page.posts, page.cursor)
        stored |= ids(page.posts)
        cursor = page.cursor
        if not page.more:
            break
    assert stored == set(written)


def test_a_second_reading_brings_the_same_posts_and_the_same_cursor(bluesky, user):
    written = write(bluesky, user, "twice", 30)
    posts, cursor = run(query(bluesky, "twice"))
    again, later = run(query(bluesky, "twice"), cursor)
    assert ids(posts) == set(written)
    assert sorted(again, key=str) == sorted(posts, key=str)
    assert later == cursor


def test_all_known_posts_deleted_does_not_make_it_read_everything_again(bluesky, user):
    written = write(bluesky, user, "vanishing", 3)
    _posts, cursor = run(query(bluesky, "vanishing"))
    bluesky.delete(user, *written)
    new = write(bluesky, user, "vanishing", 2)
    assert ids(run(query(bluesky, "vanishing"), cursor)[0]) == set(new)


def test_an_edit_comes_again_as_the_same_post(bluesky, user):
    uri = bluesky.post(user, "Before editword")
    [before], cursor = run(query(bluesky, "editword"))
    bluesky.edit(user, uri, "After editword")
    [post], cursor = run(query(bluesky, "editword"), cursor)
    assert (post.external_id, post.text) == (uri, "After editword")
    assert post.published_at == before.published_at


def test_mentions_replies_and_quotes_of_our_account_come_and_nothing_else(bluesky, user):
    ours = bluesky.post("brand", "Our own post")
    _posts, cursor = run(query(bluesky, kind="mentions"))
    wanted = {
        bluesky.mention(user, "brand"),
        bluesky.reply(user, ours, "A reply"),
        bluesky.quote(user, ours, "A quote"),
    }
    bluesky.like(user, ours)
    bluesky.post(user, "Of something else")
    posts, cursor = run(query(bluesky, kind="mentions"), cursor)
    assert {post.external_id for post in posts if post.author == f"{user}.test"} == wanted
    assert all("Our own" not in post.text for post in posts)
    assert run(query(bluesky, kind="mentions"), cursor)[1] == cursor


def test_r15_who_hides_from_people_without_login_is_not_public(bluesky):
    """The server shows their posts to us, since we log in: what needs a login is not public."""
    shy = next(names)
    bluesky.add_user(shy, labels=["!no-unauthenticated"])
    found = bluesky.post(shy, "Not for strangers hideword")
    mention = bluesky.mention(shy, "brand")
    for asked, uri in (
        (query(bluesky, "hideword"), found),
        (query(bluesky, kind="mentions"), mention),
    ):
        posts = {post.external_id: post for post in run(asked)[0]}
        assert posts[uri].visibility == "private"


def test_another_handle_is_the_same_post(bluesky, user):
    bluesky.post(user, "Who am I renameword")
    [before], cursor = run(query(bluesky, "renameword"))
    bluesky.rename(user, f"{user}-new.test")
    [after], cursor = run(query(bluesky, "renameword"), cursor)
    assert (after.external_id, after.url) == (before.external_id, before.url)
    assert after.author == f"{user}-new.test"


def test_a_word_without_posts_is_empty_and_starts_when_one_comes(bluesky, user):
    posts, cursor = run(query(bluesky, "quietword"))
    assert posts == []
    uri = bluesky.post(user, "The first quietword")
    assert ids(run(query(bluesky, "quietword"), cursor)[0]) == {uri}


def test_a_cursor_of_another_question_is_not_used(bluesky, user):
    uri = bluesky.post(user, "hitherword")
    _posts, cursor = run(query(bluesky, kind="mentions"))
    assert ids(run(query(bluesky, "hitherword"), cursor)[0]) == {uri}
    assert ids(run(query(bluesky, "hitherword"), "junk")[0]) == {uri}


# Who asks


@pytest.mark.parametrize("wrong", [{"secret": "not the one"}, {"login": "nobody.test"}])
def test_a_wrong_password_is_one_clear_error_without_secrets(bluesky, wrong):
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("bluesky", query(bluesky, "x", **wrong))
    assert caught.value.code == "key"
    shown = f"{caught.value!r} {caught.value.detail} {caught.value.__cause__}"
    assert not any(each in shown for each in ("not the one", "nobody", "brand", SECRET))
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("missing", [{"secret": None}, {"login": ""}])
def test_without_an_account_nothing_is_asked(bluesky, missing):
    with pytest.raises(connectors.ConnectorError, match="account"):
        connectors.fetch("bluesky", query(bluesky, "x", **missing))


def test_a_kind_that_it_cannot_read_is_refused(bluesky):
    with pytest.raises(connectors.ConnectorError, match="connector"):
        connectors.fetch("bluesky", query(bluesky, "x", kind="tag"))


@pytest.mark.parametrize(
    "term", ["", " ", None, "from:ada.test", "parcel FROM: me", "mentions:x", "did:plc:abc"]
)
def test_r24_a_search_for_what_one_person_writes_is_refused(bluesky, term):
    with pytest.raises(connectors.ConnectorError, match="term"):
        connectors.fetch("bluesky", query(bluesky, term))


# What became of posts


def test_deleted_and_edited_posts_are_told_and_others_are_there(bluesky, user):
    uris = write(bluesky, user, "fates", 60)
    texts = {uri: f"Post {number} about fates" for number, uri in enumerate(uris)}
    bluesky.delete(user, uris[0], uris[30])
    bluesky.edit(user, uris[50], "Quite another text")
    fates = check(query(bluesky), *uris, **texts)
    assert list(fates) == uris
    states = {uri: fate.state for uri, fate in fates.items() if fate.state != "there"}
    assert states == {uris[0]: "deleted", uris[30]: "deleted", uris[50]: "edited"}
    assert fates[uris[50]].post.text == "Quite another text"


def test_posts_of_who_left_was_banned_or_went_private_are_deleted(bluesky):
    uris = {}
    for act in (bluesky.deactivate, bluesky.take_down, hide):
        name = next(names)
        bluesky.add_user(name)
        uris[bluesky.post(name, "Soon gone")] = act.__name__
        act(name) if act is not hide else hide(bluesky, name)
    fates = check(query(bluesky), *uris, text="Soon gone")
    assert {uris[uri]: fate.state for uri, fate in fates.items()} == dict.fromkeys(
        uris.values(), "deleted"
    )


def hide(bluesky, name):
    bluesky.set_profile(name, labels=["!no-unauthenticated"])


def test_who_blocks_us_has_not_deleted_anything(bluesky):
    stranger, ours = next(names), next(names)
    bluesky.add_user(stranger)
    bluesky.add_user(ours)
    asked = query(bluesky, login=f"{ours}.test", secret=f"password of {ours}")
    kept, deleted, edited = (bluesky.post(stranger, f"Text {number}") for number in range(3))
    bluesky.block(stranger, ours)
    bluesky.delete(stranger, deleted)
    bluesky.edit(stranger, edited, "Another")
    fates = check(asked, kept, deleted, edited, **{kept: "Text 0", edited: "Text 2"})
    states = [fates[uri].state for uri in (kept, deleted, edited)]
    assert states == ["there", "deleted", "edited"]


def test_what_is_no_post_of_bluesky_is_unknown(bluesky):
    fates = check(query(bluesky), "https://site.example/1", "at://x/app.bsky.feed.post/../1")
    assert {(fate.state, fate.error.code) for fate in fates.values()} == {("unknown", "no_check")}


def test_without_a_login_nothing_is_deleted(bluesky, user):
    uri = bluesky.post(user, "Still there")
    bluesky.delete(user, uri)
    [fate] = check(query(bluesky, secret="not the one"), uri).values()
    assert (fate.state, fate.error.code) == ("unknown", "key")


# Whose account it is (Art. 12(6))


def test_a_code_in_the_profile_or_in_an_own_post_proves_the_account(bluesky):
    asked = query(bluesky)
    for show in (bluesky.set_profile, bluesky.post):
        name = next(names)
        bluesky.add_user(name)
        assert not connectors.prove("bluesky", asked, f"{name}.test", CODE)
        show(name, f"My code is {CODE.lower()}")
        assert connectors.prove("bluesky", asked, f"@{name}.test".upper(), CODE)
        assert not connectors.prove("bluesky", asked, f"{name}.test", CODE[:-1] + "X")
        assert not connectors.prove("bluesky", asked, f"{name}.test", "")


def test_what_the_account_only_passes_on_proves_nothing(bluesky, user):
    other = next(names)
    bluesky.add_user(other)
    bluesky.repost(other, bluesky.post(user, f"My code is {CODE}"))
    assert connectors.prove("bluesky", query(bluesky), f"{user}.test", CODE)
    assert not connectors.prove("bluesky", query(bluesky), f"{other}.test", CODE)
    assert not connectors.prove("bluesky", query(bluesky), "nobody-at-all.test", CODE)


@pytest.mark.parametrize("handle", ["", "ada", "a b.test", "ada@x.test", "../x.test", "a.test/b"])
def test_what_is_no_handle_is_refused(bluesky, handle):
    with pytest.raises(connectors.ConnectorError):
        connectors.prove("bluesky", query(bluesky), handle, CODE)
    assert not connectors.is_handle("bluesky", handle)


def test_handles_of_bluesky_can_be_proven():
    assert connectors.can_prove("bluesky")
    assert connectors.is_handle("bluesky", "ada.bsky.social")
    assert not connectors.is_handle("bluesky", "ada@social.example")


# Servers that lie


def token(lifetime=7200):
    """What a login brings: only its end is looked at."""
    claims = {"exp": int(time.time()) + lifetime, "iat": int(time.time()), "sub": "did:plc:brand"}
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    return ".".join((*(part.rstrip("=") for part in coded), "c2ln"))


def session(server, lifetime=7200, **values):
    return {
        "accessJwt": token(lifetime),
        "refreshJwt": token(),
        "handle": "brand.test",
        "did": "did:plc:brand",
        # A server must not lead the key to another one.
        "didDoc": {
            "id": "did:plc:brand",
            "service": [
                {
                    "id": "#atproto_pds",
                    "type": "AtprotoPersonalDataServer",
                    "serviceEndpoint": "http://127.0.0.1:1",
                }
            ],
        },
        **values,
    }


class Liar(Hostile):
    """Speaks the platform's API as far as a test tells it to."""

    def __enter__(self):
        super().__enter__()
        self.address = self.url("")
        self.say("com.atproto.server.createSession", session(self))
        return self

    def say(self, method, answer, status=200, **headers):
        body = answer if isinstance(answer, str) else json.dumps(answer)
        self.serve(f"/xrpc/{method}", body, status, Content_Type="application/json", **headers)

    def query(self, term="brand", kind="search", **values):
        known = {"login": "brand.test", "secret": SECRET, **values}
        return connectors.Query(self.address, term, kind, allow_private=True, pause=0, **known)

    def asked(self, method):
        return [headers for path, headers in self.requests if f"/{method}" in path]


@pytest.fixture
def liar():
    with Liar() as server:
        yield server


SEARCH = "app.bsky.feed.searchPosts"
LOGIN = "com.atproto.server.createSession"


def view(number, **values):
    moment = datetime.datetime(2026, 11, 2, tzinfo=UTC) + number * datetime.timedelta(hours=1)
    return {
        "uri": f"at://did:plc:ada/app.bsky.feed.post/{number}",
        "cid": "x",
        "author": {"did": "did:plc:ada", "handle": "Ada.Test"},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": f"Post {number}",
            "createdAt": moment.isoformat(),
        },
        "indexedAt": moment.isoformat(),
        **values,
    }


def record(number, **values):
    return {"record": {**view(number)["record"], **values}}


def test_a_login_is_used_again_and_goes_nowhere_else(liar):
    liar.say(SEARCH, {"posts": [view(1)]})
    for _reading in range(3):
        connectors.fetch("bluesky", liar.query())
    assert len(liar.asked(LOGIN)) == 1
    asked = liar.asked(SEARCH)
    assert len(asked) == 3
    assert all(headers["Authorization"].startswith("Bearer ") for headers in asked)
    assert all(headers["User-Agent"].startswith("social_consent") for headers in asked)


def test_another_password_is_another_login(liar):
    liar.say(SEARCH, {"posts": []})
    connectors.fetch("bluesky", liar.query())
    connectors.fetch("bluesky", liar.query(secret="another"))
    assert len(liar.asked(LOGIN)) == 2


def test_a_login_that_is_not_taken_any_more_is_made_anew_once(liar):
    liar.say(SEARCH, {"posts": []})
    connectors.fetch("bluesky", liar.query())
    for status in (400, 401):
        liar.requests.clear()
        liar.say(SEARCH, {"error": "ExpiredToken"}, status)
        with pytest.raises(connectors.ConnectorError):
            connectors.fetch("bluesky", liar.query())
        assert (len(liar.asked(LOGIN)), len(liar.asked(SEARCH))) == (1, 2)


def test_a_login_that_ends_soon_is_prolonged_without_the_password(liar):
    liar.say(LOGIN, session(liar, lifetime=60))
    liar.say("com.atproto.server.refreshSession", session(liar))
    liar.say(SEARCH, {"posts": []})
    connectors.fetch("bluesky", liar.query())
    connectors.fetch("bluesky", liar.query())
    assert len(liar.asked(LOGIN)) == len(liar.asked("com.atproto.server.refreshSession")) == 1


def test_a_login_is_not_redirected(liar):
    liar.say(LOGIN, "", 307, Location=liar.url("/elsewhere-login"))
    with pytest.raises(connectors.ConnectorError):
        connectors.fetch("bluesky", liar.query())
    assert not liar.asked("elsewhere-login")


@pytest.mark.parametrize("method", [LOGIN, SEARCH])
@pytest.mark.parametrize("body", ["", "[]", "<html></html>", '"text"', "5", "{}", "[" * 100_000])
def test_an_answer_that_is_none_is_an_error(liar, method, body):
    liar.say(method, body)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("bluesky", liar.query())
    assert caught.value.code == "unexpected_answer"


@pytest.mark.parametrize("odd", ["x", "a.b.c", 7, None])
def test_a_token_that_is_none_is_an_error(liar, odd):
    liar.say(LOGIN, session(liar, accessJwt=odd))
    liar.say(SEARCH, {"posts": []})
    for _reading in range(2):
        with pytest.raises(connectors.ConnectorError) as caught:
            connectors.fetch("bluesky", liar.query())
        assert caught.value.code == "unexpected_answer"


def test_who_asks_too_often_hears_until_when_to_wait(liar):
    reset = str(int(time.time()) + 300)
    liar.say(SEARCH, {"error": "RateLimitExceeded"}, 429, RateLimit_Reset=reset)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("bluesky", liar.query())
    assert caught.value.code == "too_many_requests"
    assert 290 <= caught.value.retry_after <= 300


def test_incomplete_and_odd_posts_are_counted_and_the_others_read(liar):
    posts = [
        view(1, uri=None),
        view(2, uri="at://ada.test/app.bsky.feed.post/2"),
        view(3, **record(3, text="")),
        view(4, **record(4, text={"a": 1}, createdAt="soon")),
        view(5, **record(5, createdAt=None)),
        view(6, record={"$type": "app.bsky.feed.like"}),
        "no post",
        None,
        view(7, author=None, labels="x", **record(7, langs="de")),
        view(8, author={"handle": "handle.invalid"}, **record(8, langs=[7])),
        view(9, **record(9, createdAt="2099-01-01T00:00:00Z", text="\ud800a\u0000\u202eb")),
        view(10, labels=[{"val": "!hide"}, 5]),
        view(11, labels=[{"val": "!hide", "neg": True}], embed={"$type": "x#unknown"}),
    ]
    liar.say(SEARCH, {"posts": posts})
    page = connectors.fetch("bluesky", liar.query())
    reasons = sorted(entry.reason for entry in page.rejected)
    assert reasons == ["no_date", *["no_id"] * 2, *["no_text"] * 2, *["unreadable"] * 3]
    found = {post.external_id.rpartition("/")[2]: post for post in page.posts}
    assert set(found) == {"7", "8", "9", "10", "11"}
    assert found["7"].author == found["8"].author == "did:plc:ada"
    assert found["9"].author == "ada.test"
    assert found["9"].text == "ab"
    assert found["9"].published_at <= datetime.datetime.now(UTC)
    assert [found[each].visibility for each in ("9", "10", "11")] == ["public", "private", "public"]


def test_an_empty_page_does_not_end_the_reading_but_empty_pages_without_end_do(liar):
    """The server leaves posts out after it has counted them."""
    liar.say(SEARCH, {"posts": [view(2)], "cursor": "a"})
    page = connectors.fetch("bluesky", liar.query())
    liar.say(SEARCH, {"posts": [], "cursor": "b"})
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert page.more
    liar.say(SEARCH, {"posts": [view(1)], "cursor": "c"})
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert page.posts
    assert page.more
    for number in range(50):
        liar.say(SEARCH, {"posts": [], "cursor": f"empty {number}"})
        page = connectors.fetch("bluesky", liar.query(), page.cursor)
        if not page.more:
            break
    assert not page.more
    assert not page.rejected


def test_many_likes_do_not_hide_a_mention_behind_them(liar):
    """Servers may know no reasons, and send all that happened."""
    method = "app.bsky.notification.listNotifications"
    asked = liar.query(kind="mentions")
    liar.say(method, {"notifications": [view(0, reason="mention")]})
    page = connectors.fetch("bluesky", asked)
    like = {"reason": "like", "record": {"$type": "app.bsky.feed.like"}}
    for number in range(15):
        likes = [view(100 * (20 - number) + each, **like) for each in range(100)]
        liar.say(method, {"notifications": likes, "cursor": f"page {number}"})
        page = connectors.fetch("bluesky", asked, page.cursor)
        assert page.more
        assert not page.posts
        assert not page.rejected
    liar.say(method, {"notifications": [view(1, reason="mention")]})
    page = connectors.fetch("bluesky", asked, page.cursor)
    assert [post.text for post in page.posts] == ["Post 1"]


def test_a_server_that_repeats_its_page_for_ever_is_left(liar):
    liar.say(SEARCH, {"posts": [view(number) for number in range(100, 0, -1)], "cursor": "a"})
    posts, cursor, _reasons = run_liar(liar)
    assert len(posts) == 100
    liar.say(SEARCH, {"posts": [view(number) for number in range(500, 400, -1)], "cursor": "a"})
    assert run_liar(liar, cursor)[2] == ["gap"]


def run_liar(liar, cursor=None):
    found = read_all("bluesky", liar.query(), cursor)
    return set(found.posts), found.cursor, found.reasons


def test_one_known_post_among_new_ones_does_not_end_the_reading(liar):
    liar.say(SEARCH, {"posts": [view(number) for number in range(50, 0, -1)]})
    page = connectors.fetch("bluesky", liar.query())
    new = [view(number) for number in range(200, 100, -1)]
    liar.say(SEARCH, {"posts": [*new, view(50)], "cursor": "a"})
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert page.more
    liar.say(SEARCH, {"posts": [view(60), *(view(number) for number in range(50, 0, -1))]})
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert view(60)["uri"] in ids(page.posts)
    assert json.loads(page.cursor)["known"][0] == view(200)["uri"]


def test_a_cursor_that_the_server_forgot_is_given_up_and_said(liar):
    liar.say(SEARCH, {"posts": [view(1)]})
    page = connectors.fetch("bluesky", liar.query())
    new = [view(number) for number in range(300, 200, -1)]
    liar.say(SEARCH, {"posts": new, "cursor": "a"})
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert page.more
    liar.say(SEARCH, {"error": "InvalidRequest"}, 400)
    page = connectors.fetch("bluesky", liar.query(), page.cursor)
    assert [entry.reason for entry in page.rejected] == ["gap"]
    liar.say(SEARCH, {"posts": new, "cursor": "a"})
    assert not connectors.fetch("bluesky", liar.query(), page.cursor).more


def test_a_reading_of_another_word_starts_at_the_beginning(liar):
    liar.say(SEARCH, {"posts": [view(1)], "cursor": "half-way"})
    page = connectors.fetch("bluesky", liar.query("brand"))
    connectors.fetch("bluesky", liar.query("brand"), page.cursor)
    connectors.fetch("bluesky", liar.query("other"), page.cursor)
    asked = [path for path, _headers in liar.requests if SEARCH in path]
    assert ["half-way" in path for path in asked] == [False, True, False]


def test_a_server_that_lost_its_index_deletes_nothing(liar):
    liar.say("app.bsky.feed.getPosts", {"posts": []})
    liar.say("app.bsky.actor.getProfiles", {"profiles": []})
    uri = view(1)["uri"]
    [fate] = check(liar.query(), uri).values()
    assert (fate.state, fate.error.code) == ("unknown", "unexpected_answer")
    liar.say("app.bsky.actor.getProfiles", {"profiles": [{"did": "did:plc:brand"}]})
    assert check(liar.query(), uri)[uri].state == "deleted"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 500])
def test_an_error_deletes_nothing(liar, status):
    liar.say("app.bsky.feed.getPosts", {"error": "x"}, status)
    [fate] = check(liar.query(), view(1)["uri"]).values()
    assert fate.state == "unknown"
    assert fate.error


class TestContract(contract.ConnectorContract):
    connector = "bluesky"

    @pytest.fixture(autouse=True)
    def serve(self, bluesky, user):
        self.word = f"contract{user}"
        shy = next(names)
        bluesky.add_user(shy, labels=["!no-unauthenticated"])
        for name, text in ((user, "One"), (user, "a\x01 \u202eb \u2066"), (shy, "Three")):
            bluesky.post(name, f"{text} {self.word}")
        with Hostile() as self.liar:
            self.server = bluesky
            yield

    def make_query(self, **values):
        return query(self.server, self.word, **values)

    def break_server(self):
        login = "/xrpc/com.atproto.server.createSession"
        for path in (login, "/xrpc/app.bsky.feed.searchPosts", "/xrpc/app.bsky.feed.getPosts"):
            self.liar.serve(path, json.dumps([contract.SECRET]))
        self.liar.url = self.liar.url("")
        self.server = self.liar
