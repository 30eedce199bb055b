"""Evidence: draws thinned, values gathered."""

from __future__ import annotations

import numpy as np

from eventstudy import Window


def test_a_thinned_draw_is_one_of_them(drawn):
    evidence = drawn[Window(0, 0)]
    some = evidence.thinned(7)
    assert some.n_draws == 7
    assert evidence.thinned(1000).n_draws == evidence.n_draws
    whole = evidence.gather(evidence.window.car)
    part = some.gather(some.window.car)
    assert np.array_equal(part[[0, -1]], whole[[0, -1]], equal_nan=True)
