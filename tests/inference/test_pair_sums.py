"""Sums over the pairs of draws, beside a loop over draws and pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.inference import pair_sums as module
from eventstudy.inference.pair_sums import pair_sums

pytestmark = pytest.mark.fast_tests(6)


@pytest.fixture
def evidence(drawn):
    """Draws of pairs, some of which are turned."""
    given = drawn[Window(-1, 1)]
    sign = np.where(np.random.default_rng(1).random(given.n_pairs) < 0.4, -1.0, 1.0)
    return replace(given, sign=sign)


def plainly(evidence, values, sign):
    total = np.zeros((evidence.n_draws, values.shape[1]))
    for draw in range(evidence.n_draws):
        for block in evidence.blocks:
            for row, column in zip(block.rows[block.pick[draw]], block.columns, strict=True):
                total[draw] += sign[column] * values[row]
    return total


@pytest.mark.parametrize("few", [0, 8])  # one after the other, or as a product
@pytest.mark.parametrize("sparse", [0, 1_000_000])
@pytest.mark.parametrize("in_halves", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_sums_are_those_of_a_loop(monkeypatch, evidence, signed, in_halves, sparse, few):
    monkeypatch.setattr(module, "_FEW_VALUES", few)
    monkeypatch.setattr(module, "_SPARSE", sparse)
    monkeypatch.setattr(module, "_COUNTS", 5_000)  # some draws at a time
    rng = np.random.default_rng(2)
    size = len(evidence.table.security)
    values = rng.integers(-90, 90, (size, 4)) / 2 if in_halves else rng.normal(size=(size, 4))
    sign = evidence.sign if signed else np.ones(evidence.n_pairs)
    found = pair_sums(evidence, values, signed=signed, in_halves=in_halves)
    expected = plainly(evidence, values, sign)
    if in_halves:
        assert (found == expected).all()
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_halves_too_large_for_single_precision_keep_their_last_digit(monkeypatch, evidence):
    monkeypatch.setattr(module, "_FEW_VALUES", 0)
    values = np.full((len(evidence.table.security), 1), 2.0**40 + 0.5)
    found = pair_sums(evidence, values, signed=False, in_halves=True)
    assert (found == evidence.n_pairs * (2.0**40 + 0.5)).all()


@pytest.mark.parametrize("sparse", [0, 1_000_000])
def test_positions_that_do_not_count(monkeypatch, evidence, sparse):
    monkeypatch.setattr(module, "_SPARSE", sparse)
    monkeypatch.setattr(module, "_FEW_VALUES", 0)
    rng = np.random.default_rng(3)
    size = len(evidence.table.security)
    among = rng.random(size) < 0.3
    values = np.where(among[:, None], rng.normal(size=(size, 3)), 0.0)
    expected = plainly(evidence, values, evidence.sign)
    found = pair_sums(evidence, values, among=among)
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
    nothing = pair_sums(evidence, 0.0 * values, among=np.zeros(size, dtype=bool))
    assert (nothing == 0).all()


@pytest.mark.parametrize("few", [0, 8])
def test_one_draw_is_a_line_of_many(monkeypatch, evidence, few):
    monkeypatch.setattr(module, "_FEW_VALUES", few)
    values = np.random.default_rng(4).normal(size=(len(evidence.table.security), 3))
    together = pair_sums(evidence, values)
    alone = pair_sums(evidence.thinned(1), values)
    assert alone == pytest.approx(together[:1], rel=1e-12, abs=1e-12)
