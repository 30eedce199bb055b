"""Pairs on disk come back in order of their events in time."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.study import pair_file
from eventstudy.study.pair_file import PAIR, PairFile

RANK = np.array([2, 0, 3, 1])


def pairs(event, security):
    made = np.zeros(len(event), dtype=PAIR)
    made["event"], made["security"] = event, security
    made["day0"] = made["security"] * 10 + made["event"]
    return made


@pytest.mark.parametrize("portion", [1, 2, 100])
def test_pairs_added_market_by_market_come_back_event_by_event(tmp_path, monkeypatch, portion):
    monkeypatch.setattr(pair_file, "_PORTION", portion)
    with PairFile(tmp_path, RANK) as file:
        file.add(pairs([0, 1, 1], [0, 0, 1]))
        file.add(pairs([2], [1]))
        file.add(pairs([2, 1, 0], [5, 5, 4]))
        file.add(pairs([], []))
        file.put_in_time()
        found = file.read(slice(0, 100))
        assert found["event"].tolist() == [1, 1, 1, 0, 0, 2, 2]
        assert found["security"].tolist() == [0, 1, 5, 0, 4, 1, 5]
        assert (found["day0"] == found["security"] * 10 + found["event"]).all()
        assert file.numbers.tolist() == [3, 2, 2]
        assert file.read(slice(2, 4))["event"].tolist() == [1, 0]
        assert len(file) == 7
    assert not list(tmp_path.iterdir())


def test_pairs_that_stand_in_time_already_stay(tmp_path):
    with PairFile(tmp_path, RANK) as file:
        file.add(pairs([1, 3], [0, 1]))
        file.add(pairs([2, 0], [1, 2]))
        file.put_in_time()
        assert file.read(slice(0, 4))["event"].tolist() == [1, 3, 0, 2]


def test_no_pair_is_no_problem(tmp_path):
    with PairFile(tmp_path, RANK) as file:
        file.put_in_time()
        assert len(file) == 0
        assert not len(file.numbers)
