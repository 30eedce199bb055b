"""Means of units on every weekday, against those of every draw by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inference_studies import moving_design

from eventstudy import Window
from eventstudy.inference import unit_series
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
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
