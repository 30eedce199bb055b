"""Evidence: draws thinned, values gathered, placements no draw takes left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy import Window
from eventstudy.inference.evidence import Block


def test_a_thinned_draw_is_one_of_them(drawn):
    evidence = drawn[Window(0, 0)]
    some = evidence.thinned(7)
    assert some.n_draws == 7
    assert evidence.thinned(1000).n_draws == evidence.n_draws
    whole = evidence.gather(evidence.window.car)
    part = some.gather(some.window.car)
    assert np.array_equal(part[[0, -1]], whole[[0, -1]], equal_nan=True)


def test_a_block_without_what_no_draw_takes_has_the_same_draws():
    rows, moves = np.arange(10).reshape(5, 2), np.arange(-2, 3)
    block = Block(columns=np.arange(2), rows=rows, moves=moves, pick=np.array([3, 0, 3]))
    fewer = block.picked()
    assert fewer.rows.tolist() == [[0, 1], [6, 7]]
    assert fewer.rows[fewer.pick].tolist() == rows[block.pick].tolist()
    assert fewer.moves[fewer.pick].tolist() == moves[block.pick].tolist()
    assert fewer.picked() is fewer


def test_what_draws_say_is_made_once_whatever_returns_are_put_to_them(drawn):
    evidence = drawn[Window(0, 0)]
    made = []

    def ask(of, name="sums"):
        return of.of_draws(name, lambda: made.append(of) or len(made))

    assert [ask(evidence), ask(evidence), ask(replace(evidence, absent=evidence.absent))] == [1] * 3
    # The same few draws, whoever thins them; other draws and other signs are other ones.
    assert evidence.thinned(7).blocks is evidence.thinned(7).blocks
    assert [ask(evidence.thinned(7)), ask(evidence.thinned(7))] == [2, 2]
    moved = evidence.placed(evidence.blocks[::-1])
    assert [ask(moved), ask(moved), ask(evidence)] == [3, 3, 1]
    turned = replace(evidence, sign=-evidence.sign)
    assert [ask(turned), ask(turned)] == [4, 5]


def test_sums_of_draws_are_those_of_their_own_returns(drawn):
    evidence = drawn[Window(0, 0)]
    other = replace(evidence, dependence=evidence.dependence.beside())
    made = []

    def ask(of):
        return of.of_group("sums", lambda: made.append(of) or len(made))

    assert [ask(evidence), ask(other), ask(evidence), ask(other)] == [1, 2, 1, 2]
