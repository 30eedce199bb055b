"""A second derivation of every number, slow and obvious, for the tests to compare with.

Here the study itself: models, abnormal returns and CARs of single pairs, and what pairs have in
common. Written from the definitions alone: loops over pairs, pandas Series labelled by calendar
date, statsmodels least squares and scipy distributions. Nothing here, nor in the modules
``oracle_*`` beside it, imports the package.

Conventions chosen where a definition leaves room are marked ``Choice``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

Window = tuple[int, int]
Place = tuple[str, pd.Timestamp]  # (security, day 0)

MODELS = ("constant_mean", "market_adjusted", "market_model", "factor")


@dataclass(frozen=True, eq=False)
class Case:
    """One study. `returns` and `factors` are indexed by each security's own session dates.

    Equal only to itself, so that fits are remembered by case: to change anything, build a new
    one (``dataclasses.replace``) on new Series.
    """

    returns: dict[str, pd.Series]
    factors: dict[str, pd.DataFrame] | None
    pairs: list[tuple[str, str, pd.Timestamp]]
    model: str
    estimation: Window
    event: Window
    min_obs: int
    mask: Mapping[str, Sequence[int]] | None = None  # positions barred from estimation


@dataclass(frozen=True)
class Fit:
    """One estimated normal-return model."""

    params: dict[str, float]  # alpha, then one beta per factor column; {} for market-adjusted
    sigma: float
    n_obs: int  # M
    k: int
    df: int
    r_squared: float
    residuals: pd.Series  # by calendar date
    residuals_tau: pd.Series  # the same values by event time
    xtx_inv: np.ndarray  # (k, k); (0, 0) for market-adjusted


# ---------------------------------------------------------------- one pair: model


@lru_cache(maxsize=20000)
def position(case: Case, security: str, day0: pd.Timestamp) -> int:
    """Row of `day0` among the security's own sessions; -1 when it is not one of them."""
    rows = np.flatnonzero(case.returns[security].index == day0)
    return int(rows[0]) if len(rows) else -1


@lru_cache(maxsize=200000)
def regressors(case: Case, security: str, row: int) -> np.ndarray | None:
    """The row x of the design matrix (the constant first); None where a factor is missing."""
    if case.model == "constant_mean":
        return np.array([1.0])
    assert case.factors is not None
    f = case.factors[security].iloc[row].to_numpy(float)
    if np.isnan(f).any():
        return None
    if case.model == "market_adjusted":
        return f  # the benchmark return itself, no constant
    return np.concatenate([[1.0], f])


def estimation_rows(case: Case, security: str, row0: int) -> list[int]:
    """Rows of the estimation window with nothing missing and not masked."""
    r = case.returns[security]
    masked = set() if case.mask is None else set(case.mask.get(security, ()))
    rows = []
    for tau in range(case.estimation[0], case.estimation[1] + 1):
        row = row0 + tau
        if row < 0 or row >= len(r) or row in masked:
            continue
        if math.isnan(r.iloc[row]) or regressors(case, security, row) is None:
            continue
        rows.append(row)
    return rows


def n_columns(case: Case) -> int:
    """k of the model's table: estimated coefficients, the constant among them."""
    if case.model == "constant_mean":
        return 1
    if case.model == "market_adjusted":
        return 0
    assert case.factors is not None
    return 1 + next(iter(case.factors.values())).shape[1]


@lru_cache(maxsize=5000)
def fit_at(case: Case, security: str, row0: int) -> Fit | None:
    """The model of `security` with day 0 in row `row0`; None below min_obs."""
    rows = estimation_rows(case, security, row0)
    k = n_columns(case)
    m = len(rows)
    df = m - 1 if case.model == "market_adjusted" else m - k
    if m < case.min_obs or df < 1:
        return None
    series = case.returns[security]
    y = np.array([series.iloc[row] for row in rows], float)
    x = np.array([regressors(case, security, row) for row in rows], float)
    if case.model == "market_adjusted":
        e = y - x[:, 0]
        params: dict[str, float] = {}
        sigma = math.sqrt(sum((v - e.mean()) ** 2 for v in e) / (m - 1))
        r_squared = math.nan
        xtx_inv = np.zeros((0, 0))
    else:
        ols = sm.OLS(y, x).fit()
        e = np.asarray(ols.resid)
        names = ["alpha"]
        if case.model != "constant_mean":
            assert case.factors is not None
            names += [str(c) for c in case.factors[security].columns]
        params = dict(zip(names, (float(v) for v in ols.params), strict=True))
        rss = float(sum(v * v for v in e))
        tss = float(sum((v - y.mean()) ** 2 for v in y))
        sigma = math.sqrt(rss / (m - k))
        r_squared = 1.0 - rss / tss if tss > 0 else math.nan
        xtx_inv = np.linalg.inv(x.T @ x)
    return Fit(
        params=params,
        sigma=sigma,
        n_obs=m,
        k=k,
        df=df,
        r_squared=r_squared,
        residuals=pd.Series(e, index=series.index[rows]),
        residuals_tau=pd.Series(e, index=[row - row0 for row in rows]),
        xtx_inv=xtx_inv,
    )


def fit_pair(case: Case, i: int) -> Fit | None:
    """The fit of pair i; None when the pair is dropped (coverage or min_obs)."""
    _, security, day0 = case.pairs[i]
    row0 = position(case, security, day0)
    return None if row0 < 0 else fit_at(case, security, row0)


def kept(case: Case) -> list[int]:
    """Pairs that can be studied, in the order of the study."""
    return [i for i in range(len(case.pairs)) if fit_pair(case, i) is not None]


# ---------------------------------------------------------------- one pair: abnormal returns


def normal_return(fit: Fit, x: np.ndarray) -> float:
    if fit.k == 0:
        return float(x[0])
    return float(sum(b * v for b, v in zip(fit.params.values(), x, strict=True)))


def abnormal_at(case: Case, security: str, row0: int, fit: Fit, window: Window) -> pd.DataFrame:
    """One line per tau of `window`, with the exact forecast-error variance s^2 C.

    Choice: a missing factor leaves normal_return and std_error missing as well; a session beyond
    the rows has no session label, and keeps both only under the constant mean.
    """
    r = case.returns[security]
    lines = []
    for tau in range(window[0], window[1] + 1):
        row = row0 + tau
        inside = 0 <= row < len(r)
        ret = float(r.iloc[row]) if inside else math.nan
        known = inside or case.model == "constant_mean"
        x = regressors(case, security, row) if known else None
        if x is None:
            normal = se = math.nan
        else:
            normal = normal_return(fit, x)
            c = 1.0 if fit.k == 0 else 1.0 + float(x @ fit.xtx_inv @ x)
            se = math.sqrt(fit.sigma**2 * c)
        ar = ret - normal
        lines.append(
            {
                "tau": tau,
                "session": r.index[row] if inside else pd.NaT,
                "return": ret,
                "normal_return": normal,
                "abnormal_return": ar,
                "std_error": se,
                "standardized": ar / se,
            }
        )
    return pd.DataFrame(lines)


def abnormal(case: Case, i: int, window: Window | None = None) -> pd.DataFrame:
    """Abnormal returns of pair i over the event window."""
    _, security, day0 = case.pairs[i]
    fit = fit_pair(case, i)
    assert fit is not None
    row0 = position(case, security, day0)
    return abnormal_at(case, security, row0, fit, window or case.event)


def car(case: Case, i: int, window: Window) -> dict[str, float]:
    """CAR of pair i over `window`, from its available sessions only; NaN where there is none."""
    return dict(_car(case, i, window))


@lru_cache(maxsize=20_000)
def _car(case: Case, i: int, window: Window) -> dict[str, float]:
    _, security, day0 = case.pairs[i]
    fit = fit_pair(case, i)
    assert fit is not None
    row0 = position(case, security, day0)
    frame = abnormal(case, i, window)
    frame = frame[frame["abnormal_return"].notna()]
    length = len(frame)
    if length == 0:
        names = ("car", "std_error", "t", "pvalue", "scar", "csar", "bhar")
        return {"L": 0, "df": fit.df} | dict.fromkeys(names, math.nan)
    variance = float(length)
    if fit.k > 0:
        ones_x = np.zeros(fit.k)
        for tau in frame["tau"]:
            x = regressors(case, security, row0 + int(tau))
            assert x is not None
            ones_x = ones_x + x
        variance += float(ones_x @ fit.xtx_inv @ ones_x)
    total = float(sum(frame["abnormal_return"]))
    se = fit.sigma * math.sqrt(variance)
    gross = gross_normal = 1.0
    for ret, normal in zip(frame["return"], frame["normal_return"], strict=True):
        gross *= 1.0 + ret
        gross_normal *= 1.0 + normal
    t = total / se
    return {
        "car": total,
        "std_error": se,
        "t": t,
        "df": fit.df,
        "pvalue": float(2 * stats.t.sf(abs(t), fit.df)),
        "scar": t,
        "csar": float(sum(frame["standardized"])),
        "L": length,
        "bhar": gross - gross_normal,
    }


def counted(case: Case, window: Window) -> list[int]:
    """Kept pairs with at least one abnormal return in `window`."""
    return [i for i in kept(case) if car(case, i, window)["L"] > 0]


# ---------------------------------------------------------------- cross-correlation


def window_dates(case: Case, i: int, window: Window, *, available: bool = True) -> set:
    """Calendar dates of the window of pair i (only those with an abnormal return, if asked)."""
    frame = abnormal(case, i, window)
    if available:
        frame = frame[frame["abnormal_return"].notna()]
    return set(frame["session"].dropna())


def residual_correlation(a: pd.Series, b: pd.Series) -> float:
    """Correlation on common calendar sessions, 0 with fewer than 20 of them."""
    common = a.index.intersection(b.index)
    if len(common) < 20:
        return 0.0
    x, y = a.loc[common].to_numpy(), b.loc[common].to_numpy()
    if x.std() == 0 or y.std() == 0:
        return 0.0
    return float(stats.pearsonr(x, y)[0])


def rbar(case: Case, window: Window, *, available: bool = True) -> float:
    """Mean residual correlation, weighted by the shared sessions of the two windows.

    Choice: n_ij counts the sessions on which both pairs have an abnormal return, as L_i and L_j
    do (so that the weight never exceeds 1); ``available=False`` counts every shared session.
    One pair alone: 0.
    """
    pairs = counted(case, window)
    n = len(pairs)
    if n < 2:
        return 0.0
    fits = {i: fit_pair(case, i) for i in pairs}
    dates = {i: window_dates(case, i, window, available=available) for i in pairs}
    lengths = {i: car(case, i, window)["L"] for i in pairs}
    total = 0.0
    for i, j in itertools.combinations(pairs, 2):
        shared = len(dates[i] & dates[j])
        if shared == 0:
            continue
        rho = residual_correlation(fits[i].residuals, fits[j].residuals)
        total += rho * shared / math.sqrt(lengths[i] * lengths[j])
    return 2.0 * total / (n * (n - 1))


def t_of(values: Sequence[float]) -> float:
    n = len(values)
    if n < 2:
        return math.nan
    mean = sum(values) / n
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return math.sqrt(n) * mean / sd if sd > 0 else math.nan
