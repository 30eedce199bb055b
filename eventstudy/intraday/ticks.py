"""Prices of bars that cannot be: outside their own bar, or a tick away from both neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.bar_rules import is_outside_range
from eventstudy.prices.checks.base import isolated_reversals, local_scale

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy._typing import BoolArray

OUTSIDE = "its open or close lies outside its own low and high"
"""Why a bar is left out."""

SPIKE_SD = 15.0
LEAST_SPIKE = 0.003  # log; a spread that bounces moves less
_WINDOW = 121
_MIN_BARS = 60
_SHOWN = 3


def contradicts_itself(table: pd.DataFrame) -> BoolArray:
    """Return which bars have an open or close outside their low and high by more than rounding."""
    low, high = (table[name].to_numpy(dtype=np.float64) for name in ("low", "high"))
    out = np.zeros(len(table), dtype=bool)
    with np.errstate(invalid="ignore"):
        for name in ("open", "close"):
            out |= is_outside_range(table[name].to_numpy(dtype=np.float64), low, high)
    return out


def spikes(table: pd.DataFrame) -> str:
    """Return what is said of closes far from those before and after them; empty of none.

    A move of over 15 robust standard deviations of its 121 neighbours (and 0.3 %), at least half
    undone by the next bar, next to no other such move: a tick that was no price, or news that did
    not last.

    Parameters
    ----------
    table
        Bars of one security, ascending: ``start`` and ``close``.
    """
    used = table[table["close"].notna()]
    close = used["close"].to_numpy(dtype=np.float64)
    if len(close) < _MIN_BARS:
        return ""
    moves = np.diff(np.log(close))
    limit = np.maximum(SPIKE_SD * local_scale(moves, _WINDOW), LEAST_SPIKE)
    at = np.flatnonzero(isolated_reversals(moves[:-1], moves[1:], (limit[:-1], limit[1:])))
    if len(at) == 0:
        return ""
    starts = used["start"].iloc[at + 1]
    listed = ", ".join(
        f"{start:%Y-%m-%dT%H:%MZ} ({close[row]:g}, {close[row + 1]:g}, {close[row + 2]:g})"
        for row, start in zip(at[:_SHOWN].tolist(), starts.iloc[:_SHOWN], strict=True)
    )
    more = f" and {len(at) - _SHOWN} more" if len(at) > _SHOWN else ""
    return (
        f"closes far from the bars before and after them, as a wrong tick is: {listed}{more}; "
        "compare them with another source"
    )
