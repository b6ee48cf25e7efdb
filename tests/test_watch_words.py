"""R24: a person's name is recognised however a query writes it."""

import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.social_consent_monitoring.watch_words import (
    TITLES,
    fold,
    make_name,
    make_tags,
    read_address,
    read_text,
    split_words,
    take_apart,
)

ANNA = make_name("Anna Müller")
WORD = st.text(st.sampled_from("abcdefghiklmnoprstuvwäöüßéç\u0410\u0435'"), min_size=2, max_size=12)
NAME = st.lists(WORD, min_size=2, max_size=4).map(" ".join).filter(make_name)


def names(said):
    """Return all names that are found, those in one word too."""
    return said.names.union(*map(take_apart, said.words))


@pytest.mark.parametrize(
    "query",
    [
        "Anna Müller",
        "anna mueller",
        "ANNA MULLER",
        "Müller, Anna",
        "@anna_müller",
        '"Anna Müller" OR parcel',
        "anna AND müller",
        "anna ODER müller",
        '"anna"+"müller"',
        "anna%20m%C3%BCller",
        "anna%2520mueller",
        "parcel anna-müller delay",
        "#AnnaMüller",
        "#muelleranna",
        "late #annamuller",
        "An\u200bna Mül\u00adler",
        "\u0410nn\u0430 Müller",
        "\uff21\uff4e\uff4e\uff41 Müller",
        "Anna Mu\u0308ller",
    ],
)
def test_r24_a_name_counts_however_it_is_written(query):
    assert ANNA in names(read_text(query))


@pytest.mark.parametrize(
    "query", ["Müller", "Anna", "Hanna Müller", "Anna Müllerin", "anna x müller"]
)
def test_only_the_full_name_as_whole_words_counts(query):
    assert ANNA not in names(read_text(query))


def test_where_two_words_meet_is_no_umlaut():
    assert make_name("Lisa Ebert") in names(read_text("#lisaebert"))
    assert make_name("Sue Ebert") in names(read_text("#sueebert"))


def test_r24_a_hashtag_of_three_names_is_taken_apart():
    assert make_name("Anna Maria Müller") in names(read_text("#annamariamueller"))


def test_r24_what_cannot_be_seen_hides_no_handle_and_no_address():
    assert "anna@x.example" in read_text("@an\u00adna@x.ex\u200bample").handles
    assert "anna@x.example" in read_text("an\u00adna@x.example").emails


def test_r24_a_word_alone_may_be_a_handle_and_one_among_others_is_none():
    assert "annam" in read_text(" AnnaM ").handles
    assert "annam" not in read_text("parcel AnnaM").handles


def test_a_single_word_names_nobody_and_a_title_is_no_name():
    assert make_name("Müller") == make_name("Dr. Müller") == make_name("") == make_name(None) == ""
    assert make_name("Prof. Dr. Anna Müller") == make_name("Frau Anna Müller") == ANNA


@pytest.mark.parametrize(
    "address",
    [
        "https://site.example/search.rss?q=anna+mueller",
        "https://site.example/search?a=1&q=%22anna%20m%C3%BCller%22&b=2",
        "https://site.example/authors/anna-mueller.rss",
        "https://site.example/tag/annamueller/feed",
        "https://anna-mueller.example/feed",
        "https://site.example/#anna_mueller",
    ],
)
def test_r24_an_address_is_read_in_all_its_parts(address):
    assert ANNA in names(read_address(address))


def test_parts_of_an_address_are_read_apart():
    assert ANNA not in names(read_address("https://anna.example/mueller/feed"))


def test_handles_addresses_and_numbers_are_found():
    said = read_text("from:annam @Ada@Social.example mail Anna@Home.example, +49 151 1234567")
    assert {"annam", "ada@social.example"} <= said.handles
    assert said.emails >= {"anna@home.example"}
    assert said.numbers == {"+49 151 1234567"}
    assert "ada@social.example" in read_address("https://social.example/@ada.rss").handles
    assert "parcel" not in read_text("late parcel").handles
    assert not read_text("in 2026, 12345678 parcels").numbers


@given(NAME, st.randoms(), st.sampled_from([" ", "+", "-", "_", ", ", ' "', "\t", "."]))
def test_order_case_and_signs_between_words_do_not_matter(name, random, between):
    words = name.split()
    random.shuffle(words)
    query = f"late {between.join(words).swapcase()} parcel"
    assert make_name(name) in names(read_text(query))
    encoded = quote(between, safe="+").join(map(quote, words))
    assert make_name(name) in names(read_address(f"https://site.example/find?q={encoded}"))


@given(NAME)
def test_the_two_directions_agree(name):
    """What a contact is looked up by is what a query finds it by."""
    written = "".join(word for word in split_words(name) if word not in TITLES)
    if 5 < len(written) <= 40 and make_tags(make_name(name)):
        assert make_name(name) in names(read_text(f"#{written}"))
        assert fold(written) in make_tags(make_name(name))
    assert make_name(name) in read_text(quote_plus(name)).names | read_text(name).names


@pytest.mark.parametrize("query", ["#DrAnnaMüller", "#annamuellerphd", "#FrauAnnaMüller"])
def test_a_title_in_the_same_word_hides_nobody(query):
    said = read_text(query)
    assert make_name("Anna Müller") in names(said)
    assert make_tags(make_name("Anna Müller")) & set(map(fold, said.words))


@given(st.text())
def test_no_text_breaks_it(text):
    read_text(text)
    read_address(text)
    read_address(f"https://site.example/{text}?q={text}")
    make_tags(make_name(text))


@pytest.mark.parametrize("piece", ["a", "_", "a-", "a.", "@"])
def test_a_long_text_is_read_in_no_time(piece):
    started = time.monotonic()
    read_text(piece * 20_000)
    assert time.monotonic() - started < 2
