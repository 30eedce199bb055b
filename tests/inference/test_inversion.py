"""Interval and smallest visible effect as functions of the effect taken out."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.borrowing import Borrowed
from eventstudy.inference.inversion import _Critical, quantile, rank_located, stretch_of
from eventstudy.inference.moderated import ModeratedMeans
from eventstudy.inference.placebo import UnitMeans
from eventstudy.inference.placements import Placements

ANY = Placements(blocks=(), enumerated=False, holds_real=False)


def means(rng, number, *, moderated, effect=0.0, draws=199):
    share = np.where(rng.random((draws, number)) < 0.02, 1.0, 0.0)
    real = rng.normal(effect, 1, (1, number))
    drawn = rng.normal(0, 1, (draws, number)) + effect * share
    sure = np.ones((1, number))
    if not moderated:
        return UnitMeans(z=real, share=sure), UnitMeans(z=drawn, share=share)
    prior = [
        Borrowed(variance=rng.chisquare(20, size) / 20, df=np.full(size, 4.0))
        for size in (1, draws)
    ]
    return (
        ModeratedMeans(z=real, share=sure, borrowed=prior[0]),
        ModeratedMeans(z=drawn, share=share, borrowed=prior[1]),
    )


@pytest.mark.fast_cases(6)
@pytest.mark.parametrize("moderated", [False, True])
@pytest.mark.parametrize("number", [1, 2, 6])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_the_interval_ends_where_p_crosses_5_percent(moderated, number, alternative):
    rng = np.random.default_rng(number)
    for effect in (0.0, 1.0, -30.0):
        real, drawn = means(rng, number, moderated=moderated, effect=effect)
        found = rank_located(real, drawn, ANY, alternative=alternative)

        def pvalue(taken, real=real, drawn=drawn):
            return rank_located(
                real.less(taken), drawn.less(taken), ANY, alternative=alternative
            ).pvalue

        assert pvalue(0.0) == found.pvalue
        for end, inwards in ((found.effect_low, 1e-7), (found.effect_high, -1e-7)):
            if np.isfinite(end):
                assert pvalue(end - inwards) <= 0.05 < pvalue(end + inwards)
        assert np.isnan(found.effect_low) == (alternative == "less")
        assert np.isnan(found.effect_high) == (alternative == "greater")
        is_out = found.effect_low > 0 or found.effect_high < 0
        assert is_out == (found.pvalue <= 0.05)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 1.0])
def test_the_quantile_is_that_of_numpy(share):
    rng = np.random.default_rng(1)
    for number in (1, 2, 5, 6, 199, 200):
        values = rng.normal(size=(3, number))
        values[1, 0], values[2, -1] = np.nan, np.inf
        with np.errstate(invalid="ignore"):
            expected = np.quantile(values, share, axis=1)
            np.testing.assert_array_equal(quantile(values, share), expected)


@pytest.mark.parametrize("moderated", [False, True])
def test_power_at_the_smallest_visible_effect(moderated):
    rng = np.random.default_rng(4)
    real, drawn = means(rng, 4, moderated=moderated, draws=999)
    for stretch in (1.0, 1.5):
        found = rank_located(real, drawn, ANY, stretch=stretch)
        reached = drawn.needed(found.critical, stretch) <= found.mde + 1e-12
        assert reached.mean() == pytest.approx(0.8, abs=0.002)
        assert found.mde == pytest.approx(stretch * found.mde_drawn)


def test_a_single_date_is_stretched_about_its_critical_value():
    z = np.random.default_rng(5).normal(size=(199, 1))
    drawn = UnitMeans(z=z, share=np.zeros((199, 1)))
    assert drawn.needed(2.0, 1.5) == pytest.approx(2.0 - 1.5 * z[:, 0])
    assert stretch_of(drawn.lines([0]), drawn) == 1.0  # one date has no spread of its own


def test_the_stretch_is_the_spread_over_its_mean_square():
    drawn = UnitMeans(z=np.array([[0.0, 2.0], [0.0, 4.0]]), share=np.zeros((2, 2)))
    real = UnitMeans(z=np.array([[0.0, 6.0]]), share=np.ones((1, 2)))
    assert stretch_of(real, drawn) == pytest.approx(6.0 / np.sqrt((4.0 + 16.0) / 2))


@pytest.mark.slow
@pytest.mark.parametrize("moderated", [False, True])
def test_coverage_and_power_on_rougher_dates(moderated):
    """95 % of intervals hold the effect; 80 % of studies find the effect that is printed."""
    covers, finds = [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        real, drawn = means(rng, 6, moderated=moderated)
        drawn = drawn.turned()
        found = rank_located(real.less(-1.0), drawn, ANY)
        covers.append(found.effect_low <= 1.0 <= found.effect_high)
        at_mde = real.less(-rank_located(real, drawn, ANY).mde)
        finds.append(rank_located(at_mde, drawn, ANY).pvalue <= 0.05)
    assert 0.91 < np.mean(covers) < 0.99
    assert 0.7 < np.mean(finds) < 0.9


class Vanishing:
    """Means of draws, of which some have no statistic once an effect is taken out."""

    def __init__(self, values, lost):
        self.values, self.lost = values, lost
        self.is_touched = np.ones(len(values), dtype=bool)

    def lines(self, which):
        return Vanishing(self.values[which], self.lost[which])

    def without(self, effect):
        return np.where(self.lost, np.nan, self.values - np.asarray(effect))


def test_a_draw_without_a_statistic_is_no_draw_for_the_critical_value():
    values = np.arange(1.0, 100.0)
    lost = np.arange(99) % 5 == 0  # 20 of 99
    edge = _Critical(Vanishing(values, lost), values, "greater", 0.05)
    assert edge.values([0.0]) == [95.0]  # the fifth largest of 99: p = 5/100
    left = np.sort(values[~lost] - 0.5)
    (critical,) = edge.values([0.5])
    assert edge.values([0.0, 0.5, -0.5]) == [95.0, critical, np.sort(values[~lost] + 0.5)[-4]]
    # Of the 79 that are left, (1 + number reaching) / 80 is 5 % or less for 3 of them.
    assert critical == left[-4]
    for beyond in (critical + 1e-9, critical - 1e-9):
        pvalue = (1 + (left >= beyond).sum()) / (1 + len(left))
        assert (pvalue <= 0.05) == (beyond > critical)
    few = _Critical(Vanishing(values, lost | (values > 9)), values, "greater", 0.05)
    assert few.values([0.5, 0.5]) == [float("inf")] * 2
