"""The contrast of two groups: against plain loops, scipy, and its size and power."""

import itertools
from dataclasses import replace

import numpy as np
import oracle_contrast
import pytest
from scipy import stats

from eventstudy._typing import LEVEL, TIE
from eventstudy.inference.contrast import TwoGroups, _Ranks, contrast, differences
from eventstudy.inference.permutations import permutations

TIGHT = {"rel": 1e-8, "abs": 1e-12}


def groups_of(z, first, block=None, stratum=None, h=None):
    """Units in the order given; `z` is (M, E) with NaN where missing."""
    z = np.atleast_2d(np.asarray(z, dtype=float))
    n = z.shape[1]
    h = np.where(np.isfinite(z), 0.01 if h is None else h, np.nan)
    return TwoGroups(
        car=z * h, z=z, per_return=1 / h, first=np.asarray(first, dtype=bool),
        block=np.arange(n) if block is None else np.asarray(block),
        stratum=np.zeros(n, dtype=int) if stratum is None else np.asarray(stratum),
    )  # fmt: skip


def answer(groups, draws=0, seed=(1,)):
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=draws, seed=list(seed))
    return contrast(groups, drawn)


def plain(groups):
    z = [[None if np.isnan(x) else x for x in line] for line in groups.z.tolist()]
    return oracle_contrast.tested(
        z, groups.first.tolist(), groups.block.tolist(), groups.stratum.tolist()
    )


def example(name):
    rng = np.random.default_rng(5)
    z = rng.standard_normal((3, 9)) + np.array([1, 1, 0, 0, 1, 0, 1, 0, 0]) * 0.8
    labels = [1, 1, 0, 0, 1, 0, 1, 0, 0]
    missing = z.copy()
    missing[1, [0, 3]] = np.nan
    return {
        "one market": groups_of(z[:1], labels),
        "several markets": groups_of(z, labels),
        "missing pairs": groups_of(missing, labels),
        "blocks": groups_of(missing, labels, block=[0, 0, 1, 2, 3, 3, 4, 5, 6]),
        "months": groups_of(missing, labels, stratum=[0, 0, 0, 0, 1, 1, 1, 1, 1]),
        "months and blocks": groups_of(
            z, labels, block=[0, 1, 1, 2, 3, 4, 5, 5, 6], stratum=[0, 0, 0, 0, 1, 1, 1, 1, 1]
        ),
    }[name]


NAMES = (
    "one market", "several markets", "missing pairs", "blocks", "months", "months and blocks",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_statistic_and_pvalues_are_those_of_plain_loops(name):
    groups = example(name)
    result = answer(groups)
    statistic, both, above, below, _ = plain(groups)
    assert result.statistic == pytest.approx(statistic, **TIGHT)
    assert result.pvalue == pytest.approx(both, **TIGHT)
    assert result.pvalue_greater == pytest.approx(above, **TIGHT)
    assert result.pvalue_less == pytest.approx(below, **TIGHT)
    car = [[None if np.isnan(x) else x for x in line] for line in groups.car.tolist()]
    mean, error = oracle_contrast.difference(
        car, groups.first.tolist(), groups.block.tolist(), groups.stratum.tolist()
    )
    assert (result.estimate, result.std_error) == pytest.approx((mean, error), **TIGHT)


def plain_differences(values, groups, first):
    """`differences` unit by unit: every label less its mean, every value weighted by it."""
    levels = [groups.stratum == level for level in np.unique(groups.stratum)]
    blocks = [groups.block == block for block in np.unique(groups.block)]
    mean = np.full((len(values), len(first)), np.nan)
    covariance = np.full((len(values), len(values), len(first)), np.nan)
    for draw, label in enumerate(first):
        differences, parts = [], []
        for market in range(values.shape[1]):
            there = np.isfinite(values[0, market])
            v, g = np.where(there, values[:, market], 0.0), np.where(there, label, 0.0)
            for level in levels:
                v[:, level & there] -= v[:, level & there].mean(axis=1, keepdims=True)
                g[level & there] -= g[level & there].mean()
            held = [
                sum((side & (np.abs(g) > TIE))[block].any() for block in blocks)
                for side in (label, ~label)
            ]
            total = (g**2).sum()
            if min(held) < 2 or total <= TIE:
                continue
            factor = np.where(label, *(np.sqrt(n / (n - 1)) for n in held))
            d = v @ g / total
            differences.append(d)
            unit = factor * g * (v - d[:, None] * g) / total
            parts.append(np.stack([unit[:, block].sum(axis=1) for block in blocks]))
        if differences:
            mean[:, draw] = np.mean(differences, axis=0)
            of_block = np.mean(parts, axis=0)
            covariance[..., draw] = of_block.T @ of_block
    return mean, covariance


@pytest.mark.parametrize("chunk", [1, 100_000])
@pytest.mark.parametrize("name", NAMES)
def test_differences_of_many_labellings_are_those_of_plain_loops(name, chunk, monkeypatch):
    monkeypatch.setattr("eventstudy.inference.contrast._CHUNK", chunk)
    groups = example(name)
    labels = permutations(groups.first, groups.block, groups.stratum, draws=0, seed=[1]).first[:20]
    labels = np.concatenate([labels, np.random.default_rng(1).random((20, 9)) < 0.3])
    values = np.stack([groups.z, groups.first * groups.per_return, 1.5 * groups.z - 1])
    found, expected = (how(values, groups, labels) for how in (differences, plain_differences))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_the_listed_permutations_are_every_order_of_the_blocks(name):
    groups = example(name)
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=0, seed=[1])
    expected = sorted(
        oracle_contrast.labellings(
            groups.first.tolist(), groups.block.tolist(), groups.stratum.tolist()
        )
    )
    assert sorted(drawn.first.tolist()) == expected
    assert drawn.is_all
    assert drawn.n_ways == len({tuple(row) for row in expected})


def test_with_a_unit_a_block_it_is_welchs_t_among_all_choices_of_units():
    rng = np.random.default_rng(2)
    z = rng.standard_normal(12) * np.r_[np.ones(5), 2 * np.ones(7)]
    first = np.arange(12) < 5
    result = answer(groups_of(z, first))
    welch = stats.ttest_ind(z[first], z[~first], equal_var=False).statistic
    assert result.statistic == pytest.approx(welch, **TIGHT)
    others = []
    for chosen in itertools.combinations(range(12), 5):
        side = np.isin(np.arange(12), chosen)
        spread = z[side].var(ddof=1) / 5 + z[~side].var(ddof=1) / 7
        others.append(abs(z[side].mean() - z[~side].mean()) / np.sqrt(spread))
    assert result.pvalue == pytest.approx(np.mean(np.array(others) >= abs(welch) - 1e-9), **TIGHT)
    assert result.effect == pytest.approx(z[first].mean() - z[~first].mean(), **TIGHT)


def test_random_orders_keep_blocks_and_count_the_real_labels():
    rng = np.random.default_rng(3)
    first = rng.random(60) < 0.4
    block = np.sort(rng.integers(0, 30, 60))
    groups = groups_of(rng.standard_normal(60), first, block)
    drawn = permutations(first, block, groups.stratum, draws=99, seed=[1])
    assert not drawn.is_all
    assert drawn.first.shape == (99, 60)
    assert (drawn.first.sum(axis=1) == first.sum()).all()
    again = permutations(first, block, groups.stratum, draws=99, seed=[1])
    assert (again.first == drawn.first).all()
    assert (
        permutations(first, block, groups.stratum, draws=99, seed=[2]).first != drawn.first
    ).any()
    strong = replace(groups, z=groups.z + 5 * first, car=(groups.z + 5 * first) * 0.01)
    assert contrast(strong, drawn).pvalue == pytest.approx(1 / 100)
    stratum = np.repeat([0, 1], 30)
    within = permutations(first, block * 2 + stratum, stratum, draws=50, seed=[1])
    for half in (slice(0, 30), slice(30, 60)):
        assert (within.first[:, half].sum(axis=1) == first[half].sum()).all()


@pytest.mark.parametrize(
    "name",
    ["blocks", *(pytest.param(name, marks=pytest.mark.slow) for name in ("one market", "months"))],
)
def test_the_interval_holds_what_is_not_rejected(name):
    groups = example(name)
    rng = np.random.default_rng(0)
    h = np.where(np.isfinite(groups.z), 0.01 * np.exp(0.5 * rng.standard_normal(9)), np.nan)
    groups = replace(groups, per_return=1 / h, car=groups.z * h)
    result = answer(groups)
    scale = np.nanmean(h, axis=1, keepdims=True)
    ends = {
        "return": (result.ci_low, result.ci_high, groups.per_return * scale / scale.mean()),
        "h": (result.effect_low, result.effect_high, np.ones_like(groups.z)),
    }
    for low, high, weight in ends.values():
        step = 1e-6 * (high - low)
        for end, inward in ((low, step), (high, -step)):
            for taken, is_inside in ((end + inward, True), (end - inward, False)):
                shifted = replace(groups, z=groups.z - taken * weight * groups.first)
                assert (plain(shifted)[1] > 0.05) == is_inside
    assert (result.ci_low <= 0 <= result.ci_high) == (result.pvalue > 0.05)


@pytest.mark.parametrize("decimals", [1, 12])
def test_what_the_interval_keeps_is_what_its_pvalue_does(decimals):
    """By one product of matrices and by the T of every labelling, with ties and missing pairs."""
    rng = np.random.default_rng(7)
    for n in (6, 9, 25):
        z = np.round(rng.standard_normal((2, n)), decimals)
        z[0, 1] = np.nan
        groups = groups_of(z, rng.permutation(np.arange(n) < n // 2))
        drawn = permutations(groups.first, groups.block, groups.stratum, draws=199, seed=[3])
        values = np.stack([z, groups.first * np.where(np.isnan(z), np.nan, 1.0)])
        ranks = _Ranks(
            *differences(values, groups, groups.first[None, :]),
            *differences(values, groups, drawn.first),
            drawn.is_all,
        )
        centre = float(ranks.mean[0, 0] / ranks.mean[1, 0])
        taken = np.append(np.linspace(-4.0, 4.0, 101), [0.0, 1e3, -1e3]) + centre
        kept = ranks.pvalues(taken, 1) > LEVEL + TIE
        assert n == 6 or 0 < kept.sum() < len(taken)
        np.testing.assert_array_equal(ranks._keeps(1)(taken), kept)


def test_a_group_that_moved_alike_has_no_statistic():
    assert answer(groups_of(np.r_[np.ones(6), np.zeros(6)], np.arange(12) < 6)) is None
    alone = groups_of(np.arange(8.0), np.arange(8) < 4, block=[0, 0, 0, 0, 1, 2, 3, 4])
    assert answer(alone) is None  # one side in one block


def test_the_order_of_the_markets_and_of_the_groups_changes_signs_alone():
    groups = example("blocks")
    result, turned = answer(groups), answer(replace(groups, first=~groups.first))
    assert turned.effect == pytest.approx(-result.effect, **TIGHT)
    assert turned.pvalue == pytest.approx(result.pvalue)
    assert turned.pvalue_less == pytest.approx(result.pvalue_greater)
    flipped = replace(
        groups, z=groups.z[::-1], car=groups.car[::-1], per_return=groups.per_return[::-1]
    )
    assert answer(flipped).pvalue == result.pvalue
    assert answer(flipped).ci_low == pytest.approx(result.ci_low)


def test_chunks_of_permutations_are_one_answer(monkeypatch):
    groups = example("missing pairs")
    drawn = permutations(groups.first, groups.block, groups.stratum, draws=0, seed=[1])
    whole = differences(groups.z[None], groups, drawn.first)
    monkeypatch.setattr("eventstudy.inference.contrast._CHUNK", 50)
    for one, other in zip(whole, differences(groups.z[None], groups, drawn.first), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_units_are_put_in_the_order_of_stratum_block_and_time():
    groups = groups_of(np.arange(6.0), [1, 0, 1, 0, 1, 0], block=[2, 1, 2, 0, 1, 0])
    ordered = groups.in_order(np.array([5, 4, 0, 2, 3, 1]))
    assert ordered.z[0].tolist() == [2.0, 0.0, 5.0, 3.0, 4.0, 1.0]


def rejection_rate(n, effect, *, sizes=(1,), n_units=30, share=0.5, ratio=1.0, shock=0.0, seed=1):
    """Share of studies with p <= 5 %; dates in clusters of `sizes`, four markets."""
    rng = np.random.default_rng(seed)
    rejected = 0
    for _ in range(n):
        block = np.repeat(np.arange(n_units), rng.choice(sizes, n_units))[:n_units]
        first = np.arange(n_units) < round(share * n_units)
        rng.shuffle(first)
        if len(sizes) > 1:  # neighbours mostly have one label
            own = rng.random(n_units) < share
            first = np.where(rng.random(n_units) < 0.7, own[block], first)
        common = rng.standard_normal(n_units)
        z = np.sqrt(0.4) * common + np.sqrt(0.6) * rng.standard_normal((4, n_units))
        z = np.sqrt(shock) * rng.standard_normal(n_units)[block] + np.sqrt(1 - shock) * z
        z = z * np.where(first, np.sqrt(ratio), 1.0) + effect * first
        groups = groups_of(z, first, block)
        drawn = permutations(first, block, groups.stratum, draws=199, seed=[1])
        mean, covariance = differences(z[None], groups, np.vstack([first, drawn.first]))
        t = np.abs(mean[0] / np.sqrt(covariance[0, 0]))
        t = np.where(np.isnan(t), np.inf, t)
        rejected += np.isfinite(t[0]) and (t[1:] >= t[0] - 1e-9).sum() + 1 <= 10
    return rejected / n


@pytest.mark.slow
@pytest.mark.parametrize(
    ("design", "most"),
    [
        ({}, 0.075),
        ({"share": 1 / 3}, 0.075),
        ({"ratio": 4.0}, 0.075),
        ({"ratio": 4.0, "share": 1 / 3, "n_units": 60}, 0.085),
        ({"sizes": (1, 1, 2, 3, 6), "n_units": 60}, 0.075),
        ({"sizes": (1, 1, 2, 3, 6), "n_units": 60, "shock": 0.3}, 0.09),
    ],
)
def test_the_size_is_about_five_percent(design, most):
    assert 0.02 <= rejection_rate(500, 0.0, **design) <= most


@pytest.mark.slow
def test_an_effect_of_one_daily_volatility_on_thirty_dates_is_mostly_found():
    assert rejection_rate(200, 1.0) >= 0.88
