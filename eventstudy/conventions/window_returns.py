"""What the tests of a window are given: arrays of one group's pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowReturns:
    """Abnormal returns of ``N`` pairs over a window, and what they were estimated from.

    Attributes
    ----------
    abnormal : ``(N, L)`` decimal, NaN where missing or outside the pair's window; one at least a
        pair
    residuals : ``(N, T)`` of the estimation window in event time, NaN where not used
    sigma, df, n_obs : ``(N,)`` residual standard deviation, its degrees of freedom M - k, and M
    forecast, session_forecast : ``(N,)`` and ``(N, L)`` exact variance of the forecast error of
        the CAR and of each session, over ``sigma^2``
    n_factors : K, regressors of the model without its constant
    is_estimated : whether the model has estimated coefficients
    sign : ``(N,)`` +1 or -1: what each pair is multiplied by before pooling
    correlation : mean residual correlation as eventstudy takes it
    market, market_window : ``(N, T)`` and ``(N, L)`` the only regressor, in the estimation window
        (also where the pair has no return) and in the window; None where there is none or several
    length : L, sessions of the window
    event_correlation : mean residual correlation by event time where it is known already
    """

    abnormal: FloatArray
    residuals: FloatArray
    sigma: FloatArray
    df: FloatArray
    n_obs: IntArray
    forecast: FloatArray
    session_forecast: FloatArray
    n_factors: int
    is_estimated: bool
    sign: FloatArray
    correlation: float
    length: int
    market: FloatArray | None = None
    market_window: FloatArray | None = None
    event_correlation: float | None = None

    @property
    def n_pairs(self) -> int:
        """N."""
        return len(self.sigma)

    @property
    def n_sessions(self) -> IntArray:
        """``(N,)`` sessions of the window with an abnormal return."""
        return np.asarray(np.isfinite(self.abnormal).sum(axis=1))

    @property
    def car(self) -> FloatArray:
        """``(N,)`` cumulative abnormal returns, not multiplied by `sign`."""
        return np.asarray(np.nansum(self.abnormal, axis=1))

    def single(self) -> WindowReturns:
        """Return the same with abnormal returns and residuals rounded to single precision."""
        return replace(self, abnormal=in_single(self.abnormal), residuals=in_single(self.residuals))


def in_single(values: FloatArray) -> FloatArray:
    """Return values rounded to single precision, as double.

    Examples
    --------
    >>> float(in_single(np.array([0.1]))[0])
    0.10000000149011612
    """
    return values.astype(np.float32).astype(np.float64)
