"""The tests of a group's mean CAR in one window, by a bundle of conventions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np

from eventstudy.conventions.window_returns import in_single
from eventstudy.inference import STATISTICS
from eventstudy.inference.pvalues import normal_pvalue, student_pvalue
from eventstudy.inference.sums import Values

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy._typing import Alternative, FloatArray
    from eventstudy.conventions.bundle import Conventions
    from eventstudy.conventions.window_returns import WindowReturns
    from eventstudy.inference.statistic import Summed

_ROWS = 512  # residual series correlated at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a test says of a window.

    Attributes
    ----------
    name : of the test
    estimate : mean CAR of the group, by the convention
    std_error : what the statistic is divided by, in the unit of the test: returns for
        ``cross_sectional_t`` and ``j1``, standardised returns or ranks for the others
    statistic, df, pvalue : NaN where there are none
    """

    name: str
    estimate: float
    std_error: float
    statistic: float
    df: float
    pvalue: float


def run_tests(
    returns: WindowReturns, conventions: Conventions, alternative: Alternative = "two-sided"
) -> list[Answer]:
    """Return the tests a bundle has, computed by it."""
    group = _Group(returns, conventions, alternative)
    with np.errstate(divide="ignore", invalid="ignore"):
        return [_FORMULAS[name](group).answer(name, group) for name in conventions.tests]


@dataclass(frozen=True, slots=True)
class _Found:
    """A statistic, the denominator shown beside it, and its law: t, or the normal without `df`."""

    statistic: float
    std_error: float
    df: float = np.nan
    pvalue: float | None = None

    def answer(self, name: str, group: _Group) -> Answer:
        pvalue = self.pvalue
        if pvalue is None and np.isfinite(self.df):
            pvalue = float(student_pvalue(self.statistic, self.df, group.alternative))
        elif pvalue is None:
            pvalue = float(normal_pvalue(self.statistic, group.alternative))
        return Answer(
            name=name,
            estimate=group.estimate,
            std_error=float(self.std_error),
            statistic=float(self.statistic),
            df=float(self.df),
            pvalue=pvalue,
        )


class _Group:
    """What the tests share: CARs, their variances, their standardised form."""

    def __init__(
        self, returns: WindowReturns, conventions: Conventions, alternative: Alternative
    ) -> None:
        self.is_single = conventions.storage == "single"
        self.given = returns
        self.returns = returns.single() if self.is_single else returns
        self.by = conventions
        self.alternative: Alternative = alternative

    def stored(self, values: FloatArray) -> FloatArray:
        """Return values in the precision in which series are kept."""
        return in_single(values) if self.is_single else values

    def total(self, series: FloatArray) -> FloatArray:
        """Return the sum ``(T,)`` of series ``(N, T)``, one after the other where they are kept."""
        if not self.is_single:
            return np.asarray(np.nansum(series, axis=0))
        total = np.zeros(series.shape[1])
        for row in np.nan_to_num(series):
            total = in_single(total + row)
        return total

    @property
    def n(self) -> int:
        return self.returns.n_pairs

    @cached_property
    def car(self) -> FloatArray:
        """``(N,)`` CARs times their signs."""
        return self.returns.car * self.returns.sign

    @cached_property
    def estimate(self) -> float:
        if self.by.group_mean == "arithmetic" or self.n == 1:
            return float(self.car.mean())
        signed = self.returns.abnormal * self.returns.sign[:, None]
        return float(np.nansum(session_means(signed, self.by)))

    @cached_property
    def sigma(self) -> FloatArray:
        """``(N,)`` residual standard deviation."""
        spread = np.nanstd(self.returns.residuals, axis=1, ddof=1)
        if self.by.residual_variance == "M-1":
            return np.asarray(spread)
        if not self.is_single:
            return self.returns.sigma
        # As far as rounding the residuals moves it.
        before = np.nanstd(self.given.residuals, axis=1, ddof=1)
        return np.asarray(self.returns.sigma * spread / before)

    @cached_property
    def df(self) -> FloatArray:
        """``(N,)`` degrees of freedom of the residual variance."""
        if self.by.degrees == "M-k":
            return self.returns.df
        return self.returns.n_obs.astype(np.float64) - max(self.returns.n_factors, 1) - 1.0

    @cached_property
    def forecast(self) -> FloatArray:
        """``(N,)`` variance of the CAR's forecast error over the residual variance."""
        data = self.returns
        length = data.n_sessions.astype(np.float64)
        if self.by.window_length == "window":
            length = np.full(self.n, float(data.length))
        if self.by.forecast == "exact":
            return data.forecast
        if self.by.forecast == "none" or not data.is_estimated or data.n_factors > 1:
            return length
        scale = length + length**2 / data.n_obs
        if data.market is None or data.market_window is None:
            return scale
        mean = np.nanmean(data.market, axis=1)
        moved = self.stored(data.market_window - mean[:, None])
        total = np.isfinite(data.market).sum(axis=1)
        return np.asarray(
            scale + np.nansum(moved, axis=1) ** 2 / (np.nanvar(data.market, axis=1, ddof=1) * total)
        )

    @cached_property
    def std_error(self) -> FloatArray:
        """``(N,)`` standard error of each CAR."""
        return self.sigma * np.sqrt(self.forecast)

    @cached_property
    def scar(self) -> FloatArray:
        """``(N,)`` standardised CARs."""
        return self.car / self.std_error

    @cached_property
    def rbar(self) -> float:
        """Mean correlation of the pairs' residuals."""
        if self.by.correlation == "calendar":
            return self.returns.correlation
        if self.returns.event_correlation is not None:
            return self.returns.event_correlation
        return mean_correlation(self.returns.residuals * self.returns.sign[:, None])


def event_correlation(returns: WindowReturns, conventions: Conventions) -> float | None:
    """Return the mean correlation by event time; None where the bundle does without it.

    It is the same in all windows of the same pairs, so that it can be taken once and handed over
    as ``event_correlation``.
    """
    needs_it = {"adjusted_patell", "kolari_pynnonen"} & set(conventions.tests)
    if conventions.correlation == "calendar" or not needs_it:
        return None
    return _Group(replace(returns, event_correlation=None), conventions, "two-sided").rbar


def session_means(abnormal: FloatArray, conventions: Conventions) -> FloatArray:
    """Return the group's abnormal return on every session ``(L,)`` of ``(N, L)``; NaN of none."""
    stored = in_single if conventions.storage == "single" else np.asarray
    means = np.full(abnormal.shape[1], np.nan)
    has_pair = np.isfinite(abnormal).any(axis=0)
    values = stored(abnormal[:, has_pair])
    if conventions.group_mean == "arithmetic":
        means[has_pair] = np.nanmean(values, axis=0)
    else:
        gross = stored(np.nanmean(stored(np.exp(values)), axis=0))
        means[has_pair] = stored(np.log(gross))
    return means


def mean_correlation(series: FloatArray) -> float:
    """Mean correlation of series ``(N, T)`` on the columns each two of them have; 0 of one series.

    Two series with fewer than two common columns, or one without variation, are left out.
    """
    is_there = np.isfinite(series).astype(np.float64)
    # About each series' own mean, so that the sums lose no digits.
    with np.errstate(invalid="ignore"):
        centre = np.where(is_there, series, 0.0).sum(axis=1) / is_there.sum(axis=1)
    x = np.where(is_there > 0, series - centre[:, None], 0.0)
    squares = x**2
    total, number = 0.0, 0
    for begin in range(0, len(series), _ROWS):
        rows = slice(begin, begin + _ROWS)
        n = is_there[rows] @ is_there.T
        sum_own, sum_other = x[rows] @ is_there.T, is_there[rows] @ x.T
        with np.errstate(divide="ignore", invalid="ignore"):
            covariance = x[rows] @ x.T - sum_own * sum_other / n
            own = squares[rows] @ is_there.T - sum_own**2 / n
            other = is_there[rows] @ squares.T - sum_other**2 / n
            rho = covariance / np.sqrt(own * other)
        later = np.arange(len(series))[None, :] > np.arange(begin, begin + len(n))[:, None]
        known = rho[later & np.isfinite(rho) & (n > 1)]
        total, number = total + float(known.sum()), number + known.size
    return total / number if number else 0.0


def _cross_sectional(group: _Group) -> _Found:
    spread = _sd(group.car) / np.sqrt(group.n)
    return _Found(_ratio(group.car.mean(), spread), spread, group.n - 1.0)


def _j1(group: _Group) -> _Found:
    """Mean CAR over the root of the summed variances (MacKinlay 1997, equations 18 to 20)."""
    spread = float(np.sqrt((group.std_error**2).sum()) / group.n)
    df = float(group.df.mean())
    if group.by.degrees == "M-K-1":
        sessions = int(np.isfinite(group.returns.residuals).any(axis=0).sum())
        df = sessions - max(group.returns.n_factors, 1) - 1.0
    return _Found(_ratio(group.estimate, spread), spread, df)


def _patell(group: _Group) -> _Found:
    z, df = group.scar, group.df
    if group.by.patell_window == "sessions":
        sar = group.returns.abnormal * group.returns.sign[:, None]
        sar = sar / (group.sigma[:, None] * np.sqrt(group.returns.session_forecast))
        z = np.nansum(sar, axis=1) / np.sqrt(group.returns.n_sessions)
    spread = float(np.sqrt(group.n))
    if group.by.patell_variance == "d/(d-2)":
        known = df > 2
        z, spread = z[known], float(np.sqrt((df[known] / (df[known] - 2.0)).sum()))
    return _Found(_ratio(z.sum(), spread), spread)


def _adjusted_patell(group: _Group) -> _Found:
    plain = _patell(group)
    inflation = float(np.sqrt(1.0 + (group.n - 1.0) * group.rbar))
    return _Found(plain.statistic / inflation, plain.std_error * inflation)


def _bmp(group: _Group) -> _Found:
    spread = _sd(group.scar)
    statistic = np.sqrt(group.n) * _ratio(group.scar.mean(), spread)
    return _Found(statistic, spread, group.n - 1.0 if group.by.bmp_distribution == "t" else np.nan)


def _kolari_pynnonen(group: _Group) -> _Found:
    plain, rbar = _bmp(group), group.rbar
    inflation = 1.0 + (group.n - 1.0) * rbar
    spread = plain.std_error * np.sqrt(inflation / (1.0 - rbar) / group.n)
    return _Found(plain.statistic * np.sqrt((1.0 - rbar) / inflation), spread, plain.df)


def _grank(group: _Group) -> _Found:
    """Generalised rank test: the scaled SCAR as one more session among the residuals."""
    residuals = group.returns.residuals * group.returns.sign[:, None]
    rescaled = group.scar / _sd(group.scar)
    with_window = np.column_stack([residuals / group.sigma[:, None], rescaled])
    with_window = with_window[:, np.isfinite(with_window).any(axis=0)]
    ranks = _ranks(group.stored(with_window))
    number = np.isfinite(ranks).sum(axis=0)
    observations = with_window.shape[1]
    highest = np.isfinite(ranks).sum(axis=1) + 1.0
    if group.by.grank == "T-1":
        observations = group.returns.residuals.shape[1]
        highest = np.full(group.n, observations + 1.0)
    u = group.stored(ranks / highest[:, None] - 0.5)
    daily = group.stored(group.total(u) / number)
    share = group.stored(number / group.n * daily**2)
    spread = float(np.sqrt(share.sum() / observations))
    z = _ratio(daily[-1], spread)
    statistic = z * np.sqrt((observations - 2.0) / (observations - 1.0 - z**2))
    return _Found(statistic, spread, observations - 2.0)


def _sign(group: _Group) -> _Found:
    spread = float(np.sqrt(group.n / 4.0))
    return _Found(float((group.car > 0).sum() - group.n / 2.0) / spread, spread)


def _wilcoxon(group: _Group) -> _Found:
    if group.by.wilcoxon == "own_series":
        n = float(group.n)
        # A CAR is no estimation session: it is kept as it is.
        own = np.abs(np.column_stack([group.returns.residuals, group.returns.car]))
        plus = float(_ranks(group.stored(own))[group.car >= 0, -1].sum())
        spread = np.sqrt(n * (n + 1.0) * (2.0 * n + 1.0) / 24.0)
        return _Found((plus - n * (n + 1.0) / 4.0) / spread, spread)
    if group.by.wilcoxon == "exact":
        signed_ranks = cast("Summed", STATISTICS["wilcoxon"].value.summed)
        found = signed_ranks.conclude(Values(parts=(group.car[None, :],)), group)
        return _Found(float(found.statistic[0]), np.nan, pvalue=float(found.pvalue[0]))
    cars = group.car[group.car != 0]
    n = float(len(cars))
    _, ties = np.unique(np.abs(cars), return_counts=True)
    tied = float((ties.astype(np.float64) ** 3 - ties).sum())
    spread = float(np.sqrt((n * (n + 1.0) * (2.0 * n + 1.0) - tied / 2.0) / 24.0))
    plus = float(_ranks(np.abs(cars)[None, :])[0][cars > 0].sum())
    return _Found(_ratio(plus - n * (n + 1.0) / 4.0, spread), spread)


_FORMULAS: dict[str, Callable[[_Group], _Found]] = {
    "cross_sectional_t": _cross_sectional,
    "j1": _j1,
    "patell": _patell,
    "adjusted_patell": _adjusted_patell,
    "bmp": _bmp,
    "kolari_pynnonen": _kolari_pynnonen,
    "grank_t": _grank,
    "sign": _sign,
    "wilcoxon": _wilcoxon,
}


def _ranks(values: FloatArray) -> FloatArray:
    """Mid-ranks within each row, NaN where missing."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values, axis=1, nan_policy="omit"))


def _sd(values: FloatArray) -> float:
    """Standard deviation with N - 1; NaN of one value, and of equal ones."""
    if len(values) < 2:
        return float("nan")
    spread = float(values.std(ddof=1))
    return spread if spread > 1e-12 * float(np.abs(values).max()) else float("nan")


def _ratio(top: float, bottom: float) -> float:
    return float(top) / bottom if bottom > 0 else float("nan")
