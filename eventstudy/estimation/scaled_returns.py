"""CAR and conditional volatility of any number of positions, without keeping their sessions.

A placebo test needs two numbers of a position in a window: its CAR and the volatility known before
it. Neither needs a row of sessions a position: the path of the volatility, a recursion from the
first estimation session on, is a quadratic form of the position's coefficients in running sums
along the series, so that a position costs the same however long its estimation window is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.estimation.abnormal import CumulativeReturns
from eventstudy.kernels import DECAY, discounted_sums, ewma_variance, gather

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.windows import Window

# A variance below this share of what it is the difference of is taken from the path itself: its
# digits would be lost.
_MIN_SHARE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Positions:
    """``U`` positions with the coefficients of their normal returns.

    Attributes
    ----------
    security, day0, extension : ``(U,)`` as in `AbnormalReturns`
    intercept, sigma : ``(U,)``
    slopes : ``(U, K)``
    """

    security: IntArray
    day0: IntArray
    extension: IntArray
    intercept: FloatArray
    slopes: FloatArray
    sigma: FloatArray


def scaled_returns(
    returns: FloatArray,
    factors: FloatArray,
    positions: Positions,
    windows: Sequence[Window],
    *,
    begin: int,
) -> dict[Window, CumulativeReturns]:
    """Cumulate abnormal returns of positions over windows and scale them by volatility.

    The numbers are those of `abnormal_returns` and `cumulate` for models whose coefficients hold
    on every session, with the exponentially weighted volatility:
    ``h^2 = d^n sigma^2 + (1-d) sum_j d^(n-1-j) AR_j^2`` over the ``n`` sessions with a return from
    the first of the path to the last before the window, ``d = 0.94``.

    Parameters
    ----------
    returns, factors
        ``(N, T)`` and ``(N, T, K)``; NaN is missing and stays so.
    positions
        Those asked about.
    windows
        Each starts earlier by a position's extension.
    begin
        Event time at which the path of the volatility starts.

    Returns
    -------
    CAR, z, volatility and number of sessions by window; the rest, which takes a row of sessions a
    position, is NaN throughout.
    """
    n_positions = len(positions.security)
    car = {window: np.zeros(n_positions) for window in windows}
    number = {window: np.zeros(n_positions, dtype=np.int64) for window in windows}
    volatility = {window: np.empty(n_positions) for window in windows}
    for rows in _blocks(positions.security, returns.shape[1]):
        _add_block(
            returns, factors, positions, rows, begin=begin, car=car, number=number,
            volatility=volatility,
        )  # fmt: skip
    unknown = np.broadcast_to(np.nan, n_positions)
    found = {}
    for window in windows:
        car[window][number[window] == 0] = np.nan
        with np.errstate(divide="ignore", invalid="ignore"):
            z = car[window] / volatility[window]
        found[window] = CumulativeReturns(
            window=window,
            car=car[window],
            std_error=unknown,
            scar=unknown,
            csar=unknown,
            n_sessions=number[window],
            bhar=unknown,
            z=z,
            volatility=volatility[window],
            present=np.empty((n_positions, 0)),
        )
    return found


# Positions worked on at a time, so that what they need stays in the processor's own memory.
_BLOCK = 100_000


def _blocks(security: IntArray, n_sessions: int) -> list[IntArray]:
    """Rows of the positions of a few securities at a time."""
    if not len(security):
        return []
    order = np.argsort(security, kind="stable")
    few = max(1, _BLOCK // max(n_sessions, 1))
    edges = np.arange(few, int(security.max()) + 1, few)
    return [rows for rows in np.split(order, np.searchsorted(security[order], edges)) if rows.size]


def _add_block(
    returns: FloatArray,
    factors: FloatArray,
    positions: Positions,
    rows: IntArray,
    *,
    begin: int,
    car: dict[Window, FloatArray],
    number: dict[Window, IntArray],
    volatility: dict[Window, FloatArray],
) -> None:
    """Fill in the rows of positions whose securities lie close together."""
    first = int(positions.security[rows[0]])
    last = int(positions.security[rows[-1]])
    y, x = returns[first : last + 1], factors[first : last + 1]
    t = y.shape[1]
    security = positions.security[rows] - first
    line = security * t
    day0, extension = positions.day0[rows], positions.extension[rows]
    intercept, slopes = positions.intercept[rows], positions.slopes[rows]
    flat_y, flat_x = y.ravel(), x.reshape(y.size, x.shape[2])
    widest = int(extension.max(initial=0))
    for tau in range(
        min(window.start for window in car) - widest, max(window.end for window in car) + 1
    ):
        asked = [window for window in car if window.start - widest <= tau <= window.end]
        if not asked:
            continue
        column = day0 + tau
        inside = (column >= 0) & (column < t)
        at = line + np.where(inside, column, 0)
        normal = intercept + np.einsum("pk,pk->p", flat_x[at], slopes)
        abnormal = flat_y[at] - normal
        is_there = inside & np.isfinite(abnormal)
        for window in asked:
            held = is_there & (tau >= window.start - extension) if widest else is_there
            car[window][rows] += np.where(held, abnormal, 0.0)
            number[window][rows] += held
    values = np.concatenate([np.ones((*y.shape, 1)), y[..., None], x], axis=2)
    sums, count = discounted_sums(values)
    weight = np.column_stack([-intercept, np.ones(len(rows)), -slopes])
    sigma = positions.sigma[rows]
    line = security * (t + 1)
    low = np.clip(day0 + begin, 0, t)
    for window in car:
        high = np.clip(day0 + window.start - extension, low, t)
        n = count.ravel()[line + high] - count.ravel()[line + low]
        variance, doubtful = _variance(sums, weight, line + low, line + high, n, sigma)
        again = np.flatnonzero(doubtful)
        if again.size:
            length = int((high - low)[again].max())
            own = security[again]
            path = gather(y, own, low[again], length)
            path -= intercept[again, None] + np.einsum(
                "psk,pk->ps", gather(x, own, low[again], length), slopes[again]
            )
            path[np.arange(length) >= (high - low)[again, None]] = np.nan
            variance[again] = ewma_variance(path, sigma[again] ** 2)[:, -1]
        volatility[window][rows] = np.sqrt(variance)


def _variance(
    sums: FloatArray,
    weight: FloatArray,
    low: IntArray,
    high: IntArray,
    n: FloatArray,
    sigma: FloatArray,
) -> tuple[FloatArray, BoolArray]:
    """Variance known at entry `high` of paths from `low` on, and where digits were lost."""
    faded = DECAY**n
    news, size = np.zeros(len(n)), np.zeros(len(n))
    product = iter(sums)
    for one in range(weight.shape[1]):
        for other in range(one, weight.shape[1]):
            total = next(product).ravel()
            until = total[high]
            share = weight[:, one] * weight[:, other]
            if one == other:
                size += share * until
            else:
                share = share * 2.0
            news += share * (until - faded * total[low])
    old = faded * sigma**2
    with np.errstate(invalid="ignore"):
        doubtful = (1.0 - DECAY) * size * _MIN_SHARE > old + (1.0 - DECAY) * news
    return old + (1.0 - DECAY) * np.maximum(news, 0.0), doubtful
