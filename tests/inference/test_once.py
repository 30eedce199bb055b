"""What is derived once and asked for again."""

from __future__ import annotations

from eventstudy.inference.once import LastOnce, Once, OnceOf


def test_a_value_is_made_the_first_time_it_is_asked_for():
    made = []
    whole = Once()
    for name in ("ranks", "signs", "ranks"):
        assert whole.of(name, lambda name=name: made.append(name) or name.upper()) == name.upper()
    assert made == ["ranks", "signs"]


def test_what_is_known_of_parts_does_not_hold_of_others():
    blocks, sign = [1, 2], [1.0]
    known = OnceOf(blocks, sign)
    assert known.is_of(blocks, sign)
    assert not known.is_of([1, 2], sign)
    assert known.of("sum", lambda: 3) == known.of("sum", lambda: 4) == 3


def test_the_last_owners_are_remembered_and_no_others():
    last = LastOnce(2)
    first, second, third = object(), object(), object()
    made = []
    for owner in (first, second, first, third, second, first):
        last.of(owner, lambda owner=owner: made.append(owner))
    assert made == [first, second, third, second, first]
