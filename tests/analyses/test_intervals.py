"""Intervals of a group's CARs, asked of results; the rank-sum column of contrasts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import eventstudy as es

DATES = pd.bdate_range("2020-01-01", periods=700)


@pytest.fixture(scope="module")
def results():
    """Three markets that move together, 24 dates of two kinds."""
    rng = np.random.default_rng(11)
    common = rng.normal(0, 0.01, 700)[:, None]
    frame = pd.DataFrame(
        common + rng.normal(0, 0.005, (700, 3)), index=DATES, columns=["A", "B", "C"]
    )
    rows = list(range(100, 580, 20))
    events = pd.DataFrame({"event_id": [f"E{n:02d}" for n in range(24)]})
    events["date"] = [DATES[row] for row in rows]
    events["category"] = ["deal", "talk"] * 12
    for at, kind in zip(rows, events["category"], strict=True):
        frame.iloc[at] += 0.012 if kind == "deal" else 0.0
    study = es.EventStudy(
        markets=("A", "B", "C"), model=es.ConstantMean(), estimation_window=(-80, -11),
        event_window=(-2, 2), car_windows=[(0, 0), (0, 1)], by=("category",),
        statistics="cross_sectional_t", calendar="data", date_only="same", min_obs=60, draws=0,
        contrast=[("category", "deal", "talk")],
    )  # fmt: skip
    prices = es.PricePanel.from_frame(frame, content="returns")
    return study.fit(es.Events.from_frame(events), prices)


def cars_of(results, kind):
    """CARs of [0,0] by date and market."""
    frame = results.abnormal_returns.merge(results.events[["event_id", "category"]], on="event_id")
    own = frame[(frame["tau"] == 0) & (frame["category"] == kind)]
    return own.set_index(["event_id", "security"])["abnormal_return"].unstack()  # noqa: PD010


def test_a_row_a_group_window_and_method(results):
    frame = results.intervals(methods=("hodges_lehmann", "bootstrap", "bootstrap_median"))
    assert len(frame) == 3 * 2 * 3
    assert frame["group"].unique().tolist() == ["all", "category=deal", "category=talk"]
    deal = frame[(frame["group"] == "category=deal") & (frame["window_end"] == 0)]
    deal = deal.set_index("method")
    cars = cars_of(results, "deal")
    assert deal.loc["bootstrap", "estimate"] == pytest.approx(cars.to_numpy().mean())
    assert deal.loc["bootstrap_median", "estimate"] == pytest.approx(np.median(cars))
    by_date = cars.mean(axis=1).to_numpy()
    walsh = np.add.outer(by_date, by_date)[np.triu_indices(12)] / 2
    assert deal.loc["hodges_lehmann", "estimate"] == pytest.approx(np.median(walsh))
    assert (deal["ci_low"] > 0).all()
    assert deal.loc["bootstrap", "note"].startswith("fewer than 30 dates")
    assert deal.loc["hodges_lehmann", "note"] == ""
    assert (deal["n_dates"] == 12).all()
    assert (deal["n_pairs"] == 36).all()
    assert (frame["ci_low"] < frame["ci_high"]).all()


def test_level_windows_and_seed(results):
    wide, narrow = (results.intervals("all", windows=[(-1, 1)], level=x) for x in (0.99, 0.8))
    assert (wide["ci_low"] < narrow["ci_low"]).all()
    pd.testing.assert_frame_equal(wide, results.intervals("all", windows=[(-1, 1)], level=0.99))
    one = results.intervals("category*security", windows=[(0, 0)], methods="hodges_lehmann")
    assert len(one) == 6


def test_few_dates_are_said(results):
    frame = results.intervals("event_id", windows=[(0, 0)])
    assert (frame["n_dates"] == 1).all()
    assert frame["note"].str.startswith("not available: ").all()
    assert frame["estimate"].notna().all()


def test_what_is_wrong_is_refused(results, tmp_path):
    with pytest.raises(es.SpecificationError, match="did you mean 'bootstrap'"):
        results.intervals(methods="bootstrp")
    with pytest.raises(es.SpecificationError, match="between 0 and 1"):
        results.intervals(level=95)
    with pytest.raises(es.SpecificationError, match="at least 1"):
        results.intervals(draws=0)
    with pytest.raises(es.NotApplicableError, match="event window"):
        results.intervals(windows=[(0, 9)])


def test_contrasts_have_the_rank_sum_of_the_dates(results):
    rows = results.contrast(windows=[(0, 0)]).set_index("security")
    deal, talk = (cars_of(results, kind) for kind in ("deal", "talk"))
    expected = stats.mannwhitneyu(deal.mean(axis=1), talk.mean(axis=1)).pvalue
    assert rows.loc["all", "pvalue_rank_sum"] == pytest.approx(expected)
    own = stats.mannwhitneyu(deal["A"], talk["A"]).pvalue
    assert rows.loc["A", "pvalue_rank_sum"] == pytest.approx(own)
    within = results.contrast("category", "deal", "talk", windows=[(0, 0)], within="month")
    assert within["pvalue_rank_sum"].isna().all()
