from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.markets.calendars import calendar_for, data_sessions, exchange_sessions, fx_sessions
from eventstudy.markets.market import declare_market, get_market
from eventstudy.markets.overrides import closures

FIRST, LAST = "2023-01-01", "2025-12-31"
CODES = ("XTKS", "XTAI", "XHKG", "XNYS", "FX")
CLOSES = Path(__file__).parents[2] / "data" / "prices" / "closes.csv"


@cache
def calendar(code, first=FIRST, last=LAST):
    return fx_sessions(first, last) if code == "FX" else exchange_sessions(code, first, last)


def utc(*texts):
    """Instants from ISO times with an offset, or with a zone after a space."""
    out = []
    for text in texts:
        clock, _, zone = text.partition(" ")
        time = dt.datetime.fromisoformat(clock)
        if zone:
            time = time.replace(tzinfo=ZoneInfo(zone))
        out.append(time.astimezone(dt.UTC).replace(tzinfo=None))
    return np.array(out, dtype="M8[ns]")


def day0(where, *texts, cutoff=0):
    index = where.first_session(utc(*texts), cutoff)
    return [str(where.sessions[i]) if i < len(where) else None for i in index]


def states(where, *texts, cutoff=0):
    u = utc(*texts)
    return where.state(u, where.first_session(u, cutoff)).tolist()


def close_on(where, day):
    return str(where.closes[where.sessions == np.datetime64(day)][0].astype("M8[m]"))


# ---- exchange calendars against facts ---------------------------------------------------------


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize(
    ("code", "closed", "is_open"),
    [
        ("XTKS", ["2025-04-29", "2025-05-05", "2025-05-06"], ["2025-05-02", "2025-05-07"]),
        ("XTAI", ["2024-07-24", "2024-07-25", "2024-10-02", "2024-10-03"], ["2024-10-04"]),
        ("XTAI", ["2025-01-23", "2025-01-31", "2025-04-04", "2025-05-01"], ["2025-02-03"]),
        ("XTAI", ["2022-02-04", "2023-01-18", "2024-10-31"], ["2024-10-30", "2024-11-01"]),
        ("XHKG", ["2023-09-01", "2023-09-08", "2024-09-06"], ["2023-09-04", "2024-11-14"]),
        ("XHKG", ["2025-04-04", "2025-05-01", "2025-05-05"], ["2025-05-02", "2025-09-23"]),
        ("XNYS", ["2025-01-09", "2025-04-18", "2025-07-04"], ["2025-07-03"]),
    ],
)
def test_sessions_are_those_of_the_exchange(code, closed, is_open):
    sessions = {str(day) for day in exchange_sessions(code, "2022-01-01", LAST).sessions}
    assert not sessions & set(closed)
    assert set(is_open) <= sessions


@pytest.mark.slow
def test_each_day_has_its_own_close():
    tokyo, hong_kong, new_york = calendar("XTKS"), calendar("XHKG"), calendar("XNYS")
    assert close_on(tokyo, "2024-11-01") == "2024-11-01T06:00"
    assert close_on(tokyo, "2024-11-05") == "2024-11-05T06:30"
    assert close_on(hong_kong, "2025-01-27") == "2025-01-27T08:00"
    for half in ("2024-02-09", "2024-12-24", "2024-12-31", "2025-01-28"):
        assert close_on(hong_kong, half) == f"{half}T04:00"
    assert close_on(new_york, "2024-11-29") == "2024-11-29T18:00"
    assert close_on(new_york, "2025-07-02") == "2025-07-02T20:00"


def test_a_half_day_ends_at_noon():
    hong_kong = calendar("XHKG")
    assert day0(hong_kong, "2025-01-28T11:59+08:00", "2025-01-28T12:00+08:00") == [
        "2025-01-28",
        "2025-02-03",
    ]
    assert states(hong_kong, "2025-01-28T11:59+08:00") == ["intraday"]
    # From noon on the new year's holidays lie ahead.
    assert states(hong_kong, "2025-01-28T12:00+08:00") == ["closed"]


# Sessions of which the closes have no figure, as their README says.
UNPRICED = {"TWII": ["2019-09-09", "2021-04-06", "2026-07-10"]}


@pytest.mark.fast_cases(3)
@pytest.mark.skipif(not CLOSES.exists(), reason="the bundled closes are not here")
@pytest.mark.parametrize("name", ["N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD", "SPX"])
def test_sessions_are_the_rows_of_the_bundled_closes(name):
    market = get_market(name)
    column = pd.read_csv(CLOSES, index_col="date", comment="#")[market.series].dropna()
    rows = column.index.to_numpy().astype("M8[D]")
    where = calendar_for(market, column.index[0], column.index[-1])
    assert sorted(set(rows) - set(where.sessions)) == []
    assert (
        sorted(set(where.sessions) - set(rows))
        == np.array(UNPRICED.get(name, []), "M8[D]").tolist()
    )


def test_closures_are_removed_and_recorded():
    taipei = exchange_sessions("XTAI", FIRST, LAST)
    assert taipei.removed == {
        day: reason for day, reason in closures("XTAI").items() if day >= np.datetime64(FIRST)
    }
    assert taipei.version.endswith("XTAI, 2 closures added")
    bare = exchange_sessions("XTAI", FIRST, LAST, closures={})
    assert np.datetime64("2024-10-31") in bare.sessions
    assert len(bare) - len(taipei) == 2
    assert bare.version.split()[0] == "exchange_calendars"
    assert bare.removed == {}


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("code", "first", "last", "expected"),
    [
        ("XSHG", "2026-12-01", "2027-12-31", ("2026-12-01", "2026-12-31")),
        ("XSHG", "2030-01-01", "2030-12-31", None),
        ("XTKS", "1990-01-01", "1997-01-31", ("1997-01-06", "1997-01-31")),
        ("XTKS", "1980-01-01", "1990-01-01", None),
        ("XTKS", "2025-01-04", "2025-01-05", None),
        ("XTKS", "2025-01-06", "2025-01-06", ("2025-01-06", "2025-01-06")),
        ("XTKS", "2025-01-07", "2025-01-06", None),
    ],
)
def test_a_span_beyond_the_calendar_is_cut(code, first, last, expected):
    where = exchange_sessions(code, first, last)
    span = (str(where.sessions[0]), str(where.sessions[-1])) if len(where) else None
    assert span == expected
    assert where.first_session(utc("2031-05-05T00:00Z")).tolist() == [len(where)]


def test_an_unknown_code_is_named():
    with pytest.raises(SpecificationError, match="unknown calendar 'XTKZ'; did you mean 'XTKS'"):
        exchange_sessions("XTKZ", FIRST, LAST)


# ---- day 0 ------------------------------------------------------------------------------------


def test_the_close_itself_is_too_late():
    tokyo = calendar("XTKS")
    assert day0(tokyo, "2025-05-08T15:29:59.999999+09:00", "2025-05-08T15:30:00+09:00") == [
        "2025-05-08",
        "2025-05-09",
    ]


def test_the_tokyo_close_moved():
    tokyo = calendar("XTKS")
    times = ("2024-10-30T15:10+09:00", "2024-11-06T15:10+09:00")
    assert day0(tokyo, *times) == ["2024-10-31", "2024-11-06"]
    assert states(tokyo, *times) == ["pre_open", "intraday"]


def test_the_cutoff_passes_over_a_session_and_is_then_not_intraday():
    tokyo = calendar("XTKS")
    news = "2025-05-08T15:20+09:00"
    assert day0(tokyo, news, cutoff=9) == ["2025-05-08"]
    assert states(tokyo, news, cutoff=9) == ["intraday"]
    # 15:20 + 10 minutes is the close, which is not after it.
    assert day0(tokyo, news, cutoff=10) == ["2025-05-09"]
    assert states(tokyo, news, cutoff=10) == ["pre_open"]
    before_holiday = "2025-05-02T15:20+09:00"
    assert day0(tokyo, before_holiday, cutoff=15) == ["2025-05-07"]
    assert states(tokyo, before_holiday, cutoff=15) == ["closed"]


@pytest.mark.parametrize(
    ("code", "news", "expected"),
    [
        ("XTKS", "2025-05-08T11:45+09:00", "intraday"),  # lunch
        ("XTKS", "2025-05-08T09:00+09:00", "intraday"),
        ("XTKS", "2025-05-08T08:59+09:00", "pre_open"),
        ("XTKS", "2025-05-08T16:00+09:00", "pre_open"),
        ("XTKS", "2025-05-10T12:00+09:00", "pre_open"),  # a Saturday
        ("XTKS", "2025-05-05T12:00+09:00", "closed"),  # a holiday
        ("XTKS", "2025-05-03T12:00+09:00", "closed"),  # a Saturday before one
        ("XHKG", "2025-04-04T18:05+08:00", "closed"),  # the evening of one
        ("XHKG", "2025-05-01T23:59+08:00", "closed"),
        ("XHKG", "2025-05-02T00:00+08:00", "pre_open"),  # the night after one
        ("XTAI", "2024-10-30T13:30+08:00", "closed"),  # the close before a typhoon
        ("XTAI", "2024-10-30T13:29+08:00", "intraday"),
    ],
)
def test_state_of_an_exchange(code, news, expected):
    assert states(calendar(code), news) == [expected]


@given(
    code=st.sampled_from(CODES),
    seconds=st.lists(st.integers(0, 700 * 86_400), min_size=1, max_size=20),
    cutoff=st.sampled_from([0, 0, 1, 30, 600]),
)
def test_day_0_and_state_are_those_of_a_plain_loop(code, seconds, cutoff):
    where = calendar(code)
    base = dt.datetime(2023, 2, 1, tzinfo=dt.UTC)
    times = [base + dt.timedelta(seconds=second) for second in seconds]
    u = np.array([time.replace(tzinfo=None) for time in times], dtype="M8[ns]")
    opens, closes = (
        [pd.Timestamp(moment, tz="UTC") for moment in side] for side in (where.opens, where.closes)
    )
    days = [day.item() for day in where.sessions]
    held = set(days)
    zone = ZoneInfo(where.timezone)
    expected = []
    for time in times:
        limit = time + dt.timedelta(minutes=cutoff)
        s = next((i for i, close in enumerate(closes) if close > limit), len(closes))
        if s == len(closes):
            expected.append((s, None))
            continue
        local = time.astimezone(zone)
        today = local.date()
        is_inside = opens[s] <= time < closes[s]
        if code == "FX":
            today += dt.timedelta(days=local.hour >= 17)
            while today.weekday() > 4:
                today += dt.timedelta(days=1)
            shut = (local.weekday(), local.hour) >= (4, 17) and (
                local.weekday() < 6 or local.hour < 17
            )
            is_inside = not shut and today == days[s]
        between = [
            today + dt.timedelta(days=i)
            for i in range((days[s] - today).days)
            if (today + dt.timedelta(days=i)).weekday() < 5
        ]
        if is_inside:
            state = "intraday"
        else:
            state = "closed" if any(day not in held for day in between) else "pre_open"
        expected.append((s, state))
    index = where.first_session(u, cutoff)
    assert list(zip(index.tolist(), where.state(u, index).tolist(), strict=True)) == expected


@given(
    code=st.sampled_from(CODES),
    seconds=st.lists(st.integers(-86_400 * 30, 1_200 * 86_400), min_size=2, max_size=30),
)
def test_day_0_never_comes_earlier_for_later_news(code, seconds):
    where = calendar(code)
    u = np.datetime64("2023-02-01", "ns") + np.sort(seconds) * np.timedelta64(1, "s")
    assert (np.diff(where.first_session(u)) >= 0).all()


@pytest.mark.parametrize("code", CODES)
def test_a_close_parts_its_session_from_the_next(code):
    where = calendar(code)
    index = np.arange(len(where))
    assert (where.first_session(where.closes) == index + 1).all()
    assert (where.first_session(where.closes - np.timedelta64(1, "ns")) == index).all()
    assert (where.opens < where.closes).all()
    assert (where.closes[:-1] <= where.opens[1:]).all()


def test_news_before_the_calendar_begins_has_no_session():
    tokyo = exchange_sessions("XTKS", "2025-05-03", "2025-05-31")  # holidays until the 6th
    size = len(tokyo)
    u = utc("2025-05-02T23:59+09:00", "2025-05-03T00:00+09:00")
    assert tokyo.first_session(u).tolist() == [size, 0]
    early, late = tokyo.candidates(u, np.array([60, 60], dtype="m8[m]"), 0)
    assert early.tolist() == [size, 0]
    assert late.tolist() == [size, 0]
    dates = np.array(["2025-05-02", "2025-05-03", "2025-06-01", "NaT"], dtype="M8[D]")
    assert tokyo.session_on_or_after(dates).tolist() == [size, 0, size, size]


def test_a_missing_time_has_no_session_and_no_state():
    tokyo = calendar("XTKS")
    u = np.array(["NaT", "2025-05-08T01:00"], dtype="M8[ns]")
    index = tokyo.first_session(u)
    assert index[0] == len(tokyo)
    assert tokyo.state(u, index).tolist() == [None, "intraday"]


# ---- the FX day -------------------------------------------------------------------------------


def test_an_fx_day_is_cut_at_five_in_new_york():
    fx = calendar("FX")
    assert day0(fx, "2025-05-12T15:00+08:00", "2025-04-09T13:18-04:00") == [
        "2025-05-12",
        "2025-04-09",
    ]
    assert day0(fx, "2025-05-07T16:59 America/New_York", "2025-05-07T17:00 America/New_York") == [
        "2025-05-07",
        "2025-05-08",
    ]


def test_an_fx_weekend_belongs_to_monday():
    fx = calendar("FX")
    times = (
        "2025-05-02T16:59 America/New_York",
        "2025-05-02T18:00 America/New_York",
        "2025-05-04T16:59 America/New_York",
        "2025-05-04T17:00 America/New_York",
    )
    assert day0(fx, *times) == ["2025-05-02", "2025-05-05", "2025-05-05", "2025-05-05"]
    assert states(fx, *times) == ["intraday", "pre_open", "pre_open", "intraday"]
    monday = fx.sessions == np.datetime64("2025-05-05")
    assert fx.opens[monday].tolist() == utc("2025-05-04T17:00 America/New_York").tolist()


@pytest.mark.parametrize(
    ("friday", "monday", "close"),
    [
        ("2025-03-07", "2025-03-10", ("2025-03-07T22:00", "2025-03-10T21:00")),  # clocks forward
        ("2025-10-31", "2025-11-03", ("2025-10-31T21:00", "2025-11-03T22:00")),  # and back
    ],
)
def test_an_fx_day_follows_the_clock_change(friday, monday, close):
    fx = calendar("FX")
    assert (close_on(fx, friday), close_on(fx, monday)) == close
    sunday = str(np.datetime64(monday) - np.timedelta64(1, "D"))
    times = (
        f"{friday}T16:59 America/New_York",
        f"{sunday}T16:59 America/New_York",
        f"{sunday}T17:00 America/New_York",
    )
    assert day0(fx, *times) == [friday, monday, monday]
    assert states(fx, *times) == ["intraday", "pre_open", "intraday"]
    assert fx.local_dates(utc(*times)).astype(str).tolist() == [friday, monday, monday]


def test_a_removed_fx_day_is_closed():
    fx = calendar("FX").without([np.datetime64("2024-12-25")], "no price")
    times = (
        "2024-12-24T16:00 America/New_York",
        "2024-12-24T20:00 America/New_York",  # the day of the 25th has begun
        "2024-12-25T10:00 America/New_York",
        "2024-12-25T18:00 America/New_York",
    )
    assert day0(fx, *times) == ["2024-12-24", "2024-12-26", "2024-12-26", "2024-12-26"]
    assert states(fx, *times) == ["intraday", "closed", "closed", "intraday"]


def test_the_cut_is_a_setting_and_the_weekend_is_not():
    hong_kong = fx_sessions("2025-04-01", "2025-05-30", "16:00", "Asia/Hong_Kong")
    assert hong_kong.version == "FX day, cut 16:00 Asia/Hong_Kong"
    times = (
        "2025-05-02T15:59+08:00",
        "2025-05-02T16:00+08:00",  # Friday's day is over, the market is not
        "2025-05-03T12:00+08:00",
        "2025-05-05T09:00+08:00",
    )
    assert day0(hong_kong, *times) == ["2025-05-02", "2025-05-05", "2025-05-05", "2025-05-05"]
    assert states(hong_kong, *times) == ["intraday", "intraday", "pre_open", "intraday"]
    midnight = fx_sessions("2025-04-01", "2025-05-30", "24:00", "UTC")
    assert close_on(midnight, "2025-05-02") == "2025-05-03T00:00"
    assert day0(midnight, "2025-05-02T23:59Z", "2025-05-03T00:00Z") == ["2025-05-02", "2025-05-05"]
    assert midnight.local_dates(utc("2025-05-02T23:59Z", "2025-05-03T00:00Z")).astype(
        str
    ).tolist() == ["2025-05-02", "2025-05-05"]


# ---- data calendars and the rest --------------------------------------------------------------


def test_rows_of_a_file_are_sessions_without_a_clock():
    rows = np.array(["2025-05-05", "2025-05-02", "2025-05-05"], dtype="M8[ns]")
    where = data_sessions(rows)
    assert where.sessions.astype(str).tolist() == ["2025-05-02", "2025-05-05"]
    assert not where.has_clock
    assert where.version == "rows of the file"
    dates = np.array(["2025-05-02", "2025-05-03", "2025-05-06"], dtype="M8[D]")
    assert where.session_on_or_after(dates).tolist() == [0, 1, 2]
    with pytest.raises(CalendarError, match="no closing times"):
        where.first_session(utc("2025-05-02T09:00Z"))
    with pytest.raises(CalendarError, match="no time zone"):
        where.local_dates(utc("2025-05-02T09:00Z"))


def test_a_declared_close_gives_rows_a_clock():
    rows = np.array(["2025-05-01", "2025-05-02", "2025-05-06"], dtype="M8[D]")
    times = ("2025-05-02T10:00+02:00", "2025-05-02T17:30+02:00", "2025-05-06T12:00+02:00")
    where = data_sessions(rows, "Europe/Paris", "17:30")
    assert where.has_clock
    assert day0(where, *times) == ["2025-05-02", "2025-05-06", "2025-05-06"]
    # Nobody said when it opens, so nothing is intraday; the 5th has no row.
    assert states(where, *times) == ["pre_open", "closed", "pre_open"]
    opened = data_sessions(rows, "Europe/Paris", "17:30", "09:00")
    assert states(opened, *times) == ["intraday", "closed", "intraday"]


def test_without_keeps_the_rest_and_remembers():
    tokyo = calendar("XTKS", "2025-05-01", "2025-05-31")
    gone = np.array(["2025-05-08", "2025-05-10"], dtype="M8[D]")  # the 10th is a Saturday
    rest = tokyo.without(gone, "no price")
    assert rest.removed == {np.datetime64("2025-05-08"): "no price"}
    assert len(rest) == len(rest.opens) == len(rest.closes) == len(tokyo) - 1
    assert np.datetime64("2025-05-08") in tokyo.sessions
    assert states(rest, "2025-05-08T10:00+09:00") == ["closed"]
    assert rest.without(gone, "again") is rest
    # The calendar still speaks about its first date when that session goes.
    first = tokyo.without(tokyo.sessions[:1], "no price")
    assert day0(first, "2025-05-01T10:00+09:00") == ["2025-05-02"]


def test_a_weekend_session_does_not_make_up_for_a_holiday():
    # Taipei once worked some Saturdays; the Thursday before it stays a closure.
    rows = np.array(["2025-06-04", "2025-06-06", "2025-06-07", "2025-06-09"], dtype="M8[D]")
    where = data_sessions(rows)
    start, stop = (
        np.array(["2025-06-05", "2025-06-06"], "M8[D]"),
        np.array(["2025-06-09"] * 2, "M8[D]"),
    )
    assert where.has_weekday_without_session(start, stop).tolist() == [True, False]


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        calendar("XTKS").closes[0] = np.datetime64("2025-01-01")


def test_calendar_for_follows_the_market():
    span = ("2025-04-01", "2025-05-30")
    assert calendar_for(get_market("TAIEX"), *span).name == "XTAI"
    cnh = calendar_for(get_market("CNH"), *span)
    assert cnh.is_fx
    assert cnh.version == "FX day, cut 17:00 America/New_York"
    own = declare_market("CNH", {"timezone": "Asia/Hong_Kong", "close": "16:30"})
    assert calendar_for(own, *span).version == "FX day, cut 16:30 Asia/Hong_Kong"
    bare = declare_market("MYIDX", {"calendar": "data"})
    with pytest.raises(SpecificationError, match=r"MYIDX.*needs prices"):
        calendar_for(bare, *span)
    rows = np.array(["2025-05-02"], dtype="M8[D]")
    assert len(calendar_for(bare, *span, rows)) == 1
