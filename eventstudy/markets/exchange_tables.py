"""The one door to the library of exchange calendars: its sessions as arrays, or one sentence."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import CalendarError, SpecificationError
from eventstudy.markets.market import calendar_problem
from eventstudy.text import shorten

if TYPE_CHECKING:
    from exchange_calendars import ExchangeCalendar

    from eventstudy._typing import DateArray

_MONTH = np.timedelta64(30, "D")


@lru_cache(maxsize=64)
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
        low, high = (
            None if bound is None else np.datetime64(bound, "D")
            for bound in (type(calendar).bound_min(), type(calendar).bound_max())
        )
        known_from = start if low is None else max(start, low)
        first, last = known_from - _MONTH, (end if high is None else min(end, high)) + _MONTH
        if known_from <= last - _MONTH:
            low, high = first if low is None else low, last if high is None else high
            calendar = _build_calendar(code, (str(max(first, low)), str(min(last, high))))
    sessions, opens, closes = (
        index.to_numpy().astype(f"M8[{unit}]")
        for index, unit in (
            (calendar.sessions, "D"),
            (calendar.opens.dt.tz_localize(None), "ns"),
            (calendar.closes.dt.tz_localize(None), "ns"),
        )
    )
    keep = (sessions >= start) & (sessions <= end)
    version = f"exchange_calendars {xcals.__version__} {code}"
    return known_from, str(calendar.tz), version, sessions[keep], opens[keep], closes[keep]


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
