"""Events that dates cannot separate: those whose event windows share sessions of a market."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy._typing import IntArray
    from eventstudy.windows import Window

COLUMNS = (
    "event_a", "event_b", "n_markets", "sessions_shared", "same_day0", "category_a",
    "category_b", "signs",
)  # fmt: skip

_MOST_AT_ONCE: Final = 1_000_000
_SIGN = {"+": 1, "-": -1}
_DIRECTION = {"escalation": 1, "de-escalation": -1}


def confounding(
    events: pd.DataFrame,
    *,
    event: IntArray,
    security: IntArray,
    day0: IntArray,
    extension: IntArray,
    window: Window,
    rank: IntArray,
) -> pd.DataFrame:
    """List every two events whose event windows share a session of a market.

    Parameters
    ----------
    events
        The events table, ``(E,)`` rows: event_id and, where it has them, category, expected_sign
        and direction.
    event, security, day0
        ``(P,)`` positions of the pairs kept.
    extension
        ``(P,)`` sessions by which the window of a pair starts earlier.
    window
        The event window; ``[a, b]`` holds the sessions ``day0 - extension + a`` to ``day0 + b``.
    rank
        ``(E,)`` place of each event in time; event_a is the earlier one.

    Returns
    -------
    event_a, event_b; n_markets, in which the windows share sessions; sessions_shared, the most of
    them in one market; same_day0, markets in which both have the same day 0; category_a,
    category_b; signs: ``same``, ``opposite`` or ``unknown``, by expected_sign where both events
    have ``+`` or ``-``, else by direction, escalation against de-escalation. Most shared first.

    Notes
    -----
    Markets of the same events at the same positions are counted once, and events that do not meet
    are never stored, so that memory grows with the pairs of events found and not with all there
    could be.
    """
    meetings = _meetings(rank[event], security, day0, extension, window.length, len(events))
    a, b = np.divmod(meetings.code, max(len(events), 1))
    of_rank = np.empty(len(events), dtype=np.int64)
    of_rank[rank] = np.arange(len(events))
    left, right = of_rank[a], of_rank[b]
    ids = events["event_id"].to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "event_a": pd.Series(ids[left], dtype=object),
            "event_b": pd.Series(ids[right], dtype=object),
            "n_markets": meetings.n_markets,
            "sessions_shared": meetings.most,
            "same_day0": meetings.same_day0,
            "category_a": pd.Series(_texts(events, "category")[left], dtype=object),
            "category_b": pd.Series(_texts(events, "category")[right], dtype=object),
            "signs": pd.Series(_signs(events, left, right), dtype=object),
        },
        columns=list(COLUMNS),
    )
    order = np.lexsort((b, a, -frame["same_day0"], -frame["n_markets"], -frame["sessions_shared"]))
    return frame.iloc[order].reset_index(drop=True)


class _Meetings(NamedTuple):
    """Events that meet, each two once: ``earlier * E + later``, by rank, and what they share."""

    code: IntArray
    n_markets: IntArray
    most: IntArray
    same_day0: IntArray


def _meetings(
    event: IntArray,
    security: IntArray,
    day0: IntArray,
    extension: IntArray,
    length: int,
    n_events: int,
) -> _Meetings:
    """Find the events whose windows share sessions of a market."""
    pair, weight = _distinct_markets(event, security, day0, extension)
    event, security, end = event[pair], security[pair], day0[pair] + length - 1
    begin = day0[pair] - extension[pair]
    first = int(begin.min(initial=0))
    offset = security * (int(end.max(initial=0)) - first + 1) - first
    found = _Meetings(*np.empty((4, 0), dtype=np.int64))
    for i, j in _overlapping(begin + offset, end + offset):
        shared = np.minimum(end[i], end[j]) - np.maximum(begin[i], begin[j]) + 1
        meets = _Meetings(
            code=np.minimum(event[i], event[j]) * n_events + np.maximum(event[i], event[j]),
            n_markets=weight[i],
            most=shared,
            same_day0=np.where(end[i] == end[j], weight[i], 0),
        )
        found = _each_once(_Meetings(*map(np.concatenate, zip(found, meets, strict=True))))
    return found


def _distinct_markets(
    event: IntArray, security: IntArray, day0: IntArray, extension: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the pairs of markets that differ, and for how many markets each stands.

    A market of one event is left out.
    """
    order = np.lexsort((event, security))
    ends = np.searchsorted(security[order], np.arange(int(security.max(initial=-1)) + 2))
    content = np.column_stack([event, day0, extension])[order]
    same: dict[bytes, list[int]] = {}
    for market in np.flatnonzero(np.diff(ends) > 1):
        key = content[ends[market] : ends[market + 1]].tobytes()
        same.setdefault(key, []).append(int(market))
    pairs = [order[ends[markets[0]] : ends[markets[0] + 1]] for markets in same.values()]
    weights = [np.full(len(own), len(each)) for own, each in zip(pairs, same.values(), strict=True)]
    none = np.empty(0, dtype=np.int64)
    return np.concatenate([none, *pairs]), np.concatenate([none, *weights])


def _overlapping(begin: IntArray, end: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield every two of the intervals ``[begin, end]`` that share a point, some at a time."""
    order = np.argsort(begin, kind="stable")
    # In order of their starts, those that begin before one ends follow it without a gap.
    stop = np.searchsorted(begin[order], end[order], side="right")
    count = np.maximum(stop - np.arange(len(order)) - 1, 0)
    total = np.cumsum(count)
    start = 0
    while start < len(order):
        before = total[start] - count[start]
        last = max(int(np.searchsorted(total, before + _MOST_AT_ONCE, side="right")), start + 1)
        here = np.arange(start, last)
        left = np.repeat(here, count[here])
        position = np.arange(len(left)) - np.repeat(total[here] - count[here] - before, count[here])
        yield order[left], order[left + 1 + position]
        start = last


def _each_once(meetings: _Meetings) -> _Meetings:
    """Return each two events once: markets added up, the most sessions of any market."""
    order = np.argsort(meetings.code, kind="stable")
    code, n_markets, most, same_day0 = (values[order] for values in meetings)
    first = np.flatnonzero(np.diff(code, prepend=-1))
    if not first.size:
        return meetings
    return _Meetings(
        code=code[first],
        n_markets=np.add.reduceat(n_markets, first),
        most=np.maximum.reduceat(most, first),
        same_day0=np.add.reduceat(same_day0, first),
    )


def _texts(events: pd.DataFrame, column: str) -> np.ndarray:
    """Return a text column, ``""`` where a cell or the column is missing."""
    if column not in events:
        return np.full(len(events), "", dtype=object)
    values = events[column].astype(object)
    return values.where(values.notna(), "").astype(str).to_numpy(dtype=object)


def _signs(events: pd.DataFrame, left: IntArray, right: IntArray) -> np.ndarray:
    relation = np.zeros(len(left), dtype=np.int64)
    for column, words in (("expected_sign", _SIGN), ("direction", _DIRECTION)):
        value = np.array([words.get(text, 0) for text in _texts(events, column)], dtype=np.int64)
        product = value[left] * value[right]
        relation = np.where(relation == 0, product, relation)
    return np.array(["opposite", "unknown", "same"], dtype=object)[relation + 1]
