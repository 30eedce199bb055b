"""Columns that are surely calm: none of them has a finding about its moves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from checked_prices import DAYS, NOW

from eventstudy.prices.checks.calm import _medians, surely_calm
from eventstudy.prices.checks.inspection import inspect_prices
from eventstudy.prices.checks.returns import return_checks
from eventstudy.prices.checks.values import value_checks
from eventstudy.prices.panel import PricePanel

OWN = {"jump_reversal", "outlier", "unit_break", "stale_close", "percent_returns", "filled_zeros"}


def damaged_returns(rng):
    """Return returns of many columns, most of them with something that a check may mind."""
    frame = rng.normal(0, 0.01, (len(DAYS), 60))
    for column in range(10, 60):
        at = int(rng.integers(1, len(DAYS) - 10))
        kind = column % 6
        if kind == 0:
            frame[at, column] = rng.choice([-0.3, 0.09, 0.2, 0.7])
        elif kind == 1:
            frame[at : at + int(rng.integers(1, 6)), column] = 0.0
        elif kind == 2:
            frame[at : at + 10, column] *= 40.0
        elif kind == 3:
            frame[:at, column] = np.nan
        elif kind == 4:
            frame[at : at + 2, column] = 0.15, -0.12
        else:
            frame[rng.random(len(DAYS)) < 0.1, column] = 0.0
    frame = np.clip(frame, -0.9, None)
    return pd.DataFrame(frame, index=pd.DatetimeIndex(DAYS.astype("M8[ns]"))).add_prefix("C")


@pytest.mark.parametrize("content", ["returns", "prices"])
@pytest.mark.parametrize("seed", [1, 2])
def test_calm_columns_have_no_finding_of_their_own(monkeypatch, content, seed):
    frame = damaged_returns(np.random.default_rng(seed))
    if content == "prices":
        frame = 100 * np.exp(frame.fillna(0.001).cumsum())
    panel = PricePanel.from_frame(frame, content=content)
    seen = []

    def watched(columns):
        calm = surely_calm(columns)
        seen.extend(zip(columns, calm, strict=True))
        return calm

    monkeypatch.setattr("eventstudy.prices.checks.inspection.surely_calm", watched)
    checks = inspect_prices(panel, now=NOW, calendar="data")
    for column, calm in seen:
        if calm:
            assert value_checks(column) + return_checks(column) == []
    assert sum(calm for _, calm in seen) >= 8

    def nothing(columns):
        return np.zeros(len(columns), dtype=bool)

    monkeypatch.setattr("eventstudy.prices.checks.inspection.surely_calm", nothing)
    one_by_one = inspect_prices(panel, now=NOW, calendar="data")
    pd.testing.assert_frame_equal(checks, one_by_one)
    assert OWN & set(checks["check"])


@pytest.mark.parametrize("length", [21, 22])
def test_medians_of_lines_are_numpys(length):
    values = np.random.default_rng(4).normal(size=(7, length))
    np.testing.assert_array_equal(_medians(values), np.median(values, axis=1))
