"""Which dates of a market to request from a vendor, and which an answer covers for good."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.prices.yahoo.cleaning import SETTLED, Request, is_intraday

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.markets.market import Market
    from eventstudy.prices.store.store import Span

_DAY = dt.timedelta(days=1)
_LATE = dt.timedelta(days=10)
"""How long a row that is missing at the end may still come: vendors are late, and repair gaps."""

_MOST_EMPTY_SESSIONS = 5
"""Most sessions for which an empty answer counts as an answer."""

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

    calendar = calendar_for(market, np.datetime64(start, "D"), np.datetime64(end, "D"))
    instant = pd.Timestamp(now).tz_convert("UTC").tz_localize(None).to_datetime64()
    days = calendar.sessions.astype(object).tolist()
    is_over = calendar.closes + SETTLED <= instant
    over = [day for day, ended in zip(days, is_over, strict=True) if ended]
    return over, days[len(over) :]


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


def settled_by(request: Request, bars: pd.DataFrame, interval: str, now: dt.datetime) -> list[Span]:
    """Return the dates that need not be asked for again after this answer.

    A session that has not ended is never among them, nor what comes after one of the last ten days
    that has no row yet. An answer without any row settles a few sessions, not years: it is more
    likely a fault of the vendor.
    """
    if request.market is None:
        return []
    over, coming = complete_and_coming_sessions(
        request.market, request.start, request.end, interval, now
    )
    if bars.empty:
        if len(over) > _MOST_EMPTY_SESSIONS:
            return []
        lacking = over
    else:
        last = pd.Timestamp(bars.index[-1]).date()
        lacking = [day for day in over if day > last]
    recent = [day for day in lacking if day > now.date() - _LATE]
    open_ends = [*recent, *coming]
    if is_intraday(interval):
        open_ends.append(now.date())
    end = min([request.end, *(day - _DAY for day in open_ends)])
    return [(request.start, end)] if end >= request.start else []
