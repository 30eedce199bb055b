"""Events that dates cannot separate: those whose event windows share sessions of a market."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from eventstudy._typing import IntArray
    from eventstudy.windows import Window

COLUMNS = (
    "event_a", "event_b", "n_markets", "sessions_shared", "same_day0", "category_a",
    "category_b", "signs",
)  # fmt: skip

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
    Markets are taken one at a time and events that do not meet are never stored, so that memory
    grows with the pairs of events found and not with all there could be.
    """
    number, most, same = _shared(rank[event], security, day0, extension, window.length, len(events))
    a, b = (index.astype(np.int64) for index in number.nonzero())
    of_rank = np.empty(len(events), dtype=np.int64)
    of_rank[rank] = np.arange(len(events))
    left, right = of_rank[a], of_rank[b]
    ids = events["event_id"].to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "event_a": pd.Series(ids[left], dtype=object),
            "event_b": pd.Series(ids[right], dtype=object),
            "n_markets": _values_at(number, a, b),
            "sessions_shared": _values_at(most, a, b),
            "same_day0": _values_at(same, a, b),
            "category_a": pd.Series(_texts(events, "category")[left], dtype=object),
            "category_b": pd.Series(_texts(events, "category")[right], dtype=object),
            "signs": pd.Series(_signs(events, left, right), dtype=object),
        },
        columns=list(COLUMNS),
    )
    order = np.lexsort((b, a, -frame["same_day0"], -frame["n_markets"], -frame["sessions_shared"]))
    return frame.iloc[order].reset_index(drop=True)


def _shared(
    event: IntArray,
    security: IntArray,
    day0: IntArray,
    extension: IntArray,
    length: int,
    n_events: int,
) -> tuple[csr_array, csr_array, csr_array]:
    """Markets shared, most sessions shared and markets of equal day 0, ``(E, E)`` upper."""
    from scipy.sparse import csr_array

    shape = (n_events, n_events)

    def matrix(values: IntArray, left: IntArray, right: IntArray) -> csr_array:
        return csr_array((values, (left, right)), shape=shape)

    no_pairs = np.empty(0, dtype=np.int64)
    number = most = same = matrix(no_pairs, no_pairs, no_pairs)
    for market in np.unique(security):
        pairs = np.flatnonzero(security == market)
        left, right = _overlapping(day0[pairs] - extension[pairs], day0[pairs] + length - 1)
        i, j = pairs[left], pairs[right]
        low = np.minimum(event[i], event[j])
        high = np.maximum(event[i], event[j])
        begin = np.maximum(day0[i] - extension[i], day0[j] - extension[j])
        shared = np.minimum(day0[i], day0[j]) + length - begin
        number = number + matrix(np.ones(len(low), dtype=np.int64), low, high)
        most = most.maximum(matrix(shared, low, high))
        meets = day0[i] == day0[j]
        ones = np.ones(int(meets.sum()), dtype=np.int64)
        same = same + matrix(ones, low[meets], high[meets])
    return csr_array(number), csr_array(most), csr_array(same)


def _overlapping(begin: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Return every two of the intervals ``[begin, end]`` that share a point."""
    order = np.argsort(begin, kind="stable")
    # In order of their starts, those that begin before one ends follow it without a gap.
    stop = np.searchsorted(begin[order], end[order], side="right")
    count = np.maximum(stop - np.arange(len(order)) - 1, 0)
    left = np.repeat(np.arange(len(order)), count)
    first = np.repeat(np.cumsum(count) - count, count)
    right = left + 1 + np.arange(len(left)) - first
    return order[left], order[right]


def _values_at(matrix: csr_array, row: IntArray, column: IntArray) -> IntArray:
    if not len(row):
        return np.empty(0, dtype=np.int64)
    return np.asarray(matrix[row, column], dtype=np.int64).reshape(-1)


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
