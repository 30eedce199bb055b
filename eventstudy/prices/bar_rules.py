"""When a bar contradicts itself: a low above its high, or a price outside both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray

ROUNDING = 1e-3
"""Relative difference that rounding makes, or a quote taken at another moment than its bar."""


def is_range_inverted(low: FloatArray, high: FloatArray) -> BoolArray:
    """Return where a low is above its high by more than rounding; False where one is NaN."""
    return np.asarray(low > high * (1.0 + ROUNDING))


def is_outside_range(value: FloatArray, low: FloatArray, high: FloatArray) -> BoolArray:
    """Return where a price is below the low or above the high by more than rounding.

    A bound that is NaN bounds nothing; a price that is NaN is nowhere outside.
    """
    return np.asarray((value < low * (1.0 - ROUNDING)) | (value > high * (1.0 + ROUNDING)))
