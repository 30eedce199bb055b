"""What statistics are concluded from where pairs come in blocks."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.moments import moments
from eventstudy.inference.sums import Correlated, SessionScores, Totals, Values


def test_totals_add_and_values_stand_side_by_side():
    both = Totals((np.array([1.0]), np.ones((1, 2)))).plus(Totals((np.array([2.0]), np.eye(2)[:1])))
    assert both.parts[0] == [3.0]
    assert both.parts[1].tolist() == [[2.0, 1.0]]
    values = Values(parts=(np.ones((1, 2)),)).plus(Values(parts=(np.zeros((1, 1)),)))
    assert values.values.tolist() == [[1.0, 1.0, 0.0]]


def test_a_session_is_inside_where_it_is_in_one_of_the_blocks():
    scores = [
        SessionScores(
            total=np.array([[1.0, 2.0]]),
            count=np.array([[1.0, 1.0]]),
            inside=np.array([False, at == 0]),
            is_estimated=at == 1,
        )
        for at in range(2)
    ]
    both = scores[0].plus(scores[1])
    assert both.total.tolist() == [[2.0, 4.0]]
    assert both.inside.tolist() == [False, True]
    assert both.is_estimated


def test_what_is_between_pairs_is_joined_beside_their_own_sums():
    halves = [
        Correlated(own=moments(np.array([part])), between=Totals((np.array([2.0]),)))
        for part in ([1.0, 2.0], [4.0, 8.0])
    ]
    both = halves[0].plus(halves[1])
    assert both.own.sd == pytest.approx(np.std([1.0, 2.0, 4.0, 8.0], ddof=1))
    assert both.between.parts[0] == [4.0]
