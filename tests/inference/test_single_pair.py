"""A single pair among its own estimation residuals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_ranks
import pandas as pd
import pytest
import studies
from inference_studies import drawn_evidence

from eventstudy.inference import STATISTICS

WINDOWS = [(0, 0), (-1, 1), (-3, 5)]
SMALL = {"n_events": 4, "n_securities": 3, "n_weekdays": 200, "estimation": (-70, -11)}


@pytest.mark.slow
def test_sq_of_every_pair_is_in_the_table_of_cars():
    case, daily = studies.random_study(84, missing=0.08, empty_window=(0, 0), **SMALL)
    cars = studies.fitted(case, daily).car.set_index(
        ["event_id", "security", "window_start", "window_end"]
    )
    seen = 0
    for i in oracle.kept(case):
        for window in WINDOWS:
            found = cars.loc[(*case.pairs[i][:2], *window), "sq_pvalue"]
            expected = oracle_ranks.sq(case, i, window)
            assert found == pytest.approx(expected, rel=1e-12, nan_ok=True)
            seen += not math.isnan(expected)
    assert seen > 15


def test_sq_runs_do_not_go_from_before_the_event_to_after_it():
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2020-01-01", periods=200)
    returns = rng.normal(0, 0.01, 200)
    case = oracle.Case(
        returns={"A": pd.Series(returns, index=dates)},
        factors=None,
        pairs=[("E0", "A", dates[100])],
        model="constant_mean",
        estimation=(-40, -11),
        event=(-5, 5),
        min_obs=20,
    )
    results = studies.fitted(
        case, {}, statistics="sq", estimation_window=[(-40, -11), (11, 40)], car_windows=[(-5, 5)]
    )
    parts = [returns[60:90], returns[111:141]]
    mean = np.concatenate(parts).mean()
    sums = np.concatenate([np.convolve(part - mean, np.ones(11), "valid") for part in parts])
    assert len(sums) == 40
    reached = (np.abs(sums) >= abs((returns[95:106] - mean).sum())).sum()
    row = results.test("sq", (-5, 5)).iloc[0]
    assert row["pvalue"] == pytest.approx((1 + reached) / 41, rel=1e-12)
    sq_pvalue = results.car.set_index(["window_start", "window_end"])["sq_pvalue"]
    assert sq_pvalue.loc[(-5, 5)] == row["pvalue"]


def test_sq_of_draws_is_that_of_each_place():
    case, daily = studies.random_study(86, model="constant_mean", missing=0.05, **SMALL)
    case = replace(case, pairs=[case.pairs[oracle.kept(case)[-1]]])
    results = studies.fitted(case, daily, draws=200, statistics="sq", car_windows=[(-1, 1)])
    drawn = drawn_evidence(results, (-1, 1))
    answer = STATISTICS["sq"].value.compute(drawn)
    (block,) = drawn.blocks
    dates = drawn.table.dates[block.rows[:, 0], int(np.flatnonzero(drawn.table.taus == 0)[0])]
    for draw in range(0, drawn.n_draws, 9):
        moved = replace(
            case, pairs=[("E00", case.pairs[0][1], pd.Timestamp(dates[block.pick[draw]]))]
        )
        assert answer.pvalue[draw] == pytest.approx(oracle_ranks.sq(moved, 0, (-1, 1)))
    row = results.tidy("all", windows=[(-1, 1)])
    assert row["size"].between(0.0, 0.12).all()
