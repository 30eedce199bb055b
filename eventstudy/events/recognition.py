"""Which columns of an events table hold time, security and name of an event, and in what form.

Files and frames come through here before their cells are read, so that both are understood alike:
a column of dates under another title, dates such as 31/12/2024, times whose zone is said once for
all. What was understood is a sentence each; what can be read two ways is refused.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.events.cells import is_sure_identifier, texts_of
from eventstudy.events.clock_columns import are_clocks, bare_clocks, is_clock_title, row_zones
from eventstudy.events.header import date_columns, id_hint, own_id_column
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.doors import EVENT_CLOCK
from eventstudy.io.stamps import are_stamps, named_date_format, read_stamps
from eventstudy.io.timestamp_columns import read_times
from eventstudy.markets.market import zone_problem
from eventstudy.registry import unknown
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from eventstudy._typing import IntArray
    from eventstudy.io.stamps import Stamps

_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_ISO_BARE: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?")
_YEAR_FIRST: Final = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:$|[T ,]).*")
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_HALF: Final = 0.5
_OWN: Final = ("published_at", "date")
_DATES: Final = (dt.date, np.datetime64)  # a datetime is a date
_MADE: Final = "when"
"""Title of the dates that were handed over without a table."""


def recognised(
    table: pd.DataFrame,
    *,
    name: str,
    id: str | None = None,  # noqa: A002 - what the argument of the call is called
    time: str | None = None,
    tz: str | None = None,
    date_format: str | None = None,
    rows: IntArray | None = None,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table with the columns that events have, and what was understood, a sentence each.

    Parameters
    ----------
    table
        A row an event, whose titles are text; its cells are text or what a frame holds.
    name
        What messages call it.
    id, time, tz, date_format
        As for `Events.from_frame`.
    rows
        Row of each event in its file; from 2 on where it is in none.

    Raises
    ------
    SpecificationError
        No column, or several, could be that of the times; times without offset and `tz`; dates
        that can be read two ways. ``error.key`` is the argument that settles it.
    SchemaError
        Cells that a zone or a column of securities leaves without a value, by row.
    """
    if tz is not None and (problem := zone_problem(tz)) is not None:
        raise SpecificationError(str(problem), key="tz", suggestion=problem.suggestion)
    if not len(table):
        return table, ()
    said: list[str] = []
    try:
        table = _with_times(table, time, tz, date_format, name, said)
        if id is not None:
            table = _with_securities(table, id, name, said)
    except _CellErrors as errors:
        numbers = np.arange(2, len(table) + 2) if rows is None else rows
        raise SchemaError(
            [Problem(file=name, row=int(numbers[at]), reason=why) for at, why in errors.at],
            key=errors.key,
        ) from None
    return _with_ids(table, id, said), tuple(f"{name}: {one}" for one in said)


class _CellErrors(Exception):  # noqa: N818 - caught where rows are known
    """Cells that cannot be used, by position, with the reason of each."""

    def __init__(self, at: list[tuple[int, str]], key: str = "") -> None:
        self.at, self.key = at, key


# ---- times -----------------------------------------------------------------------------------


def _with_times(
    table: pd.DataFrame,
    time: str | None,
    tz: str | None,
    date_format: str | None,
    name: str,
    said: list[str],
) -> pd.DataFrame:
    """Return a table whose times stand in ``published_at`` and ``date``."""
    column = _time_column(table, time, name, said)
    texts = _texts(table, column)
    own = _own_name(column) if time is None else ""
    if own == "published_at" and "date" in table.columns:
        table = _with_dates_beside(table, date_format, name, said)
    others = table.drop(columns=column)
    if time is not None or column == _MADE:
        others = others.drop(columns=["published_at"], errors="ignore")
    dates = next((title for title in others.columns if _own_name(title) == "date"), None)
    if dates is not None and own != "published_at" and are_clocks(texts):
        table = others.assign(time=texts)
        column, own = dates, "date"
        others, texts = table.drop(columns=column), _texts(table, dates)
    if own != "date":  # that column reads them as they are
        texts = texts.str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True)
    written, understood = _in_iso(table[column], texts, column, date_format, name, is_own=own != "")
    is_time = written.str.fullmatch(_ISO_TIME)
    is_bare = is_time & ~written.str.contains(_OFFSET)
    # what the reader of these columns takes, or says by row what is wrong with it
    is_read_so = not is_time.any() if own == "date" else tz is None or not is_bare.any()
    if own and is_read_so and written.equals(texts):
        return _with_zone_of_clocks(table, tz)
    said += understood
    if own != "published_at":
        is_midnight = written.str.contains(r"[T ]00:00(?::00)?$")
        is_time, is_bare = is_time & ~is_midnight, is_bare & ~is_midnight
    if is_bare.any():
        lacks_zone = is_bare & written.str.fullmatch(_ISO_BARE)  # others name one: 09:00 EST
        if lacks_zone.any() and tz is None:
            raise _without_zone(column, str(texts[lacks_zone].iloc[0]))
        if tz is not None:
            named = row_zones({title: texts_of(table[title]) for title in others.columns})
            zones = pd.Series(named or [""] * len(table), index=table.index).replace("", tz)
            for zone in dict.fromkeys(zones[is_bare]):
                written = _localised(written, is_bare & (zones == zone), column, zone)
                count = int((lacks_zone & (zones == zone)).sum())
                said += [f"{counted(count, 'time')} without an offset read in {zone}"] * bool(count)
    return _with_zone_of_clocks(_placed(table, others, column, own, written, is_time), tz)


def _texts(table: pd.DataFrame, column: str) -> pd.Series:
    return pd.Series(texts_of(table[column]), index=table.index, dtype=object)


def _own_name(title: str) -> str:
    """Return which of the columns of times a title stands for; empty for none."""
    plain = title.strip().lower()
    return plain if plain in _OWN else ""


def _with_dates_beside(
    table: pd.DataFrame, date_format: str | None, name: str, said: list[str]
) -> pd.DataFrame:
    """Return a table whose dates beside its times are in ISO 8601."""
    texts = _texts(table, "date")
    dates, understood = _in_iso(table["date"], texts, "date", date_format, name, is_own=True)
    dates = dates.str.replace(r"[T ]00:00(?::00)?$", "", regex=True)
    if dates.equals(texts):
        return table
    said += understood
    return table.assign(date=dates)


def _with_zone_of_clocks(table: pd.DataFrame, tz: str | None) -> pd.DataFrame:
    """Return a table in which `tz` is the zone of clock times that have none beside them."""
    if not any(map(is_clock_title, table.columns)):
        return table
    cells = {title: texts_of(table[title]) for title in table.columns}
    found = bare_clocks(cells)
    if found is None:
        return table
    if tz is None:
        if found.zones:
            return table  # whose reader names the rows that lack one
        example = cells[found.column][found.rows[0]]
        raise _without_zone(found.column, example, ", or in a column timezone")
    zones = list(cells.get(found.zones, [""] * len(table)))
    for at in found.rows:
        zones[at] = zones[at] or tz
    return table.assign(**{found.zones or "timezone": zones})


def _placed(
    table: pd.DataFrame,
    others: pd.DataFrame,
    column: str,
    own: str,
    written: pd.Series,
    is_time: pd.Series,
) -> pd.DataFrame:
    """Return a table whose times and dates, as `written`, stand in the columns of their own."""
    if own == "published_at" and "date" in map(str.lower, others.columns):
        return table.assign(**{column: written})
    is_day = written.str.match(_ISO_DAY) & ~is_time
    dates = written.where(~is_day, written.str.slice(0, 10)).where(~is_time, "")
    if own == "date" and not is_time.any():
        return table.assign(**{column: dates})
    has_dates = bool((dates != "").any())
    out = others.drop(columns=["date"], errors="ignore") if has_dates else others
    if is_time.any():
        out = out.assign(published_at=written.where(is_time, ""))
    return out.assign(date=dates) if has_dates or not is_time.any() else out


def _time_column(table: pd.DataFrame, time: str | None, name: str, said: list[str]) -> str:
    """Return the column of times."""
    titles = list(table.columns)
    if time is not None:
        if time not in titles:
            raise unknown(f"{name} have no column {time!r}", time, titles, key="time")
        return time
    if _MADE in titles and set(titles) <= {_MADE, "markets"}:
        return _MADE
    lowered = {title.strip().lower(): title for title in reversed(titles)}
    for own in _OWN:
        if own in lowered:
            return lowered[own]
    found = [one for one in titles if pd.api.types.is_datetime64_any_dtype(table[one].dtype)]
    found = found or [one for one in titles if _hold_dates(table[one])] or date_columns(titles)
    if len(found) == 1:
        said.append(f"the time of an event is that of the column {found[0]!r}")
        return str(found[0])
    such = f', such as time="{found[0]}"' if found else ""
    listed = some(found) if found else f"no column holds dates alone; there are {some(titles)}"
    raise SpecificationError(
        f"say which column of {name} holds the time or date{such}; {listed}", key="time"
    )


def _hold_dates(cells: pd.Series) -> bool:
    """Whether every filled cell is a date or time as people write it, or eight digits of one."""
    texts = pd.Series([text for text in texts_of(cells) if text], dtype=object)
    if not len(texts):
        return False
    if texts.str.fullmatch(r"\d{8}").all():
        return bool(pd.to_datetime(texts, format="%Y%m%d", errors="coerce").notna().all())
    return are_stamps(texts.unique())


def _in_iso(
    cells: pd.Series,
    texts: pd.Series,
    column: str,
    date_format: str | None,
    name: str,
    *,
    is_own: bool,
) -> tuple[pd.Series, list[str]]:
    """Return dates and times in ISO 8601, and what was understood where most are written otherwise.

    `texts` are the cells as text. A cell that is none stays as it is, for the reader to name its
    row, where it is among dates in ISO 8601.
    """
    is_typed = pd.Series([isinstance(cell, _DATES) for cell in cells.astype(object)], texts.index)
    filled = texts[(texts != "") & ~is_typed]
    if date_format is not None and "%" in date_format and len(filled):
        with named_date_format():
            stamps = read_stamps(filled, date_format=date_format, subject=column)
        if stamps is not None and not np.isnat(stamps.local).all():
            return _understood(texts, filled, column, stamps, date_format)
    is_other = ~filled.str.match(r"\d{4}-\d\d-\d\d(?:$|[T ]\d)")
    if is_own:
        is_other &= ~filled.str.fullmatch(r"\d{8}")
    if is_other.sum() <= _HALF * (texts != "").sum():  # a few are slips, not a form
        return _year_first(texts, filled), []
    with named_date_format():
        stamps = read_stamps(
            filled, date_format=date_format, are_sessions=False, subject=column, file=name
        )
    if stamps is None:
        if is_own:
            return texts, []
        raise SpecificationError(
            f"the column {column!r} holds no dates, such as {filled.iloc[0]!r}", key="time"
        )
    return _understood(texts, filled, column, stamps, date_format)


def _year_first(texts: pd.Series, filled: pd.Series) -> pd.Series:
    """Return texts in ISO 8601 where they begin with a year: 2024-12-31 9:00 PM."""
    is_loose = filled.str.fullmatch(_YEAR_FIRST) & ~filled.str.fullmatch(_ISO_BARE)
    some = filled[is_loose & ~filled.str.contains(_OFFSET) & ~filled.str.fullmatch(_ISO_DAY)]
    stamps = read_stamps(some) if len(some) else None
    if stamps is None:
        return texts
    out = texts.copy()
    out[some.index] = _iso_texts(some, stamps)
    return out


def _understood(
    texts: pd.Series, filled: pd.Series, column: str, stamps: Stamps, date_format: str | None
) -> tuple[pd.Series, list[str]]:
    """Return `texts` with what was read of those `filled`.

    Raises
    ------
    _CellErrors
        Cells that are neither written as the others are nor begin with a year.
    """
    out = texts.copy()
    out[filled.index] = _iso_texts(filled, stamps)
    is_read = pd.Series(~np.isnat(stamps.local), filled.index)
    is_wrong = ~is_read & ~filled.str.match(r"\d{4}")
    if is_wrong.any():
        as_what = "as the others are" if date_format is None else f"written {date_format}"
        at = np.flatnonzero(texts.index.isin(filled.index[is_wrong])).tolist()
        raise _CellErrors(
            [(one, f"{column} {texts.iloc[one]!r} is no date {as_what}") for one in at]
        )
    said = [f"column {column!r}: {one}" for one in stamps.said]
    others = texts[(texts != "") & ~texts.index.isin(filled.index[is_read])]
    if said and len(others):
        said.append(
            f"column {column!r}: {counted(len(others), 'date')} such as {others.iloc[0]} read with "
            "the year first, unlike the others; look whether a spreadsheet exchanged day and month"
        )
    return out, said


def _iso_texts(texts: pd.Series, stamps: Stamps) -> list[str]:
    days = np.datetime_as_string(stamps.local, unit="D")
    moments = np.datetime_as_string(stamps.local, unit="s")
    minutes = stamps.offset.astype("m8[m]").astype(np.int64)
    out = []
    for at, text in enumerate(texts):
        if np.isnat(stamps.local[at]) or stamps.zones[at]:
            out.append(text)
        elif not stamps.has_clock[at] and not stamps.is_instant[at]:
            out.append(str(days[at]))
        elif not stamps.is_instant[at]:
            out.append(str(moments[at]))
        else:
            sign, size = "-" if minutes[at] < 0 else "+", abs(int(minutes[at]))
            out.append(f"{moments[at]}{sign}{size // 60:02d}:{size % 60:02d}")
    return out


def _without_zone(column: str, example: str, otherwise: str = "") -> SpecificationError:
    shown = "times" if column == _MADE else f"the column {column!r} has times"
    return SpecificationError(
        f"{shown} without an offset, such as {example}; say where they are meant, such as "
        f'tz="America/New_York"{otherwise}',
        key="tz",
    )


def _localised(published: pd.Series, is_bare: pd.Series, column: str, tz: str) -> pd.Series:
    """Return times with those that are `is_bare` read in a zone."""
    if (problem := zone_problem(tz)) is not None:
        bare = np.flatnonzero(is_bare.to_numpy()).tolist()
        raise _CellErrors([(row, str(problem)) for row in bare])
    given = published[is_bare]
    instants, problems = read_times(given, EVENT_CLOCK, zone=tz, subject=column)
    if problems:
        rows = np.flatnonzero(is_bare.to_numpy())
        raise _CellErrors([(int(rows[at]), str(error)) for at, error in problems])
    local = instants.tz_convert(tz)
    published = published.copy()
    published[is_bare] = [stamp.isoformat() for stamp in local]
    return published


# ---- whose event it is, and what it is called --------------------------------------------------


def _with_securities(
    table: pd.DataFrame,
    id: str,  # noqa: A002
    name: str,
    said: list[str],
) -> pd.DataFrame:
    """Return a table whose ``markets`` are the values of a column."""
    titles = list(table.columns)
    if id not in titles:
        hint = [title for title in titles if is_sure_identifier(title)]
        error = unknown(
            f"{name} have no column {id!r}", id, titles,
            key="id", otherwise=f"columns: {', '.join(titles)}",
        )  # fmt: skip
        raise (
            SpecificationError(f"{error.reason}; is {hint[0]!r} meant?", key="id")
            if (hint and error.suggestion is None)
            else error
        )
    texts = texts_of(table[id])
    if empty := [(at, f"{id} is empty") for at, text in enumerate(texts) if not text]:
        raise _CellErrors(empty, key="id")
    if "markets" in titles and id != "markets" and texts_of(table["markets"]) != texts:
        said.append(f"markets are those of the column {id!r}, not those of 'markets'")
    return table.assign(markets=texts)


def _with_ids(
    table: pd.DataFrame,
    id: str | None,  # noqa: A002
    said: list[str],
) -> pd.DataFrame:
    """Return a table with an ``event_id``: one made of security and date where it has none."""
    titles = list(table.columns)
    if any(title.strip().lower() == "event_id" for title in titles):
        return table
    named_so = own_id_column([title for title in titles if title != id])
    if named_so is not None and all(names := texts_of(table[named_so])) and _is_unique(names):
        said.append(f"column {named_so!r} read as event_id")
        return table.assign(event_id=names)
    texts = [""] * len(table)
    dated = {title.strip().lower(): title for title in reversed(titles)}
    for column in (dated[name] for name in _OWN if name in dated):
        texts = [old or new[:10] for old, new in zip(texts, texts_of(table[column]), strict=True)]
    named = "markets" if "markets" in table else None
    if named is not None:
        firms = [text.replace(";", "+") for text in texts_of(table[named])]
        texts = [f"{firm} {day}".strip() for firm, day in zip(firms, texts, strict=True)]
    texts = [text or "undated" for text in texts]  # its date is asked for, not its name
    counts = Counter(texts)
    seen: Counter[str] = Counter()
    ids = []
    for text in texts:
        seen[text] += 1
        ids.append(f"{text} ({seen[text]})" if counts[text] > 1 else text)
    made_of = "security and date" if named is not None else "their dates"
    twice = [text for text, count in counts.items() if count > 1]
    said.append(
        f"there is no event_id{id_hint(titles)}, so events are called by {made_of}"
        + (
            f"; {counted(len(twice), 'name')} would stand for several rows ({some(twice)}), which "
            "count as an event each" * bool(twice)
        )
    )
    return table.assign(event_id=ids)


def _is_unique(names: list[str]) -> bool:
    return len(set(names)) == len(names)
