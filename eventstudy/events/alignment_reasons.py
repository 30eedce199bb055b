"""The sentence that says why an event has its session in a market, and what it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.events.table import Events
    from eventstudy.markets.calendars import SessionCalendar

_MINUTE = np.timedelta64(1, "m")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignmentInputs:
    """What is the same for every market of an alignment; arrays have shape ``(E,)``."""

    events: Events
    instants: DateArray
    dates: DateArray
    half_widths: npt.NDArray[np.timedelta64]
    date_only: str | None
    cutoff_minutes: float
    reach: int
    is_widened: bool
    is_selected: BoolArray
    benchmark_close: DateArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketPlacement:
    """The session of every event in one market; every field has shape ``(E,)``."""

    day0: IntArray
    earliest: IntArray
    latest: IntArray
    is_timed: BoolArray
    is_wanted: BoolArray
    session: DateArray
    state: npt.NDArray[np.object_]
    minutes_to_close: FloatArray
    span_days: FloatArray
    catch_up: BoolArray
    ambiguous: BoolArray
    overlaps: npt.NDArray[np.object_]
    benchmark_reacts_later: npt.NDArray[np.object_]
    opens: DateArray
    closes: DateArray
    reason: npt.NDArray[np.object_]


def reasons(
    inputs: AlignmentInputs, calendar: SessionCalendar, placement: MarketPlacement
) -> npt.NDArray[np.object_]:
    """Return one plain sentence an event: why it has this session, and how sure that is."""
    parts = np.full(len(placement.day0), None, dtype=object)
    timed = np.flatnonzero(placement.is_timed)
    if len(timed):
        parts[timed] = _by_time(inputs, calendar, placement, timed)
    dated = np.flatnonzero(~placement.is_timed)
    parts[dated] = _by_date(inputs, calendar, placement, dated)
    for position in np.flatnonzero(placement.catch_up):
        parts[position] += _catch_up(calendar, placement, position)
    for position in timed[placement.ambiguous[timed] & (placement.day0[timed] < len(calendar))]:
        parts[position] += _half_width(inputs, calendar, placement, position)
    for position in np.flatnonzero(~placement.is_wanted):
        parts[position] += "; the event is not about this market"
    return np.array([f"{part[0].upper()}{part[1:]}." for part in parts], dtype=object)


def _by_time(
    inputs: AlignmentInputs, calendar: SessionCalendar, placement: MarketPlacement, at: IntArray
) -> list[str]:
    zone = calendar.timezone
    clock = np.datetime_as_string(calendar.wall_time(inputs.instants[at]), unit="m")
    sessions = placement.session[at].astype(str)
    passed_over = calendar.first_session(inputs.instants[at]) != placement.day0[at]
    unit = "FX day" if calendar.is_fx else "session"
    end = f"the day ends at {calendar.close}" if calendar.is_fx else "the close"
    cutoff = f", as the one before closes within the cutoff of {inputs.cutoff_minutes:g} minutes"
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
    inputs: AlignmentInputs, calendar: SessionCalendar, placement: MarketPlacement, at: IntArray
) -> list[str]:
    policy = f'date_only = "{inputs.date_only}" takes ' if inputs.date_only is not None else ""
    follows = "after it" if inputs.date_only == "next" else "on or after it"
    parts = []
    for position in at:
        date, session = inputs.dates[position], placement.session[position]
        if np.isnat(inputs.instants[position]):
            basis = f"only the date {date} is known"
        else:
            basis = f"the market has no closing times, so the date {date} decides"
        if inputs.date_only is None and np.isnat(inputs.instants[position]):
            why = "events.date_only does not say which session that means"
        elif np.isnat(session):
            why = _no_session(calendar)
        elif session == date:
            why = f"{policy}the session of that date"
        else:
            why = f"{policy}{session}, the first session {follows}"
        parts.append(f"{basis}: {why}")
    return parts


def _catch_up(calendar: SessionCalendar, placement: MarketPlacement, position: np.int64) -> str:
    day0 = placement.day0[position]
    previous, session = calendar.sessions[day0 - 1], calendar.sessions[day0]
    closures = "; ".join(
        f"{date} {reason}" for date, reason in calendar.removed.items() if previous < date < session
    )
    return (
        f"; its return covers the {placement.span_days[position]:.0f} days since {previous}, "
        f"across a closure{f' ({closures})' if closures else ''}, so it holds several days of news"
    )


def _half_width(
    inputs: AlignmentInputs,
    calendar: SessionCalendar,
    placement: MarketPlacement,
    position: np.int64,
) -> str:
    minutes = inputs.half_widths[position] / _MINUTE
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
