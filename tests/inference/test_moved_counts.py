"""Draws counted by the days of sets of markets, beside a sum of every pair."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.inference import moved_counts as module
from eventstudy.inference import pair_sums as pair_sums_module
from eventstudy.inference.evidence import OnceOf
from eventstudy.inference.moved_counts import moved_counts
from eventstudy.inference.pair_sums import pair_sums


def plainly(evidence, values, sign):
    total = np.zeros((evidence.n_draws, values.shape[1]))
    for block in evidence.blocks:
        rows = block.rows[block.pick]
        total += (values[rows] * sign[block.columns][:, None]).sum(axis=1)
    return total


@pytest.fixture
def evidence(monkeypatch, drawn):
    monkeypatch.setattr(module, "_LOOKED_UP", 0)  # whatever it costs
    given = drawn[Window(-1, 1)]
    assert given.places is not None
    return replace(given, once=OnceOf(given.blocks, given.sign))


@pytest.mark.parametrize("sets", [1, 4])
@pytest.mark.parametrize("share", [0.0, 0.4])  # of pairs that are turned
@pytest.mark.parametrize("signed", [False, True])
def test_days_of_sets_hold_the_pairs_of_every_draw(monkeypatch, evidence, signed, share, sets):
    monkeypatch.setattr(module, "_MOST_SETS", sets)
    rng = np.random.default_rng(3)
    sign = np.where(rng.random(evidence.n_pairs) < share, -1.0, 1.0)
    evidence = replace(evidence, sign=sign, once=OnceOf(evidence.blocks, sign))
    counted = moved_counts(evidence, signed=signed)
    assert counted is not None
    assert counted.sets.shape[0] <= sets * evidence.places.n_days
    values = rng.integers(-90, 90, (len(evidence.table.security), 9)) / 2
    expected = plainly(evidence, values, sign if signed else np.ones(len(sign)))
    np.testing.assert_array_equal(counted.sums(values), expected)
    np.testing.assert_array_equal(
        pair_sums(evidence, values, signed=signed, in_halves=True), expected
    )


def test_markets_that_go_together_are_one_set():
    number = np.array([[1, 1, 0, 0], [2, 2, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0], [-1, -1, 0, 0]])
    before = number.copy()
    together, times = module._sets(number)
    made = number.copy()
    for lines, often in zip(together, times, strict=True):
        made[:, lines] += often[:, None]
    np.testing.assert_array_equal(made, before)
    assert together[0].tolist() == [0, 1]
    assert np.count_nonzero(times) + np.count_nonzero(number) == 6


def test_pairs_that_cancel_are_in_no_set():
    together, times = module._sets(np.zeros((3, 2), dtype=np.int64))
    assert together == []
    assert times.shape == (0, 3)


def test_where_days_are_no_gain_pairs_are_counted(monkeypatch, evidence):
    monkeypatch.setattr(module, "_LOOKED_UP", 1e9)
    assert moved_counts(evidence, signed=True) is None
    assert moved_counts(replace(evidence, places=None), signed=True) is None
    monkeypatch.setattr(module, "_LOOKED_UP", 0)
    monkeypatch.setattr(module, "_MOST_CELLS", 0)
    again = replace(evidence, once=OnceOf(evidence.blocks, evidence.sign))
    assert moved_counts(again, signed=True) is None


def test_halves_that_could_be_too_large_are_counted_by_pair(monkeypatch, evidence):
    values = np.full((len(evidence.table.security), 9), 0.5)
    monkeypatch.setattr(pair_sums_module, "_HALVES", 2 * evidence.n_pairs)
    found = pair_sums(evidence, values, signed=False, in_halves=True)
    assert (found == 0.5 * evidence.n_pairs).all()
