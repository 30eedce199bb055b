"""Whole columns of times and dates, read as `timestamps` reads one cell.

Times of ISO 8601 are read by pandas, all at once. Every other cell, and every cell pandas cannot
read, goes to `read_time`, so that results and messages are the same; of a problem that many cells
share, only the first ones do.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR, PRICE_DATE, TimestampError
from eventstudy.io.timestamps import ISO, MIDNIGHT, YEAR_FIRST, read_time, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventstudy._typing import DateArray
    from eventstudy.io.doors import Door

    Instants = np.ndarray[Any, np.dtype[np.datetime64]]
    Problems = list[tuple[int, TimestampError]]

_BLANK: Final = frozenset({"", "NaT", "nan", "None", "<NA>"})
_MOST_SHOWN: Final = 20
# A day or two inside the years of `read_time`: no offset leads out of them.
_NS_FIRST, _NS_LAST = np.datetime64("1677-09-22"), np.datetime64("2262-04-11")
_FIRST, _LAST = np.datetime64(f"{FIRST_YEAR}-01-02"), np.datetime64(f"{LAST_YEAR}-12-30")
_EDGE: Final = np.timedelta64(4, "D")
_OTHER, _NO_TIME, _BARE, _WITH_OFFSET = range(4)


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
        In UTC (``datetime64[ns, UTC]``), to the microsecond; NaT where there is a problem, also
        where that is not among `problems`.
    problems
        Position and error of cells that are empty or no time: the first 20 each of those that do
        not begin with a year, of those that lack an offset and a zone, and of times outside the
        accepted years or shown twice or never in `zone`; all of what is wrong otherwise.
    """
    zone = zone if door.is_zone_enough else None
    stamps: Instants = np.full(len(cells), np.datetime64("NaT", "us"))
    out = stamps.copy()
    text: Callable[[int], str]
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        given = pd.DatetimeIndex(cells)
        forms = np.where(given.isna(), _NO_TIME, _BARE if given.tz is None else _WITH_OFFSET)
        stamps = _bare(given)
        if given.tz is not None or zone is not None:
            out = _instants(given, zone)

        def text(at: int) -> str:
            return "" if pd.isna(given[at]) else given[at].isoformat()
    else:
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        texts = ["" if cell in _BLANK else cell for cell in texts]
        forms = np.fromiter((_form(cell, door) for cell in texts), np.int8, len(texts))
        for form in (_WITH_OFFSET,) if zone is None else (_WITH_OFFSET, _BARE):
            usual = forms == form
            if usual.any():
                some = pd.Series(texts, dtype=object)[usual]
                parsed = pd.DatetimeIndex(
                    pd.to_datetime(
                        some, format="ISO8601", utc=form == _WITH_OFFSET, errors="coerce"
                    )
                )
                stamps[usual], out[usual] = _bare(parsed), _instants(parsed, zone)
        text = texts.__getitem__
    unread = np.isnat(out)
    is_at_edge = (np.abs(stamps - _FIRST) < _EDGE) | (np.abs(stamps - _LAST) < _EDGE)
    is_refused = unread & ~np.isnat(stamps) & ~is_at_edge
    no_offset = (forms == _BARE) & (zone is None)
    for hopeless in (forms == _NO_TIME, no_offset, is_refused & ~no_offset):
        unread[np.flatnonzero(hopeless)[_MOST_SHOWN:]] = False
    problems: Problems = []
    for at in np.flatnonzero(unread).tolist():
        try:
            instant = read_time(text(at), door, zone=zone, subject=subject).instant
            out[at] = None if instant is None else instant.replace(tzinfo=None)
        except TimestampError as error:
            problems.append((at, error))
    return pd.DatetimeIndex(out.astype("M8[ns]")).tz_localize("UTC"), problems


def _form(text: str, door: Door) -> int:
    """Return whether pandas is to read a text, with an offset or without, or nobody can."""
    match = ISO.fullmatch(text)
    if match is None and "year first" in door.reads:
        match = YEAR_FIRST.fullmatch(text)
    time, offset = (None, None) if match is None else match.group("time", "zone")
    if time is None:
        return _OTHER if "press" in door.reads or text[:4].isdecimal() else _NO_TIME
    if offset is None:
        return _BARE
    is_wide = offset[1:3] >= "15"  # hours, or letters; pandas would read more than there are
    return _OTHER if is_wide else _WITH_OFFSET


def _bare(stamps: pd.DatetimeIndex) -> Instants:
    """Return times in UTC, or as they are where they have no zone, to the microsecond."""
    bare = stamps if stamps.tz is None else stamps.tz_convert("UTC").tz_localize(None)
    return bare.to_numpy().astype("M8[us]")


def _instants(stamps: pd.DatetimeIndex, zone: str | None) -> Instants:
    """Return times in UTC; NaT outside the accepted years, or shown twice or never in `zone`."""
    if stamps.tz is None:
        inside = (stamps >= _FIRST) & (stamps <= _LAST)
        stamps = pd.DatetimeIndex(stamps.where(inside)).tz_localize(
            zone, ambiguous="NaT", nonexistent="NaT"
        )
    out = _bare(stamps)
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
    """Return times in UTC, or dates, of a column of ISO 8601 texts; NaT where empty."""
    parsed = pd.to_datetime(cells, format="ISO8601", utc=is_utc)
    return parsed.dt.as_unit("ns")


def instants_of(times: Iterable[dt.datetime | None]) -> pd.DatetimeIndex:
    """Return times as an index, ``datetime64[ns, UTC]``; NaT for None."""
    bare = [time and time.astimezone(dt.UTC).replace(tzinfo=None) for time in times]
    return pd.DatetimeIndex(np.array(bare, dtype="M8[us]").astype("M8[ns]")).tz_localize("UTC")


def midnights(dates: DateArray) -> DateArray:
    """Return dates as ``datetime64[ns]``, or, where one is beyond its years, ``datetime64[s]``.

    Nanoseconds reach from 1677 to 2262; beyond, numpy takes the year 9999 for 1816 in silence.

    Examples
    --------
    >>> midnights(np.array(["9999-12-31"], dtype="M8[D]"))
    array(['9999-12-31T00:00:00'], dtype='datetime64[s]')
    """
    days = np.asarray(dates).astype("M8[D]")
    given = days[~np.isnat(days)]
    fits = not len(given) or (given.min() >= _NS_FIRST and given.max() <= _NS_LAST)
    return days.astype("M8[ns]" if fits else "M8[s]")


def days_of(days: Iterable[dt.date | None]) -> pd.DatetimeIndex:
    """Return dates as an index of their midnights, ``datetime64[ns]``; NaT for None."""
    return pd.DatetimeIndex(np.array(list(days), dtype="M8[D]").astype("M8[ns]"))
