"""Articles cut into headings, sentences and marks."""

from __future__ import annotations

import pytest
from article_texts import SOUP, check_places, claims, kinds
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.news.articles.sentences import read_pieces

MARKDOWN = """---
title: Dues
date: 2025-06-04
---
# Dues

The dues were cut **yesterday**. Trade
goes on.

> The cut "is small," he said.

- Lines gained
- Ports lost. So did towns

Afterword
---------
1. The next cut is due on 1 July.

***
"""


def test_the_pieces_of_markdown():
    assert kinds(MARKDOWN) == [
        ("front_matter", "---\ntitle: Dues\ndate: 2025-06-04\n---"),
        ("mark", "#"),
        ("heading", "Dues"),
        ("claim", "The dues were cut **yesterday**."),
        ("claim", "Trade\ngoes on."),
        ("mark", ">"),
        ("claim", 'The cut "is small," he said.'),
        ("mark", "-"),
        ("claim", "Lines gained"),
        ("mark", "-"),
        ("claim", "Ports lost."),
        ("claim", "So did towns"),
        ("heading", "Afterword"),
        ("mark", "---------"),
        ("mark", "1."),
        ("claim", "The next cut is due on 1 July."),
        ("mark", "***"),
    ]


def test_a_dateline_is_no_part_of_the_claim():
    assert kinds("GENEVA, May 1 (Wire) - Talks began.\nPARIS (XY) — It fell.") == [
        ("mark", "GENEVA, May 1 (Wire) -"),
        ("claim", "Talks began."),
        ("mark", "PARIS (XY) —"),
        ("claim", "It fell."),
    ]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The U.S. Treasury acted.", "Mr. Lim left the U.S. on Monday."],
        ["It cost $900 million.", "It rose 0.7%.", "It fell 1.25 points to 3,410.5."],
        ["He said “No deal. Not now.” and left.", "She stayed."],
        ["“They want to meet,” he said.", "“They want to talk.”"],
        ["It waited… and waited.", "Wait...", "Then it fell."],
        ["It waited…", "Then it fell."],
        ["(He left.)", "She stayed."],
        ["They met at 4 p.m. Tokyo time.", "It closed at 9:30 a.m. Eastern."],
        ["It began at 9:30 a.m. (0130 GMT).", "It ended."],
        ["He said so at 4 p.m. Thursday.", "It rose."],
        ["They met at 4 p.m.", "It rose."],
        ["It rose approx. 3.5 percent.", "It fell."],
        ["Is it? he asked.", "It is!"],
        ["Acme Inc. and Globex Co. Ltd. merged.", "No. 5 won vs. No. 7."],
        ["Gen. Park met Sen. Cho in Sept. 2024.", "J. P. Novak wrote it."],
    ],
)
def test_sentences(sentences):
    assert claims(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["日銀は利上げした。", "株価は下落した！", "円は？"],
        ["「交渉する。必ずだ。」と述べた。", "終わった。"],
        ["商务部表示。", "“是吗？”他说。", "The U.S. agreed."],
    ],
)
def test_sentences_without_blanks(sentences):
    assert claims("".join(sentences)) == sentences


def test_lines_broken_at_a_column_are_one_paragraph():
    text = (
        "Dues fall\n"
        "The port authority of the city cut its dues by half this\n"
        "Monday, as its largest customers had asked it to do for\n"
        "years. Nobody knows why.\n\n"
        "A second paragraph of one line that ends in a full stop.\n"
        "A third one, on a line of its own, ends in one as well.\n"
    )
    pieces = read_pieces(text)
    assert [piece.kind for piece in pieces] == ["heading", *["claim"] * 4]
    assert [piece.paragraph for piece in pieces] == [1, 2, 2, 3, 4]


def test_a_lone_line_is_a_claim_and_not_a_heading():
    assert kinds("Port cuts dues") == [("claim", "Port cuts dues")]
    assert [kind for kind, _ in kinds("Port cuts dues\nLines glad")] == ["claim", "claim"]


@given(st.one_of(SOUP, st.text(), st.text(alphabet=st.characters(categories=["Cs", "Cc", "Lo"]))))
def test_no_letter_is_lost(text):
    check_places(text)
