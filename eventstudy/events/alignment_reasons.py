"""The sentence that says why an event has its session in a market, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.markets.calendars import SessionCalendar

_MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewsTimes:
    """When news came and what places it; arrays have shape ``(U,)``.

    Attributes
    ----------
    instants : in UTC, NaT for a date alone
    dates : of the news at its own offset
    half_widths : within which the time may really lie
    benchmark_close : of the benchmark's own day 0, NaT where unknown
    date_only, cutoff_minutes : as `align` takes them
    is_widened : whether day 0 of an ambiguous one is the later of its candidates
    """

    instants: DateArray
    dates: DateArray
    half_widths: npt.NDArray[np.timedelta64]
    benchmark_close: DateArray
    date_only: str | None
    cutoff_minutes: float
    is_widened: bool

    def take(self, at: IntArray) -> NewsTimes:
        """Return the news at some positions."""
        return replace(
            self,
            instants=self.instants[at],
            dates=self.dates[at],
            half_widths=self.half_widths[at],
            benchmark_close=self.benchmark_close[at],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placement:
    """News on sessions, as the columns of an alignment; every array has shape ``(U,)``.

    `extension` is by how many sessions windows start earlier where day 0 is widened.
    """

    day0: IntArray
    earliest: IntArray
    latest: IntArray
    extension: IntArray
    is_timed: BoolArray
    has_session: BoolArray
    session: DateArray
    state: npt.NDArray[np.object_]
    minutes_to_close: FloatArray
    span_days: FloatArray
    catch_up: BoolArray
    ambiguous: BoolArray
    benchmark_reacts_later: npt.NDArray[np.object_]
    opens: DateArray
    closes: DateArray
    reason: npt.NDArray[np.object_]


def reasons(
    news: NewsTimes, calendar: SessionCalendar, placement: Placement
) -> npt.NDArray[np.object_]:
    """Return one plain sentence a news: why it has this session, and how sure that is."""
    parts = np.full(len(placement.day0), None, dtype=object)
    timed, dated = np.flatnonzero(placement.is_timed), np.flatnonzero(~placement.is_timed)
    if len(timed):
        parts[timed] = _by_time(news, calendar, placement, timed)
    if len(dated):
        parts[dated] = _by_date(news, calendar, placement, dated)
    late = np.flatnonzero(placement.catch_up)
    if len(late):
        parts[late] += _catch_up(calendar, placement, late)
    for position in timed[placement.ambiguous[timed] & (placement.day0[timed] < len(calendar))]:
        parts[position] += _half_width(news, calendar, placement, position)
    return np.array([f"{part[0].upper()}{part[1:]}." for part in parts], dtype=object)


def not_about(reason: str) -> str:
    """Return the sentence of a pair whose event is not about the market."""
    return f"{reason[:-1]}; the event is not about this market."


def _by_time(
    news: NewsTimes, calendar: SessionCalendar, placement: Placement, at: IntArray
) -> list[str]:
    zone = calendar.timezone
    clock = np.datetime_as_string(calendar.wall_time(news.instants[at]), unit="m")
    sessions = placement.session[at].astype(str)
    passed_over = calendar.first_session(news.instants[at]) != placement.day0[at]
    unit = "FX day" if calendar.is_fx else "session"
    end = f"the day ends at {calendar.close}" if calendar.is_fx else "the close"
    cutoff = f", as the one before closes within the cutoff of {news.cutoff_minutes:g} minutes"
    parts = []
    for wall_time, session, state, minutes, is_late in zip(
        clock,
        sessions,
        placement.state[at],
        placement.minutes_to_close[at],
        passed_over,
        strict=True,
    ):
        published = f"published {wall_time[:10]} {wall_time[11:]} {zone}"
        if state is None:
            part = f"{published}: {_no_session(calendar)}"
        elif state == "intraday":
            part = f"{published}, during the {unit} of {session}, {_duration(minutes)} before {end}"
        else:
            part = f"{published}: the {unit} of {session} is the first to close after it"
        parts.append(part + cutoff if is_late else part)
    return parts


def _by_date(
    news: NewsTimes, calendar: SessionCalendar, placement: Placement, at: IntArray
) -> list[str]:
    policy = f'date_only = "{news.date_only}" takes ' if news.date_only is not None else ""
    follows = "after it" if news.date_only == "next" else "on or after it"
    parts = []
    for date, session, is_same, is_bare, is_without in zip(
        news.dates[at].astype(str).tolist(),
        placement.session[at].astype(str).tolist(),
        placement.session[at] == news.dates[at],
        np.isnat(news.instants[at]),
        np.isnat(placement.session[at]),
        strict=True,
    ):
        if is_bare:
            basis = f"only the date {date} is known"
        else:
            basis = f"the market has no closing times, so the date {date} decides"
        if is_bare and news.date_only is None:
            why = "events.date_only does not say which session that means"
        elif is_without:
            why = _no_session(calendar)
        elif is_same:
            why = f"{policy}the session of that date"
        else:
            why = f"{policy}{session}, the first session {follows}"
        parts.append(f"{basis}: {why}")
    return parts


def _catch_up(
    calendar: SessionCalendar, placement: Placement, at: IntArray
) -> npt.NDArray[np.object_]:
    dates = np.array(list(calendar.removed), dtype="M8[D]")
    why = list(calendar.removed.values())
    parts = []
    for day0, days in zip(placement.day0[at], placement.span_days[at], strict=True):
        previous, session = calendar.sessions[day0 - 1], calendar.sessions[day0]
        shut = np.flatnonzero((previous < dates) & (dates < session))
        closures = "; ".join(f"{dates[which]} {why[which]}" for which in shut)
        parts.append(
            f"; its return covers the {days:.0f} days since {previous}, across a closure"
            f"{f' ({closures})' if closures else ''}, so it holds several days of news"
        )
    return np.array(parts, dtype=object)


def _half_width(
    news: NewsTimes,
    calendar: SessionCalendar,
    placement: Placement,
    position: np.int64,
) -> str:
    minutes = news.half_widths[position] / _MINUTE
    ends = {int(placement.earliest[position]), int(placement.latest[position])}
    others = [
        str(calendar.sessions[index]) if index < len(calendar) else "a session beyond the calendar"
        for index in sorted(ends - {int(placement.day0[position])})
    ]
    return f"; the time is good to {minutes:.0f} minutes only, so it could be {' or '.join(others)}"


def _no_session(calendar: SessionCalendar) -> str:
    if not len(calendar):
        return "no session, as the calendar has none in this range"
    return f"no session, as the calendar runs from {calendar.known_from} to {calendar.sessions[-1]}"


def _duration(minutes: float) -> str:
    if minutes < 120:
        return f"{minutes:.0f} minute{'' if round(minutes) == 1 else 's'}"
    return f"{minutes / 60:.1f} hours"
