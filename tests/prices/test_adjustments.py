"""Where an adjusted close moves otherwise than the close."""

from __future__ import annotations

import numpy as np

from eventstudy.prices.adjustments import adjustments


def test_a_dividend_is_found_on_its_day_and_rounding_is_not():
    close = np.array([100.0, 101.0, 98.0, 99.0, np.nan, 100.0])
    adjusted = np.round(close * [0.97, 0.97, 1, 1, 1, 1], 2)
    (found,) = adjustments(close, adjusted, "Adj Close")
    assert found.row == 2
    assert "the close moves -2.97 % and 'Adj Close' +0.03 %" in found.detail


def test_equal_columns_have_none():
    close = np.array([100.0, 101.0, 98.0])
    assert adjustments(close, close, "adj") == []
