"""The moderated placebo test by the plain formulas, what it must never do, and its size."""

from __future__ import annotations

import math

import numpy as np
import pytest
from grouped_study import (
    SIZES,
    dates_by_group,
    grouped,
    plain_borrow,
    plain_monotone_t,
    plain_t,
    row_of,
)
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.inference.borrowing import Borrowed, borrow
from eventstudy.inference.moderated import (
    ModeratedMeans,
    _by_number,
    _largest_t,
    moderated_t,
    needed_shift,
)
from eventstudy.inference.placebo import UnitMeans


def borrowed(variance: float, df: float) -> Borrowed:
    return Borrowed(variance=np.array([variance]), df=np.array([df]))


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("group", ["k0", "k1", "k4"])
@pytest.mark.parametrize("window", [(0, 0), (0, 1)])
def test_statistic_and_pvalue_by_the_plain_formulas(group, window):
    results = grouped()
    real, drawn, groups = dates_by_group(results, window)
    is_own = groups == group

    def statistic(z):
        return plain_monotone_t(z[is_own], *plain_borrow(z[~is_own], groups[~is_own]))

    row = row_of(results, "moderated_placebo", f"category={group}", window)
    t = statistic(real)
    assert row["statistic"] == pytest.approx(t, rel=1e-8)
    draws = np.array([statistic(z) for z in drawn])
    assert row["pvalue"] == (1 + (np.abs(draws) >= abs(t) * (1 - 1e-9)).sum()) / (len(draws) + 1)
    assert row["effect"] == pytest.approx(real[is_own].mean(), rel=1e-8)
    assert row["effect_low"] < row["effect"] < row["effect_high"]
    assert (row["effect_low"] > 0 or row["effect_high"] < 0) == (row["pvalue"] <= 0.05)
    # The same shifts, whatever the group: those of all its pairs together.
    assert row["n_draws"] == len(draws)


@pytest.mark.slow
@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_one_sided_with_expected_signs(alternative):
    results = grouped(alternative, signed=True)
    real, drawn, groups = dates_by_group(results)
    is_own = groups == "k3"

    def statistic(z):
        return plain_monotone_t(z[is_own], *plain_borrow(z[~is_own], groups[~is_own]))

    turn = 1 if alternative == "greater" else -1
    t, draws = turn * statistic(real), turn * np.array([statistic(z) for z in drawn])
    row = row_of(results, "moderated_placebo", "category=k3")
    assert row["pvalue"] == (1 + (draws >= t - 1e-9 * abs(t)).sum()) / (len(draws) + 1)
    is_open = "effect_high" if alternative == "greater" else "effect_low"
    assert math.isnan(row[is_open])


def test_without_dates_outside_the_group_the_reason_is_given():
    row = row_of(grouped(), "moderated_placebo", "all")
    assert math.isnan(row["statistic"])
    assert math.isnan(row["pvalue"])
    assert row["note"].startswith("not available: 0 independent dates of the study outside")
    row = row_of(grouped(), "moderated_placebo", "category=k0")
    assert row["note"] == "one date: its spread is that of the study's other dates"
    assert row["pvalue"] > 0


def test_fewer_than_eight_other_dates():
    results = grouped(sizes=(3, 4, 4))
    assert row_of(results, "moderated_placebo", "category=k0")["pvalue"] > 0
    note = row_of(results, "moderated_placebo", "category=k1")["note"]
    assert "7 independent dates of the study outside the group, and 8 are needed" in note


def test_two_other_groups_are_dealt_out_four_dates_to_a_group():
    real, _, groups = dates_by_group(grouped(sizes=(3, 4, 4)))
    others = real[groups != "k0"]  # in order of time
    s0, d0 = plain_borrow(others, np.arange(8) % 2)
    row = row_of(grouped(sizes=(3, 4, 4)), "moderated_placebo", "category=k0")
    assert row["statistic"] == pytest.approx(
        plain_monotone_t(real[groups == "k0"], s0, d0), rel=1e-8
    )


@pytest.mark.fast_cases(5)
@pytest.mark.parametrize("df", [0.3, 1.0, 4.0, 50.0, math.inf])
@pytest.mark.parametrize("number", [1, 2, 5, 12])
def test_t_by_search_and_the_shift_that_makes_it_critical(df, number):
    rng = np.random.default_rng(number)
    for _ in range(3):
        z = rng.normal(0.7, 1, number) * rng.choice([1, 6], number)
        prior = borrowed(rng.uniform(0.5, 2), df)
        t = moderated_t(z[None], prior)[0]
        assert t == pytest.approx(plain_monotone_t(z, prior.variance[0], df), rel=1e-8)
        assert abs(t) >= abs(plain_t(z, prior.variance[0], df)) * (1 - 1e-12)
        shift = needed_shift(z[None], prior, 2.4)[0]
        up = np.sort(z + shift)
        assert _upward(up, prior) == pytest.approx(2.4, rel=1e-8)
        assert _upward(up - 1e-3, prior) < 2.4


@pytest.mark.parametrize("number", [1, 3, 20])
def test_capped_only_where_it_matters_is_the_search_over_all(number):
    rng = np.random.default_rng(number)
    z = rng.standard_t(3, (400, number)) + rng.choice([0.0, 0.7], (400, 1))
    z[rng.random(z.shape) < 0.1] = np.nan
    df = rng.choice([0.3, 4.0, 50.0, np.inf, np.nan], 400)
    prior = Borrowed(variance=rng.uniform(0.5, 2, 400), df=df)
    turn = np.where(np.nansum(z, axis=1) < 0, -1.0, 1.0)
    search = turn * _by_number(z * turn[:, None], prior, _largest_t)
    assert moderated_t(z, prior) == pytest.approx(search, rel=1e-11, nan_ok=True)


@pytest.mark.parametrize("number", [1, 2, 12])
def test_without_an_effect_is_the_statistic_of_what_is_left(number):
    rng = np.random.default_rng(number)
    share = np.where(rng.random((300, number)) < 0.3, rng.uniform(0.5, 1, (300, number)), 0.0)
    z = rng.standard_t(4, share.shape) - 3.0 * share
    z[:5], share[:5] = -3.0 * share[:5], share[:5]  # nothing but the effect
    z[5, 0], share[5, 0] = np.nan, 0.0
    prior = Borrowed(variance=rng.uniform(0.5, 2, 300), df=rng.choice([2.0, 9.0, np.inf], 300))
    for means in (
        UnitMeans(z=z, share=share),
        ModeratedMeans(z=z, share=share, borrowed=prior),
    ):
        for effect in (0.0, 0.4, -3.0, 25.0):
            assert means.without(effect) == pytest.approx(
                means.less(effect).statistic(), rel=1e-10, abs=1e-12, nan_ok=True
            )
        effects = np.array([0.4, -3.0, 25.0])
        np.testing.assert_array_equal(
            means.without(effects[:, None]), [means.without(effect) for effect in effects]
        )


def test_alone_it_is_what_it_is_beside_other_tests():
    alone = row_of(grouped(names=("moderated_placebo",)), "moderated_placebo", "category=k4")
    beside = row_of(grouped(), "moderated_placebo", "category=k4")
    for column in ("statistic", "pvalue", "effect_low", "effect_high", "mde", "n_draws"):
        assert alone[column] == beside[column]


def _upward(z, prior):
    """T towards positive values, at a mean that need not be positive."""
    values = [plain_monotone_t(z, prior.variance[0], prior.df[0])] if z.mean() > 0 else []
    bounds = np.unique(z)
    values += [plain_t(np.minimum(z, b), prior.variance[0], prior.df[0]) for b in bounds]
    return max(values)


numbers = st.floats(-5, 5).map(lambda x: round(x, 3))


@given(
    z=st.lists(numbers, min_size=1, max_size=8),
    at=st.integers(0, 7),
    more=st.floats(0, 100),
    df=st.sampled_from([0.2, 1.0, 4.0, 30.0, math.inf]),
)
def test_a_larger_reaction_never_makes_t_smaller(z, at, more, df):
    values, prior = np.array([z]), borrowed(0.7, df)
    before = moderated_t(values, prior)[0]
    values[0, at % len(z)] += more
    after = moderated_t(values, prior)[0]
    assert after >= before - 1e-9 * max(1.0, abs(before))


@given(z=st.lists(numbers, min_size=1, max_size=6), scale=st.sampled_from([-3.0, 0.01, 100.0]))
def test_t_turns_and_scales_with_the_returns(z, scale):
    values = np.array([z])
    t = moderated_t(values, borrowed(1.3, 4.0))[0]
    scaled = moderated_t(scale * values, borrowed(1.3 * scale**2, 4.0))[0]
    assert scaled == pytest.approx(np.sign(scale) * t, rel=1e-9, abs=1e-12)


def test_missing_dates_count_for_nothing():
    z = np.array([[1.0, np.nan, 2.0, 0.5], [1.0, 2.0, 0.5, 3.0]])
    prior = Borrowed(variance=np.ones(2), df=np.full(2, 4.0))
    t = moderated_t(z, prior)
    assert t[0] == pytest.approx(moderated_t(np.array([[1.0, 2.0, 0.5]]), prior.lines([0]))[0])
    assert np.isnan(moderated_t(np.full((1, 3), np.nan), prior.lines([0]))[0])


def test_how_rough_the_dates_are_is_told_by_themselves():
    means = ModeratedMeans(
        z=np.array([[3.0, -3.0, 3.0, -3.0]]), share=np.ones((1, 4)), borrowed=borrowed(1.0, 1e9)
    )
    assert means.scale[0] == pytest.approx(math.sqrt((4 * 1.0 + 36.0) / (4 + 3)))


@pytest.mark.slow
def test_one_date_of_five_raised_to_twenty():
    """Five dates moved alike; one of them moves by much more: the placebo p rises, this falls."""
    names = ("placebo", "moderated_placebo")
    pvalues = {}
    for high in (0.0, 0.2):
        results = grouped(sizes=(*SIZES, 5), high=high, draws=999, names=names, length=700)
        for name in names:
            pvalues[name, high] = row_of(results, name, "category=k5")["pvalue"]
    assert pvalues["placebo", 0.2] > pvalues["placebo", 0.0]
    assert pvalues["moderated_placebo", 0.2] <= pvalues["moderated_placebo", 0.0] <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 5])
def test_size_where_all_dates_are_equally_rough(number):
    """T of normal dates whose variance is not known, ranked among those of others: 5 %."""
    rng = np.random.default_rng(number)
    label = np.repeat(np.arange(8), [2, 2, 3, 3, 4, 4, 5, 5])

    def statistics(lines):
        z = rng.normal(size=(lines, number + len(label)))
        return np.abs(moderated_t(z[:, :number], borrow(z[:, number:], label)))

    null = np.sort(statistics(40_000))
    rejected = (statistics(4_000) >= null[int(0.95 * len(null))]).mean()
    assert 0.038 < rejected < 0.062
