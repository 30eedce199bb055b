"""What can be made again is remembered in one process, and left behind by a copy."""

from __future__ import annotations

import copy
import pickle

from eventstudy.execution.remade import LastRemade, Remade


def test_it_is_made_once_and_none_is_a_value():
    made = []
    total = Remade()
    assert [total.once(lambda: made.append(1)) for _ in range(3)] == [None] * 3
    assert made == [1]
    assert Remade(7).once(lambda: 8) == 7


def test_a_copy_makes_its_own():
    large = Remade(bytes(10_000))
    assert len(pickle.dumps(large)) < 200
    loaded = pickle.loads(pickle.dumps(large))  # noqa: S301 - it was written here
    for twin in (copy.copy(large), copy.deepcopy(large), loaded):
        assert twin.once(lambda: "anew") == "anew"
    assert len(large.once(str)) == 10_000


def test_the_value_of_the_last_key_is_kept_and_no_other():
    made = []
    of_side = LastRemade()

    def square(side):
        return of_side.of(side, lambda: made.append(side) or side**2)

    assert [square(2), square(2), square(3), square(2)] == [4, 4, 9, 4]
    assert made == [2, 3, 2]
    assert pickle.loads(pickle.dumps(of_side)).of(2, lambda: "anew") == "anew"  # noqa: S301
