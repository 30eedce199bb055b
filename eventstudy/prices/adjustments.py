"""Where an adjusted close moves otherwise than the close: dividends and splits in the returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray

LEAST = 1e-3
"""Difference of two log returns below which it is rounding."""


class Adjustment(NamedTuple):
    """A session whose return differs: its row, and the sentence."""

    row: int
    detail: str


def adjustments(closes: FloatArray, adjusted: FloatArray, column: str) -> list[Adjustment]:
    """Return the sessions on which closes and adjusted closes have different returns.

    Parameters
    ----------
    closes, adjusted
        ``(T,)`` each; NaN is missing. Sessions are compared with the one before that has both.
    column
        What the adjusted closes are called.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        is_used = (closes > 0) & (adjusted > 0) & np.isfinite(closes) & np.isfinite(adjusted)
    rows = np.flatnonzero(is_used)
    close, other = np.diff(np.log(closes[rows])), np.diff(np.log(adjusted[rows]))
    # closes of a few cents are rounded coarsely
    rounding = 0.01 / np.minimum(closes[rows], adjusted[rows])
    least = np.maximum(LEAST, np.minimum(rounding[1:] + rounding[:-1], 0.02))
    return [
        Adjustment(
            int(rows[at + 1]),
            f"the close moves {100 * np.expm1(close[at]):+.2f} % and {column!r} "
            f"{100 * np.expm1(other[at]):+.2f} %: a dividend or a split is in the return; study "
            f"the adjusted closes",
        )
        for at in np.flatnonzero(np.abs(close - other) > least).tolist()
    ]
