from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.news.classification.similarity import conflicts, in_order, score_of, scores

BASE = "China raises tariffs on US goods to 84%"


def items_of(*headlines, not_credible=(), **columns):
    start = pd.Timestamp("2025-04-09T11:00Z")
    frame = pd.DataFrame(
        {
            "item_id": [chr(ord("a") + number) for number in range(len(headlines))],
            "published_at": [start + pd.Timedelta(hours=n) for n in range(len(headlines))],
            "headline": list(headlines),
        }
    ).assign(**columns)
    return in_order(frame, 36.0, set(not_credible))


def test_items_stand_in_the_order_in_which_they_had_surely_been_published():
    assert items_of(BASE, BASE, precision=["session", "exact"]).ids == ["b", "a"]
    assert items_of(BASE, BASE, source=["Mill", "Wire"], not_credible=["mill"]).ids == ["b", "a"]


def test_hours_between_items_are_at_least_those_between_their_half_widths():
    items = items_of(BASE, BASE, precision=["exact", "exact"])
    assert items.gap(0, 1) == pytest.approx(56 / 60)  # exact is to two minutes
    assert items.gap(1, 0) == items.gap(0, 1)
    wide = items_of(BASE, BASE, precision=["exact", "session"])
    assert wide.gap(0, 1) < items.gap(0, 1)
    assert items.is_near(0, 1)


def test_a_page_is_its_address_without_what_only_counts_readers():
    pages = ["https://www.x.org/a/?utm_source=f&b=1#top", "http://x.org/a?b=1", "https://x.org/"]
    items = items_of(BASE, BASE, BASE, url=pages)
    assert items.address == ["x.org/a?b=1", "x.org/a?b=1", ""]
    assert items.is_same_page(0, 1)
    assert not items.is_same_page(1, 2)


def test_scores_of_pairs_are_those_of_each_pair():
    items = items_of(BASE, f"BREAKING: {BASE}", "Beijing hikes duties", "Apple opens a shop")
    one, other = np.array([0, 0, 0, 1]), np.array([1, 2, 3, 3])
    first, second, score = scores(items.words, one, other)
    assert (first.tolist(), second.tolist()) == ([0, 0], [1, 2])  # the others share no word
    assert score.tolist() == [score_of(items, 0, 1), score_of(items, 0, 2)]
    assert score[0] == pytest.approx(100)


@pytest.mark.parametrize(
    ("other", "conflict"),
    [
        (BASE, set()),
        ("China raises tariffs on US goods to 125%", {"fact"}),
        ("China denies raising tariffs on US goods to 84%", {"story"}),
        ("China cuts tariffs on US goods to 84%", {"story"}),
        ("Canada raises tariffs on US goods to 84%", {"story"}),
        ("Opinion: China raises tariffs on US goods to 84%", {"story"}),
        ("...", {"story"}),
    ],
)
def test_why_two_items_are_not_the_same_news(other, conflict):
    assert conflicts(items_of(BASE, other), 0, 1) == conflict
