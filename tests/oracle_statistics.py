"""The oracle: the ten statistics of the first tables, over all pairs of a case."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd
from oracle import Case, Window, abnormal, car, counted, fit_pair, kept, rbar, t_of
from oracle_units import portfolios
from scipy import stats

STATISTICS = (
    "cross_sectional_t",
    "portfolio_t",
    "patell",
    "adjusted_patell",
    "bmp",
    "kolari_pynnonen",
    "corrado_rank",
    "sign",
    "generalized_sign",
    "wilcoxon",
)


def _student(t: float, df: float) -> tuple[float, float, float]:
    return t, df, float(2 * stats.t.sf(abs(t), df)) if df >= 1 else math.nan


def _normal_law(z: float) -> tuple[float, float, float]:
    return z, math.nan, float(2 * stats.norm.sf(abs(z)))


def _patell(case: Case, pairs: list[int], window: Window) -> float:
    """Choice: a pair whose t has no variance (df of 2 or less) is left out."""
    top = bottom = 0.0
    for i in pairs:
        one = car(case, i, window)
        if one["df"] <= 2:
            continue
        top += one["csar"] / math.sqrt(one["L"])
        bottom += one["df"] / (one["df"] - 2)
    return top / math.sqrt(bottom) if bottom > 0 else math.nan


def rank_table(case: Case) -> pd.DataFrame:
    """Ranks less (T_i + 1)/2, one line a kept pair, one column a session of event time."""
    lines = {}
    for i in kept(case):
        fit = fit_pair(case, i)
        assert fit is not None
        values = dict(fit.residuals_tau.items())
        frame = abnormal(case, i)
        for tau, ar in zip(frame["tau"], frame["abnormal_return"], strict=True):
            if not math.isnan(ar):
                values[int(tau)] = ar
        series = pd.Series(values).sort_index()
        lines[i] = series.rank(method="average") - (len(series) + 1) / 2
    return pd.DataFrame(lines).T


def _corrado(case: Case, window: Window, pairs: list[int]) -> float:
    """Choice: D of a session is over all pairs of the group present on it, also those absent in
    W; sessions with no pair present enter neither S nor the window (nor its L)."""
    table = rank_table(case).loc[pairs]
    d = {}
    for tau in table.columns:
        present = table[tau].dropna()
        if len(present):
            d[int(tau)] = sum(present) / len(present)
    s = math.sqrt(sum(v * v for v in d.values()) / len(d)) if d else 0.0
    inside = [d[tau] for tau in range(window[0], window[1] + 1) if tau in d]
    if not inside or s == 0:
        return math.nan
    return math.sqrt(len(inside)) * (sum(inside) / len(inside)) / s


def wilcoxon(values: Iterable[float]) -> tuple[float, float]:
    """(W+, two-sided p). Zeros dropped; exact to N = 50 without ties, else normal.

    Choice: N is counted after zeros are dropped; no continuity correction.
    """
    x = [v for v in values if v != 0]
    n = len(x)
    if n == 0:
        return math.nan, math.nan
    ranks = stats.rankdata([abs(v) for v in x])
    w = float(sum(rank for rank, v in zip(ranks, x, strict=True) if v > 0))
    sizes = pd.Series([abs(v) for v in x]).value_counts()
    ties = bool((sizes > 1).any())
    if n <= 50 and not ties:
        ways = [1]  # ways[s]: subsets of {1..n} with sum s
        for rank in range(1, n + 1):
            grown = ways + [0] * rank
            for s, count in enumerate(ways):
                grown[s + rank] += count
            ways = grown
        total = 2**n
        below = sum(ways[: int(w) + 1]) / total
        above = sum(ways[int(w) :]) / total
        return w, min(1.0, 2 * min(below, above))
    mean = n * (n + 1) / 4
    variance = n * (n + 1) * (2 * n + 1) / 24 - sum(t**3 - t for t in sizes) / 48
    return w, float(2 * stats.norm.sf(abs((w - mean) / math.sqrt(variance))))


def statistic(case: Case, window: Window, name: str) -> dict[str, float]:
    """One statistic over all pairs of the case. NaN: not available. df NaN: no t distribution."""
    pairs = counted(case, window)
    n = len(pairs)
    cars = [car(case, i, window)["car"] for i in pairs]
    estimate = sum(cars) / n if n else math.nan
    value = df = p = math.nan
    if n == 0:
        return {"estimate": estimate, "statistic": value, "df": df, "pvalue": p}
    if name == "cross_sectional_t":
        value, df, p = _student(t_of(cars), n - 1)
    elif name == "portfolio_t":
        z = [unit["z"] for unit in portfolios(case, window)]
        value, df, p = _student(t_of(z), len(z) - 1)
    elif name == "patell":
        value, df, p = _normal_law(_patell(case, pairs, window))
    elif name == "adjusted_patell":
        r = rbar(case, window)
        if 1 + (n - 1) * r > 0 and r < 1 - 1e-12:
            value, df, p = _normal_law(_patell(case, pairs, window) / math.sqrt(1 + (n - 1) * r))
    elif name in ("bmp", "kolari_pynnonen"):
        t = t_of([car(case, i, window)["scar"] for i in pairs])
        if name == "kolari_pynnonen":
            r = rbar(case, window)
            available = 1 + (n - 1) * r > 0 and r < 1 - 1e-12
            t = t * math.sqrt((1 - r) / (1 + (n - 1) * r)) if available else math.nan
        value, df, p = _student(t, n - 1)
    elif name == "corrado_rank":
        value, df, p = _normal_law(_corrado(case, window, kept(case)))
    elif name == "sign":
        w = sum(1 for v in cars if v > 0)
        value, df, p = _normal_law((w - n / 2) / math.sqrt(n / 4))
    elif name == "generalized_sign":
        shares = []
        for i in kept(case):
            fit = fit_pair(case, i)
            assert fit is not None
            shares.append(sum(1 for e in fit.residuals if e > 0) / fit.n_obs)
        share = sum(shares) / len(shares)
        w = sum(1 for v in cars if v > 0)
        if 0 < share < 1:
            value, df, p = _normal_law((w - n * share) / math.sqrt(n * share * (1 - share)))
    elif name == "wilcoxon":
        value, p = wilcoxon(cars)
    else:
        raise ValueError(name)
    return {"estimate": estimate, "statistic": value, "df": df, "pvalue": p}
