"""Whole columns of times and dates, read as `timestamps` reads one cell.

Cells of the usual form are read by pandas, all at once. Every other cell, and every cell pandas
cannot read, goes to `read_time`, so that results and messages are the same.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR, PRICE_DATE, TimestampError
from eventstudy.io.timestamps import MIDNIGHT, read_time, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventstudy._typing import BoolArray, DateArray
    from eventstudy.io.doors import Door

    Instants = np.ndarray[Any, np.dtype[np.datetime64]]
    Problems = list[tuple[int, TimestampError]]

# What pandas reads as `read_time` does; the group is there where the time has an offset.
_REST = r":\d{2}(?::\d{2}(?:\.\d{1,9})?)?(Z|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)?"
_USUAL: Final = re.compile(rf"\d{{4}}-\d{{2}}-\d{{2}}[T ]\d{{2}}{_REST}", re.ASCII)
_USUAL_YEAR_FIRST: Final = re.compile(
    rf"\d{{4}}(?:-\d{{1,2}}-|/\d{{1,2}}/)\d{{1,2}}[T ]\d{{1,2}}{_REST}", re.ASCII
)
_BLANK: Final = frozenset({"", "NaT", "nan", "None", "<NA>"})
_MOST_SHOWN: Final = 20
# A day or two inside the years of `read_time`: no offset leads out of them.
_FIRST, _LAST = np.datetime64(f"{FIRST_YEAR}-01-02"), np.datetime64(f"{LAST_YEAR}-12-30")


def read_times(
    cells: pd.Series, door: Door, *, zone: str | None = None, subject: str | None = None
) -> tuple[pd.DatetimeIndex, Problems]:
    """Read a column of times, as text or as timestamps.

    Parameters
    ----------
    zone, subject
        As in `read_time`.

    Returns
    -------
    instants
        In UTC (``datetime64[ns, UTC]``), to the microsecond; NaT where there is a problem.
    problems
        Position and error of each cell that is empty or no time; of times that lack an offset and
        a zone the first 20.
    """
    zone = zone if door.is_zone_enough else None
    out: Instants = np.full(len(cells), np.datetime64("NaT", "us"))
    text: Callable[[int], str]
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        stamps = pd.DatetimeIndex(cells)
        bare = np.full(len(stamps), stamps.tz is None) & np.asarray(stamps.notna())
        if stamps.tz is not None or zone is not None:
            out = _instants(stamps, zone)

        def text(at: int) -> str:
            return "" if pd.isna(stamps[at]) else stamps[at].isoformat()
    else:
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        texts = ["" if cell in _BLANK else cell for cell in texts]
        is_loose = "year first" in door.reads
        bare, has_offset = _forms(texts, _USUAL_YEAR_FIRST if is_loose else _USUAL)
        for usual in (has_offset,) if zone is None else (has_offset, bare):
            if usual.any():
                some = pd.Series(texts, dtype=object)[usual]
                parsed = pd.to_datetime(
                    some, format="ISO8601", utc=usual is has_offset, errors="coerce"
                )
                out[usual] = _instants(pd.DatetimeIndex(parsed), zone)
        text = texts.__getitem__
    unread = np.isnat(out)
    if zone is None:  # all for the same reason
        unread[np.flatnonzero(bare)[_MOST_SHOWN:]] = False
    problems: Problems = []
    for at in np.flatnonzero(unread).tolist():
        try:
            instant = read_time(text(at), door, zone=zone, subject=subject).instant
            out[at] = None if instant is None else instant.replace(tzinfo=None)
        except TimestampError as error:
            problems.append((at, error))
    return pd.DatetimeIndex(out.astype("M8[ns]")).tz_localize("UTC"), problems


def _forms(texts: list[str], usual: re.Pattern[str]) -> tuple[BoolArray, BoolArray]:
    """Return which texts are times of the usual form without an offset, and which with one."""
    matches = map(usual.fullmatch, texts)
    forms = np.fromiter(
        (0 if match is None else 1 if match[1] is None else 2 for match in matches),
        np.int8,
        len(texts),
    )
    return forms == 1, forms == 2


def _instants(stamps: pd.DatetimeIndex, zone: str | None) -> Instants:
    """Return times in UTC; NaT outside the accepted years, or shown twice or never in `zone`."""
    if stamps.tz is None:
        inside = (stamps >= _FIRST) & (stamps <= _LAST)
        stamps = pd.DatetimeIndex(stamps.where(inside)).tz_localize(
            zone, ambiguous="NaT", nonexistent="NaT"
        )
    out = stamps.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[us]")
    return np.where((out >= _FIRST) & (out <= _LAST), out, np.datetime64("NaT", "us"))


def read_dates(cells: pd.Series, door: Door = PRICE_DATE) -> tuple[DateArray, Problems]:
    """Read a column of dates, as text or as timestamps, whose midnight is their own zone's.

    Returns
    -------
    dates
        ``datetime64[D]``; NaT where there is a problem. A date outside the accepted years is
        returned, since only the caller can name the series it belongs to.
    problems
        Position and error of each cell that is empty or no date.
    """
    text: Callable[[int], str]
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        stamps = pd.DatetimeIndex(cells).tz_localize(None)
        parsed = stamps.where(stamps == stamps.normalize()).to_numpy()

        def text(at: int) -> str:
            return "" if pd.isna(stamps[at]) else written(stamps[at])
    else:
        given = cells.astype(object).where(cells.notna(), "").astype("str").str.strip()
        bare = given.str.extract(f"^{MIDNIGHT.pattern}$", flags=re.ASCII, expand=False)
        parsed = pd.to_datetime(bare, format="%Y-%m-%d", errors="coerce").to_numpy()
        text = given.iloc.__getitem__
    dates = parsed.astype("datetime64[D]")
    problems: Problems = []
    for at in np.flatnonzero(np.isnat(dates)).tolist():
        try:
            dates[at] = read_time(text(at), door).date
        except TimestampError as error:
            problems.append((at, error))
    return cast("DateArray", dates), problems


def own_times(cells: pd.Series, *, is_utc: bool) -> pd.Series:
    """Return times in UTC, or dates, of a column the package itself wrote; NaT where empty."""
    parsed = pd.to_datetime(cells, format="ISO8601", utc=is_utc)
    return parsed.dt.as_unit("ns")


def instants_of(times: Iterable[dt.datetime | None]) -> pd.DatetimeIndex:
    """Return times as an index, ``datetime64[ns, UTC]``; NaT for None."""
    bare = [time and time.astimezone(dt.UTC).replace(tzinfo=None) for time in times]
    return pd.DatetimeIndex(np.array(bare, dtype="M8[us]").astype("M8[ns]")).tz_localize("UTC")


def days_of(days: Iterable[dt.date | None]) -> pd.DatetimeIndex:
    """Return dates as an index of their midnights, ``datetime64[ns]``; NaT for None."""
    return pd.DatetimeIndex(np.array(list(days), dtype="M8[D]").astype("M8[ns]"))
