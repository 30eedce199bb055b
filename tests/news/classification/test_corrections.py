"""Corrections by hand, put into the times, labels and stories of a build."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from small_news import DUTIES, TALKS, fixes_of, four, four_with_claims, news_of, row_of

from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification import classify
from eventstudy.news.classification.corrections import merged_by_hand


@pytest.mark.slow
def test_a_correction_wins_and_says_so(tmp_path):
    fixes = fixes_of(
        tmp_path,
        ("E", "category", "personnel", "a baker is named minister"),
        ("E", "direction", "neutral", ""),
        ("A", "direction", "neutral", ""),
        ("C", "outcome", "rejected", "known before"),
        ("gone", "category", "deal", ""),
    )
    built = classify(four(), overrides=fixes)
    event = row_of(built.events, "event_id", "E")
    assert (event["category"], event["direction"]) == ("personnel", "neutral")
    assert (event["rule"], event["confidence"]) == ("override", 1.0)
    assert row_of(built.events, "event_id", "A")["direction"] == "neutral"
    assert row_of(built.events, "event_id", "A")["rule"] != "override"
    assert "C" not in set(built.events["event_id"])
    ledger = row_of(built.ledger, "item_id", "C")
    assert (ledger["outcome"], ledger["reason"]) == ("rejected", "rejected by hand")
    assert ledger["override"] == "outcome = rejected (known before)"
    assert built.unused == (
        "events.overrides.csv row 6: no item 'gone' was read; its category is corrected when it "
        "is there again",
    )


@pytest.mark.slow
def test_a_rejected_item_can_be_called_an_event(tmp_path):
    fixes = fixes_of(tmp_path, ("D", "category", "macro_data", ""))
    assert row_of(classify(four(), overrides=fixes).ledger, "item_id", "D")["outcome"] == "event"
    fixes = fixes_of(tmp_path, ("E", "outcome", "event", "an event of what kind?"))
    assert row_of(classify(four(), overrides=fixes).ledger, "item_id", "E")["outcome"] == "unsure"


def test_stories_can_be_joined_and_kept_apart(tmp_path):
    apart = classify(four(), overrides=fixes_of(tmp_path, ("B", "merge_into", "alone", "")))
    assert apart.counts()["merged"] == 0
    joined = classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "B", "")))
    assert row_of(joined.events, "event_id", "A")["items"] == "A;B;C"
    assert row_of(joined.ledger, "item_id", "C")["outcome"] == "merged"
    apart = classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "Z", "")))
    assert row_of(apart.ledger, "item_id", "C")["outcome"] == "event"
    assert apart.unused == (
        "events.overrides.csv row 2: item 'C' is not merged: no item 'Z' was read",
    )
    same = classify(four(), overrides=fixes_of(tmp_path, ("A", "merge_into", "B", "")))
    assert row_of(same.events, "event_id", "A")["items"] == "A;B"
    with pytest.raises(SpecificationError, match="which is rejected"):
        classify(four(), overrides=fixes_of(tmp_path, ("C", "merge_into", "D", "")))


@pytest.mark.slow
def test_a_corrected_time_moves_the_event(tmp_path):
    fixes = fixes_of(
        tmp_path,
        ("C", "published_at", "2025-05-03T01:00+08:00", ""),
        ("C", "precision", "approx", ""),
    )
    event = row_of(classify(four(), overrides=fixes).to_events().frame, "event_id", "C")
    assert event["published_at"] == pd.Timestamp("2025-05-02T17:00Z")
    assert event["precision"] == "approx"
    assert event["date"] == pd.Timestamp("2025-05-03")


def test_a_rejected_item_can_be_merged_by_hand(tmp_path):
    built = classify(four(), overrides=fixes_of(tmp_path, ("D", "merge_into", "A", "")))
    assert row_of(built.events, "event_id", "A")["items"] == "A;B;D"
    assert row_of(built.ledger, "item_id", "D")["outcome"] == "merged"
    assert built.counts()["rejected"] == 0


@pytest.mark.slow
def test_a_first_item_merged_into_its_own_update_leaves_no_circle(tmp_path):
    raises = "China raises tariffs on US goods to {}%"
    news = news_of(
        ("A", "2025-04-09T11:05Z", raises.format(84)),
        ("B", "2025-04-09T18:05Z", raises.format(125)),
        ("C", "2025-04-09T20:05Z", "CORRECTED: " + raises.format(125)),
    )
    follows = classify(news).events.set_index("event_id")["follows"]
    assert (follows["B"], follows["C"]) == ("A", "B")
    for into, left in [("B", {"C": "B"}), ("C", {"B": "C"})]:
        built = classify(news, overrides=fixes_of(tmp_path, ("A", "merge_into", into, "")))
        follows = built.events.set_index("event_id")["follows"].dropna()
        assert follows.to_dict() == left


@pytest.mark.slow
def test_a_direction_by_hand_stays_and_a_guess_does_not(tmp_path):
    fixes = fixes_of(tmp_path, ("E", "direction", "escalation", ""), ("D", "category", "deal", ""))
    built = classify(four(), overrides=fixes)
    item = row_of(built.events, "event_id", "E")
    assert (item["category"], item["direction"]) == ("unsure", "escalation")
    item = row_of(built.events, "event_id", "D")  # what rejected it said neutral
    assert (item["category"], item["direction"], item["words"]) == ("deal", None, None)


@pytest.mark.slow
def test_what_rejects_an_item_is_no_category_of_an_event(tmp_path):
    built = classify(four(), overrides=fixes_of(tmp_path, ("D", "outcome", "event", "")))
    item = row_of(built.ledger, "item_id", "D")
    assert (item["outcome"], item["category"]) == ("unsure", "unsure")
    assert item["reason"] == "an event by hand, but of no category; correct category, too"
    built = classify(four(), overrides=fixes_of(tmp_path, ("C", "category", "unsure", "")))
    assert row_of(built.ledger, "item_id", "C")["outcome"] == "unsure"
    assert row_of(built.events, "event_id", "C")["direction"] is None
    claims = fixes_of(tmp_path, ("C", "outcome", "event", "it was new"))
    item = row_of(classify(four_with_claims(), overrides=claims).events, "event_id", "C")
    assert (item["category"], item["direction"]) == ("tariff_announced", "escalation")


@pytest.mark.slow
def test_a_date_by_hand_does_not_stand_beside_another_time(tmp_path):
    day = ("C", "date", "2025-05-01", "")
    with pytest.raises(SpecificationError, match="which wins over the date 2025-05-01"):
        classify(four(), overrides=fixes_of(tmp_path, day))
    built = classify(four(), overrides=fixes_of(tmp_path, day, ("C", "published_at", "", "")))
    event = row_of(built.events, "event_id", "C")
    assert (event["published_at"], event["date"]) == (None, "2025-05-01")
    assert event["precision"] == "day"


@pytest.mark.slow
def test_a_correction_of_what_could_not_be_read_is_told(tmp_path):
    news = news_of(("A", "2025-05-02T09:00+08:00", TALKS), ("B", "2025-05-02T09:00", DUTIES))
    fixes = fixes_of(tmp_path, ("B", "published_at", "2025-05-02T09:00+08:00", ""))
    assert classify(news, overrides=fixes).unused == (
        "events.overrides.csv row 2: item 'B' could not be read; mend it where it comes from",
    )


def plainly_merged(stories, ids, merges):
    """The same, as frames say it: every merge looks through all rows."""
    stories, row_of = stories.copy(), {item: row for row, item in enumerate(ids)}
    for item, into in merges.items():
        story = stories["story"].iloc[row_of[into]]
        if story == item:
            continue
        stories.loc[stories["story"] == item, "story"] = story
        stories.loc[row_of[item], ["story", "relation", "of"]] = [story, "duplicate", into]
        stories.loc[row_of[item], "score"] = np.nan
        if stories["relation"].iloc[row_of[story]] == "alone":
            stories.loc[row_of[story], "relation"] = "first"
    return stories


@pytest.mark.parametrize("seed", range(20))
def test_merges_in_any_order_give_the_stories_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 14))
    ids = [f"i{at}" for at in range(n)]
    story = list(ids)
    for at in range(1, n):
        if rng.random() < 0.5:
            story[at] = story[int(rng.integers(at))]
    stories = pd.DataFrame({"story": story, "relation": "alone", "of": None}, dtype=object)
    stories["score"] = 0.5
    drawn = rng.integers(0, n, (n, 2))
    merges = {ids[one]: ids[other] for one, other in drawn if one != other}
    items = pd.DataFrame({"item_id": ids, "outcome": "event"})
    fixes = SimpleNamespace(name="fixes.csv", of=lambda _: merges)
    pd.testing.assert_frame_equal(
        merged_by_hand(stories, items, fixes), plainly_merged(stories, ids, merges)
    )
