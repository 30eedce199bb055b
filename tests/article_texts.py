"""Articles split into claims and pieces, for the tests of the articles."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from eventstudy.news.articles.articles import split_article
from eventstudy.news.articles.sentences import read_pieces


def split(text, published="2025-06-04T08:00+02:00", timezone="Africa/Algiers", **more):
    return split_article(text, published=published, timezone=timezone, name="a.txt", **more)


def one_claim(sentence: str, published: str, zone: str | None) -> pd.Series:
    """The claim of a single sentence."""
    frame = split_article(sentence, published=published, timezone=zone, name="a.txt")
    assert len(frame) == 1, list(frame["headline"])
    return frame.iloc[0]


def kinds(text):
    return [(piece.kind, text[piece.start : piece.end]) for piece in read_pieces(text)]


def claims(text):
    return [words for kind, words in kinds(text) if kind == "claim"]


def check_places(text):
    """Claims in order without overlap; every letter in one piece."""
    end = 0
    for piece in read_pieces(text):
        assert piece.start >= end
        assert piece.end > piece.start
        assert not text[end : piece.start].strip()
        end = piece.end
    assert not text[end:].strip()


SOUP = st.lists(
    st.sampled_from(
        [
            *(
                "The U.S. acted.",
                " ",
                "\n",
                "\n\n",
                "- ",
                "# ",
                "“",
                "”",
                '"',
                "(",
                ")",
                "。",
                "」",
            ),
            *("the yuan rose", " and ", "; ", ", but ", "was", "He said", "…", "...", "***", "---"),
            *("1. ", "> ", "\r\n", "\u2028", "\x00", "\ud800", "p.m. ", "4 ", "日本", "a", "Tokyo"),
        ]
    ),
    max_size=30,
).map("".join)
