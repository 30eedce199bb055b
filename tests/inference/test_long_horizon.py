"""The test of long windows: derived anew in `oracle_classical`; here its edges and its size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

DATES = pd.bdate_range("2018-01-01", periods=900)


def fit(frame, rows, window, columns=None, **settings):
    study = es.EventStudy(
        **{
            "markets": tuple(frame), "model": es.Raw(), "estimation_window": (-60, -1),
            "event_window": window, "car_windows": [window], "statistics": "dutta_t",
            "calendar": "data", "date_only": "same", "draws": 0, "min_obs": 0,
        } | settings
    )  # fmt: skip
    events = pd.DataFrame({"event_id": [f"E{n}" for n in range(len(rows))]})
    events["date"] = [DATES[row] for row in rows]
    events["markets"] = [frame.columns[n % frame.shape[1]] for n in range(len(rows))]
    events = events.assign(**(columns or {}))
    return study.fit(
        es.Events.from_frame(events), es.PricePanel.from_frame(frame, content="returns")
    )


def normal(seed, n_firms, common=0.0):
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, common, 900)[:, None]
    values = shared + rng.normal(0, 0.01, (900, n_firms)) * rng.uniform(0.5, 2, n_firms)
    return pd.DataFrame(values, index=DATES, columns=[f"F{n}" for n in range(n_firms)])


def test_a_few_sessions_of_one_month_have_no_answer():
    frame = normal(1, 3)
    for window in ((0, 0), (0, 5)):
        results = fit(frame, [101, 102, 103], window, min_obs=40, model=es.ConstantMean())
        row = results.test("dutta_t", window).iloc[0]
        assert np.isnan(row["pvalue"])
        assert "two calendar months" in row["note"]
    one = fit(frame, [100], (0, 250)).test("dutta_t", (0, 250)).iloc[0]
    assert one["df"] == 13
    assert np.isfinite(one["pvalue"])


def test_a_pair_that_does_not_move_is_left_out():
    frame = normal(2, 3)
    with_one = fit(frame[["F0", "F1"]], [100, 120], (0, 200)).test("dutta_t", (0, 200)).iloc[0]
    frame["F2"] = 0.0
    with_flat = fit(frame, [100, 120, 130], (0, 200)).test("dutta_t", (0, 200)).iloc[0]
    assert with_flat["statistic"] == pytest.approx(with_one["statistic"], rel=1e-12)


@pytest.mark.slow
def test_overlapping_windows_that_move_together_keep_its_size():
    """A part of every firm's variance is common; the t of pairs as they are rejects often."""
    n_runs, n_firms = 40, 12
    frame = pd.concat(
        [normal(seed, n_firms, common=0.006).add_prefix(f"R{seed}") for seed in range(n_runs)],
        axis=1,
    )
    rows = [100 + 12 * (n % n_firms) for n in range(frame.shape[1])]
    results = fit(
        frame, rows, (1, 180), statistics="cross_sectional_t",
        columns={"run": [f"R{n // n_firms}" for n in range(frame.shape[1])]},
    )  # fmt: skip
    names = ["dutta_t", "cross_sectional_t"]
    found = results.tidy("run", windows=[(1, 180)], names=names)
    rejected = (found["pvalue"] <= 0.05).groupby(found["name"]).sum()
    assert len(found) == 2 * n_runs
    assert rejected["dutta_t"] <= 6  # of 40 at 5 %; more are as rare as 1 in 300
    assert rejected["cross_sectional_t"] > 6


def test_draws_are_those_of_one_draw_each():
    """Size over placebo draws comes from the same sums as the data's own value."""
    frame = normal(5, 4)
    results = fit(
        frame, [500, 520, 540, 560], (0, 60), draws=99, min_obs=40, model=es.ConstantMean(),
        statistics=("dutta_t", "placebo"),
    )  # fmt: skip
    row = results.test("dutta_t", (0, 60)).iloc[0]
    assert 0.0 <= row["size"] <= 0.6
