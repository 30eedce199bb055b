"""Words of time found in a sentence."""

from __future__ import annotations

import pytest

from eventstudy.news.articles.time_expressions import find_mentions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It fell late Friday in early trade",
         [("day", "weekday", "late Friday"), ("trade", "early trade", "in early trade")]),
        ("It left on April 9, 2025, at noon",
         [("day", "date", "April 9, 2025"), ("clock", "clock", "noon")]),
        ("It was at 9:30 a.m. ET", [("clock", "clock", "9:30 a.m. ET")]),
        ("Two hours later it fell", [("offset", "later", "Two hours later")]),
        ("It fell in Q3 2023", [("period", "quarter", "Q3 2023")]),
        ("日銀は木曜日に会見した", [("day", "weekday", "木曜日")]),
        # names, numbers and manners of speaking tell no time
        ("Black Friday sales", []),
        ("The ratio was 3.25 to 7.5, or 1:30.", []),
        ("It lost 9% for the week", []),
        ("Nothing of the kind", []),
    ],
)  # fmt: skip
def test_mentions(text, expected):
    mentions = find_mentions(text)
    assert [(m.kind, m.rule, text[m.start : m.end]) for m in mentions] == expected


def test_a_mention_has_the_named_groups_that_matched_alone():
    (mention,) = find_mentions("It was at 9:30 a.m. CST")
    assert mention.groups == {"hour": "9", "min": "30", "half": "a", "unread": "CST"}
