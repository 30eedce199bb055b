"""Columns on their sessions, and what a factor did over a security's own interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from eventstudy.io.stamps import weekday_of

if TYPE_CHECKING:
    from eventstudy._typing import (
        BoolArray,
        DateArray,
        FloatArray,
        IntArray,
        ReturnKind,
        Sync,
    )
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel

_FRIDAY = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorSeries:
    """One column on the T sessions of its calendar.

    ``prices (T,)`` are levels after inversion (NaN where returns were given), ``returns (T,)``
    decimal; NaN is missing in both.
    """

    name: str
    calendar: SessionCalendar
    prices: FloatArray
    returns: FloatArray
    is_priced: bool


def values_on_sessions(dates: DateArray, values: FloatArray, sessions: DateArray) -> FloatArray:
    """Put the values of `dates` on `sessions`: NaN where there is none, other rows unused.

    Values that stand on the sessions already are returned as they are.
    """
    if dates is sessions or np.array_equal(dates, sessions):
        return values
    placed = np.full(len(sessions), np.nan)
    if len(sessions) and len(dates):
        at = np.minimum(np.searchsorted(sessions, dates), len(sessions) - 1)
        is_match = sessions[at] == dates
        placed[at[is_match]] = values[is_match]
    return placed


def on_sessions(prices: PricePanel, series: MarketSeries, kind: ReturnKind) -> FactorSeries:
    """Put one column on its sessions; inversion comes before returns are taken."""
    name, column, calendar = series.name, series.column, series.calendar
    cells = values_on_sessions(prices.dates[column], prices.values[column], calendar.sessions)
    if prices.content == "returns":
        # through the log return, in which inversion is a sign and the kinds differ by exp
        if series.is_inverted or prices.kind != kind:
            logs = cells if prices.kind == "log" else np.log1p(cells)
            logs = -logs if series.is_inverted else logs
            cells = logs if kind == "log" else np.expm1(logs)
        missing = np.broadcast_to(np.nan, cells.shape)
        return FactorSeries(
            name=name, calendar=calendar, prices=missing, returns=cells, is_priced=False
        )
    levels = 1.0 / cells if series.is_inverted else cells
    returns = np.full(len(cells), np.nan)
    if kind == "log":
        returns[1:] = np.diff(np.log(levels))
    else:
        returns[1:] = levels[1:] / levels[:-1] - 1.0
    return FactorSeries(
        name=name, calendar=calendar, prices=levels, returns=returns, is_priced=True
    )


def synchronised_returns(
    calendar: SessionCalendar, factor: FactorSeries, *, sync: Sync, kind: ReturnKind
) -> FloatArray:
    """Return the factor's return that belongs to each session of `calendar`, shape ``(T,)``.

    ``asof``: the factor's session in force at each close of it is found first; an interval then
    runs from one such session to the next. Its first session has no interval of its own: it
    is NaN, save that a given return of the very same close is taken as it stands. ``same_date``
    and ``lag``: the factor's own return of the same date, or of its session before that date.
    """
    last, is_beyond, is_exact = _sessions_in_force(calendar, factor.calendar, sync)
    synchronised = np.full(len(last), np.nan)
    if len(factor.calendar.sessions) == 0 or len(last) == 0:
        return synchronised
    if sync != "asof":
        # A date has one return of the factor; where it had no session, or the session before was
        # paired already, nothing is left of it: 0.
        is_new = is_exact if sync == "same_date" else np.r_[True, last[1:] != last[:-1]]
        synchronised = np.where(is_new, factor.returns[last], 0.0)
        synchronised[(last < 0) | is_beyond] = np.nan
        return synchronised
    start, end = last[:-1], last[1:]
    if factor.is_priced:
        levels = np.where(start >= 0, factor.prices[start], np.nan)
        ratio = factor.prices[end] / levels
        synchronised[1:] = np.log(ratio) if kind == "log" else ratio - 1.0
    else:
        synchronised[1:] = _compound(factor.returns, start, end, kind)
        if is_exact[0]:
            synchronised[0] = factor.returns[last[0]]
    synchronised[is_beyond] = np.nan
    return synchronised


def _sessions_in_force(
    calendar: SessionCalendar, other: SessionCalendar, sync: Sync
) -> tuple[IntArray, BoolArray, BoolArray]:
    """Return the position of the other calendar's last session at each own session.

    Returns
    -------
    last : ``(T,)`` positions, -1 before the other calendar's first session
    is_beyond : ``(T,)`` whether the other calendar has ended: its next possible session is past
    is_exact : ``(T,)`` whether both closes (or dates) are the same
    """
    count = len(calendar.sessions)
    if len(other.sessions) == 0:
        nowhere = np.full(count, -1, dtype=np.int64)
        return nowhere, np.ones(count, bool), np.zeros(count, bool)
    own_times, other_times = (
        (calendar.closes, other.closes) if sync == "asof" else (calendar.sessions, other.sessions)
    )
    side = "left" if sync == "lag" else "right"
    last = (np.searchsorted(other_times, own_times, side=side) - 1).astype(np.int64)  # type: ignore[call-overload]
    horizon = other_times[-1] + _days_to_next(other.sessions)
    is_beyond = own_times > horizon if sync == "lag" else own_times >= horizon
    is_exact = (last >= 0) & (other_times[last] == own_times)
    return last, cast("BoolArray", is_beyond), cast("BoolArray", is_exact)


def _days_to_next(sessions: DateArray) -> np.timedelta64:
    """Days from the last session to the next one that could exist."""
    weekday = weekday_of(sessions)
    skips_weekend = weekday[-1] == _FRIDAY and not (weekday > _FRIDAY).any()
    return np.timedelta64(3 if skips_weekend else 1, "D")


def _compound(returns: FloatArray, start: IntArray, end: IntArray, kind: ReturnKind) -> FloatArray:
    """Return over sessions ``start + 1 .. end``: 0 over none, NaN if one of them is missing."""
    logs = returns if kind == "log" else np.log1p(returns)
    missing = np.isnan(logs)
    total = np.concatenate([[0.0], np.cumsum(np.where(missing, 0.0, logs))])
    gaps = np.concatenate([[0], np.cumsum(missing)])
    out = total[end + 1] - total[start + 1]
    if kind == "simple":
        out = np.expm1(out)
    # one session is its own return, to the last digit
    single = end == start + 1
    out[single] = returns[end[single]]
    return np.where((end < 0) | (gaps[end + 1] > gaps[start + 1]), np.nan, out)
