"""When a bar contradicts itself."""

from __future__ import annotations

import numpy as np

from eventstudy.prices.bar_rules import (
    ROUNDING,
    contradictions,
    is_outside_range,
    is_range_inverted,
    usable_bars,
)


def test_a_low_above_its_high_by_more_than_rounding():
    low = np.array([10.0, 10.0, 10.0 * (1 + 0.9 * ROUNDING), 10.02, np.nan])
    high = np.array([11.0, 10.0, 10.0, 10.0, 9.0])
    assert is_range_inverted(low, high).tolist() == [False, False, False, True, False]


def test_a_price_outside_its_bar_by_more_than_rounding():
    price = np.array([9.98, 9.995, 10.5, 11.005, 11.02, np.nan])
    outside = [True, False, False, False, True, False]
    low, high = np.full(6, 10.0), np.full(6, 11.0)
    assert is_outside_range(price, low, high).tolist() == outside
    # a bound that is missing bounds nothing
    nothing = np.full(6, np.nan)
    assert is_outside_range(price, low, nothing).tolist() == [True, *[False] * 5]
    assert is_outside_range(price, nothing, high).tolist() == [*[False] * 4, True, False]


def test_a_bar_that_contradicts_itself_is_emptied_and_told():
    close = np.array([10.0, 10.0, 10.0, 10.0])
    bars = {
        "high": np.array([11.0, 9.0, 11.0, 11.0]),
        "low": np.array([9.0, 8.0, 12.0, 9.0]),
        "volume": np.array([1.0, 1.0, 1.0, -1.0]),
    }
    kept, found = usable_bars(close, bars)
    assert [row for row, _ in found] == [1, 2, 3]
    assert np.isfinite(kept["high"]).tolist() == [True, False, False, False]
    assert found[0][1].startswith("close 10 lies outside its low and high [8, 9]")
    assert contradictions({"close": close}) == []
