"""The door to the library of exchange calendars."""

from __future__ import annotations

import warnings

import exchange_calendars
import numpy as np
import pytest

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.markets import exchange_tables
from eventstudy.markets.exchange_tables import exchange_table

pytestmark = pytest.mark.fast_tests(1)

SPAN = np.datetime64("2025-05-01"), np.datetime64("2025-05-09")


def test_sessions_with_opens_and_closes():
    known_from, zone, version, sessions, opens, closes = exchange_table("XTKS", *SPAN)
    assert (str(known_from), zone) == ("2025-05-01", "Asia/Tokyo")
    assert version.startswith("exchange_calendars ")
    assert sessions.astype(str).tolist() == [f"2025-05-0{day}" for day in (1, 2, 7, 8, 9)]
    assert str(opens[0]), str(closes[0]) == ("2025-05-01T00:00", "2025-05-01T06:30")


def test_an_unknown_calendar_is_named():
    with pytest.raises(SpecificationError, match="unknown calendar 'XTKZ'; did you mean 'XTKS'"):
        exchange_table("XTKZ", *SPAN)


def plain_table(code, start, end):
    """Return sessions, opens and closes as the library builds them for the span alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library uses what pandas deprecates
        calendar = exchange_calendars.get_calendar(code, start=start, end=end)
    hours = [
        index.dt.tz_localize(None).to_numpy().astype("M8[ns]")
        for index in (calendar.opens, calendar.closes)
    ]
    return calendar.sessions.to_numpy().astype("M8[D]"), *hours


# bounded at one end, at both ends, at neither
@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("code", ["XTKS", "XSHG", "XHKG", "XKRX", "XNYS", "XTAI", "CMES"])
@pytest.mark.parametrize("span", [("2016-02-29", "2025-12-31"), ("2003-07-05", "2003-09-14")])
def test_years_built_at_once_are_those_of_each_span(code, span):
    table = exchange_table(code, *(np.datetime64(day) for day in span))
    assert str(table[0]) == span[0]
    for got, plain in zip(table[3:], plain_table(code, *span), strict=True):
        np.testing.assert_array_equal(got, plain)


def test_other_decades_and_what_the_calendar_does_not_know():
    assert len(exchange_table("XNYS", np.datetime64("1955-01-01"), np.datetime64("1955-12-31"))[3])
    known_from, *_, sessions, _, _ = exchange_table(
        "XTKS", np.datetime64("1995-01-01"), np.datetime64("1997-01-10")
    )
    assert (str(known_from), str(sessions[0])) == ("1997-01-01", "1997-01-06")
    known_from, *_, sessions, _, _ = exchange_table(
        "XSHG", np.datetime64("1985-01-01"), np.datetime64("1986-01-10")
    )
    assert (str(known_from), len(sessions)) == ("1990-12-03", 0)


# gerrymanoim/exchange_calendars: XTAE of 4.13 raises a ValueError, ASEX a NotImplementedError.
@pytest.mark.parametrize(
    "stumble", [ValueError("Special dates [...]\nare not sessions."), NotImplementedError()]
)
def test_a_calendar_the_library_cannot_build_is_one_sentence(monkeypatch, stumble):
    def get_calendar(*_, **__):
        raise stumble

    monkeypatch.setattr(exchange_calendars, "get_calendar", get_calendar)
    monkeypatch.setenv("EVENTSTUDY_CACHE", "")
    exchange_tables._whole_table.cache_clear()
    with pytest.raises(CalendarError) as caught:
        exchange_table("XTAE", *SPAN)
    assert str(caught.value).startswith("calendar XTAE: exchange_calendars ")
    assert "timezone and close" in str(caught.value)
    assert "\n" not in str(caught.value)
