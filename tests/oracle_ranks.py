"""Rank, sign and single-pair tests by plain loops from the definitions alone.

As `oracle`, of which it takes the fits and abnormal returns of single pairs. Choices where the
definitions leave room are marked ``Choice``.
"""

from __future__ import annotations

import math
import statistics

import numpy as np
from oracle import Case, Window, abnormal_at, car, counted, fit_pair, kept, position
from scipy import stats

NAMES = (
    "corrado_zivney_rank",
    "corrado_zivney_sign",
    "grank_t",
    "grank_z",
    "sign_exact",
    "sq",
)
SIDES = ("two-sided", "greater", "less")


def residuals(case: Case, i: int) -> dict[int, float]:
    """Estimation residuals by event time, each from return and normal return, as ARs are.

    A tie of two sessions must not be broken by the rounding of two formulas.
    """
    fit = fit_pair(case, i)
    _, security, day0 = case.pairs[i]
    row0 = position(case, security, day0)
    frame = abnormal_at(case, security, row0, fit, case.estimation)
    ars = dict(zip(frame["tau"], frame["abnormal_return"], strict=True))
    return {int(tau): float(ars[tau]) for tau in fit.residuals_tau.index}


def both_windows(case: Case, i: int) -> dict[int, float]:
    """Residuals and the abnormal returns of the whole event window, by event time."""
    values = residuals(case, i)
    _, security, day0 = case.pairs[i]
    frame = abnormal_at(
        case, security, position(case, security, day0), fit_pair(case, i), case.event
    )
    for tau, ar in zip(frame["tau"], frame["abnormal_return"], strict=True):
        if not math.isnan(ar):
            values[int(tau)] = float(ar)
    return values


def mid_rank(value: float, values: list[float]) -> float:
    """Rank of a value among values that hold it; ties share the mean of their ranks."""
    below = sum(1 for v in values if v < value)
    equal = sum(1 for v in values if v == value)
    return below + (equal + 1) / 2


def scores(case: Case, i: int, name: str) -> dict[int, float]:
    """U or G of every session of a pair."""
    values = both_windows(case, i)
    every = list(values.values())
    if name == "corrado_zivney_rank":
        return {tau: mid_rank(v, every) / (len(every) + 1) - 0.5 for tau, v in values.items()}
    median = statistics.median(every)
    return {tau: float(np.sign(v - median)) for tau, v in values.items()}


def corrado_zivney(case: Case, window: Window, name: str) -> float:
    """Sum of D over W / (sqrt L S).

    Choice: as for corrado_rank, the pairs of the group that are absent in W count in every D,
    and a session with no pair enters neither S nor L.
    """
    by_session: dict[int, list[float]] = {}
    for i in kept(case):
        for tau, score in scores(case, i, name).items():
            by_session.setdefault(tau, []).append(score)
    d = {tau: sum(every) / math.sqrt(len(every)) for tau, every in by_session.items()}
    s = math.sqrt(sum(v * v for v in d.values()) / len(d))
    inside = [d[tau] for tau in range(window[0], window[1] + 1) if tau in d]
    return sum(inside) / (math.sqrt(len(inside)) * s) if inside and s > 0 else math.nan


def scaled_scars(case: Case, window: Window) -> dict[int, float] | None:
    """SCAR over the cross-section's sd (N - 1); None with one pair or equal SCARs."""
    scar = {i: car(case, i, window)["scar"] for i in counted(case, window)}
    if len(scar) < 2:
        return None
    sd = statistics.stdev(scar.values())
    mean = statistics.fmean(scar.values())
    return {i: v / sd for i, v in scar.items()} if sd > 1e-13 * abs(mean) else None


def grank(case: Case, window: Window, name: str) -> tuple[float, float]:
    """(statistic, df). Choice: only pairs counted in W, at every session."""
    scars = scaled_scars(case, window)
    if scars is None:
        return math.nan, math.nan
    by_session: dict[int, list[float]] = {}
    event = []
    variance = 0.0
    for i, scar in scars.items():
        sigma = fit_pair(case, i).sigma
        e = {tau: v / sigma for tau, v in residuals(case, i).items()}
        every = [*e.values(), scar]
        t_i = len(every)
        event.append(mid_rank(scar, every) / (t_i + 1) - 0.5)
        for tau, v in e.items():
            by_session.setdefault(tau, []).append(mid_rank(v, every) / (t_i + 1) - 0.5)
        variance += (t_i - 1) / (t_i + 1) / 12
    n0 = len(event)
    ubar0 = sum(event) / n0
    if name == "grank_z":
        return ubar0 / (math.sqrt(variance) / n0), math.nan
    t = len(by_session) + 1
    squares = ubar0**2
    for every in by_session.values():
        squares += len(every) / n0 * (sum(every) / len(every)) ** 2
    s = math.sqrt(squares / t)
    z = ubar0 / s if s > 0 else math.nan
    room = t - 1 - z * z
    return (z * math.sqrt((t - 2) / room) if room > 0 else math.nan), t - 2


def sq(case: Case, i: int, window: Window, side: str = "two-sided") -> float:
    """P-value of one pair.

    Choice: a window of residuals is as many sessions in a row as the pair has in W, all of them
    with a residual; values nearer than 1e-10 standard deviations are equal.
    """
    one = car(case, i, window)
    if one["L"] == 0:
        return math.nan
    e = residuals(case, i)
    near = 1e-10 * fit_pair(case, i).sigma
    sums = []
    for tau in range(case.estimation[0], case.estimation[1] + 1):
        run = [e.get(tau + k) for k in range(one["L"])]
        if None not in run:
            sums.append(sum(run))
    if not sums:
        return math.nan
    if side == "two-sided":
        far = sum(1 for v in sums if abs(v) >= abs(one["car"]) - near)
    elif side == "greater":
        far = sum(1 for v in sums if v >= one["car"] - near)
    else:
        far = sum(1 for v in sums if v <= one["car"] + near)
    return (1 + far) / (len(sums) + 1)


def tail(value: float, law, side: str) -> float:
    """P-value of a statistic under a distribution of scipy."""
    if math.isnan(value):
        return math.nan
    if side == "two-sided":
        return float(2 * law.sf(abs(value)))
    return float(law.sf(value) if side == "greater" else law.cdf(value))


def statistic(case: Case, window: Window, name: str, side: str = "two-sided") -> dict[str, float]:
    """One statistic over all pairs of the case. NaN: not available. df NaN: no t distribution."""
    pairs = counted(case, window)
    value = df = p = math.nan
    if not pairs:
        return {"statistic": value, "df": df, "pvalue": p}
    if name.startswith("corrado_zivney"):
        value = corrado_zivney(case, window, name)
        p = tail(value, stats.norm, side)
    elif name == "grank_t":
        value, df = grank(case, window, name)
        p = tail(value, stats.t(df), side)
    elif name == "grank_z":
        value, _ = grank(case, window, name)
        p = tail(value, stats.norm, side)
    elif name == "sign_exact":
        n = len(pairs)
        w = sum(1 for i in pairs if car(case, i, window)["car"] > 0)
        value = (w - n / 2) / math.sqrt(n / 4)
        p = float(stats.binomtest(w, n, 0.5, alternative=side).pvalue)
    elif name == "sq":
        if len(pairs) == 1:
            value, p = car(case, pairs[0], window)["car"], sq(case, pairs[0], window, side)
    else:
        raise ValueError(name)
    return {"statistic": value, "df": df, "pvalue": p}
