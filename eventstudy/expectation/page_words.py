"""Words of the page of an expectation: moves in percent, times of the reader's zone, steps."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from eventstudy.reporting import wording
from eventstudy.text import counted, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.expectation.values import MarketExpectation, MarketForecast
    from eventstudy.markets.desk_clock import DeskClock
    from eventstudy.windows import Window

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MINUS, _SPACE = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}"
_OPPOSITE = {"escalation": "de-escalation", "de-escalation": "escalation"}


def move(value: float | None, digits: int = 1, *, sign: bool = True) -> str:
    r"""Return a decimal return as percent with a true minus sign; None and NaN are empty.

    Examples
    --------
    >>> move(-0.0284), move(0.0531, sign=False), move(None)
    ('−2.8\xa0%', '5.3\xa0%', '')
    """
    text = wording.percent(value, digits, sign=sign)
    return text.replace("-", _MINUS).replace(" ", _SPACE)


def move_range(low: float | None, high: float | None, digits: int = 1) -> str:
    r"""Return ``−6.1 to +6.9 %``; empty where one end is missing.

    Examples
    --------
    >>> move_range(-0.061, 0.069)
    '−6.1 to +6.9\xa0%'
    """
    first, last = move(low, digits), move(high, digits)
    return f"{first.removesuffix(f'{_SPACE}%')} to {last}" if first and last else ""


def benchmark_title(benchmark: str | None) -> str:
    """Return the name of a benchmark as sentences have it, that of its market where it is one.

    Examples
    --------
    >>> benchmark_title("SPX"), benchmark_title("MKT"), benchmark_title(None)
    ('S&P 500', 'MKT', '')
    """
    from eventstudy.markets.market import find_market

    if benchmark is None:
        return ""
    market = find_market(benchmark)
    return plain(benchmark if market is None else market.label)


def lead_text(markets: Sequence[MarketExpectation], benchmark: str) -> str:
    """Say that the ranges hold a move of the benchmark which the past dates do not; else empty."""
    leads = [market.forecast.lead for market in markets if market.forecast is not None]
    moves = sorted(lead for lead in leads if lead is not None)
    if not moves:
        return ""
    low, high = move(moves[0]), move(moves[-1])
    size = low if low == high else move_range(moves[0], moves[-1])
    return (
        f"Ranges and middles take into account what {benchmark or 'the benchmark'} did since a "
        f"market's last close ({size}); the past dates do not."
    )


def sessions_text(window: Window) -> str:
    """Return how many sessions the numbers are about, in words.

    Examples
    --------
    >>> from eventstudy.windows import Window
    >>> sessions_text(Window(0, 1)), sessions_text(Window(0, 0))
    ('two sessions', 'one session')
    """
    n = window.length
    number = _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"
    return f"{number} session{'' if n == 1 else 's'}"


def opposite(direction: str) -> str:
    """Return the direction a contrast compares with, in words.

    Examples
    --------
    >>> opposite("escalation"), opposite("unclear")
    ('de-escalation', 'the other direction')
    """
    return _OPPOSITE.get(direction, "the other direction")


def city(zone: str) -> str:
    """Return the city of a zone.

    Examples
    --------
    >>> city("Asia/Hong_Kong")
    'Hong Kong'
    """
    return zone.rpartition("/")[2].replace("_", " ")


def day_and_time(moment: dt.datetime, zone: str, *, year: bool = True) -> str:
    """Return ``Mon 14 Apr 2025 06:45`` of a moment in a zone, in English everywhere.

    Examples
    --------
    >>> import datetime as dt
    >>> day_and_time(dt.datetime(2025, 4, 13, 22, 45, tzinfo=dt.UTC), "Asia/Hong_Kong")
    'Mon 14 Apr 2025 06:45'
    """
    there = moment.astimezone(ZoneInfo(zone))
    day = f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]}"
    return f"{day}{f' {there.year}' if year else ''} {there:%H:%M}"


def utc(moment: np.datetime64) -> dt.datetime | None:
    """Return a moment in UTC as an aware datetime, to the second; None for NaT.

    Examples
    --------
    >>> import numpy as np
    >>> utc(np.datetime64("2025-04-14T00:00", "ns")).isoformat(), utc(np.datetime64("NaT"))
    ('2025-04-14T00:00:00+00:00', None)
    """
    if np.isnat(moment):
        return None
    seconds = int(moment.astype("datetime64[s]").astype(np.int64))
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC)


def duration(now: dt.datetime, then: np.datetime64) -> str:
    """Return how long it is from now to a moment, which is rounded up to whole minutes.

    Examples
    --------
    >>> import datetime as dt, numpy as np
    >>> now = dt.datetime(2025, 4, 13, 22, 45, tzinfo=dt.UTC)
    >>> [duration(now, np.datetime64(f"2025-04-14T{hour}:00")) for hour in ("00", "02")]
    ['75 min', '3 h 15 min']
    """
    moment = utc(then)
    if moment is None:
        return ""
    minutes = max(-int((now - moment).total_seconds() // 60), 0)
    if minutes <= 120:
        return f"{minutes} min"
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        return counted(days, "day") + (f" {hours} h" if hours else "")
    return f"{hours} h" + (f" {left} min" if left else "")


def clock_text(clock: DeskClock, now: dt.datetime, zone: str) -> tuple[str, str]:
    """Return where a market stands, in the reader's zone, and what else there is to say.

    Returns
    -------
    tuple of str
        ``("opens 09:00", "in 75 min")``, ``("trading since 05:00", "")``,
        ``("closed 16:00", "")``; with the day where it is not today's.
    """
    opens, closes = utc(clock.opens_utc), utc(clock.closes_utc)
    if clock.status is None:
        return "hours not known", f"first session {clock.session}"
    if clock.status == "to_open":
        when = "" if opens is None else _time(opens, now, zone)
        return f"opens {when}".rstrip(), f"in {duration(now, clock.opens_utc)}" if opens else ""
    if clock.status == "trading":
        since = "trading" if opens is None else f"trading since {_time(opens, now, zone)}"
        return since, "" if closes is None else f"to {_time(closes, now, zone)}"
    when = "" if closes is None else _time(closes, now, zone)
    return f"closed {when}".rstrip(), "its first session is over"


def level_text(forecast: MarketForecast, category: str, direction: str) -> str:
    """Return which past news the numbers of a market stand on, and of how many dates."""
    dates = counted(forecast.n_dates, "date")
    kind, way = (plain(wording.value_label(label)) for label in (category, direction))
    if forecast.level == "category":
        return f"{kind}, {way}: {dates}"
    same = f", {forecast.n_same_kind} of this kind"
    if forecast.level == "direction":
        return f"all {way} news: {dates}{same}"
    return f"all news: {dates}{same}"


def prices_to_text(markets: Sequence[MarketExpectation]) -> str:
    """Return the last session with a price, with the markets where these differ."""
    ends: dict[str, list[str]] = {}
    for market in markets:
        if market.forecast is not None:
            ends_at = market.forecast.prices_to.astype("datetime64[D]")
            if market.moved_to is not None:  # the forecast is of the news' moment, the move of now
                ends_at = max(ends_at, market.moved_to.astype("datetime64[D]"))
            end = str(ends_at)
            ends.setdefault(end, []).append(plain(market.title))
    if len(ends) < 2:
        return "".join(ends)
    return "; ".join(f"{end} ({', '.join(titles)})" for end, titles in sorted(ends.items()))


def volatility_text(markets: Sequence[MarketExpectation]) -> str:
    """Return of which day the volatility is that past moves are brought to.

    Returns
    -------
    str
        ``"at the volatility of 2025-04-11"``, or that of each market's last close where these
        differ.
    """
    days = [
        str(market.forecast.prices_to.astype("datetime64[D]"))
        for market in markets
        if market.forecast is not None
    ]
    if not days:
        return "at the volatility of the last close"
    first, last = min(days), max(days)
    if first == last:
        return f"at the volatility of {last}"
    return f"at the volatility of each market's last close ({first} to {last})"


def _time(moment: dt.datetime, now: dt.datetime, zone: str) -> str:
    """A time of day, with the day where that is not today's in the zone."""
    there, here = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    time = f"{there:%H:%M}"
    if there.date() == here.date():
        return time
    if abs((there.date() - here.date()).days) < 6:
        return f"{_DAYS[there.weekday()]} {time}"
    return f"{_DAYS[there.weekday()]} {there.day} {_MONTHS[there.month - 1]} {time}"
