"""Pairs of a streamed study, cut into blocks by date."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eventstudy.study.stream_pairs import StreamPairs


def pairs_of(events, dates, moments=None):
    """Pairs of events, numbered in order, on dates; each of a moment of its own by default."""
    event = np.asarray(events, dtype=np.int32)
    dates = np.asarray(dates, dtype="M8[D]")
    days, day0 = np.unique(dates, return_inverse=True)
    n_events = int(event.max()) + 1
    return StreamPairs(
        data=SimpleNamespace(returns=SimpleNamespace(dates=days[None, :])),
        events=None,
        event=event,
        security=np.zeros(len(event), dtype=np.int32),
        day0=day0.astype(np.int32),
        sign=np.ones(len(event), dtype=np.int8),
        rank=np.arange(n_events),
        moment=np.arange(n_events) if moments is None else np.asarray(moments),
        lost=pd.DataFrame(),
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
def test_no_date_event_or_moment_is_cut(events, dates, moments, expected):
    pairs = pairs_of(events, dates, moments)
    assert [part.stop for part in pairs.blocks(1)] == expected
    assert [part.stop for part in pairs.blocks(100)] == [4]
