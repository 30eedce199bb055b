"""A small study of groups of a few dates each, and the dates outside a group, the plain way."""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import pandas as pd
from inference_studies import placements_of

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, Window
from eventstudy.calibration import calibrate
from eventstudy.estimation.abnormal import cumulate

SIZES = (1, 2, 3, 4, 5)
NAMES = ("placebo", "moderated_placebo", "mean_square")


def made(
    alternative: str = "two-sided",
    *,
    sizes: tuple[int, ...] = SIZES,
    seed: int = 5,
    signed: bool = False,
    high: float = 0.0,
    draws: int = 199,
    names: tuple[str, ...] = NAMES,
    length: int = 420,
):
    """Study, events and returns: groups ``k0`` ... in three markets; the last one's dates react.

    `high` is added to one of them.
    """
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-04", periods=length)
    values = rng.normal(0, 0.01, (length, 3)) + rng.normal(0, 0.008, (length, 1))
    rows = np.sort(rng.choice(np.arange(90, length - 20, 7), sum(sizes), replace=False))
    group = rng.permutation(np.repeat([f"k{number}" for number in range(len(sizes))], sizes))
    last = rows[group == f"k{len(sizes) - 1}"]
    values[last] += 0.012
    values[last[0]] += high
    frame = pd.DataFrame(values, index=dates, columns=["A", "B", "C"])
    table = pd.DataFrame(
        {"event_id": [f"E{row}" for row in rows], "date": dates[rows], "category": group}
    )
    if signed:
        table["expected_sign"] = rng.choice(["-", "+"], len(rows))
    study = EventStudy(
        markets=("A", "B", "C"), model=ConstantMean(), estimation_window=(-70, -11),
        event_window=(0, 1), car_windows=[(0, 0), (0, 1)], statistics=names, by="category",
        calendar="data", date_only="same", min_obs=40, draws=draws, alternative=alternative,
        sign="expected" if signed else "none",
    )  # fmt: skip
    return study, Events.from_frame(table), PricePanel.from_frame(frame, content="returns")


@lru_cache
def grouped(*args, **settings):
    """Fit the study of `made`."""
    study, events, prices = made(*args, **settings)
    return study.fit(events, prices)


def calibrated(names):
    """Measure tests on the placebo dates of the study of `made`: the frame."""
    return calibrate(*made(length=600), statistics=names, draws=400).frame


def row_of(results, name: str, group: str, window: tuple[int, int] = (0, 0)) -> pd.Series:
    rows = results.statistics
    rows = rows[(rows["name"] == name) & (rows["group"] == group) & (rows["measure"] == "car")]
    return rows[(rows["window_start"] == window[0]) & (rows["window_end"] == window[1])].iloc[0]


def dates_by_group(results, window: tuple[int, int] = (0, 0)):
    """Z of every date in the data and in every joint draw, and its group: (U,), (B, U), (U,)."""
    design = results.fitted.design
    present, rows, structure = placements_of(results, Window(*window))
    sign = design.sign[present]
    real = cumulate(design.table, Window(*window)).z[present] * sign
    drawn = cumulate(design.placebo.table, Window(*window)).z[rows] * sign
    category = results.fitted.labels["category"].to_numpy()[present]
    own, moved, groups = [], [], []
    for unit in range(structure.n_units):
        members = structure.unit == unit
        own.append(np.nanmean(real[members]))
        moved.append(np.nanmean(drawn[:, members], axis=1))
        groups.append(category[members][0])
    return np.array(own), np.array(moved).T, np.array(groups)


def plain_borrow(z: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """s0^2 and d0 by Smyth's moments, a group at a time."""
    from scipy.optimize import brentq
    from scipy.special import digamma, polygamma

    squares, freedom, logs, chance = 0.0, 0, [], []
    for group in sorted(set(groups)):
        values = z[groups == group]
        if len(values) < 2:
            continue
        df = len(values) - 1
        squares += ((values - values.mean()) ** 2).sum()
        freedom += df
        logs.append(math.log(values.var(ddof=1)) - digamma(df / 2) + math.log(df / 2))
        chance.append(polygamma(1, df / 2))
    excess = np.var(logs, ddof=1) - np.mean(chance)
    d0 = math.inf
    if excess > 0:
        log_half = brentq(
            lambda x: math.log(polygamma(1, math.exp(x)) / excess), -15, 40, xtol=1e-14, rtol=1e-15
        )
        d0 = 2 * math.exp(log_half)
    return squares / freedom, d0


def plain_t(z: np.ndarray, s0: float, d0: float) -> float:
    """The formula as it stands."""
    number = len(z)
    own = ((z - z.mean()) ** 2).sum()
    variance = s0 if math.isinf(d0) else (d0 * s0 + own) / (d0 + number - 1)
    return math.sqrt(number) * z.mean() / math.sqrt(variance)


def plain_monotone_t(z: np.ndarray, s0: float, d0: float) -> float:
    """The largest value of the formula over bounds on what moved most."""
    from scipy.optimize import minimize_scalar

    turn = -1.0 if z.mean() < 0 else 1.0
    ordered = np.sort(turn * z)
    best = plain_t(ordered, s0, d0)
    for low, high in itertools.pairwise(ordered):
        found = minimize_scalar(
            lambda bound: -plain_t(np.minimum(ordered, bound), s0, d0),
            bounds=(low, high), method="bounded", options={"xatol": 1e-12},
        )  # fmt: skip
        best = max(best, -found.fun)
    return turn * best
