"""One story of many outlets is one story; what differs stays apart; nothing hangs on row order."""

from __future__ import annotations

import itertools
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy.datasets.bundled import load_stories
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.news.classification.duplicates import Relation, find_duplicates

BASE = "China raises tariffs on US goods to 84%"


def news(*headlines, minutes=10, **columns):
    """Items a, b, c ... published one after the other."""
    start = pd.Timestamp("2025-04-09T11:00Z")
    frame = pd.DataFrame(
        {
            "item_id": [chr(ord("a") + number) for number in range(len(headlines))],
            "published_at": [
                start + pd.Timedelta(minutes=minutes * number) for number in range(len(headlines))
            ],
            "headline": list(headlines),
        }
    )
    frame["published_at"] = frame["published_at"].dt.as_unit("ns")
    return frame.assign(**columns)


def second(*headlines, **options):
    """What the second item is to the first."""
    return find_duplicates(news(*headlines, **options)).iloc[1]


@pytest.mark.parametrize(
    "other",
    [
        BASE,
        "BREAKING: China raises tariffs on US goods to 84%",
        "EXCLUSIVE-China raises tariffs on US goods to 84%",
        "WRAPUP 3-China raises tariffs on US goods to 84 pct - Reuters",
        "UPDATE 1-China raises tariffs on US goods to 84% (Bloomberg)",
        "China raises tariffs on US goods to 84% | Harbour Wire",
        "BEIJING, April 9 (Reuters) - China raises tariffs on US goods to 84%",
        "CHINA RAISES TARIFFS ON U.S. GOODS TO 84%",
        "China Raises Tariffs On US Goods To 84 Per Cent",
        "Beijing hikes duties on American imports to 84 percent",
        "China raises tariffs on U.S. goods to “84%”",
        "China rasies tariffs on US goods to 84%",
        "China raises tariffs on US goods ...",
        "Tariffs on US goods raised to 84% by China",
    ],
)
def test_the_same_news_is_a_duplicate(other):
    row = second(BASE, other, source=["Meridian", "Harbour Wire"])
    assert (row["story"], row["relation"], row["of"]) == ("a", "duplicate", "a")
    assert row["score"] >= 45


@pytest.mark.parametrize(
    "other",
    [
        "China denies raising tariffs on US goods to 84%",
        "China cuts tariffs on US goods to 84%",
        "US raises tariffs on Chinese goods to 84%",
        "Canada raises tariffs on US goods to 84%",
        "China raises tariffs on EU goods to 84%",
        "China delays tariffs of 84% on US goods",
        "Analysis: China raises tariffs on US goods to 84%",
        "China exempts some US goods from 84% tariffs",
        "Apple shares rise in Shanghai",
    ],
)
def test_another_story_stays_alone(other):
    row = second(BASE, other)
    assert (row["story"], row["relation"], row["of"]) == ("b", "alone", None)
    assert np.isnan(row["score"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nvidia cuts forecast on China curbs", "Intel cuts forecast on China curbs"),
        ("Nvidia Cuts Forecast On China Curbs", "Intel Cuts Forecast On China Curbs"),
        ("US delays tariffs on Mexico", "US delays tariffs on Canada"),
        ("US court blocks tariffs on China", "US court restores tariffs on China"),
        ("US tariffs on Chinese goods start", "Chinese tariffs on US goods start"),
        ("20% China tariff takes effect", "Trump confirms 20% China tariff"),
    ],
)
def test_headlines_of_one_pattern_are_two_stories(one, other):
    assert second(one, other)["relation"] == "alone"


@pytest.mark.parametrize(
    "other",
    [
        "China raises tariffs on US goods to 125%",
        "UPDATE 2-China raises tariffs on US goods to 84%, files WTO complaint in Geneva",
    ],
)
def test_other_figures_and_marked_news_are_updates_not_merged(other):
    row = second(BASE, other)
    assert (row["story"], row["relation"], row["of"]) == ("b", "update", "a")


def test_other_day_is_an_update():
    one = "US tariffs on Chinese phones to start on September 1"
    row = second(one, "US tariffs on Chinese phones to start Dec. 15")
    assert row["relation"] == "update"
    assert second(one, "US tariffs on Chinese phones to start 1 Sept")["relation"] == "duplicate"


@pytest.mark.parametrize("mark", ["CORRECTED-", "CORRECTION: ", "REFILE-"])
def test_correction_follows_its_story(mark):
    row = second(BASE, f"{mark}China raises tariffs on US goods to 74%")
    assert (row["story"], row["relation"], row["of"]) == ("b", "correction", "a")


def test_duplicate_of_an_update_belongs_to_the_update():
    changed = "China raises tariffs on US goods to 125%"
    table = find_duplicates(news(BASE, changed, f"BREAKING: {changed}", BASE))
    assert list(table["story"]) == ["a", "b", "b", "a"]
    assert list(table["relation"]) == ["first", "update", "duplicate", "duplicate"]
    assert list(table["of"]) == [None, "a", "b", "a"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("$5bn", "5 billion dollars", True),
        ("$5.0bn", "US$5 billion", True),
        ("5,000 jobs", "5000 jobs", True),
        ("a quarter point", "25 basis points", True),
        ("one percentage point", "100bp", True),
        ("38.1%", "38 percent", True),
        ("$5bn", "$6bn", False),
        ("5 million", "5 billion", False),
        ("90 days", "60 days", False),
    ],
)
def test_figures_agree_whatever_their_form(one, other, same):
    relation = second(f"China trims fund for chip makers by {one}",
                      f"China trims fund for chip makers by {other}")["relation"]  # fmt: skip
    assert relation == ("duplicate" if same else "update")


def test_labels_that_differ_keep_items_apart_unless_they_come_soon_after_each_other():
    def later(**labels):
        return second(BASE, BASE, minutes=7 * 60, **labels)["relation"]

    assert later(actor=["US", "US"], target=["China", "China"]) == "duplicate"
    assert later(actor=["US", "China"]) == "alone"
    assert later(actor=["US", "n/a"]) == "duplicate"
    assert later(direction=["escalation", "de-escalation"]) == "alone"
    assert later(direction=["escalation", "neutral"]) == "duplicate"
    assert second(BASE, BASE, actor=["US", "China"])["relation"] == "duplicate"


def test_opposite_directions_are_never_one_story_however_near_and_whoever_stands_between():
    raised, talks = (
        "US raises tariffs on Chinese goods to 145%",
        "China weighs trade talks with the US",
    )
    assert second(raised, talks)["relation"] == "duplicate"  # as the words alone go
    opposite = ["escalation", "de-escalation"]
    assert second(raised, talks, direction=opposite)["relation"] == "alone"
    assert second(BASE, BASE, direction=opposite)["relation"] == "alone"
    three = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "published_at": pd.Timestamp("2025-04-11T08:00Z") + pd.to_timedelta([0, 5, 9], "min"),
            "headline": [BASE] * 3,
            "direction": [None, *opposite],
        }
    )
    assert find_duplicates(three)["story"].tolist() == ["a", "a", "c"]


def test_what_comes_much_later_must_be_more_alike():
    one = "US exempts phones, computers and chips from reciprocal tariffs"
    other = "Aide says exempt electronics will face chip tariffs soon"
    soon, late = second(one, other), second(one, other, minutes=30 * 60)
    assert 45 <= soon["score"] < 57
    assert (soon["relation"], late["relation"]) == ("duplicate", "alone")


def test_window_is_respected():
    assert second(BASE, BASE, minutes=36 * 60 + 5)["relation"] == "alone"
    assert second(BASE, BASE, minutes=36 * 60 - 5)["relation"] == "duplicate"
    late = news(BASE, BASE, minutes=36 * 60 + 5)
    assert find_duplicates(late, hours=40)["relation"].iloc[1] == "duplicate"


def test_one_address_is_one_story_at_any_time_but_not_for_other_words():
    pages = {"url": ["https://www.x.org/a?utm_source=feed", "http://x.org/a/#top"]}
    assert second(BASE, BASE, minutes=6000, **pages)["relation"] == "duplicate"
    other = "Mexico names a new economy minister"
    assert second(BASE, other, **pages)["relation"] == "alone"
    front = {"url": ["https://x.org/", "https://x.org"]}
    assert second(BASE, BASE, minutes=6000, **front)["relation"] == "alone"


def test_first_is_what_had_surely_been_published_first():
    frame = news(BASE, BASE, precision=["approx", "exact"])
    assert list(find_duplicates(frame)["story"]) == ["b", "b"]
    frame = news(BASE, BASE, minutes=90, precision=["approx", "exact"])
    assert list(find_duplicates(frame)["story"]) == ["a", "a"]


def test_clock_time_comes_before_a_date_alone_unless_the_day_was_over():
    frame = news(BASE, BASE, date=pd.to_datetime(["2025-04-09", "2025-04-09"]))
    frame.loc[0, "published_at"] = pd.NaT
    assert list(find_duplicates(frame)["story"]) == ["b", "b"]
    frame["date"] = pd.to_datetime(["2025-04-08", "2025-04-09"])
    frame["timezone"] = ["Asia/Shanghai", None]
    assert list(find_duplicates(frame)["story"]) == ["a", "a"]


def test_a_source_that_is_not_credible_does_not_set_the_time():
    frame = news(BASE, BASE, source=["Rumour Mill", "Harbour Wire"])
    table = find_duplicates(frame, not_credible=["rumour mill"])
    assert list(table["story"]) == ["b", "b"]
    assert list(table["relation"]) == ["duplicate", "first"]


def test_an_item_dated_far_before_the_others_does_not_set_the_time():
    frame = news(BASE, BASE, BASE, url=["https://x.org/a"] * 3)
    frame.loc[0, "published_at"] = pd.Timestamp("1970-01-01T00:00Z")
    table = find_duplicates(frame)
    assert list(table["story"]) == ["b", "b", "b"]
    assert list(table["relation"]) == ["duplicate", "first", "duplicate"]
    assert list(table["of"]) == ["b", None, "b"]


def test_a_chain_does_not_join_what_differs():
    chain = [
        "Trump meets steel makers about imports from Vietnam",
        "Trump meets steel makers about imports, wages",
        "Trump meets unions about wages, health costs",
        "Unions discuss wages, health costs, pensions with senators",
    ]
    table = find_duplicates(news(*chain), threshold=35)
    assert table["story"].iloc[0] != table["story"].iloc[3]


def test_items_without_words_are_alone_and_text_stands_for_a_headline():
    frame = news(BASE, None, "...", "", text=[None, BASE, None, None])
    table = find_duplicates(frame)
    assert list(table["relation"]) == ["first", "duplicate", "alone", "alone"]


def test_index_order_and_columns_are_kept():
    frame = news(BASE, "Apple opens a shop", BASE).set_axis([7, 3, 5])
    table = find_duplicates(frame)
    assert list(table.index) == [7, 3, 5]
    assert list(table.columns) == ["item_id", "story", "relation", "of", "score"]
    assert list(table["item_id"]) == ["a", "b", "c"]
    assert len(find_duplicates(frame.iloc[:0])) == 0


def test_bad_input_is_refused():
    with pytest.raises(SchemaError, match="'a' is there twice"):
        find_duplicates(news(BASE, BASE).assign(item_id="a"))
    with pytest.raises(SchemaError, match="no column 'headline'"):
        find_duplicates(news(BASE).drop(columns="headline"))
    with pytest.raises(SchemaError, match="item 'a' has neither a time nor a date"):
        find_duplicates(news(BASE).assign(published_at=pd.Series([pd.NaT], dtype="M8[ns, UTC]")))
    with pytest.raises(SpecificationError, match="hours is -1"):
        find_duplicates(news(BASE), hours=-1)
    with pytest.raises(SpecificationError, match="threshold is 0"):
        find_duplicates(news(BASE), threshold=0)


WORDS = st.lists(
    st.sampled_from(
        ["China", "US", "raises", "cuts", "tariffs", "goods", "84%", "125%", "denies", "May", "10"]
    ),
    min_size=1,
    max_size=7,
).map(" ".join)


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples * 60 // 100)
@given(
    st.lists(st.tuples(WORDS, st.integers(0, 5000)), min_size=1, max_size=14),
    st.randoms(use_true_random=False),
)
def test_result_does_not_depend_on_row_order(items, random):
    frame = news(*(headline for headline, _ in items))
    minutes = pd.to_timedelta([minute for _, minute in items], unit="min")
    frame["published_at"] = (pd.Timestamp("2025-04-09T00:00Z") + minutes).as_unit("ns")
    order = list(range(len(frame)))
    random.shuffle(order)
    one = find_duplicates(frame)
    other = find_duplicates(frame.iloc[order]).sort_index()
    pd.testing.assert_frame_equal(one, other)
    assert set(one["relation"]) <= set(get_args(Relation))
    story = one.set_index("item_id")["story"]
    # A story is named after its first item, which belongs to itself.
    assert (story[story.to_numpy()].to_numpy() == story.to_numpy()).all()
    followed = one["relation"].isin(["duplicate", "update", "correction"])
    assert (one["of"].notna() == followed).all()
    assert (one["score"].notna() == followed).all()


@pytest.mark.parametrize("split", ["tuning", "held_out"])
def test_stories_are_found_with_few_mistakes(split):
    stories = load_stories()
    stories = stories[stories["split"] == split].reset_index(drop=True)
    table = find_duplicates(stories.drop(columns=["story", "relation"]))

    def pairs(items, column):
        groups = (sorted(group) for _, group in items.groupby(column)["item_id"])
        return {pair for group in groups for pair in itertools.combinations(group, 2)}

    true_pairs = pairs(stories[stories["relation"] == "same"], "story")
    found_pairs = pairs(table, "story")
    assert len(true_pairs & found_pairs) / len(found_pairs) >= 0.95
    assert len(true_pairs & found_pairs) / len(true_pairs) >= 0.85
