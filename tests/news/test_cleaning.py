"""Text from outside: HTML, control and invisible characters, cuts, and the notes on them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.news.cleaning import clean, html_to_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("S&P 500 < 5000 & rising > 1 %", "S&P 500 < 5000 & rising > 1 %"),
        ("AT&amp;T &#8211; caf&eacute; &copy", "AT&T – café &copy"),
        ("a<script>alert('x')</script>b<style>c{}</style>", "ab"),
        ("<script>never ends", ""),
        ("<p>One</p><p>Two<br>three</p>", "One\nTwo\nthree"),
        ("<b>x</b><!-- hidden -->y<svg><a>z</a></svg>", "xy"),
        ("<div>" * 4000 + "deep<script>x</script>", "deep"),
        ("</div></div>out <i>in", "out in"),
        ("<B>&lt;b&gt;</B>", "<b>"),
        ("<p>One</p></body></html>two<p>three", "One\ntwo\nthree"),
        ("<table></body><html><body>x", "x"),
    ],
)
def test_html_becomes_text_and_nothing_else_does(raw, text):
    assert html_to_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "text", "note"),
    [
        ("a\x00b\x1bc", "abc", "unseen or control characters taken out"),
        ("\u202eab\u202c\u2066\u200f\u200b\ufeff", "ab", "unseen or control characters taken out"),
        ("a\ud800b", "a\ufffdb", "halves of characters replaced"),
        ("a\r\n\tb", "a b", "line breaks or tabs made a space"),
        ("x" * 501, "x" * 500, "headline cut at 500 of 501 characters"),
        ("<br><b></b>", "", "nothing but markup"),
    ],
)
def test_what_is_done_to_a_headline_is_noted(raw, text, note):
    cleaned = clean(raw, "headline", 500, is_line=True)
    assert cleaned.text == text
    assert note in "; ".join(cleaned.notes)


def test_letters_are_composed_and_a_text_keeps_its_lines():
    assert clean("Ä\n\tb ", "text", 100) == ("Ä\n\tb", ())


def test_the_cut_names_the_whole_length():
    cleaned = clean("y" * 3_000_000, "text", 100_000)
    assert cleaned.text == "y" * 100_000
    assert cleaned.notes == ("text cut at 100,000 of 3,000,000 characters",)


@given(st.text())
def test_cleaning_leaves_nothing_unseen_and_has_nothing_to_do_twice(raw):
    cleaned = clean(raw, "text", 50).text
    assert not any(letter in cleaned for letter in "\x00\x1b\u202e\u200b\u2066\ufeff")
    cleaned.encode()
    if "&" not in cleaned and "<" not in cleaned:
        assert clean(cleaned, "text", 50) == (cleaned, ())
