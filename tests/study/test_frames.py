"""Frames of a study are its arrays with labels, and its CAAR paths the mean by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fitted_study import STUDY
from scipy.stats import t

from eventstudy.estimation.groups import make_groups
from eventstudy.study.frames import (
    abnormal_frame,
    caar_frame,
    car_frame,
    heatmap_frame,
    models_frame,
)
from eventstudy.windows import Window


@pytest.fixture(scope="module")
def pairs(results):
    return results.models[["event_id", "security"]]


def test_a_row_a_pair_and_event_time(results, pairs):
    table = results.fitted.design.table
    frame = abnormal_frame(table, pairs, ["M"])
    assert len(frame) == len(pairs) * STUDY.event_window.length
    np.testing.assert_allclose(
        frame["abnormal_return"], frame["return"] - frame["normal_return"], rtol=1e-12
    )
    day0 = frame[frame["tau"] == 0]
    np.testing.assert_array_equal(
        day0["session"].to_numpy(), results.event_sessions.to_numpy().astype("datetime64[ns]")
    )
    assert day0["factor_M"].tolist() == table.factors[:, -table.event.start, 0].tolist()


def test_models_have_a_column_for_each_coefficient(results, pairs):
    frame = models_frame(results.fitted.design.table, pairs)
    assert list(frame.columns[-2:]) == ["alpha", "beta"]
    assert (frame["model"] == "market_model").all()


def test_pairs_are_shown_in_the_order_of_their_index(results, pairs):
    table, windows = results.fitted.design.table, [Window(0, 0), Window(0, 1)]
    order = np.random.default_rng(3).permutation(len(pairs))
    moved = pairs.set_axis(order, axis="index")
    shown = np.argsort(order)
    models = models_frame(table, pairs)
    pd.testing.assert_frame_equal(
        models_frame(table, moved), models.iloc[shown].reset_index(drop=True)
    )
    usual, other = (car_frame(table, one, windows, simple=True) for one in (pairs, moved))
    rows = np.concatenate([shown, shown + len(pairs)])
    pd.testing.assert_frame_equal(other, usual.iloc[rows].reset_index(drop=True))
    usual, other = (abnormal_frame(table, one, ["M"]) for one in (pairs, moved))
    length = len(usual) // len(pairs)
    rows = (shown[:, None] * length + np.arange(length)).reshape(-1)
    pd.testing.assert_frame_equal(other, usual.iloc[rows].reset_index(drop=True))


def test_a_path_is_the_mean_of_cumulated_returns_with_an_interval_by_date(results):
    design = results.fitted.design
    (everyone,) = make_groups(results.fitted.labels, [])
    path = caar_frame(design, [everyone]).set_index("tau")
    returns = results.abnormal_returns[results.abnormal_returns["tau"] <= 0]
    sums = returns.groupby(["event_id", "security"])["abnormal_return"].sum(min_count=1).dropna()
    row = path.loc[0]
    assert (row["group"], row["n_pairs"], row["n_dates"]) == ("all", len(sums), 7)
    assert row["caar"] == pytest.approx(sums.mean(), rel=1e-10)
    by_date = (sums - sums.mean()).groupby("event_id").sum()
    error = np.sqrt((by_date**2).sum() * 7 / 6) / len(sums)
    assert row["std_error"] == pytest.approx(error, rel=1e-10)
    assert row["ci_high"] - row["caar"] == pytest.approx(t.isf(0.025, 6) * error, rel=1e-10)


def test_a_group_of_one_date_has_a_path_without_an_interval(results):
    groups = make_groups(results.fitted.labels, ["event_id"])[1:2]
    path = caar_frame(results.fitted.design, groups)
    assert path["caar"].notna().all()
    assert path[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)


def test_a_heatmap_has_the_two_values_of_each_group():
    labels = pd.DataFrame({"category": ["a", "b"], "security": ["X", "Y"]})
    groups = make_groups(labels, ["category*security"])[1:]
    statistics = pd.DataFrame(
        {"estimate": [0.1, 0.2], "pvalue": 0.5, "n_events": 1, "n_units": 1, "mde": 0.9,
         "mde_return": 0.02}
    )  # fmt: skip
    frame = heatmap_frame(statistics, groups)
    assert frame[["row", "column"]].to_numpy().tolist() == [["a", "X"], ["b", "Y"]]
    assert frame["estimate"].tolist() == [0.1, 0.2]
    assert frame["mde_return"].tolist() == [0.02, 0.02]
    empty = heatmap_frame()
    assert empty.empty
    assert list(empty.columns) == list(frame.columns)
