from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import fx_reopening, fx_sessions
from eventstudy.markets.desk_clock import clock_calendars, desk_clocks
from eventstudy.markets.market import declare_market, get_market

BUNDLED = [get_market(name) for name in ("N225", "TWII", "HSI", "CNH", "SPX")]
HONG_KONG, NEW_YORK = "Asia/Hong_Kong", "America/New_York"


def at(text, zone="UTC"):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def clocks(news, now, markets=BUNDLED, **options):
    answer = desk_clocks(markets, clock_calendars(markets, news, now), news, now, **options)
    return {clock.security: clock for clock in answer}


def local(instant, zone):
    return f"{pd.Timestamp(instant, tz='UTC').tz_convert(zone):%Y-%m-%d %H:%M}"


def test_after_a_weekend_the_yuan_trades_and_the_exchanges_are_still_to_open():
    found = clocks(at("2025-05-10 12:00", NEW_YORK), at("2025-05-12 06:45", HONG_KONG))
    assert {name: clock.status for name, clock in found.items()} == {
        "N225": "to_open",
        "TWII": "to_open",
        "HSI": "to_open",
        "CNH": "trading",
        "SPX": "to_open",
    }
    assert {str(clock.session) for clock in found.values()} == {"2025-05-12"}
    assert local(found["CNH"].opens_utc, HONG_KONG) == "2025-05-12 05:00"
    assert local(found["CNH"].closes_utc, NEW_YORK) == "2025-05-12 17:00"
    assert local(found["N225"].opens_utc, HONG_KONG) == "2025-05-12 08:00"
    assert local(found["N225"].closes_utc, "Asia/Tokyo") == "2025-05-12 15:30"
    assert local(found["HSI"].opens_utc, HONG_KONG) == "2025-05-12 09:30"
    assert local(found["SPX"].opens_utc, HONG_KONG) == "2025-05-12 21:30"
    assert all(clock.note == "" for clock in found.values())


def test_the_status_changes_at_the_open_and_at_the_close():
    news = at("2025-05-12 06:00", "Asia/Tokyo")
    for clock, expected in (
        ("08:59", "to_open"),
        ("09:00", "trading"),
        ("12:00", "trading"),  # lunch
        ("15:29", "trading"),
        ("15:30", "closed"),
        ("23:00", "closed"),
    ):
        now = at(f"2025-05-12 {clock}", "Asia/Tokyo")
        assert clocks(news, now)["N225"].status == expected


def test_a_session_that_was_open_when_the_news_came_has_opened_before_it():
    found = clocks(at("2025-05-12 13:00", "Asia/Tokyo"), at("2025-05-12 13:05", "Asia/Tokyo"))
    assert found["N225"].status == "trading"
    assert local(found["N225"].opens_utc, "Asia/Tokyo") == "2025-05-12 09:00"


def test_the_clock_goes_on_to_be_that_of_the_first_session_days_later():
    found = clocks(at("2025-05-12 06:00", "Asia/Tokyo"), at("2025-05-15 06:00", "Asia/Tokyo"))
    assert found["N225"].status == "closed"
    assert str(found["N225"].session) == "2025-05-12"


def test_early_closes_are_each_day_s_own():
    news, now = at("2025-07-03 12:59", NEW_YORK), at("2025-07-03 13:30", NEW_YORK)
    assert clocks(news, now)["SPX"].status == "closed"
    late = clocks(at("2025-07-03 13:00", NEW_YORK), now)["SPX"]
    assert (str(late.session), late.status) == ("2025-07-07", "to_open")


def test_a_market_on_holiday_opens_days_later():
    found = clocks(at("2025-05-02 16:00", "Asia/Tokyo"), at("2025-05-05 06:45", HONG_KONG))
    assert str(found["N225"].session) == "2025-05-07"  # after Golden Week
    assert str(found["HSI"].session) == "2025-05-02"
    assert str(found["TWII"].session) == "2025-05-05"


def test_the_cutoff_is_that_of_the_alignment():
    news, now = at("2025-05-12 15:20", "Asia/Tokyo"), at("2025-05-12 18:00", "Asia/Tokyo")
    assert str(clocks(news, now)["N225"].session) == "2025-05-12"
    assert str(clocks(news, now, cutoff_minutes=30)["N225"].session) == "2025-05-13"


def test_now_may_be_today_and_the_session_in_the_future():
    now = dt.datetime.now(dt.UTC)
    found = clocks(now, now)
    for clock in found.values():
        assert clock.status in ("to_open", "trading")
        assert clock.closes_utc > np.datetime64(now.replace(tzinfo=None), "ns")


def test_a_market_without_closing_times_has_no_clock_and_says_so():
    market = declare_market("FUND", {"calendar": "data"})
    rows = {"FUND": np.array(["2025-05-09", "2025-05-12"], dtype="M8[D]")}
    news = now = at("2025-05-10 12:00")
    (clock,) = desk_clocks([market], clock_calendars([market], news, now, rows), news, now)
    assert clock.status is None
    assert np.isnat([clock.session, clock.opens_utc, clock.closes_utc]).all()
    assert "no closing times" in clock.note


def test_a_file_s_own_calendar_knows_no_session_of_tomorrow():
    keys = {"calendar": "data", "timezone": "Asia/Tokyo", "close": "15:00"}
    market = declare_market("FUND", keys)
    rows = {"FUND": np.array(["2025-05-08", "2025-05-09"], dtype="M8[D]")}
    now = at("2025-05-12 06:45", HONG_KONG)
    for news, status, note in (
        (at("2025-05-09 01:00"), "closed", ""),
        (at("2025-05-10 12:00"), None, "no session follows the news"),
    ):
        calendars = clock_calendars([market], news, now, rows)
        (clock,) = desk_clocks([market], calendars, news, now)
        assert clock.status == status
        assert note in clock.note
    before_close = at("2025-05-09 02:00")
    (clock,) = desk_clocks([market], calendars, at("2025-05-09 01:00"), before_close)
    assert clock.status is None
    assert "no opening times" in clock.note
    (clock,) = desk_clocks([market], clock_calendars([market], news, now), news, now)
    assert "has no sessions" in clock.note


def test_a_calendar_that_ends_says_where():
    market = declare_market("SHANGHAI", {"calendar": "XSHG"})
    news = now = at("2035-01-01 12:00")
    (clock,) = desk_clocks([market], clock_calendars([market], news, now), news, now)
    assert clock.status is None
    assert np.isnat(clock.session)
    assert clock.note


def test_a_day_cut_elsewhere_opens_with_the_week_after_news_of_the_weekend():
    keys = {"calendar": "FX", "timezone": HONG_KONG, "close": "16:00"}
    market = declare_market("YUAN", keys)
    saturday = at("2025-05-10 12:00", NEW_YORK)
    (weekend,) = clocks(saturday, at("2025-05-11 12:00", NEW_YORK), [market]).values()
    assert (str(weekend.session), weekend.status) == ("2025-05-12", "to_open")
    assert local(weekend.opens_utc, NEW_YORK) == "2025-05-11 17:00"
    friday = at("2025-05-09 18:00", HONG_KONG)
    (evening,) = clocks(friday, at("2025-05-09 19:00", HONG_KONG), [market]).values()
    assert (str(evening.session), evening.status) == ("2025-05-12", "trading")
    assert local(evening.opens_utc, HONG_KONG) == "2025-05-09 16:00"


def test_the_end_of_a_weekend_is_sunday_17_new_york():
    times = [at(text, NEW_YORK) for text in ("2025-03-07 16:59", "2025-03-07 17:00")]
    times += [at(text, NEW_YORK) for text in ("2025-03-09 16:59", "2025-03-09 17:00")]
    utc = np.array([time.astimezone(dt.UTC).replace(tzinfo=None) for time in times], dtype="M8[ns]")
    ends = fx_reopening(utc)
    assert np.isnat(ends).tolist() == [True, False, False, True]
    # the clocks go forward on that Sunday
    assert {local(end, "UTC") for end in ends[1:3]} == {"2025-03-09 21:00"}


def test_times_need_a_zone():
    now = at("2025-05-12 06:45")
    with pytest.raises(SpecificationError, match="no time zone"):
        desk_clocks([], {}, dt.datetime(2025, 5, 12), now)  # noqa: DTZ001 - the case itself
    with pytest.raises(SpecificationError, match="no time zone"):
        clock_calendars([], now, dt.datetime(2025, 5, 12))  # noqa: DTZ001 - the case itself


@given(
    news=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2025, 11, 1)),  # noqa: DTZ001
    hours=st.floats(0, 200),
)
def test_the_clock_agrees_with_a_plain_reading_of_the_calendar(news, hours):
    news = news.replace(tzinfo=dt.UTC)
    now = news + dt.timedelta(hours=hours)
    market = get_market("HSI")
    (calendar,) = clock_calendars([market], at("2023-12-01"), at("2025-12-31")).values()
    (clock,) = desk_clocks([market], {"HSI": calendar}, news, now)
    opens = [pd.Timestamp(value, tz="UTC") for value in calendar.opens]
    closes = [pd.Timestamp(value, tz="UTC") for value in calendar.closes]
    first = next(i for i, close in enumerate(closes) if close > pd.Timestamp(news))
    assert clock.session == calendar.sessions[first]
    at_now = pd.Timestamp(now)
    expected = "closed" if at_now >= closes[first] else "trading"
    assert clock.status == ("to_open" if at_now < opens[first] else expected)


def test_fx_opens_with_the_week_whatever_the_news():
    calendar = fx_sessions("2025-05-01", "2025-05-31")
    monday = calendar.opens[calendar.sessions == np.datetime64("2025-05-12")][0]
    found = clocks(at("2025-05-10 12:00"), at("2025-05-12 06:45", HONG_KONG))
    assert found["CNH"].opens_utc == monday
