"""The words that articles are read by."""

from __future__ import annotations

import re
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from eventstudy.news.articles.claims import ClaimType
from eventstudy.news.articles.vocabulary import (
    AMBIGUOUS_ZONES,
    alternatives,
    entries_named,
    pattern,
    tables,
    word_list,
)


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        (["rise", "rise again"], "They rise again", "rise again"),
        (["tariff*"], "Tariffs fell", "Tariffs"),
        (["it's"], "It’s over", "It’s"),
        (["may"], "In May they may", "may"),
        (["rose"], "The primrose", None),
    ],
)
def test_patterns_of_words(words, text, expected):
    match = pattern(words).search(text)
    assert (match and match[0]) == expected


def test_the_longest_alternative_comes_first():
    assert re.fullmatch(alternatives(["a", "a b"]), "a b")
    assert alternatives(["a", "a b"]).startswith(r"a\sb")


def test_entries_stand_in_the_order_of_the_text():
    assert entries_named("markets", "The KOSPI and the Nikkei rose") == [(4, "KOSPI"), (18, "N225")]
    assert entries_named("exchanges", "An apple of Apple") == [(12, "XNYS")]


def test_the_tables_name_what_there_is():
    names = tables()
    for zone in {*names["zones"].values(), *names["places"].values()}:
        ZoneInfo(zone)
    assert not set(AMBIGUOUS_ZONES) & names["zones"].keys()
    for rule in names["rule"]:
        assert rule["type"] in get_args(ClaimType)
        for key in ("all", "behind_no", "unless"):
            for name in rule.get(key, []):
                word_list(name)
