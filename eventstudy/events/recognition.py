"""Which columns of an events table hold time, security and name of an event, and in what form.

Files and frames come through here before their cells are read, so that both are understood alike:
a column of dates under another title, dates such as 31/12/2024, times whose zone is said once for
all. What was understood is a sentence each; what can be read two ways is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.events.cells import is_sure_identifier, texts_of
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

_CLOCK_ALONE: Final = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_HALF: Final = 0.5
_OWN: Final = ("published_at", "date")
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
    if time is None and (clock := _clock_column(table, column)) is not None:
        if tz is None:
            raise _without_zone(clock, str(table[clock].iloc[0]), ", or in a column timezone")
        table = table.assign(timezone=tz)
    own = column.strip().lower() if time is None else ""
    own = own if own in _OWN else ""
    texts = pd.Series(texts_of(table[column]), index=table.index, dtype=object)
    if own != "date":  # that column reads them as they are
        texts = texts.str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True)
    others = table.drop(columns=column)
    if time is not None or column == _MADE:
        others = others.drop(columns=["published_at"], errors="ignore")
    filled = texts[texts != ""]
    if "date" in others.columns and len(filled) and filled.str.fullmatch(_CLOCK_ALONE).all():
        if tz is None:
            raise _without_zone(column, str(filled.iloc[0]))
        return others.assign(time=texts, timezone=tz)
    written, understood = _in_iso(texts, column, date_format, name, is_own=own != "")
    is_time = written.str.fullmatch(_ISO_TIME)
    is_bare = is_time & ~written.str.contains(_OFFSET)
    # what the reader of these columns takes, or says by row what is wrong with it
    is_read_so = not is_time.any() if own == "date" else tz is None or not is_bare.any()
    if own and is_read_so and written.equals(texts):
        return table
    said += understood
    if own != "published_at":
        is_midnight = written.str.contains(r"[T ]00:00(?::00)?$")
        is_time, is_bare = is_time & ~is_midnight, is_bare & ~is_midnight
    if is_bare.any():
        if tz is None:
            raise _without_zone(column, str(texts[is_bare].iloc[0]))
        written = _localised(written, is_bare, column, tz)
        said.append(f"{counted(int(is_bare.sum()), 'time')} without an offset read in {tz}")
    return _placed(table, others, column, own, written, is_time)


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


def _clock_column(table: pd.DataFrame, dates: str) -> str | None:
    """Return the column ``time`` that stands beside one of dates without a column of zones."""
    by_name = {str(title).strip().lower(): str(title) for title in table.columns}
    if dates.lower() != "date" or "time" not in by_name or "timezone" in by_name:
        return None
    texts = [text for text in texts_of(table[by_name["time"]]) if text]
    are_clocks = bool(texts) and all(_CLOCK_ALONE.fullmatch(text) for text in texts)
    return by_name["time"] if are_clocks else None


def _in_iso(
    texts: pd.Series, column: str, date_format: str | None, name: str, *, is_own: bool
) -> tuple[pd.Series, list[str]]:
    """Return dates and times in ISO 8601, and what was understood where most are written otherwise.

    A cell that is none stays as it is, for the reader to name its row.
    """
    filled = texts[texts != ""]
    if date_format is not None and "%" in date_format:
        with named_date_format():
            stamps = read_stamps(texts, date_format=date_format, subject=column)
        if stamps is not None and not np.isnat(stamps.local).all():
            return _understood(texts, column, stamps)
    is_other = ~filled.str.match(r"\d{4}-\d\d-\d\d(?:$|[T ]\d)")
    if is_own:
        is_other &= ~filled.str.fullmatch(r"\d{8}")
    if not len(filled) or is_other.mean() <= _HALF:  # a few are slips, not a form
        return texts, []
    with named_date_format():
        stamps = read_stamps(
            texts, date_format=date_format, are_sessions=False, subject=column, file=name
        )
    if stamps is None:
        if is_own:
            return texts, []
        raise SpecificationError(
            f"the column {column!r} holds no dates, such as {filled.iloc[0]!r}", key="time"
        )
    return _understood(texts, column, stamps)


def _understood(texts: pd.Series, column: str, stamps: Stamps) -> tuple[pd.Series, list[str]]:
    said = [f"column {column!r}: {one}" for one in stamps.said]
    return pd.Series(_iso_texts(texts, stamps), index=texts.index, dtype=object), said


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
