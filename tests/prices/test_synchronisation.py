"""A factor's return over a security's own interval, on calendars made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.markets.calendars import SessionCalendar
from eventstudy.prices.synchronisation import (
    FactorSeries,
    synchronised_returns,
    values_on_sessions,
)

HOUR = np.timedelta64(1, "h")


def calendar(days, close):
    sessions = np.array(days, dtype="M8[D]")
    closes = sessions.astype("M8[ns]") + close * HOUR
    return SessionCalendar(
        name="data", timezone="UTC", sessions=sessions, opens=closes - 6 * HOUR, closes=closes
    )


def factor(days, prices, close):
    prices = np.array(prices)
    returns = np.append(np.nan, prices[1:] / prices[:-1] - 1)
    return FactorSeries(
        name="US", calendar=calendar(days, close), prices=prices, returns=returns, is_priced=True
    )


WEEK = ["2025-05-05", "2025-05-06", "2025-05-07", "2025-05-08"]
EARLY = calendar(WEEK, 6)
LATE = factor(WEEK, [100.0, 110.0, 99.0, 108.9], close=20)


def test_values_stand_on_their_date_or_nowhere():
    dates = np.array(["2025-05-04", "2025-05-06", "2025-05-09"], dtype="M8[D]")
    placed = values_on_sessions(dates, np.array([1.0, 2.0, 3.0]), EARLY.sessions)
    assert np.array_equal(placed, [np.nan, 2.0, np.nan, np.nan], equal_nan=True)
    assert np.isnan(values_on_sessions(dates[:0], np.empty(0), EARLY.sessions)).all()


@pytest.mark.parametrize(
    ("sync", "expected"),
    [
        # the late market's last close before each early one is that of the day before
        ("asof", [np.nan, np.nan, 0.1, -0.1]),
        ("same_date", [np.nan, 0.1, -0.1, 0.1]),
        ("lag", [np.nan, np.nan, 0.1, -0.1]),
    ],
)
def test_which_return_belongs_to_a_session(sync, expected):
    returns = synchronised_returns(EARLY, LATE, sync=sync, kind="simple")
    assert returns == pytest.approx(np.array(expected), nan_ok=True)


def test_a_holiday_of_the_factor_is_zero_and_its_end_is_missing():
    days = [WEEK[0], WEEK[2]]
    holiday = factor(days, [100.0, 120.0], close=6)
    returns = synchronised_returns(EARLY, holiday, sync="asof", kind="log")
    # on the 8th the factor may have gone on, which its calendar does not say
    assert returns == pytest.approx([np.nan, 0.0, np.log(1.2), np.nan], nan_ok=True)


def test_given_returns_compound_over_the_interval():
    given = FactorSeries(
        name="US", calendar=LATE.calendar, prices=np.full(4, np.nan),
        returns=np.array([0.5, 0.1, 0.2, np.nan]), is_priced=False,
    )  # fmt: skip
    own = calendar([WEEK[0], WEEK[2], WEEK[3]], 21)
    returns = synchronised_returns(own, given, sync="asof", kind="simple")
    # the first close is not the factor's own, so its return covers another interval
    assert returns == pytest.approx([np.nan, 1.1 * 1.2 - 1, np.nan], nan_ok=True)
    same = synchronised_returns(LATE.calendar, given, sync="asof", kind="simple")
    assert same == pytest.approx(given.returns, nan_ok=True)


def test_a_factor_without_sessions_is_missing_throughout():
    nothing = np.empty(0)
    empty = FactorSeries(
        name="none", calendar=calendar([], 6), prices=nothing, returns=nothing, is_priced=True
    )
    assert np.isnan(synchronised_returns(EARLY, empty, sync="asof", kind="simple")).all()
