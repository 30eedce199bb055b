"""Events as a person has them: a table of any library, a file, or dates alone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

from eventstudy.events.cells import cell_text
from eventstudy.events.reading import read_events
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.io.any_frame import as_pandas
from eventstudy.io.opening import open_file
from eventstudy.io.stamps import are_stamps

EventsLike: TypeAlias = Any
"""Events, a frame of any library, the path of a file, a date, or dates: by security or for all."""

_EIGHT_DIGITS: Final = re.compile(r"\d{8}")
_DATES: Final = (dt.date, np.datetime64)  # a datetime is a date


def read_event_table(
    data: EventsLike,
    *,
    id: str | None = None,  # noqa: A002 - what the argument of the call is called
    time: str | None = None,
    tz: str | None = None,
    date_format: str | None = None,
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
    id, time, tz, date_format
        As for `Events.from_frame`.
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
    if isinstance(data, Events):
        given = {"id": id, "time": time, "tz": tz, "date_format": date_format}
        for key, value in given.items():
            if value is not None:
                raise SpecificationError(
                    "is for tables, and these are Events already; leave it out", key=key
                )
        return data
    columns = {"id": id, "time": time, "tz": tz, "date_format": date_format}
    frame = _frame_of(data, name)
    if frame is None:
        path = Path(data)
        frame, name = _of_parquet(path), path.name
        if frame is None:
            events = read_events(path, encoding=encoding, **columns)
            if not len(events):
                raise _without_rows()
            return events
    if not len(frame):
        raise _without_rows()
    table = frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex))
    table.columns = [str(column) for column in table.columns]
    return Events.from_frame(table, name=name, **columns)


def _without_rows() -> SpecificationError:
    return SpecificationError("the table has no rows", key="events")


# ---- what was handed over --------------------------------------------------------------------


def _frame_of(  # noqa: PLR0911 - one return a kind
    data: EventsLike, name: str
) -> pd.DataFrame | None:
    """Return a table of what is none yet; None of the path of a file."""
    is_path = isinstance(data, PathLike) or (isinstance(data, str) and not _is_date(data.strip()))
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
            for one in _dates_of(security, dates, name)
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


def _is_date(text: str) -> bool:
    """Whether a text is a date or time as people write it, and so no path of a file."""
    return _EIGHT_DIGITS.fullmatch(text) is not None or are_stamps([text])


def _dates_of(security: object, dates: object, name: str) -> list[Any]:
    if _is_single(dates):
        return [dates]
    if isinstance(dates, Iterable):
        return list(dates)
    raise SpecificationError(f"{security} has {dates!r}, which is no date", key=name)


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


def _of_parquet(path: Path) -> pd.DataFrame | None:
    """Return a parquet file as a frame; None of another one."""
    if path.suffix.lower() not in {".parquet", ".pq"}:
        return None
    with open_file(path) as file:
        return pd.read_parquet(file)
