from __future__ import annotations

import datetime as dt
import json

from eventstudy.watch.items import Edit, Item, MarketRow, page_name

NOON = dt.datetime(2025, 5, 2, 12, 0, tzinfo=dt.UTC)
ROW = MarketRow(
    security="HSI", title="Hang Seng", session="2025-05-02", opens=NOON, low=-0.01,
    closes=NOON + dt.timedelta(hours=6), status="to_open", median=0.0, high=0.02, n_dates=9,
)  # fmt: skip
ITEM = Item(
    item_id="1", source="feed", origin="a", guid="1", headline="A headline", published=NOON,
    first_seen=NOON, fate="forecast", made_at=NOON, rows=(ROW,),
    edits=(Edit(at=NOON, headline="Another"),),
)  # fmt: skip


def test_an_item_is_the_same_after_it_was_kept_as_json():
    text = json.dumps(ITEM.to_dict())
    assert Item.from_dict(json.loads(text)) == ITEM
    assert ITEM.rows[0].median == 0.0, "a number of zero is kept"
    plain = Item(
        item_id="2", source="feed", origin="a", guid="2", headline="", published=None,
        first_seen=NOON, fate="unreadable", reason="torn",
    )  # fmt: skip
    assert Item.from_dict(json.loads(json.dumps(plain.to_dict()))) == plain


def test_a_key_of_a_later_version_is_left_out():
    cells = ITEM.to_dict() | {"mood": "good"}
    cells["rows"][0]["mood"] = "good"
    assert Item.from_dict(cells) == ITEM


def test_the_latest_headline_is_the_last_edit():
    assert ITEM.latest_headline == "Another"


def test_inside_is_known_with_a_range_and_an_outcome_alone():
    def inside(outcome, low=-0.01, high=0.02):
        return MarketRow(security="X", title="X", low=low, high=high, outcome=outcome).inside

    assert [inside(value) for value in (-0.011, -0.01, 0.02, 0.021)] == [False, True, True, False]
    assert inside(None) is None
    assert inside(0.0, low=None) is None


def test_the_status_of_a_row_follows_its_hours():
    hours = [-1, 0, 5.99, 6]
    found = [ROW.status_at(NOON + dt.timedelta(hours=hour)) for hour in hours]
    assert found == ["to_open", "trading", "trading", "closed"]
    assert MarketRow(security="X", title="X").status_at(NOON) is None
    no_open = MarketRow(security="X", title="X", closes=NOON)
    assert no_open.status_at(NOON - dt.timedelta(hours=1)) is None
    assert no_open.status_at(NOON) == "closed"


def test_the_name_of_a_page_is_made_of_nothing_a_feed_can_choose():
    name = page_name("a", "../../etc/passwd", "x", NOON)
    assert name.startswith("20250502-1200-")
    assert "/" not in name
    assert name != page_name("b", "../../etc/passwd", "x", NOON)
