"""Tests of one pair against its donors, beside loops of their own."""

from __future__ import annotations

import numpy as np
import pytest

import eventstudy as es
from eventstudy.analyses.counterfactual import PairSeries, counterfactual_tests
from eventstudy.windows import Window

DONORS = tuple(f"D{number}" for number in range(9))


def pair(seed, effect=0.0, n_donors=9, length=2):
    """120 estimation sessions, a gap of 10, and event sessions 0 to `length` - 1 with an effect."""
    rng = np.random.default_rng(seed)
    n = 130 + length
    common = rng.normal(size=(n, 1)) * 0.01
    donors = common * rng.uniform(0.5, 1.5, n_donors) + rng.normal(size=(n, n_donors)) * 0.006
    returns = common[:, 0] + rng.normal(size=n) * 0.006
    returns[130:] += effect
    tau = np.arange(-130, length)
    return PairSeries(
        event_id="e", security="A", returns=returns, donors=donors, is_estimation=tau < -10, tau=tau
    )


def one(model, series, window=(0, 1), **settings):
    frame = counterfactual_tests(model, [series], [Window(*window)], **settings)
    return frame.iloc[0]


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_control_group_against_loops(alternative):
    series = pair(3, effect=0.004)
    turn = {"two-sided": abs, "greater": lambda x: x, "less": lambda x: -x}[alternative]
    everyone = np.column_stack([series.returns, series.donors])
    before, inside = series.tau < -10, series.tau >= 0

    def ratio(column):
        gap = everyone[:, column] - np.delete(everyone, [0, column] if column else [0], 1).mean(1)
        gap = gap - gap[before].mean()
        return gap[inside].sum() / gap[before].std(), gap[inside].sum()

    row = one(es.ControlGroup(DONORS), series, alternative=alternative)
    assert row["car"] == pytest.approx(ratio(0)[1], abs=1e-14)
    assert row["ratio"] == pytest.approx(ratio(0)[0], rel=1e-10)
    beyond = sum(turn(ratio(j)[0]) >= turn(ratio(0)[0]) for j in range(1, 10))
    assert row["pvalue_space"] == pytest.approx((1 + beyond) / 10)

    whole = series.returns - series.donors.mean(axis=1)
    whole = np.r_[whole[before], whole[inside]]
    whole = whole - whole.mean()
    sums = [turn(whole[k - 1] + whole[k]) for k in range(len(whole))]
    reached = sum(value >= sums[-1] - 1e-12 for value in sums)
    assert row["pvalue_conformal"] == pytest.approx(reached / len(whole))
    assert row["n_shifts"] == 122


def test_a_large_effect_has_the_least_pvalues():
    row = one(es.SyntheticControl(DONORS), pair(1, effect=0.2))
    assert row["pvalue_space"] == pytest.approx(1 / 10)
    assert row["pvalue_conformal"] == pytest.approx(1 / 122)


def test_missing_sessions_and_few_donors_are_said():
    series = pair(2, n_donors=2)
    series.returns[-2:] = np.nan
    row = one(es.ControlGroup(DONORS[:2]), series)
    assert np.isnan(row["car"])
    assert row["note"] == "not available: no abnormal return in this window"
    row = one(es.ControlGroup(DONORS[:2]), pair(2, n_donors=2))
    assert np.isnan(row["pvalue_space"])
    assert np.isfinite(row["pvalue_conformal"])
    assert row["note"] == "in space not available: 2 donors leave too few for each other"


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [es.ControlGroup(DONORS), es.SyntheticControl(DONORS), es.FactorAdjusted(DONORS)]
)
def test_size(model):
    frame = counterfactual_tests(model, [pair(seed) for seed in range(400)], [Window(0, 1)])
    assert 0.02 < (frame["pvalue_conformal"] <= 0.05).mean() < 0.085
    assert 0.06 < (frame["pvalue_space"] <= 0.1).mean() < 0.15


def test_a_study_asks_for_them():
    import pandas as pd

    rng = np.random.default_rng(4)
    names = ["A", *DONORS[:4]]
    daily = pd.DataFrame(
        rng.normal(size=(160, 5)) * 0.01, index=pd.bdate_range("2024-01-01", periods=160),
        columns=names,
    )  # fmt: skip
    day = str(daily.index[130].date())
    events = es.Events.from_frame(pd.DataFrame({"event_id": ["e1"], "date": [day]}))
    settings = {
        "markets": ("A",), "date_only": "same", "calendar": "data", "draws": 0, "min_obs": 60,
        "estimation_window": (-110, -11), "event_window": (-1, 1), "car_windows": ((0, 1),),
        "statistics": ("cross_sectional_t",),
    }  # fmt: skip
    prices = es.PricePanel.from_frame(daily, content="returns")
    results = es.EventStudy(model=es.SyntheticControl(DONORS[:4]), **settings).fit(events, prices)
    row = results.test_counterfactual().iloc[0]
    assert row["car"] == pytest.approx(results.car["car"].iloc[0], abs=1e-14)
    plain = es.EventStudy(model=es.ConstantMean(), **settings).fit(events, prices)
    with pytest.raises(es.NotApplicableError, match="has no donors"):
        plain.test_counterfactual()
