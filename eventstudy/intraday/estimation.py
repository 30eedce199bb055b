"""Normal returns by clock time: one day's window against the same window of other days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.intraday.grid import Grid

_SHARE, _FEWEST = 0.25, 20
"""Weights of the volatility known before halve in a quarter of a session, or in 20 bars if longer:
fast enough to see a rough morning, slow enough that a few bars do not decide."""
_REACH = 7
_LEAST = 5
# Below this share of the mean square a variance is rounding.
_EXACT = 1e-20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowSeries:
    """One window at one clock time of one security, on every session: a row of the study.

    Attributes
    ----------
    grid : of the security
    offset, column : ``(W,)`` session relative to that of the news, and clock time, of every bar
    returns : ``(S, W)`` of that window on every session
    masked : the same without bars inside the windows of events
    factor : ``(S, W)`` the benchmark's return of the same bar; None without a benchmark
    n_days : days every day of it is estimated on
    """

    grid: Grid
    offset: IntArray
    column: IntArray
    returns: FloatArray
    masked: FloatArray
    factor: FloatArray | None
    n_days: int

    @property
    def usable(self) -> BoolArray:
        """Sessions on which the window has a bar that counts, ``(S,)``."""
        usable = np.isfinite(self.masked)
        if self.factor is not None:
            usable &= np.isfinite(self.factor)
        return np.asarray(usable.any(axis=1))

    def estimation_returns(self, session: int, days: IntArray) -> FloatArray:
        """Return the window of `session` on other days, ``(M, W)``; NaN where it does not count.

        A window longer than a session reaches from the day before into itself: those bars are
        what is tested, say nothing about what is normal, and are NaN as well.
        """
        values = self.masked[days]
        if not self.offset.any():
            return values
        own_days = self._places(np.array([session]))
        return np.where(np.isin(self._places(days), own_days[own_days >= 0]), np.nan, values)

    def _places(self, days: IntArray) -> IntArray:
        """Place in time of every bar of the window of some days, -1 where there is none."""
        at = days[:, None] + self.offset
        inside = (at >= 0) & (at < len(self.grid.sessions)) & (self.column >= 0)
        return np.where(inside, self.grid.slot[np.where(inside, at, 0), self.column], -1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Position:
    """One day of a series, estimated on `days`; ``W`` bars, ``M`` days.

    Attributes
    ----------
    days : ``(M,)`` estimation sessions
    normal, abnormal, variance : ``(W,)`` normal and abnormal return and its forecast variance
    n : ``(W,)`` estimation days with that bar
    residuals : ``(M, W)``; NaN where missing
    weight : ``(W,)`` makes residuals into forecast errors, ``sqrt((1 + 1/n)/(n - 1))``
    lever : ``(W,)`` the benchmark's return less its mean at that clock time; 0 without one
    beta, beta_variance : slope on the benchmark and its variance; NaN and 0 without one
    """

    days: IntArray
    normal: FloatArray
    abnormal: FloatArray
    variance: FloatArray
    n: IntArray
    residuals: FloatArray
    weight: FloatArray
    lever: FloatArray
    beta: float
    beta_variance: float

    @property
    def n_returns(self) -> int:
        """Returns the normal returns of the window are estimated from."""
        return int(np.isfinite(self.residuals).sum())

    def total(self, bars: slice) -> WindowSum | None:
        """Cumulate over some of the bars; see `sum_window`."""
        return sum_window(self, bars)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WindowSum:
    """A position cumulated over some of its bars.

    Attributes
    ----------
    returns, normal, car : sums over the bars that have an abnormal return
    std_error, df : of `car`
    n_days : estimation days with at least one of its bars
    residuals : ``(M,)`` the same sum on every estimation day, NaN where it has none of the bars;
        of earlier windows of the same day where that is what is estimated on
    sigma : their standard deviation, ``n_days - 1``
    numbers : ``(M,)`` which earlier windows of the same day, 1 for the latest; None of other days
    bar_residuals, bar_places : of the bars of the same day, in the scale of the window, and how
        many bars before the end of the estimation each lies; None of other days
    """

    returns: float
    normal: float
    car: float
    std_error: float
    df: float
    n_days: int
    residuals: FloatArray
    sigma: float
    numbers: IntArray | None = None
    bar_residuals: FloatArray | None = None
    bar_places: IntArray | None = None


def estimation_days(usable: BoolArray, session: int, days: int) -> IntArray:
    """Return the last `days` usable sessions before one.

    Where fewer lie before it, the next ones after it are taken as well, up to `days`. Only placebo
    days early in a file do so: a pair has as many days as lie before its own, and its placebo
    days as many as it.
    """
    before = np.flatnonzero(usable[:session])[-days:]
    after = np.flatnonzero(usable[session + 1 :]) + session + 1
    return np.concatenate([before, after[: days - len(before)]])


def estimate_window(series: WindowSeries, session: int, days: IntArray, least: int) -> Position:
    """Estimate one day of a series on other days.

    Notes
    -----
    For the bar at clock time ``k`` with ``n_k`` days that have it: ``AR = r - mean_k`` and
    ``V(AR) = s_k^2 (1 + 1/n_k)``, ``s_k^2 = sum e^2/(n_k - 1)``. With a benchmark
    ``AR = (r - mean_k r) - b (x - mean_k x)``, ``b`` from all bars of the window together, each
    about the mean of its clock time; ``s_k^2`` is then multiplied by ``m/(m - 1)``, with ``m``
    the sum of the ``n_k - 1``, and ``(x - mean_k x)^2 V(b)`` is added, ``V(b)`` clustered by day.
    A bar with fewer than `least` days has none of it.
    """
    y, session_returns = series.estimation_returns(session, days), series.returns[session]
    x = np.zeros_like(y) if series.factor is None else series.factor[days]
    has_both = np.isfinite(y) & np.isfinite(x)
    n = has_both.sum(axis=0)
    enough = n >= max(least, 2)
    count = np.maximum(n, 1)
    y_mean = np.where(has_both, y, 0.0).sum(axis=0) / count
    e = np.where(has_both, y - y_mean, 0.0)
    lever = np.zeros(len(session_returns))
    normal = y_mean
    beta, beta_variance, correction = np.nan, 0.0, 1.0
    if series.factor is not None:
        x_mean = np.where(has_both, x, 0.0).sum(axis=0) / count
        u = np.where(has_both & enough, x - x_mean, 0.0)
        spread = float((u**2).sum())
        lever = series.factor[session] - x_mean
        freedom = float((n[enough] - 1).sum())
        if spread > 0 and freedom > 1:
            beta = float((u * e).sum() / spread)
            e = np.where(has_both, e - beta * (x - x_mean), 0.0)
            scores = (u * e).sum(axis=1)
            m = int(has_both.any(axis=1).sum())
            beta_variance = float((scores**2).sum() / spread**2 * m / (m - 1))
            correction = freedom / (freedom - 1.0)
        normal = y_mean + beta * lever
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.sqrt(correction * (1.0 + 1.0 / count) / (n - 1.0))
    weight = np.where(enough, weight, np.nan)
    own_variance = (e**2).sum(axis=0) * weight**2
    square = np.where(has_both, y, 0.0) ** 2
    own_variance = np.where(
        own_variance > _EXACT * square.sum(axis=0) / count, own_variance, np.nan
    )
    variance = own_variance + lever**2 * beta_variance
    abnormal = np.where(np.isfinite(variance), session_returns - normal, np.nan)
    return Position(
        days=days,
        normal=np.where(enough, normal, np.nan),
        abnormal=abnormal,
        variance=np.where(np.isfinite(abnormal), variance, np.nan),
        n=n,
        residuals=np.where(has_both, e, np.nan),
        weight=weight,
        lever=lever,
        beta=beta,
        beta_variance=beta_variance,
    )


def sum_window(position: Position, bars: slice) -> WindowSum | None:
    """Cumulate a position over some of its bars; None where none has an abnormal return.

    Notes
    -----
    ``V(CAR) = sum_d (sum_k w_k e_dk)^2``, with ``w_k = sqrt((1 + 1/n_k)/(n_k - 1))`` over the bars
    of the sum: residuals are scaled to forecast errors, added within each estimation day, squared
    and added over days, so that neighbouring bars may be correlated. Where no bar is missing this
    is ``s_W^2 (1 + 1/M)`` with ``s_W`` the standard deviation of the window's own sum on the ``M``
    days, and ``CAR/sqrt(V)`` is exactly t(M-1) for normal returns that are independent from day
    to day, whatever the pattern inside the day. With a benchmark ``(sum_k (x_k - mean))^2 V(b)``
    is added. Degrees of freedom: the fewest days of any bar, less 1.
    """
    estimated = np.flatnonzero(np.isfinite(position.abnormal[bars])) + (bars.start or 0)
    if not estimated.size:
        return None
    error = position.residuals[:, estimated] * position.weight[estimated]
    has = np.isfinite(error).any(axis=1)
    by_day = np.where(np.isfinite(error), error, 0.0).sum(axis=1)
    sum_of_squares = float((by_day**2).sum())
    variance = sum_of_squares + float(position.lever[estimated].sum()) ** 2 * position.beta_variance
    n_days = int(has.sum())
    forecast = 1.0 + 1.0 / n_days
    car = float(position.abnormal[estimated].sum())
    normal = float(position.normal[estimated].sum())
    if not variance > _EXACT * max(car**2, normal**2):
        return None
    return WindowSum(
        returns=car + normal,
        normal=normal,
        car=car,
        std_error=float(np.sqrt(variance)),
        df=float(position.n[estimated].min() - 1),
        n_days=n_days,
        residuals=np.where(has, by_day * np.sqrt((n_days - 1.0) / forecast), np.nan),
        sigma=float(np.sqrt(sum_of_squares / forecast)),
    )


def pattern(returns: FloatArray) -> tuple[float, FloatArray]:
    """Mean square of a bar, and its pattern over the clock times, from days ``(M, C)``.

    ``r_dk^2 = v_d q_k z^2``: ``v_d`` the level of a day, ``q_k`` the pattern with mean 1 (Andersen
    and Bollerslev 1997). Days are divided by their level before the pattern is averaged, so that
    a rough day does not draw it; the level of a day that is cut short allows for the clock times
    it has.

    Returns
    -------
    The mean of ``v_d``, and ``q`` ``(C,)``; NaN where no day has that bar.
    """
    square = returns**2
    has_return = np.isfinite(square)
    filled = np.where(has_return, square, 0.0)
    q = np.ones(square.shape[1])
    level = np.full(len(square), np.nan)
    number = has_return.sum(axis=0)
    for _ in range(2):
        expected = np.where(has_return & np.isfinite(q), q, 0.0).sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            level = filled.sum(axis=1) / expected
            level = np.where(level > 0, level, np.nan)
            share = np.nansum(filled / level[:, None], axis=0)
            q = np.where(number > 0, share / number, np.nan)
        q = q / np.nanmean(q) if np.isfinite(q).any() else q
    return float(np.nanmean(level)) if np.isfinite(level).any() else np.nan, q


def level_before(grid: Grid, slot: int, day_pattern: tuple[float, FloatArray]) -> float:
    """Volatility known before a bar, over that of the estimation days; 1 is the same.

    The root of the weighted mean of ``r^2 / (v q_k)`` over the bars before it. Weights halve in a
    quarter of a session or in 20 bars, whichever is longer, back to seven times that. NaN where
    fewer bars than half a session, or five, lie before it.

    Parameters
    ----------
    slot
        Place of the first bar of the window.
    day_pattern
        `pattern` of the estimation days.
    """
    mean, q = day_pattern
    length = len(grid.clocks)
    half = max(_SHARE * length, float(_FEWEST))
    begin = max(0, slot - int(np.ceil(_REACH * half)))
    if slot <= 0:
        return np.nan
    session, clock = grid.slot_session[begin:slot], grid.slot_clock[begin:slot]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = grid.returns[session, clock] ** 2 / (mean * q[clock])
    if np.isfinite(ratio).sum() < max(_LEAST, length // 2):
        return np.nan
    return _weighted_root(ratio, half)


def recent_level(ratio: FloatArray, length: int) -> float:
    """Root of the weighted mean of `ratio`, oldest first, weights halving as in `level_before`.

    NaN where fewer than five of them are there.

    Parameters
    ----------
    ratio
        Squares over what they are on the average, ``(n,)``.
    length
        Bars of a session.
    """
    if np.isfinite(ratio).sum() < _LEAST:
        return np.nan
    return _weighted_root(ratio, max(_SHARE * length, float(_FEWEST)))


def _weighted_root(ratio: FloatArray, half: float) -> float:
    has_ratio = np.isfinite(ratio)
    weight = 0.5 ** (np.arange(len(ratio))[::-1] / half)
    value = float((weight[has_ratio] * ratio[has_ratio]).sum() / weight[has_ratio].sum())
    return float(np.sqrt(value)) if value > 0 else np.nan
