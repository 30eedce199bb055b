from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.datasets.bundled import load_stories
from eventstudy.news.classification import duplicate_candidates
from eventstudy.news.classification.duplicate_candidates import find_links
from eventstudy.news.classification.duplicates import find_duplicates
from eventstudy.news.classification.similarity import in_order

pytestmark = pytest.mark.fast_tests(2)


def test_blocks_of_time_give_the_same_as_one_block(monkeypatch):
    stories = load_stories().drop(columns=["story", "relation"])
    whole = find_duplicates(stories)
    monkeypatch.setattr(duplicate_candidates, "_BLOCK", 20)
    monkeypatch.setattr(duplicate_candidates, "_PAIRS_AT_ONCE", 50)
    pd.testing.assert_frame_equal(find_duplicates(stories), whole)


def test_comparisons_grow_with_the_number_of_items_not_of_pairs(monkeypatch):
    stories = load_stories()["headline"]
    words = " ".join(stories).split()
    rng = np.random.default_rng(3)
    inner = duplicate_candidates.scores
    compared = []

    def scores(words, some, others):
        compared.append(len(some))
        return inner(words, some, others)

    monkeypatch.setattr(duplicate_candidates, "scores", scores)

    def comparisons(n):
        compared.clear()
        lines = [" ".join(rng.choice(words, 8)) for _ in range(n)]
        frame = pd.DataFrame({"item_id": [str(i) for i in range(n)], "headline": lines})
        # All on two days: every two items are near in time.
        hours = pd.to_timedelta(rng.uniform(0, 48, n), unit="h")
        frame["published_at"] = (pd.Timestamp("2025-04-09T00:00Z") + hours).as_unit("ns")
        find_duplicates(frame)
        return sum(compared)

    small, large = comparisons(250), comparisons(1_000)
    assert large < 10 * small  # all pairs would be 16 times


def test_links_lead_to_what_came_before_the_likest_first():
    frame = pd.DataFrame(
        {
            "item_id": ["a", "b", "c", "d"],
            "published_at": pd.Timestamp("2025-04-09T11:00Z"),
            "headline": [
                "China raises tariffs on US goods to 84%",
                "Apple opens a shop",
                "China raises tariffs on US goods",
                "China raises tariffs on US goods to 84% from Thursday",
            ],
            "url": ["x.org/a", "x.org/b", "x.org/c", "x.org/b"],
        }
    )
    items = in_order(frame, 36.0, set())
    links = find_links(items, 45.0)
    assert [item for item, _ in links.of(items, 0)] == []
    assert [item for item, _ in links.of(items, 2)] == [0]
    linked, scores = zip(*links.of(items, 3), strict=True)
    assert linked == (0, 2, 1)  # the last for its page alone
    assert scores[0] > scores[1] > 45 > scores[2]
