"""Which session of each market could first react to each event, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.events.alignment_reasons import AlignmentInputs, MarketPlacement, reasons
from eventstudy.events.alignment_table import with_moment
from eventstudy.events.table import event_error
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.desk_clock import session_hours
from eventstudy.markets.market import (
    find_market,
    market_table,
    named_like_a_ticker,
    offered_calendar,
)
from eventstudy.registry import choose

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, IntArray
    from eventstudy.events.table import Events
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market
    from eventstudy.windows import Window

_DAY = np.timedelta64(1, "D")
_MINUTE = np.timedelta64(1, "m")
_NO_INSTANT = np.datetime64("NaT", "ns")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """Every event in every market, event by event; P pairs.

    Parameters
    ----------
    frame
        One row a pair: event_id, security, published_utc (NaT for a date alone), session (NaT if
        there is none), state (None for a date alone), minutes_to_close (NaN unless intraday),
        span_days (calendar days since the session before, NaN at the first), catch_up (a weekday
        without a session lies between them), ambiguous, overlaps (ids whose event windows share
        a session of the same market, ``;``-joined), benchmark_reacts_later (NA where unknown),
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
    """

    frame: pd.DataFrame
    event: IntArray
    security: IntArray
    day0: IntArray
    earliest: IntArray
    latest: IntArray
    is_wanted: BoolArray

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
    """
    if date_only is not None:
        choose(date_only, ("same", "next"), "events.date_only")
    if cutoff_minutes < 0:
        raise SpecificationError(
            f"events.cutoff_minutes is {cutoff_minutes}; it cannot be negative",
            key="events.cutoff_minutes",
        )
    published = events.frame["published_at"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    inputs = AlignmentInputs(
        events=events,
        instants=published,
        dates=events.frame["date"].to_numpy().astype("M8[D]"),
        half_widths=events.half_widths(),
        date_only=date_only,
        cutoff_minutes=cutoff_minutes,
        reach=event_window.length - 1,
        is_widened=widen,
        is_selected=np.ones(len(events), dtype=bool) if selected is None else selected,
        benchmark_close=_first_close(published, benchmark, cutoff_minutes),
    )
    taken = {name.casefold() for market in markets for name in (market.name, *market.aliases)}
    columns = [
        _column(inputs, market, calendars[market.name], _is_about(events, market, taken))
        for market in markets
    ]
    event = np.repeat(np.arange(len(events), dtype=np.int64), len(markets))
    security = np.tile(np.arange(len(markets), dtype=np.int64), len(events))

    def pairs(name: str) -> npt.NDArray[Any]:
        """Interleave the markets' columns, event by event."""
        return np.stack([getattr(column, name) for column in columns], axis=1).ravel()

    names = np.array([market.name for market in markets], dtype=object)
    frame = pd.DataFrame(
        {
            "event_id": events.frame["event_id"].to_numpy(dtype=object)[event],
            "security": names[security],
            "published_utc": pd.DatetimeIndex(published[event]).as_unit("ns").tz_localize("UTC"),
            "session": pd.DatetimeIndex(pairs("session").astype("M8[ns]")),
            "state": pd.Series(pairs("state"), dtype=object),
            "minutes_to_close": pairs("minutes_to_close"),
            "span_days": pairs("span_days"),
            "catch_up": pairs("catch_up"),
            "ambiguous": pairs("ambiguous"),
            "overlaps": pd.Series(pairs("overlaps"), dtype=object),
            "benchmark_reacts_later": pd.array(pairs("benchmark_reacts_later"), dtype="boolean"),
            "opens_utc": pd.DatetimeIndex(pairs("opens")).as_unit("ns").tz_localize("UTC"),
            "closes_utc": pd.DatetimeIndex(pairs("closes")).as_unit("ns").tz_localize("UTC"),
            "reason": pd.Series(pairs("reason"), dtype=object),
        }
    )
    if now is not None or zone is not None:
        frame = with_moment(frame, now, zone)
    return Alignment(
        frame=frame,
        event=event,
        security=security,
        day0=pairs("day0"),
        earliest=pairs("earliest"),
        latest=pairs("latest"),
        is_wanted=pairs("is_wanted"),
    )


def is_ambiguous(earliest: IntArray, latest: IntArray) -> BoolArray:
    """Return whether day 0 differs between the two ends of the half-width.

    Parameters
    ----------
    earliest, latest
        Day 0 of ``u - h`` and of ``u + h``, as `SessionCalendar.candidates` gives them.
    """
    return np.asarray(earliest != latest)


def _column(
    inputs: AlignmentInputs, market: Market, calendar: SessionCalendar, is_wanted: BoolArray
) -> MarketPlacement:
    u, size = inputs.instants, len(calendar)
    is_timed = ~np.isnat(u) & calendar.has_clock
    _refuse_dates(inputs, market, ~is_timed & is_wanted & inputs.is_selected)

    earliest, latest = np.full((2, len(u)), size, dtype=np.int64)
    day0 = earliest.copy()
    state = np.full(len(u), None, dtype=object)
    minutes = np.full(len(u), np.nan)
    # On a market without a clock a time counts as its date; only an event with a date alone needs
    # the study's choice of the session.
    dated = ~np.isnat(u) if inputs.date_only is None else np.ones(len(u), dtype=bool)
    if dated.any():
        at = np.flatnonzero(dated)
        earliest[at] = calendar.session_on_or_after(inputs.dates[at])
        latest[at] = calendar.session_on_or_after(inputs.dates[at] + _DAY)
        day0 = (latest if inputs.date_only == "next" else earliest).copy()
    if is_timed.any():
        at = np.flatnonzero(is_timed)
        day0[at] = calendar.first_session(u[at], inputs.cutoff_minutes)
        earliest[at], latest[at] = calendar.candidates(
            u[at], inputs.half_widths[at], inputs.cutoff_minutes
        )
        state[at] = calendar.state(u[at], day0[at])
        inside = np.flatnonzero(state == "intraday")
        minutes[inside] = (calendar.closes[day0[inside]] - u[inside]) / _MINUTE

    ambiguous = ~is_timed | is_ambiguous(earliest, latest)
    extension = np.zeros(len(u), dtype=np.int64)
    if inputs.is_widened:
        # tau = 0 is the later candidate; state and minutes stay those of the news itself.
        day0 = np.where(ambiguous, latest, day0)
        extension[ambiguous] = (latest - earliest)[ambiguous]
    session = _labels(calendar, day0)
    opens, closes = session_hours(calendar, np.where(is_timed, u, _NO_INSTANT), day0)
    previous = _labels(calendar, np.where(day0 < size, day0 - 1, size))
    has_previous = ~np.isnat(previous)
    catch_up = np.zeros(len(u), dtype=bool)
    catch_up[has_previous] = calendar.has_weekday_without_session(
        previous[has_previous] + _DAY, session[has_previous]
    )
    counted = (day0 < size) & is_wanted & inputs.is_selected
    column = MarketPlacement(
        day0=day0,
        earliest=earliest,
        latest=latest,
        is_timed=is_timed,
        is_wanted=is_wanted,
        session=session,
        state=state,
        minutes_to_close=minutes,
        span_days=(session - previous) / _DAY,
        catch_up=catch_up,
        ambiguous=ambiguous,
        overlaps=overlaps(
            inputs.events.frame["event_id"].tolist(), day0, counted, inputs.reach, extension
        ),
        benchmark_reacts_later=_reacts_later(inputs, calendar, day0, is_timed),
        opens=opens,
        closes=closes,
        reason=np.full(len(u), None, dtype=object),
    )
    return replace(column, reason=reasons(inputs, calendar, column))


def _labels(calendar: SessionCalendar, index: IntArray) -> DateArray:
    """Session labels, NaT outside ``0 .. T-1``."""
    labels = np.full(len(index), np.datetime64("NaT", "D"))
    has = (index >= 0) & (index < len(calendar))
    labels[has] = calendar.sessions[index[has]]
    return labels


def _is_about(events: Events, market: Market, taken: set[str]) -> BoolArray:
    """Return which events are about a market; `taken` are the names the study's markets have.

    A name no market of the study has, such as an alias of a built-in one, stands for that.
    """
    names = {name.casefold() for name in (market.name, *market.aliases)}
    known = find_market(market.name)
    canonical = {market.name} if known is None else {market.name, known.name}

    @cache
    def is_meant(name: str) -> bool:
        if name.casefold() in taken:
            return name.casefold() in names
        other = find_market(name) or named_like_a_ticker(name)
        return other is not None and other.name in canonical

    return np.array(
        [not cell or any(map(is_meant, cell)) for cell in events.frame["markets"]], dtype=bool
    )


def _refuse_dates(inputs: AlignmentInputs, market: Market, by_date: BoolArray) -> None:
    """Raise where a pair needs a date that is not given, or a choice of `date_only` not made."""
    events = inputs.events
    is_timed = ~np.isnat(inputs.instants)
    clockless = by_date & is_timed
    if inputs.date_only is not None:
        clockless &= ~events.is_dated
    if clockless.any():
        position = int(np.flatnonzero(clockless)[0])
        raise event_error(
            events,
            position,
            f"has a time, but market {market.name} has no closing times",
            remedy=clock_remedy(market)
            + _date_remedy(inputs.date_only is not None, bool(events.is_dated[position])),
            stage="clock",
        )
    undecided = np.flatnonzero(by_date & ~is_timed)
    if inputs.date_only is None and undecided.size:
        first = int(undecided[0])
        is_given = events.is_dated[first]  # else it was written as a time, such as 00:00:00
        raise event_error(
            events,
            first,
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


def _reacts_later(
    inputs: AlignmentInputs, calendar: SessionCalendar, day0: IntArray, is_timed: BoolArray
) -> npt.NDArray[np.object_]:
    later = np.full(len(day0), None, dtype=object)
    at = np.flatnonzero(is_timed & (day0 < len(calendar)) & ~np.isnat(inputs.benchmark_close))
    later[at] = inputs.benchmark_close[at] > calendar.closes[day0[at]]
    return later


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
