"""Which dates of a market to request from a vendor, and which an answer covers for good."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.prices.yahoo.cleaning import SETTLED, Request, is_intraday

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from eventstudy.markets.market import Market
    from eventstudy.prices.store.tables import LeftOut, Span

_DAY = dt.timedelta(days=1)
_LATE = dt.timedelta(days=10)
"""How long a row that is missing at the end may still come: vendors are late, and repair gaps."""

_MOST_HOLIDAYS = 7
"""Most weekdays in a row that may all be holidays of a market whose sessions are not known."""

ANSWERS = 3
"""On how many days an answer must have no row for a session before it is given up."""

_FX_ZONE = "Europe/London"
"""Zone of the days that Yahoo's rows of a currency are labelled with."""


def complete_and_coming_sessions(
    market: Market, start: dt.date, end: dt.date, interval: str, now: dt.datetime
) -> tuple[list[dt.date], list[dt.date]]:
    """Return the sessions from `start` to `end` whose bars are complete, and those still to come.

    An exchange has its own; a currency, or a market without a calendar, every weekday.
    """
    if start > end:
        return [], []
    if market.calendar in ("FX", "data") or is_intraday(interval):
        today = now.astimezone(ZoneInfo(_FX_ZONE)).date()
        days = [day.date() for day in pd.bdate_range(start, end)]
        # minutes of today are worth having before the day is over
        limit = today if is_intraday(interval) else today - _DAY
        return [day for day in days if day <= limit], [day for day in days if day > limit]
    from eventstudy.markets.calendars import calendar_for

    # whole years, so that all spans of a fetch share one table
    years = (np.datetime64(f"{start:%Y}-01-01"), np.datetime64(f"{end:%Y}-12-31"))
    calendar = calendar_for(market, *years)
    first, beyond = np.searchsorted(
        calendar.sessions, [np.datetime64(start), np.datetime64(end + _DAY)]
    )
    instant = pd.Timestamp(now).tz_convert("UTC").tz_localize(None).to_datetime64()
    days = calendar.sessions[first:beyond].astype(object).tolist()
    n_over = int((calendar.closes[first:beyond] + SETTLED <= instant).sum())
    return days[:n_over], days[n_over:]


def request_for(
    symbol: str,
    market: Market,
    missing: Sequence[Span],
    interval: str,
    now: dt.datetime,
) -> Request | None:
    """Return one request for all missing dates, or None where none of their sessions has ended."""
    needed = [
        span for span in missing if complete_and_coming_sessions(market, *span, interval, now)[0]
    ]
    if not needed:
        return None
    last = min(max(end for _, end in needed), now.astimezone(dt.UTC).date() + _DAY)
    return Request(symbol, min(start for start, _ in needed), last, market)


def lacking_runs(
    market: Market,
    start: dt.date,
    end: dt.date,
    now: dt.datetime,
    days: Collection[dt.date],
) -> list[list[dt.date]]:
    """Return the sessions from `start` to `end` that are over and have no row, neighbours together.

    Where the sessions are not known every weekday counts, and up to seven in a row without a row
    may be holidays, unless they are the last ones and not ten days old.

    Parameters
    ----------
    market, start, end, now
        As in `complete_and_coming_sessions`.
    days
        Dates with a row, in the exchange's own time.
    """
    over, _ = complete_and_coming_sessions(market, start, end, "1d", now)
    runs: list[list[dt.date]] = []
    is_lacking = False
    for day in over:
        if day in days:
            is_lacking = False
            continue
        if not is_lacking:
            runs.append([])
        runs[-1].append(day)
        is_lacking = True
    if market.calendar not in ("FX", "data"):
        return runs
    return [
        run
        for run in runs
        if len(run) > _MOST_HOLIDAYS or (run[-1] == over[-1] and _is_recent(run[-1], now.date()))
    ]


def open_spans(runs: Iterable[Sequence[dt.date]], left_out: Sequence[LeftOut]) -> list[Span]:
    """Return the first and last sessions of what a further answer may still bring.

    A session is given up when answers of three different days had no row for it, each at least ten
    days after it; so is what follows it without a row, once any answer had none.
    """
    spans = []
    for run in runs:
        given_up = False
        open_days = []
        for day in run:
            seen = {left.seen for left in left_out if left.first <= day <= left.last}
            n_late = sum(not _is_recent(day, answered) for answered in seen)
            given_up = n_late >= ANSWERS or (given_up and bool(seen))
            if not given_up:
                open_days.append(day)
        if open_days:
            spans.append((open_days[0], open_days[-1]))
    return spans


def settled_by(
    request: Request,
    runs: Iterable[Sequence[dt.date]],
    left_out: Sequence[LeftOut],
    interval: str,
    now: dt.datetime,
) -> list[Span]:
    """Return the dates that need not be asked for again after the answer to a request.

    Parameters
    ----------
    request
        What was asked for.
    runs
        Sessions without a row, from `lacking_runs`; earlier ones may be among them.
    left_out
        Sessions without a row in answers so far, this one included.
    interval, now
        Of the answer. A session that has not ended is never settled.
    """
    if request.market is None:
        return []
    coming = complete_and_coming_sessions(
        request.market, request.start, request.end, interval, now
    )[1]
    if is_intraday(interval):
        coming = [*coming, now.date()]
    end = min([request.end, *(day - _DAY for day in coming)])
    settled = []
    begin = request.start
    for first, last in open_spans(runs, left_out):
        if first > begin:
            settled.append((begin, min(first - _DAY, end)))
        begin = max(begin, last + _DAY)
    if begin <= end:
        settled.append((begin, end))
    return [(first, last) for first, last in settled if first <= last]


def _is_recent(day: dt.date, today: dt.date) -> bool:
    return day > today - _LATE
