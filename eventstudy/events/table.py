"""Events: what happened, when it was published, and how well that time is known."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
import pandas as pd

from eventstudy.events.cells import check_width, listed_names, own_column, texts_of
from eventstudy.events.clock_columns import clock_times
from eventstudy.events.header import missing_columns, with_names_in_lower_case
from eventstudy.events.recognition import recognised
from eventstudy.events.selection import canonical_markets, matches, no_match
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.doors import EVENT_DATE, EVENT_TIME
from eventstudy.io.doubtful_times import contradictions, settled
from eventstudy.io.files import check_header
from eventstudy.io.tables import tidy_header
from eventstudy.io.timestamp_columns import days_of, instants_of
from eventstudy.io.timestamps import read_time
from eventstudy.markets.market import zone_problem
from eventstudy.registry import meant, unknown
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, IntArray

T = TypeVar("T")

HALF_WIDTH: Final = {"exact": 2, "minute_est": 15, "approx": 60, "session": 180, "day": 720}
"""Minutes to either side within which a news time of each precision may really lie."""

DIRECTIONS: Final = ("escalation", "de-escalation", "neutral")
EXPECTED_SIGNS: Final = ("+", "-", "0", "mixed")

_ALWAYS = ("event_id", "published_at", "date", "timezone", "precision")
_OPTIONAL = (
    "headline", "category", "actor", "direction", "expected_sign", "salience", "source", "url",
    "verified",
)  # fmt: skip
_COLUMNS = (*_ALWAYS, *_OPTIONAL, "markets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A sentence, `text`, that a report on events with `value` in `column` must contain.

    `known_beforehand` says that such an event is no surprise, so that no finding is made of it.

    Examples
    --------
    >>> caveat = Caveat(column="category", value="lockup", text="Lock-ups end on a set date.")
    >>> caveat.known_beforehand
    False
    """

    column: str
    value: str
    text: str
    known_beforehand: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """A validated table of events.

    Parameters
    ----------
    frame
        One row an event. ``event_id`` (str), ``published_at`` (``datetime64[ns, UTC]``, NaT for
        an event with a date alone), ``date`` (midnight, without zone; the date of
        ``published_at`` at its own offset where none was given), ``timezone``, ``precision``,
        then what the table had of headline, category, actor, direction, expected_sign, salience,
        source, url, verified, then ``markets`` (tuple of names, empty = all), then the table's
        own columns in their order, numbers and truth values as such. Text cells are str, or None
        where empty.
    name
        Where it came from: the file's name, or ``"events"``.
    sha256
        Hash of the file, or of the frame's text.
    rows
        Row of each event in its file, the header being row 1, shape ``(len(frame),)``.
    is_dated
        Whether the table itself gave the date, shape ``(len(frame),)``.
    caveats
        What is to be known of some of these events; a study's report repeats it.
    assumed
        What reading the table assumed, a sentence each; printed with the results of a study.
    named
        Markets of each event as the table writes them, before built-in names are put in.
    market_column
        The column that named them: ``markets``, or another one that a study read as that.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"event_id": ["E1"], "published_at": ["2025-05-02T09:00+08:00"]})
    >>> events = Events.from_frame(table)
    >>> events
    Events(events: 1 event, 2025-05-02 to 2025-05-02, 1 with a time)
    >>> events.half_widths().astype("timedelta64[m]"), events.known_beforehand
    (array([2], dtype='timedelta64[m]'), array([False]))
    >>> len(events.take(events.select({"event_id": ["E1"]})))
    1
    >>> events.unmatched({"event_id": ["E7"]})
    ("no event has event_id 'E7'; known: E1",)
    """

    frame: pd.DataFrame
    name: str
    sha256: str
    rows: IntArray
    is_dated: BoolArray
    caveats: tuple[Caveat, ...] = ()
    assumed: tuple[str, ...] = ()
    named: tuple[tuple[str, ...], ...] = ()
    market_column: str = "markets"

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"Events({self._line()})"

    def _repr_html_(self) -> str:
        from html import escape

        columns = ("event_id", "published_at", "date", "headline", "category")
        head = self.frame[[name for name in columns if name in self.frame]].head(10)
        return f"<p>{escape(self._line())}</p>{head.to_html(index=False, escape=True)}"

    def _line(self) -> str:
        if not len(self):
            return f"{self.name}: no events"
        dates = self.frame["date"]
        timed = int(self.frame["published_at"].notna().sum())
        count = "1 event" if len(self) == 1 else f"{len(self)} events"
        span = f"{dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
        return f"{self.name}: {count}, {span}, {timed} with a time"

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        name: str = "events",
        id: str | None = None,  # noqa: A002 - what a column of identifiers is called in the field
        time: str | None = None,
        tz: str | None = None,
        date_format: str | None = None,
    ) -> Events:
        """Build events from a frame, whose columns are understood as those of an events file are.

        Times may be text or timestamps with a zone, dates text or dates, ``markets`` text or a
        list of names; missing values of any kind are empty cells. `assumed` says what was
        understood.

        Parameters
        ----------
        frame
            A row an event.
        name
            What messages call it.
        id
            Column that names the security an event is about; its values become ``markets``.
        time
            Column of times or dates; without it ``published_at`` and ``date``, else the only
            column that holds dates.
        tz
            Zone of times that have no offset, such as ``"America/New_York"``; never guessed.
        date_format
            How dates are written where day and month could change places: ``"dd/mm/yyyy"``,
            ``"mdy"``, or codes such as ``"%d/%m/%y"``.

        Raises
        ------
        SchemaError
            With every problem found; rows count from 2, as in a file with a header.
        SpecificationError
            Something has two meanings; ``error.key`` names the argument that settles it.
        """
        if frame.index.name in _COLUMNS and frame.index.name not in frame.columns:
            frame = frame.reset_index()
        check_header(name, [str(column) or "unnamed" for column in frame.columns], row=None)
        frame = frame.reset_index(drop=True).set_axis([str(one) for one in frame.columns], axis=1)
        rows = np.arange(2, len(frame) + 2, dtype=np.int64)
        is_filled = np.zeros(len(frame), dtype=bool)
        for column in frame.columns:
            is_filled |= np.array([text != "" for text in texts_of(frame[column])], dtype=bool)
            if is_filled.all():
                break
        empty: tuple[str, ...] = ()
        if len(frame.columns) > 1 and is_filled.any() and not is_filled.all():
            count = counted(int((~is_filled).sum()), "row")
            empty = (f"{name}: {count} without a value in any column left out",)
            frame, rows = frame[is_filled].reset_index(drop=True), rows[is_filled]
        frame, said = recognised(
            frame, name=name, id=id, time=time, tz=tz, date_format=date_format, rows=rows
        )
        text = pd.DataFrame(
            {column: pd.Series(texts_of(frame[column]), dtype=object) for column in frame.columns}
        )
        digest = hashlib.sha256(text.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        kept, assumed = tidy_header(
            name, list(text.columns), [list(text[column]) for column in text.columns]
        )
        own = {column: frame[column] for column in frame.columns}
        assumed = (*empty, *said, *assumed)
        return parsed_events(text.iloc[:, kept], rows, name, digest, assumed=assumed, given=own)

    def half_widths(self) -> npt.NDArray[np.timedelta64]:
        """Return the half-width of each news time, shape ``(E,)``, ``timedelta64[ns]``."""
        minutes = [HALF_WIDTH[precision] for precision in self.frame["precision"]]
        return np.array(minutes, dtype="m8[m]").astype("m8[ns]")

    @property
    def known_beforehand(self) -> BoolArray:
        """Which events were known beforehand and are no surprise, by the caveats, ``(E,)``."""
        known = np.zeros(len(self), dtype=bool)
        for caveat in self.caveats:
            if caveat.known_beforehand and caveat.column in self.frame:
                known |= matches(self.frame[caveat.column], caveat.column, {caveat.value})
        return known

    def select(self, selection: Mapping[str, Sequence[object]]) -> BoolArray:
        """Return which events have, in every column named, one of the values given.

        Parameters
        ----------
        selection
            Column -> values, compared as text; ``""`` stands for an empty cell. An event without
            ``markets`` is about all of them.

        Raises
        ------
        SpecificationError
            A column the events lack; the message gives the nearest one.
        """
        chosen = np.ones(len(self), dtype=bool)
        for column, values in selection.items():
            if column not in self.frame.columns:
                names = [str(name) for name in self.frame.columns]
                raise unknown(f"{self.name} has no column {column!r}", column, names)
            several = [values] if isinstance(values, str) else list(values)
            texts = {str(value).strip() for value in several}
            chosen &= matches(self.frame[column], column, texts)
        return chosen

    def unmatched(self, selection: Mapping[str, Sequence[object]]) -> tuple[str, ...]:
        """Return a sentence for each value of a selection that no event has, with the nearest."""
        return tuple(
            sentence
            for column, values in selection.items()
            for value in ([values] if isinstance(values, str) else values)
            if (sentence := no_match(self.frame[column], column, str(value).strip()))
        )

    def take(self, chosen: BoolArray) -> Events:
        """Return the events where `chosen`, shape ``(E,)``, is true."""
        return replace(
            self,
            frame=self.frame[chosen].reset_index(drop=True),
            rows=self.rows[chosen],
            is_dated=self.is_dated[chosen],
            named=tuple(compress(self.named, chosen)),
        )


def event_error(
    events: Events, position: int, reason: str, *, remedy: str = "", stage: str = ""
) -> SpecificationError:
    """Return the error ``events.csv row 3: event E1 has ...; do ...`` about one event."""
    return SpecificationError(
        f"event {events.frame['event_id'].iloc[position]} {reason}",
        file=events.name,
        row=int(events.rows[position]),
        remedy=remedy,
        stage=stage,
    )


def parsed_events(
    text: pd.DataFrame,
    rows: IntArray,
    name: str,
    digest: str,
    *,
    assumed: tuple[str, ...] = (),
    given: Mapping[str, pd.Series] | None = None,
    delimiter: str = ",",
) -> Events:
    """Check and type a table of text cells; a SchemaError holds all its problems.

    `given` are the columns of a frame as they were, where they come from one.
    """
    text, in_other_case = with_names_in_lower_case(text)
    own = [str(column) for column in text.columns if column not in _COLUMNS]
    check_width(own, name)
    if missing := missing_columns(text, own):
        raise SchemaError([missing], file=name, row=1)
    cells = {column: list(text[column]) for column in text.columns}
    blank = [""] * len(text)
    problems: list[tuple[int, str | ValueError | SpecificationError]] = []

    def each(column: str, parse: Callable[[str], T]) -> list[T | None]:
        """Parse the filled cells of a column; the text of an error is a problem of its row."""
        parsed: list[T | None] = []
        for cell, row in zip(cells.get(column, blank), rows, strict=True):
            value = None
            if cell:
                try:
                    value = parse(cell)
                except (ValueError, SpecificationError) as error:
                    problems.append((int(row), error))
            parsed.append(value)
        return parsed

    times = each("published_at", lambda cell: read_time(cell, EVENT_TIME))
    clocked = clock_times(cells, rows.tolist(), own)
    times = [time or clock for time, clock in zip(times, clocked.times, strict=True)]
    problems += clocked.problems
    cells["timezone"] = clocked.zones
    zones = each("timezone", _zone)
    dates = each("date", lambda cell: read_time(cell, EVENT_DATE))
    each("precision", _one_of("precision", HALF_WIDTH))
    each("direction", _one_of("direction", DIRECTIONS))
    each("expected_sign", _one_of("expected_sign", EXPECTED_SIGNS))
    each("event_id", _check_id)
    problems += _id_problems(cells["event_id"], rows)
    given_times, given_dates = cells.get("published_at", blank), cells.get("date", blank)
    undated = [
        int(row)
        for time, clock, date, row in zip(
            given_times, clocked.times, given_dates, rows, strict=True
        )
        if not time and clock is None and not date
    ]
    hint = "" if "published_at" in cells else meant("published_at", own)
    problems += _undated_problems(undated, hint)
    for stamp, day, zone, row in zip(times, dates, zones, rows, strict=True):
        problems += [(int(row), reason) for reason in contradictions(stamp, zone, day)]
    if problems:
        problems.sort(key=lambda problem: problem[0])
        raise SchemaError([_problem(name, row, reason) for row, reason in problems])

    settled_times = settled(times, zones, cells.get("precision", blank), is_schedule_likely=True)
    times = settled_times.times
    days = [date or time for time, date in zip(times, dates, strict=True)]
    columns: dict[str, object] = {
        "event_id": pd.Series(cells["event_id"], dtype=object),
        "published_at": instants_of(None if time is None else time.instant for time in times),
        "date": days_of(None if stamp is None else stamp.date for stamp in days),
        "timezone": pd.Series(zones, dtype=object),
        "precision": pd.Series([word or "day" for word in settled_times.precisions], dtype=object),
    }
    named = tuple(listed_names(cell) for cell in cells.get("markets", blank))
    columns |= {
        column: pd.Series([cell or None for cell in cells[column]], dtype=object)
        for column in _OPTIONAL
        if column in cells
    }
    columns["markets"] = pd.Series([canonical_markets(names) for names in named], dtype=object)
    said = (*in_other_case, *clocked.said, *settled_times.assumed)
    held = {} if given is None else given
    columns |= {name: own_column(name, cells[name], held.get(name), delimiter) for name in own}
    return Events(
        frame=pd.DataFrame(columns),
        name=name,
        sha256=digest,
        rows=rows,
        is_dated=np.array([bool(date) for date in given_dates], dtype=bool),
        assumed=(*assumed, *(f"{name}: {sentence}" for sentence in said)),
        named=named,
    )


def _problem(file: str, row: int, reason: str | ValueError | SpecificationError) -> Problem:
    suggestion = reason.suggestion if isinstance(reason, SpecificationError) else None
    return Problem(file=file, row=row, reason=str(reason), suggestion=suggestion)


def _undated_problems(rows: Sequence[int], hint: str) -> list[tuple[int, str]]:
    """Return the problems of rows without time and date: one where a column is hinted at."""
    if rows and hint:  # once for the file, which has another name for the column
        rows_of = counted(len(rows), "row")
        return [(1, f"no column published_at, and {rows_of} without a date{hint}")]
    return [(row, "neither published_at nor date; one of them is needed") for row in rows]


def _check_id(cell: str) -> None:
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in cell):
        raise ValueError(f"event_id {cell!r} holds a control character; remove it")
    if ";" in cell:
        raise ValueError(f"event_id {cell!r} holds ';', which separates ids; use another sign")


def _id_problems(cells: Sequence[str], rows: IntArray) -> list[tuple[int, str]]:
    first: dict[str, int] = {}
    problems = []
    for cell, row in zip(cells, rows.tolist(), strict=True):
        if not cell:
            problems.append((row, "event_id is empty; every event needs one of its own"))
        elif cell in first:
            problems.append(
                (row, f"event_id {cell!r} is also that of row {first[cell]}; ids must be unique")
            )
        else:
            first[cell] = row
    return problems


def _zone(cell: str) -> str:
    if (problem := zone_problem(cell)) is not None:
        raise problem.under("timezone")
    return cell


def _one_of(column: str, options: Sequence[str] | Mapping[str, object]) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if cell not in options:
            raise unknown(f"unknown {column} {cell!r}", cell, options)
        return cell

    return parse


def event_moment(events: Events) -> IntArray:
    """Return the number of the time each event became known; a date alone is none of any time."""
    published = events.frame["published_at"].dt.tz_localize(None)
    is_dated = published.isna().to_numpy()
    when = published.fillna(events.frame["date"]).to_numpy().astype("datetime64[ns]")
    key = np.column_stack([is_dated.astype(np.int64), when.astype(np.int64)])
    return np.asarray(np.unique(key, axis=0, return_inverse=True)[1], dtype=np.int64).reshape(-1)


def event_rank(events: Events) -> IntArray:
    """Return the rank of each event in time: no result depends on the order of the file."""
    published = events.frame["published_at"].dt.tz_localize(None)
    when = published.fillna(events.frame["date"])
    order = np.lexsort((events.frame["event_id"].to_numpy(dtype=str), when.to_numpy()))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank
