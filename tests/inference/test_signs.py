"""Sign tests and signed ranks against scipy, on every side."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from inference_studies import ALTERNATIVES, independent_returns
from scipy import stats

from eventstudy.inference.signs import sign_exact, wilcoxon
from eventstudy.inference.statistic import STATISTICS
from eventstudy.inference.sums import Values


@pytest.mark.parametrize("alternative", ALTERNATIVES)
def test_exact_signs_are_a_binomial_test(alternative):
    evidence = replace(independent_returns(5, 3, 3, 30, seed=8), alternative=alternative)
    positive = (evidence.gather(evidence.window.car) > 0).sum(axis=1)
    expected = [stats.binomtest(int(k), 9, 0.5, alternative).pvalue for k in positive]
    assert len(set(positive)) > 1
    assert sign_exact(evidence).pvalue == pytest.approx(expected)


@pytest.mark.parametrize("alternative", ALTERNATIVES)
@pytest.mark.parametrize(("n_dates", "method"), [(4, "exact"), (30, "asymptotic")])
def test_signed_ranks_are_scipys_exact_to_50_pairs(alternative, n_dates, method):
    evidence = replace(independent_returns(3, n_dates, 2, 30, seed=9), alternative=alternative)
    values = evidence.gather(evidence.window.car)
    answer = wilcoxon(evidence)
    for draw, own in enumerate(values):
        expected = stats.wilcoxon(own, alternative=alternative, method=method)
        assert answer.pvalue[draw] == pytest.approx(expected.pvalue)
        ranks = stats.rankdata(np.abs(own))
        assert answer.statistic[draw] == pytest.approx(ranks[own > 0].sum())


def test_ranks_of_many_values_are_summed_as_those_of_few(monkeypatch):
    rng = np.random.default_rng(9)
    values = rng.standard_normal(500).round(1)  # with ties, zeros and gaps
    values[rng.random(500) < 0.1] = np.nan
    cars, asked = Values(parts=(values[None, :],)), SimpleNamespace(alternative="two-sided")
    few = STATISTICS["wilcoxon"].value.summed.conclude(cars, asked)
    monkeypatch.setattr("eventstudy.inference.signs._MANY", 100)
    many = STATISTICS["wilcoxon"].value.summed.conclude(cars, asked)
    assert many.statistic.tolist() == few.statistic.tolist()
    assert many.pvalue.tolist() == few.pvalue.tolist()
