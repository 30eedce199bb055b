"""Where a market stands at a moment: has it traded since the news, and when does it next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import calendar_for, fx_reopening

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from eventstudy._typing import DateArray, IntArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market

Status = Literal["to_open", "trading", "closed"]
"""Of the first session that could react: not yet open, open, or over."""

_NO_INSTANT = np.datetime64("NaT", "ns")
_NO_DATE = np.datetime64("NaT", "D")
_REACH = np.timedelta64(60, "D")  # no exchange of the library is shut for longer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskClock:
    """One market at one moment, for one news time.

    Attributes
    ----------
    security
        Name of the market.
    session
        Label of the first session that could react to the news, ``datetime64[D]``; NaT where it
        is not known.
    opens_utc, closes_utc
        Its hours, ``datetime64[ns]`` in UTC; NaT where the market has no clock.
    status
        Where that session stands at the moment asked; None where the market has no clock.
    note
        Why something is missing, or empty.
    """

    security: str
    session: np.datetime64
    opens_utc: np.datetime64
    closes_utc: np.datetime64
    status: Status | None
    note: str = ""


def desk_clocks(
    markets: Sequence[Market],
    calendars: Mapping[str, SessionCalendar],
    news_utc: dt.datetime,
    now_utc: dt.datetime,
    *,
    cutoff_minutes: float = 0,
) -> tuple[DeskClock, ...]:
    """Return when each market could first react to the news, and where it stands now.

    The session is day 0 of the alignment: the first one whose close is after the news plus the
    cutoff. It is ``"to_open"`` before its open, ``"trading"`` from its open to its close, lunch
    included, and ``"closed"`` after it.

    Parameters
    ----------
    markets
        In the order of the answer.
    calendars
        Sessions by market name. They must reach beyond the next session of each market, which
        the sessions of a price file do not: `clock_calendars` gives such.
    news_utc, now_utc
        Times with a zone. The news may lie after `now_utc`: then its session has not begun.
    cutoff_minutes
        News this close to a close no longer counts for that session.

    Returns
    -------
    tuple of DeskClock
        One a market. Without closing times, or where the calendar has no session after the news,
        the session is NaT and the status None, and the note says why. Without opening times
        the status is None until the close.

    Raises
    ------
    SpecificationError
        A time has no zone.

    Examples
    --------
    Monday 06:45 in Hong Kong, after news on Saturday: the yuan trades since 05:00.

    >>> import datetime as dt
    >>> from eventstudy.markets.market import get_market
    >>> markets = [get_market("CNH"), get_market("N225")]
    >>> now = dt.datetime(2025, 5, 11, 22, 45, tzinfo=dt.UTC)
    >>> news = dt.datetime(2025, 5, 10, 12, 0, tzinfo=dt.UTC)
    >>> for clock in desk_clocks(markets, clock_calendars(markets, news, now), news, now):
    ...     print(clock.security, clock.session, clock.status, clock.opens_utc.astype("M8[m]"))
    CNH 2025-05-12 trading 2025-05-11T21:00
    N225 2025-05-12 to_open 2025-05-12T00:00
    """
    news, now = _instant(news_utc, "news_utc"), _instant(now_utc, "now_utc")
    return tuple(
        _desk_clock(market, calendars[market.name], news, now, cutoff_minutes) for market in markets
    )


def clock_calendars(
    markets: Sequence[Market],
    news_utc: dt.datetime,
    now_utc: dt.datetime,
    dates: Mapping[str, DateArray] | None = None,
) -> dict[str, SessionCalendar]:
    """Return the sessions of each market around the news and beyond now, by name.

    Closures that come without notice, such as a typhoon's, are no part of a calendar before they
    have happened.

    Parameters
    ----------
    markets
        Built in or declared.
    news_utc, now_utc
        Times with a zone.
    dates
        By market name: rows of the price file, ``datetime64[D]``, for markets whose calendar is
        their file. Without them such a market has no sessions.
    """
    instants = sorted((_instant(news_utc, "news_utc"), _instant(now_utc, "now_utc")))
    first, last = (instant.astype("M8[D]") for instant in instants)
    rows = dates or {}
    return {
        market.name: calendar_for(
            market, first - _REACH, last + _REACH, rows.get(market.name, np.empty(0, "M8[D]"))
        )
        for market in markets
    }


def session_hours(
    calendar: SessionCalendar, instants: DateArray, day0: IntArray
) -> tuple[DateArray, DateArray]:
    """Return when the session of each news time opens and closes.

    Parameters
    ----------
    calendar
        Of one market.
    instants
        News times in UTC, shape ``(P,)``, ``datetime64[ns]``; NaT for a date alone.
    day0
        Their sessions, shape ``(P,)``; T, the number of sessions, where there is none.

    Returns
    -------
    tuple of DateArray
        Opens and closes in UTC, shape ``(P,)``; NaT where unknown. An FX day that is not cut at
        17:00 New York may hold a weekend: after news of that weekend it opens with the week.
    """
    opens, closes = np.full((2, len(day0)), _NO_INSTANT)
    at = np.flatnonzero((day0 >= 0) & (day0 < len(calendar)))
    opens[at], closes[at] = calendar.opens[day0[at]], calendar.closes[day0[at]]
    timed = at[~np.isnat(instants[at])]
    if calendar.is_fx and len(timed):
        reopening = fx_reopening(instants[timed])
        is_inside = (opens[timed] < reopening) & (reopening < closes[timed])
        opens[timed[is_inside]] = reopening[is_inside]
    return opens, closes


def session_status(
    opens: DateArray, closes: DateArray, now: np.datetime64
) -> npt.NDArray[np.object_]:
    """Return where sessions stand at `now`, in UTC: a `Status`, None where the hours do not tell.

    Parameters
    ----------
    opens, closes
        In UTC, shape ``(P,)``; NaT where unknown.
    now
        In UTC, ``datetime64[ns]``.
    """
    status = np.full(len(closes), None, dtype=object)
    status[opens > now] = "to_open"
    status[opens <= now] = "trading"
    status[closes <= now] = "closed"
    return status


def _desk_clock(
    market: Market,
    calendar: SessionCalendar,
    news: np.datetime64,
    now: np.datetime64,
    cutoff_minutes: float,
) -> DeskClock:
    session, note = _NO_DATE, ""
    opens: DateArray = np.full(1, _NO_INSTANT)
    closes = opens
    if not calendar.has_clock:
        note = "has no closing times, so a news time has no session"
    else:
        instants = np.full(1, news)
        day0 = calendar.first_session(instants, cutoff_minutes)
        if day0[0] < len(calendar):
            session = calendar.sessions[day0[0]]
            opens, closes = session_hours(calendar, instants, day0)
        elif not len(calendar):
            note = "its calendar has no sessions here"
        else:
            span = f"{calendar.known_from} to {calendar.sessions[-1]}"
            note = f"no session follows the news, as its calendar runs from {span}"
    status = session_status(opens, closes, now)[0]
    if status is None and not note:
        note = "has no opening times, so that before its close it may be open or not"
    return DeskClock(
        security=market.name,
        session=session,
        opens_utc=opens[0],
        closes_utc=closes[0],
        status=status,
        note=note,
    )


def _instant(time: dt.datetime, name: str) -> np.datetime64:
    if time.tzinfo is None:
        raise SpecificationError(f"{time} has no time zone; give it one", key=name)
    return np.datetime64(time.astimezone(dt.UTC).replace(tzinfo=None), "ns")
