"""Cells of a table of bars: times, names and numbers, and what is wrong with them, by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.events import FIRST_YEAR, LAST_YEAR
from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray

NAMES = ("symbol", "security", "ticker")
_OFFSET = r"\d{2}:?\d{2}.*(?:[zZ]|[+-]\d{2}(?::?\d{2})?)$"
_MOST_SHOWN = 20


def times_of(
    cells: pd.Series,
    column: str,
    rows: IntArray,
    timezone: str | None,
    problems: list[tuple[int, str]],
) -> pd.DatetimeIndex:
    """Return times in UTC; what is wrong is added to `problems`."""
    zone = "UTC" if column.strip().lower() == "ts_utc" else timezone
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        stamps = pd.DatetimeIndex(cells)
        given = pd.Series(stamps.astype("str"), dtype=object)
        naive = np.full(len(stamps), stamps.tz is None)
    else:
        # A frame may hold timestamps as objects, each with an offset of its own.
        given = cells.map(lambda cell: "" if cell is None else str(cell).strip()).astype(object)
        naive = ~given.str.contains(_OFFSET, regex=True).to_numpy(dtype=bool)
        stamps = None
    blank = given.isin(["", "NaT", "nan", "None"]).to_numpy(dtype=bool)
    problems += [(int(rows[at]), f"{column} is empty") for at in np.flatnonzero(blank)]
    if zone is None and (naive & ~blank).any():
        remedy = "write it like 2025-05-02T09:30-04:00, or name the zone with timezone="
        problems += [
            (int(rows[at]), f'{column} "{given.iloc[at]}" has no offset from UTC; {remedy}')
            for at in np.flatnonzero(naive & ~blank)[:_MOST_SHOWN]
        ]
        naive = naive & blank
    out = np.full(len(given), np.datetime64("NaT", "ns"), dtype="M8[ns]")
    for is_naive in (False, True):
        part = np.flatnonzero((naive == is_naive) & ~blank)
        if not part.size:
            continue
        parsed = (
            pd.to_datetime(given.iloc[part], format="ISO8601", utc=not is_naive, errors="coerce")
            if stamps is None
            else pd.Series(stamps[part], index=part)
        )
        found, wrong = _within_years(pd.DatetimeIndex(parsed))
        problems += [
            (
                int(rows[at]),
                f'{column} "{given.iloc[at]}" is not an ISO 8601 time of the years {FIRST_YEAR} to '
                f"{LAST_YEAR}; write it like 2025-05-02T09:30-04:00",
            )
            for at in part[wrong]
        ]
        if is_naive:
            out[part] = _in_utc(found, zone, part, rows, column, problems)
        elif found.tz is not None:  # else it was refused above
            out[part] = found.tz_convert("UTC").tz_localize(None).to_numpy()
    return pd.DatetimeIndex(out).tz_localize("UTC")


def _within_years(found: pd.DatetimeIndex) -> tuple[pd.DatetimeIndex, BoolArray]:
    """Return times in nanoseconds, and which are none; years no file of bars holds are none."""
    year = np.asarray(found.year, dtype=float)
    wrong = ~((year >= FIRST_YEAR) & (year <= LAST_YEAR))
    kept = found.to_series(index=pd.RangeIndex(len(found))).mask(wrong)
    return pd.DatetimeIndex(kept).as_unit("ns"), wrong


def _in_utc(
    found: pd.DatetimeIndex,
    zone: str | None,
    part: IntArray,
    rows: IntArray,
    column: str,
    problems: list[tuple[int, str]],
) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    """Times without an offset in `zone`; those a clock change skips or doubles are problems."""
    if zone is None:  # said already
        return np.full(len(found), np.datetime64("NaT", "ns"), dtype="M8[ns]")
    local = found.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    lost = np.asarray(local.isna(), dtype=bool) & ~np.asarray(found.isna(), dtype=bool)
    stamps = found.to_numpy()
    problems += [
        (
            int(rows[part[at]]),
            f'{column} "{stamps[at].astype("M8[s]")}" does not exist once in {zone} (the clock '
            "changes); write times with their offset",
        )
        for at in np.flatnonzero(lost)
    ]
    return local.tz_convert("UTC").tz_localize(None).to_numpy()


def numbers_of(
    frame: pd.DataFrame, column: str, rows: IntArray, problems: list[tuple[int, str]]
) -> FloatArray:
    """Return the numbers of a column; empty cells, and a column that is not there, are NaN."""
    found = column_of(frame, (column,))
    if found is None:
        return np.full(len(frame), np.nan)
    cells = frame[found]
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=float, na_value=np.nan)
        wrong = np.isinf(numbers)
    else:
        text = cells.map(lambda cell: "" if cell is None else str(cell).strip())
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = (np.isnan(numbers) & (text != "").to_numpy(dtype=bool)) | np.isinf(numbers)
    problems += [
        (int(rows[at]), f'{column} "{cells.iloc[at]}" is not a number')
        for at in np.flatnonzero(wrong)
    ]
    return np.asarray(numbers, dtype=np.float64)


def names_of(
    frame: pd.DataFrame, security: str | None, rows: IntArray, problems: list[tuple[int, str]]
) -> list[str]:
    """Return the security of every row: its column's, else the one name given."""
    column = column_of(frame, NAMES)
    if column is None:
        return [security or "security"] * len(frame)
    names = ["" if name is None else str(name).strip() for name in frame[column]]
    empty = [at for at, name in enumerate(names) if not name or name == "nan"]
    problems += [(int(rows[at]), f"{column} is empty") for at in empty]
    if security is not None and set(names) != {security}:
        raise SpecificationError(
            f"security={security!r} names the bars of a file without a column of names; "
            f"this one has the column {column}"
        )
    return names


def column_of(frame: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    """Return the frame's own name of the first of `names` it has, whatever the case."""
    known = {str(column).strip().lower(): str(column) for column in reversed(frame.columns)}
    return next((known[name] for name in names if name in known), None)
