"""What is derived once and asked for again."""

from __future__ import annotations

from eventstudy.inference.once import Once


def test_a_value_is_made_the_first_time_it_is_asked_for():
    made = []
    whole = Once()
    for name in ("ranks", "signs", "ranks"):
        assert whole.of(name, lambda name=name: made.append(name) or name.upper()) == name.upper()
    assert made == ["ranks", "signs"]
