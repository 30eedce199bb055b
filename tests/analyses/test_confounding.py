"""Events whose windows share sessions: counted by hand, and against a loop over all pairs."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from eventstudy.analyses import confounding as confounding_module
from eventstudy.analyses.confounding import COLUMNS, confounding
from eventstudy.windows import Window

EVENTS = pd.DataFrame(
    {
        "event_id": ["A", "B", "C", "D"],
        "category": ["deal", None, "talk", "deal"],
        "expected_sign": ["+", "-", "mixed", "+"],
        "direction": ["escalation", "neutral", "de-escalation", "escalation"],
    }
)


def table(pairs, events=EVENTS, window=(-1, 1), rank=None):
    """`pairs` of event, market, day 0 and extension."""
    event, security, day0, extension = np.array(pairs, dtype=np.int64).reshape(-1, 4).T
    return confounding(
        events, event=event, security=security, day0=day0, extension=extension,
        window=Window(*window), rank=np.arange(len(events)) if rank is None else np.array(rank),
    )  # fmt: skip


def rows(frame):
    return [tuple(row) for row in frame.to_numpy()]


def test_markets_sessions_and_equal_days_are_counted():
    frame = table([(0, 0, 10, 0), (1, 0, 12, 0), (0, 1, 20, 0), (1, 1, 20, 0), (0, 2, 30, 0)])
    assert rows(frame) == [("A", "B", 2, 3, 1, "deal", "", "opposite")]
    assert tuple(frame.columns) == COLUMNS


@pytest.mark.parametrize(("gap", "shared"), [(0, 3), (1, 2), (2, 1), (3, None)])
def test_windows_that_touch_do_not_overlap(gap, shared):
    frame = table([(0, 0, 10, 0), (1, 0, 10 + gap, 0)])
    assert frame["sessions_shared"].tolist() == ([] if shared is None else [shared])


def test_a_window_that_starts_earlier_shares_more():
    assert table([(0, 0, 10, 0), (1, 0, 14, 2)])["sessions_shared"].tolist() == [1]
    assert table([(0, 0, 10, 5), (1, 0, 14, 9)])["sessions_shared"].tolist() == [8]


def test_signs_come_from_the_expected_sign_and_else_from_the_direction():
    here = [(event, 0, 10, 0) for event in range(4)]
    signs = {(row.event_a, row.event_b): row.signs for row in table(here).itertuples()}
    assert signs == {
        ("A", "B"): "opposite", ("A", "C"): "opposite", ("A", "D"): "same", ("B", "C"): "unknown",
        ("B", "D"): "opposite", ("C", "D"): "opposite",
    }  # fmt: skip
    plain = table(here, EVENTS[["event_id"]])
    assert set(plain["signs"]) == {"unknown"}
    assert set(plain["category_a"]) == {""}


def test_the_earlier_event_comes_first_and_the_most_shared_on_top():
    pairs = [(0, 0, 10, 0), (1, 0, 11, 0), (2, 0, 10, 0), (3, 0, 40, 0)]
    frame = table(pairs, rank=[3, 2, 0, 1])
    assert list(zip(frame["event_a"], frame["event_b"], strict=True)) == [
        ("C", "A"), ("C", "B"), ("B", "A"),
    ]  # fmt: skip


def test_nothing_overlaps():
    frame = table([(0, 0, 10, 0), (1, 0, 30, 0), (2, 1, 10, 0)])
    assert frame.empty
    assert tuple(frame.columns) == COLUMNS
    assert table([]).empty


@pytest.mark.parametrize("most_at_once", [1, 40, 1_000_000])
def test_many_events_agree_with_a_loop(most_at_once, monkeypatch):
    monkeypatch.setattr(confounding_module, "_MOST_AT_ONCE", most_at_once)
    rng = np.random.default_rng(5)
    n_events, n_markets = 25, 5
    events = pd.DataFrame({"event_id": [f"E{n}" for n in range(n_events)]})
    pairs = [
        (event, market, int(rng.integers(20, 80)), int(rng.integers(0, 3)))
        for event in range(n_events)
        for market in range(n_markets)
        if rng.random() < 0.8 and market < 3
    ]
    # Two further markets hold what the first one does.
    pairs += [(pair[0], market, *pair[2:]) for market in (3, 4) for pair in pairs if pair[1] == 0]
    sessions = {
        (event, market): set(range(day - wider - 2, day + 2)) for event, market, day, wider in pairs
    }
    day0 = {(event, market): day for event, market, day, _ in pairs}
    expected = {}
    for a, b in itertools.combinations(range(n_events), 2):
        both = [m for m in range(n_markets) if (a, m) in sessions and (b, m) in sessions]
        shared = [len(sessions[a, m] & sessions[b, m]) for m in both]
        if any(shared):
            same = sum(day0[a, m] == day0[b, m] for m in both)
            expected[f"E{a}", f"E{b}"] = (sum(s > 0 for s in shared), max(shared), same)
    frame = table(pairs, events, (-2, 1))
    assert {row[:2]: row[2:5] for row in rows(frame)} == expected
    assert frame["sessions_shared"].is_monotonic_decreasing
