"""Standardised CARs of date portfolios, against one portfolio and draw after the other."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from inference_studies import moving_design

from eventstudy import Window
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.portfolios import distinct_lines, numbered_lines, portfolio_z


def evidence_of(design, window):
    """Return the data and the draws of all pairs of a design."""
    totals = cumulate_both(design, window)
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    gathered = gather_evidence(design, pairs, pairs[:0], totals, GroupCache())
    return gathered.real, gathered.drawn


def plain_z(evidence, residuals_of, draw):
    """Return what every portfolio has in one draw, by its definition, in any order.

    The mean of its pairs on each session of the window, added up, over the spread of its mean
    residuals on the dates on which half of its pairs have one.
    """
    rows = np.empty(evidence.n_pairs, dtype=int)
    for block in evidence.blocks:
        rows[block.columns] = block.rows[block.pick[draw]]
    counted, label = evidence.structure.counted, evidence.structure.portfolio
    table, found = evidence.table, []
    for number in np.unique(label[counted]):
        pairs = np.flatnonzero(counted & (label == number))
        pairs = pairs[evidence.window.n_sessions[rows[pairs]] > 0]
        z = math.nan
        total, length, by_date = 0.0, 0, {}
        for tau in range(len(table.taus)):
            values = [
                evidence.sign[pair] * table.abnormal[rows[pair], tau]
                for pair in pairs
                if evidence.window.present[rows[pair], tau] > 0
            ]
            if values:
                total, length = total + sum(values) / len(values), length + 1
        for pair in pairs:
            for date, value in residuals_of(rows[pair]):
                by_date.setdefault(date, []).append(evidence.sign[pair] * value)
        means = [sum(v) / len(v) for v in by_date.values() if 2 * len(v) >= len(pairs)]
        spare = len(means) - table.fit.n_parameters
        squares = sum(mean**2 for mean in means)
        if length and spare > 0 and squares > 0:
            z = total / math.sqrt(squares / spare * (length + length**2 / len(means)))
        found.append(z)
    return sorted(found, key=lambda each: (math.isnan(each), each))


def residuals_by_date(dependence):
    """Return the function from a position to its residuals and their calendar columns."""

    def of(row):
        series = dependence._series[row]
        there = np.flatnonzero(np.isfinite(series))
        return [(int(dependence._offset[row] + at), float(series[at])) for at in there]

    return of


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("overlap", ["keep", "merge"])
@pytest.mark.parametrize("window", [Window(-1, 1), Window(0, 0)])
@pytest.mark.parametrize("with_places", [True, False])
def test_portfolios_are_those_of_their_definition(overlap, window, with_places):
    real, drawn = evidence_of(moving_design(3, overlap=overlap), window)
    if not with_places:
        real, drawn = replace(real, places=None), replace(drawn, places=None)
    residuals = residuals_by_date(drawn.dependence)
    z = np.sort(portfolio_z(drawn), axis=1)
    for draw in (0, 7, drawn.n_draws - 1):
        np.testing.assert_allclose(z[draw], plain_z(drawn, residuals, draw), rtol=1e-9)
    own = np.sort(portfolio_z(real), axis=1)[0]
    of_data = residuals_by_date(real.dependence)
    np.testing.assert_allclose(own, plain_z(real, of_data, 0), rtol=1e-9)


def test_a_portfolio_of_turned_signs_is_turned():
    _, drawn = evidence_of(moving_design(3, overlap="keep"), Window(-1, 1))
    turned = replace(drawn, sign=-drawn.sign)
    np.testing.assert_allclose(
        np.sort(portfolio_z(turned), axis=1), np.sort(-portfolio_z(drawn), axis=1), rtol=1e-10
    )


def test_pairs_that_do_not_count_are_in_no_portfolio():
    real, drawn = evidence_of(moving_design(3, overlap="keep"), Window(0, 0))
    none = replace(drawn.structure, counted=np.zeros(drawn.n_pairs, dtype=bool))
    for places in (drawn.places, None):
        z = portfolio_z(replace(drawn, structure=none, places=places))
        assert z.shape == (drawn.n_draws, 0)
    none = replace(real.structure, counted=np.zeros(real.n_pairs, dtype=bool))
    assert portfolio_z(replace(real, structure=none)).shape == (1, 0)


def test_distinct_lines_are_those_of_numpy_also_where_their_marks_meet():
    rng = np.random.default_rng(2)
    lines = rng.integers(-3, 4, size=(200, 3))
    factors = np.random.default_rng(0).integers(1 << 62, size=2)
    meeting = np.stack([np.zeros(2, dtype=np.int64), np.array([factors[1], -factors[0]])])
    assert (meeting @ factors == 0).all()
    for some in (lines, meeting):
        distinct, again = distinct_lines(some)
        assert len(distinct) == len(np.unique(some, axis=0))
        assert (distinct[again] == some).all()


def test_lines_are_numbered_from_one_with_their_signs_and_0_where_nothing_is_held():
    evidence = SimpleNamespace(
        window=SimpleNamespace(n_sessions=np.array([1, 0, 3])), sign=np.array([1.0, -1.0])
    )
    block = SimpleNamespace(columns=np.array([0, 1]), rows=np.array([[0, 2], [1, 0]]))
    assert numbered_lines(evidence, block).tolist() == [[1, -3], [0, -1]]
