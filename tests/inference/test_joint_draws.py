"""Which dates lie outside a group, and how the whole study is moved together."""

from __future__ import annotations

import numpy as np
import pytest
from grouped_study import dates_by_group, grouped

from eventstudy import Window
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.joint_draws import StudyDraws, restricted
from eventstudy.inference.placebo import unit_z


def beside(results, label):
    design = results.fitted.design
    groups = make_groups(results.fitted.labels, ["category"])
    totals = cumulate_both(design, Window(0, 0))
    (group,) = [group for group in groups if group.label == label]
    gathered = gather_evidence(design, group.pairs, group.pairs[:0], totals, GroupCache())
    return StudyDraws(design, groups).beside(gathered, group, totals)


@pytest.mark.parametrize("label", ["k0", "k4"])
def test_a_group_and_the_dates_outside_it_move_together(label):
    results = grouped()
    gathered = beside(results, f"category={label}")
    real, drawn, groups = dates_by_group(results)
    assert np.sort(unit_z(gathered.real)[0]) == pytest.approx(np.sort(real[groups == label]))
    own = np.sort(unit_z(gathered.drawn), axis=1)
    assert own == pytest.approx(np.sort(drawn[:, groups == label], axis=1))
    for evidence, z in ((gathered.real, real[None]), (gathered.drawn, drawn)):
        others = evidence.others
        outside = others.label >= 0
        assert np.sort(others.study.z[:, outside], axis=1) == pytest.approx(
            np.sort(z[:, groups != label], axis=1)
        )
        sizes = np.bincount(others.label[outside])
        assert sorted(sizes[sizes > 0]) == sorted(
            np.unique(groups[groups != label], return_counts=True)[1]
        )


@pytest.mark.parametrize("label", ["k1", "k4", "all"])
def test_the_draws_of_a_group_are_its_pairs_in_the_blocks_of_the_study(label):
    design = grouped().fitted.design
    totals = cumulate_both(design, Window(0, 0))
    groups = make_groups(grouped().fitted.labels, ["category"])
    (pairs,) = [group.pairs for group in groups if group.label in (label, f"category={label}")]
    every = np.random.default_rng(1).permutation(len(design.sign))
    joint, own = (
        gather_evidence(design, each, each[:0], totals, GroupCache()) for each in (every, pairs)
    )
    found = restricted(joint.drawn, own.real)
    expected = []
    for block in joint.drawn.blocks:  # the plain way
        place = {pair: at for at, pair in enumerate(own.real.origin.tolist())}
        held = [n for n, c in enumerate(block.columns) if joint.real.origin[c] in place]
        if held:
            at = [place[joint.real.origin[block.columns[n]]] for n in held]
            expected.append((sorted(at), block.rows[:, held][:, np.argsort(at)], block))
    assert len(found.blocks) == len(expected)
    for block, (columns, rows, whole) in zip(found.blocks, expected, strict=True):
        order = np.argsort(block.columns)
        assert block.columns[order].tolist() == columns
        np.testing.assert_array_equal(block.rows[:, order], rows)
        assert block.pick is whole.pick
        assert block.moves is whole.moves


def test_draws_are_thinned_together():
    thinned = beside(grouped(), "category=k4").drawn.thinned(10)
    assert thinned.others.study.z.shape[0] == thinned.n_draws == 10


def test_of_all_dates_none_lies_outside():
    gathered = beside(grouped(), "all")
    assert gathered.drawn is None
    assert gathered.real.others.study is None
    assert gathered.real.others.reason.startswith("0 independent dates of the study outside")
