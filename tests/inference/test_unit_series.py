"""Means of units on every weekday, against those of every draw by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inference_studies import moving_design

from eventstudy import Window
from eventstudy.inference import unit_series
from eventstudy.inference.design import (
    GroupCache,
    cumulate_all,
    cumulate_both,
    gather_evidence,
)
from eventstudy.inference.placebo import unit_share
from eventstudy.inference.randomised import effect_share


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("overlap", ["keep", "merge"])
def test_the_means_are_those_of_every_draw_by_itself(overlap):
    design = moving_design(3, overlap=overlap)
    assert overlap == "keep" or design.table.extension.any()
    totals = cumulate_both(design, Window(-1, 1))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    for chosen in (pairs, pairs[design.table.security[pairs] == 1]):
        gathered = gather_evidence(design, chosen, chosen[:0], totals, GroupCache())
        drawn, share = gathered.drawn, effect_share(design, gathered, totals)
        assert drawn.moved is not None
        plain = replace(drawn, moved=None)
        np.testing.assert_allclose(drawn.unit_z(), plain.unit_z(), rtol=1e-12, atol=1e-15)
        held = unit_share(plain, share)
        assert held.any()
        np.testing.assert_allclose(unit_share(drawn, share), held, rtol=1e-12, atol=1e-15)


def test_windows_that_share_their_draws_share_their_units_and_not_their_means():
    design = moving_design(3, overlap="keep")
    cache = GroupCache()
    seen = []
    totals = cumulate_all(design, [Window(0, 0), Window(-1, 0), Window(0, 1)])
    has_return = np.all([each.real.n_sessions > 0 for each in totals.values()], axis=0)
    pairs = np.flatnonzero(has_return)
    for each in totals.values():
        gathered = gather_evidence(design, pairs, pairs[:0], each, cache)
        drawn, share = gathered.drawn, effect_share(design, gathered, each)
        plain = replace(drawn, moved=None)
        z = drawn.unit_z()
        np.testing.assert_allclose(z, plain.unit_z(), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(
            unit_share(drawn, share), unit_share(plain, share), rtol=1e-12, atol=1e-15
        )
        assert np.shares_memory(drawn.unit_z(), z)
        # Draws of the same blocks with other pairs counted have other means.
        counted = drawn.structure.counted & (design.table.security[pairs] == 1)
        fewer = replace(drawn, structure=replace(drawn.structure, counted=counted))
        np.testing.assert_allclose(
            fewer.unit_z(), replace(fewer, moved=None).unit_z(), rtol=1e-12, atol=1e-15
        )
        seen.append(each.places.plan(drawn))
    assert seen[0] is seen[1]
    assert seen[0] is not seen[2]


def test_little_is_kept_and_few_draws_are_gathered_one_by_one(monkeypatch):
    design = moving_design(3, overlap="keep")
    totals = cumulate_both(design, Window(0, 0))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    z = drawn.unit_z()
    monkeypatch.setattr(unit_series, "MOST_MEANS", 500)
    few = totals.moved.of(totals.placebo.z)
    np.testing.assert_array_equal(few.means(drawn), z)
    assert cumulate_both(replace(design, draws=20), Window(0, 0)).moved is None


def test_where_no_pair_counts_there_is_no_unit():
    design = moving_design(3, overlap="keep")
    totals = cumulate_both(design, Window(0, 0))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    none = np.zeros_like(drawn.structure.counted)
    empty = replace(drawn, structure=replace(drawn.structure, counted=none))
    assert drawn.moved is not None
    assert totals.moved.of(totals.placebo.z).means(empty).shape == (drawn.n_draws, 0)
