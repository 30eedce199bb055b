"""Two sources of one market: each difference with its likely cause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy.markets.market import get_market
from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.panel import PricePanel

DAYS = pd.bdate_range("2024-01-02", periods=120)
RNG = np.random.default_rng(5)
LEVELS = 150 * np.exp(np.cumsum(RNG.normal(0, 0.005, len(DAYS))))
NOW = np.datetime64("2026-01-01")


def panel(levels, days=DAYS, name="there", clock=None):
    index = pd.DatetimeIndex(days, name="date")
    made = PricePanel.from_frame(pd.DataFrame({"USDJPY": levels}, index=index), name=name)
    if clock is None:
        return made
    market = replace(get_market("USDJPY"), close=clock[0], timezone=clock[1])
    return replace(made, declared=(market,))


def found(own, other, tolerance=0.001, **options):
    checks = inspect_prices(
        panel(own, name="here"), against=panel(other, **options), tolerance=tolerance, now=NOW
    )
    rows = checks[checks["check"].str.startswith("sources_")]
    return [(row.check, row.severity, row.detail) for row in rows.itertuples(index=False)]


def test_two_that_agree_say_so():
    assert found(LEVELS, LEVELS * 1.0001) == [
        ("sources_agree", "info", "within 0.1 % of USDJPY of there on all 120 dates")
    ]
    # returns alone are compared where no tolerance is given
    assert not found(LEVELS, LEVELS * 1.01, tolerance=None)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (1 / LEVELS, "the quote is the other way round"),
        (LEVELS / 100, "another unit: 100 times the other"),
        (LEVELS * 1000, "another unit: a 1,000th of the other"),
        (LEVELS * 1.3, "a constant factor of 0.7692"),
        (np.roll(LEVELS, -1), "dates are one row late"),
        (np.roll(LEVELS, 1), "dates are one row early"),
    ],
)
def test_what_holds_of_all_dates_is_one_error(other, said):
    # inverse quotes are no plausible USDJPY, which reading such a panel would refuse
    if said.startswith("the quote"):
        rows = found_of_unknown(LEVELS / 20, 20 / LEVELS)
    elif "1,000th" in said or "100 times" in said:
        rows = found_of_unknown(LEVELS, other)
    else:
        rows = found(LEVELS, other)
    ((_, severity, detail),) = [row for row in rows if row[0] == "sources_differ"]
    assert severity == "error"
    assert said in detail
    assert " against " in detail


def found_of_unknown(own, other):
    index = pd.DatetimeIndex(DAYS, name="date")
    here, there = (
        PricePanel.from_frame(pd.DataFrame({"MINE": levels}, index=index), name=name)
        for levels, name in ((own, "here"), (other, "there"))
    )
    checks = inspect_prices(here, against=there, tolerance=0.001, now=NOW)
    return [tuple(row) for row in checks[["check", "severity", "detail"]].itertuples(index=False)]


def test_single_numbers_are_listed_with_both_and_a_cause():
    other = LEVELS.copy()
    other[50] *= 1.01
    other[70] = LEVELS[71]
    other[71] = LEVELS[71]
    rows = found(LEVELS, other)
    assert [row[:2] for row in rows] == [("sources_differ", "warning")] * 2
    assert "a correction?" in rows[0][2]
    assert f"{LEVELS[50]:.8g} against {other[50]:.8g} of USDJPY of there, -0.99 %" in rows[0][2]
    own = LEVELS.copy()
    far = int(np.argmax(np.abs(np.diff(LEVELS)))) + 1
    own[far] = LEVELS[far - 1]
    ((_, _, detail),) = found(own, LEVELS)
    assert "it is the number of the row before there" in detail


def test_another_clock_is_said_once_and_explains_the_usual_differences():
    noon = LEVELS * np.exp(np.random.default_rng(6).normal(0, 0.002, len(DAYS)))
    noon[30] *= 1.05
    rows = found(LEVELS, noon, clock=("12:00", "America/New_York"))
    assert [row[1] for row in rows] == ["info", "warning"]
    assert rows[0][2].startswith(
        "another clock: 17:00 America/New_York here, 12:00 America/New_York there; differs"
    )
    assert "more than another clock explains" in rows[1][2]


def test_dates_that_one_of_the_two_lacks():
    rows = found(LEVELS, np.delete(LEVELS, [10, 20]), days=DAYS.delete([10, 20]))
    assert rows[0] == (
        "sources_dates", "info", "USDJPY of there lacks 2 dates, first 2024-01-16"
    )  # fmt: skip
    assert rows[1][0] == "sources_agree"
    apart = found(LEVELS, LEVELS, days=DAYS + pd.Timedelta(days=364))
    assert apart == [("sources_dates", "warning", "no date in common with USDJPY of there")]
