"""News to events: sums of the ledger, stories, corrections, what is written."""

import itertools
import random

import pytest
from small_news import DUTIES, TALKS, fixes_of, four, four_with_claims, news_of, row_of

from eventstudy.datasets.bundled import load_stories
from eventstudy.exceptions import SpecificationError
from eventstudy.news import News
from eventstudy.news.classification import Label, classify
from eventstudy.news.classification import build as build_module


@pytest.mark.slow
def test_every_item_ends_somewhere_and_the_sums_add_up():
    built = classify(four())
    counts = built.counts()
    assert counts == {"event": 2, "merged": 1, "unsure": 1, "rejected": 1, "items": 5}
    assert sum(counts[name] for name in ("event", "merged", "unsure", "rejected")) == 5
    assert list(built.ledger["item_id"]) == ["A", "B", "C", "D", "E"]
    assert list(built.ledger["outcome"]) == ["event", "merged", "event", "rejected", "unsure"]
    assert len(built.events) == counts["event"] + counts["unsure"]
    assert built.to_text().startswith("5 items = 2 events + 1 merged + 1 unsure + 1 rejected")


def test_a_story_keeps_its_first_time_its_words_and_its_sources():
    event = row_of(classify(four()).events, "event_id", "A")
    assert event["published_at"] == "2025-05-02T09:00+08:00"
    assert event["headline"] == TALKS
    assert (event["category"], event["direction"]) == ("talk_signal", "de-escalation")
    assert (event["source"], event["items"], event["n_items"]) == ("Wire;Paper", "A;B", 2)
    assert event["rule"]
    assert event["words"]
    assert 0 < event["confidence"] <= 1


@pytest.mark.slow
def test_what_the_rules_cannot_tell_is_unsure_and_has_no_direction():
    event = row_of(classify(four()).events, "event_id", "E")
    assert event["category"] == "unsure"
    assert event["direction"] is None
    assert event["expected_sign"] is None


@pytest.mark.slow
def test_a_move_of_markets_is_no_event():
    lost = row_of(classify(four()).ledger, "item_id", "D")
    assert lost["outcome"] == "rejected"
    assert lost["reason"]
    assert lost["event_id"] is None


@pytest.mark.slow
def test_what_was_never_read_is_in_the_ledger_too():
    news = news_of(("A", "2025-05-02T09:00+08:00", TALKS), ("B", "2025-05-02T09:00", DUTIES))
    built = classify(news)
    assert built.counts() == {"event": 1, "merged": 0, "unsure": 0, "rejected": 1, "items": 2}
    assert "offset" in row_of(built.ledger, "item_id", "B")["reason"]


@pytest.mark.slow
def test_built_events_are_events_of_a_study():
    events = classify(four()).to_events()
    assert len(events) == 3
    assert events.frame["published_at"].notna().all()


@pytest.mark.slow
def test_without_merging_every_item_is_its_own_event():
    built = classify(four(), merge=False)
    assert built.counts()["merged"] == 0
    assert built.counts()["event"] == 3


def test_a_classifier_is_one_function():
    def mine(headline, _text):
        return Label(
            category="deal",
            actor="US",
            target="China",
            direction="de-escalation",
            expected_sign="+",
            rule="mine",
            words=headline[:4],
            confidence=0.7,
            outcome="event",
            reason=None,
        )

    built = classify(four(), classifier=mine, merge=False)
    assert set(built.events["category"]) == {"deal"}
    assert set(built.events["rule"]) == {"mine"}
    with pytest.raises(SpecificationError, match="must return a Label"):
        classify(four(), classifier=lambda *_: "deal")


@pytest.mark.slow
def test_what_a_text_tells_as_background_is_no_event():
    built = classify(four_with_claims())
    lost = row_of(built.ledger, "item_id", "C")
    assert lost["outcome"] == "rejected"
    assert lost["reason"] == "the text tells it as background, not as an event of its time"


def test_a_reason_quotes_the_news_on_one_line():
    news = news_of(("A", "2025-05-02T09:00Z", TALKS), claim_type=["a\x1e\u2028b" + " long" * 99])
    (reason,) = classify(news, classifier=lambda *_: Label(category="deal")).ledger["reason"]
    assert reason.startswith("the text tells it as a b long long")
    assert reason.endswith("…, not as an event of its time")
    assert reason.isprintable()
    with pytest.raises(SpecificationError) as caught:
        classify(news_of(("A", "2025-05-02T09:00Z", "x" * 400)), classifier=lambda *_: "deal")
    assert len(str(caught.value)) < 200


@pytest.mark.slow
def test_columns_of_the_news_keep_clear_of_ours():
    news = four()
    frame = news.frame.assign(category="mine", words="w", items="i", of="o", desk="Asia")
    built = classify(News.from_frame(frame, name="test.csv"))
    assert row_of(built.events, "event_id", "A")["category"] == "talk_signal"
    given = built.events[["category_given", "words_given", "items_given", "of_given", "desk"]]
    assert list(given.iloc[0]) == ["mine", "w", "i", "o", "Asia"]


@pytest.mark.slow
def test_names_with_semicolons_stay_apart(tmp_path):
    news = news_of(("x;1", "2025-05-02T09:00+08:00", TALKS), ("x,1", "2025-05-02T15:00Z", DUTIES))
    fixes = fixes_of(tmp_path, ("x;1", "direction", "neutral", ""))
    built = classify(news, overrides=fixes)
    assert list(built.events["event_id"]) == ["x,1", "x,1#2"]
    assert list(built.events["direction"]) == ["neutral", "escalation"]
    assert built.unused == ()
    assert len(built.to_events()) == 2


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("split", ["tuning", "held_out"])
def test_stories_are_found_whatever_the_labels(split):
    stories = load_stories()
    stories = stories[stories["split"] == split]
    frame = stories.drop(columns=["story", "relation", "split"])
    ledger = classify(News.from_frame(frame, name="stories.csv")).ledger
    kept = ledger[ledger["outcome"] != "rejected"]
    same = stories[stories["relation"] == "same"]

    def pairs(items, column):
        groups = (sorted(group) for _, group in items.groupby(column)["item_id"])
        return {pair for group in groups for pair in itertools.combinations(group, 2)}

    true, built = pairs(same, "story"), pairs(kept, "event_id")
    assert len(true & built) / len(built) >= 0.95
    assert len(true & built) / len(true) >= 0.8


def plainly_followed(items):
    """Every story walks the whole way of the one it would follow."""
    story_of = {item["item_id"]: item["story"] for item in items}
    follows = {}
    for item in items:
        story, ahead = item["item_id"], story_of.get(item["of"])
        if item["story"] != story or ahead is None:
            continue
        followed = ahead
        while ahead is not None and ahead != story:
            ahead = follows.get(ahead)
        if ahead is None:
            follows[story] = followed
    return follows


def followed(items):
    return build_module._followed(
        *([item[name] for item in items] for name in ("item_id", "story", "of"))
    )


@pytest.mark.parametrize("seed", range(30))
def test_no_story_follows_itself_by_way_of_others(seed):
    rng = random.Random(seed)  # noqa: S311 - no secret
    names = [f"i{number}" for number in range(25)]
    items = [
        {"item_id": name, "story": name if rng.random() < 0.8 else rng.choice(names),
         "of": rng.choice([*names, None])}
        for name in names
    ]  # fmt: skip
    found = followed(items)
    assert found == plainly_followed(items)
    for story in found:
        way = [story]
        while (ahead := found.get(way[-1])) is not None:
            assert ahead not in way
            way.append(ahead)


def test_a_chain_of_updates_is_followed_in_steps_that_do_not_grow_with_it():
    class Counted(str):
        hashed = 0
        __slots__ = ()

        def __hash__(self):
            Counted.hashed += 1
            return super().__hash__()

        def __str__(self):
            return self

    steps = []
    for size in (500, 1_000):
        names = [Counted(f"i{number:05}") for number in range(size)]
        before = [None, *names[:-1]]
        items = [{"item_id": a, "story": a, "of": b} for a, b in zip(names, before, strict=True)]
        Counted.hashed = 0
        assert len(followed(items)) == size - 1
        steps.append(Counted.hashed / size)
    assert steps[1] < 1.5 * steps[0]
