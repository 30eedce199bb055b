"""When a bar contradicts itself: a low above its high, or a price outside both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def contradictions(bars: Mapping[str, FloatArray]) -> list[tuple[int, str]]:
    """Return row and sentence for each bar that contradicts itself, and each impossible volume.

    Closes and opens may lie outside the range by what vendors' rounding makes, a tenth of a
    percent; empty cells contradict nothing.
    """
    found: list[tuple[int, str]] = []
    length = len(next(iter(bars.values()), ()))
    low = bars.get("low", np.full(length, np.nan))
    high = bars.get("high", np.full(length, np.nan))
    is_inverted = is_range_inverted(low, high)
    found += [
        (int(row), f"low {low[row]:g} is above its high {high[row]:g}")
        for row in np.flatnonzero(is_inverted)
    ]
    for column in ("open", "close"):
        if column not in bars:
            continue
        value = bars[column]
        is_outside = is_outside_range(value, low, high)
        for row in np.flatnonzero(is_outside & ~is_inverted):
            span = f"[{low[row]:g}, {high[row]:g}]"
            reason = f"{column} {value[row]:g} lies outside its low and high {span}"
            found.append((int(row), reason))
    volume = bars.get("volume", np.empty(0))
    for row in np.flatnonzero((volume < 0) | np.isinf(volume)):
        reason = f"volume {volume[row]:g} is not a number of 0 or more"
        found.append((int(row), reason))
    return found


def usable_bars(
    closes: FloatArray, bars: Mapping[str, FloatArray]
) -> tuple[dict[str, FloatArray], list[tuple[int, str]]]:
    """Return bars without those that contradict themselves, and row and sentence of each of them.

    Of such a bar the close alone is used.
    """
    found = contradictions({**bars, "close": closes})
    for column, values in bars.items():
        if column != "volume":
            wrong_rows = np.flatnonzero(np.isfinite(values) & (values <= 0) | np.isinf(values))
            found += [(int(at), f"{column} {values[at]:g} is no price") for at in wrong_rows]
    keep = np.ones(len(closes), dtype=bool)
    keep[[row for row, _ in found]] = False
    first_reason = dict(reversed(found))  # the first of a bar
    return (
        {column: np.where(keep, values, np.nan) for column, values in bars.items()},
        [
            (row, f"{first_reason[row]}; of this bar the close alone is used")
            for row in sorted(first_reason)
        ],
    )
