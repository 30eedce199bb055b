"""Days and stretches of days that words mean, seen from Friday, 2 May 2025."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.news.articles.dates import count_of, day_of, span_of, units_before
from eventstudy.news.articles.time_expressions import find_mentions

BASE = dt.date(2025, 5, 2)


def mention(text):
    (only,) = find_mentions(text)
    return only


@pytest.mark.parametrize(
    ("text", "past", "future"),
    [
        ("on Friday", "2025-05-02", "2025-05-02"),
        ("on Monday", "2025-04-28", "2025-05-05"),
        ("last Friday", "2025-04-25", "2025-04-25"),
        ("next Friday", "2025-05-09", "2025-05-09"),
        ("yesterday", "2025-05-01", "2025-05-01"),
        ("April 9", "2025-04-09", "2026-04-09"),
        ("Feb. 29", "2024-02-29", "2028-02-29"),
        ("2021-03-03", "2021-03-03", "2021-03-03"),
    ],
)
def test_a_day(text, past, future):
    assert str(day_of(mention(text), BASE, future=False)) == past
    assert str(day_of(mention(text), BASE, future=True)) == future


def test_a_day_there_is_not():
    assert day_of(mention("February 30"), BASE, future=False) is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("last week", "2025-04-21", "2025-04-27"),
        ("in late April", "2025-04-21", "2025-04-30"),
        ("Q3 2023", "2023-07-01", "2023-09-30"),
        ("over the weekend", "2025-04-26", "2025-04-27"),
        ("last winter", "2024-12-01", "2025-02-28"),
        ("for weeks", "None", "2025-05-02"),
        ("over the past two months", "2025-03-02", "2025-05-02"),
        ("in the next two months", "2025-05-02", "2025-07-02"),
    ],
)
def test_a_span(text, first, last):
    assert [str(day) for day in span_of(mention(text), BASE, future=False)] == [first, last]


def test_units_before_end_on_the_last_day_of_a_shorter_month():
    assert units_before(dt.date(2025, 3, 31), 1, "month") == dt.date(2025, 2, 28)
    assert units_before(BASE, -2, "week") == dt.date(2025, 5, 16)


@pytest.mark.parametrize(("word", "count"), [("Twelve", 12), ("an", 1), ("30", 30), (None, None)])
def test_counts(word, count):
    assert count_of(word) == count
