"""Pairs of a streamed study, cut into blocks by date."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.study.pair_file import PAIR, PairFile
from eventstudy.study.stream_pairs import StreamPairs


def pairs_of(folder, events, dates, moments=None):
    """Pairs of events, numbered in order, on dates; each of a moment of its own by default."""
    n_events = max(events) + 1
    pairs = np.zeros(len(events), dtype=PAIR)
    pairs["event"] = events
    pairs["date"] = np.asarray(dates, dtype="M8[D]").astype(np.int64)
    pairs["begin"] = pairs["date"] - 3
    file = PairFile(folder, np.arange(n_events))
    file.add(pairs)
    return StreamPairs(
        file=file,
        rank=np.arange(n_events),
        moment=np.arange(n_events) if moments is None else np.asarray(moments),
        lost=pd.DataFrame(),
        facts=None,
    )


DATES = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]


@pytest.mark.parametrize(
    ("events", "dates", "moments", "expected"),
    [
        ([0, 1, 2, 3], DATES, None, [1, 2, 3, 4]),
        ([0, 1, 2, 3], [DATES[0], DATES[0], DATES[1], DATES[1]], None, [2, 4]),
        ([0, 0, 1, 2], [DATES[0], DATES[2], DATES[1], DATES[3]], None, [3, 4]),
        ([0, 1, 2, 3], DATES, [0, 1, 1, 2], [1, 3, 4]),
    ],
)
def test_no_date_event_or_moment_is_cut(tmp_path, events, dates, moments, expected):
    pairs = pairs_of(tmp_path, events, dates, moments)
    with pairs.file:
        assert [part.stop for part in pairs.blocks(1)] == expected
        assert [part.stop for part in pairs.blocks(100)] == [4]


def test_a_block_begins_with_the_first_window_of_it_or_a_later_one(tmp_path):
    pairs = pairs_of(tmp_path, [0, 1, 2], [DATES[1], DATES[0], DATES[2]])
    with pairs.file:
        begins = pairs.begins([slice(0, 2), slice(2, 3)])
    days = [str(np.datetime64(int(day), "D")) for day in begins]
    assert days == ["2023-12-30", "2024-01-01"]
