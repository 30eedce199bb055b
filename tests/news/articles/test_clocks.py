"""Times of day in words, and their instants on a day."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from eventstudy.news.articles.clocks import coarsest, named_zone, part_of_day, time_of_day
from eventstudy.news.articles.time_expressions import find_mentions

NEW_YORK = ZoneInfo("America/New_York")
DAY = dt.date(2025, 5, 1)


def read(text):
    (mention,) = find_mentions(text)
    return time_of_day(mention, text)


@pytest.mark.parametrize(
    ("text", "zone", "time", "precision"),
    [
        ("at 9:30 a.m. ET", NEW_YORK, dt.time(9, 30), "exact"),
        ("at 9 p.m. ET", NEW_YORK, dt.time(21), "minute_est"),
        ("about 9:30 a.m. ET", NEW_YORK, dt.time(9, 30), "approx"),
        ("at 9:30 a.m.", None, dt.time(9, 30), "approx"),
        ("at 3 p.m. GMT+8", dt.timezone(dt.timedelta(hours=8)), dt.time(15), "minute_est"),
        ("in the late afternoon", None, dt.time(17), "session"),
        # understood, and still no hour
        ("at 9:30 a.m. CST", None, None, "day"),
        ("at 9 a.m. local time", None, None, "day"),
        ("at midnight", None, None, "day"),
    ],
)
def test_clock_times_and_parts_of_the_day(text, zone, time, precision):
    result = read(text)
    assert (result.zone, result.time, result.precision) == (zone, time, precision)


def test_an_instant_needs_a_time_and_a_zone():
    assert read("at 9:30 a.m. ET").on(DAY, None) == dt.datetime(2025, 5, 1, 13, 30, tzinfo=dt.UTC)
    assert read("at 9:30 a.m.").on(DAY, None) is None
    assert read("at 9:30 a.m.").on(DAY, NEW_YORK) is not None
    assert part_of_day("evening", "Atlantis").on(DAY, None) is None


def test_a_trading_word_takes_the_session_of_the_market_that_is_named():
    close = read("Apple warned after the close")
    assert (close.exchange, close.precision) == ("XNYS", "approx")
    half_day, holiday = dt.date(2024, 11, 29), dt.date(2025, 4, 18)
    assert close.on(half_day, None) == dt.datetime(2024, 11, 29, 19, tzinfo=dt.UTC)
    assert close.on(holiday, None) is None
    assert read("A maker warned after the close").on(half_day, NEW_YORK) is None


def test_the_coarsest_precision_is_that_of_the_largest_half_width():
    assert coarsest("exact", "session", "approx") == "session"


def test_a_zone_is_named_by_a_place_and_the_word_time():
    assert named_zone("It was late on Thursday, New York time.") == NEW_YORK
    assert named_zone("It was late in New York.") is None
