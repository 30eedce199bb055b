"""Which times stand for dates, which are in doubt, and what a row says twice."""

import datetime as dt

import pytest

from eventstudy.io.doors import EVENT_TIME
from eventstudy.io.doubtful_times import contradictions, doubts_about, settled
from eventstudy.io.timestamps import Timestamp, read_time

NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"


def times(*texts):
    return [read_time(text, EVENT_TIME) for text in texts]


def found(texts, zone=None, *, is_schedule_likely=True):
    """Return precision and date of each doubt."""
    doubts = doubts_about(times(*texts), [zone] * len(texts), is_schedule_likely=is_schedule_likely)
    return [doubt and (doubt.precision, doubt.date and doubt.date.isoformat()) for doubt in doubts]


def at(clock, *days):
    return [f"{day}T{clock}" for day in days]


SPRING = ("2025-04-02", "2025-04-09", "2025-05-13")
WHOLE_YEAR = ("2025-01-08", "2025-04-09", "2025-05-13")


def test_midnight_all_over_is_a_date():
    assert found(at("00:00Z", *SPRING)) == [("day", day) for day in SPRING]
    assert found(at("00:00:00-04:00", *SPRING)) == [("day", day) for day in SPRING]


def test_midnights_among_times_are_dates_where_there_are_several():
    timed = [f"2025-06-{day:02d}T13:{day}:07Z" for day in range(10, 20)]
    assert found(at("00:00Z", *SPRING) + timed)[:4] == [*(("day", day) for day in SPRING), None]
    many = [f"2025-06-{day:02d}T{hour}:{day}:07Z" for day in range(10, 30) for hour in (13, 15)]
    assert found(at("00:00Z", *SPRING) + many)[0] == ("day", None)  # three of 43 may be true


@pytest.mark.parametrize("texts", [["2025-04-02T00:00Z"], at("00:00Z", *SPRING[:2])])
def test_one_or_two_midnights_keep_their_time_and_are_known_to_the_day(texts):
    assert found(texts) == [("day", None)] * len(texts)


def test_a_minute_past_midnight_and_ordinary_times_are_in_no_doubt():
    assert found(at("00:01-04:00", *SPRING[:2])) == [None, None]
    assert (
        found(["2025-04-02T20:15:07Z", "2025-04-09T17:18:33Z", "2025-05-13T08:02Z"]) == [None] * 3
    )


def test_midnight_of_the_zone_beside_it_is_that_zones_date():
    assert found(at("15:00Z", *SPRING), TOKYO) == [
        ("day", "2025-04-03"), ("day", "2025-04-10"), ("day", "2025-05-14"),
    ]  # fmt: skip


def test_clocks_that_change_give_a_midnight_elsewhere_away():
    texts = [*at("05:00Z", "2025-01-08"), *at("04:00Z", "2025-04-09", "2025-05-13")]
    assert found(texts) == [("day", day) for day in WHOLE_YEAR]
    london = [*at("00:00Z", "2025-01-08"), *at("23:00Z", "2025-04-08", "2025-05-12")]
    assert found(london) == [("day", day) for day in WHOLE_YEAR]


@pytest.mark.parametrize("clock", ["12:00Z", "23:59Z", "15:00Z", "16:00Z", "04:00Z"])
def test_one_clock_that_is_noon_or_midnight_elsewhere_is_known_to_the_day(clock):
    assert found(at(clock, *SPRING)) == [("day", None)] * 3


def test_one_clock_is_a_schedule_in_a_table_and_a_placeholder_in_a_feed():
    releases = [*at("08:30-05:00", "2025-01-10"), *at("08:30-04:00", "2025-04-04", "2025-05-02")]
    assert found(releases) == [(None, None)] * 3
    assert found(releases, is_schedule_likely=False) == [("day", None)] * 3
    assert found(at("08:30-04:00", "2025-04-04", "2025-04-04", "2025-05-02")) == [None] * 3


def test_the_precision_given_wins_and_that_is_said():
    result = settled(
        times(*at("00:00Z", *SPRING)), [None] * 3, ["exact", "", None], is_schedule_likely=True
    )
    assert result.precisions == ["exact", "day", "day"]
    assert [time.instant is None for time in result.times] == [False, True, True]
    assert result.assumed == (
        "2 times: 00:00:00 stands for a date, not for a time",
        "1 time: 00:00:00 stands for a date, not for a time, but the precision given is taken at "
        "its word",
    )


def test_nothing_is_said_of_dates_and_of_nothing():
    result = settled(
        [None, Timestamp(date=dt.date(2025, 5, 2))], [None] * 2, ["", ""], is_schedule_likely=True
    )
    assert (result.precisions, result.assumed) == (["", "day"], ())


@pytest.mark.parametrize(
    ("text", "zone", "date", "is_wrong"),
    [
        ("2025-07-02T15:30-05:00", NEW_YORK, None, True),
        ("2025-07-02T15:30-04:00", NEW_YORK, None, False),
        ("2025-07-02T19:30Z", NEW_YORK, None, False),  # UTC is at home everywhere
        ("2025-05-02T09:00+08:00", TOKYO, None, True),
        ("2025-11-02T01:30-05:00", NEW_YORK, None, False),  # shown twice that night
        ("2025-11-02T01:30-04:00", NEW_YORK, None, False),
        ("2025-05-02T09:00+08:00", None, "2025-04-02", True),
        ("2025-05-02T09:00+08:00", None, "2025-05-03", False),
        ("2025-05-02T09:00+08:00", None, "2025-05-05", False),  # the Monday after
        ("2025-05-02T09:00+08:00", None, "2025-05-06", True),
        ("2025-05-02T00:30+08:00", None, "2025-04-30", False),
    ],
)
def test_what_contradicts_the_time_is_found(text, zone, date, is_wrong):
    day = None if date is None else Timestamp(date=dt.date.fromisoformat(date))
    problems = contradictions(read_time(text, EVENT_TIME), zone, day)
    assert [("contradicts" in problem) for problem in problems] == [True] * is_wrong
