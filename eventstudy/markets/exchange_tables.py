"""The one door to the library of exchange calendars: its sessions as arrays, or one sentence."""

from __future__ import annotations

import warnings
from functools import cache, lru_cache
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.markets.market import calendar_problem
from eventstudy.markets.table_store import StoredTable, keep_table, read_table
from eventstudy.text import shorten

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

    from eventstudy._typing import DateArray

_LIBRARY = "exchange_calendars"
_MONTH = np.timedelta64(30, "D")
_YEARS = (1990, 2029)
"""Of every table, and more where asked: the library takes as long for one year as for forty."""


def exchange_table(
    code: str, start: np.datetime64, end: np.datetime64
) -> tuple[np.datetime64, str, str, DateArray, DateArray, DateArray]:
    """Return first covered date, zone, version, sessions, opens and closes of an exchange.

    Sessions are ``datetime64[D]`` from `start` to `end`, opens and closes UTC, ``datetime64[ns]``.

    Raises
    ------
    SpecificationError
        No calendar has this code.
    CalendarError
        The library has the calendar, but cannot build it.
    """
    table = _whole_table(code, _years(start, end)) or _exact_table(code, start, end)
    first, last = np.searchsorted(table.sessions, [start, end + np.timedelta64(1, "D")])
    here = slice(first, last)
    known_from, version = max(start, table.start), f"{_LIBRARY} {_version()} {code}"
    sessions, opens, closes = table.sessions[here], table.opens[here], table.closes[here]
    return known_from, table.zone, version, sessions, opens, closes


@cache
def _version() -> str:
    """Return the library's version, without the import that it costs."""
    return metadata.version(_LIBRARY)


def _years(start: np.datetime64, end: np.datetime64) -> tuple[int, int]:
    """Return the first and the last year of the table that answers for a span, in decades."""
    first, last = (int(str(date)[:4]) for date in (start, end))
    return min(first // 10 * 10, _YEARS[0]), max(last // 10 * 10 + 9, _YEARS[1])


@lru_cache(maxsize=64)
def _whole_table(code: str, years: tuple[int, int]) -> StoredTable | None:
    """Return all sessions of some years, from disk where they are; None where none can be built."""
    kept = read_table(code, years)
    if kept is not None:
        return kept
    start, end = np.datetime64(f"{years[0]}-01-01"), np.datetime64(f"{years[1]}-12-31")
    try:
        try:
            calendar = _build_calendar(code, (str(start), str(end)))
        except ValueError:  # beyond what the calendar knows, which only a calendar can tell
            low, high = _bounds(_build_calendar(code))
            start = start if low is None else max(start, low)
            end = end if high is None else min(end, high)
            calendar = _build_calendar(code, (str(start), str(end)))
    except Exception:  # noqa: BLE001 - whatever it stumbles over in other years, not in those asked
        return None
    table = _table(calendar, start, end)
    keep_table(code, years, table)
    return table


@lru_cache(maxsize=64)
def _exact_table(code: str, start: np.datetime64, end: np.datetime64) -> StoredTable:
    """Return the sessions of a span alone, or say why there are none."""
    import exchange_calendars as xcals
    from exchange_calendars import errors

    known_from = start
    try:
        calendar = _build_calendar(code, (str(start), str(end)))
    except errors.InvalidCalendarName:
        problem = calendar_problem(code)
        hint = None if problem is None else problem.suggestion
        raise SpecificationError(str(problem), suggestion=hint) from None
    except (ValueError, NotImplementedError, errors.NoSessionsError) as first_error:
        # The span runs beyond what this calendar knows, or is too short to hold a session. Only
        # now build the default span, which is slow, to get the bounds.
        try:
            calendar = _build_calendar(code)
        except Exception:  # noqa: BLE001 - whatever the library stumbles over, it has no sessions
            raise CalendarError(
                f"calendar {code}: exchange_calendars {xcals.__version__} cannot build it "
                f'({_first_words(first_error)}); give the market calendar = "data" with timezone '
                "and close instead"
            ) from first_error
        low, high = _bounds(calendar)
        known_from = start if low is None else max(start, low)
        first, last = known_from - _MONTH, (end if high is None else min(end, high)) + _MONTH
        if known_from <= last - _MONTH:
            low, high = first if low is None else low, last if high is None else high
            calendar = _build_calendar(code, (str(max(first, low)), str(min(last, high))))
    return _table(calendar, known_from, end)


def _table(calendar: ExchangeCalendar, start: np.datetime64, end: np.datetime64) -> StoredTable:
    sessions, opens, closes = (
        index.to_numpy().astype(f"M8[{unit}]")
        for index, unit in (
            (calendar.sessions, "D"),
            (calendar.opens.dt.tz_localize(None), "ns"),
            (calendar.closes.dt.tz_localize(None), "ns"),
        )
    )
    return StoredTable(start, end, str(calendar.tz), sessions, opens, closes)


def _bounds(calendar: ExchangeCalendar) -> tuple[np.datetime64 | None, np.datetime64 | None]:
    """Return the first and the last date a calendar can know, None where it sets no bound."""
    low, high = (
        None if bound is None else np.datetime64(bound, "D")
        for bound in (type(calendar).bound_min(), type(calendar).bound_max())
    )
    return low, high


def _first_words(error: Exception) -> str:
    """Return the beginning of an error's message, on one line."""
    return shorten(" ".join(str(error).split()) or type(error).__name__, 80)


def _build_calendar(code: str, span: tuple[str, str] | None = None) -> ExchangeCalendar:
    import exchange_calendars as xcals

    start, end = span or (None, None)
    # exchange_calendars 4.13 uses what pandas 3.1 deprecates; a user can do nothing about it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return xcals.get_calendar(code, start=start, end=end)
