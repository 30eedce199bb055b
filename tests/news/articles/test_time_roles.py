"""What words of time do in their sentence."""

from __future__ import annotations

import pytest

from eventstudy.news.articles.time_expressions import find_mentions
from eventstudy.news.articles.time_roles import assign_roles


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("They met on Tuesday.", [("Tuesday", "time", False)]),
        ("They are meeting on Tuesday.", [("Tuesday", "time", True)]),
        ("The bank said on Thursday it would raise rates next month.",
         [("Thursday", "time", False), ("next month", "reported", True)]),
        ("“We decide next week,” he said on Wednesday.",
         [("next week", "reported", True), ("Wednesday", "time", False)]),
        ("He promised calm before Monday's vote.", [("Monday's", "reference", False)]),
        ("It rose 8% from a year earlier.", [("a year earlier", "reference", False)]),
        ("It has been shut since Monday.", [("Monday", "since", False)]),
        ("It is the lowest since March 2020.", [("March 2020", "reference", False)]),
        ("It has lasted for weeks.", [("for weeks", "since", False)]),
        ("It was put off for 90 days.", [("for 90 days", "reference", False)]),
    ],
)  # fmt: skip
def test_roles(text, expected):
    roles = assign_roles(text, find_mentions(text))
    words = [text[role.mention.start : role.mention.end] for role in roles]
    assert [(word, r.role, r.future) for word, r in zip(words, roles, strict=True)] == expected


def test_no_mentions_have_no_roles():
    assert assign_roles("It rose.", []) == []
