"""Rows against sessions: closures known and unknown, gaps, strays, the ends of a calendar."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.calendars import data_sessions, exchange_sessions
from eventstudy.prices.checks import inspect_prices, session_checks
from eventstudy.prices.panel import PricePanel

NOW = np.datetime64("2026-01-01T00:00", "ns")
_ROOM = np.timedelta64(20, "D")


def prices_of(code, start, end, names, lacking=(), seed=3, extra=()):
    """Random prices on the true sessions of an exchange, but for some days."""
    sessions = exchange_sessions(code, start, end).sessions
    sessions = sessions[~np.isin(sessions, np.array(lacking, "M8[D]"))]
    sessions = np.sort(np.concatenate([sessions, np.array(extra, "M8[D]")]))
    draw = np.random.default_rng(seed)
    index = pd.DatetimeIndex(sessions.astype("M8[ns]"))
    levels = 100 * np.exp(np.cumsum(draw.normal(0, 0.01, (len(sessions), len(names))), axis=0))
    return pd.DataFrame(levels, index=index, columns=list(names))


def kinds(frame, **options):
    checks = inspect_prices(PricePanel.from_frame(frame), now=NOW, **options)
    return [
        (row.security, row.check, f"{row.date:%Y-%m-%d}", row.severity)
        for row in checks.itertuples()
    ]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("code", "name", "day"),
    [
        ("XHKG", "HSI", "2023-09-01"),
        ("XHKG", "HSI", "2023-09-08"),
        ("XTAI", "TWII", "2024-10-31"),
        ("XTAI", "TWII", "2022-02-04"),
        ("XTAI", "TWII", "2023-01-18"),
    ],
)
def test_a_known_closure_without_a_row_is_right(code, name, day):
    middle = np.datetime64(day)
    frame = prices_of(code, middle - _ROOM, middle + _ROOM, [name])
    assert (name, "known_closure", day, "info") in kinds(frame)
    assert {severity for *_, severity in kinds(frame)} == {"info"}
    # a row there contradicts the closure
    with_row = prices_of(code, middle - _ROOM, middle + _ROOM, [name], extra=[day])
    assert (name, "closure_conflict", day, "warning") in kinds(with_row)
    assert not any(day == on and kind == "known_closure" for _, kind, on, _ in kinds(with_row))


@pytest.mark.slow
def test_one_market_alone_has_a_gap_and_all_together_a_closure():
    frame = prices_of("XHKG", "2024-03-01", "2024-06-30", ["HSI", "HSCE"], ["2024-05-06"])
    assert kinds(frame) == [
        ("HSI", "unknown_closure", "2024-05-06", "warning"),
        ("HSCE", "unknown_closure", "2024-05-06", "warning"),
    ]
    alone = prices_of("XHKG", "2024-03-01", "2024-06-30", ["HSI", "HSCE"])
    alone.loc["2024-05-06", "HSI"] = np.nan
    assert kinds(alone) == [("HSI", "session_without_price", "2024-05-06", "warning")]
    # a column that had not begun says nothing
    late = frame.copy()
    late.loc[:"2024-05-20", "HSCE"] = np.nan
    assert kinds(late) == [("HSI", "session_without_price", "2024-05-06", "warning")]


def test_a_closure_shared_inside_a_longer_gap_is_told_apart():
    days = ["2024-05-06", "2024-05-07"]
    frame = prices_of("XHKG", "2024-03-01", "2024-06-30", ["HSI", "HSCE"], ["2024-05-06"])
    frame.loc[days[1], "HSI"] = np.nan
    assert kinds(frame) == [
        ("HSI", "unknown_closure", days[0], "warning"),
        ("HSI", "session_without_price", days[1], "warning"),
        ("HSCE", "unknown_closure", days[0], "warning"),
    ]


@pytest.mark.parametrize("is_trimmed", [False, True])
def test_a_long_gap_is_one_finding(is_trimmed):
    calendar = exchange_sessions("XTKS", "2025-05-01", "2025-06-30")
    gone = calendar.sessions[(calendar.sessions >= np.datetime64("2025-05-12")) & (
        calendar.sessions <= np.datetime64("2025-05-20"))]  # fmt: skip
    dates = calendar.sessions[~np.isin(calendar.sessions, gone)]
    judged = calendar.without(gone, "no price in the file") if is_trimmed else calendar
    (check,) = session_checks("N225", dates, judged)
    assert check.check == "session_without_price"
    assert str(check.date) == "2025-05-12"
    assert "7 sessions from 2025-05-12 to 2025-05-20" in check.detail


@pytest.mark.slow
def test_a_holiday_filled_with_the_close_before_is_only_a_note():
    # Tokyo was shut on 2025-05-05
    frame = prices_of("XTKS", "2025-04-01", "2025-05-30", ["N225"], extra=["2025-05-05"])
    stray = ("N225", "row_without_session", "2025-05-05", "warning")
    assert kinds(frame) == [stray]
    frame.loc["2025-05-05"] = frame.loc["2025-05-02"].to_numpy()
    assert kinds(frame) == [("N225", "filled_closure", "2025-05-05", "info")]


def test_rows_beyond_the_calendar_are_said_to_be_unused():
    calendar = exchange_sessions("XTKS", "2025-05-01", "2025-05-30")
    dates = np.concatenate([
        np.array(["2025-04-28", "2025-04-30"], "M8[D]"), calendar.sessions,
        np.array(["2025-06-02"], "M8[D]"),
    ])  # fmt: skip
    checks = session_checks("N225", dates, calendar)
    assert [(one.check, str(one.date)) for one in checks] == [
        ("calendar_ends", "2025-04-28"),
        ("calendar_ends", "2025-06-02"),
    ]
    assert "2 rows from 2025-04-28 to 2025-04-30" in checks[0].detail
    assert "1 row from" in checks[1].detail


def test_a_session_that_is_not_over_has_no_close():
    frame = prices_of("XTKS", "2025-05-01", "2025-06-04", ["N225"])
    panel = PricePanel.from_frame(frame)
    # Tokyo closes at 06:30 UTC
    before = inspect_prices(panel, now=np.datetime64("2025-06-04T06:29"))
    after = inspect_prices(panel, now=np.datetime64("2025-06-04T06:30"))
    assert list(before["check"]) == ["unfinished_row"]
    assert "2025-06-04 06:30 UTC" in before["detail"][0]
    assert len(after) == 0


def test_without_a_clock_only_a_date_in_the_future_is_told():
    frame = prices_of("XTKS", "2025-05-01", "2025-06-04", ["MINE"])
    panel = PricePanel.from_frame(frame)
    checks = inspect_prices(panel, now=np.datetime64("2025-06-03T09:59"))
    assert list(checks["check"]) == ["unfinished_row"]
    assert "in the future" in checks["detail"][0]
    assert len(inspect_prices(panel, now=np.datetime64("2025-06-03T10:00"))) == 0


def test_an_empty_calendar_and_an_empty_column():
    nothing = np.empty(0, "M8[D]")
    dates = np.array(["2025-05-01", "2025-05-02"], "M8[D]")
    assert session_checks("X", dates, data_sessions(nothing)) == []
    (check,) = session_checks("X", nothing, data_sessions(dates))
    assert (check.check, check.severity) == ("empty_column", "error")


def test_rows_of_months_on_days_without_a_session_are_an_error():
    months = pd.date_range("2015-01-01", "2022-12-01", freq="MS")
    levels = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.05, len(months))))
    frame = pd.DataFrame({"N225": levels}, index=months)
    prices = PricePanel.from_frame(frame)
    checks = inspect_prices(prices, now=NOW)
    (found,) = checks[checks["check"] == "lost_periods"].itertuples()
    assert found.severity == "error"
    assert 'set calendar = "data"' in found.detail
    assert "lost_periods" not in set(inspect_prices(prices, calendar="data", now=NOW)["check"])
    # the last session of every month is a session
    sessions = exchange_sessions("XTKS", "2015-01-01", "2022-12-31").sessions
    last = np.append(np.diff(sessions.astype("M8[M]")).astype(int) > 0, True)
    index = pd.DatetimeIndex(sessions[last].astype("M8[ns]"))
    dated = PricePanel.from_frame(frame.set_axis(index[: len(frame)], axis="index"))
    assert "lost_periods" not in set(inspect_prices(dated, now=NOW)["check"])


def test_a_symbol_is_checked_on_the_calendar_a_study_gives_it():
    day = np.datetime64("2023-09-01")
    frame = prices_of("XHKG", day - _ROOM, day + _ROOM, ["0700.HK"])
    assert ("0700.HK", "known_closure", "2023-09-01", "info") in kinds(frame)
