"""Which bar each news time falls into, the window of bars around it, and which pairs have none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.events.table import HALF_WIDTH
from eventstudy.exceptions import Refusal
from eventstudy.markets.market import find_market
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy._typing import IntArray
    from eventstudy.events.table import Events
    from eventstudy.intraday.grid import Grid
    from eventstudy.intraday.specification import IntradaySpecification

_NOT_NAMED = "the event's markets do not name this security or its market"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """One event in one security.

    Attributes
    ----------
    event : row of the event
    security : name
    news : its time, UTC
    slot : place of bar 0 in the grid
    session : its row of the grid
    offset, column : ``(W,)`` session relative to bar 0's, and clock time, of every bar of the
        window; -1 columns lie beyond the data
    crosses : the breaks inside the window, in words; empty for none
    notes : what a reader should know
    """

    event: int
    security: str
    news: np.datetime64
    slot: int
    session: int
    offset: IntArray
    column: IntArray
    crosses: str
    notes: tuple[str, ...]


def bar_range(window: tuple[int, int], minutes: int) -> tuple[int, int]:
    """Return the first bar of a window of minutes and the one after its last, from bar 0.

    Examples
    --------
    >>> bar_range((-30, 60), 5), bar_range((0, 15), 60)
    ((-6, 12), (0, 1))
    """
    return window[0] // minutes, -(-window[1] // minutes)


def pairs_on_bars(
    study: IntradaySpecification, events: Events, grids: Mapping[str, Grid]
) -> tuple[list[Pair], list[dict[str, Any]]]:
    """Place every event in every security; the pairs, and a row for each one that has no bar."""
    pairs: list[Pair] = []
    dropped: list[dict[str, Any]] = []
    for event, named in enumerate(events.frame["markets"]):
        for security, grid in grids.items():
            placed = (
                _place(study, events, event, grid)
                if _is_wanted(named, security, grid)
                else Refusal(stage="market", reason=_NOT_NAMED)
            )
            if isinstance(placed, Refusal):
                dropped.append(dropped_row(events, event, security, placed))
            else:
                pairs.append(placed)
    return pairs, dropped


def dropped_row(events: Events, event: int, security: str, refusal: Refusal) -> dict[str, Any]:
    """Return event_id, security, stage and reason of a pair that was lost."""
    return {
        "event_id": events.frame["event_id"].iloc[event],
        "security": security,
        "stage": refusal.stage,
        "reason": refusal.reason,
    }


def _is_wanted(named: tuple[str, ...], security: str, grid: Grid) -> bool:
    market = find_market(security)
    names = {security, grid.market.name} | ({market.name} if market is not None else set())
    return not named or bool(names & set(named))


def _place(study: IntradaySpecification, events: Events, event: int, grid: Grid) -> Pair | Refusal:
    row = events.frame.iloc[event]
    if row["published_at"] is None or row.isna()["published_at"]:
        return Refusal(stage="time", reason="a date without a time has no bar")
    half = HALF_WIDTH[row["precision"]]
    if half > study.max_uncertainty:
        return Refusal(
            stage="time",
            reason=f"known to {half} minutes either way (precision {row['precision']}), more than "
            f"max_uncertainty = {study.max_uncertainty}",
        )
    news = row["published_at"].tz_convert("UTC").tz_localize(None).to_datetime64()
    news = np.datetime64(news, "ns")
    slot, is_inside = grid.locate(news)
    first, last = grid.slot_starts[[0, -1]]
    if slot < 0:
        side = "before the first" if news < first else "after the last"
        edge = first if news < first else last
        return Refusal(
            stage="coverage", reason=f"the news lies {side} bar, which begins {_utc(edge)}"
        )
    session, clock = int(grid.slot_session[slot]), int(grid.slot_clock[slot])
    notes: list[str] = []
    if not is_inside:
        begins = _local(grid, grid.slot_starts[slot])
        if study.overnight == "exclude":
            return Refusal(
                stage="hours",
                reason=f"outside the hours of the bars; the next begins {begins} and its return "
                'leaves out what moved before; with overnight "include" it is taken in',
            )
        notes.append(f"news while the market was shut; bar 0 is the first after, {begins}")
    low, high = bar_range(study.window, grid.minutes)
    places = slot + np.arange(low, high)
    inside = (places >= 0) & (places < len(grid.slot_session))
    existing = np.where(inside, places, 0)
    offset = np.where(inside, grid.slot_session[existing] - session, 0)
    column = np.where(inside, grid.slot_clock[existing], -1)
    if (beyond := int((~inside).sum())) > 0:
        notes.append(f"{counted(beyond, 'bar')} of the window beyond the data")
    if not grid.has_bar[session, clock]:
        notes.append(
            "the bar of the news is missing: the reaction may lie between the bars around it"
        )
    elif grid.from_open[session, clock] and is_inside and not grid.after_break[session, clock]:
        notes.append("the bar before the news is missing: bar 0 is taken from its own open")
    if is_inside and half:
        around = {grid.locate(news + side * np.timedelta64(half, "m"))[0] for side in (-1, 1)} - {
            -1
        }
        spread = max(around | {slot}) - min(around | {slot})
        if spread:
            notes.append(f"known to {half} minutes either way, so bar 0 is one of {spread + 1}")
    return Pair(
        event=event,
        security=grid.security,
        news=news,
        slot=slot,
        session=session,
        offset=offset,
        column=column,
        crosses=_breaks(grid, places[inside]),
        notes=tuple(notes),
    )


def _breaks(grid: Grid, places: IntArray) -> str:
    """Name the breaks of trading between the bars of a window."""
    session, clock = grid.slot_session[places], grid.slot_clock[places]
    cut = np.flatnonzero(grid.after_break[session, clock][1:]) + 1
    ends = grid.slot_starts[places] + np.timedelta64(grid.minutes, "m")
    words = [_local(grid, ends[at - 1]) for at in cut]
    return f"the break after {listed(words)}" if words else ""


def _local(grid: Grid, instant: np.datetime64) -> str:
    wall_time = grid.calendar.wall_time(np.array([instant]))[0]
    return f"{wall_time.astype('M8[m]')}".replace("T", " ")


def _utc(instant: np.datetime64) -> str:
    return f"{instant.astype('M8[m]')}Z"
