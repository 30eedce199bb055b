"""Returns by themselves: a stretch in percent, filled zeros, empty cells, single misprints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.panel import PricePanel

DAYS = pd.bdate_range("2023-01-02", periods=300)


def returns(count=300, seed=1, sd=0.01):
    return np.random.default_rng(seed).normal(0, sd, count)


def look(calendar="data", **columns):
    frame = pd.DataFrame(columns, index=DAYS)
    panel = PricePanel.from_frame(frame, content="returns", kind="log")
    checks = inspect_prices(panel, calendar=calendar)
    return [(row.security, row.check, row.severity) for row in checks.itertuples()]


def test_returns_of_decimals_are_in_order():
    assert look(N225=returns(), MINE=returns(seed=2)) == []


@pytest.mark.parametrize("name", ["N225", "USDCNH", "MINE"])
def test_a_stretch_in_percent_is_an_error(name):
    values = returns(sd=0.003)
    values[200:220] *= 100
    assert (name, "percent_returns", "error") in look(**{name: values})


@pytest.mark.parametrize("missing", range(0, 12, 3))
def test_stretches_are_those_of_a_loop_over_blocks(missing):
    values = returns(sd=0.003)
    values[100:133] *= 100
    values[250:] *= 100
    values[:missing] = np.nan  # blocks of ten and of eleven returns
    rows = np.flatnonzero(np.isfinite(values))
    blocks = np.array_split(rows, len(rows) // 10)
    sizes = np.array([np.median(np.abs(values[block])) for block in blocks])
    is_odd = (sizes > 0.1) & (sizes > 20 * np.quantile(sizes, 0.25))
    begins = [blocks[at][0] for at in np.flatnonzero(np.diff(is_odd, prepend=False) & is_odd)]
    panel = PricePanel.from_frame(
        pd.DataFrame({"MINE": values}, index=DAYS), content="returns", kind="log"
    )
    checks = inspect_prices(panel).query("check == 'percent_returns'")
    assert checks["date"].tolist() == DAYS[begins].tolist()
    assert len(begins) == 2


def test_a_crisis_is_no_percent():
    values, others = returns(), returns(seed=2)
    values[200:240] *= 6
    others[200:240] *= 6
    assert look(N225=values, MINE=others) == []


def test_zeros_in_a_market_that_moves_every_day():
    values = returns()
    values[::15] = 0.0
    assert look(N225=values) == [("N225", "filled_zeros", "warning")]
    assert look(MINE=values) == []


def test_a_column_with_many_empty_cells_is_said_with_the_share():
    values = returns()
    values[100:150:3] = np.nan
    frame = pd.DataFrame({"A": values, "B": returns(), "C": returns(seed=3)}, index=DAYS)
    panel = PricePanel.from_frame(frame, content="returns")
    (row,) = inspect_prices(panel, calendar="data").itertuples()
    assert (row.security, row.check, row.severity) == ("A", "empty_cells", "warning")
    assert "17 of 300 cells (5.7 %) are empty, in the other columns 0.0 %" in row.detail
    assert 'empty = "no_session"' in row.detail


def test_empty_cells_before_the_first_value_are_none():
    values = returns()
    values[:100] = np.nan
    assert look(A=values, B=returns(seed=2)) == []


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("N225", 1.5, "error"), ("N225", 0.8, "error"), ("USDCNH", 0.33, "error"),
        ("MINE", 1.5, "error"), ("MINE", 0.5, "warning"),
        ("SPX", -0.229, "warning"), ("EURUSD", -0.19, "warning"), ("HSI", -0.34, "warning"),
        ("VIX", 0.77, "warning"),
    ],
)  # fmt: skip
def test_what_no_market_has_seen_is_an_error_and_a_crash_is_not(name, value, severity):
    values = returns()
    values[150] = value
    assert look(**{name: values}) == [(name, "outlier", severity)]
