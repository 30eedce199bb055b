"""Evidence: draws thinned, values gathered, placements no draw takes left out."""

from __future__ import annotations

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
