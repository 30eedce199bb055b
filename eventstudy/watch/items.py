"""What is watched: an item, what became of it, and what was expected of each market."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Self

from eventstudy.io.doors import EVENT_TIME
from eventstudy.io.timestamps import read_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.markets.desk_clock import Status

Fate = Literal["forecast", "merged", "unsure", "no_time", "unreadable", "old", "rejected"]
"""What an item may end as: a page and a forecast; told by another item; of a kind the rules or the
study cannot tell; without a time of its own; not to be read; older than asked for; no news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An item as a feed has it now.

    Attributes
    ----------
    source : name of the feed, file or folder, as it is shown
    origin : the source, whatever it is called today
    guid : its id there
    headline, text : as cleaned; empty where there is none
    published : aware, in UTC; None for a date alone and where it cannot be read
    precision : of `published`, as in events files
    url, outlet : empty where there is none
    problem : why it cannot be read; empty where it can
    """

    source: str
    origin: str
    guid: str
    headline: str
    text: str = ""
    published: dt.datetime | None = None
    precision: str = "exact"
    url: str = ""
    outlet: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRow:
    """What was expected of one market, and what it did; decimal returns.

    Attributes
    ----------
    security, title : its name, and that for people
    session : label of the first session that could react, ISO; empty without a clock
    opens, closes : its hours in UTC
    status : where it stood when the forecast was made
    level, n_dates : step of the ladder, and past dates behind the numbers
    low, median, high : the forecast; None under eight dates
    ordinary_low, ordinary_high : the same of ordinary days
    why : why there is no forecast
    outcome : total return over the window; None until it is known
    settled_at : when it became known here
    note : what is to be said of the outcome
    """

    security: str
    title: str
    session: str = ""
    opens: dt.datetime | None = None
    closes: dt.datetime | None = None
    status: Status | None = None
    level: str = ""
    n_dates: int = 0
    low: float | None = None
    median: float | None = None
    high: float | None = None
    ordinary_low: float | None = None
    ordinary_high: float | None = None
    why: str = ""
    outcome: float | None = None
    settled_at: dt.datetime | None = None
    note: str = ""

    @property
    def inside(self) -> bool | None:
        """Whether the outcome lies in the range; None without one of the two."""
        if self.outcome is None or self.low is None or self.high is None:
            return None
        return self.low <= self.outcome <= self.high

    def status_at(self, now: dt.datetime) -> Status | None:
        """Return where the session stands at `now`; None where its hours are not known."""
        if self.closes is None:
            return None
        if now >= self.closes:
            return "closed"
        if self.opens is None:
            return None
        return "trading" if now >= self.opens else "to_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Another headline that an item got."""

    at: dt.datetime
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item that was seen, and what became of it.

    Attributes
    ----------
    item_id : its own among all that were watched
    source, origin, guid, headline, published, precision, url, outlet : as first seen
    first_seen : when
    fate, reason : what became of it, and why it has no forecast
    category, direction, actor, target, confidence : as the rules read it
    of, relation : the item whose news it tells (merged), or which it updates, corrects or amends
    edits : headlines it got afterwards that say the same kind of news
    made_at : when the forecast was made
    tried_at : when its outcome was last looked for
    window : sessions it is about
    strength : how sure it was
    page : name of its page
    rows : a market each
    """

    item_id: str
    source: str
    origin: str
    guid: str
    headline: str
    published: dt.datetime | None
    precision: str = "exact"
    url: str = ""
    outlet: str = ""
    first_seen: dt.datetime
    fate: Fate
    reason: str = ""
    category: str = ""
    direction: str = ""
    actor: str = ""
    target: str = ""
    confidence: float | None = None
    of: str = ""
    relation: str = ""
    edits: tuple[Edit, ...] = ()
    made_at: dt.datetime | None = None
    tried_at: dt.datetime | None = None
    window: str = ""
    strength: str = ""
    page: str = ""
    rows: tuple[MarketRow, ...] = ()

    @property
    def latest_headline(self) -> str:
        """The headline it has now."""
        return self.edits[-1].headline if self.edits else self.headline

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, without what is empty."""
        cells: dict[str, Any] = _plain(asdict(self))
        return cells

    @classmethod
    def from_dict(cls, cells: Mapping[str, Any]) -> Self:
        """Return the item of `to_dict`."""
        values = {"headline": "", **cells}
        for name in ("published", "first_seen", "made_at", "tried_at"):
            values[name] = _time(values.get(name))
        edits = values.get("edits", ())
        values["edits"] = tuple(
            Edit(at=time_of(edit["at"]), headline=edit["headline"]) for edit in edits
        )
        values["rows"] = tuple(_row(row) for row in values.get("rows", ()))
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def page_name(origin: str, guid: str, item_id: str, published: dt.datetime) -> str:
    """Return the name of an item's page: its time, and letters that no feed can choose."""
    digest = hashlib.sha256(f"{origin}\x1f{guid}\x1f{item_id}".encode("utf-8", "replace"))
    return f"{published:%Y%m%d-%H%M}-{digest.hexdigest()[:10]}.html"


def _row(cells: Mapping[str, Any]) -> MarketRow:
    values = dict(cells)
    for name in ("opens", "closes", "settled_at"):
        values[name] = _time(values.get(name))
    known = {field.name for field in fields(MarketRow)}
    return MarketRow(**{name: value for name, value in values.items() if name in known})


def time_of(text: str) -> dt.datetime:
    """Return the time that `Item.to_dict` and its like wrote, in UTC."""
    instant = read_time(text, EVENT_TIME).instant
    if instant is None:
        raise ValueError(f"{text!r} has no time of day")
    return instant


def _time(text: str | None) -> dt.datetime | None:
    return None if text is None else time_of(text)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    """Return a value as JSON holds it; fields that are empty are left out."""
    if isinstance(value, dict):
        return {
            name: _plain(cell) for name, cell in value.items() if cell not in (None, "", (), [])
        }
    if isinstance(value, list | tuple):
        return [_plain(cell) for cell in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    return value
