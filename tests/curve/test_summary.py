"""A curve in numbers: p-values by loops, measures, influence of choices, size."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_curve import study

from eventstudy import (
    MarketModel,
    simulate_panel,
    specification_curve,
)
from eventstudy.curve import summary


def brute_force(made, alternative="two-sided"):
    """Share significant and its p-value, from the statistics alone."""

    def reaches(one, other):
        if alternative == "two-sided":
            return abs(one) >= abs(other) * (1 - 1e-9)
        return one >= other - 1e-9 * abs(other) if alternative == "greater" else one <= other

    own = made.specifications["statistic"].tolist()
    shares, pvalues = [], []
    for draw in range(-1, made.statistics.shape[1]):
        small = 0
        for spec, real in enumerate(own):
            everything = [real, *made.statistics[spec]]
            mine = real if draw < 0 else made.statistics[spec, draw]
            pvalue = sum(reaches(one, mine) for one in everything) / len(everything)
            small += pvalue <= 0.05
            if draw < 0:
                pvalues.append(pvalue)
        shares.append(small / len(own))
    reached = sum(share >= shares[0] for share in shares[1:])
    return pvalues, shares[0], shares[1:], (1 + reached) / len(shares)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_p_values_are_those_of_loops(data, alternative):
    choices = {
        "models": ["constant_mean", "market_model"],
        "car": [(0, 0), (0, 2)],
        "estimation": [(-70, -11)],
    }
    made = specification_curve(study(alternative=alternative), *data, choices=choices, draws=120)
    pvalues, share, shares, pvalue = brute_force(made, alternative)
    np.testing.assert_allclose(made.specifications["pvalue"], pvalues)
    assert made.value("share_significant") == share
    np.testing.assert_allclose(made.draws["share_significant"], shares)
    assert made.value("share_significant", "pvalue") == pvalue
    assert made.specifications["ci_low"].isna().all() == (alternative != "two-sided")


def test_the_other_measures_of_the_curve(curve):
    real = curve.specifications
    assert curve.value("median_estimate") == pytest.approx(real["estimate"].median())
    assert curve.value("median_effect") == pytest.approx(real["effect"].median())
    up = (real["estimate"] > 0).mean()
    assert curve.value("share_one_sign") == max(up, 1 - up)
    z = [
        stats.norm.isf(p / 2) * np.sign(t)
        for p, t in zip(real["pvalue"], real["statistic"], strict=True)
    ]
    assert curve.value("stouffer_z") == pytest.approx(sum(z) / np.sqrt(len(z)))
    for measure in ("median_effect", "stouffer_z"):
        drawn = curve.draws[measure].abs()
        count = (drawn >= abs(curve.value(measure))).sum()
        assert curve.value(measure, "pvalue") == pytest.approx((1 + count) / (1 + len(drawn)))
    assert np.isnan(curve.value("median_estimate", "pvalue"))
    assert curve.value("median_estimate", "placebo_low") == pytest.approx(
        curve.draws["median_estimate"].quantile(0.025)
    )


def test_influence_of_a_constructed_curve():
    rows = [
        {
            "model": model,
            "benchmark": "" if model == "mean" else benchmark,
            "car": car,
            "kind": "simple",
            "estimate": 0.01 * int(car) + 0.002 * (model == "mean"),
            "effect": float(car),
            "pvalue": 0.01 if car == "2" else 0.5,
        }
        for model, benchmark, car in product(["mean", "ols"], ["x", "y"], ["0", "1", "2"])
        if not (model == "mean" and benchmark == "y")
    ]
    frame = pd.DataFrame(rows)
    influence = summary.influence_frame(frame, ["model", "benchmark", "car", "kind"])
    assert list(influence["choice"]) == ["model"] * 2 + ["benchmark"] * 2 + ["car"] * 3 + ["kind"]
    share = influence.drop_duplicates("choice").set_index("choice")["share_of_variance"]
    x = frame["estimate"]
    for choice in ("model", "car"):
        between = sum(
            len(part) * (part.mean() - x.mean()) ** 2 for _, part in x.groupby(frame[choice])
        )
        assert share[choice] == pytest.approx(between / ((x - x.mean()) ** 2).sum())
    assert share["car"] > 0.95
    assert share["model"] + share["car"] == pytest.approx(1)  # nothing else moves it
    assert share["benchmark"] == pytest.approx(0, abs=1e-12)  # among those that have one
    assert np.isnan(share["kind"])
    car = influence[influence["choice"] == "car"].set_index("value")
    assert car["share_significant"].to_dict() == {"0": 0.0, "1": 0.0, "2": 1.0}
    assert car.loc["1", "median_estimate"] == pytest.approx(0.01)
    assert car["n_specifications"].tolist() == [3, 3, 3]


@pytest.mark.slow
def test_ranks_of_a_null_curve_are_uniform():
    rng = np.random.default_rng(11)
    rejected = {"share_significant": 0, "stouffer_z": 0, "median_effect": 0}
    repeats, specs, draws = 400, 8, 99
    for _ in range(repeats):
        common = rng.standard_normal((1, draws + 1))
        t = 0.8 * common + 0.6 * rng.standard_normal((specs, draws + 1))
        own, drawn = t[:, 0], t[:, 1:]
        ranks = summary.ranks_of_draws(own, drawn, "two-sided", holds_real=False)
        pvalue = np.array([[(np.abs(line) >= abs(line[0])).mean()] for line in t])
        real = summary.measures(
            own[:, None], own[:, None], own[:, None], pvalue,
            alternative="two-sided", n_draws=draws + 1,
        )  # fmt: skip
        others = summary.measures(
            drawn, drawn, drawn, ranks, alternative="two-sided", n_draws=draws + 1
        )
        ranked = summary.summary_frame(
            real, others, "two-sided", holds_real=False, reason=""
        ).set_index("measure")
        for name in rejected:
            rejected[name] += ranked.loc[name, "pvalue"] <= 0.05
    # Binomial with n = 400 and 5 %: 8 to 34 is 99.7 %. Ties make the share of zero cautious.
    assert 8 <= rejected["stouffer_z"] <= 34
    assert 8 <= rejected["median_effect"] <= 34
    assert rejected["share_significant"] <= 34


@pytest.mark.slow
def test_size_of_the_curve_on_simulated_studies():
    rejected = 0
    significant = []
    repeats = 120
    for seed in range(repeats):
        events, prices = simulate_panel(
            n_events=6, n_sessions=220, first_event=70, n_markets=2, seed=seed
        )
        base = study(
            markets=("M01",), model=MarketModel("M02"), estimation_window=(-60, -11), min_obs=40
        )
        made = specification_curve(
            base, events, prices, draws=99, seed=seed,
            choices={
                "models": ["constant_mean", "market_model"],
                "estimation": [(-60, -11)],
                "car": [(0, 0), (0, 1), (-1, 1)],
            },
        )  # fmt: skip
        rejected += made.value("share_significant", "pvalue") <= 0.1
        significant.append(made.value("share_significant"))
    # 10 % of 120 is 12; 3 to 23 is 99.7 %.
    assert 3 <= rejected <= 23
    assert 0.015 <= np.mean(significant) <= 0.1


def test_an_effect_in_every_specification_is_found():
    events, prices = simulate_panel(
        n_events=10, n_sessions=330, first_event=130, effect=0.02, seed=3
    )
    # The benchmark has the effect, too, so that market-adjusted returns would take it out.
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    made = specification_curve(study(), events, prices, draws=199, choices=choices)
    assert made.value("share_significant") == 1
    assert made.value("share_one_sign") == 1
    assert made.value("share_significant", "pvalue") <= 0.02
    assert made.value("stouffer_z", "pvalue") <= 0.02
