"""Clustered and sign-flipped errors against loops over dates."""

from __future__ import annotations

import itertools
import math

import numpy as np
import oracle_parametric
import oracle_units
import pandas as pd
import pytest
import studies
from inference_studies import SMALL, by_side, refusal

from eventstudy.inference.clustered import cluster_t, wild_t, wild_weights


@pytest.mark.parametrize("n_dates", [3, 6, 9, 10, 11, 12, 15])
def test_weighted_dates_are_those_of_a_loop(n_dates):
    rng = np.random.default_rng(n_dates)
    clusters = [list(rng.normal(0.3, 1.0, rng.integers(1, 5))) for _ in range(n_dates)]
    sums = np.array([[sum(values) for values in clusters]])
    count = np.array([[len(values) for values in clusters]], dtype=float)
    weights, is_whole = wild_weights(n_dates, (1,))
    assert is_whole == (n_dates <= 9)
    assert len(weights) == (2**n_dates if is_whole else 999)
    points = {0.5, 1.0, 1.5} if n_dates in (10, 11) else {1.0}  # Webb's under twelve dates
    assert set(np.round(np.unique(weights**2), 12)) == points
    assert abs(weights.mean()) < 0.05
    own = oracle_parametric.cluster_t(clusters)
    assert cluster_t(sums, count)[0] == pytest.approx(own)
    got = wild_t(sums, count, weights)[0]
    for pattern, t in zip(weights[:200], got[:200], strict=True):
        turned = [[w * v for v in values] for w, values in zip(pattern, clusters, strict=True)]
        assert t == pytest.approx(oracle_parametric.cluster_t(turned))
    if not is_whole and n_dates > 11:  # the drawn signs against all of them
        every = np.array(list(itertools.product([1.0, -1.0], repeat=n_dates)))
        exact = (np.abs(wild_t(sums, count, every)) >= abs(own) - 1e-9).mean()
        drawn = (np.abs(got) >= abs(own) - 1e-9).mean()
        assert abs(drawn - exact) <= 4 * math.sqrt(exact * (1 - exact) / 999)


@pytest.mark.slow
def test_enumerated_sign_patterns_are_noted_with_the_least_p_value():
    case, daily = studies.random_study(71, **SMALL, model="constant_mean", dates="dispersed")
    frames = by_side(case, daily)
    e = len(oracle_units.event_units(case, (0, 0)))
    for side, least in (("two-sided", 2 / 2**e), ("greater", 1 / 2**e)):
        note = frames[side].loc[(0, 0, "wild_bootstrap"), "note"]
        assert note == f"all {2**e} sign patterns of {e} dates used: p >= {least:.3g}"


def test_a_two_way_variance_that_is_not_positive_is_no_variance():
    """Two dates and two markets with an interaction alone: what both share is taken off twice."""
    frame = pd.DataFrame(
        np.resize([[0.01, -0.01], [-0.01, 0.01]], (200, 2)) * np.array([1.0, 1.0]),
        index=pd.bdate_range("2021-01-04", periods=200),
        columns=["A", "B"],
    )
    frame.iloc[100] = 0.03, -0.01
    frame.iloc[170] = -0.01, 0.03
    note = refusal(frame, [100, 170], "two_way_t")
    assert note == "not available: the variance clustered by date and market is not positive"
