"""Which session of each market could first react to each event, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.events.alignment_reasons import NewsTimes, not_about
from eventstudy.events.alignment_table import with_moment
from eventstudy.events.event_pairs import event_pairs
from eventstudy.events.session_placement import joined, placed
from eventstudy.events.table import event_error, event_rank
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import find_market, market_table, offered_calendar
from eventstudy.registry import choose

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, IntArray
    from eventstudy.events.event_pairs import EventPairs
    from eventstudy.events.table import Events
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market
    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """Every event in every market, event by event; P pairs.

    Of more than 50,000 only those whose event is about the market.

    Parameters
    ----------
    frame
        One row a pair: event_id, security, published_utc (NaT for a date alone), session (NaT if
        there is none), state (None for a date alone), minutes_to_close (NaN unless intraday),
        span_days (calendar days since the session before, NaN at the first), catch_up (a weekday
        without a session lies between them), ambiguous, overlaps (ids whose event windows share
        a session of the same market, ``;``-joined, in the order of their times and of the ids of
        one time), benchmark_reacts_later (NA where unknown),
        opens_utc, closes_utc (of the session; NaT where unknown), reason (a sentence). Asked for a
        moment or a zone, further opens and closes in that zone, and status.
    event, security
        Positions of the pair's event and market, shape ``(P,)``.
    day0
        Index of the session in the market's calendar, shape ``(P,)``; T, the number of its
        sessions, where there is none.
    earliest, latest
        Day 0 for the two ends of the half-width, shape ``(P,)``; for a date alone the session
        that ``"same"`` and ``"next"`` would take.
    is_wanted
        Whether the event is about the market (its ``markets`` cell), shape ``(P,)``.
    n_unlisted
        Further pairs that are left out, as the event is not about the market.
    """

    frame: pd.DataFrame
    event: IntArray
    security: IntArray
    day0: IntArray
    earliest: IntArray
    latest: IntArray
    is_wanted: BoolArray
    n_unlisted: int = 0

    def __post_init__(self) -> None:
        for name in ("event", "security", "day0", "earliest", "latest", "is_wanted"):
            getattr(self, name).flags.writeable = False

    def __len__(self) -> int:
        return len(self.frame)


def align(
    events: Events,
    markets: Sequence[Market],
    calendars: Mapping[str, SessionCalendar],
    *,
    date_only: str | None,
    cutoff_minutes: float = 0,
    event_window: Window,
    benchmark: tuple[Market, SessionCalendar] | None = None,
    selected: BoolArray | None = None,
    widen: bool = False,
    only_named: bool = False,
    now: dt.datetime | None = None,
    zone: str | None = None,
) -> Alignment:
    """Find day 0 of every event in every market.

    Day 0 is the first session whose close is after the publication time plus the cutoff. An event
    with a date alone is placed by its date; so is one with a time on a calendar without closing
    times, if it has a date of its own and `date_only` is given.

    Parameters
    ----------
    events
        E events.
    markets
        The study's markets, in its order.
    calendars
        Sessions by market name, sessions without a price already taken out.
    date_only
        ``"same"``: the session of the date or the next one; ``"next"``: the first session after
        the date; None: no event may be placed by its date.
    cutoff_minutes
        News this close to a close no longer counts for that session.
    event_window
        Two events of a market overlap when their event windows share a session.
    benchmark
        Market and sessions, to mark pairs that reacted before it could.
    selected
        Events that count for overlaps, shape ``(E,)``; all by default.
    widen
        Day 0 of an ambiguous pair is the later of its two candidates.
    only_named
        List no pair whose event is not about the market, however few there are.
    now
        A time with a zone: the frame then says where each session stands at that moment, as
        `with_moment` does. The calendars must reach beyond it.
    zone
        IANA name of the zone for opens and closes; UTC by default.

    Raises
    ------
    SpecificationError
        An event must be placed by its date and `date_only` is None, or has no date; a negative
        cutoff; `now` without a zone of its own, an unknown zone.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.markets.calendars import exchange_sessions
    >>> from eventstudy.markets.market import find_market
    >>> calendars = {"N225": exchange_sessions("XTKS", "2025-04-01", "2025-05-30")}
    >>> events = es.Events.from_frame(
    ...     pd.DataFrame({"event_id": ["A1"], "published_at": ["2025-05-12T15:00+08:00"]})
    ... )
    >>> table = es.align(
    ...     events, [find_market("N225")], calendars, date_only=None, event_window=es.Window(0, 1)
    ... ).frame
    >>> print(table["reason"].item())
    Published 2025-05-12 16:00 Asia/Tokyo: the session of 2025-05-13 is the first to close after it.
    """
    if date_only is not None:
        choose(date_only, ("same", "next"), "events.date_only")
    if cutoff_minutes < 0:
        raise SpecificationError(
            f"events.cutoff_minutes is {cutoff_minutes}; it cannot be negative",
            key="events.cutoff_minutes",
        )
    published = events.frame["published_at"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    news = NewsTimes(
        instants=published,
        dates=events.frame["date"].to_numpy().astype("M8[D]"),
        half_widths=events.half_widths(),
        benchmark_close=_first_close(published, benchmark, cutoff_minutes),
        date_only=date_only,
        cutoff_minutes=cutoff_minutes,
        is_widened=widen,
    )
    pairs = event_pairs(events.frame["markets"].tolist(), markets, only_named=only_named)
    event, security = pairs.event, pairs.security
    distinct, calendar_of = _distinct([calendars[market.name] for market in markets])
    # Markets that share a calendar share all there is to say of an event, but for its overlaps.
    place, place_of = np.unique(calendar_of[security] * len(events) + event, return_inverse=True)
    which, event_of = np.divmod(place, max(len(events), 1))
    ends = np.searchsorted(which, np.arange(len(distinct) + 1))
    placement = joined(
        [
            placed(news.take(event_of[ends[number] : ends[number + 1]]), calendar)
            for number, calendar in enumerate(distinct)
        ]
    )
    day0, counted = placement.day0[place_of], pairs.is_wanted.copy()
    if selected is not None:
        counted &= selected[event]
    _refuse_dates(news, events, markets, pairs, counted & ~placement.is_timed[place_of])
    counted &= placement.has_session[place_of]
    ids = events.frame["event_id"].to_numpy(dtype=object)
    names = np.array([market.name for market in markets], dtype=object)
    reason = placement.reason[place_of]
    for row in np.flatnonzero(~pairs.is_wanted):
        reason[row] = not_about(reason[row])
    later = pd.Series(placement.benchmark_reacts_later, dtype="boolean")
    frame = pd.DataFrame(
        {
            "event_id": ids[event],
            "security": names[security],
            "published_utc": _utc(published[event]),
            "session": pd.DatetimeIndex(placement.session[place_of].astype("M8[ns]")),
            "state": pd.Series(placement.state[place_of], dtype=object),
            "minutes_to_close": placement.minutes_to_close[place_of],
            "span_days": placement.span_days[place_of],
            "catch_up": placement.catch_up[place_of],
            "ambiguous": placement.ambiguous[place_of],
            "overlaps": pd.Series(
                _overlaps(
                    pairs,
                    counted,
                    ids,
                    event_rank(events),
                    day0,
                    placement.extension[place_of],
                    event_window.length - 1,
                    calendar_of,
                ),
                dtype=object,
            ),
            "benchmark_reacts_later": later.array.take(place_of),
            "opens_utc": _utc(placement.opens[place_of]),
            "closes_utc": _utc(placement.closes[place_of]),
            "reason": pd.Series(reason, dtype=object),
        }
    )
    if now is not None or zone is not None:
        frame = with_moment(frame, now, zone)
    return Alignment(
        frame=frame,
        event=event,
        security=security,
        day0=day0,
        earliest=placement.earliest[place_of],
        latest=placement.latest[place_of],
        is_wanted=pairs.is_wanted,
        n_unlisted=pairs.n_unlisted,
    )


def _distinct(
    calendars: Sequence[SessionCalendar],
) -> tuple[list[SessionCalendar], IntArray]:
    """Return calendars each once, and the number of each one given among them."""
    number: dict[int, int] = {}
    of_each = [number.setdefault(id(calendar), len(number)) for calendar in calendars]
    distinct = {id(calendar): calendar for calendar in calendars}
    return list(distinct.values()), np.array(of_each, dtype=np.int64)


def _utc(instants: DateArray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(instants).as_unit("ns").tz_localize("UTC")


def _overlaps(
    pairs: EventPairs,
    counted: BoolArray,
    ids: npt.NDArray[np.object_],
    rank: IntArray,
    day0: IntArray,
    extension: IntArray,
    reach: int,
    calendar_of: IntArray,
) -> npt.NDArray[np.object_]:
    """Return what `overlaps` says of every pair, the others in the order of their rank in time.

    Markets of one calendar and events are looked at only once.
    """
    text = np.full(len(day0), "", dtype=object)
    rows = np.flatnonzero(counted)
    rows = rows[np.lexsort((rank[pairs.event[rows]], pairs.security[rows]))]
    ends = np.searchsorted(pairs.security[rows], np.arange(len(calendar_of) + 1))
    order = rows[np.lexsort((day0[rows], pairs.security[rows]))]
    # Where the windows of no two neighbours in time meet, none of the market do.
    meets = np.diff(day0[order]) - extension[order[1:]] <= reach
    meets &= np.diff(pairs.security[order]) == 0
    said: dict[tuple[int, bytes], npt.NDArray[np.object_]] = {}
    for market in np.unique(pairs.security[order[1:][meets]]):
        own = rows[ends[market] : ends[market + 1]]
        events = pairs.event[own]
        key = (int(calendar_of[market]), events.tobytes())
        if key not in said:
            every = np.ones(len(own), dtype=bool)
            said[key] = overlaps(ids[events].tolist(), day0[own], every, reach, extension[own])
        text[own] = said[key]
    return text


def _refuse_dates(
    news: NewsTimes,
    events: Events,
    markets: Sequence[Market],
    pairs: EventPairs,
    by_date: BoolArray,
) -> None:
    """Raise where a pair needs a date that is not given, or a choice of `date_only` not made."""
    is_timed = ~np.isnat(news.instants[pairs.event])
    clockless, undecided = by_date & is_timed, by_date & ~is_timed
    if news.date_only is not None:
        clockless &= ~events.is_dated[pairs.event]
        undecided[:] = False
    wrong = np.flatnonzero(clockless | undecided)
    if not wrong.size:
        return
    wrong = wrong[pairs.security[wrong] == pairs.security[wrong].min()]
    row = wrong[np.argmax(clockless[wrong])]
    position, market = int(pairs.event[row]), markets[pairs.security[row]]
    is_given = bool(events.is_dated[position])
    if clockless[row]:
        raise event_error(
            events,
            position,
            f"has a time, but market {market.name} has no closing times",
            remedy=clock_remedy(market) + _date_remedy(news.date_only is not None, is_given),
            stage="clock",
        )
    # Where no date is given, it was written as a time, such as 00:00:00.
    raise event_error(
        events,
        position,
        "has a date without a time" if is_given else "has a time that stands for a date alone",
        remedy='set events.date_only to "same" or "next"',
        stage="date_only",
    )


def clock_remedy(market: Market) -> str:
    """Return how to give a market closing times: its calendar, in a study file and in Python."""
    table, offered = market_table(market.name), offered_calendar(market.name)
    known = find_market(market.name)
    if known is not None and known.calendar != "data":
        return (
            f'leave calendar = "data" out (calendar=), as {market.name} has the sessions of '
            f"{known.calendar}"
        )
    if offered is None:
        return (
            f'give it the calendar of its exchange, {table} calendar = "...", a code such as '
            '"XNYS" or "XTKS" (in Python calendar=), or timezone and close'
        )
    guess = ", as of currencies" if offered == "FX" else " if that is its exchange"
    return (
        f'give it a calendar, {table} calendar = "{offered}"{guess} (in Python '
        f'calendar="{offered}"), or timezone and close'
    )


def _date_remedy(is_decided: bool, is_dated: bool) -> str:
    """Return the other way out: events placed by their date."""
    parts = []
    if not is_decided:
        parts.append('set events.date_only (date_only=) to "same" or "next"')
    if not is_dated:
        parts.append("give the event a date of its own")
    return f"; or, to place events by their date, {' and '.join(parts)}"


def _first_close(
    instants: DateArray, benchmark: tuple[Market, SessionCalendar] | None, cutoff_minutes: float
) -> DateArray:
    """Close of the benchmark's own day 0, NaT where unknown."""
    closes = np.full(len(instants), np.datetime64("NaT", "ns"))
    if benchmark is not None and benchmark[1].has_clock:
        calendar = benchmark[1]
        index = calendar.first_session(instants, cutoff_minutes)
        has = index < len(calendar)
        closes[has] = calendar.closes[index[has]]
    return closes


def overlaps(
    ids: Sequence[str],
    day0: IntArray,
    counted: BoolArray,
    reach: int,
    extension: IntArray | None = None,
) -> npt.NDArray[np.object_]:
    """Return, for each event of one market, the others whose event windows share a session.

    Parameters
    ----------
    ids
        Their names, in the order in which they are to be listed.
    day0
        Their sessions, shape ``(E,)``.
    counted
        Events that take part, shape ``(E,)``; the others overlap nothing.
    reach
        Windows [a, b] overlap when day 0s are at most ``b - a`` sessions apart.
    extension
        Sessions by which each window starts earlier, shape ``(E,)``; none by default.

    Returns
    -------
    ndarray of object
        Names joined by ``;``, shape ``(E,)``; ``""`` where there are none.
    """
    joined = np.full(len(ids), "", dtype=object)
    at = np.flatnonzero(counted)
    if extension is not None and extension.any():
        for position in at:
            gap = np.abs(day0[at] - day0[position])
            widened = np.where(day0[at] > day0[position], extension[at], extension[position])
            near = at[(gap - widened <= reach) & (at != position)]
            joined[position] = ";".join(ids[other] for other in near)
        return joined
    order = at[np.argsort(day0[at], kind="stable")]
    sorted_day0 = day0[order]
    sessions, starts = np.unique(sorted_day0, return_index=True)
    ends = np.searchsorted(sorted_day0, sessions, side="right")
    lows = np.searchsorted(sorted_day0, sessions - reach, side="left")
    highs = np.searchsorted(sorted_day0, sessions + reach, side="right")
    sizes = np.array([len(name) + 1 for name in ids], dtype=np.int64)
    for start, end, low, high in zip(starts, ends, lows, highs, strict=True):
        if high - low == 1:
            continue
        # Events of one day 0 see the same neighbours: join once, then cut each one's own name.
        near = np.sort(order[low:high])
        text = ";".join([ids[position] for position in near.tolist()])
        stops = np.cumsum(sizes[near])
        positions = order[start:end]
        for position, stop in zip(
            positions, stops[np.searchsorted(near, positions)].tolist(), strict=True
        ):
            first = stop - sizes[position]
            joined[position] = (text[:first] + text[stop:]).rstrip(";")
    return joined
