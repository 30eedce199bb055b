"""The sign of each pair: that of its event, 0 where it has none or merged events differ."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from eventstudy import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.study.expected_signs import pair_signs, without_unsigned

EVENTS = Events.from_frame(
    pd.DataFrame(
        {
            "event_id": ["a", "b", "c", "d", "e"],
            "date": "2025-05-02",
            "expected_sign": ["+", "-", "0", "", "mixed"],
        }
    )
)
EXPECTED = SimpleNamespace(sign="expected")


class _Sample:
    """A sample of one pair an event, some merged; it writes down what is taken out of it."""

    def __init__(self, merged=((), ())):
        self.event = np.arange(5)
        self.pair = np.arange(5)
        self.merged = tuple(np.array(part, dtype=np.int64) for part in merged)
        self.lost = []

    def merged_events(self, aligned):
        return self.merged

    def without(self, which, stage, reason, aligned):
        self.lost.append((self.event[which].tolist(), stage, reason))
        self.event, self.pair = self.event[~which], self.pair[~which]
        return self


def test_each_pair_has_the_sign_of_its_event():
    assert pair_signs(EXPECTED, EVENTS, _Sample(), None).tolist() == [1, -1, 0, 0, 0]
    unsigned = SimpleNamespace(sign="none")
    assert pair_signs(unsigned, EVENTS, _Sample(), None).tolist() == [1] * 5


def test_merged_events_that_differ_have_no_sign():
    sample = _Sample(merged=([0], [1]))
    assert pair_signs(EXPECTED, EVENTS, sample, None).tolist() == [0, -1, 0, 0, 0]


def test_pairs_without_a_sign_are_listed_with_what_they_have():
    sample = without_unsigned(EXPECTED, EVENTS, _Sample(), None)
    assert sample.event.tolist() == [0, 1]
    assert [(events, stage) for events, stage, _ in sample.lost] == [
        ([2], "sign"), ([3], "sign"), ([4], "sign")
    ]  # fmt: skip
    reasons = [reason for _, _, reason in sample.lost]
    assert "expected_sign is 0" in reasons[0]
    assert "no expected_sign" in reasons[1]
    assert "expected_sign is mixed" in reasons[2]


def test_events_without_the_column_are_refused():
    events = Events.from_frame(pd.DataFrame({"event_id": ["a"], "date": ["2025-05-02"]}))
    with pytest.raises(SpecificationError, match="needs a column expected_sign"):
        pair_signs(EXPECTED, events, _Sample(), None)
