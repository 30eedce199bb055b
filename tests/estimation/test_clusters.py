"""Units, portfolios and clusters of a few pairs whose answer can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.estimation import clusters
from eventstudy.estimation.clusters import (
    independent_dates,
    structure,
    weekday_date,
    weekday_number,
)

MONDAY = np.datetime64("2025-05-05")


def made(pairs, *, length=1, gap=3, sign=None):
    """Structure of (event, security, session) on sessions that are weekdays from 5 May 2025."""
    event, security, day0 = np.array(pairs, dtype=np.int64).T
    date = np.busday_offset(MONDAY, day0)
    return structure(
        event=event, security=security, day0=day0, date=date, first_date=date,
        last_date=np.busday_offset(date, length - 1), extension=np.zeros(len(event), np.int64),
        sign=np.ones(len(event)) if sign is None else np.array(sign, float), length=length, gap=gap,
    )  # fmt: skip


def test_events_that_share_most_of_their_day_0s_are_one_unit():
    same = made([(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0)])
    assert same.unit.tolist() == [0, 0, 0, 0]
    assert same.counted.tolist() == [True, True, False, False]  # a return counts once
    half = made([(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)])
    assert half.unit.tolist() == [0, 0, 1, 1]
    assert half.n_units == 2


def test_a_return_claimed_with_opposite_signs_counts_for_neither():
    assert made([(0, 0, 0), (1, 0, 0)], sign=[1, -1]).counted.tolist() == [False, False]
    assert made([(0, 0, 0), (1, 0, 0)], sign=[1, 1]).counted.tolist() == [True, False]


def test_windows_that_share_a_session_are_one_portfolio():
    pairs = [(0, 0, 0), (1, 0, 1), (2, 0, 4)]
    assert made(pairs, length=1).portfolio.tolist() == [0, 1, 2]
    assert made(pairs, length=2).portfolio.tolist() == [0, 0, 1]
    # without a common market a calendar date decides
    assert made([(0, 0, 0), (1, 1, 1)], length=2).portfolio.tolist() == [0, 0]
    assert made([(0, 0, 0), (1, 1, 2)], length=2).portfolio.tolist() == [0, 1]


def test_units_nearer_than_the_gap_are_one_cluster():
    pairs = [(0, 0, 0), (1, 0, 2), (2, 0, 5)]
    assert made(pairs, gap=3).cluster.tolist() == [0, 0, 1]
    assert made(pairs, gap=4).cluster.tolist() == [0, 0, 0]


def test_weekdays_are_numbered_across_weekends():
    dates = np.array(["2025-05-02", "2025-05-05", "1970-01-01"], dtype="datetime64[D]")
    numbers = weekday_number(dates)
    assert numbers[1] - numbers[0] == 1
    assert numbers[2] == 0
    np.testing.assert_array_equal(weekday_date(numbers), dates)


@pytest.mark.parametrize("seed", range(12))
def test_units_are_those_of_every_two_news_items(seed, monkeypatch):
    """Items with common markets, without, doubled rows, several items of one kind in a slot."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    event, security = rng.integers(0, 15, n), rng.integers(0, int(rng.integers(1, 9)), n)
    day0 = rng.integers(3, 9, n)
    slot = np.busday_offset(MONDAY, day0 // 2)
    if seed % 3 == 1:  # in a large group markets in common are counted otherwise
        monkeypatch.setattr(clusters, "_MOST_MARKETS", 1)
    found = independent_dates(event, security, day0, slot, slot=slot)

    pairs = {e: set(zip(security[event == e], day0[event == e], strict=True)) for e in set(event)}
    label = {e: e for e in pairs}
    for a, of_a in pairs.items():
        for b, of_b in pairs.items():
            common = {market for market, _ in of_a} & {market for market, _ in of_b}
            by_market = 2 * len(of_a & of_b) > len(common) > 0
            by_slot = not common and set(slot[event == a]) & set(slot[event == b])
            if by_market or by_slot:
                new, old = sorted((label[a], label[b]))
                label = {e: new if each == old else each for e, each in label.items()}
    whole = np.array([label[e] for e in event])
    np.testing.assert_array_equal(found[:, None] == found, whole[:, None] == whole)
    assert set(found) == set(range(found.max() + 1))


@pytest.mark.parametrize("seed", range(8))
def test_portfolios_and_counted_pairs_are_those_of_every_two_pairs(seed, monkeypatch):
    """Windows that start earlier, doubled pairs, units with and without a common market."""
    rng = np.random.default_rng(seed)
    n, length = 24, int(rng.integers(1, 6))
    event, security = np.arange(n) // 2, rng.integers(0, 10, n)
    day0 = rng.integers(5, 5 + 25 * length, n)
    extension = rng.integers(0, 3, n) * (rng.random() < 0.5)
    unit = np.unique(rng.integers(0, 14, n), return_inverse=True)[1]
    sign = rng.choice([-1.0, 1.0], n)
    date = np.busday_offset(MONDAY, day0)
    found = structure(
        event=event, security=security, day0=day0, date=date,
        first_date=np.busday_offset(date, -extension),
        last_date=np.busday_offset(date, length - 1), extension=extension, sign=sign,
        length=length, gap=3, unit=unit,
    )  # fmt: skip

    markets = [set(security[unit == e]) for e in range(unit.max() + 1)]
    label = unit.copy()
    spans = [(day0[unit == e] - extension[unit == e]).min() for e in range(len(markets))]
    ends = [day0[unit == e].max() + length - 1 for e in range(len(markets))]
    for _ in range(n):  # links chain
        for i in range(n):
            for j in range(n):
                a, b = unit[i], unit[j]
                meets = (
                    security[i] == security[j]
                    and day0[i] - extension[i] <= day0[j] + length - 1
                    and day0[j] - extension[j] <= day0[i] + length - 1
                )
                by_date = (
                    not markets[a] & markets[b] and spans[a] <= ends[b] and spans[b] <= ends[a]
                )
                if meets or by_date:
                    label[(label == label[i]) | (label == label[j])] = min(label[i], label[j])
    if seed % 2:  # in a large group markets in common are counted otherwise
        monkeypatch.setattr(clusters, "_MOST_MARKETS", 1)
    first = {each: at for at, each in reversed(list(enumerate(label)))}
    order = sorted(first, key=first.get)
    assert found.portfolio.tolist() == [order.index(each) for each in label]
    for i in range(n):
        same = (security == security[i]) & (day0 == day0[i])
        is_one = len(set(sign[same])) == 1
        assert found.counted[i] == (is_one and i == np.flatnonzero(same)[0])
