"""Numbers of kinds of pairs on every weekday, against those of every draw by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inference_studies import moving_design

from eventstudy import Window
from eventstudy.inference import moved_sums
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.moved_sums import (
    MovedSums,
    WholeSums,
    parts_of,
    sums_over_pairs,
)
from eventstudy.inference.parametric import mean_correlation
from eventstudy.inference.portfolios import portfolio_z


def drawn_groups(design, window):
    """Yield the draws of all pairs, and of those of one market."""
    totals = cumulate_both(design, window)
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    for chosen in (pairs, pairs[design.table.security[pairs] == 1]):
        yield gather_evidence(design, chosen, chosen[:0], totals, GroupCache()).drawn


def in_order(z):
    return np.sort(z, axis=1)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("overlap", ["keep", "merge"])
@pytest.mark.parametrize("window", [Window(-1, 1), Window(0, 0)])
def test_portfolios_and_correlations_are_those_of_every_draw_by_itself(overlap, window):
    design = moving_design(3, overlap=overlap)
    for drawn in drawn_groups(design, window):
        plain = replace(drawn, places=None)
        for again in range(2):
            some = drawn.thinned(20) if not again else drawn
            other = plain.thinned(20) if not again else plain
            np.testing.assert_allclose(
                in_order(portfolio_z(some)), in_order(portfolio_z(other)), rtol=1e-10, atol=1e-13
            )
            number, rbar = mean_correlation(some)
            n, expected = mean_correlation(other)
            np.testing.assert_array_equal(number, n)
            np.testing.assert_allclose(rbar, expected, rtol=1e-10, atol=1e-13)


def test_positions_of_a_kind_are_those_of_the_draws():
    """Also where a pair stands on a Saturday and is moved by nothing."""
    design = moving_design(3, overlap="keep")
    for drawn in drawn_groups(design, Window(-1, 1)):
        seen = 0
        for part in parts_of(drawn, drawn.structure.unit):
            block = drawn.blocks[part.block]
            rows = part.kind.rows(drawn.places, part.first + block.moves)
            is_unit = [
                columns
                for number in np.unique(drawn.structure.unit[block.columns])
                if (columns := np.flatnonzero(drawn.structure.unit[block.columns] == number)).size
                == rows.shape[1]
                and (np.sort(block.rows[:, columns], axis=1) == np.sort(rows, axis=1)).all()
            ]
            assert is_unit
            seen += rows.shape[1]
        assert seen == drawn.n_pairs


def test_a_kind_asked_for_on_most_weekdays_is_computed_on_all_and_little_is_kept(monkeypatch):
    design = moving_design(3, overlap="keep")
    drawn = next(drawn_groups(design, Window(0, 0)))
    part = parts_of(drawn, drawn.structure.unit)[0]
    asked = []

    def compute(new):
        asked.extend((kind.key, len(days)) for kind, days in new)
        return np.concatenate([days for _, days in new])[None] * 1.0

    sums = MovedSums(drawn.places, 1)
    days = part.first + drawn.blocks[part.block].moves
    every = part.kind.rows(drawn.places, np.arange(drawn.places.n_days))
    valid = np.flatnonzero((every >= 0).all(axis=1))
    for some in (days[:3], days[:2], days[:5], days, valid[: 3 * len(valid) // 4]):
        (values,) = sums.of([(part.kind, some)], compute)
        assert (values[0, some] == some).all()
    expected = [3, 2, len(days) - 5, len(valid) - len(days)]
    assert [number for _, number in asked] == expected
    monkeypatch.setattr(moved_sums, "MOST_NUMBERS", 1)
    for each in parts_of(drawn, drawn.structure.unit):
        (values,) = sums.of([(each.kind, each.first + days[:0])], compute)
        assert values.shape == (1, drawn.places.n_days)


@pytest.mark.parametrize("at_a_time", [1, 512])
def test_sums_over_pairs_are_those_of_their_positions(at_a_time, monkeypatch):
    """On every weekday on which all of them have one, and where a kind stands still."""
    monkeypatch.setattr(moved_sums, "_AT_A_TIME", at_a_time)
    rng = np.random.default_rng(1)
    for drawn in drawn_groups(moving_design(3, overlap="keep"), Window(0, 0)):
        parts = parts_of(drawn, drawn.structure.unit)
        kinds = [part.kind for part in parts]
        values = rng.standard_normal((2, len(drawn.window.car)))
        found = sums_over_pairs(kinds, drawn.places, values, [True, False])
        for part, sums in zip(parts, found, strict=True):
            days = np.unique(part.first + drawn.blocks[part.block].moves)
            rows = part.kind.rows(drawn.places, days)
            signed = (values[0][rows] * part.kind.sign).sum(axis=1)
            np.testing.assert_allclose(sums[0, days], signed, rtol=1e-12, atol=1e-13)
            plain = values[1][rows].sum(axis=1)
            np.testing.assert_allclose(sums[1, days], plain, rtol=1e-12, atol=1e-13)


def test_kinds_are_summed_once_and_few_are_kept(monkeypatch):
    drawn = next(drawn_groups(moving_design(3, overlap="keep"), Window(0, 0)))
    kinds = [part.kind for part in parts_of(drawn, drawn.structure.unit)]
    different, n_days = len({kind.key for kind in kinds}), drawn.places.n_days
    asked = []

    def compute(new):
        asked.append(len(new))
        return np.array([[np.full(n_days, float(len(kind.sign)))] for kind in new])

    sums = WholeSums(drawn.places, 1)
    for _ in range(2):
        found = sums.of(kinds, compute)
        assert [values[0, 0] for values in found] == [len(kind.sign) for kind in kinds]
    assert asked == [different]
    monkeypatch.setattr(moved_sums, "MOST_NUMBERS", 1)
    for kind in (*kinds[:1], *kinds):
        (values,) = WholeSums(drawn.places, 1).of([kind], compute)
        assert values.shape == (n_days, 1)


def test_a_kind_asked_for_twice_is_known_where_it_was_let_go_in_between(monkeypatch):
    design = moving_design(3, overlap="keep")
    drawn = next(drawn_groups(design, Window(0, 0)))
    first, *rest = parts_of(drawn, drawn.structure.unit)
    second = next(part for part in rest if part.kind.key != first.kind.key)
    days = first.first + drawn.blocks[first.block].moves
    other = second.first + drawn.blocks[second.block].moves

    def compute(new):
        return np.concatenate([days for _, days in new])[None] * 1.0

    monkeypatch.setattr(moved_sums, "MOST_NUMBERS", 1)
    sums = MovedSums(drawn.places, 1)
    found = sums.of([(first.kind, days[:3]), (second.kind, other), (first.kind, days[3:])], compute)
    for values, asked in zip(found, (days[:3], other, days[3:]), strict=True):
        assert (values[0, asked] == asked).all()


@pytest.mark.parametrize("most", [1, 1200])
def test_numbers_are_the_same_where_few_of_them_are_kept(most, monkeypatch):
    monkeypatch.setattr(moved_sums, "MOST_NUMBERS", most)
    design = moving_design(3, overlap="keep")
    for drawn in drawn_groups(design, Window(0, 0)):
        fresh = replace(drawn, dependence=drawn.dependence.beside())
        plain = replace(fresh, places=None)
        np.testing.assert_allclose(
            in_order(portfolio_z(fresh)), in_order(portfolio_z(plain)), rtol=1e-10, atol=1e-13
        )
        np.testing.assert_allclose(
            mean_correlation(fresh)[1], mean_correlation(plain)[1], rtol=1e-10, atol=1e-13
        )


def test_without_the_weekdays_of_the_pairs_there_are_no_parts():
    drawn = replace(next(drawn_groups(moving_design(3, overlap="keep"), Window(0, 0))), places=None)
    with pytest.raises(ValueError, match="weekdays of the pairs are not known"):
        parts_of(drawn, drawn.structure.unit)
