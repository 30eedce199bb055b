"""The time of a claim, relative to the publication of its article."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from eventstudy.news.articles.claim_times import (
    Anchor,
    publication_time,
    time_at,
    time_of_period,
    zone_name,
)

NEW_YORK = ZoneInfo("America/New_York")
NOON = dt.datetime(2025, 5, 2, 12, tzinfo=NEW_YORK)
TIMED = Anchor(instant=NOON, date=NOON.date(), zone=NEW_YORK, precision="exact")
DATED = Anchor(instant=None, date=NOON.date(), zone=None, precision="day")


def test_the_publications_own_time_is_no_time_of_the_claim():
    time = publication_time(TIMED)
    assert (time.instant, time.date, time.rule) == (NOON, NOON.date(), "publication")
    assert not time.is_point


def test_today_depends_on_the_zone():
    assert TIMED.today(ZoneInfo("Asia/Tokyo")) == dt.date(2025, 5, 3)
    assert DATED.today(ZoneInfo("Asia/Tokyo")) == dt.date(2025, 5, 2)


@pytest.mark.parametrize(("hours", "tense"), [(-1, "past"), (0, "past"), (1, "future")])
def test_an_instant_lies_before_or_after_the_publication(hours, tense):
    instant = NOON + dt.timedelta(hours=hours)
    time = time_at(TIMED, NOON.date(), instant, NEW_YORK, "exact")
    assert (time.instant, time.tense, time.precision) == (instant, tense, "exact")


@pytest.mark.parametrize(("days", "tense"), [(-1, "past"), (0, "now"), (1, "future")])
def test_an_article_of_a_date_alone_has_claims_of_dates_alone(days, tense):
    day = DATED.date + dt.timedelta(days)
    time = time_at(DATED, day, NOON, NEW_YORK, "exact")
    assert (time.instant, time.date, time.tense, time.precision) == (None, day, tense, "day")


@pytest.mark.parametrize(
    ("local", "read_as", "words"),
    [
        (dt.datetime(2025, 3, 9, 2, 30), "2025-03-09T03:30-04:00", "does not exist"),  # noqa: DTZ001
        (dt.datetime(2025, 11, 2, 1, 30, fold=1), "2025-11-02T01:30-05:00", "is there twice"),  # noqa: DTZ001
    ],
)
def test_what_is_taken_for_an_hour_in_doubt_is_told(local, read_as, words):
    time = time_at(TIMED, local.date(), local.replace(tzinfo=NEW_YORK), NEW_YORK, "exact")
    assert words in time.assumed
    assert time.assumed.endswith(f"read as {read_as}")
    assert time.instant.isoformat(timespec="minutes") == read_as


@pytest.mark.parametrize(
    ("first", "last", "future", "tense"),
    [
        (dt.date(2025, 4, 1), dt.date(2025, 4, 30), False, "past period"),
        (dt.date(2025, 5, 1), dt.date(2025, 5, 31), False, "present period"),
        (dt.date(2025, 5, 1), dt.date(2025, 5, 31), True, "future"),
        (dt.date(2025, 6, 1), dt.date(2025, 6, 30), False, "future"),
        (None, dt.date(2025, 5, 2), False, "present period"),
    ],
)
def test_more_than_a_day_has_the_publications_date_and_keeps_its_ends(first, last, future, tense):
    time = time_of_period(TIMED, first, last, future=future, rule="month", words="in May")
    assert (time.instant, time.date, time.precision) == (None, NOON.date(), "day")
    assert (time.start, time.end, time.tense) == (first, last, tense)


def test_only_a_zone_of_the_database_has_a_name():
    assert zone_name(NEW_YORK) == "America/New_York"
    assert zone_name(dt.UTC) is None
    assert zone_name(None) is None
