"""Sign tests and signed ranks against scipy, on every side."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from inference_studies import ALTERNATIVES, independent_returns
from scipy import stats

from eventstudy import Window
from eventstudy.inference import signs
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
@pytest.mark.parametrize(("n_dates", "method"), [(4, "exact"), (30, "approx")])
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


def test_ranks_of_values_in_shares_are_those_of_all(monkeypatch):
    rng = np.random.default_rng(9)
    values = rng.standard_normal(900).round(2)
    values[rng.random(900) < 0.1] = np.nan
    whole, asked = Values(parts=(values[None, :],)), SimpleNamespace(alternative="two-sided")
    parts = Values(parts=tuple(part[None, :] for part in np.array_split(values, 7)))
    conclude = STATISTICS["wilcoxon"].value.summed.conclude
    at_once = conclude(whole, asked)
    for most, many in ((200, 100), (50, 10), (1, 1)):
        monkeypatch.setattr("eventstudy.inference.signs._AT_ONCE", most)
        monkeypatch.setattr("eventstudy.inference.signs._MANY", many)
        in_shares = conclude(parts, asked)
        assert in_shares.statistic.tolist() == at_once.statistic.tolist()
        assert in_shares.pvalue.tolist() == at_once.pvalue.tolist()


@pytest.mark.parametrize("share", [0.0, 0.3])  # of pairs that are turned
@pytest.mark.parametrize("many", [False, True])  # sizes that 16 bits do not tell apart
def test_signed_ranks_of_draws_are_those_of_each_line(monkeypatch, drawn, share, many):
    given = drawn[Window(-1, 1)]
    rng = np.random.default_rng(2)
    car = given.window.car.round(2)  # many of one size, and some of none
    car[::7] = np.nan
    evidence = replace(
        given,
        window=replace(given.window, car=car),
        sign=np.where(rng.random(given.n_pairs) < share, -1.0, 1.0),
    )
    if many:
        monkeypatch.setattr(signs, "_MOST_CODES", 0)
    values = evidence.gather(car)
    used = np.isfinite(values) & (values != 0)
    expected = signs._ranks_by_line(values, used, used.sum(axis=1))
    found = signs._signed_ranks(signs._cars(evidence))
    assert found.n.tolist() == expected.n.tolist()
    assert found.plus.tolist() == expected.plus.tolist()
    assert found.is_tied.tolist() == expected.is_tied.tolist()
    every = np.ones(len(values), dtype=bool)
    assert found.tie_sums(every).tolist() == expected.tie_sums(every).tolist()
