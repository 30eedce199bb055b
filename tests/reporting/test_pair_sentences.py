"""Sentences about pairs whose day 0 is uncertain, and about lost pairs."""

from __future__ import annotations

import pandas as pd
from frames import alignment_frame, dropped_frame, events_frame

from eventstudy.reporting.pair_sentences import lost_pairs, uncertain_sessions


def test_only_studied_pairs_are_counted() -> None:
    pairs = pd.DataFrame(
        {
            "event_id": ["a", "b", "c", "d"], "security": "HSI",
            "ambiguous": [True, True, False, False],
            "benchmark_reacts_later": pd.array([pd.NA, False, True, True], dtype="boolean"),
        }
    )  # fmt: skip
    dropped = pd.DataFrame({"event_id": ["a"], "security": ["HSI"]})
    ((headline, detail),) = uncertain_sessions(pairs, dropped)
    assert headline == (
        "When each market could first react is known for the 3 pairs studied, not equally well."
    )
    assert detail.startswith("1 (33 %) could belong to either of two sessions")
    assert "; 2 (67 %) reach the market before the benchmark" in detail
    assert detail.endswith("there.")


def test_nothing_is_said_of_pairs_without_marks() -> None:
    pairs = pd.DataFrame({"event_id": ["a"], "security": ["HSI"], "ambiguous": [False]})
    assert uncertain_sessions(pairs, None) == []
    ((headline, _),) = uncertain_sessions(pairs.assign(ambiguous=True), None)
    assert headline == ("When the market could first react is not known well for the pair studied.")


def test_lost_pairs_are_counted_by_stage_and_choices_apart() -> None:
    events = events_frame(3)
    dropped = dropped_frame(events)
    assert lost_pairs(dropped) == (
        "3 pairs of event and market were dropped.",
        "2 at min_obs and 1 at coverage; each is listed with its reason.",
    )
    assert lost_pairs(dropped.assign(stage="select")) == (
        "No pair of event and market was dropped.",
        "By choice of the study: 3 pairs left out by events.select.",
    )
    assert uncertain_sessions(alignment_frame(events), dropped)
