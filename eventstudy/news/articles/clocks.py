"""Times of day in words (parts of a day, clock times, trading words), and their instants on a day.

Parts of a day stand for the three hours to either side of their middle (session); a clock time
with minutes is exact, a bare hour minute_est, one with "about" approx, and one without a zone,
read in the article's own, approx at best. Trading words take the real open and close of that
day's session, half days included:

==============  ======================================
after close     close + 60 minutes, approx
after hours     close + 180 minutes, session
before open     open - 60 minutes, approx
pre market      open - 180 minutes, session
at close        the close, minute_est
at open         the open, minute_est
early trade     open + 60 minutes, approx
late trade      close - 60 minutes, approx
==============  ======================================
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import EventStudyError
from eventstudy.news.articles.vocabulary import alternatives, entries_named, tables

if TYPE_CHECKING:
    from eventstudy.news.articles.time_expressions import Mention

_PRECISION_OF_ABOUT = {"shortly": "minute_est", "just": "minute_est", "soon": "minute_est"}
_TRADING_WORDS = {
    "after close": ("close", 60, "approx"),
    "after hours": ("close", 180, "session"),
    "before open": ("open", -60, "approx"),
    "pre market": ("open", -180, "session"),
    "at close": ("close", 0, "minute_est"),
    "at open": ("open", 0, "minute_est"),
    "early trade": ("open", 60, "approx"),
    "late trade": ("close", -60, "approx"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeOfDay:
    """A time of day that a date turns into an instant.

    Parameters
    ----------
    zone
        Its zone; None for the article's own.
    time
        Local time; None where the words are understood and still give none (an ambiguous zone,
        midnight, which may be that of either end, a market that is not named).
    precision
        One of ``events.HALF_WIDTH``.
    exchange
        Code of the exchange whose session decides, by `rule`; None where none does.
    rule
        Name of the trading word.
    """

    zone: dt.tzinfo | None = None
    time: dt.time | None = None
    precision: str = "day"
    exchange: str | None = None
    rule: str = ""

    def on(self, day: dt.date, zone: dt.tzinfo | None) -> dt.datetime | None:
        """Return the instant on a day, aware; None where that day has none."""
        if self.exchange is not None:
            return _trading_instant(self.exchange, self.rule, day)
        own_zone = self.zone or zone
        if self.time is None or own_zone is None:
            return None
        # A doubled hour is read as the later one, as the calendars do.
        return dt.datetime.combine(day, self.time, tzinfo=own_zone).replace(fold=1)


def coarsest(*precisions: str) -> str:
    """Return the precision with the largest half-width."""
    return max(precisions, key=lambda name: HALF_WIDTH[name])


def time_of_day(mention: Mention, text: str) -> TimeOfDay:
    """Return the time of day a mention of kind clock, part or trade means in its sentence."""
    if mention.kind == "clock":
        return _clock(mention.groups)
    if mention.kind == "trade":
        exchanges = entries_named("exchanges", text)
        if not exchanges:
            return TimeOfDay(rule=mention.rule)
        # The name nearest before the words is their subject; else the first one.
        before = [code for start, code in exchanges if start < mention.start]
        code = before[-1] if before else exchanges[0][1]
        return TimeOfDay(
            zone=exchange_zone(code),
            precision=_TRADING_WORDS[mention.rule][2],
            exchange=code,
            rule=mention.rule,
        )
    return part_of_day(mention.groups.get("part", ""), mention.groups.get("place"))


def part_of_day(words: str, place_name: str | None = None) -> TimeOfDay:
    """Return the middle of a part of the day: "evening", "late afternoon", "early"."""
    name = " ".join(words.lower().replace("-", " ").split())
    hours = {key.replace("-", " "): hour for key, hour in tables()["hours"].items()}
    hour = hours.get(name)
    if hour is None:
        hour = hours.get(name.split(" ")[-1])
    if hour is None:
        return TimeOfDay()
    return TimeOfDay(zone=_zone_of_place(place_name), time=dt.time(hour), precision="session")


def _clock(groups: dict[str, str]) -> TimeOfDay:
    zone = _zone_of_clock(groups)
    if "unread" in groups or groups.get("place", "").lower() == "local":
        return TimeOfDay()
    if word := groups.get("word", "").lower():
        if word == "midnight":
            return TimeOfDay(zone=zone)
        time, precision = dt.time(12), "minute_est" if word == "noon" else "approx"
    else:
        hour, minute = int(groups["hour"]), int(groups.get("min", 0))
        if half := groups.get("half", "").lower():
            hour = hour % 12 + (12 if half == "p" else 0)
        time, precision = dt.time(hour, minute), "exact" if "min" in groups else "minute_est"
    if qualifier := groups.get("about", "").lower():
        precision = coarsest(precision, _PRECISION_OF_ABOUT.get(qualifier.split()[0], "approx"))
    if zone is None:
        precision = coarsest(precision, "approx")
    return TimeOfDay(zone=zone, time=time, precision=precision)


def _zone_of_clock(groups: dict[str, str]) -> dt.tzinfo | None:
    if letters := groups.get("zone", "").upper():
        name, sign, shift = letters.partition("+" if "+" in letters else "-")
        if shift and int(shift) <= 14:
            return dt.timezone(dt.timedelta(hours=int(f"{sign}{shift}")))
        return ZoneInfo(tables()["zones"][name])
    return _zone_of_place(groups.get("us") or groups.get("place"))


def named_zone(text: str) -> dt.tzinfo | None:
    """Return the zone of a place whose time the text names ("Tokyo time"), None if it names none.

    Examples
    --------
    >>> named_zone("It was late on Thursday, Tokyo time.")
    zoneinfo.ZoneInfo(key='Asia/Tokyo')
    """
    match = _time_of_place().search(text)
    return None if match is None else _zone_of_place(match[1])


@cache
def _time_of_place() -> re.Pattern[str]:
    places = alternatives(tables()["places"])
    return re.compile(rf"(?<!\w)({places})(?:\s(?:standard|daylight|summer))?\stime(?!\w)")


@cache
def _zone_of_place(name: str | None) -> dt.tzinfo | None:
    if name is None:
        return None
    zones = {place_name.casefold(): zone for place_name, zone in tables()["places"].items()}
    zone = zones.get(" ".join(name.casefold().split()))
    return None if zone is None else ZoneInfo(zone)


# ---- trading days -----------------------------------------------------------------------------


@cache
def exchange_zone(code: str) -> dt.tzinfo:
    """Return the zone of an exchange."""
    from eventstudy.markets.calendars import exchange_sessions

    return ZoneInfo(str(exchange_sessions(code, "2024-01-01", "2024-12-31").timezone))


def _trading_instant(code: str, rule: str, day: dt.date) -> dt.datetime | None:
    edge, minutes, _ = _TRADING_WORDS[rule]
    hours = _sessions(code, day.year).get(day)
    if hours is None:
        return None
    opened, closed = hours
    return (opened if edge == "open" else closed) + dt.timedelta(minutes=minutes)


@cache
def _sessions(code: str, year: int) -> dict[dt.date, tuple[dt.datetime, dt.datetime]]:
    """Open and close of every session of a year; empty where the calendar does not reach."""
    import numpy as np

    from eventstudy.markets.calendars import exchange_sessions

    try:
        sessions = exchange_sessions(code, f"{year}-01-01", f"{year}-12-31")
    except EventStudyError:
        return {}
    opens, closes = (
        [instant.replace(tzinfo=dt.UTC) for instant in edges.astype("M8[us]").tolist()]
        for edges in (sessions.opens, sessions.closes)
    )
    days = sessions.sessions.astype("M8[D]")
    has_close = ~np.isnat(sessions.closes)
    return {
        day: (opened, closed)
        for day, opened, closed, is_known in zip(
            days.tolist(), opens, closes, has_close.tolist(), strict=True
        )
        if is_known
    }
