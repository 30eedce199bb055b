"""Ranks of two samples and intervals of one, against plain loops and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference import location
from eventstudy.inference.location import (
    cluster_bootstrap,
    hodges_lehmann,
    mean_of,
    median_of,
    rank_sum_pvalue,
)


def test_rank_sum_is_the_share_of_orders():
    first, second = np.array([0.3, 1.2, 2.2]), np.array([-1.0, 0.1, 0.2, 0.5])
    both = np.concatenate([first, second])
    sums = [sum(pick) for pick in itertools.combinations(stats.rankdata(both), 3)]
    own = sum(stats.rankdata(both)[:3])
    tails = [np.mean([s >= own for s in sums]), np.mean([s <= own for s in sums])]
    assert rank_sum_pvalue(first, second) == pytest.approx(min(1.0, 2 * min(tails)))
    assert math.isnan(rank_sum_pvalue(first[:1], second))
    assert rank_sum_pvalue(np.append(first, np.nan), second) == rank_sum_pvalue(first, second)


@pytest.mark.parametrize("decimals", [9, 1, 0])
def test_rank_sum_is_that_of_scipy(decimals):
    rng = np.random.default_rng(decimals)
    for n, other in [(2, 2), (2, 40), (8, 8), (8, 9), (9, 8), (9, 9), (5, 61), (40, 30)]:
        first, second = rng.normal(size=n).round(decimals), rng.normal(0.5, 1, other)
        second = second.round(decimals)
        expected = stats.mannwhitneyu(first, second).pvalue
        assert rank_sum_pvalue(first, second) == pytest.approx(expected, rel=1e-13)
    assert rank_sum_pvalue(np.ones(3), np.ones(4)) == 1.0


@pytest.mark.parametrize("n", [6, 7, 12, 60])
def test_hodges_lehmann_is_what_the_signed_rank_test_keeps(n):
    values = np.random.default_rng(n).normal(0.2, 1, n)
    found = hodges_lehmann(values, 0.95)
    means = [(a + b) / 2 for a, b in itertools.combinations_with_replacement(values, 2)]
    assert found.estimate == pytest.approx(np.median(means))
    method = "exact" if n <= 50 else "approx"  # "asymptotic" from SciPy 1.15 on
    for end, inside in ((found.low, 1e-9), (found.high, -1e-9)):
        kept = stats.wilcoxon(values - end - inside, method=method, correction=n > 50).pvalue
        left = stats.wilcoxon(values - end + inside, method=method, correction=n > 50).pvalue
        assert left <= 0.05 < kept


def test_too_few_values_have_an_estimate_alone():
    found = hodges_lehmann(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.95)
    assert found.estimate == 3.0
    assert math.isnan(found.low)
    assert found.reason == "too few for an interval at 95%: 5 dates"
    assert hodges_lehmann(np.ones(1), 0.95).reason.endswith(": 1 date")
    assert hodges_lehmann(np.empty(0), 0.95).reason == "no date"


def clusters(rng, n, size=4):
    """Values that share three quarters of their variance in a cluster."""
    common = rng.normal(0, math.sqrt(3), n)
    return [common[g] + rng.normal(0, 1, rng.integers(1, size + 1)) for g in range(n)]


def test_means_and_medians_of_drawn_clusters():
    groups = clusters(np.random.default_rng(4), 5)
    drawn = np.array([[0, 1, 2, 3, 4], [1, 1, 4, 2, 1]])
    for of, plain in ((mean_of, np.mean), (median_of, np.median)):
        expected = [plain(np.concatenate([groups[g] for g in line])) for line in drawn]
        assert of(groups)(drawn) == pytest.approx(expected)


def test_medians_of_many_values_are_taken_a_few_lines_at_a_time(monkeypatch):
    groups = clusters(np.random.default_rng(4), 5)
    drawn = np.random.default_rng(5).integers(5, size=(2, 9, 5))
    together = median_of(groups)(drawn)
    monkeypatch.setattr(location, "_AT_A_TIME", 50)
    assert np.array_equal(median_of(groups)(drawn), together)
    assert together.shape == (2, 9)


def test_the_bootstrap_follows_its_seed_and_says_when_there_is_none():
    groups = clusters(np.random.default_rng(1), 15)
    settings = {"draws": 499, "level": 0.9}
    ends = [cluster_bootstrap(mean_of(groups), 15, **settings, seed=[s]) for s in (1, 1, 2)]
    assert ends[0] == ends[1] != ends[2]
    assert ends[0].low < ends[0].estimate < ends[0].high
    alone = cluster_bootstrap(mean_of(groups[:1]), 1, **settings, seed=[1])
    assert alone.reason == "fewer than two dates"
    same = cluster_bootstrap(mean_of([np.ones(2)] * 4), 4, **settings, seed=[1])
    assert math.isnan(same.low)
    assert same.reason == "the dates do not differ"


@pytest.mark.slow
@pytest.mark.fast_tests(1)
def test_coverage_with_dates_as_clusters():
    """Intervals of 95 % hold the truth that often; those of pairs taken for independent do not."""
    rng = np.random.default_rng(7)
    held = {"hodges_lehmann": 0, "bootstrap": 0, "bootstrap_median": 0, "pairs": 0}
    n = 200
    for seed in range(n):
        groups = clusters(rng, 25)
        found = {
            "hodges_lehmann": hodges_lehmann(np.array([g.mean() for g in groups]), 0.95),
            "bootstrap": cluster_bootstrap(mean_of(groups), 25, 0.95, draws=399, seed=[seed]),
            "bootstrap_median": cluster_bootstrap(
                median_of(groups), 25, 0.95, draws=399, seed=[seed]
            ),
            "pairs": hodges_lehmann(np.concatenate(groups), 0.95),
        }
        for name, one in found.items():
            held[name] += one.low <= 0 <= one.high
    share = {name: number / n for name, number in held.items()}
    assert share["hodges_lehmann"] == pytest.approx(0.95, abs=0.04)
    assert share["bootstrap"] == pytest.approx(0.93, abs=0.05)
    assert share["bootstrap_median"] == pytest.approx(0.93, abs=0.05)
    assert share["pairs"] < 0.9
