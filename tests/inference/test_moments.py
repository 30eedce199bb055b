"""Moments across pairs, in one pass or two, against numpy and scipy."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from inference_studies import independent_returns, moving_design
from scipy import stats

from eventstudy import Window
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.moments import (
    EffectMoments,
    Moments,
    hall_t,
    moments,
    moments_of_sums,
    pair_moments,
    ratio_t,
    skewed_moments,
)


def test_moments_leave_missing_values_out():
    values = np.array([[1.0, 4.0, math.nan, 2.0], [math.nan, 3.0, math.nan, math.nan]])
    m = moments(values)
    assert m.n.tolist() == [3.0, 1.0]
    assert m.mean == pytest.approx([7 / 3, 3.0])
    assert m.sd[0] == pytest.approx(np.std([1.0, 4.0, 2.0], ddof=1))
    assert math.isnan(m.sd[1])
    assert ratio_t(m)[0] == pytest.approx(stats.ttest_1samp([1.0, 4.0, 2.0], 0).statistic)
    assert math.isnan(ratio_t(m)[1])


def test_equal_values_have_no_spread_whatever_their_size():
    for size in (0.1, 1e-9, 1e6):
        values = np.full((1, 7), size / 3)
        assert moments(values).sd[0] == 0.0
        m = moments_of_sums(np.array([7.0]), values.sum(axis=1), (values**2).sum(axis=1))
        assert m.sd[0] == 0.0
        assert math.isnan(ratio_t(m)[0])


def test_many_draws_have_the_moments_of_each_alone():
    evidence = independent_returns(6, 4, 2, 30, seed=3)
    evidence = replace(evidence, sign=np.resize([1.0, -1.0, 1.0], 8))
    values = evidence.window.car
    skewed = skewed_moments(evidence, values)
    m, skewness = skewed.moments, skewed.skewness
    (block,) = evidence.blocks
    for draw in range(6):
        own = values[block.rows[draw]] * evidence.sign
        assert m.mean[draw] == pytest.approx(own.mean())
        assert m.sd[draw] == pytest.approx(own.std(ddof=1))
        third = ((own - own.mean()) ** 3).sum() / (8 * own.std(ddof=1) ** 3)
        assert skewness[draw] == pytest.approx(third)
    assert pair_moments(evidence, values).sd == pytest.approx(m.sd)
    s = m.mean / m.sd
    hall = s + skewness * s**2 / 3 + skewness**2 * s**3 / 27 + skewness / 48
    assert hall_t(skewed) == pytest.approx(math.sqrt(8) * hall)


def test_moments_by_effect():
    rng = np.random.default_rng(8)
    z, share = rng.normal(size=(6, 5)), rng.random((6, 5))
    z[1, 2], z[2, 1:], z[3] = np.nan, np.nan, np.nan
    z[4] = 2.5 * share[4]  # nothing is left at an effect of 2.5
    by_effect = EffectMoments.of(z, share)
    for effect in (0.0, -0.7, 2.5):
        mean, squares, is_exact = by_effect.less(effect)
        plain = moments(z - effect * share)
        assert by_effect.n == pytest.approx(plain.n)
        assert mean == pytest.approx(plain.mean, rel=1e-12, abs=1e-14, nan_ok=True)
        several = is_exact & (plain.n > 1)
        assert several.tolist() == [True, True, False, False, effect != 2.5, True]
        assert squares[several] == pytest.approx((plain.sd**2 * (plain.n - 1))[several], rel=1e-10)


@pytest.mark.parametrize("cut", [0, 1, 5, 9, 10])
def test_moments_of_two_parts_are_those_of_the_whole(cut):
    values = 3.0 + np.random.default_rng(cut).standard_normal((1, 10)) ** 3
    values[0, 2] = np.nan
    evidence = independent_returns(1, 10, 1, 30, seed=3)
    whole = skewed_moments(replace(evidence, sign=np.ones(10)), values[0])

    def part(columns):
        (block,) = evidence.blocks
        size = columns.stop - columns.start
        own = replace(block, columns=np.arange(size), rows=block.rows[:, columns])
        return skewed_moments(replace(evidence, blocks=(own,), sign=np.ones(size)), values[0])

    found = part(slice(0, cut)).plus(part(slice(cut, 10)))
    assert found.moments.n == whole.moments.n == 9
    assert found.moments.mean == pytest.approx(whole.moments.mean, rel=1e-13)
    assert found.moments.sd == pytest.approx(whole.moments.sd, rel=1e-13)
    assert found.skewness == pytest.approx(whole.skewness, rel=1e-12)


def test_equal_values_are_equal_in_two_parts_as_well():
    equal = [Moments(n=np.array([n]), mean=np.array([0.3]), sd=np.array([0.0])) for n in (2.0, 3.0)]
    assert equal[0].plus(equal[1]).sd == [0.0]


@pytest.mark.parametrize("turned", [False, True])
def test_moments_of_kinds_are_those_of_the_placements(turned):
    """Each kind of pairs summed on every weekday, against the rows of every block."""
    design = moving_design(3, overlap="keep")
    totals = cumulate_both(design, Window(-1, 1))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    if turned:
        drawn = replace(drawn, sign=np.where(np.arange(len(pairs)) % 3, 1.0, -1.0))
    plain = replace(drawn, places=None)
    for values in (drawn.window.car, drawn.window.scar):
        kinds, own = skewed_moments(drawn, values), skewed_moments(plain, values)
        np.testing.assert_array_equal(kinds.moments.n, own.moments.n)
        scale = np.abs(own.moments.mean).max()
        np.testing.assert_allclose(kinds.moments.mean, own.moments.mean, atol=1e-12 * scale)
        np.testing.assert_allclose(kinds.moments.sd, own.moments.sd, rtol=1e-11)
        np.testing.assert_allclose(
            kinds.third, own.third, atol=1e-12 * np.abs(own.third).max(), rtol=1e-10
        )
        again = pair_moments(drawn, values)
        np.testing.assert_allclose(again.sd, own.moments.sd, rtol=1e-11)
