from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.calendars import data_sessions, exchange_sessions, fx_sessions
from eventstudy.markets.market import declare_market, get_market
from eventstudy.prices.checks import check_prices
from eventstudy.prices.market_series import NO_PRICE, MarketSeries, trim_calendar
from eventstudy.prices.panel import PricePanel

X = declare_market("X", {"calendar": "data"})


def weekdays(count, start="2025-01-06"):
    return np.busday_offset(start, np.arange(count), roll="forward")


def panel(values, dates, content="prices"):
    index = pd.DatetimeIndex(np.asarray(dates).astype("M8[ns]"))
    return PricePanel.from_frame(pd.DataFrame({"X": values}, index=index), content=content)


def checked(prices, market, calendar):
    column, is_inverted = prices.locate(market)
    series = MarketSeries(market=market, column=column, is_inverted=is_inverted, calendar=calendar)
    return check_prices(prices, [series])


def checks_of(prices, calendar):
    frame = checked(prices, X, calendar)
    assert list(frame.columns) == ["security", "date", "check", "severity", "detail"]
    return [(row.check, str(row.date)[:10]) for row in frame.itertuples()]


def wiggle(count, seed=1):
    moves = np.random.default_rng(seed).normal(0, 0.01, count)
    return 100 * np.exp(np.cumsum(moves))


def test_clean_prices_give_an_empty_table():
    dates = weekdays(60)
    assert checks_of(panel(wiggle(60), dates), data_sessions(dates)) == []


@pytest.mark.parametrize(("repeats", "is_found"), [(2, False), (3, True), (5, True)])
def test_stale_closes_of_an_index(repeats, is_found):
    dates, prices = weekdays(60), wiggle(60)
    prices[10 : 10 + repeats] = prices[10]
    expected = [("stale_close", str(dates[10]))] if is_found else []
    assert checks_of(panel(prices, dates), data_sessions(dates)) == expected


@pytest.mark.parametrize(("repeats", "is_found"), [(3, False), (4, True)])
def test_fx_may_repeat_once_more(repeats, is_found):
    dates, prices = weekdays(60), wiggle(60)
    prices[10 : 10 + repeats] = prices[10]
    expected = [("stale_close", str(dates[10]))] if is_found else []
    assert checks_of(panel(prices, dates), fx_sessions(dates[0], dates[-1])) == expected


def test_stale_run_from_the_first_to_the_last_row():
    dates = weekdays(5)
    frame = checked(panel(np.full(5, 7.0), dates), X, data_sessions(dates))
    assert list(frame["date"]) == [pd.Timestamp(dates[0])]
    assert f"5 sessions in a row, to {dates[-1]}" in frame["detail"][0]


def test_a_misprint_is_found_and_a_crash_is_not():
    dates, prices = weekdays(60), wiggle(60)
    misprint = prices.copy()
    misprint[30] *= 1.5
    assert checks_of(panel(misprint, dates), data_sessions(dates)) == [
        ("jump_reversal", str(dates[30]))
    ]
    crash = prices.copy()
    crash[30:] *= 0.42
    assert checks_of(panel(crash, dates), data_sessions(dates)) == []


def test_returns_are_checked_too():
    dates = weekdays(60)
    returns = np.random.default_rng(2).normal(0, 0.01, 60)
    returns[20:22] = 0.0
    returns[40:42] = [0.5, -1 / 3]
    assert checks_of(panel(returns, dates, "returns"), data_sessions(dates)) == [
        ("stale_close", str(dates[19])),
        ("jump_reversal", str(dates[40])),
    ]


def test_sessions_and_rows_that_do_not_match():
    dates = weekdays(60)
    calendar = data_sessions(np.delete(dates, 20))
    prices = panel(np.delete(wiggle(60), [0, 1, 30]), np.delete(dates, [0, 1, 30]))
    expected = [
        ("session_without_price", str(dates[30])),
        ("row_without_session", str(dates[20])),
    ]
    assert checks_of(prices, calendar) == expected
    trimmed = trim_calendar(calendar, prices.dates[0])
    assert trimmed.removed == {dates[30]: NO_PRICE}
    # what was removed is still listed, and before the first row nothing is judged
    assert checks_of(prices, trimmed) == expected
    assert trimmed.sessions[0] == dates[0]


def test_a_row_on_a_typhoon_day_is_a_conflict():
    days = ["2023-08-31", "2023-09-01", "2023-09-04", "2023-09-05"]
    frame = pd.DataFrame({"HSI": [1.0, 1.1, 2.0, 3.0]}, index=pd.DatetimeIndex(days))
    hsi = get_market("HSI")
    calendar = exchange_sessions("XHKG", "2023-08-31", "2023-09-05")
    checks = checked(PricePanel.from_frame(frame), hsi, calendar)
    assert list(checks["check"]) == ["closure_conflict"]
    assert checks["date"][0] == pd.Timestamp("2023-09-01")
    frame.iloc[1] = 1.0
    filled = checked(PricePanel.from_frame(frame), hsi, calendar)
    assert list(filled["check"]) == ["closure_conflict"]
    assert "repeats the close of 2023-08-31" in filled["detail"][0]


def test_an_empty_column_is_an_error():
    dates = weekdays(3)
    prices = panel(np.full(3, np.nan), dates)
    assert checks_of(prices, data_sessions(dates)) == [("empty_column", "NaT")]
    trimmed = trim_calendar(data_sessions(dates), prices.dates[0])
    assert len(trimmed) == 3
