"""Raw news items become rows: each is kept or rejected, never both, never neither."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import pandas as pd

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.doors import NEWS, TimestampError
from eventstudy.io.doubtful_times import contradictions, date_problem
from eventstudy.io.encodings import GUESSED
from eventstudy.io.timestamp_columns import days_of, instants_of
from eventstudy.io.timestamps import Timestamp, read_time
from eventstudy.markets.market import zone_problem
from eventstudy.news.cleaning import CELL_LIMIT, HEADLINE_LIMIT, TEXT_LIMIT, clean
from eventstudy.news.columns import COLUMNS, REJECTED, by_role, own_name, role_of
from eventstudy.news.dating import Dating, dating_by_provider, other_dates
from eventstudy.news.item_times import assumptions, settle_times, widest
from eventstudy.registry import unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CLOCKS_DIFFER: Final = dt.timedelta(minutes=5)
# Zones lie that far apart at most; a feed still older says when it was set up, not made.
_WIDEST_ERROR: Final = dt.timedelta(hours=26)
_OTHER_DATE: Final = (
    "the date beside the time contradicts it, so the time, which is used, is known to the day only"
)
MOST_COLUMNS: Final = 100
"""Columns without a role that are kept; the note of an item names those beyond."""

LAST_UPDATE: Final = "no date of publication; that of the last update is used"
"""Note of an item whose feed dates revisions alone: the news may be older."""


@dataclass(slots=True, kw_only=True, eq=False)
class Intake:
    """Collects raw items one by one, and gives the kept and the rejected ones as two frames.

    Parameters
    ----------
    timezone
        Zone of times without an offset and of dates alone, where the item names none.
    now
        Items later than a day after it are rejected; with its offset.
    assumed
        What was assumed of the times of each input, a sentence each; see `settle`.
    """

    timezone: str | None = None
    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    n_items: int = 0
    _kept: dict[str, list[object]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    _own: dict[str, list[str | None]] = field(default_factory=dict)
    _rejected: list[tuple[str | None, ...]] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)
    _stamps: list[Timestamp] = field(default_factory=list)  # of the input that is being read
    _given: list[str | None] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    assumed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.timezone is not None and (problem := _zone_problem(self.timezone)):
            raise problem.at(key="timezone")
        if self.now.tzinfo is None:
            raise SpecificationError(f"now = {self.now.isoformat()} has no offset from UTC")

    def add(
        self,
        cells: Mapping[str, str],
        where: str,
        *,
        notes: Iterable[str] = (),
        lengths: Mapping[str, int] | None = None,
        made: Timestamp | None = None,
    ) -> None:
        """Keep one raw item, or reject it with the reason.

        Parameters
        ----------
        cells
            Column -> text as it was written; blank is empty.
        where
            Its place in the input, as people are told it.
        notes
            What the reader did to it, a sentence each.
        lengths
            Characters a cell had before the reader cut it, by column.
        made
            When its feed says that it was made.
        """
        roles, own_cells = by_role(cells)
        dating = _dated(cells, roles, own_cells)
        lengths = lengths or {}
        item_notes = [note for note in notes if note]
        if note := roles.pop("note", ("", ""))[1]:
            item_notes.insert(0, clean(note, "note", CELL_LIMIT).text)
        cleaned: dict[str, str | None] = {}
        for role, limit in (("headline", HEADLINE_LIMIT), ("text", TEXT_LIMIT)):
            column, raw = roles.get(role, ("", ""))
            length = lengths.get(column, 0)
            result = clean(raw, role, limit, is_line=role == "headline", length=length)
            item_notes += result.notes
            cleaned[role] = result.text or None
        for role in ("source", "url", "item_id"):
            cleaned[role] = self._cleaned_cell(role, roles.get(role, ("", ""))[1], item_notes)
        raw_time = dating.raw
        try:
            stamp, zone, precision = self._read_time(roles, dating, item_notes)
            if cleaned["headline"] is None and cleaned["text"] is None:
                raise ValueError("neither a headline nor a text")  # noqa: TRY301 - rejected below
        except ValueError as error:
            self.reject(
                where,
                str(error),
                item_id=cleaned["item_id"] or _content_id(cleaned, raw_time),
                published=raw_time,
                headline=cleaned["headline"] or cleaned["text"],
            )
            return
        item_id = self._unique_id(cleaned["item_id"] or _content_id(cleaned, raw_time), item_notes)
        self.n_items += 1
        row = len(self._kept["item_id"])
        known_to = precision or widest(
            stamp.precision,
            None if dating.field is None else dating.field.precision,
            self._later_than(made, stamp, item_notes),
            "approx" if LAST_UPDATE in item_notes else None,
        )
        self._note_dating(cells, dating, stamp, item_notes)
        for note in notes:
            if note.startswith(GUESSED) or note == LAST_UPDATE:
                self._counts[note] += 1
        for column, cell in own_cells.items():
            self._keep_own(column, cell, row, item_notes)
        values = {
            "item_id": item_id,
            "published": stamp.iso,
            "published_at": stamp.instant,
            "date": stamp.date,
            "timezone": zone,
            "precision": known_to,
            **{role: cleaned[role] for role in ("headline", "text", "source", "url")},
            "where": where,
            "note": "; ".join(dict.fromkeys((*item_notes, *stamp.assumed))) or None,
        }
        for name in COLUMNS:
            self._kept[name].append(values[name])
        self._stamps.append(stamp)
        self._given.append(precision)

    def check_conserved(self, name: str, n_found: int, n_before: int) -> None:
        """Raise where a reader found other items than were kept and rejected since `n_before`.

        Raises
        ------
        SchemaError
            The numbers differ: items of the input were lost.
        """
        if n_found != self.n_items - n_before:
            raise SchemaError(
                [
                    f"{n_found:,} items were found in it, but {self.n_items - n_before:,} kept or "
                    "rejected; please report this"
                ],
                file=name,
            )

    def settle(self, name: str) -> None:
        """Look at the times of one input together, once it is read.

        Those that stand for dates become dates, those in doubt are known to the day, and `assumed`
        tells what was done and what else was assumed. `name` is what it calls the input.
        """
        end = len(self._kept["item_id"])
        rows = range(end - len(self._stamps), end)
        said = [
            *assumptions(self._counts),
            *settle_times(self._kept, rows, self._stamps, self._given, self.timezone),
        ]
        self.assumed += [f"{name}: {sentence}" for sentence in said]
        self._stamps, self._given = [], []
        self._counts.clear()

    def refuse(self, cells: Mapping[str, str], where: str, reason: str) -> None:
        """Reject an item some cells of which could be read: they name it in its row."""
        roles, _ = by_role(cells)
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
        """Add a row to the rejected ones: what could be read of the item, and the reason."""
        self.n_items += 1
        given_id = clean(item_id, "", CELL_LIMIT, is_line=True).text
        id_or_hash = given_id or _content_id({"url": where, "headline": reason}, published)
        time = clean(published, "", 300, is_line=True).text or None
        title = clean(headline or "", "", 300, is_line=True).text or None
        self._rejected.append((self._unique_id(id_or_hash, []), where, time, title, reason))

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
                name: pd.Series([row[position] for row in self._rejected], dtype=object)
                for position, name in enumerate(REJECTED)
            }
        )
        return pd.DataFrame(columns), rejected

    def _read_time(
        self, roles: Mapping[str, tuple[str, str]], dating: Dating, notes: list[str]
    ) -> tuple[Timestamp, str | None, str | None]:
        """Return the time, the zone's name and the precision given.

        Raises
        ------
        ValueError
            Why the item is rejected.
        """
        raw, field_ = dating.raw, dating.field
        if not raw:
            raise ValueError("no date: neither published_at nor date is given")
        zone = roles.get("timezone", ("", ""))[1].strip() or None
        if (problem := timezone_problem(zone)) is not None:
            raise ValueError(str(problem))
        documented = None if field_ is None else field_.timezone
        try:
            stamp = read_time(raw, NEWS, zone=documented or zone or self.timezone)
        except TimestampError as error:
            if error.kind == "no offset" and dating.provider and field_ and field_.unstated:
                raise ValueError(
                    f"{dating.column} {raw!r}: {dating.provider.name} does not say whose clock "
                    "this is; say it with --timezone (timezone=), such as UTC"
                ) from None
            raise
        if stamp.instant is None and zone is None and self.timezone is not None:
            notes.append(f"date read in {self.timezone}")
        for problem_ in contradictions(stamp, zone, None):
            raise ValueError(problem_)
        if stamp.instant is None or (stamp.zone is not None and documented is None):
            zone = zone or self.timezone
        earliest = stamp.instant or dt.datetime.combine(stamp.date, dt.time(), dt.UTC)
        if earliest > self.now + dt.timedelta(days=1):
            raise ValueError(f"published {raw!r} lies in the future")
        other_date = roles.get("date", ("", ""))[1].strip()
        is_contradicted = False
        if stamp.instant is not None and other_date and other_date != raw:
            is_contradicted = _note_other_date(stamp, other_date, notes)
        precision = roles.get("precision", ("", ""))[1].strip() or None
        if (problem := precision_problem(precision)) is not None:
            raise ValueError(str(problem))
        if is_contradicted:
            self._counts[_OTHER_DATE] += 1
            precision = precision or "day"
        return stamp, zone, precision

    def _note_dating(
        self, cells: Mapping[str, str], dating: Dating, stamp: Timestamp, notes: list[str]
    ) -> None:
        """Note which column dated an item and which others say another day, and count both."""
        if said := dating.sentence:
            notes.append(said)
            self._counts[said] += 1
        for assumption in stamp.assumed:
            self._counts[assumption] += 1
        for column, text in other_dates(cells, dating.column, stamp):
            if role_of(column) == "date":
                continue
            notes.append(f"{column} says {clean(text, '', 60, is_line=True).text}")
            self._counts[f"{column} says otherwise than {dating.column}, which is used"] += 1

    def _later_than(self, made: Timestamp | None, stamp: Timestamp, notes: list[str]) -> str | None:
        """Return the precision of an item later than its own feed; None for all others."""
        if made is None or made.instant is None or stamp.instant is None:
            return None
        late = stamp.instant - made.instant
        if late <= _CLOCKS_DIFFER:
            return None
        doubt = f"later than its feed, made at {made.iso}, so its hour or that of the feed is wrong"
        notes.append(doubt)
        self._counts[doubt] += 1
        return "day" if late <= _WIDEST_ERROR else None

    def _cleaned_cell(self, role: str, raw: str, notes: list[str]) -> str | None:
        # The ampersand of XML, so that the parameters of an address stay whole.
        cell = clean(raw.replace("&amp;", "&"), role, CELL_LIMIT, is_line=True)
        notes += cell.notes
        return cell.text or None

    def _unique_id(self, item_id: str, notes: list[str]) -> str:
        if ";" in item_id:  # it parts the ids in a cell that holds several
            item_id = item_id.replace(";", ",")
            notes.append("item_id: semicolons made commas")
        count = self._ids.get(item_id, 0) + 1
        self._ids[item_id] = count
        if count == 1:
            return item_id
        while (numbered := f"{item_id}#{count}") in self._ids:
            count += 1
        self._ids[item_id] = count
        self._ids[numbered] = 1
        notes.append(f"item_id {item_id!r} was there before")
        return numbered

    def _keep_own(self, column: str, raw: str, row: int, notes: list[str]) -> None:
        cell = clean(raw, column, CELL_LIMIT)
        notes += cell.notes
        if not cell.text:
            return
        if column not in self._own:
            if len(self._own) >= MOST_COLUMNS:
                notes.append(f"column {column[:60]!r} left out, one too many")
                return
            self._own[column] = []
        cells = self._own[column]
        cells.extend([None] * (row - len(cells)))
        cells.append(cell.text)


def _dated(
    cells: Mapping[str, str],
    roles: dict[str, tuple[str, str]],
    own_cells: dict[str, str],
) -> Dating:
    """Return what dates an item; other columns that might have are kept as its own."""
    dating = dating_by_provider(cells)
    if dating is None:
        return Dating(column=roles.get("published", ("date", ""))[0], raw=_raw_time(roles))
    own_cells.pop(own_name(dating.column), None)
    if "published" in roles and roles["published"][0] != dating.column:
        column, cell = roles["published"]
        own_cells[own_name(column)] = cell
    roles["published"] = (dating.column, dating.raw)
    return dating


def _raw_time(roles: Mapping[str, tuple[str, str]]) -> str:
    if "published" in roles:
        return roles["published"][1].strip()
    date = roles.get("date", ("", ""))[1].strip()
    return f"{date} {roles['time'][1].strip()}" if date and "time" in roles else date


def _note_other_date(stamp: Timestamp, other_date: str, notes: list[str]) -> bool:
    """Note that an item gives a date beside its time which is not the date of that time.

    Return whether it is that of the time in no zone.
    """
    try:
        given = read_time(other_date, NEWS, zone="UTC").date
    except ValueError:
        notes.append(f"date {other_date[:60]!r} cannot be read; the time's own is used")
        return False
    if given != stamp.date:
        notes.append(f"date {given} differs from the time's own, which is used")
    return date_problem(stamp, given) is not None


def _content_id(cells: Mapping[str, str | None], published: str) -> str:
    parts = [cells.get("source"), cells.get("url"), published, cells.get("headline")]
    if not cells.get("headline"):
        parts.append(cells.get("text"))
    text = "\x1f".join(part or "" for part in parts)
    return "n" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def timezone_problem(zone: str | None) -> SpecificationError | None:
    """Return the error of the time zone an item or an article names, or None."""
    problem = None if zone is None else _zone_problem(zone)
    return None if problem is None else problem.under("timezone")


def precision_problem(precision: str | None) -> SpecificationError | None:
    """Return the error of the precision an item or an article names, or None."""
    if precision is None or precision in HALF_WIDTH:
        return None
    return unknown(f"unknown precision {precision[:60]!r}", precision[:60], HALF_WIDTH)


@lru_cache(maxsize=4096)
def _zone_problem(zone: str) -> SpecificationError | None:
    if len(zone) < 60:
        return zone_problem(zone)
    return SpecificationError(f"unknown time zone {zone[:60]!r}...")
