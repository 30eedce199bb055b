"""Events as a person has them: a table of any library, a file, or dates alone."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.events.cells import cell_text, is_sure_identifier, texts_of
from eventstudy.events.header import date_columns
from eventstudy.events.table import Events, read_events
from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.any_frame import as_pandas
from eventstudy.io.doors import EVENT_CLOCK
from eventstudy.io.files import read_table
from eventstudy.io.opening import open_file
from eventstudy.io.stamps import read_stamps
from eventstudy.io.timestamp_columns import read_times
from eventstudy.io.workbooks import WORKBOOKS, read_text_sheet
from eventstudy.markets.market import zone_problem
from eventstudy.registry import unknown
from eventstudy.text import counted, some

EventsLike: TypeAlias = Any
"""Events, a frame of any library, the path of a file, a date, or dates: by security or for all."""

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d|\d{8}")
_CLOCK_ALONE: Final = re.compile(r"\d{1,2}:\d\d(:\d\d)?")
_ISO_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
_OFFSET: Final = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_DATES: Final = (dt.date, np.datetime64)  # a datetime is a date
_MOST_SHOWN: Final = 4


def read_event_table(
    data: EventsLike,
    *,
    id: str | None = None,  # noqa: A002 - what the argument of the call is called
    time: str | None = None,
    tz: str | None = None,
    encoding: str | None = None,
    name: str = "events",
) -> Events:
    """Return events, whatever they are handed over as.

    Parameters
    ----------
    data
        Events; the path of a file; a frame of pandas, polars, Arrow or anything narwhals reads;
        dates: one, several, a mapping of securities to theirs, a series of them indexed by
        security.
    id
        Column that names the security an event is about; its values become ``markets``.
    time
        Column of times or dates; without it ``published_at`` and ``date``, else the only column
        that holds dates.
    tz
        Zone of times that have no offset, such as ``"America/New_York"``; never guessed.
    encoding
        Of a csv file; by default told from its bytes.
    name
        What messages call the table.

    Raises
    ------
    SpecificationError
        It is none of these; a column that is not there; times without offset and `tz`.
    SchemaError
        Every cell that is wrong, by its row.
    """
    if tz is not None and (problem := zone_problem(tz)) is not None:
        raise SpecificationError(str(problem), key="tz", suggestion=problem.suggestion)
    if isinstance(data, Events):
        for key, value in (("id", id), ("time", time), ("tz", tz)):
            if value is not None:
                raise SpecificationError(
                    "is for tables, and these are Events already; leave it out", key=key
                )
        return data
    said: list[str] = []
    frame = _frame_of(data, name)
    if frame is None:
        path = Path(data)
        if id is None and time is None and tz is None and _has_ids(path, encoding):
            return read_events(path, encoding=encoding)
        frame, name = _table_of(path, encoding), path.name
    if not len(frame):
        raise SpecificationError("the table has no rows", key="events")
    table = frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))
    table.columns = [str(column) for column in table.columns]
    table = _with_times(table, time, tz, name, said)
    if id is not None:
        table = _with_securities(table, id, name, said)
    table = _with_ids(table, said)
    events = Events.from_frame(table, name=name)
    return replace(events, assumed=(*(f"{name}: {one}" for one in said), *events.assumed))


# ---- what was handed over --------------------------------------------------------------------


def _frame_of(  # noqa: PLR0911 - one return a kind
    data: EventsLike, name: str
) -> pd.DataFrame | None:
    """Return a table of what is none yet; None of the path of a file."""
    is_path = isinstance(data, PathLike) or (
        isinstance(data, str) and _DAY.fullmatch(data.strip()[:10]) is None
    )
    if is_path:
        return None
    if _is_single(data):
        return _dates_table([(None, data)])
    found = as_pandas(data)
    if found is not None:
        return _of_series(found) if isinstance(found, pd.Series) else found
    if isinstance(data, Mapping):
        if {"event_id", "date", "published_at"} & set(map(str, data)):
            return pd.DataFrame(dict(data))
        pairs = [
            (security, one)
            for security, dates in data.items()
            for one in ([dates] if _is_single(dates) else dates)
        ]
        return _dates_table(pairs)
    if isinstance(data, Iterable):
        rows = list(data)
        if rows and all(isinstance(row, Mapping) for row in rows):
            return pd.DataFrame(rows)
        if all(isinstance(one, str | _DATES[0] | _DATES[1]) for one in rows):
            return _dates_table([(None, one) for one in rows])
    raise SpecificationError(
        f"expected Events, a table, a file or dates, got {type(data).__name__}", key=name
    )


def _of_series(values: pd.Series) -> pd.DataFrame:
    """Return a series of dates, indexed by security, or indexed by its dates, as a table."""
    if isinstance(values.index, pd.DatetimeIndex) and not _are_dates(values):
        label = "label" if values.name is None else str(values.name)
        return pd.DataFrame({"date": values.index, label: values.to_numpy()})
    names = [None] * len(values) if isinstance(values.index, pd.RangeIndex) else values.index
    return _dates_table(list(zip(names, values, strict=True)))


def _is_single(value: object) -> bool:
    return isinstance(value, str | _DATES[0] | _DATES[1])


def _are_dates(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values.dtype) or all(
        isinstance(one, _DATES) for one in values
    )


def _dates_table(pairs: list[tuple[Any, Any]]) -> pd.DataFrame:
    """Return a table of dates or times, and of securities where there are such."""
    table = pd.DataFrame({"when": pd.Series([when for _, when in pairs], dtype=object)})
    if any(security is not None for security, _ in pairs):
        table["markets"] = [cell_text(security) for security, _ in pairs]
    return table


def _has_ids(path: Path, encoding: str | None) -> bool:
    if path.suffix.lower() in WORKBOOKS or path.suffix.lower() in {".parquet", ".pq"}:
        return path.suffix.lower() in WORKBOOKS
    columns = {
        str(column).strip().lower() for column in read_table(path, encoding=encoding).frame.columns
    }
    return "event_id" in columns


def _table_of(path: Path, encoding: str | None) -> pd.DataFrame:
    """Return a file as a table of text."""
    if path.suffix.lower() in WORKBOOKS:
        return read_text_sheet(path, None, key="events").frame
    if path.suffix.lower() in {".parquet", ".pq"}:
        with open_file(path) as file:
            return pd.read_parquet(file)
    return read_table(path, encoding=encoding).frame


# ---- times -----------------------------------------------------------------------------------


def _with_times(
    table: pd.DataFrame, time: str | None, tz: str | None, name: str, said: list[str]
) -> pd.DataFrame:
    """Return a table whose times stand in ``published_at`` and ``date``."""
    column = _time_column(table, time, tz, name, said)
    if column is None:
        return table
    if time is None and (clock := _clock_column(table, column)) is not None:
        if tz is None:
            raise _without_zone(clock, str(table[clock].iloc[0]))
        return table.assign(timezone=tz)
    cells = table[column]
    others = table.drop(columns=column)
    if time is not None or column == "when":
        others = others.drop(columns=["published_at"], errors="ignore")
    texts = pd.Series(texts_of(cells), index=table.index, dtype=object)
    texts = texts.str.replace(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", regex=True)
    filled = texts[texts != ""]
    if "date" in others.columns and len(filled) and filled.str.fullmatch(_CLOCK_ALONE).all():
        if tz is None:
            raise _without_zone(column, str(filled.iloc[0]))
        return others.assign(time=texts, timezone=tz)
    is_time = texts.str.fullmatch(_ISO_TIME) & ~texts.str.contains(r"[T ]00:00(?::00)?$")
    is_bare = is_time & ~texts.str.contains(_OFFSET)
    is_day = ~is_time & texts.str.match(r"\d{4}-\d\d-\d\d")
    if not (is_time | is_day | (texts == "")).all():
        return others.assign(**_by_form(cells, column, tz, name, said))
    if is_bare.any() and tz is None:
        raise _without_zone(column, str(texts[is_bare].iloc[0]))
    published = texts.where(is_time, "")
    if is_bare.any():
        published = _localised(published, is_bare, column, str(tz), name)
        said.append(f"{counted(int(is_bare.sum()), 'time')} without an offset read in {tz}")
    out = others.drop(columns=["date"], errors="ignore") if is_day.any() else others
    if is_time.any():
        out = out.assign(published_at=published)
    if is_day.any():
        out = out.assign(date=texts.where(is_day, "").str.slice(0, 10))
    return out if is_time.any() or is_day.any() else out.assign(date=texts)


def _time_column(
    table: pd.DataFrame, time: str | None, tz: str | None, name: str, said: list[str]
) -> str | None:
    """Return the column of times; None where the table has its own, to be read as they are."""
    titles = list(table.columns)
    if time is not None:
        if time not in titles:
            raise unknown(f"{name} have no column {time!r}", time, titles, key="time")
        return time
    if "when" in titles and set(titles) <= {"when", "markets"}:
        return "when"
    lowered = {title.strip().lower(): title for title in titles}
    for own in ("published_at", "date"):
        if own in lowered:
            return lowered[own] if tz is not None or own == "date" else None
    found = [one for one in titles if pd.api.types.is_datetime64_any_dtype(table[one].dtype)]
    found = found or [one for one in titles if _hold_dates(table[one])] or date_columns(titles)
    if len(found) == 1:
        said.append(f"the time of an event is that of the column {found[0]!r}")
        return str(found[0])
    listed = some(found) if found else f"there are {some(titles)}"
    raise SpecificationError(
        f'say which column of {name} holds the time or date, such as time="{(found or titles)[0]}"'
        f"; {listed}", key="time"
    )  # fmt: skip


def _hold_dates(cells: pd.Series) -> bool:
    """Whether every filled cell is an ISO date or time, or eight digits that are a date."""
    texts = pd.Series([text for text in texts_of(cells) if text], dtype=object)
    if not len(texts):
        return False
    if texts.str.fullmatch(r"\d{8}").all():
        return bool(pd.to_datetime(texts, format="%Y%m%d", errors="coerce").notna().all())
    return bool(texts.str.match(r"\d{4}-\d\d-\d\d(?:$|[T ]\d)").all())


def _clock_column(table: pd.DataFrame, dates: str) -> str | None:
    """Return the column ``time`` that stands beside one of dates without a column of zones."""
    by_name = {str(title).strip().lower(): str(title) for title in table.columns}
    if dates.lower() != "date" or "time" not in by_name or "timezone" in by_name:
        return None
    texts = [text for text in texts_of(table[by_name["time"]]) if text]
    are_clocks = bool(texts) and all(_CLOCK_ALONE.fullmatch(text) for text in texts)
    return by_name["time"] if are_clocks else None


def _without_zone(column: str, example: str) -> SpecificationError:
    shown = "times" if column == "when" else f"the column {column!r} has times"
    return SpecificationError(
        f"{shown} without an offset, such as {example}; say where they are meant, such as "
        'tz="America/New_York"',
        key="tz",
    )


def _localised(
    published: pd.Series, is_bare: pd.Series, column: str, tz: str, name: str
) -> pd.Series:
    """Return times with those that are `is_bare` read in a zone."""
    given = published[is_bare]
    instants, problems = read_times(given, EVENT_CLOCK, zone=tz, subject=column)
    if problems:
        rows = np.flatnonzero(is_bare.to_numpy())
        raise SchemaError(
            [Problem(file=name, row=int(rows[at]) + 2, reason=str(error)) for at, error in problems]
        )
    local = instants.tz_convert(tz)
    published = published.copy()
    published[is_bare] = [stamp.isoformat() for stamp in local]
    return published


def _by_form(
    cells: pd.Series, column: str, tz: str | None, name: str, said: list[str]
) -> dict[str, Any]:
    """Return times written in some other form than ISO 8601, which all of them share."""
    try:
        stamps = read_stamps(cells, subject=column)
    except SpecificationError:
        example = next(text for text in texts_of(cells) if text)
        raise SpecificationError(
            f"the column {column!r} has dates such as {example}, in which day and month could "
            f"change places; give pd.to_datetime({name}[{column!r}], dayfirst=True) or False",
            key="time",
        ) from None
    if stamps is None:
        texts = [text for text in texts_of(cells) if text]
        shown = f", such as {texts[0]!r}" if texts else ""
        raise SpecificationError(f"the column {column!r} holds no dates{shown}", key="time")
    said += stamps.said
    local = pd.DatetimeIndex(stamps.local)
    if not stamps.has_clock.any():
        return {"date": [str(day)[:10] if not pd.isna(day) else "" for day in local]}
    if stamps.is_instant.any():
        raise SpecificationError(
            f"the column {column!r} has times with an offset that are not written as "
            "2025-05-02T09:00+08:00; write them so",
            key="time",
        )
    if tz is None:
        raise _without_zone(column, str(cells.iloc[0]))
    moments = pd.Series(["" if pd.isna(one) else one.isoformat() for one in local], dtype=object)
    return {"published_at": _localised(moments, moments != "", column, tz, name)}


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
    empty = [at for at, text in enumerate(texts) if not text]
    if empty:
        raise SchemaError(
            [Problem(file=name, row=at + 2, reason=f"{id} is empty") for at in empty], key="id"
        )
    if "markets" in titles and id != "markets" and texts_of(table["markets"]) != texts:
        said.append(f"markets are those of the column {id!r}, not those of 'markets'")
    return table.assign(markets=texts)


def _with_ids(table: pd.DataFrame, said: list[str]) -> pd.DataFrame:
    """Return a table with an ``event_id``: one made of security and date where it has none."""
    if any(str(column).strip().lower() == "event_id" for column in table.columns):
        return table
    texts = [""] * len(table)
    for column in ("published_at", "date"):
        if column in table:
            texts = [
                old or new[:10] for old, new in zip(texts, texts_of(table[column]), strict=True)
            ]
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
        f"there is no event_id, so events are called by {made_of}"
        + (
            f"; {counted(len(twice), 'name')} would stand for several rows ({some(twice)}), which "
            "count as an event each" * bool(twice)
        )
    )
    return table.assign(event_id=ids)
