"""News on the sessions of one calendar: day 0, how sure it is, its hours, and why it is that."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.events.alignment_reasons import NewsTimes, Placement, reasons
from eventstudy.markets.desk_clock import session_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, DateArray, IntArray
    from eventstudy.markets.calendars import SessionCalendar

_DAY = np.timedelta64(1, "D")
_MINUTE = np.timedelta64(1, "m")
_NO_INSTANT = np.datetime64("NaT", "ns")


def joined(parts: Sequence[Placement]) -> Placement:
    """Return placements on several calendars, one behind the other."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Placement)
    }
    return Placement(**columns)


def placed(news: NewsTimes, calendar: SessionCalendar) -> Placement:
    """Place news on the sessions of a calendar."""
    u, size = news.instants, len(calendar)
    is_timed = ~np.isnat(u) & calendar.has_clock
    earliest, latest = np.full((2, len(u)), size, dtype=np.int64)
    day0 = earliest.copy()
    state = np.full(len(u), None, dtype=object)
    minutes = np.full(len(u), np.nan)
    # On a market without a clock a time counts as its date; only an event with a date alone needs
    # the study's choice of the session.
    dated = ~np.isnat(u) if news.date_only is None else np.ones(len(u), dtype=bool)
    if dated.any():
        at = np.flatnonzero(dated)
        earliest[at] = calendar.session_on_or_after(news.dates[at])
        latest[at] = calendar.session_on_or_after(news.dates[at] + _DAY)
        day0 = (latest if news.date_only == "next" else earliest).copy()
    if is_timed.any():
        at = np.flatnonzero(is_timed)
        day0[at] = calendar.first_session(u[at], news.cutoff_minutes)
        earliest[at], latest[at] = calendar.candidates(
            u[at], news.half_widths[at], news.cutoff_minutes
        )
        state[at] = calendar.state(u[at], day0[at])
        inside = np.flatnonzero(state == "intraday")
        minutes[inside] = (calendar.closes[day0[inside]] - u[inside]) / _MINUTE

    ambiguous = ~is_timed | (earliest != latest)
    extension = np.zeros(len(u), dtype=np.int64)
    if news.is_widened:
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
    placement = Placement(
        day0=day0,
        earliest=earliest,
        latest=latest,
        extension=extension,
        is_timed=is_timed,
        has_session=day0 < size,
        session=session,
        state=state,
        minutes_to_close=minutes,
        span_days=(session - previous) / _DAY,
        catch_up=catch_up,
        ambiguous=ambiguous,
        benchmark_reacts_later=_reacts_later(news, calendar, day0, is_timed),
        opens=opens,
        closes=closes,
        reason=np.full(len(u), None, dtype=object),
    )
    return replace(placement, reason=reasons(news, calendar, placement))


def _labels(calendar: SessionCalendar, index: IntArray) -> DateArray:
    """Session labels, NaT outside ``0 .. T-1``."""
    labels = np.full(len(index), np.datetime64("NaT", "D"))
    has = (index >= 0) & (index < len(calendar))
    labels[has] = calendar.sessions[index[has]]
    return labels


def _reacts_later(
    news: NewsTimes, calendar: SessionCalendar, day0: IntArray, is_timed: BoolArray
) -> npt.NDArray[np.object_]:
    later = np.full(len(day0), None, dtype=object)
    at = np.flatnonzero(is_timed & (day0 < len(calendar)) & ~np.isnat(news.benchmark_close))
    later[at] = news.benchmark_close[at] > calendar.closes[day0[at]]
    return later
