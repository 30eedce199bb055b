"""Small studies the tests of inference share, and what they read off the answers."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import oracle_parametric
import pandas as pd
import pytest
import studies

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, Window
from eventstudy.estimation.abnormal import AbnormalReturns, cumulate
from eventstudy.estimation.clusters import Structure
from eventstudy.estimation.groups import make_groups
from eventstudy.inference import STATISTICS
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import (
    MIN_GAP,
    GroupCache,
    cumulate_both,
    gather_evidence,
    pair_structure,
)
from eventstudy.inference.evidence import Block, Evidence
from eventstudy.inference.placements import (
    draw_placements,
    draw_seed,
)
from eventstudy.models.base import ModelFit

ALL = tuple(STATISTICS.names())
DATES = pd.bdate_range("2021-01-04", periods=420)
WINDOWS = [(0, 0), (-1, 1), (-3, 5)]
SMALL = {"n_events": 5, "n_securities": 3, "n_weekdays": 240, "estimation": (-90, -11)}
NAMES = oracle_parametric.STATISTICS + oracle_parametric.BOOTSTRAPS
ALTERNATIVES = ("two-sided", "greater", "less")


def panel(*columns: str, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.008, (len(DATES), 1))
    own = rng.normal(0, 0.01, (len(DATES), len(columns)))
    return pd.DataFrame(common + own, index=DATES, columns=list(columns))


def fit(frame, rows, *, signs=None, markets=None, **settings):
    """Fit a study of events on `rows` of the panel, in `markets` where not all."""
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))], "date": DATES[rows]})
    if signs is not None:
        table["expected_sign"] = signs
    if markets is not None:
        table["markets"] = markets
    given = {
        "markets": tuple(c for c in frame.columns if c != "M"),
        "model": ConstantMean(),
        "estimation_window": (-100, -11),
        "event_window": (-2, 2),
        "car_windows": [(0, 0), (0, 1)],
        "statistics": ALL,
        "calendar": "data",
        "date_only": "same",
        "min_obs": 60,
        "draws": 200,
    }
    study = EventStudy(**(given | settings))
    return study.fit(Events.from_frame(table), PricePanel.from_frame(frame, content="returns"))


def answers(results, window=(0, 0), group="all"):
    rows = results.statistics
    rows = rows[
        (rows["group"] == group)
        & (rows["window_start"] == window[0])
        & (rows["window_end"] == window[1])
        & (rows["measure"] == "car")
    ]
    return rows.set_index("name")


def placements_of(results, window):
    """Pairs in the window (N,), their positions in every draw (B, N), and their units."""
    design = results.fitted.design
    present = np.flatnonzero(cumulate(design.table, window).n_sessions)
    structure = pair_structure(design, present, window)
    gap = max(window.length, MIN_GAP)
    placed = draw_placements(
        design.placebo,
        structure,
        security=design.table.security[present],
        day0=design.table.day0[present],
        date=design.date[present],
        extension=design.table.extension[present],
        start=window.start,
        end=max(window.end, 0),
        gap=gap,
        draws=design.draws,
        seed=draw_seed(design.seed, gap, max(window.end, 0)),
    )
    rows = np.empty((design.draws, len(present)), dtype=np.int64)
    for block in placed.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    return present, rows, structure


def by_side(case, daily, **settings):
    """One tidy frame by window and name for each alternative."""
    results = studies.fitted(
        case, daily, statistics=NAMES, car_windows=WINDOWS, **({"draws": 0} | settings)
    )
    frames = {}
    for side in ALTERNATIVES:
        rows = results.tidy("all", names=NAMES, alternative=side)
        rows = rows[rows["measure"] == "car"]
        frames[side] = rows.set_index(["window_start", "window_end", "name"])
    return frames


def close(got, expected):
    return got == pytest.approx(expected, rel=1e-8, abs=1e-10, nan_ok=True)


def refusal(frame, rows, name, window=(0, 0), markets=None):
    table = pd.DataFrame({"event_id": [f"e{i}" for i in rows], "date": frame.index[rows]})
    if markets is not None:
        table["markets"] = markets
    study = EventStudy(
        markets=tuple(frame.columns), model=ConstantMean(), estimation_window=(-60, -6),
        event_window=(-1, 1), car_windows=[window], statistics=name, calendar="data",
        date_only="same", min_obs=20, draws=0,
    )  # fmt: skip
    results = study.fit(Events.from_frame(table), PricePanel.from_frame(frame, content="returns"))
    row = results.test(name, window).iloc[0]
    assert math.isnan(row["statistic"])
    assert math.isnan(row["pvalue"])
    return row["note"]


def independent_returns(replications, n_dates, n_markets, n_obs, seed):
    """Evidence of independent normal returns, a constant mean: one draw a replication."""
    rng = np.random.default_rng(seed)
    n_pairs = n_dates * n_markets
    rows = np.arange(replications * n_pairs).reshape(replications, n_pairs)
    y = rng.standard_normal((rows.size, n_obs + 1))
    residuals = y[:, :-1] - y[:, :-1].mean(axis=1)[:, None]
    abnormal = y[:, -1:] - y[:, :-1].mean(axis=1)[:, None]
    sigma = residuals.std(axis=1, ddof=1)
    unit = np.repeat(np.arange(n_dates), n_markets)
    market = np.tile(np.arange(n_markets), n_dates)
    # No two replications share a date, nor any two dates of one.
    day = (unit + n_dates * np.arange(replications)[:, None]).ravel() * (n_obs + 1)
    days = day[:, None] + np.arange(-n_obs, 1)
    dates = np.datetime64("1000-01-01") + days
    number = len(day)
    nothing = np.zeros((number, 1))
    fit = ModelFit(
        model="constant_mean", intercept=np.zeros(number), slopes=np.empty((number, 0)),
        n_obs=np.full(number, n_obs), n_parameters=1, df=np.full(number, n_obs - 1.0),
        sigma=sigma, r_squared=np.zeros(number), mean_weight=np.full(number, 1.0 / n_obs),
        x_mean=np.empty((number, 0)), x_precision=np.empty((number, 0, 0)),
        coefficients=np.empty((number, 0)), coefficient_names=(), failed=np.zeros(number, bool),
    )  # fmt: skip
    std_error = (sigma * math.sqrt(1 + 1 / n_obs))[:, None]
    table = AbnormalReturns(
        security=np.tile(market, replications), day0=day, extension=np.zeros(number, int),
        event=Window(0, 0), taus=np.array([0]), dates=dates[:, -1:], returns=abnormal,
        normal=nothing, abnormal=abnormal, factors=np.empty((number, 1, 0)),
        std_error=std_error, standardized=abnormal / std_error, residuals=residuals,
        volatility=sigma[:, None], fit=fit,
    )  # fmt: skip
    everything = np.ones(n_pairs, dtype=bool)
    return Evidence(
        table=table,
        window=cumulate(table, Window(0, 0)),
        blocks=(
            Block(
                columns=np.arange(n_pairs),
                rows=rows,
                moves=np.arange(replications),
                pick=np.arange(replications),
            ),
        ),
        structure=Structure(counted=everything, unit=unit, cluster=unit),
        origin=np.arange(n_pairs),
        sign=np.ones(n_pairs),
        absent=np.empty(0, dtype=np.int64),
        absent_sign=np.empty(0),
        dependence=ResidualDependence(dates[:, :-1], residuals),
    )


def drawn_evidence(results, window):
    """Return the placebo evidence of all pairs in one window."""
    design = results.fitted.design
    cache = GroupCache()
    totals = cumulate_both(design, Window(*window))
    (group,) = make_groups(results.fitted.labels, ())
    present = group.pairs[totals.real.n_sessions[group.pairs] > 0]
    absent = np.setdiff1d(group.pairs, present)
    return gather_evidence(design, present, absent, totals, cache).drawn


@lru_cache
def moving_design(seed: int, **settings):
    """Return the design of a study with holidays, a Saturday, signs, gaps and close events."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-04", periods=400)
    dates = dates.append(dates[[250]] + pd.offsets.Day(5 - dates[250].weekday())).sort_values()
    values = rng.normal(0, 0.01, (len(dates), 3))
    values[rng.random(values.shape) < 0.03] = np.nan
    saturday = np.flatnonzero(dates.day_of_week == 5)
    values[saturday] = [0.01, 0.02, np.nan]
    frame = pd.DataFrame(values, index=dates, columns=["A", "B", "C"])
    rows = np.sort(np.r_[rng.choice(np.arange(120, 380), 10, replace=False), saturday])
    table = pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in range(len(rows))],
            "date": dates[rows],
            "expected_sign": rng.choice(["-", "+"], len(rows)),
        }
    )
    study = EventStudy(
        markets=("A", "B", "C"), model=ConstantMean(), estimation_window=(-80, -11),
        event_window=(-1, 1), statistics=("placebo",), calendar="data", date_only="same",
        min_obs=40, draws=150, sign="expected", **settings,
    )  # fmt: skip
    return study.fit(
        Events.from_frame(table), PricePanel.from_frame(frame, content="returns")
    ).fitted.design
