"""Where the sentences of a paragraph end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.news.articles.sentence_ends import sentence_ends

PIECES = st.lists(
    st.sampled_from(
        [
            *"aB.!?…。\"'“”()[]「」* \n",
            "U.S.",
            "Mr. ",
            "p.m. ",
            "The ",
            "the ",
            "3.5",
            "[1]",
            "No. ",
        ]
    )
).map("".join)


def sentences(text: str) -> list[str]:
    places = [0, *sentence_ends(text)]
    return [text[start:end].strip() for start, end in pairwise(places)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Ms. Cho met Dr. Park in Jan. 2025.", "He left."],
        ["J. P. Novak chose plan B.", "The rest left."],
        ["It fell in the U.S.", "The yuan rose."],
        ["It fell in the U.S. Treasury market.", "It rose."],
        ["It rose 0.3%.", "It fell 1.5 points to 3.25.", "5 left."],
        ["“No. Never. Not now,” he said.", "She left."],
        ["“They want to talk.”", "He left."],
        ['He said "No. Never."', "She left."],
        ["It's the cats' one.", "It's 'a. B' c.", "D left."],
        ["(He left. She came.)", "It rose."],
        ["It fell (as in Apr. The rest did not) twice.", "It rose."],
        ["It fell.[1]", "It rose.[12]", "It fell."],
        ["See acme.com or mail a.b@acme.com.", "It rose."],
        ["Really?!", "Yes!"],
        ["It waited...", "Then it fell."],
        ["**Size.**", "It rose."],
        ["The 5'10 man left.", "It rose."],
        ["A stray “ mark.", "It rose."],
        ["A stray ( mark.", "It rose."],
    ],
)
def test_sentences(expected):
    assert sentences(" ".join(expected)) == expected


def test_an_abbreviation_before_a_name_ends_nothing():
    """Of "Ltd. Shares" nobody can tell without knowing what shares are."""
    assert len(sentences("Acme bought Globex Ltd. Shares rose.")) == 1


def test_what_two_systems_of_writing_join_without_blanks():
    assert sentences("日銀は利上げした。株価は下落した！円は？") == [
        "日銀は利上げした。",
        "株価は下落した！",
        "円は？",
    ]
    assert sentences("It fell.It rose.") == ["It fell.", "It rose."]


def test_quotation_marks_far_apart_are_no_pair():
    text = "“ " + "It fell. " * 400 + "”"
    assert len(sentences(text)) == 401


def test_an_empty_text_has_no_sentence():
    assert list(sentence_ends("")) == []


@given(st.one_of(PIECES, st.text()))
def test_places_rise_to_the_end(text):
    places = list(sentence_ends(text))
    assert places == sorted(set(places))
    assert places[-1:] == ([len(text)] if text else [])
