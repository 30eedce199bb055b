"""When a bar contradicts itself."""

from __future__ import annotations

import numpy as np

from eventstudy.prices.bar_rules import ROUNDING, is_outside_range, is_range_inverted


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
