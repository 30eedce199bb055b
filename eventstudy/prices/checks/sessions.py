"""Rows against the sessions of a calendar: closures, gaps, rows where there was no session."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.checks.base import is_in
from eventstudy.prices.market_series import NO_PRICE
from eventstudy.prices.panel import NO_DATE, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.prices.checks.base import Column

_SPARSE_DAYS = 4.0  # rows of weeks and of months lie further apart
_MOST_LOST = 0.02


def session_checks(
    security: str,
    dates: DateArray,
    calendar: SessionCalendar,
    *,
    values: FloatArray | None = None,
    shared: DateArray | None = None,
) -> list[Check]:
    """Compare the rows of a column with the sessions of its calendar, inside the rows' range.

    Parameters
    ----------
    security, dates, calendar
        Name, rows of the column in the file, ascending, and its calendar, before or after
        price-less sessions were removed.
    values
        ``(T,)`` closes of those rows, to tell filled-in holidays from other rows.
    shared
        Sessions on which every other column of the same calendar lacks a price too.

    Returns
    -------
    list of Check
        Neighbouring sessions without a price are one check.
    """
    if len(dates) == 0:
        return [Check(security, NO_DATE, "empty_column", "error", "the column holds no value")]
    checks = _sessions_without_price(security, missing_sessions(dates, calendar), calendar, shared)
    checks += _known_closures(security, dates, calendar)
    if len(calendar.sessions) == 0:
        return checks
    return (
        checks
        + _rows_without_session(security, dates, calendar, values)
        + _rows_beyond_calendar(security, dates, calendar)
    )


def missing_sessions(dates: DateArray, calendar: SessionCalendar) -> DateArray:
    """Return the sessions without a price between the first row and the last."""
    if len(dates) == 0:
        return np.empty(0, "datetime64[D]")
    sessions = calendar.sessions
    inside = sessions[(sessions >= dates[0]) & (sessions <= dates[-1])]
    unpriced = inside[~is_in(inside, dates)]
    removed = [
        day
        for day, why in calendar.removed.items()
        if why == NO_PRICE and dates[0] <= day <= dates[-1]
    ]
    return np.unique(np.concatenate([unpriced, np.array(removed, dtype="datetime64[D]")]))


def shared_gaps(columns: Sequence[Column], rows: Sequence[DateArray]) -> dict[str, DateArray]:
    """Return, by calendar, the sessions on which no column that spans them has a price.

    Only where at least two different columns of the file span a session: one alone may have lost
    it. `rows` are the rows of each column in the file.
    """
    shared: dict[str, DateArray] = {}
    by_calendar: dict[str, dict[int, tuple[DateArray, SessionCalendar]]] = {}
    for column, dates in zip(columns, rows, strict=True):
        if column.calendar.name != "data" and len(dates):
            by_calendar.setdefault(column.calendar.name, {})[column.position] = (
                dates,
                column.calendar,
            )
    for name, members in by_calendar.items():
        if len(members) < 2:
            continue
        missing = [missing_sessions(dates, calendar) for dates, calendar in members.values()]
        days, count = np.unique(np.concatenate(missing), return_counts=True)
        starts = np.sort([dates[0] for dates, _ in members.values()])
        ends = np.sort([dates[-1] for dates, _ in members.values()])
        begun = np.searchsorted(starts, days, side="right")
        spanning = begun - np.searchsorted(ends, days, side="left")
        shared[name] = days[(count == spanning) & (spanning >= 2)]
    return shared


def _sessions_without_price(
    security: str, missing: DateArray, calendar: SessionCalendar, shared: DateArray | None
) -> list[Check]:
    if len(missing) == 0:
        return []
    is_shared = np.zeros(len(missing), bool) if shared is None else is_in(missing, shared)
    sessions = np.unique(np.concatenate([calendar.sessions, missing]))
    checks = []
    for start, stop in _runs(np.searchsorted(sessions, missing), is_shared):
        first, last, count = missing[start], missing[stop - 1], stop - start
        period = (
            f"{calendar.name} has a session and the file no price"
            if count == 1
            else f"{calendar.name} has {count} sessions from {first} to {last} and the file no "
            "price"
        )
        if is_shared[start]:
            detail = (
                f"{period}, nor for any other column of {calendar.name}: probably a closure the "
                "calendar does not know; not counted as a session"
            )
            checks.append(Check(security, first, "unknown_closure", "warning", detail))
        else:
            detail = f"{period}: not counted as a session; ask the vendor for the close"
            checks.append(Check(security, first, "session_without_price", "warning", detail))
    return checks


def _runs(positions: np.ndarray, kinds: BoolArray) -> Iterator[tuple[int, int]]:
    """Begin and stop of each stretch of neighbouring sessions of one kind."""
    cuts = np.flatnonzero((np.diff(positions) != 1) | (kinds[1:] != kinds[:-1])) + 1
    edges = [0, *cuts.tolist(), len(positions)]
    return pairwise(edges)


def _known_closures(security: str, dates: DateArray, calendar: SessionCalendar) -> list[Check]:
    closures = [
        (day, why)
        for day, why in calendar.removed.items()
        if why != NO_PRICE and dates[0] <= day <= dates[-1]
    ]
    if not closures:
        return []
    has_row = is_in(np.array([day for day, _ in closures], dtype="datetime64[D]"), dates)
    return [
        Check(
            security,
            day,
            "known_closure",
            "info",
            f"{calendar.name} was shut ({why}): no row is right, although its calendar package "
            "lists a session",
        )
        for (day, why), is_there in zip(closures, has_row.tolist(), strict=True)
        if not is_there
    ]


def _rows_without_session(
    security: str, dates: DateArray, calendar: SessionCalendar, values: FloatArray | None
) -> list[Check]:
    """Rows on days without a session, inside the range of the calendar."""
    sessions = calendar.sessions
    is_stray = ~is_in(dates, sessions) & (dates >= sessions[0]) & (dates <= sessions[-1])
    checks = []
    for row in np.flatnonzero(is_stray).tolist():
        day, why = dates[row], calendar.removed.get(dates[row])
        is_filled = values is not None and row > 0 and values[row] == values[row - 1]
        subject = (
            f"repeats the close of {dates[row - 1]} and" if is_filled else "is on a closure and"
        )
        if why is not None:
            detail = f"{calendar.name} was shut ({why}): the row {subject} is not used"
            checks.append(Check(security, day, "closure_conflict", "warning", detail))
        elif is_filled:
            detail = f"{calendar.name} has no session on this date: the row {subject} is not used"
            checks.append(Check(security, day, "filled_closure", "info", detail))
        else:
            detail = (
                f"{calendar.name} has no session on this date: the row is not used; check how its "
                "date is written"
            )
            checks.append(Check(security, day, "row_without_session", "warning", detail))
    return checks


def lost_periods(
    security: str, dates: DateArray, values: FloatArray, calendar: SessionCalendar, *, content: str
) -> list[Check]:
    """Find rows of weeks or months on days without a session, whose returns would go together.

    Parameters
    ----------
    security, dates, calendar
        As for `session_checks`.
    values
        ``(T,)`` prices or returns of those rows; a repeated price, a return of 0 and NaN count for
        nothing.
    """
    sessions = calendar.sessions
    if len(dates) < 2 or len(sessions) == 0:
        return []
    if float(np.median(np.diff(dates).astype(np.float64))) < _SPARSE_DAYS:
        return []
    moves = values if content == "returns" else np.diff(values, prepend=np.nan)
    says_nothing = moves == 0.0 if content == "prices" else (moves == 0.0) | np.isnan(moves)
    is_inside = (dates >= sessions[0]) & (dates <= sessions[-1])
    is_lost = is_inside & ~is_in(dates, sessions) & ~says_nothing
    lost, total = int(is_lost.sum()), int(is_inside.sum())
    if lost <= _MOST_LOST * total:
        return []
    detail = (
        f"{lost:,} of {total:,} rows, which lie weeks or months apart, are on days without a "
        f"session of {calendar.name} and are not used, so that one return spans several of them; "
        'set calendar = "data", which takes the rows as they are'
    )
    return [Check(security, NO_DATE, "lost_periods", "error", detail)]


def _rows_beyond_calendar(
    security: str, dates: DateArray, calendar: SessionCalendar
) -> list[Check]:
    """Rows before the first and after the last session of the calendar."""
    first, last = calendar.sessions[0], calendar.sessions[-1]
    start = min(first, calendar.known_from)
    checks = []
    for outside, where in ((dates < start, "begins"), (dates > last, "ends")):
        rows = dates[outside]
        if len(rows):
            bound = start if where == "begins" else last
            detail = (
                f"{calendar.name} {where} {bound}: {len(rows)} row{'s'[: len(rows) > 1]} from "
                f"{rows[0]} to {rows[-1]} cannot be placed and are not used"
            )
            checks.append(Check(security, rows[0], "calendar_ends", "warning", detail))
    return checks


def unfinished_row(column: Column, dates: DateArray, now: np.datetime64) -> list[Check]:
    """The last row, if its session is not over at `now`, an instant in UTC."""
    if len(dates) == 0:
        return []
    last, calendar = dates[-1], column.calendar
    at = int(np.searchsorted(calendar.sessions, last))
    is_session = at < len(calendar.sessions) and calendar.sessions[at] == last
    closes = calendar.closes[at] if is_session and calendar.has_clock else None
    if closes is None:
        # without a clock: a date that has begun nowhere yet, at UTC+14
        if last <= (now + np.timedelta64(14, "h")).astype("datetime64[D]"):
            return []
        detail = f"the last row, {last}, lies in the future: check its date"
    elif closes > now:
        detail = (
            f"the session of {last} closes at {str(closes)[:16].replace('T', ' ')} UTC, which is "
            "still to come: its price is not a close; leave the row out"
        )
    else:
        return []
    return [Check(column.name, last, "unfinished_row", "warning", detail)]
