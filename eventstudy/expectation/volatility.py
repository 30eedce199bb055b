"""The daily volatility of a market that was known before a session began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.kernels import ewma_variance
from eventstudy.registry import choose

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray

FEWEST = 20
"""Returns a volatility is measured on, at the least."""
KINDS = ("ewma", "ewma_slow", "sd20", "sd60", "sd250", "blend")
"""Exponentially weighted (0.94, 0.97); root mean square of the last 20, 60 or 250 sessions; the
root of the mean of ``ewma`` and ``sd250`` squared."""

USUAL_KIND = "blend"
"""The one forecasts did best with; see docs/expect.md."""

_DECAY = {"ewma": 0.94, "ewma_slow": 0.97}


def daily_volatility(returns: FloatArray, kind: str = USUAL_KIND) -> FloatArray:
    """Return the volatility known before each session, and after the last one.

    Parameters
    ----------
    returns : array, (N, T)
        Decimal returns; NaN is missing and takes no part.
    kind
        One of `KINDS`. ``ewma``: ``h^2 = sum w r^2 / sum w`` with ``w = 0.94^k``, ``k`` the
        sessions since; the mean is taken to be 0, as it is over a day. ``blend`` leans half-way
        back to the level of the year, as volatility itself does.

    Returns
    -------
    array, (N, T + 1)
        Column ``t`` uses the sessions before ``t``; NaN where they are fewer than `FEWEST`, or
        never moved.

    References
    ----------
    RiskMetrics Technical Document (J.P. Morgan, 1996), for the weights 0.94.

    Examples
    --------
    >>> calm = np.full((1, 30), 0.01)
    >>> daily_volatility(calm)[0, [19, 20, 30]].round(6).tolist()
    [nan, 0.01, 0.01]
    """
    choose(kind, KINDS, "volatility")
    if kind == "blend":
        fast, slow = (daily_volatility(returns, part) for part in ("ewma", "sd250"))
        return np.asarray(np.sqrt((fast**2 + slow**2) / 2), dtype=np.float64)
    seen = np.isfinite(returns)
    before = np.zeros((returns.shape[0], returns.shape[1] + 1))
    np.cumsum(seen, axis=1, out=before[:, 1:])
    square = np.where(seen, returns, 0.0) ** 2
    if kind in _DECAY:
        nothing = np.zeros(len(returns))
        decay = _DECAY[kind]
        # A missing session leaves both sums as they are.
        total = ewma_variance(np.where(seen, returns, np.nan), nothing, decay)
        weight = ewma_variance(np.where(seen, 1.0, np.nan), nothing, decay)
        number = before
    else:
        length = int(kind.removeprefix("sd"))
        sums = np.zeros_like(before)
        np.cumsum(square, axis=1, out=sums[:, 1:])
        first = np.maximum(np.arange(before.shape[1]) - length, 0)
        total, weight = sums - sums[:, first], before - before[:, first]
        number = weight
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where((number >= FEWEST) & (total > 0), total / weight, np.nan)
    return np.asarray(np.sqrt(variance), dtype=np.float64)
