"""Abnormal returns of event-security pairs, cumulated over windows, with their exact variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.kernels import ewma_variance, gather, window_moments
from eventstudy.models.base import fit_model

if TYPE_CHECKING:
    from eventstudy._typing import (
        BoolArray,
        DateArray,
        FloatArray,
        IntArray,
        Volatility,
    )
    from eventstudy.models.base import EstimationSample, ModelFit, NormalReturnModel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.windows import EstimationWindow, Window


# Pairs whose paths are taken at a time.
_PAIRS = 512


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbnormalReturns:
    """Abnormal returns of ``P`` positions (security, day 0) and what they were computed from.

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
    covariance : of the forecast errors where it is not that of one regression: ``(P, W)``
        variances of errors that are uncorrelated, or ``(P, W, W)``; it says nothing of pairs that
        fell back on least squares
    seam : columns of `residuals` that lie before the event window, where others lie after it;
        else 0. What stands on either side of it are no neighbours
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
    covariance: FloatArray | None = None
    seam: int = 0


def abnormal_returns(
    model: NormalReturnModel,
    panel: ReturnsPanel,
    sample: EstimationSample,
    *,
    day0: IntArray,
    estimation: EstimationWindow,
    event: Window,
    extension: IntArray | None = None,
    volatility: Volatility = "ewma",
) -> AbnormalReturns:
    """Estimate the model of every position and compute its abnormal returns.

    ``AR = R - (a + b'x)``; ``V(AR) = sigma^2 C`` with ``C = 1 + x_tau'(X'X)^{-1}x_tau`` (Campbell,
    Lo, MacKinlay 1997, ch. 4.4); ``h`` is the exponentially weighted volatility (0.94) of the
    position's own abnormal returns, started at ``sigma`` on the first estimation session, or,
    where the estimation window lies after the event window, its length before the event window.

    Parameters
    ----------
    panel
        Returns ``(N, T)``; NaN is missing and stays so.
    sample
        Estimation windows of the same positions, and the regressors ``(N, T, K)``; its returns
        may be masked, the panel's are not.
    day0
        ``(P,)`` column of day 0.
    volatility
        ``"garch"``: ``h`` is that of the model itself, one session ahead, with the parameters of
        the estimation window; positions that fell back on least squares keep ``"ewma"``.
    """
    security = sample.security
    fit = fit_model(model, sample)
    extra = np.zeros(len(security), dtype=np.int64) if extension is None else extension
    widest = int(extra.max(initial=0))
    taus = np.arange(event.start - widest, event.end + 1, dtype=np.int64)
    # Every position's sessions from `origin` on: estimation, event and what lies between.
    begin = volatility_start(estimation, event)
    origin = min(begin, estimation.start)
    span = max(event.end, estimation.end) - origin + 1
    first = day0 + origin
    cut = slice(int(taus[0]) - origin, event.end - origin + 1)
    pairs = len(security)
    # A column a session: windows are taken by sessions, and most of them are one.
    returns, normal, abnormal, h = np.empty((4, len(taus), pairs)).transpose(0, 2, 1)
    x = np.empty((pairs, len(taus), sample.factors.shape[2]))
    residuals = np.empty((pairs, sum(part.length for part in estimation.parts)))
    covariance = None
    path = np.empty((0, span))
    # Models whose event sessions depend on each other are taken at once, others as many at a time
    # as stay in the processor's own memory.
    at_once = model.rolling or fit.variance is not None
    for rows in [slice(0, pairs)] if at_once else _portions(pairs):
        own_returns = gather(panel.returns, security[rows], first[rows], span)
        factors = gather(sample.factors, security[rows], first[rows], span)
        own_normal = np.einsum("psk,pk->ps", factors, fit.slopes[rows])
        own_normal += fit.intercept[rows, None]
        x[rows] = factors[:, cut]
        if model.rolling:
            own_normal[:, cut], covariance = _rolled(model, sample, fit.sigma, x, taus, event)
        path = own_returns - own_normal
        variance = ewma_variance(
            path[:, begin - origin : cut.stop], fit.sigma[rows] ** 2, begin=int(taus[0]) - begin
        )
        h[rows] = np.sqrt(variance[:, :-1])
        returns[rows], normal[rows] = own_returns[:, cut], own_normal[:, cut]
        abnormal[rows] = path[:, cut]
        seen = own_returns if sample.returns is panel.returns else None
        _residuals(sample, rows, path, seen, day0, estimation, origin, out=residuals[rows])
    deviation = x - fit.x_mean[:, None, :]
    scale = 1.0 + fit.mean_weight[:, None]
    scale = scale + np.einsum("pwk,pkl,pwl->pw", deviation, fit.x_precision, deviation)
    std_error = np.asfortranarray(fit.sigma[:, None] * np.sqrt(scale))
    if fit.variance is not None:
        fell_back = _used_fallback(fit)[:, None]
        gap = int(taus[0]) - estimation.end - 1
        ahead = fit.variance.forecast(event.end - estimation.end)[:, gap:]
        covariance = np.where(fell_back | ~np.isfinite(normal), np.nan, ahead)
        std_error = np.where(fell_back, std_error, np.sqrt(covariance))
        if volatility == "garch":
            filtered = fit.variance.filter(path[:, estimation.end + 1 - origin : cut.stop])
            h = np.where(fell_back, h, np.sqrt(filtered[:, gap:]))
    elif covariance is not None:
        std_error = np.sqrt(np.einsum("pww->pw", covariance))

    return AbnormalReturns(
        security=security,
        day0=day0,
        extension=extra,
        event=event,
        taus=taus,
        dates=_dates(panel, security, day0[:, None] + taus),
        returns=returns,
        normal=normal,
        abnormal=abnormal,
        factors=x,
        std_error=std_error,
        standardized=abnormal / std_error,
        residuals=residuals,
        volatility=h,
        fit=fit,
        covariance=covariance,
        seam=estimation.parts[0].length if len(estimation.parts) > 1 else 0,
    )


def _dates(panel: ReturnsPanel, security: IntArray, columns: IntArray) -> DateArray:
    """Labels ``(P, W)`` of some sessions of each position; NaT outside the rows."""
    inside = (columns >= 0) & (columns < panel.dates.shape[1])
    dates = panel.dates[security[:, None], np.where(inside, columns, 0)]
    dates[~inside] = np.datetime64("NaT", "D")
    return dates


def volatility_start(estimation: EstimationWindow, event: Window) -> int:
    """Return the session at which the path of the conditional volatility starts."""
    before = estimation.parts[0]
    return before.start if before.end < event.start else event.start - estimation.length


def _used_fallback(fit: ModelFit) -> BoolArray:
    """Return which positions fell back on least squares, ``(P,)``."""
    return np.zeros(len(fit.sigma), dtype=bool) if fit.fallback is None else fit.fallback


def _portions(pairs: int) -> list[slice]:
    return [slice(begin, min(begin + _PAIRS, pairs)) for begin in range(0, pairs, _PAIRS)]


def _residuals(
    sample: EstimationSample,
    rows: slice,
    path: FloatArray,
    seen: FloatArray | None,
    day0: IntArray,
    estimation: EstimationWindow,
    origin: int,
    *,
    out: FloatArray,
) -> None:
    """Put estimation residuals in event time into `out`; NaN on sessions that were not used.

    `path`, `seen` and `out` are those of the pairs `rows` alone; `seen` are their returns on the
    sessions of `path` where none is masked.
    """
    counts = sample.counts
    done = 0
    for part in estimation.parts:
        cut = slice(part.start - origin, part.end - origin + 1)
        at = part.start - estimation.start
        is_used = counts[at : at + part.length]
        target = out[:, done : done + part.length]
        target[:] = path[:, cut]
        if seen is None or not (is_used.all() and np.isfinite(target).all()):
            first = day0[rows] + part.start
            observed = (
                gather(sample.returns, sample.security[rows], first, part.length)
                if seen is None
                else seen[:, cut]
            )
            target[~(np.isfinite(observed) & is_used)] = np.nan
        done += part.length


def _rolled(
    model: NormalReturnModel,
    sample: EstimationSample,
    sigma: FloatArray,
    x: FloatArray,
    taus: IntArray,
    event: Window,
) -> tuple[FloatArray, FloatArray]:
    """Normal returns ``(P, W)`` of models that move with the session, and their error covariance.

    The model of session ``tau`` is estimated on the window moved by ``tau - event.start``
    sessions; sessions by which a window starts earlier have the model of the first. With
    ``g_t = (X_t'X_t)^{-1} x_t`` the errors of two sessions have covariance
    ``sigma^2 g_t' (X_tu'X_tu) g_u`` over the rows both windows hold, ``sigma`` that of the window
    where it stands.
    """
    tables, security = sample.tables, sample.security
    centre = tables.x_centre[security]
    shifts = [int(shift) for shift in np.maximum(taus - event.start, 0)]
    pairs, width, n_factors = x.shape
    normal = np.empty((pairs, width))
    weight = np.empty((pairs, width, n_factors + 1))
    own_variance = np.empty((pairs, width))
    fits = {shift: fit_model(model, sample.moved(shift)) for shift in sorted(set(shifts))}
    for column, shift in enumerate(shifts):
        fit, at = fits[shift], x[:, column]
        usable = (fit.n_obs >= model.min_sessions) & np.isfinite(fit.intercept)
        expected = fit.intercept + np.einsum("pk,pk->p", at, fit.slopes)
        normal[:, column] = np.where(usable, expected, np.nan)
        deviation = at - fit.x_mean
        slope = np.einsum("pkl,pl->pk", fit.x_precision, deviation)
        weight[:, column, 1:] = slope
        weight[:, column, 0] = fit.mean_weight - np.einsum("pk,pk->p", fit.x_mean - centre, slope)
        own_variance[:, column] = fit.mean_weight + np.einsum("pk,pk->p", deviation, slope)
    shared = {
        (earlier, later): window_moments(
            tables, security, sample.first + later, sample.length - (later - earlier)
        )
        for earlier in fits
        for later in fits
        if earlier <= later
    }
    covariance = np.empty((pairs, width, width))
    for t in range(width):
        covariance[:, t, t] = 1.0 + own_variance[:, t]
        for u in range(t + 1, width):
            common = shared[shifts[t], shifts[u]]
            both = np.einsum("pk,pkl,pl->p", weight[:, t], common, weight[:, u])
            covariance[:, t, u] = covariance[:, u, t] = both
    covariance *= (sigma**2)[:, None, None]
    missing = ~np.isfinite(normal)
    covariance[missing[:, :, None] | missing[:, None, :]] = np.nan
    return normal, covariance


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
    column = window.start - int(returns.taus[0])
    is_column = window.length == 1 and 0 <= column < len(returns.taus)
    if is_column and returns.covariance is None and not returns.extension.any():
        return _one_session(returns, window, column, simple=simple)
    start = window.start - returns.extension
    # The sessions that some position's window holds: what lies outside adds nothing.
    first = int(start.min(initial=window.start) - returns.taus[0])
    cut = slice(max(first, 0), max(int(window.end - returns.taus[0]) + 1, 0))
    inside = returns.taus[None, cut] >= start[:, None]
    present = inside & np.isfinite(returns.abnormal[:, cut])
    n = present.sum(axis=1)
    empty = n == 0
    is_whole = bool(present.all())

    def held_or(values: FloatArray, other: float) -> FloatArray:
        return values if is_whole else np.where(present, values, other)

    def total(values: FloatArray) -> FloatArray:
        summed = held_or(values[:, cut], 0.0).sum(axis=1)
        return np.where(empty, np.nan, summed)

    car = total(returns.abnormal)
    fit = returns.fit
    deviation = returns.factors[:, cut] - fit.x_mean[:, None, :]
    if not is_whole:
        deviation = np.where(present[..., None], deviation, 0.0)
    deviation = deviation.sum(axis=1)
    scale = n + n**2 * fit.mean_weight
    scale = scale + np.einsum("pk,pkl,pl->p", deviation, fit.x_precision, deviation)
    std_error = fit.sigma * np.sqrt(scale)
    if returns.covariance is not None:
        if returns.covariance.ndim == 2:
            variance = np.where(present, returns.covariance[:, cut], 0.0).sum(axis=1)
        else:
            both = present[:, :, None] & present[:, None]
            variance = np.where(both, returns.covariance[:, cut, cut], 0.0).sum(axis=(1, 2))
        std_error = np.where(_used_fallback(fit), std_error, np.sqrt(variance))
    std_error = np.where(empty, np.nan, std_error)
    if simple:
        gross = held_or(1.0 + returns.returns[:, cut], 1.0).prod(axis=1)
        normal = held_or(1.0 + returns.normal[:, cut], 1.0).prod(axis=1)
        bhar = np.where(empty, np.nan, gross - normal)
    else:
        bhar = np.full(len(n), np.nan)
    column = np.clip(start - returns.taus[0], 0, len(returns.taus) - 1)
    volatility = returns.volatility[np.arange(len(n)), column]
    held = _held(returns, cut, None if is_whole else present)
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
        present=held,
    )


def _one_session(
    returns: AbnormalReturns, window: Window, column: int, *, simple: bool
) -> CumulativeReturns:
    """`cumulate` over a window of one session, whose sums are that session's own column."""
    car = returns.abnormal[:, column].copy()
    present = np.isfinite(car)
    is_whole = bool(present.all())

    def own(values: FloatArray) -> FloatArray:
        read = values[:, column].copy()
        if not is_whole:
            read[~present] = np.nan
        return read

    if not is_whole:
        car[~present] = np.nan
    std_error = own(returns.std_error)
    bhar = np.full(len(car), np.nan)
    if simple:
        bhar = (1.0 + own(returns.returns)) - (1.0 + own(returns.normal))
    volatility = returns.volatility[:, column].copy()
    held = _held(returns, slice(column, column + 1), None if is_whole else present[:, None])
    return CumulativeReturns(
        window=window,
        car=car,
        std_error=std_error,
        scar=car / std_error,
        csar=own(returns.standardized),
        n_sessions=present.astype(np.int64),
        bhar=bhar,
        z=car / volatility,
        volatility=volatility,
        present=held,
    )


def _held(returns: AbnormalReturns, cut: slice, present: BoolArray | None) -> FloatArray:
    """`CumulativeReturns.present`: those of a cut of columns, or without them all of the cut."""
    shape = returns.abnormal.shape
    if present is None:  # one row in memory
        line = np.zeros(shape[1])
        line[cut] = 1.0
        return np.broadcast_to(line, shape)
    held = np.zeros(shape, order="F")
    held[:, cut] = present
    return held
