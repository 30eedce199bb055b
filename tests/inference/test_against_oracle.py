"""Parametric, calendar-time and bootstrap statistics against loops over pairs."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import oracle_parametric
import pandas as pd
import pytest
import studies
from inference_studies import (
    ALTERNATIVES,
    NAMES,
    SMALL,
    WINDOWS,
    by_side,
    close,
    independent_returns,
    refusal,
)

from eventstudy.inference import STATISTICS
from eventstudy.inference.skewness import resamples

pytestmark = pytest.mark.fast_tests(2)

KINDS = {
    "dispersed dates": {"dates": "dispersed", "model": "market_model"},
    "one common date": {"dates": "common", "model": "market_model"},
    "partial overlap": {"dates": "partial", "model": "constant_mean"},
    "missing returns": {
        "dates": "dispersed",
        "model": "constant_mean",
        "missing": 0.12,
        "empty_window": (0, 0),
    },
    "a pair absent in a window": {"dates": "partial", "model": "factor", "empty_window": (-1, 1)},
    "unequal estimation lengths": {"dates": "dispersed", "model": "market_model", "mask": True},
    "windows beyond the rows": {
        "dates": "two_clusters",
        "model": "market_adjusted",
        "beyond_end": True,
        "holidays": 0.1,
    },
    "one security in many events": {"dates": "one_security", "model": "market_model"},
    "one pair": {"dates": "dispersed", "model": "constant_mean", "n_events": 1, "n_securities": 1},
    "two pairs": {"dates": "dispersed", "model": "constant_mean", "n_events": 2, "n_securities": 1},
}


def assert_as_in_the_oracle(case, frames):
    refused = set()
    for side, window, name in itertools.product(ALTERNATIVES, WINDOWS, NAMES):
        row = frames[side].loc[(*window, name)]
        expected = oracle_parametric.statistic(case, window, name, alternative=side)
        where = (side, window, name)
        assert close(row["statistic"], expected["statistic"]), where
        if math.isnan(expected["statistic"]):
            refused.add(name)
            assert math.isnan(row["pvalue"]), where
            assert row["note"].startswith(("not available: ", "no abnormal return")), where
            continue
        assert close(row["df"], expected["df"]), where
        if name not in oracle_parametric.BOOTSTRAPS or not math.isnan(expected["pvalue"]):
            assert close(row["pvalue"], expected["pvalue"]), where
        else:
            assert 0 < row["pvalue"] <= 1, where
    return refused


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_random_studies_agree_with_the_oracle(kind, seed):
    settings = SMALL | {"holidays": 0.05} | KINDS[kind]
    case, daily = studies.random_study(4000 + 100 * seed + list(KINDS).index(kind), **settings)
    frames = by_side(case, daily)
    refused = assert_as_in_the_oracle(case, frames)
    if kind == "one pair":
        assert refused >= {"skewness_adjusted_t", "two_way_t", "wild_bootstrap", "calendar_time"}
    if kind == "dispersed dates":  # the two-way variance may be negative anywhere
        assert refused <= {"two_way_t"}


@pytest.mark.slow
@pytest.mark.parametrize("step", [0.005, 0.02])
def test_ties_agree_with_the_oracle(step):
    case, daily = studies.random_study(
        41, **SMALL, model="constant_mean", dates="dispersed", missing=0.0
    )
    coarse = {name: (r / step).round() * step for name, r in case.returns.items()}
    case = replace(case, returns=coarse)
    assert_as_in_the_oracle(case, by_side(case, daily))


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("name", NAMES)
def test_one_sided_p_values_are_halves_of_the_two_sided_one(name):
    case, daily = studies.random_study(4321, **SMALL, model="constant_mean", dates="dispersed")
    frames = by_side(case, daily)
    for window in WINDOWS:
        both, above, below = (frames[side].loc[(*window, name)] for side in ALTERNATIVES)
        assert both["statistic"] == above["statistic"] == below["statistic"]
        smaller = min(above["pvalue"], below["pvalue"])
        assert (above["pvalue"] < below["pvalue"]) == (both["statistic"] > 0)
        assert min(1.0, 2 * smaller) == pytest.approx(both["pvalue"], abs=1e-12)


@pytest.mark.slow
def test_bootstraps_follow_the_seed():
    case, daily = studies.random_study(
        81, **(SMALL | {"n_events": 13, "n_weekdays": 420}), model="constant_mean"
    )
    p = {}
    for seed in (1, 1, 2):
        rows = by_side(case, daily, seed=seed)["two-sided"]
        drawn = [rows.loc[(*w, name), "pvalue"] for w in WINDOWS for name in NAMES[-2:]]
        p.setdefault(seed, []).append(drawn)
    assert p[1][0] == p[1][1]
    assert p[1][0] != p[2][0]
    assert p[1][0] == pytest.approx(p[2][0], abs=0.1)
    assert not np.array_equal(resamples(5, (1,)), resamples(5, (2,)))
    assert (resamples(5, (1,)).sum(axis=1) == 5).all()


@pytest.mark.slow
def test_what_is_meaningless_is_refused_in_a_sentence():
    rng = np.random.default_rng(2)
    dates = pd.bdate_range("2021-01-04", periods=200)
    frame = pd.DataFrame(rng.normal(0, 0.01, (200, 2)), index=dates, columns=["A", "B"])
    for name in ("skewness_adjusted_t", "johnson_t", "skewness_adjusted_bootstrap"):
        assert "fewer than two pairs, or equal CARs" in refusal(frame[["A"]], [100], name)
        equal = frame.assign(B=frame["A"])
        assert "equal CARs" in refusal(equal, [100], name)
    for name in ("calendar_time", "calendar_time_standardised", "calendar_time_hac"):
        assert "fewer than two calendar sessions" in refusal(frame, [100], name)
    assert "fewer than two dates" in refusal(frame, [100], "two_way_t")
    assert "or two markets" in refusal(frame[["A"]], [100, 120], "two_way_t")
    assert "fewer than two dates" in refusal(frame, [100], "wild_bootstrap")
    repeated = frame.copy()
    repeated.iloc[30:90] = np.resize([[0.01, -0.01], [-0.01, 0.01]], (60, 2))
    repeated.iloc[110:170] = repeated.iloc[30:90].to_numpy()
    repeated.iloc[[95, 175]] = 0.01, 0.02
    assert "all dates moved alike" in refusal(repeated, [95, 175], "wild_bootstrap")


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize("name", NAMES)
def test_draws_together_are_draws_alone(name, alternative, drawn):
    compute = STATISTICS[name].value.compute
    for given in drawn.values():
        evidence = replace(given, alternative=alternative)
        together = compute(evidence)
        assert np.isfinite(together.pvalue).mean() > 0.8
        for b in range(0, evidence.n_draws, 3):
            blocks = tuple(replace(block, pick=block.pick[b : b + 1]) for block in evidence.blocks)
            alone = compute(replace(evidence, blocks=blocks))
            for field in ("statistic", "df", "pvalue"):
                got, expected = getattr(together, field)[b], getattr(alone, field)[0]
                assert close(got, expected), (name, b, field)


SIZES = {  # replications, dates, markets, estimation sessions
    "patell_exact": (500, 12, 3, 60),
    "no_dependence_t": (500, 12, 3, 60),
    "crude_dependence": (500, 12, 3, 60),
    "skewness_adjusted_t": (500, 12, 3, 2),
    "johnson_t": (500, 12, 3, 2),
    "skewness_adjusted_bootstrap": (300, 12, 3, 2),
    "calendar_time": (500, 20, 2, 2),
    "calendar_time_standardised": (500, 20, 1, 40),
    "calendar_time_hac": (400, 120, 1, 2),
    "two_way_t": (300, 25, 25, 2),
    "wild_bootstrap": (400, 14, 3, 2),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_size_under_independent_normal_returns(name):
    """At 5 % within 3.5 Monte-Carlo standard errors.

    Estimated means shift every abnormal return of a pair, so that with two estimation sessions
    the returns are noisier, and as independent and normal as before.
    """
    replications, n_dates, n_markets, n_obs = SIZES[name]
    evidence = independent_returns(
        replications, n_dates, n_markets, n_obs, seed=sum(map(ord, name))
    )
    answer = STATISTICS[name].value.compute(evidence)
    assert np.isfinite(answer.pvalue).mean() > 0.95
    pvalues = answer.pvalue[np.isfinite(answer.pvalue)]
    reach = 3.5 * math.sqrt(0.05 * 0.95 / replications)
    assert abs((pvalues <= 0.05).mean() - 0.05) <= reach
    # not only at 5 %: a p-value is as often below one half as above
    assert abs((pvalues <= 0.5).mean() - 0.5) <= 3.5 * 0.5 / math.sqrt(replications)
