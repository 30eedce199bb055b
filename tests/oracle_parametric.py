"""A second derivation of the remaining parametric, calendar-time and bootstrap statistics.

As `oracle`: loops over pairs, written from the definitions alone, with scipy, statsmodels and
linearmodels where these have the estimator. Nothing here imports the package.

Conventions chosen where a definition leaves room are marked ``Choice``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import statsmodels.api as sm
from oracle import Case, Window, abnormal, car, counted, fit_pair, kept, residual_correlation
from oracle_units import event_units
from scipy import stats

STATISTICS = (
    "patell_exact",
    "no_dependence_t",
    "crude_dependence",
    "skewness_adjusted_t",
    "johnson_t",
    "calendar_time",
    "calendar_time_standardised",
    "calendar_time_hac",
    "two_way_t",
)
BOOTSTRAPS = ("skewness_adjusted_bootstrap", "wild_bootstrap")


def statistic(
    case: Case, window: Window, name: str, *, alternative: str = "two-sided"
) -> dict[str, float]:
    """One statistic over all pairs of the case. NaN: not available; df NaN: no t distribution.

    The p-value of a bootstrap is NaN here, save that of `wild_bootstrap` with every sign pattern.
    """
    if not counted(case, window):
        return {"statistic": math.nan, "df": math.nan, "pvalue": math.nan}
    value, df = _value(case, window, name)
    p = math.nan
    if name == "patell_exact":
        p = _tail(value, alternative, stats.norm.sf)
    elif name == "wild_bootstrap":
        sums = _by_date(case, window)
        if not math.isnan(value) and 2 ** len(sums) <= 999:
            p = wild_p(sums, itertools.product((1, -1), repeat=len(sums)), alternative)
    elif name not in BOOTSTRAPS and df >= 1:
        p = _tail(value, alternative, lambda x: stats.t.sf(x, df))
    return {"statistic": value, "df": df, "pvalue": p}


@lru_cache(maxsize=2000)
def _value(case: Case, window: Window, name: str) -> tuple[float, float]:
    """Statistic and degrees of freedom."""
    pairs = counted(case, window)
    cars = [car(case, i, window)["car"] for i in pairs]
    if name == "patell_exact":
        return _patell_exact(case, pairs, window), math.nan
    if name == "wild_bootstrap":
        return cluster_t(_by_date(case, window)), math.nan
    if name == "skewness_adjusted_bootstrap":
        return hall(cars), math.nan
    if name == "no_dependence_t":
        return _no_dependence(case, window)
    if name == "crude_dependence":
        return _crude_dependence(case, window)
    if name == "skewness_adjusted_t":
        return hall(cars), len(cars) - 1
    if name == "johnson_t":
        return hall(cars, squared=False), len(cars) - 1
    if name == "two_way_t":
        return _two_way(case, window)
    series = list(calendar_series(case, window).values())
    if name == "calendar_time":
        return _t_of(series), len(series) - 1
    if name == "calendar_time_hac":
        return _hac_t(series), len(series) - 1
    if name == "calendar_time_standardised":
        series = list(standardised_series(case, window).values())
        return _t_of(series), len(series) - 1
    raise ValueError(name)


def _tail(value: float, alternative: str, above) -> float:
    if math.isnan(value):
        return math.nan
    if alternative == "two-sided":
        return float(2 * above(abs(value)))
    return float(above(value if alternative == "greater" else -value))


def _sd(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1))


def _t_of(values: Sequence[float]) -> float:
    n = len(values)
    if n < 2:
        return math.nan
    mean, sd = sum(values) / n, _sd(values)
    return math.sqrt(n) * mean / sd if sd > 1e-13 * abs(mean) else math.nan


# ---------------------------------------------------------------- standardised and average returns


def _patell_exact(case: Case, pairs: list[int], window: Window) -> float:
    """Choice: a pair whose t has no variance (df of 2 or less) is left out."""
    top = bottom = 0.0
    for i in pairs:
        one = car(case, i, window)
        if one["df"] > 2:
            top += one["scar"]
            bottom += one["df"] / (one["df"] - 2)
    return top / math.sqrt(bottom) if bottom > 0 else math.nan


@lru_cache(maxsize=2000)
def averages(case: Case, window: Window) -> list[float]:
    """AAR of the sessions of `window` on which some pair has an abnormal return.

    Choice: the other sessions enter neither the sum nor L.
    """
    out = []
    for tau in range(window[0], window[1] + 1):
        present = []
        for i in kept(case):
            ar = float(abnormal(case, i, (tau, tau))["abnormal_return"].iloc[0])
            if not math.isnan(ar):
                present.append(ar)
        if present:
            out.append(sum(present) / len(present))
    return out


def _no_dependence(case: Case, window: Window) -> tuple[float, float]:
    """N, the variances and mean M are those of all pairs of the group."""
    aar = averages(case, window)
    variances, lengths = [], []
    for i in kept(case):
        fit = fit_pair(case, i)
        assert fit is not None
        variances.append(_sd(list(fit.residuals)) ** 2)
        lengths.append(fit.n_obs)
    n = len(variances)
    spread = math.sqrt(sum(variances)) / n
    return sum(aar) / (math.sqrt(len(aar)) * spread), sum(lengths) / n - 1


def _crude_dependence(case: Case, window: Window) -> tuple[float, float]:
    """Choice: pairs of the group that are absent in W are in the averages of the residuals."""
    aar = averages(case, window)
    means = []
    for tau in range(case.estimation[0], case.estimation[1] + 1):
        present = []
        for i in kept(case):
            fit = fit_pair(case, i)
            assert fit is not None
            if tau in fit.residuals_tau.index:
                present.append(float(fit.residuals_tau.loc[tau]))
        if present:
            means.append(sum(present) / len(present))
    sd = _sd(means)
    return sum(aar) / (math.sqrt(len(aar)) * sd), len(means) - 1


# ---------------------------------------------------------------- skewness


def hall(values: Sequence[float], *, squared: bool = True) -> float:
    """Skewness-adjusted t; without its term in g^2, Johnson's."""
    n = len(values)
    if n < 2:
        return math.nan
    mean, sd = sum(values) / n, _sd(values)
    if sd <= 1e-13 * abs(mean):
        return math.nan
    s = mean / sd
    g = sum((v - mean) ** 3 for v in values) / (n * sd**3)
    inner = s + g * s**2 / 3 + g / (6 * n)
    if squared:
        inner += g**2 * s**3 / 27
    return math.sqrt(n) * inner


def resampled_hall(values: Sequence[float], picks: Sequence[int]) -> float:
    """Hall's t of the resample `picks` about the mean of `values`.

    Choice: without any spread it is infinite on the side of its mean, 0 where that is the mean.
    """
    mean = sum(values) / len(values)
    sample = [values[i] - mean for i in picks]
    if len({values[i] for i in picks}) == 1:
        return 0.0 if abs(sample[0]) < 1e-9 * _sd(values) else math.copysign(math.inf, sample[0])
    return hall(sample)


# ---------------------------------------------------------------- calendar time


def _on_dates(case: Case, window: Window) -> dict:
    """{calendar date: [(pair, abnormal return), ...]} in order of the dates."""
    held: dict = {}
    for i in counted(case, window):
        frame = abnormal(case, i, window)
        for date, ar in zip(frame["session"], frame["abnormal_return"], strict=True):
            if not math.isnan(ar):
                held.setdefault(date, []).append((i, float(ar)))
    return dict(sorted(held.items()))


def calendar_series(case: Case, window: Window) -> dict:
    """Mean abnormal return of the pairs that hold each date."""
    return {d: sum(ar for _, ar in on) / len(on) for d, on in _on_dates(case, window).items()}


def standardised_series(case: Case, window: Window) -> dict:
    """Mean abnormal return over the standard deviation of that very portfolio.

    s_d^2 = sum_ij rho_ij s_i s_j / N_d^2, rho_ij paired by calendar. Choice: the correlation of a
    pair with itself is 1; dates without a positive variance are left out.
    """
    out = {}
    for date, on in _on_dates(case, window).items():
        variance = own = 0.0
        for (i, _), (j, _) in itertools.product(on, on):
            covariance = _covariance(case, min(i, j), max(i, j))
            variance += covariance / len(on) ** 2
            own += covariance / len(on) ** 2 if i == j else 0.0
        if variance > 1e-12 * own:
            out[date] = sum(ar for _, ar in on) / len(on) / math.sqrt(variance)
    return out


@lru_cache(maxsize=20_000)
def _covariance(case: Case, i: int, j: int) -> float:
    """rho_ij s_i s_j of the estimation residuals of two pairs."""
    a, b = fit_pair(case, i), fit_pair(case, j)
    assert a is not None
    assert b is not None
    rho = 1.0 if i == j else residual_correlation(a.residuals, b.residuals)
    return rho * a.sigma * b.sigma


def _hac_t(series: Sequence[float]) -> float:
    n = len(series)
    if n < 2 or _sd(series) == 0:
        return math.nan
    lags = math.floor(4 * (n / 100) ** (2 / 9))
    fit = sm.OLS(np.array(series), np.ones(n)).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}
    )
    return float(fit.params[0] / fit.bse[0])


# ---------------------------------------------------------------- clusters


def _dates_of_pairs(case: Case, window: Window) -> dict[int, int]:
    """Unit of each counted pair: events that share day 0 in most of their common markets."""
    unit = {event: u for u, events in enumerate(event_units(case, window)) for event in events}
    return {i: unit[case.pairs[i][0]] for i in counted(case, window)}


def _by_date(case: Case, window: Window) -> list[list[float]]:
    groups: dict[int, list[float]] = {}
    for i, unit in _dates_of_pairs(case, window).items():
        groups.setdefault(unit, []).append(car(case, i, window)["car"])
    return list(groups.values())


def _two_way(case: Case, window: Window) -> tuple[float, float]:
    """Variance from linearmodels, which multiplies each part by g/(g-1) (n-1)/n n/(n-1)."""
    import pandas as pd
    from linearmodels.panel import PooledOLS

    dates = _dates_of_pairs(case, window)
    pairs = list(dates)
    markets = [case.pairs[i][1] for i in pairs]
    least = min(len(set(dates.values())), len(set(markets)))
    if least < 2:
        return math.nan, math.nan
    cars = np.array([car(case, i, window)["car"] for i in pairs])
    index = pd.MultiIndex.from_product([range(len(pairs)), [0]])
    code = {name: at for at, name in enumerate(sorted(set(markets)))}
    clusters = pd.DataFrame(
        {"date": [dates[i] for i in pairs], "market": [code[m] for m in markets]}, index=index
    )
    fit = PooledOLS(pd.Series(cars, index=index), pd.DataFrame({"one": 1.0}, index=index)).fit(
        cov_type="clustered", clusters=clusters, debiased=True, group_debias=True
    )
    variance = float(fit.cov.iloc[0, 0])
    if variance <= 0:
        return math.nan, math.nan
    return float(cars.mean()) / math.sqrt(variance), least - 1


def cluster_t(clusters: Sequence[Sequence[float]]) -> float:
    """Mean over its standard error clustered, with E/(E-1)."""
    e = len(clusters)
    n = sum(len(values) for values in clusters)
    if e < 2:
        return math.nan
    mean = sum(sum(values) for values in clusters) / n
    scores = [sum(v - mean for v in values) for values in clusters]
    total = sum(score**2 for score in scores)
    if total <= 1e-24 * sum(sum(values) ** 2 for values in clusters):
        return math.nan
    return mean / math.sqrt(e / (e - 1) * total / n**2)


def wild_p(
    clusters: Sequence[Sequence[float]], patterns: Iterable[Sequence[float]], alternative: str
) -> float:
    """Share of `patterns` of weights whose t reaches that of the data."""
    own = cluster_t(clusters)
    hits = number = 0
    for pattern in patterns:
        turned = [[w * v for v in values] for w, values in zip(pattern, clusters, strict=True)]
        t = cluster_t(turned)
        if math.isnan(t):  # Choice: no spread is infinitely far out on its side
            mean = sum(sum(values) for values in turned)
            t = math.copysign(math.inf, mean)
        tie = 1e-9 * abs(own)
        reached = {
            "two-sided": abs(t) >= abs(own) - tie,
            "greater": t >= own - tie,
            "less": t <= own + tie,
        }[alternative]
        hits += reached
        number += 1
    return hits / number
