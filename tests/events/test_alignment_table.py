from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest
from small_alignment import aligned, events

from eventstudy.events.alignment_table import (
    AT_A_MOMENT,
    CONTRACT,
    HOURS,
    to_contract,
    to_table,
    with_moment,
)
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.desk_clock import clock_calendars, desk_clocks
from eventstudy.markets.market import get_market

MONDAY_QUARTER_TO_SEVEN = dt.datetime(2025, 5, 11, 22, 45, tzinfo=dt.UTC)  # in Hong Kong


def test_the_contract_has_its_columns_and_formats():
    some = events(
        ("E1", "2025-05-12T15:00+08:00"), ("E2", "2025-05-08"), ("E3", "2031-01-01T00:00Z")
    )
    shown = to_contract(aligned(some, "HSI", date_only="next", benchmark="SPX").frame)
    assert shown.to_csv(index=False).splitlines() == [
        (
            "event_id,security,published_utc,session,state,minutes_to_close,span_days,ambiguous,"
            "overlaps,benchmark_reacts_later"
        ),
        "E1,HSI,2025-05-12T07:00:00Z,2025-05-12,intraday,60.0,3,False,,True",
        "E2,HSI,,2025-05-09,,,1,True,,",
        "E3,HSI,2031-01-01T00:00:00Z,,,,,False,,",
    ]


def test_the_table_has_opens_and_closes_after_the_contract():
    some = events(("E1", "2025-05-12T15:00+08:00"), ("E2", "2031-01-01T00:00Z"))
    shown = to_table(aligned(some, "HSI", "CNH").frame)
    assert list(shown.columns) == [*CONTRACT, *HOURS, "catch_up", "reason"]
    assert shown[list(HOURS)].astype(object).where(
        shown[list(HOURS)].notna(), None
    ).values.tolist() == [
        ["2025-05-12T01:30:00Z", "2025-05-12T08:00:00Z"],
        ["2025-05-11T21:00:00Z", "2025-05-12T21:00:00Z"],
        [None, None],
        [None, None],
    ]


def test_an_alignment_saved_without_hours_is_still_a_table():
    frame = aligned(events(("E", "2025-05-12T15:00+08:00")), "HSI").frame
    shown = to_table(frame.drop(columns=list(HOURS)))
    assert list(shown.columns) == [*CONTRACT, "catch_up", "reason"]


def test_the_status_is_that_of_the_desk_clock():
    names = ("N225", "TWII", "HSI", "CNH", "SPX")
    news = dt.datetime(2025, 5, 10, 12, 0, tzinfo=dt.UTC)
    some = events(("WEEKEND", news.isoformat()))
    for hours in (-30, 0, 1, 3, 8, 15, 24, 48):
        now = MONDAY_QUARTER_TO_SEVEN + dt.timedelta(hours=hours)
        frame = aligned(some, *names, now=now, zone="Asia/Hong_Kong").frame
        markets = [get_market(name) for name in names]
        clocks = desk_clocks(markets, clock_calendars(markets, news, now), news, now)
        assert frame["status"].tolist() == [clock.status for clock in clocks]
        assert frame["opens_utc"].dt.tz_localize(None).tolist() == [
            pd.Timestamp(clock.opens_utc) for clock in clocks
        ]


def test_before_the_news_there_is_no_status_and_times_are_those_of_the_zone():
    some = events(("SATURDAY", "2025-05-10T12:00Z"), ("LATER", "2025-05-12T12:00Z"))
    frame = aligned(some, "N225", "CNH", now=MONDAY_QUARTER_TO_SEVEN, zone="Asia/Hong_Kong").frame
    assert frame["status"].tolist() == ["to_open", "trading", None, None]
    text = to_table(frame).to_csv(index=False)
    back = pd.read_csv(io.StringIO(text))
    assert list(back.columns) == [*CONTRACT, *HOURS, *AT_A_MOMENT, "catch_up", "reason"]
    assert back["opens"].tolist()[:2] == ["2025-05-12T08:00+08:00", "2025-05-12T05:00+08:00"]
    assert back["closes"].tolist()[:2] == ["2025-05-12T14:30+08:00", "2025-05-13T05:00+08:00"]


def test_a_zone_alone_gives_times_without_a_status():
    frame = aligned(events(("E", "2025-05-10T12:00Z")), "SPX", zone="America/New_York").frame
    assert "status" not in frame
    assert to_table(frame)["opens"].tolist() == ["2025-05-12T09:30-04:00"]


def test_a_date_alone_has_the_hours_of_its_session():
    some = events(("E", "2025-05-09"))
    frame = aligned(some, "HSI", date_only="next", now=MONDAY_QUARTER_TO_SEVEN).frame
    assert frame["status"].tolist() == ["to_open"]
    assert frame["opens"].tolist() == [pd.Timestamp("2025-05-12 01:30", tz="UTC")]


def test_hours_that_are_not_known_have_no_status():
    frame = aligned(events(("E", "2031-01-01T00:00Z")), "HSI").frame
    shown = with_moment(frame, dt.datetime(2032, 1, 1, tzinfo=dt.UTC))
    assert shown["status"].tolist() == [None]
    assert np.isnat(shown["opens"].dt.tz_localize(None).to_numpy()).all()


def test_a_moment_needs_a_zone_and_a_zone_must_exist():
    some = events(("E", "2025-05-10T12:00Z"))
    with pytest.raises(SpecificationError, match="no time zone"):
        aligned(some, "HSI", now=dt.datetime(2025, 5, 12))  # noqa: DTZ001 - the case itself
    with pytest.raises(SpecificationError, match="Asia/Hong_Kong"):
        aligned(some, "HSI", zone="Asia/Hong_Kon")
