"""Sentences and notes: where what is normal comes from, and what is assumed."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.intraday import words

ALIGNMENT = pd.DataFrame({
    "security": ["A", "A", "B"], "n_days": [20, 18, 20], "n_returns": [50, 60, 40],
    "first_day": pd.to_datetime(["2025-01-02"] * 3), "last_day": pd.to_datetime(["2025-02-03"] * 3),
})  # fmt: skip


def test_normal_returns_come_from_days_or_from_bars():
    other = words.normal_sentences(ALIGNMENT, {"estimation": "other_days"})
    assert other[0].startswith("A: normal returns by clock time from 18 to 20 earlier days (2025")
    same = words.normal_sentences(ALIGNMENT, {"estimation": "same_day", "gap": 10})
    assert same[1] == (
        "B: normal returns from the 40 bars before the window on the same day, which end 10 "
        "minutes before it."
    )
    assert "too small near the close" in same[-1]
    assert len(same) == len(other) + 1


@pytest.mark.parametrize(
    ("numbers", "same_day", "note"),
    [
        ([30, 40], False, "rank among 30 to 40 other days, so no smaller than 0.024"),
        ([24, 24], True, "rank among 24 earlier windows of the day, so no smaller than 0.040"),
        ([1, 1], False, "not given, one other day where 20 are needed"),
        ([None], False, "not given, as no window has a bar with a return"),
        ([4, 16], True, "not given, 4 to 16 earlier windows of the day where 20 are needed"),
    ],
)
def test_on_how_many_a_rank_rests(numbers, same_day, note):
    car = pd.DataFrame({"n_placebos": numbers})
    assert words.notes(car, same_day=same_day).endswith(note)
    assert words.notes(car, same_day=same_day, without_level=True).endswith(note)


@pytest.mark.parametrize("same_day", [False, True])
def test_the_level_is_explained_where_it_is_shown(same_day):
    car = pd.DataFrame({"n_placebos": [24]})
    assert "; level: " in words.notes(car, same_day=same_day)
    assert "level" not in words.notes(car, same_day=same_day, without_level=True)


def test_a_window_that_lacks_bars_is_said():
    car = pd.DataFrame({
        "event_id": "e", "security": "A", "window_start": 0, "window_end": [15, 30],
        "n_bars": [1, 6], "bars_missing": [2, 0],
    })  # fmt: skip
    assert words.missing_bars(car) == [
        "e, A: 2 of 3 bars of [0,+15] are missing or without a return: what the price moved over a "
        "gap is in no bar, nor in the CAR."
    ]
