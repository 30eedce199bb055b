from __future__ import annotations

import datetime as dt

from eventstudy.news.classification import load_rules
from eventstudy.watch.items import Arrived
from eventstudy.watch.sorting import sort_items

NOW = dt.datetime(2025, 5, 2, 12, 0, tzinfo=dt.UTC)
RAISE = "US raises tariffs on Chinese goods to 145 percent"
RAISE_AGAIN = "United States raises tariffs on goods from China to 145%"
TALKS = "China's commerce ministry weighs trade talks with the US"
NOTHING = "Local team wins the cup"


def arrived(guid, headline, hours_ago=1.0, origin="a", **options):
    published = None if hours_ago is None else NOW - dt.timedelta(hours=hours_ago)
    return Arrived(
        source=f"feed {origin}",
        origin=origin,
        guid=guid,
        headline=headline,
        published=published,
        **options,
    )


class Desk:
    """Items as they are known from one poll to the next."""

    def __init__(self):
        self.known = {}

    def poll(self, *entries, now=NOW, **options):
        found = sort_items(self.known, entries, label=load_rules().label, now=now, **options)
        for item in found.kept:
            self.known[item.item_id] = item
        for one in found.to_answer:
            self.known[one.item.item_id] = one.item
        return found

    def fates(self):
        return {name: item.fate for name, item in self.known.items()}


def answered(found):
    return [one.item.item_id for one in found.to_answer]


def test_news_of_a_known_kind_is_answered_and_the_rest_listed_with_the_reason():
    desk = Desk()
    found = desk.poll(
        arrived("new", TALKS, 1),
        arrived("old", RAISE, 20),
        arrived("odd", NOTHING),
        arrived("moves", "Asian shares slide as tariff fears grow"),
        arrived("undated", RAISE, None),
        arrived("broken", "", problem="its end tag is missing"),
    )
    assert answered(found) == ["old", "new"]
    assert desk.fates() == {
        "old": "forecast",
        "new": "forecast",
        "odd": "unsure",
        "moves": "rejected",
        "undated": "no_time",
        "broken": "unreadable",
    }
    assert all(item.reason for item in found.kept)
    assert "nobody can say which session" in desk.known["undated"].reason
    first = found.to_answer[0]
    assert first.is_by_headline
    assert (first.item.category, first.item.direction) == ("tariff_announced", "escalation")


def test_what_was_seen_is_not_answered_again():
    desk = Desk()
    entries = [
        arrived("1", RAISE),
        arrived("2", NOTHING),
        arrived("3", RAISE, None),
        arrived("4", "", problem="bad"),
    ]
    desk.poll(*entries)
    again = desk.poll(*entries, now=NOW + dt.timedelta(hours=5))
    assert (again.kept, again.to_answer, again.waiting) == ((), (), ())


def test_an_id_is_that_of_its_feed():
    desk = Desk()
    found = desk.poll(arrived("1", RAISE, origin="a"), arrived("1", TALKS, 3, origin="b"))
    assert answered(found) == ["1", "1#2"]
    assert {item.headline for item in desk.known.values()} == {RAISE, TALKS}


def test_one_story_of_two_feeds_is_one():
    desk = Desk()
    found = desk.poll(arrived("x", RAISE, 2, origin="a"), arrived("y", RAISE_AGAIN, 1, origin="b"))
    assert answered(found) == ["x"]
    told = desk.known["y"]
    assert (told.fate, told.of) == ("merged", "x")
    assert "tells the same as" in told.reason
    late = desk.poll(arrived("z", RAISE, 3, origin="c"))
    assert (answered(late), desk.known["z"].of) == ([], "x"), "whoever came first here"


def test_a_story_told_again_days_later_is_another():
    desk = Desk()
    desk.poll(arrived("x", RAISE, 90))
    assert answered(desk.poll(arrived("y", RAISE, 1))) == ["y"]


def test_another_figure_is_an_update():
    desk = Desk()
    desk.poll(arrived("x", "China raises tariffs on US goods to 84%", 3))
    found = desk.poll(arrived("y", "China raises tariffs on US goods to 125%", 1))
    assert answered(found) == ["y"]
    assert (desk.known["y"].relation, desk.known["y"].of) == ("update", "x")


def test_a_headline_edited_in_its_words_is_noted():
    desk = Desk()
    desk.poll(arrived("x", RAISE))
    later = NOW + dt.timedelta(minutes=10)
    found = desk.poll(arrived("x", RAISE_AGAIN), now=later)
    assert found.to_answer == ()
    item = desk.known["x"]
    assert (item.headline, item.latest_headline) == (RAISE, RAISE_AGAIN)
    assert item.edits[0].at == later
    assert desk.poll(arrived("x", RAISE_AGAIN), now=later).kept == ()


def test_a_headline_edited_to_other_news_is_a_new_item():
    desk = Desk()
    desk.poll(arrived("x", RAISE))
    found = desk.poll(arrived("x", "US suspends tariffs on Chinese goods for 90 days"))
    assert answered(found) == ["x#2"]
    item = desk.known["x#2"]
    assert (item.relation, item.of, item.direction) == ("amendment", "x", "de-escalation")
    assert desk.known["x"].headline == RAISE
    unclear = desk.poll(arrived("x", NOTHING))
    assert answered(unclear) == []
    assert (desk.known["x#3"].fate, desk.known["x#3"].of) == ("unsure", "x#2")


def test_an_unclear_item_that_becomes_clear_is_answered():
    desk = Desk()
    desk.poll(arrived("x", NOTHING))
    assert answered(desk.poll(arrived("x", RAISE))) == ["x#2"]


def test_an_item_of_the_future_waits():
    desk = Desk()
    entry = arrived("x", RAISE, -2)
    found = desk.poll(entry)
    assert (found.waiting, found.kept, found.to_answer) == ((entry,), (), ())
    assert answered(desk.poll(entry, now=NOW + dt.timedelta(hours=3))) == ["x"]


def test_an_item_that_gets_a_time_or_is_mended_is_answered():
    desk = Desk()
    desk.poll(arrived("x", RAISE, None), arrived("y", TALKS, None, problem="a future date"))
    found = desk.poll(arrived("x", RAISE), arrived("y", TALKS))
    assert sorted(answered(found)) == ["x", "y"]
    assert set(desk.known) == {"x", "y"}


def test_an_item_that_cannot_be_read_now_stays_what_it_was():
    desk = Desk()
    desk.poll(arrived("x", RAISE))
    assert desk.poll(arrived("x", "", None, problem="torn")).kept == ()


def test_older_items_are_listed_and_not_answered():
    desk = Desk()
    since = NOW - dt.timedelta(hours=24)
    found = desk.poll(arrived("x", RAISE, 30), arrived("y", TALKS, 2), since=since)
    assert answered(found) == ["y"]
    assert desk.fates() == {"x": "old", "y": "forecast"}
    assert desk.poll(arrived("x", RAISE_AGAIN, 30), since=since).to_answer == ()
    assert desk.known["x"].latest_headline == RAISE_AGAIN


def test_a_kind_that_only_the_text_tells_is_said():
    desk = Desk()
    text = f"{RAISE}, the White House said on Friday."
    found = desk.poll(arrived("x", "White House statement", text=text))
    assert [one.is_by_headline for one in found.to_answer] == [False]


def test_a_clear_item_of_an_unclear_story_is_the_one_answered():
    desk = Desk()
    vague = "US tariffs on Chinese goods: what we know"
    found = desk.poll(arrived("x", vague, 2), arrived("y", RAISE, 1))
    assert answered(found) == ["y"]


def test_news_of_the_other_direction_is_not_the_same_story_whatever_words_they_share():
    desk = Desk()
    found = desk.poll(
        arrived("x", "US raises tariffs on Chinese goods to 145%", 2),
        arrived("y", "China weighs trade talks with the US", 1),
    )
    assert answered(found) == ["x", "y"]
    assert answered(desk.poll(arrived("z", "China weighs trade talks with the US", 0.5))) == []
    assert desk.known["z"].of == "y"
