from __future__ import annotations

import datetime as dt
import html

from eventstudy.watch.items import Arrived, Edit, Item, MarketRow
from eventstudy.watch.page import index_page, still_to_react
from eventstudy.watch.sources import Feed

MORNING = dt.datetime(2025, 5, 4, 22, 45, tzinfo=dt.UTC)  # 06:45 in Hong Kong


def row(security, title, opens, closes, **options):
    def at(hours):
        return dt.datetime(2025, 5, 4, 22, 0, tzinfo=dt.UTC) + dt.timedelta(hours=hours)

    return MarketRow(
        security=security, title=title, session="2025-05-05", opens=at(opens), closes=at(closes),
        status="to_open", n_dates=9, **options,
    )  # fmt: skip


TOKYO = row("N225", "Nikkei 225", 2, 8.5, low=-0.02, median=0.01, high=0.03)
YUAN = row("CNH", "Offshore yuan", -1, 23, low=-0.002, median=0.001, high=0.004)
TAIPEI = row("TWII", "TAIEX", 3, 7.5, why="no past date")


def item(name, headline, hours, *rows, **options):
    published = MORNING - dt.timedelta(hours=hours)
    return Item(
        item_id=name, source="a feed", origin="a", guid=name, headline=headline,
        published=published, first_seen=published, made_at=published, rows=rows,
        category="tariff_exemption", direction="de-escalation", strength="some",
        page=f"pages/{name}.html", **{"fate": "forecast", **options},
    )  # fmt: skip


def page(*items, feeds=None, **options):
    feeds = feeds or (Feed(name="a feed", read_at=MORNING, n_items=3),)
    text = index_page(items, feeds, now=MORNING, zone="Asia/Hong_Kong", **options)
    return html.unescape(text).replace("\xa0", " ")


def test_the_page_begins_with_what_is_still_to_react_in_the_order_of_opening():
    text = page(item("one", "News", 10, TAIPEI, TOKYO, YUAN), item("two", "More", 5, TOKYO))
    assert "As of Mon 5 May 2025 06:45 Hong Kong" in text
    answer = (
        "Still to react: Nikkei 225 (opens 08:00, in 75 min); TAIEX (opens 09:00, in 2 h 15 min)."
    )
    assert text.index(answer) < text.index("More") < text.index(">News<")
    assert "trading since 05:00" in text
    assert "−2.0 to +3.0 %" in text
    assert "no past date" in text


def test_markets_still_to_react_stand_with_their_first_open():
    late = row("N225", "Nikkei 225", 26, 32)
    found = still_to_react([item("a", "x", 1, late), item("b", "y", 2, TOKYO, YUAN)], MORNING)
    assert {name: (first.opens, count) for name, (first, count) in found.items()} == {
        "N225": (TOKYO.opens, 2)
    }


def test_markets_that_open_together_stand_together():
    seoul = row("KS11", "KOSPI", 2, 8.5)
    answer = "Still to react: KOSPI and Nikkei 225 (open 08:00, in 75 min)."
    assert answer in page(item("a", "News", 10, TOKYO, seoul))


def test_a_page_without_news_or_without_an_open_market_says_so():
    assert "No news of a known kind yet." in page()
    assert "Every market has opened since the last news." in page(item("a", "News", 10, YUAN))


def test_outcomes_stand_beside_the_forecast():
    inside = row("HSI", "Hang Seng", -20, -14, low=-0.01, median=0.0, high=0.01, outcome=0.005)
    outside = row("CNH", "Yuan", -20, -14, low=-0.01, median=0.0, high=0.01, outcome=-0.0201)
    text = page(item("a", "News", 40, inside, outside))
    assert '<b>+0.5 %</b> <span class="inside">inside</span>' in text
    assert '<b>−2.0 %</b> <span class="outside">outside</span>' in text
    assert "2 of 2" not in text
    assert "1 of 2 outcomes fell inside the 80 % range" in text


def test_what_is_not_answered_stands_with_its_reason():
    unsure = item("u", "What next?", 3, fate="unsure", reason="no rule fires")
    unsure = type(unsure)(**{**as_dict(unsure), "made_at": None})
    waiting = Arrived(source="a feed", origin="a", guid="w", headline="Tomorrow")
    text = page(unsure, waiting=[(waiting, "is dated in the future")])
    assert text.index("Tomorrow") < text.index("is dated in the future") < text.index("What next?")
    assert "no rule fires" in text
    assert "1 unsure" in text


def test_a_source_that_is_down_stands_at_the_head():
    feeds = (
        Feed(name="http://x/", problem="the server answered 500", failing_since=MORNING),
        Feed(name="b", read_at=MORNING),
    )
    text = page(feeds=feeds)
    assert "Cannot be read, http://x/: since Mon 5 May 06:45: the server answered 500" in text
    assert "never" in text


def test_edits_and_hostile_texts_stay_text():
    edit = Edit(at=MORNING, headline="<img src=x>")
    raw = index_page(
        [item("a", "<script>alert(1)</script>", 1, TOKYO, edits=(edit,))],
        (),
        now=MORNING,
        zone="Asia/Hong_Kong",
    )
    assert "<script>" not in raw
    assert "<img" not in raw
    assert "headline since Mon 5 May 2025 06:45: &lt;img" in raw


def test_the_page_fetches_and_runs_nothing():
    raw = index_page([item("a", "News", 1, TOKYO)], (), now=MORNING, zone="UTC", again_in=2.5)
    assert "<script" not in raw
    assert "default-src 'none'" in html.unescape(raw)
    assert '<meta http-equiv="refresh" content="150">' in raw


def test_many_items_are_counted():
    items = [item(f"i{n}", f"News {n}", n, YUAN) for n in range(120)]
    text = page(*items)
    assert text.count("<article") == 100
    assert "20 older items are in" in text


def as_dict(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
