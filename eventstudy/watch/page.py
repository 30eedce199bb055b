"""The index of watched news: what is still to react, item by item, and how the forecasts did."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from eventstudy.expectation.page_words import city, clock_text, day_and_time, move, move_range
from eventstudy.markets.desk_clock import DeskClock
from eventstudy.reporting import wording
from eventstudy.reporting.report import render_template
from eventstudy.text import counted, listed, one_line, plain
from eventstudy.watch.folder import ITEMS, TRACK_RECORD
from eventstudy.watch.track_record import sentences, summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.watch.items import Arrived, Item, MarketRow
    from eventstudy.watch.sources import Feed

_MOST_ITEMS: Final = 100
_MOST_OTHERS: Final = 100
_UNREAD: Final = {
    "unsure": "unsure",
    "no_time": "no time",
    "unreadable": "not readable",
    "old": "older",
    "rejected": "no news",
    "merged": "told already",
}
_ANSWERABLE: Final = ("unsure", "no_time", "unreadable")
_ORDER: Final = {"to_open": 0, "trading": 1, "closed": 2, None: 3}


def index_page(
    items: Sequence[Item],
    feeds: Sequence[Feed],
    *,
    now: dt.datetime,
    zone: str,
    waiting: Sequence[tuple[Arrived, str]] = (),
    again_in: float | None = None,
) -> str:
    """Return the page: what is still to react first, then the items, newest first.

    Parameters
    ----------
    items
        Everything that was seen.
    feeds
        How each source did.
    now, zone
        The moment of the page, and whose clock it shows.
    waiting
        Items that are looked at again at the next poll, each with the reason.
    again_in
        Minutes to the next poll, after which the page loads itself anew; None: it does not.
    """
    answered = sorted(
        (item for item in items if item.made_at is not None),
        key=lambda item: (item.published or now, item.item_id),
        reverse=True,
    )
    others = sorted(
        (item for item in items if item.made_at is None),
        key=lambda item: item.first_seen,
        reverse=True,
    )
    asked = [item for item in others if item.fate in _ANSWERABLE]
    failing = [feed for feed in feeds if feed.problem]
    return render_template(
        "watch.html.jinja",
        when=f"{day_and_time(now, zone)} {city(zone)}",
        answer=_answer(answered, now, zone),
        refresh=None if again_in is None else round(again_in * 60),
        again=None if again_in is None else f"next look in {again_in:g} min",
        failing=[f"{feed.name}: {_since(feed, zone)}{feed.problem}" for feed in failing],
        items=[_item(item, now, zone) for item in answered[:_MOST_ITEMS]],
        n_more=max(len(answered) - _MOST_ITEMS, 0),
        record=sentences(summary_of(items)),
        asked=[_other(item, zone) for item in asked[:_MOST_OTHERS]],
        waiting=[
            {
                "headline": plain(entry.headline),
                "source": plain(entry.source),
                "reason": plain(reason),
            }
            for entry, reason in waiting
        ],
        n_others=_counts(others),
        others=[_other(item, zone) for item in others if item.fate not in _ANSWERABLE][
            :_MOST_OTHERS
        ],
        feeds=[
            {
                "name": feed.name,
                "read": "never" if feed.read_at is None else day_and_time(feed.read_at, zone),
                "n_items": f"{feed.n_items:,}",
                "problem": feed.problem or "",
            }
            for feed in feeds
        ],
        track_record=TRACK_RECORD,
        ledger=ITEMS,
    )


def still_to_react(items: Sequence[Item], now: dt.datetime) -> dict[str, tuple[MarketRow, int]]:
    """Return the markets that have not opened since some item, each with the number of items.

    The row is that of the session that opens first; markets in the order they open.
    """
    found: dict[str, tuple[MarketRow, int]] = {}
    for item in items:
        for row in item.rows:
            if row.status_at(now) != "to_open" or row.opens is None:
                continue
            first, count = found.get(row.security, (row, 0))
            if first.opens is not None and row.opens < first.opens:
                first = row
            found[row.security] = (first, count + 1)
    return dict(sorted(found.items(), key=lambda pair: (pair[1][0].opens, pair[0])))


def _answer(items: Sequence[Item], now: dt.datetime, zone: str) -> str:
    """Return what a reader came for: which markets are still to react, and when they open."""
    if not items:
        return "No news of a known kind yet."
    open_ = still_to_react(items, now)
    if not open_:
        return "Every market has opened since the last news."
    together: dict[dt.datetime | None, list[MarketRow]] = {}
    for row, _ in open_.values():
        together.setdefault(row.opens, []).append(row)
    parts = []
    for rows in together.values():
        opens, within = clock_text(_clock(rows[0], now), now, zone)
        verb = opens if len(rows) == 1 else opens.replace("opens", "open", 1)
        parts.append(f"{listed([row.title for row in rows])} ({verb}, {within})")
    return f"Still to react: {'; '.join(parts)}."


def _item(item: Item, now: dt.datetime, zone: str) -> dict[str, Any]:
    """Return an item as the template shows it."""
    rows = sorted(
        item.rows,
        key=lambda row: (_ORDER[row.status_at(now)], row.opens is None, row.opens or now),
    )
    published = item.published or now
    return {
        "headline": plain(item.headline),
        "page": item.page,
        "when": day_and_time(published, zone),
        "kind": plain(wording.value_label(item.category)),
        "direction": wording.value_label(item.direction),
        "way": item.direction if item.direction in ("escalation", "de-escalation") else "other",
        "source": plain(item.outlet or item.source),
        "made": day_and_time(item.made_at or now, zone),
        "strength": item.strength,
        "relation": f"{item.relation} of an earlier item" if item.relation and item.of else "",
        "edits": [
            f"headline since {day_and_time(edit.at, zone)}: {plain(edit.headline)}"
            for edit in item.edits
        ],
        "rows": [_market(row, now, zone) for row in rows],
        "open": any(row.status_at(now) == "to_open" for row in rows),
    }


def _market(row: MarketRow, now: dt.datetime, zone: str) -> dict[str, str]:
    state, detail = clock_text(_clock(row, now), now, zone)
    outcome = "" if row.outcome is None else move(row.outcome)
    verdict = ""
    if row.outcome is not None and row.inside is not None:
        verdict = "inside" if row.inside else "outside"
    late = row.status != "to_open" and row.outcome is not None
    return {
        "title": row.title,
        "state": state,
        "detail": detail if row.status_at(now) in ("to_open", "trading") else "",
        "status": row.status_at(now) or "unknown",
        "range": move_range(row.low, row.high),
        "median": move(row.median),
        "none": ""
        if row.low is not None
        else row.why or f"{counted(row.n_dates, 'date')}: no range",
        "ordinary": move_range(row.ordinary_low, row.ordinary_high),
        "outcome": outcome,
        "verdict": verdict,
        "late": "made after the open" if late else "",
    }


def _other(item: Item, zone: str) -> dict[str, str]:
    return {
        "headline": plain(item.latest_headline) or "(no headline)",
        "source": plain(item.outlet or item.source),
        "when": "" if item.published is None else day_and_time(item.published, zone),
        "fate": _UNREAD.get(item.fate, item.fate),
        "reason": one_line(item.reason),
    }


def _counts(items: Sequence[Item]) -> str:
    """Return how many items ended without a forecast, by what they are."""
    numbers = Counter(_UNREAD.get(item.fate, item.fate) for item in items)
    return ", ".join(f"{count} {name}" for name, count in numbers.most_common())


def _since(feed: Feed, zone: str) -> str:
    if feed.failing_since is None:
        return ""
    return f"since {day_and_time(feed.failing_since, zone, year=False)}: "


def _clock(row: MarketRow, now: dt.datetime) -> DeskClock:
    """Return a row as the clock of its market at `now`."""

    def instant(time: dt.datetime | None) -> np.datetime64:
        if time is None:
            return np.datetime64("NaT", "ns")
        return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None), "ns")

    return DeskClock(
        security=row.security,
        session=np.datetime64(row.session or "NaT", "D"),
        opens_utc=instant(row.opens),
        closes_utc=instant(row.closes),
        status=row.status_at(now),
    )
