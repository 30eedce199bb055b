"""A second derivation of every number, slow and obvious, for the tests to compare with.

Written from the definitions alone: loops over pairs, pandas Series labelled by calendar date,
statsmodels least squares and scipy distributions. Nothing here imports the package.

Conventions chosen where a definition leaves room are marked ``Choice``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats

Window = tuple[int, int]
Place = tuple[str, pd.Timestamp]  # (security, day 0)

MODELS = ("constant_mean", "market_adjusted", "market_model", "factor")
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


def _normal(fit: Fit, x: np.ndarray) -> float:
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
            normal = _normal(fit, x)
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


# ---------------------------------------------------------------- statistics


def _t_of(values: Sequence[float]) -> float:
    n = len(values)
    if n < 2:
        return math.nan
    mean = sum(values) / n
    sd = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return math.sqrt(n) * mean / sd if sd > 0 else math.nan


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
        value, df, p = _student(_t_of(cars), n - 1)
    elif name == "portfolio_t":
        z = [unit["z"] for unit in portfolios(case, window)]
        value, df, p = _student(_t_of(z), len(z) - 1)
    elif name == "patell":
        value, df, p = _normal_law(_patell(case, pairs, window))
    elif name == "adjusted_patell":
        r = rbar(case, window)
        if 1 + (n - 1) * r > 0 and r < 1 - 1e-12:
            value, df, p = _normal_law(_patell(case, pairs, window) / math.sqrt(1 + (n - 1) * r))
    elif name in ("bmp", "kolari_pynnonen"):
        t = _t_of([car(case, i, window)["scar"] for i in pairs])
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


# ---------------------------------------------------------------- units


def _components(n: int, linked: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Connected components of 0..n-1, each in rising order, by their first member."""
    label = list(range(n))
    for a, b in linked:
        old, new = max(label[a], label[b]), min(label[a], label[b])
        label = [new if v == old else v for v in label]
    return [[i for i in range(n) if label[i] == first] for first in sorted(set(label))]


def event_units(case: Case, window: Window | None = None) -> list[list[str]]:
    """Events joined by single linkage: day 0 shared in more than half of common markets.

    Choice: with a window, the markets of an event are those of its pairs counted there.
    """
    days: dict[str, dict[str, pd.Timestamp]] = {}
    for i in kept(case) if window is None else counted(case, window):
        event, security, day0 = case.pairs[i]
        days.setdefault(event, {})[security] = day0
    events = list(days)
    links = []
    for a, b in itertools.combinations(range(len(events)), 2):
        common = set(days[events[a]]) & set(days[events[b]])
        same = [m for m in common if days[events[a]][m] == days[events[b]][m]]
        if len(same) > len(common) / 2:
            links.append((a, b))
    return [[events[i] for i in part] for part in _components(len(events), links)]


def units(
    case: Case, window: Window | None = None, *, everywhere_once: bool = True
) -> list[list[int]]:
    """Pairs of each unit (indices into case.pairs), each (market, day 0) once.

    With a window: only the pairs counted in it. Choice: a (market, day 0) of two units belongs
    to the one whose pair comes first in the study, which lists events in order of time
    (``everywhere_once=False``: only repeats inside one unit are removed); empty units vanish.
    """
    allowed = set(kept(case) if window is None else counted(case, window))
    parts = event_units(case, window)
    unit_of = {event: u for u, events in enumerate(parts) for event in events}
    out: list[list[int]] = [[] for _ in parts]
    seen: set = set()
    for i in sorted(allowed):
        event, security, day0 = case.pairs[i]
        u = unit_of[event]
        key = (security, day0) if everywhere_once else (u, security, day0)
        if key not in seen:
            seen.add(key)
            out[u].append(i)
    return [unit for unit in out if unit]


# ---------------------------------------------------------------- portfolio t


def _windows_overlap(case: Case, a: list[int], b: list[int], window: Window) -> bool:
    """Whether two units share a session of W in a common market, or, without one, a date."""
    markets_a = {case.pairs[i][1] for i in a}
    markets_b = {case.pairs[j][1] for j in b}
    if markets_a & markets_b:
        for i, j in itertools.product(a, b):
            if case.pairs[i][1] != case.pairs[j][1]:
                continue
            security = case.pairs[i][1]
            rows_i = position(case, security, case.pairs[i][2])
            rows_j = position(case, security, case.pairs[j][2])
            if abs(rows_i - rows_j) <= window[1] - window[0]:
                return True
        return False
    # Choice: from first to last date, so that a holiday inside one window does not part them
    dates_a = set().union(*(window_dates(case, i, window, available=False) for i in a))
    dates_b = set().union(*(window_dates(case, j, window, available=False) for j in b))
    return min(dates_a) <= max(dates_b) and min(dates_b) <= max(dates_a)


def portfolio_units(case: Case, window: Window) -> list[list[int]]:
    """Units of `window`, those with overlapping windows merged, each (market, day 0) once."""
    parts = units(case, window, everywhere_once=False)
    links = [
        (a, b)
        for a, b in itertools.combinations(range(len(parts)), 2)
        if _windows_overlap(case, parts[a], parts[b], window)
    ]
    merged = []
    for component in _components(len(parts), links):
        chosen: dict[Place, int] = {}
        for i in sorted(i for part in component for i in parts[part]):
            chosen.setdefault((case.pairs[i][1], case.pairs[i][2]), i)
        merged.append(list(chosen.values()))
    return merged


def portfolios(case: Case, window: Window) -> list[dict]:
    """One line per portfolio: pairs, car, L, s, M, z.

    Choice: L is the number of sessions of W on which the portfolio has an abnormal return; a
    portfolio without residual degrees of freedom is left out.
    """
    k = n_columns(case)
    out = []
    for pairs in portfolio_units(case, window):
        frames = [abnormal(case, i, window).set_index("tau")["abnormal_return"] for i in pairs]
        total, length = 0.0, 0
        for tau in range(window[0], window[1] + 1):
            present = [float(f[tau]) for f in frames if not math.isnan(f[tau])]
            if present:
                total += sum(present) / len(present)
                length += 1
        by_date: dict[pd.Timestamp, list[float]] = {}
        for i in pairs:
            fit = fit_pair(case, i)
            assert fit is not None
            for date, e in fit.residuals.items():
                by_date.setdefault(date, []).append(float(e))
        u = [sum(v) / len(v) for v in by_date.values() if len(v) >= len(pairs) / 2]
        m = len(u)
        if m - k < 1:
            continue
        s = math.sqrt(sum(v * v for v in u) / (m - k))
        if s == 0:
            continue
        z = total / (s * math.sqrt(length + length**2 / m))
        out.append({"pairs": pairs, "car": total, "L": length, "s": s, "M": m, "z": z})
    return out


# ---------------------------------------------------------------- placebo


def conditional_volatility_at(
    case: Case, security: str, row0: int, a: int, fit: Fit | None = None
) -> float:
    """h: the volatility of the first session of W, known before it.

    Starts at s^2 as the forecast for the first estimation session and is updated with the squared
    abnormal return of every session from that one through a - 1, the gap and the event window
    before a among them. Choice: masked sessions are updated with as well (they are not missing).
    """
    fit = fit or fit_at(case, security, row0)
    assert fit is not None
    r = case.returns[security]
    h2 = fit.sigma**2
    for row in range(max(row0 + case.estimation[0], 0), min(row0 + a, len(r))):
        x = regressors(case, security, row)
        if x is None or math.isnan(r.iloc[row]):
            continue
        h2 = 0.94 * h2 + 0.06 * (float(r.iloc[row]) - _normal(fit, x)) ** 2
    return math.sqrt(h2)


def conditional_volatility(case: Case, i: int, a: int) -> float:
    """h of pair i for a window that starts at event time `a`."""
    _, security, day0 = case.pairs[i]
    return conditional_volatility_at(case, security, position(case, security, day0), a)


def z_at(case: Case, security: str, row0: int, window: Window) -> float:
    """Sum over W of AR / h; NaN without an abnormal return there."""
    fit = fit_at(case, security, row0)
    if fit is None:
        return math.nan
    h = conditional_volatility_at(case, security, row0, window[0], fit)
    ar = abnormal_at(case, security, row0, fit, window)["abnormal_return"].dropna()
    return float(sum(ar)) / h if len(ar) and h > 0 else math.nan


def _t_of_units(z_units: list[list[float]], n_units: int) -> float:
    """T from the z of each unit's pairs. `n_units`: units on the real dates.

    Choice: a placement that leaves fewer than two of several units has no T.
    """
    means = []
    for zs in z_units:
        present = [z for z in zs if not math.isnan(z)]
        if present:
            means.append(sum(present) / len(present))
    if n_units == 1:
        return means[0] if means else math.nan
    return _t_of(means)


def placebo_T(case: Case, window: Window) -> float:
    """The placebo statistic on the real dates; with one unit, its Z."""
    parts = units(case, window)
    z = [
        [z_at(case, s, position(case, s, d), window) for _, s, d in (case.pairs[i] for i in part)]
        for part in parts
    ]
    return _t_of_units(z, len(parts))


def weekday_number(date: pd.Timestamp) -> int:
    """Monday-to-Friday days since 1970-01-01."""
    return int(np.busday_count(np.datetime64("1970-01-01"), np.datetime64(date, "D")))


def span(case: Case, pairs: Iterable[int]) -> tuple[int, int]:
    """Earliest and latest day 0 of some pairs, as weekday numbers."""
    days = [weekday_number(case.pairs[i][2]) for i in pairs]
    return min(days), max(days)


def clusters(case: Case, window: Window) -> list[list[int]]:
    """Unit numbers (of ``units(case, window)``) of each cluster, earliest cluster first.

    Choice: a unit spans the day 0s of all its pairs, those counted in another unit among them.
    """
    whole = units(case, window, everywhere_once=False)
    parts = [next(of for of in whole if set(part) & set(of)) for part in units(case, window)]
    gap = max(window[1] - window[0] + 1, 5)
    order = sorted(range(len(parts)), key=lambda u: span(case, parts[u]))
    out: list[list[int]] = []
    latest = -(10**9)
    for u in order:
        first, last = span(case, parts[u])
        if out and first - latest < gap:
            out[-1].append(u)
        else:
            out.append([u])
        latest = max(latest, last)
    return out


@lru_cache(maxsize=20000)
def moved_row(case: Case, security: str, day0: pd.Timestamp, move: int) -> int:
    """Row of the first session on or after day 0 moved by `move` weekdays; -1 off the rows."""
    target = pd.Timestamp(np.busday_offset(np.datetime64(day0, "D"), move, roll="forward"))
    dates = case.returns[security].index
    row = int((dates < target).sum())
    return row if target >= dates[0] and row < len(dates) else -1


def admissible_row(case: Case, security: str, row: int, window: Window) -> bool:
    """Enough estimation sessions, and W inside the rows."""
    if row < 0 or row + window[0] < 0 or row + window[1] >= len(case.returns[security]):
        return False
    return fit_at(case, security, row) is not None


def admissible_moves(case: Case, pairs: Sequence[int], window: Window) -> list[int]:
    """Whole numbers of weekdays by which these pairs can all move together."""
    first, last = span(case, pairs)
    securities = {case.pairs[i][1] for i in pairs}
    start = min(weekday_number(case.returns[s].index[0]) for s in securities)
    end = max(weekday_number(case.returns[s].index[-1]) for s in securities)
    known: dict[tuple[str, int], bool] = {}
    moves = []
    for move in range(start - last - 1, end - first + 2):
        good = True
        for i in pairs:
            _, security, day0 = case.pairs[i]
            key = (security, moved_row(case, security, day0, move))
            if key not in known:
                known[key] = admissible_row(case, *key, window)
            if not known[key]:
                good = False
                break
        if good:
            moves.append(move)
    return moves


@dataclass(frozen=True)
class Placebo:
    """The whole placebo distribution."""

    T: float
    pvalue: float
    n: int
    moves: list[tuple[int, ...]]  # one move per cluster, in the order of ``clusters``
    draws: list[float]  # T at each of `moves`


def placebo(case: Case, window: Window, *, most: int = 100_000) -> Placebo:
    """Every placement, the real one included; p NaN with fewer than 20 of them.

    Placements are moves, not distinct session sets. Clusters keep their moved spans
    max(L, 5) weekdays apart, in either order. Choices: should the real dates themselves be
    inadmissible (W beyond the rows), they are added as one placement; a placement whose T does
    not exist is none.
    """
    parts = units(case, window)
    groups = clusters(case, window)
    gap = max(window[1] - window[0] + 1, 5)
    members = [[i for u in group for i in parts[u]] for group in groups]
    spans = [span(case, pairs) for pairs in members]
    choices = [admissible_moves(case, pairs, window) for pairs in members]
    if math.prod(len(c) for c in choices) > most:
        raise ValueError("too many placements to list")
    placements = []
    for moves in itertools.product(*choices):
        placed = [(a + m, b + m) for (a, b), m in zip(spans, moves, strict=True)]
        apart = all(
            p[0] - q[1] >= gap or q[0] - p[1] >= gap for p, q in itertools.combinations(placed, 2)
        )
        if apart:
            placements.append(moves)
    real = (0,) * len(groups)
    if groups and real not in placements:
        placements.append(real)
    known_row: dict[tuple[int, int], int] = {}
    known_z: dict[tuple[str, int], float] = {}

    def z_of(i: int, move: int) -> float:
        _, security, day0 = case.pairs[i]
        if (i, move) not in known_row:
            known_row[i, move] = (
                moved_row(case, security, day0, move) if move else position(case, security, day0)
            )
        key = (security, known_row[i, move])
        if key not in known_z:
            known_z[key] = z_at(case, *key, window)
        return known_z[key]

    draws = []
    for moves in placements:
        z = [
            [z_of(i, move) for i in parts[u]]
            for group, move in zip(groups, moves, strict=True)
            for u in group
        ]
        draws.append(_t_of_units(z, len(parts)))
    t = draws[placements.index(real)] if placements else math.nan
    there = [not math.isnan(draw) for draw in draws]
    placements = list(itertools.compress(placements, there))
    draws = list(itertools.compress(draws, there))
    n = len(placements)
    p = math.nan
    if n >= 20 and not math.isnan(t):
        # a hair of tolerance, so that the real placement and its equals count whatever the order
        p = sum(1 for v in draws if abs(v) >= abs(t) * (1 - 1e-12)) / n
    return Placebo(t, p, n, placements, draws)


# ---------------------------------------------------------------- random studies


DATES = ("dispersed", "common", "partial", "one_security", "two_clusters")


def _event_rows(
    rng: np.random.Generator, dates: str, n: int, first: int, last: int, length: int
) -> list[int]:
    """Weekday rows of n events between `first` and `last`."""
    if dates == "common":
        return [int(rng.integers(first, last + 1))] * n
    if dates == "partial":  # each event's window overlaps the next one's
        rows = [first + int(rng.integers(0, max(1, last - first - n * length)))]
        while len(rows) < n:
            rows.append(min(last, rows[-1] + int(rng.integers(1, max(2, length)))))
        return rows
    if dates == "two_clusters":
        near = [first + int(rng.integers(0, 3)) for _ in range((n + 1) // 2)]
        return near + [last - int(rng.integers(0, 3)) for _ in range(n // 2)]
    rows = sorted(int(v) for v in np.linspace(first, last, n))
    if dates == "dispersed":  # every third event shares the date of the one before
        rows = [rows[e - 1] if e % 3 == 2 else row for e, row in enumerate(rows)]
    return rows


def random_case(
    rng: np.random.Generator,
    *,
    model: str = "market_model",
    dates: str = "dispersed",
    n_securities: int = 4,
    n_events: int = 6,
    n_weekdays: int = 320,
    estimation: Window = (-120, -11),
    event: Window = (-3, 5),
    min_obs: int = 40,
    missing: float = 0.04,
    holidays: float = 0.03,
    n_factors: int | None = None,
    beyond_end: bool = False,
    empty_window: Window | None = None,
    mask: bool = False,
    only_kept: bool = True,
) -> Case:
    """A random study with every awkward thing at once.

    Each security has its own calendar (different holidays), its own volatility and a factor
    correlated with everybody's; returns go missing in both windows, factors now and then; early
    events have truncated estimation windows; markets may react one session apart and leave out
    events. `dates`: "dispersed" (some shared), "common" (one date), "partial" (overlapping
    windows), "one_security" (one security, many events), "two_clusters". `beyond_end` puts the
    last event so near the end that its window leaves the rows. `empty_window` empties that window
    for the first pair. `mask` bars every event window from estimation.
    """
    weekdays = pd.bdate_range("2021-01-04", periods=n_weekdays)
    columns = n_factors or (3 if model == "factor" else 1)
    market = 0.009 * rng.standard_t(5, (n_weekdays, columns))
    common = 0.006 * rng.standard_normal(n_weekdays)
    returns: dict[str, pd.Series] = {}
    factors: dict[str, pd.DataFrame] = {}
    names = [f"S{s}" for s in range(n_securities)]
    for name in names:
        open_rows = np.flatnonzero(rng.random(n_weekdays) >= holidays)
        beta = rng.uniform(0.3, 1.5, columns)
        noise = rng.uniform(0.004, 0.016) * rng.standard_t(5, n_weekdays)
        own = market + 0.002 * rng.standard_normal(market.shape)
        r = rng.normal(0, 0.0005) + own @ beta + common + noise
        r[rng.random(n_weekdays) < missing] = np.nan
        own[rng.random(n_weekdays) < missing / 4] = np.nan
        index = weekdays[open_rows]
        returns[name] = pd.Series(r[open_rows], index=index, name=name)
        returns[name].iloc[0] = np.nan
        labels = ["beta"] if columns == 1 else [f"F{c}" for c in range(columns)]
        factors[name] = pd.DataFrame(own[open_rows], index=index, columns=labels)
    first = min_obs + int(0.1 * min_obs) - estimation[1] + 4  # shorter than the whole window
    last = n_weekdays - event[1] - max(6, n_weekdays // 20)
    length = event[1] - event[0] + 1
    rows = _event_rows(rng, dates, n_events, first, last, length)
    if beyond_end:
        rows[-1] = n_weekdays - 1 - max(1, event[1] // 2)
    pairs: list[tuple[str, str, pd.Timestamp]] = []
    for e, row in enumerate(rows):
        affected = [m for m in names if rng.random() < 0.85] or names[:1]
        if dates == "one_security":
            affected = names[:1]
        for name in affected:
            sessions = returns[name].index
            at = int(sessions.searchsorted(weekdays[row])) + int(rng.random() < 0.15)
            if at < len(sessions):
                pairs.append((f"E{e}", name, sessions[at]))
    for p, (_, name, day0) in enumerate(pairs):
        r = returns[name]
        at = r.index.get_loc(day0)
        if p == 1 or rng.random() < 0.2:
            row = at + int(rng.integers(event[0], event[1] + 1))
            if 0 <= row < len(r):
                r.iloc[row] = np.nan
        if p == 0 and empty_window is not None:
            r.iloc[max(at + empty_window[0], 0) : at + empty_window[1] + 1] = np.nan
    barred: dict[str, list[int]] | None = None
    if mask:
        barred = {}
        for name in names:
            inside: set[int] = set()
            for _, security, day0 in pairs:
                if security == name:
                    at = returns[name].index.get_loc(day0)
                    inside |= set(range(at + event[0], at + event[1] + 1))
            barred[name] = sorted(row for row in inside if 0 <= row < len(returns[name]))
    case = Case(
        returns=returns,
        factors=None if model == "constant_mean" else factors,
        pairs=pairs,
        model=model,
        estimation=estimation,
        event=event,
        min_obs=min_obs,
        mask=barred,
    )
    if only_kept:
        keep = kept(case)
        case = replace(case, pairs=[pairs[i] for i in keep])
    return case
