"""Pairs estimated on portions of the markets are those estimated on all of them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from streamed import in_blocks, small_study

from eventstudy.prices import blocks
from eventstudy.study.stream_markets import HeldMarkets, ReadMarkets
from eventstudy.study.stream_tables import estimated, stacked, taken

SECURITY = np.array([6, 0, 3, 0, 5, 2])
DAY0 = np.array([150, 200, 120, 130, 220, 3])


@pytest.fixture
def both(monkeypatch):
    study, events, prices = small_study(2, firms=7)
    held = HeldMarkets(study, events, prices, strict=False)
    monkeypatch.setattr(blocks, "CELLS", 600)
    return held, ReadMarkets(study, events, in_blocks(prices))


def assert_same(one, other):
    for each in fields(one):
        first, second = getattr(one, each.name), getattr(other, each.name)
        if isinstance(second, np.ndarray):
            np.testing.assert_array_equal(first, second, err_msg=each.name)


def test_portions_give_what_the_whole_gives_to_the_last_digit(both):
    whole, parts = (estimated(each, SECURITY, DAY0, with_dates=True) for each in both)
    np.testing.assert_array_equal(parts.kept, whole.kept)
    assert whole.kept.tolist() == [True] * 5 + [False]
    assert_same(parts.table, whole.table)
    assert_same(parts.table.fit, whole.table.fit)
    np.testing.assert_array_equal(parts.dates, whole.dates)
    assert parts.reasons == whole.reasons
    assert parts.table.abnormal.flags.f_contiguous == whole.table.abnormal.flags.f_contiguous


def test_tables_are_taken_apart_and_put_together(both):
    whole = estimated(both[0], SECURITY, DAY0).table
    order = np.array([3, 4, 0, 1, 2])
    again = stacked([taken(whole, order[:2]), taken(whole, order[2:])])
    assert_same(again, taken(whole, order))
    assert again.security.tolist() == whole.security[order].tolist()
