from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.news.fetching.delays import delay_sentences, delays_of


def seen(*rows):
    return pd.DataFrame(rows, columns=["feed", "published_at", "first_seen", "not_before"])


def test_an_item_appeared_between_two_looks():
    items = seen(
        ("a", "2025-04-09T17:18:22+00:00", "2025-04-09T17:30:00Z", "2025-04-09T17:20:00Z"),
        ("a", "2025-04-09T13:00-04:00", "2025-04-09T17:30:00Z", "2025-04-09T17:20:00Z"),
        ("a", "2025-04-09T18:00Z", "2025-04-09T17:30:00Z", "2025-04-09T17:20:00Z"),
        ("a", "2025-04-09T17:00Z", "2025-04-09T17:20:00Z", ""),  # of the first look
        ("b", "", "2025-04-09T17:20:00Z", "2025-04-09T17:10:00Z"),  # a date alone
    )
    delays = delays_of(items)
    assert delays["feed"].tolist() == ["a"]
    row = delays.iloc[0]
    assert (row["items"], row["minutes_between_looks"]) == (3, 10)
    assert row["median_delay"] == pytest.approx(11 + 38 / 60)
    assert (row["late_by_15_minutes"], row["longest_certain_delay"]) == (1, 20)
    assert row["before_their_time"] == 1
    (said,) = delay_sentences(delays)
    assert "1 came 15 min late or more, up to 20 min" in said
    assert "1 were there before" not in said
    assert "1 was there before the time it bears" in said


def test_nothing_measured_says_nothing():
    assert not delay_sentences(delays_of(seen()))
