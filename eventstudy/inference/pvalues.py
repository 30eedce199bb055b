"""P-values: from a symmetric law, from both tails of any law, and as a rank among draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy._typing import LEVEL, TIE
from eventstudy.kernels import marks_in_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from eventstudy._typing import Alternative, FloatArray


REPLICATIONS = 999
"""Of a bootstrap: with the sample itself 1,000, so that the level is a whole number of them."""


def direction_of(alternative: Alternative) -> float:
    """Return -1 where a smaller value speaks against the null (``less``), else 1."""
    return -1.0 if alternative == "less" else 1.0


def against_null(values: FloatArray | float, alternative: Alternative) -> FloatArray:
    """Turn statistics so that a larger one speaks more against the null: ``|x|``, ``x`` or ``-x``.

    Examples
    --------
    >>> against_null(np.array([-2.0, 1.0]), "less").tolist()
    [2.0, -1.0]
    """
    array = np.asarray(values, dtype=np.float64)
    if alternative == "two-sided":
        return np.abs(array)
    return direction_of(alternative) * array


def symmetric_pvalue(
    statistic: FloatArray, alternative: Alternative, below: Callable[[FloatArray], ArrayLike]
) -> FloatArray:
    """P-value of a statistic whose law is symmetric about 0 and has the lower tail `below`.

    ``2 F(-|x|)``, ``F(-x)`` for greater, ``F(x)`` for less; NaN where the statistic is.
    """
    if alternative == "two-sided":
        return np.asarray(2.0 * np.asarray(below(-np.abs(statistic))), dtype=np.float64)
    return np.asarray(below(statistic if alternative == "less" else -statistic), dtype=np.float64)


def student_pvalue(
    statistic: FloatArray | float,
    df: FloatArray | float,
    alternative: Alternative = "two-sided",
) -> FloatArray:
    """P-value from Student's t with `df` degrees of freedom.

    Examples
    --------
    >>> round(float(student_pvalue(2.0, 10.0)), 4)
    0.0734
    """
    from scipy.special import stdtr

    return symmetric_pvalue(
        np.asarray(statistic, dtype=np.float64), alternative, lambda x: stdtr(df, x)
    )


def normal_pvalue(
    statistic: FloatArray | float, alternative: Alternative = "two-sided"
) -> FloatArray:
    """P-value from the standard normal.

    Examples
    --------
    >>> round(float(normal_pvalue(1.96)), 3)
    0.05
    """
    from scipy.special import ndtr

    return symmetric_pvalue(np.asarray(statistic, dtype=np.float64), alternative, ndtr)


def two_tailed_pvalue(below: ArrayLike, above: ArrayLike, alternative: Alternative) -> FloatArray:
    """P-value from ``P(X <= x)`` and ``P(X >= x)`` of a law that need not be symmetric.

    Twice the smaller tail and at most 1, `above` for greater, `below` for less; NaN where they are.

    Examples
    --------
    >>> float(two_tailed_pvalue(0.99, 0.02, "two-sided"))
    0.04
    """
    if alternative == "two-sided":
        smaller = np.asarray(np.minimum(below, above), dtype=np.float64)
        return np.minimum(1.0, 2.0 * smaller)
    return np.asarray(above if alternative == "greater" else below, dtype=np.float64)


def rank_pvalue(
    value: ArrayLike,
    draws: FloatArray,
    *,
    holds_value: bool = False,
    tie: ArrayLike | None = None,
) -> FloatArray:
    """``(1 + #{draw >= value}) / (1 + #draws)``: the rank of a value among draws under the null.

    Parameters
    ----------
    value
        ``(V,)`` or one number, larger the more it speaks against the null: see `against_null`.
    draws
        ``(B,)``, the same for every value, or ``(V, B)``, a line for each; NaN is no draw.
    holds_value
        Whether the draws are all there are, the value among them: then it is not counted beside
        them, ``#{draw >= value} / #draws``.
    tie
        ``(V,)`` or one number: draws so little below the value count as equal to it; by default
        `TIE` times its size.

    Returns
    -------
    The shape of `value`; NaN where the value is not finite, or has no draw.

    References
    ----------
    Phipson and Smyth (SAGMB 2010), why the value itself is counted.

    Examples
    --------
    >>> float(rank_pvalue(3.0, np.array([1.0, 2.0, 3.0, 4.0])))
    0.6
    >>> float(rank_pvalue(3.0, np.array([1.0, 2.0, 3.0, 4.0]), holds_value=True))
    0.5
    """
    value = np.asarray(value, dtype=np.float64)
    with np.errstate(invalid="ignore"):  # an infinite value has no rank
        edge = value - np.asarray(TIE * np.abs(value) if tie is None else tie)
    if draws.ndim == 1 and value.ndim == 0:  # one value is sooner compared than ranked
        number = np.asarray(len(draws) - np.count_nonzero(np.isnan(draws)))
        reached = np.asarray(np.count_nonzero(draws >= edge))
    elif draws.ndim == 1:
        ordered = np.sort(draws[~np.isnan(draws)])
        number = np.asarray(len(ordered))
        reached = number - np.searchsorted(ordered, edge, side="left")
    else:
        missing = np.isnan(draws)
        number = np.full(len(draws), draws.shape[1])
        if missing.any():
            number -= marks_in_rows(missing)
        reached = marks_in_rows(draws >= edge[:, None])
    itself = 0 if holds_value else 1
    share = (itself + reached) / np.maximum(itself + number, 1)
    return np.where(np.isfinite(value) & (number > 0), share, np.nan)


def interval_reach(std_error: FloatArray | float, df: FloatArray | float) -> FloatArray:
    """Half the width of the 95 % interval of an estimate with Student's t, in its own unit."""
    from scipy.special import stdtrit

    return np.asarray(-stdtrit(df, LEVEL / 2) * std_error, dtype=np.float64)
