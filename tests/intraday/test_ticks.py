"""Bars outside themselves, and single ticks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.intraday.ticks import contradicts_itself, spikes

TIMES = pd.date_range("2025-03-03T14:30Z", periods=300, freq="5min")


def table(close):
    return pd.DataFrame({"start": TIMES[: len(close)], "close": close})


def walk(sd=0.001):
    return 100 * np.exp(np.cumsum(np.random.default_rng(1).standard_t(4, 300) * sd))


def test_a_close_or_open_outside_its_own_bar():
    bars = pd.DataFrame(
        {
            "open": [100.0, 90.0, 100.0, np.nan],
            "high": [101.0, 101.0, 101.0, np.nan],
            "low": [99.0, 99.0, 99.0, np.nan],
            "close": [100.0, 100.0, 1000.0, 1000.0],
        }
    )
    assert contradicts_itself(bars).tolist() == [False, True, True, False]


@pytest.mark.parametrize("factor", [1.05, 0.95, 10.0])
def test_a_tick_away_from_both_neighbours_is_told(factor):
    close = walk()
    close[200] *= factor
    assert "2025-03-04T07:10Z" in spikes(table(close))


def test_a_price_that_moves_and_stays_is_no_tick():
    close = walk()
    assert spikes(table(close)) == ""
    close[200:] *= 1.05
    assert spikes(table(close)) == ""
    assert spikes(table(close[:40])) == ""
