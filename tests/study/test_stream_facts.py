"""What is said of a streamed study is gathered market by market."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from streamed import in_blocks, small_study

from eventstudy.prices import blocks
from eventstudy.study.stream_facts import StreamFacts
from eventstudy.study.stream_markets import HeldMarkets, ReadMarkets


def facts_of(study, markets):
    facts = StreamFacts(study, markets)
    has_pair = np.ones(len(markets.events), dtype=bool)
    for first, data in markets.portions():
        facts.add(first, data, has_pair, np.zeros(len(data.setting.markets), dtype=int), 0)
    return facts


@pytest.fixture
def both(monkeypatch):
    study, events, prices = small_study(2, firms=5)
    held = facts_of(study, HeldMarkets(study, events, prices, strict=False))
    monkeypatch.setattr(blocks, "CELLS", 600)
    return held, facts_of(study, ReadMarkets(study, events, in_blocks(prices)))


def test_portions_say_what_the_whole_says(both):
    held, read = both
    assert read.manifest == held.manifest
    assert list(read.manifest["markets"]) == ["F0", "F1", "F2", "F3", "F4"]
    assert read.assumed == held.assumed
    assert read.regressors == held.regressors == ("M",)
    assert read.benchmarks_of(np.array([1, 4])) == []
    assert read.attributes is None


def test_the_benchmark_is_checked_once(both):
    held, read = both
    assert not read.checks.duplicated().any()
    assert set(read.checks["security"]) == set(held.checks["security"])


def test_pairs_of_fewer_sessions_than_a_window_are_counted_over_all_blocks(both):
    held, _ = both
    assert held.short_windows == ()
    for sessions in ([4, 4, 2], [0, 4, 1]):
        both_ends = {"window_start": [-1, -1, -1], "window_end": [2, 2, 2]}
        held.count_sessions(pd.DataFrame(both_ends | {"n_sessions": sessions}))
    whole = pd.DataFrame({"window_start": [0], "window_end": [0], "n_sessions": [1]})
    held.count_sessions(whole)
    assert held.short_windows == (
        "1 of 6 pairs have no session of [-1,+2] and are in no test of it, 2 have fewer than it "
        "has and count with those there are: n_sessions of car.parquet; "
        "sample.complete_windows = true leaves them out",
    )
