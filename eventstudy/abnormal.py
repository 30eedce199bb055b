"""Abnormal returns of event-security pairs, cumulated over windows, with their exact variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.kernels import ewma_variance, gather

if TYPE_CHECKING:
    from eventstudy._typing import DateArray, FloatArray, IntArray
    from eventstudy.models.base import EstimationSample, ModelFit, NormalReturnModel
    from eventstudy.panel import ReturnsPanel
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbnormalReturns:
    """Abnormal returns of ``P`` positions (security, day 0) and all they were made from.

    Attributes
    ----------
    security, day0 : ``(P,)`` row and column in the panel
    extension : ``(P,)`` sessions by which CAR windows start earlier (policy ``widen``), else 0
    event : the study's event window
    taus : ``(W,)`` event times, wide enough for the largest extension
    dates : ``(P, W)`` session labels; NaT outside the rows
    returns, normal, abnormal : ``(P, W)`` decimal; NaN where missing
    factors : ``(P, W, K)``
    std_error : ``(P, W)`` exact forecast standard error ``sigma sqrt(C)``
    standardized : ``(P, W)`` SAR
    residuals : ``(P, L)`` estimation residuals in event time, NaN where not used
    volatility : ``(P, W)`` conditional volatility ``h`` known before each session
    fit : the models
    """

    security: IntArray
    day0: IntArray
    extension: IntArray
    event: Window
    taus: IntArray
    dates: DateArray
    returns: FloatArray
    normal: FloatArray
    abnormal: FloatArray
    factors: FloatArray
    std_error: FloatArray
    standardized: FloatArray
    residuals: FloatArray
    volatility: FloatArray
    fit: ModelFit


def abnormal_returns(
    model: NormalReturnModel,
    panel: ReturnsPanel,
    sample: EstimationSample,
    *,
    day0: IntArray,
    estimation: Window,
    event: Window,
    extension: IntArray | None = None,
) -> AbnormalReturns:
    """Fit every position and take its abnormal returns.

    ``AR = R - (a + b'x)``; ``V(AR) = sigma^2 C`` with ``C = 1 + x_tau'(X'X)^{-1}x_tau`` (Campbell,
    Lo, MacKinlay 1997, ch. 4.4); ``h`` is the exponentially weighted volatility (0.94) of the
    position's own abnormal returns, started at ``sigma`` on the first estimation session.

    Parameters
    ----------
    panel
        Returns ``(N, T)`` and factors ``(N, T, K)``; NaN is missing and stays so.
    sample
        Estimation windows of the same positions; its returns may be masked, the panel's are not.
    day0
        ``(P,)`` column of day 0.
    """
    security = sample.security
    fit = model.fit(sample)
    extra = np.zeros(len(security), dtype=np.int64) if extension is None else extension
    widest = int(extra.max(initial=0))
    first = day0 + estimation.start
    span = event.end - estimation.start + 1
    returns = gather(panel.returns, security, first, span)
    factors = gather(panel.factors, security, first, span)
    normal = fit.intercept[:, None] + np.einsum("psk,pk->ps", factors, fit.slopes)
    path = returns - normal

    used = np.isfinite(gather(sample.returns, security, first, estimation.length))
    residuals = np.where(used, path[:, : estimation.length], np.nan)
    volatility = np.sqrt(ewma_variance(path, fit.sigma**2))

    taus = np.arange(event.start - widest, event.end + 1, dtype=np.int64)
    cut = slice(int(taus[0]) - estimation.start, span)
    x = factors[:, cut]
    deviation = x - fit.x_mean[:, None, :]
    scale = 1.0 + fit.mean_weight[:, None]
    scale = scale + np.einsum("pwk,pkl,pwl->pw", deviation, fit.x_precision, deviation)
    std_error = fit.sigma[:, None] * np.sqrt(scale)
    abnormal = path[:, cut]

    columns = day0[:, None] + taus
    inside = (columns >= 0) & (columns < panel.dates.shape[1])
    dates = panel.dates[security[:, None], np.where(inside, columns, 0)]
    dates[~inside] = np.datetime64("NaT", "D")
    return AbnormalReturns(
        security=security,
        day0=day0,
        extension=extra,
        event=event,
        taus=taus,
        dates=dates,
        returns=returns[:, cut],
        normal=normal[:, cut],
        abnormal=abnormal,
        factors=x,
        std_error=std_error,
        standardized=abnormal / std_error,
        residuals=residuals,
        volatility=volatility[:, cut],
        fit=fit,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeReturns:
    """Abnormal returns of ``P`` positions cumulated over one window; NaN where none is there.

    Attributes
    ----------
    car : ``(P,)`` sum of the abnormal returns that are there
    std_error : ``(P,)`` exact forecast standard error of that sum
    scar : ``(P,)`` CAR over its standard error
    csar : ``(P,)`` sum of the SARs
    n_sessions : ``(P,)`` sessions with an abnormal return, L_i
    bhar : ``(P,)`` buy-and-hold abnormal return; NaN for log returns
    z : ``(P,)`` CAR over the conditional volatility known before the window
    volatility : ``(P,)`` that volatility
    present : ``(P, W)`` which event times the window holds for each position
    """

    window: Window
    car: FloatArray
    std_error: FloatArray
    scar: FloatArray
    csar: FloatArray
    n_sessions: IntArray
    bhar: FloatArray
    z: FloatArray
    volatility: FloatArray
    present: FloatArray


def cumulate(returns: AbnormalReturns, window: Window, *, simple: bool = True) -> CumulativeReturns:
    """Cumulate abnormal returns over `window` (started earlier by each position's extension).

    ``V(CAR) = sigma^2 [L + 1'X_W (X'X)^{-1} X_W'1]`` over the sessions that are there, never
    ``sigma sqrt(L)`` alone.
    """
    start = window.start - returns.extension
    inside = (returns.taus[None, :] >= start[:, None]) & (returns.taus[None, :] <= window.end)
    present = inside & np.isfinite(returns.abnormal)
    n = present.sum(axis=1)
    empty = n == 0

    def total(values: FloatArray) -> FloatArray:
        summed = np.where(present, values, 0.0).sum(axis=1)
        return np.where(empty, np.nan, summed)

    car = total(returns.abnormal)
    fit = returns.fit
    deviation = np.where(present[..., None], returns.factors - fit.x_mean[:, None, :], 0.0).sum(
        axis=1
    )
    scale = n + n**2 * fit.mean_weight
    scale = scale + np.einsum("pk,pkl,pl->p", deviation, fit.x_precision, deviation)
    std_error = np.where(empty, np.nan, fit.sigma * np.sqrt(scale))
    if simple:
        held = np.where(present, 1.0 + returns.returns, 1.0).prod(axis=1)
        normal = np.where(present, 1.0 + returns.normal, 1.0).prod(axis=1)
        bhar = np.where(empty, np.nan, held - normal)
    else:
        bhar = np.full(len(n), np.nan)
    column = np.clip(start - returns.taus[0], 0, len(returns.taus) - 1)
    volatility = returns.volatility[np.arange(len(n)), column]
    return CumulativeReturns(
        window=window,
        car=car,
        std_error=std_error,
        scar=car / std_error,
        csar=total(returns.standardized),
        n_sessions=n,
        bhar=bhar,
        z=car / volatility,
        volatility=volatility,
        present=present.astype(np.float64),
    )
