"""Bars of one security laid out as sessions x clock times, in the market's own zone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.exceptions import DataError, SpecificationError
from eventstudy.intraday.bars import left_out_rows
from eventstudy.markets.calendars import SessionCalendar, exchange_sessions, fx_sessions
from eventstudy.markets.market import Market, calendar_problem, find_market, load_markets

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.intraday.bars import IntradayBars

_MARGIN = np.timedelta64(10, "D")
_RARE = 0.25
"""With all hours, a clock time seen on a smaller share of sessions is no place of the grid."""
_CONTRADICTED = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """Returns of one security by session and clock time; ``S`` sessions, ``C`` clock times.

    Attributes
    ----------
    security, market : its name, and the market whose sessions it has
    calendar : those sessions
    minutes : length of a bar
    sessions : ``(S,)`` labels
    clocks : ``(C,)`` when bars begin, minutes after midnight of the session's own date in the
        market's zone; negative for the evening before, where FX sessions begin
    returns : ``(S, C)`` decimal; NaN where a bar is missing or cannot have a return
    starts : ``(S, C)`` instants in UTC
    slot : ``(S, C)`` place of each bar in time, -1 where the session has none (a half day)
    slot_session, slot_clock : ``(Q,)`` row and column of each place
    has_bar : ``(S, C)`` whether there is a bar
    after_break : ``(S, C)`` the market was shut just before
    from_open : ``(S, C)`` the return is that from the bar's own open
    """

    security: str
    market: Market
    calendar: SessionCalendar
    minutes: int
    sessions: DateArray
    clocks: IntArray
    returns: FloatArray
    starts: DateArray
    slot: IntArray
    slot_session: IntArray
    slot_clock: IntArray
    has_bar: BoolArray
    after_break: BoolArray
    from_open: BoolArray

    @property
    def slot_starts(self) -> DateArray:
        """Instants at which the places begin, ``(Q,)``, increasing."""
        starts: DateArray = self.starts[self.slot_session, self.slot_clock]
        return starts

    def flat(self, values: FloatArray) -> FloatArray:
        """Values ``(S, C)`` in order of time, ``(Q,)``."""
        return values[self.slot_session, self.slot_clock]

    def locate(self, instant: np.datetime64) -> tuple[int, bool]:
        """Return the place whose bar holds an instant, else the next one; whether it holds it.

        An instant at which one bar ends and the next begins belongs to the next. -1 before the
        first place and, where no place follows, after the last.
        """
        starts = self.slot_starts
        length = np.timedelta64(self.minutes, "m")
        at = int(np.searchsorted(starts, instant, side="right")) - 1
        if at >= 0 and instant < starts[at] + length:
            return at, True
        return (at + 1, False) if 0 <= at < len(starts) - 1 else (-1, False)


def clock_text(minutes: int) -> str:
    """Return ``13:15``; a time of the evening before is that time.

    Examples
    --------
    >>> clock_text(795), clock_text(-420)
    ('13:15', '17:00')
    """
    hours, rest = divmod(int(minutes) % 1440, 60)
    return f"{hours:02d}:{rest:02d}"


def market_of(security: str, name: str | None) -> Market:
    """Return the market whose hours a security has.

    Raises
    ------
    SpecificationError
        None is named and the security is no market of its own, or the name is no market and no
        calendar, or the market has no hours.
    """
    if name is None:
        market = find_market(security)
        markets = load_markets().values()
        if market is None:
            market = next((m for m in markets if security in (m.series, m.yahoo)), None)
        if market is None:
            raise SpecificationError(
                f"whose hours does {security} keep? give a market or an exchange calendar: "
                '--market SPX or XNYS on the command line, market="SPX" in Python'
            ).at(key="market")
    else:
        market = find_market(name)
        if market is None:
            if (problem := calendar_problem(name)) is not None:
                sentence = f"market for {security}: {name!r} is no market; {problem}"
                raise SpecificationError(sentence, key="market", suggestion=problem.suggestion)
            market = Market(name=name, label=name, calendar=name, series=security)
    if market.calendar == "data":
        raise SpecificationError(
            f"market for {security}: {market.name} has no hours of its own; name an exchange "
            'calendar such as "XNYS"'
        ).at(key="market")
    return market


def sessions_of(market: Market, first: np.datetime64, last: np.datetime64) -> SessionCalendar:
    """Return the sessions of a market around bars of `first` to `last`."""
    low, high = (instant.astype("M8[D]") for instant in (first, last))
    if market.calendar == "FX":
        return fx_sessions(
            low - _MARGIN, high + _MARGIN,
            close=market.close or "17:00", timezone=market.timezone or "America/New_York",
        )  # fmt: skip
    return exchange_sessions(market.calendar, low - _MARGIN, high + _MARGIN)


def make_grid(
    bars: IntradayBars,
    security: str,
    market: Market,
    *,
    hours: str,
    overnight: str,
    kind: str,
    least_sessions: int = 2,
) -> tuple[Grid, list[dict[str, Any]], str]:
    """Lay the bars of a security out; returns the grid, what was left out, and a contradiction.

    The return of a bar is that from the close of the bar just before it. After a missing bar, and
    with ``overnight="exclude"`` after a break, it is that from the bar's own open: what moved the
    price in between is not in it. With ``overnight="include"`` the first bar after a break has the
    return from the last close of the stretch of trading before it.
    """
    step = np.timedelta64(bars.minutes, "m")
    table, calendar, rows, wrong_labels = _bars_inside_hours(
        bars, security, market, hours, step, least_sessions
    )
    starts = table["start"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    session = table["session"].to_numpy(dtype=np.int64)
    used = np.arange(int(session.min()), int(session.max()) + 1)
    row, clock = session - used[0], table["clock"].to_numpy(dtype=np.int64)
    clocks = np.unique(clock)
    column = np.searchsorted(clocks, clock)
    sessions = calendar.sessions[used]
    shape = (len(used), len(clocks))
    begin = _instants(sessions, clocks, str(calendar.timezone))
    begin[row, column] = starts
    exists = np.ones(shape, dtype=bool)
    if hours == "regular" or calendar.is_fx:
        exists = (begin < calendar.closes[used][:, None]) & (
            begin + step > calendar.opens[used][:, None]
        )
    exists[row, column] = True
    grid_session, grid_clock = np.nonzero(exists)
    order = np.argsort(begin[grid_session, grid_clock], kind="stable")
    grid_session, grid_clock = grid_session[order], grid_clock[order]
    slot = np.full(shape, -1, dtype=np.int64)
    slot[grid_session, grid_clock] = np.arange(len(order))

    def by_slot(name: str) -> FloatArray:
        values = np.full(shape, np.nan)
        values[row, column] = table[name].to_numpy(dtype=float)
        return values[grid_session, grid_clock]

    when = begin[grid_session, grid_clock]
    flat, after_break, from_open = _returns(
        by_slot("open"), by_slot("close"), when, step, overnight=overnight, kind=kind
    )
    closes = by_slot("close")

    def by_session(values: FloatArray | BoolArray, empty: float | bool) -> Any:  # noqa: ANN401
        out = np.full(shape, empty)
        out[grid_session, grid_clock] = values
        return out

    no_return = np.isfinite(closes) & ~np.isfinite(flat)
    rows += left_out_rows(
        security,
        "a bar without a return: no close before it, or no open, to take it from",
        pd.Series(pd.DatetimeIndex(when[no_return]).tz_localize("UTC")),
    )
    grid = Grid(
        security=security,
        market=market,
        calendar=calendar,
        minutes=bars.minutes,
        sessions=sessions,
        clocks=clocks,
        returns=by_session(flat, np.nan),
        starts=begin,
        slot=slot,
        slot_session=grid_session,
        slot_clock=grid_clock,
        has_bar=by_session(np.isfinite(closes), False),
        after_break=by_session(after_break, False),
        from_open=by_session(from_open, False),
    )
    return grid, rows, wrong_labels


def _bars_inside_hours(
    bars: IntradayBars,
    security: str,
    market: Market,
    hours: str,
    step: np.timedelta64,
    least_sessions: int,
) -> tuple[pd.DataFrame, SessionCalendar, list[dict[str, Any]], str]:
    """Bars that count, with session and clock; their calendar; what is left out; a contradiction.

    Raises
    ------
    DataError
        No bar counts, or those that do are of fewer sessions than `least_sessions`.
    """
    table = bars.frame[bars.frame["security"] == security].reset_index(drop=True)
    starts = table["start"].dt.tz_localize(None).to_numpy().astype("M8[ns]")
    calendar = sessions_of(market, starts[0], starts[-1])
    if calendar.timezone is None or not len(calendar):
        raise DataError(f"{security}: the calendar {market.calendar} has no sessions for its bars")
    wrong_labels = _contradiction(table, starts, calendar, step, bars.labels)
    session, inside = _session_of(starts, calendar, step, hours)
    rows = _left_out(security, table, inside, hours, is_fx=calendar.is_fx)
    if not inside.any():
        raise DataError(f"{security}: no bar inside the hours of {market.name}")
    wall_time = calendar.wall_time(starts)
    clock = (wall_time - calendar.sessions[session].astype("M8[ns]")) // np.timedelta64(1, "m")
    table = table.assign(session=session, clock=clock.astype(np.int64))[inside]
    table = table.reset_index(drop=True)
    at, clock = (table[name].to_numpy(dtype=np.int64) for name in ("session", "clock"))
    keep, why = _on_grid(at, clock, bars.minutes, hours)
    for reason in dict.fromkeys(why[~keep]):
        rows += left_out_rows(security, str(reason), table["start"][(why == reason) & ~keep])
    table = table[keep].reset_index(drop=True)
    if table["session"].nunique() < least_sessions:
        raise DataError(
            f"{security}: all its bars are of one session; earlier days of the same bars are "
            'needed, or estimation "same_day", which takes the bars of the day before the window'
        )
    return table, calendar, rows, wrong_labels


def _returns(
    opens: FloatArray,
    closes: FloatArray,
    when: DateArray,
    step: np.timedelta64,
    *,
    overnight: str,
    kind: str,
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Return of every place ``(Q,)``, whether it follows a break, and whether it has its own open.

    Parameters
    ----------
    opens, closes, when
        By place in time, ``(Q,)``; NaN where there is no bar.
    """
    after_break = np.ones(len(when), dtype=bool)
    after_break[1:] = when[1:] != when[:-1] + step
    before = np.concatenate([[np.nan], closes[:-1]])
    is_joined = after_break & (overnight == "include")
    before = np.where(after_break, np.nan, before)
    breaks = np.flatnonzero(is_joined)
    for begin, at in pairwise(breaks):
        # The last bars before a break may be missing: a closing auction, a thin market.
        present = np.flatnonzero(np.isfinite(closes[begin:at]))
        before[at] = closes[begin + present[-1]] if present.size else np.nan
    from_open = np.isfinite(closes) & ~np.isfinite(before) & ~is_joined
    ratio = closes / np.where(from_open, opens, before)
    return np.log(ratio) if kind == "log" else ratio - 1.0, after_break, from_open


def _session_of(
    starts: DateArray, calendar: SessionCalendar, step: np.timedelta64, hours: str
) -> tuple[IntArray, BoolArray]:
    """Session of each bar, and whether it counts."""
    at = np.searchsorted(calendar.closes, starts, side="right")
    within = at < len(calendar)
    at = np.minimum(at, len(calendar) - 1)
    inside = within & (starts + step > calendar.opens[at]) & (starts < calendar.closes[at])
    if hours == "regular" or calendar.is_fx:
        return at, inside
    dates = calendar.wall_time(starts).astype("M8[D]")
    by_date = np.minimum(np.searchsorted(calendar.sessions, dates), len(calendar) - 1)
    is_session = calendar.sessions[by_date] == dates
    return np.where(inside, at, by_date), inside | is_session


def _left_out(
    security: str, table: pd.DataFrame, inside: BoolArray, hours: str, *, is_fx: bool
) -> list[dict[str, Any]]:
    reason = "outside regular hours" if hours == "regular" else "on a day without a session"
    if is_fx:
        reason = "the FX weekend, Friday to Sunday 17:00 New York"
    return left_out_rows(security, reason, table["start"][~inside])


def _on_grid(row: IntArray, clock: IntArray, minutes: int, hours: str) -> tuple[BoolArray, Any]:
    """Which bars stand on the common clock times, and why the others do not."""
    phases, counts = np.unique(clock % minutes, return_counts=True)
    phase = int(phases[np.argmax(counts)])
    why = np.full(len(clock), "", dtype=object)
    off = clock % minutes != phase
    why[off] = f"not on the grid of {minutes}-minute bars most others stand on"
    if hours == "all":
        seen = len(np.unique(row[~off]))
        times, number = np.unique(clock[~off], return_counts=True)
        rare = np.isin(clock, times[number < _RARE * seen]) & ~off
        why[rare] = "a clock time at which fewer than a quarter of the sessions have a bar"
        off |= rare
    # In the night the clock goes back, one clock time is there twice.
    key = row * 10_000 + clock
    _, first = np.unique(np.where(off, -1 - np.arange(len(key)), key), return_index=True)
    twice = np.ones(len(key), dtype=bool)
    twice[first] = False
    why[twice] = "a clock time that is there twice, as the clock goes back"
    return ~off & ~twice, why


def _instants(sessions: DateArray, clocks: IntArray, zone: str) -> DateArray:
    """Instants in UTC of every clock time of every session, ``(S, C)``."""
    wall_time = sessions.astype("M8[ns]")[:, None] + clocks.astype("m8[m]").astype("m8[ns]")
    flat = pd.DatetimeIndex(wall_time.ravel()).as_unit("ns")
    local = flat.tz_localize(
        zone, ambiguous=np.zeros(len(flat), dtype=bool), nonexistent="shift_forward"
    )
    instants: DateArray = local.tz_convert("UTC").tz_localize(None).to_numpy().astype("M8[ns]")
    return instants.reshape(wall_time.shape).copy()


def _contradiction(
    table: pd.DataFrame,
    starts: DateArray,
    calendar: SessionCalendar,
    step: np.timedelta64,
    labels: str,
) -> str:
    """Return what the open of the sessions says against the labels of the bars; empty if nothing.

    Where trading begins at the open, that bar is the first, and has much more volume than the one
    before it. If the bar that should be it has neither, and its neighbour has, times are labelled
    the other way.
    """
    if calendar.is_fx:
        return ""
    first, last = (int(np.searchsorted(calendar.closes, t, side="right")) for t in starts[[0, -1]])
    opens, closes = calendar.opens[first : last + 1], calendar.closes[first : last + 1]
    volume = pd.Series(table["volume"].to_numpy(dtype=float), index=starts)

    def share(instants: DateArray) -> float:
        return float(np.isin(instants, starts).mean()) if len(instants) else 0.0

    # Where the first bar would stand if times were labelled the other way.
    shift = step if labels == "start" else -step
    at_open, other = share(opens), share(opens + shift)
    beyond = share(closes) if labels == "start" else share(opens - step)
    inside = share(closes - step)
    contradiction = (
        f"the times of its bars look like their {'ends' if labels == 'start' else 'starts'}; "
        f"read them with labels {'end' if labels == 'start' else 'start'}"
    )
    if labels == "start" and beyond > 0.5 and at_open < 0.1 and other > 0.5:
        return contradiction
    if labels == "end" and beyond > 0.5 and inside < 0.1:
        return contradiction

    def ratio(above: DateArray, below: DateArray) -> float:
        """Median volume of the bars at `above` over that of those at `below`."""
        top, bottom = (
            volume.reindex(instants).to_numpy(dtype=float) for instants in (above, below)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios = top / bottom
        ratios = ratios[np.isfinite(ratios)]
        return float(np.median(ratios)) if len(ratios) >= 5 else np.nan

    at = opens if labels == "start" else opens - step
    jump_here = ratio(opens, opens - step)
    jump_there = ratio(at + shift, at) if labels == "start" else ratio(at, at - step)
    if jump_there > _CONTRADICTED and jump_here < _CONTRADICTED / 2:
        return contradiction
    return ""
