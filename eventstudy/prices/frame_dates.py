"""The dates of a frame's rows: what its index says, or what its times of day prove.

A daily bar stamped at its exchange's midnight and shown in another zone carries another date, a day
early for Tokyo in UTC. So an index that is not at midnight is converted where the markets of the
columns prove what it is, and refused where they do not.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError
from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR
from eventstudy.io.stamps import named_date_format, read_stamps
from eventstudy.io.timestamp_columns import own_times, read_dates
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import find_market, symbol_market

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import BoolArray, DateArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market

FX_MIDNIGHT = "Europe/London"
"""Zone in whose midnight Yahoo stamps the daily bars of currencies."""

_MARGIN = pd.Timedelta(days=5)
_FIRST_DAY, _LAST_DAY = FIRST_YEAR * 10_000, (LAST_YEAR + 1) * 10_000
_MOST_OFF = 0.02  # sessions a calendar may lack, or may close at another time
_ADVICE = (
    "bring them to the exchange's own dates first, such as "
    'frame.index.tz_convert("Asia/Tokyo") of times with a zone, or frame.index.normalize() '
    "of local closing times"
)


class FrameDates(NamedTuple):
    """Dates of the rows, ``(T,)``, of columns that have other ones, and what was assumed."""

    dates: DateArray
    own: dict[str, DateArray]
    assumed: tuple[str, ...] = ()


def read_index(
    index: pd.Index,
    columns: Mapping[str, BoolArray],
    name: str,
    *,
    is_returns: bool,
    date_format: str | None = None,
) -> FrameDates:
    """Return the dates of a frame's rows.

    Parameters
    ----------
    index
        Dates, times, text as files have it, whole numbers such as 20210104, or daily periods.
    columns
        Name of each column, and ``(T,)`` where it holds a value.
    name
        Of the frame, for messages.
    is_returns
        Whether every row is a session of every column, so that all have one calendar.
    date_format
        How text is written, as for `read_prices`.

    Raises
    ------
    SpecificationError
        Text in which day and month could change places, and nothing decides.
    SchemaError
        No dates; times of day that nothing explains, or two things do.
    """
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr not in {"D", "B"}:
            raise SchemaError(
                [f"the index holds periods of {index.freqstr!r}; a study needs daily dates"],
                file=name,
            )
        index = index.to_timestamp()
    if (days := _eight_digits(index)) is not None:
        return FrameDates(days, {}, (f"{name}: numbers such as {index[0]:.0f} are read as dates",))
    if pd.api.types.is_numeric_dtype(index.dtype) or index.hasnans:
        raise SchemaError(["the index must hold dates, one row per session"], file=name)
    stamps = _as_stamps(index)
    if stamps is None:
        return _text_dates(index, name, date_format)
    local = stamps.tz_localize(None)
    if (local == local.normalize()).all():
        return FrameDates(_days(local), {})
    return _by_evidence(stamps, columns, name, is_returns=is_returns)


def _eight_digits(index: pd.Index) -> DateArray | None:
    """Return whole numbers such as 20210104, as CRSP has them, as dates; None for all others."""
    if not pd.api.types.is_numeric_dtype(index.dtype) or not len(index) or index.hasnans:
        return None
    numbers = index.to_numpy(dtype=np.float64)
    if not ((numbers > _FIRST_DAY) & (numbers < _LAST_DAY) & (numbers % 1 == 0)).all():
        return None
    texts = [f"{number:.0f}" for number in numbers]
    days = pd.to_datetime(pd.Series(texts), format="%Y%m%d", errors="coerce")
    return None if days.isna().any() else _days(pd.DatetimeIndex(days))


def _as_stamps(index: pd.Index) -> pd.DatetimeIndex | None:
    """Return an index of times as one; None for text that is read as dates."""
    if pd.api.types.is_datetime64_any_dtype(index.dtype):
        return pd.DatetimeIndex(index)
    cells = list(index)
    if all(isinstance(cell, dt.datetime) for cell in cells):
        bare = [cell.replace(tzinfo=None) for cell in cells]
        if all((cell.hour, cell.minute, cell.second) == (0, 0, 0) for cell in bare):
            return pd.DatetimeIndex(bare)  # offsets of summer and winter side by side
        return pd.DatetimeIndex(pd.to_datetime(index, utc=cells[0].tzinfo is not None))
    texts = pd.Series([str(cell) for cell in cells])
    is_time = texts.str.fullmatch(
        r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)?"
    )
    if not is_time.all() or texts.str[11:16].eq("00:00").all():
        return None
    has_offset = texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$").all()
    try:
        return pd.DatetimeIndex(own_times(texts, is_utc=bool(has_offset)))
    except ValueError:  # a date or an hour that does not exist
        return None


def _text_dates(index: pd.Index, name: str, date_format: str | None) -> FrameDates:
    """Return dates written as text, in whatever one form a file of prices may have them."""
    texts = pd.Series([str(cell) for cell in index], dtype=object)
    dates, wrong = read_dates(texts)
    is_written = any(isinstance(cell, str) for cell in index)  # else dates, without a form
    if not wrong and (not is_written or date_format is None or "%" not in date_format):
        return FrameDates(dates, {})
    with named_date_format():
        stamps = read_stamps(texts, date_format=date_format, file=name)
    has_clock = False if stamps is None else stamps.local != stamps.local.astype("M8[D]")
    if stamps is not None and np.any(has_clock & ~np.isnat(stamps.local)):
        at = int(np.argmax(has_clock & ~np.isnat(stamps.local)))
        raise SchemaError(
            [f"the index holds times such as {texts[at]}, not dates; {_ADVICE}"], file=name
        )
    days = dates if stamps is None else stamps.local.astype("datetime64[D]")
    absent = np.flatnonzero(np.isnat(days)).tolist()
    if stamps is not None and not absent:
        return FrameDates(days, {}, tuple(f"{name}: {one}" for one in stamps.said))
    if not wrong:
        return FrameDates(dates, {})
    reasons = {at: str(error) for at, error in wrong}
    if stamps is not None:
        reasons = {at: f'date "{texts[at]}" is no date as the others are' for at in absent}
    raise SchemaError(
        [Problem(file=name, row=at + 2, reason=reason) for at, reason in sorted(reasons.items())]
    )


class _Reading(NamedTuple):
    """One way to read times: their dates, and why."""

    dates: DateArray
    why: str


def _by_evidence(
    stamps: pd.DatetimeIndex, columns: Mapping[str, BoolArray], name: str, *, is_returns: bool
) -> FrameDates:
    markets = {column: find_market(column) or symbol_market(column) for column in columns}
    known = [market for market in markets.values() if market is not None]
    shown = f"the index holds times such as {stamps[0]}, not dates"
    readings = _readings(stamps, known)
    if len(readings) > 1:
        raise SchemaError(
            [f"{shown}, which can be read two ways: {readings[0].why}, and {readings[1].why}; "
             f"{_ADVICE}"],
            file=name,
        )  # fmt: skip
    if readings:
        return FrameDates(readings[0].dates, {}, (f"{name}: {readings[0].why}",))
    own: dict[str, DateArray] = {}
    reasons = []
    if not is_returns and len(known) == len(markets):
        for column, market in markets.items():
            rows = np.flatnonzero(columns[column])
            if len(rows) == 0 or market is None:
                continue
            some = _readings(stamps[rows], [market])
            if len(some) != 1:
                break
            dates = np.full(len(stamps), np.datetime64("NaT", "D"))
            dates[rows] = some[0].dates
            own[column] = dates
            reasons.append(f"{name}: {column}: {some[0].why}")
        else:
            return FrameDates(_days(stamps.tz_localize(None)), own, tuple(dict.fromkeys(reasons)))
    raise SchemaError(
        [f"{shown}, and the markets of its columns do not tell which dates are meant; {_ADVICE}"],
        file=name,
    )


def _readings(stamps: pd.DatetimeIndex, markets: Sequence[Market]) -> list[_Reading]:
    """Return every way in which all times make sense for these markets, those of one date once."""
    out: list[_Reading] = []
    first, last = stamps.min().tz_localize(None), stamps.max().tz_localize(None)
    span = (first - _MARGIN).to_datetime64(), (last + _MARGIN).to_datetime64()
    in_utc = stamps.tz_localize("UTC") if stamps.tz is None else stamps.tz_convert("UTC")
    shown = f"{stamps[0]:%H:%M}" + ("" if stamps.tz is None else f" {stamps.tz}")
    calendars: dict[str, SessionCalendar] = {}
    for market in markets:
        if market.calendar != "data" and market.calendar not in calendars:
            calendars[market.calendar] = calendar_for(market, *span)
    zones = [
        FX_MIDNIGHT if calendar.is_fx else calendar.timezone for calendar in calendars.values()
    ]
    if stamps.tz is not None:
        zones.append("UTC")
    for zone in dict.fromkeys(zone for zone in zones if zone is not None):
        local = in_utc.tz_convert(zone).tz_localize(None)
        if (local == local.normalize()).all():
            why = f"times of {shown} are midnight in {zone}, and the dates are those there"
            out.append(_Reading(_days(local), why))
    for calendar in calendars.values():
        out += _at_opens_or_closes(stamps, in_utc, calendar, shown)
    different: list[_Reading] = []
    for reading in out:
        if not any((reading.dates == other.dates).all() for other in different):
            different.append(reading)
    return different


def _at_opens_or_closes(
    stamps: pd.DatetimeIndex, in_utc: pd.DatetimeIndex, calendar: SessionCalendar, shown: str
) -> list[_Reading]:
    """Return the reading of times that are those at which a market opens or closes."""
    zone = calendar.timezone
    if zone is None:
        return []
    instants = in_utc
    if stamps.tz is None:
        local = stamps.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
        if local.hasnans:
            return []
        instants = local.tz_convert("UTC")
    moments = instants.tz_localize(None).to_numpy().astype("datetime64[ns]")
    dates = _days(instants.tz_convert(zone).tz_localize(None))
    return [
        _Reading(dates, f"times of {shown} are {what} of {calendar.name}, and the dates its own")
        for what, known in (("closes", calendar.closes), ("opens", calendar.opens))
        if np.isin(moments, known).mean() >= 1.0 - _MOST_OFF
    ]


def _days(stamps: pd.DatetimeIndex) -> DateArray:
    return stamps.to_numpy().astype("datetime64[D]")
