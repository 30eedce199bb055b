"""The door every raw item passes: kept or rejected, never both, never neither."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import pandas as pd

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import NEWS
from eventstudy.io.timestamp_columns import days_of, instants_of
from eventstudy.io.timestamps import Timestamp, read_time
from eventstudy.markets.market import zone_problem
from eventstudy.news.cleaning import CELL_LIMIT, HEADLINE_LIMIT, TEXT_LIMIT, clean
from eventstudy.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COLUMNS: Final = (
    "item_id",
    "published",
    "published_at",
    "date",
    "timezone",
    "precision",
    "headline",
    "text",
    "source",
    "url",
    "where",
    "note",
)
"""Columns of `News.frame`, in order; own columns of the input follow."""
REJECTED: Final = ("item_id", "where", "published", "headline", "reason")
"""Columns of `News.rejected`, in order."""

# First the name we write, then what others call it; of several the first filled one counts.
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "item_id": ("item_id", "id", "guid", "uid", "article_id", "news_id", "event_id"),
    "published": (
        "published_at",
        "published",
        "pub_date",
        "date_published",
        "published_date",
        "publish_date",
        "published_on",
        "publication_date",
        "web_publication_date",
        "datetime",
        "timestamp",
        "seendate",
    ),
    "date": ("date", "dc:date"),
    "time": ("time",),
    "timezone": ("timezone", "tz", "time_zone"),
    "precision": ("precision",),
    "headline": ("headline", "title", "heading", "web_title", "headline.main", "title.rendered"),
    "text": (
        "text",
        "body",
        "content",
        "full_text",
        "article_body",
        "content.rendered",
        "content_text",
        "content_html",
        "description",
        "summary",
        "abstract",
        "snippet",
        "lead",
    ),
    "source": ("source", "source_name", "outlet", "publisher", "publication", "provider"),
    "url": ("url", "link", "href", "permalink", "web_url", "source_url"),
    "note": ("note",),
}
MOST_COLUMNS: Final = 100
"""Own columns that are carried through; what goes beyond is named in the note of its item."""


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in " _-.\t")


_ROLES: Final = {
    _key(alias): (role, rank)
    for role, aliases in ALIASES.items()
    for rank, alias in enumerate(aliases)
}


@lru_cache(maxsize=4096)
def _role_and_rank(column: str) -> tuple[str | None, int]:
    return _ROLES.get(_key(column), (None, 0))


def role_of(column: str) -> str | None:
    """Return what a column of an input is to us, ``"headline"`` for a title; None for its own."""
    return _role_and_rank(column)[0]


@dataclass(slots=True, kw_only=True, eq=False)
class Intake:
    """Collects raw items one by one; what came of them are two frames.

    Parameters
    ----------
    timezone
        Zone of times without an offset and of dates alone, where the item names none.
    now
        Items later than a day after it are rejected; with its offset.
    """

    timezone: str | None = None
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    n_items: int = 0
    _kept: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    _own: dict[str, list[str | None]] = field(default_factory=dict)
    _rejected: list[tuple[str | None, ...]] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.timezone is not None and (problem := _zone_problem(self.timezone)):
            raise SpecificationError(problem)
        if self.now.tzinfo is None:
            raise SpecificationError(f"now = {self.now.isoformat()} has no offset from UTC")

    def add(
        self,
        cells: Mapping[str, str],
        where: str,
        *,
        notes: Iterable[str] = (),
        lengths: Mapping[str, int] | None = None,
    ) -> None:
        """Take one raw item in.

        Parameters
        ----------
        cells
            Column -> text as it was written; blank is empty.
        where
            Place in the input, for people.
        notes
            What the reader did to it.
        lengths
            Characters of cells the reader cut.
        """
        roles, own = _sorted_out(cells)
        lengths = lengths or {}
        said = [note for note in notes if note]
        if note := roles.pop("note", ("", ""))[1]:
            said.insert(0, clean(note, "note", CELL_LIMIT).text)
        cleaned: dict[str, str | None] = {}
        for role, limit in (("headline", HEADLINE_LIMIT), ("text", TEXT_LIMIT)):
            name, raw = roles.get(role, ("", ""))
            found = clean(raw, role, limit, is_line=role == "headline", length=lengths.get(name, 0))
            said += found.notes
            cleaned[role] = found.text or None
        for role in ("source", "url", "item_id"):
            cleaned[role] = self._cell(role, roles.get(role, ("", ""))[1], said)
        raw_time = _raw_time(roles)
        try:
            stamp, zone, precision = self._stamp(roles, raw_time, said)
            if cleaned["headline"] is None and cleaned["text"] is None:
                raise ValueError("neither a headline nor a text")  # noqa: TRY301 - one way out
        except ValueError as error:
            self.reject(
                where,
                str(error),
                item_id=cleaned["item_id"] or _hashed(cleaned, raw_time),
                published=raw_time,
                headline=cleaned["headline"] or cleaned["text"],
            )
            return
        identity = self._unique(cleaned["item_id"] or _hashed(cleaned, raw_time), said)
        self.n_items += 1
        row = len(self._kept["item_id"])
        for name, cell in own.items():
            self._carry(name, cell, row, said)
        values = {
            "item_id": identity,
            "published": stamp.iso,
            "published_at": stamp.instant,
            "date": stamp.date,
            "timezone": zone,
            "precision": precision or stamp.precision,
            **{role: cleaned[role] for role in ("headline", "text", "source", "url")},
            "where": where,
            "note": "; ".join(dict.fromkeys((*said, *stamp.assumed))) or None,
        }
        for name in COLUMNS:
            self._kept[name].append(values[name])

    def refuse(self, cells: Mapping[str, str], where: str, reason: str) -> None:
        """Reject an item of which some cells can be told."""
        roles, _ = _sorted_out(cells)
        self.reject(
            where,
            reason,
            item_id=roles.get("item_id", ("", ""))[1][:CELL_LIMIT],
            published=_raw_time(roles),
            headline=roles.get("headline", roles.get("text", ("", "")))[1],
        )

    def reject(
        self,
        where: str,
        reason: str,
        *,
        item_id: str = "",
        published: str = "",
        headline: str | None = None,
    ) -> None:
        """Put down what cannot be an item, and why."""
        self.n_items += 1
        named = clean(item_id, "", CELL_LIMIT, is_line=True).text
        identity = named or _hashed({"url": where, "headline": reason}, published)
        said = clean(published, "", 300, is_line=True).text or None
        title = clean(headline or "", "", 300, is_line=True).text or None
        self._rejected.append((self._unique(identity, []), where, said, title, reason))

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return what was kept and what was rejected, with the columns of `News`."""
        n_kept = len(self._kept["item_id"])
        columns: dict[str, object] = {
            name: pd.Series(cells, dtype=object) for name, cells in self._kept.items()
        }
        columns["published_at"] = instants_of(
            cast("list[dt.datetime | None]", self._kept["published_at"])
        )
        columns["date"] = days_of(cast("list[dt.date | None]", self._kept["date"]))
        for name, cells in self._own.items():
            filled = [*cells, *[None] * (n_kept - len(cells))]
            columns[name] = pd.Series(filled, dtype=object)
        rejected = pd.DataFrame(
            {
                name: pd.Series([row[place] for row in self._rejected], dtype=object)
                for place, name in enumerate(REJECTED)
            }
        )
        return pd.DataFrame(columns), rejected

    def _stamp(
        self, roles: Mapping[str, tuple[str, str]], raw: str, said: list[str]
    ) -> tuple[Timestamp, str | None, str | None]:
        """Return the time, the zone's name and the precision given; a ValueError is a reason."""
        if not raw:
            raise ValueError("no date: neither published_at nor date is given")
        zone = roles.get("timezone", ("", ""))[1].strip() or None
        if (problem := timezone_problem(zone)) is not None:
            raise ValueError(problem)
        stamp = read_time(raw, NEWS, zone=zone or self.timezone)
        if stamp.instant is None and zone is None and self.timezone is not None:
            said.append(f"date read in {self.timezone}")
        if stamp.instant is None or stamp.zone is not None:
            zone = zone or self.timezone
        late = stamp.instant or dt.datetime.combine(stamp.date, dt.time(), dt.UTC)
        if late > self.now + dt.timedelta(days=1):
            raise ValueError(f"published {raw.strip()!r} lies in the future")
        other = roles.get("date", ("", ""))[1].strip()
        if stamp.instant is not None and other and other != raw:
            _compare(stamp, other, said)
        precision = roles.get("precision", ("", ""))[1].strip() or None
        if (problem := precision_problem(precision)) is not None:
            raise ValueError(problem)
        return stamp, zone, precision

    def _cell(self, role: str, raw: str, said: list[str]) -> str | None:
        # An address keeps its letters; in a feed's text only the ampersand of XML is undone.
        found = clean(raw.replace("&amp;", "&"), role, CELL_LIMIT, is_line=True)
        said += found.notes
        return found.text or None

    def _unique(self, identity: str, said: list[str]) -> str:
        if ";" in identity:  # which parts the names in a cell that holds several
            identity = identity.replace(";", ",")
            said.append("item_id: semicolons made commas")
        count = self._ids.get(identity, 0) + 1
        self._ids[identity] = count
        if count == 1:
            return identity
        while (named := f"{identity}#{count}") in self._ids:
            count += 1
        self._ids[identity] = count
        self._ids[named] = 1
        said.append(f"item_id {identity!r} was there before")
        return named

    def _carry(self, name: str, cell: str, row: int, said: list[str]) -> None:
        found = clean(cell, name, CELL_LIMIT)
        said += found.notes
        if not found.text:
            return
        if name not in self._own:
            if len(self._own) >= MOST_COLUMNS:
                said.append(f"column {name[:60]!r} left out, one too many")
                return
            self._own[name] = []
        cells = self._own[name]
        cells.extend([None] * (row - len(cells)))
        cells.append(found.text)


def _sorted_out(cells: Mapping[str, str]) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Return role -> (column, text) and the item's own columns."""
    roles: dict[str, tuple[str, str]] = {}
    ranks: dict[str, int] = {}
    own: dict[str, str] = {}
    for column, cell in cells.items():
        if not cell or cell.isspace():
            continue
        role, rank = _role_and_rank(column)
        if role is None:
            own[_own_name(column)] = cell
            continue
        if role in roles:
            if rank > ranks[role]:
                own[_own_name(column)] = cell
                continue
            own[_own_name(roles[role][0])] = roles[role][1]
        roles[role], ranks[role] = (column, cell), rank
    if "time" in roles and ("published" in roles or "date" not in roles):
        own[_own_name("time")] = roles.pop("time")[1]
    return roles, own


@lru_cache(maxsize=4096)
def _own_name(column: str) -> str:
    name = clean(column, "", 100, is_line=True).text or "unnamed"
    return f"{name}_given" if name in COLUMNS else name


def _raw_time(roles: Mapping[str, tuple[str, str]]) -> str:
    if "published" in roles:
        return roles["published"][1].strip()
    date = roles.get("date", ("", ""))[1].strip()
    return f"{date} {roles['time'][1].strip()}" if date and "time" in roles else date


def _compare(stamp: Timestamp, other: str, said: list[str]) -> None:
    """Note a date beside the time that is another one."""
    try:
        given = read_time(other, NEWS, zone="UTC").date
    except ValueError:
        said.append(f"date {other[:60]!r} cannot be read; the time's own is used")
        return
    if given != stamp.date:
        said.append(f"date {given} differs from the time's own, which is used")


def _hashed(cells: Mapping[str, str | None], published: str) -> str:
    said = [cells.get("source"), cells.get("url"), published, cells.get("headline")]
    if not cells.get("headline"):
        said.append(cells.get("text"))
    text = "\x1f".join(cell or "" for cell in said)
    return "n" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def timezone_problem(zone: str | None) -> str | None:
    """Return what is wrong with the time zone an item or an article names, or None."""
    problem = None if zone is None else _zone_problem(zone)
    return None if problem is None else f"timezone: {problem}"


def precision_problem(precision: str | None) -> str | None:
    """Return what is wrong with the precision an item or an article names, or None."""
    if precision is None or precision in HALF_WIDTH:
        return None
    return f"unknown precision {precision[:60]!r}{nearest(precision[:60], HALF_WIDTH)}"


@lru_cache(maxsize=4096)
def _zone_problem(zone: str) -> str | None:
    return zone_problem(zone) if len(zone) < 60 else f"unknown time zone {zone[:60]!r}..."
