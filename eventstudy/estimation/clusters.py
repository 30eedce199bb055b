"""Which pairs of a group count as one observation: units, portfolios, clusters.

The same news moves many markets and the same session can hold many news items, so pairs are far
fewer independent observations than they look; and a table with one row a firm says the same news
many times. A *unit*, an independent date, is a set of events whose day 0s are the same piece of
calendar time, a *portfolio* joins units whose windows overlap, a *cluster* joins units so close in
time that a placebo must move them together (docs/methods.md, sections 5 and 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray

# Markets of pairs of rows compared at a time.
_MOST_MARKETS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairWindows:
    """The windows of the pairs of one group, ``(N,)`` each; see `structure`."""

    security: IntArray
    day0: IntArray
    first_date: DateArray
    last_date: DateArray
    extension: IntArray
    length: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Structure:
    """Which pairs of a group are one observation, for one window.

    Attributes
    ----------
    counted : ``(N,)`` False where the same market and day 0 already stands in the group, or where
        two events of opposite expected sign share it
    unit, cluster : ``(N,)`` numbers from 0
    windows : by which units are joined to portfolios; None where each is one by itself
    """

    counted: BoolArray
    unit: IntArray
    cluster: IntArray
    windows: PairWindows | None = None

    @cached_property
    def n_units(self) -> int:
        """Units with at least one counted pair."""
        return int(np.count_nonzero(np.bincount(self.unit[self.counted])))

    @cached_property
    def portfolio(self) -> IntArray:
        """Portfolio of each pair, ``(N,)``, numbers from 0; found when first asked for."""
        return self.unit if self.windows is None else _portfolios(self.unit, self.windows)


def structure(
    *,
    event: IntArray,
    security: IntArray,
    day0: IntArray,
    date: DateArray,
    first_date: DateArray,
    last_date: DateArray,
    extension: IntArray,
    sign: FloatArray,
    length: int,
    gap: int,
    moment: IntArray | None = None,
    slot: DateArray | None = None,
    unit: IntArray | None = None,
    begin: DateArray | None = None,
) -> Structure:
    """Find units, portfolios and clusters of the pairs of one group.

    Parameters
    ----------
    event, security, day0 : ``(N,)`` positions, events numbered in order of time
    date : ``(N,)`` label of day 0
    first_date, last_date : ``(N,)`` labels of the first and last session of the window
    extension : ``(N,)`` sessions by which the window starts earlier
    sign : ``(N,)`` sign each pair is multiplied by
    length : sessions of the window
    gap : weekdays that separate two clusters
    moment : ``(N,)`` number of the time the event became known: rows of one moment are one news
        item, whatever their number; None where every event is one by itself
    slot : ``(N,)`` what day 0s that overlap in calendar time have in common where no market tells
        them apart; `date` where that is None
    unit : ``(N,)`` the units, where they are known already
    begin : ``(N,)`` label of the earliest day 0 a pair stands for, where that is not its own

    Notes
    -----
    Events of one moment are one news item. Two news items with common markets form one unit if
    these have the same day 0 in more than half of them; without a common market, if any of their
    day 0s share a slot. Links chain. Units whose windows share a session of a common market, or,
    without a common market, a calendar date, form one portfolio. A unit spans from its earliest to
    its latest day 0; units fewer than `gap` weekdays apart form one cluster. Across a long closure
    windows of two clusters may overlap: moved apart, they are two portfolios.
    """
    if unit is None:
        unit = independent_dates(event, security, day0, date, moment=moment, slot=slot)
    weekday = weekday_number(date)
    n_units = int(unit.max(initial=-1)) + 1
    low = np.full(n_units, np.iinfo(np.int64).max)
    high = np.full(n_units, np.iinfo(np.int64).min)
    np.minimum.at(low, unit, weekday if begin is None else weekday_number(begin))
    np.maximum.at(high, unit, weekday)
    order = np.argsort(low, kind="stable")
    reach = np.maximum.accumulate(high[order])
    starts_new = np.ones(n_units, dtype=bool)
    starts_new[1:] = low[order][1:] - reach[:-1] >= gap
    cluster_of = np.empty(n_units, dtype=np.int64)
    cluster_of[order] = np.cumsum(starts_new) - 1
    return Structure(
        counted=counted_once(event, security, day0, sign),
        unit=unit,
        cluster=cluster_of[unit],
        windows=PairWindows(
            security=security, day0=day0, first_date=first_date, last_date=last_date,
            extension=extension, length=length,
        ),
    )  # fmt: skip


def weekday_number(dates: DateArray) -> IntArray:
    """Number of weekdays (Monday to Friday) between 1970-01-01 and each date."""
    days = dates.astype("datetime64[D]")
    return np.asarray(np.busday_count(np.datetime64("1970-01-01"), days), dtype=np.int64)


def weekday_date(numbers: IntArray) -> DateArray:
    """Return the weekday with each number: the inverse of `weekday_number`."""
    dates: DateArray = np.busday_offset(np.datetime64("1970-01-01"), numbers)
    return dates


def independent_dates(
    event: IntArray,
    security: IntArray,
    day0: IntArray,
    date: DateArray,
    *,
    moment: IntArray | None = None,
    slot: DateArray | None = None,
) -> IntArray:
    """Return the unit of each pair, ``(N,)``; see `structure`."""
    news = event if moment is None else moment
    return _units(news, security, day0, date if slot is None else slot)


def counted_once(
    event: IntArray, security: IntArray, day0: IntArray, sign: FloatArray
) -> BoolArray:
    """Whether each pair counts, ``(N,)``; see `Structure`."""
    key = security * (int(day0.max(initial=0)) + 1) + day0
    if len(np.unique(key)) == len(key):
        return np.ones(len(key), dtype=bool)
    # The earliest event keeps the place, so that the order of the rows decides nothing.
    order = np.lexsort((event, key))
    key = key[order]
    is_first = np.r_[True, key[1:] != key[:-1]][: len(order)]
    inverse = np.empty(len(order), dtype=np.int64)
    inverse[order] = np.cumsum(is_first) - 1
    counted = np.zeros(len(order), dtype=bool)
    counted[order] = is_first
    total = np.bincount(inverse, weights=sign)
    size = np.bincount(inverse, weights=np.abs(sign))
    opposed = np.abs(total) < size
    return counted & ~opposed[inverse]


def _components(n: int, left: IntArray, right: IntArray) -> IntArray:
    """Number the sets that links between `n` make, each in the order of its first, ``(n,)``."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(left):
        return np.arange(n)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    return np.asarray(label, dtype=np.int64)


def _units(news: IntArray, security: IntArray, day0: IntArray, slot: DateArray) -> IntArray:
    items, row = np.unique(news, return_inverse=True)
    securities, column = np.unique(security, return_inverse=True)
    row, column = row.reshape(-1), column.reshape(-1)
    first = int(day0.min(initial=0))
    width = int(day0.max(initial=0)) - first + 1
    # Only items that meet on some market and day 0 can be one by a market; there are few of them.
    # Rows of one item on one market and day 0 count once.
    meetings = np.unique((column * width + day0 - first) * len(items) + row)
    cell, item = np.divmod(meetings, max(len(items), 1))
    one, other = _within(cell)
    met, shared = np.unique(item[one] * len(items) + item[other], return_counts=True)
    left, right = np.divmod(met, max(len(items), 1))
    markets = _Markets(row, column, len(items), len(securities))
    linked = 2 * shared > markets.in_common(left, right)
    apart = _without_common_market(row, slot, markets)
    return _components(
        len(items),
        np.concatenate([left[linked], apart[:, 0]]),
        np.concatenate([right[linked], apart[:, 1]]),
    )[row]


def _without_common_market(row: IntArray, slot: DateArray, markets: _Markets) -> IntArray:
    """Pairs of news items with a day 0 in one slot and no market in common, ``(K, 2)``.

    Of several items with the same markets the first stands for all: what it is linked to, they
    are linked to.
    """
    n_items = int(row.max(initial=-1)) + 1
    _, number = np.unique(slot, return_inverse=True)
    held, item = np.divmod(np.unique(number.reshape(-1) * n_items + row), max(n_items, 1))
    begins = np.flatnonzero(np.r_[True, np.diff(held) > 0][: len(held)])
    size = np.diff(begins, append=len(held))
    if (size * (size - 1)).sum() * markets.number <= 2 * _MOST_MARKETS:
        # Few slots have two items without a common market.
        one, other = _within(held)
        is_apart = markets.in_common(item[one], item[other]) == 0
        has_some = np.zeros(len(begins), dtype=bool)
        has_some[np.searchsorted(begins, one[is_apart], side="right") - 1] = True
        size = np.where(has_some, size, 0)
    links: list[IntArray] = []
    for begin, number_held in zip(begins.tolist(), size.tolist(), strict=True):
        if number_held < 2:
            continue
        members = item[begin : begin + number_held]
        has_market = markets.held(members)
        kinds, first, kind = np.unique(has_market, axis=0, return_index=True, return_inverse=True)
        is_disjoint = (kinds.astype(np.int64) @ kinds.T.astype(np.int64)) == 0
        a, b = np.nonzero(np.triu(is_disjoint))
        links.append(members[np.column_stack([first[a], first[b]])])
        # One item of another kind links all items of this kind to each other as well.
        has_other = is_disjoint.any(axis=1)[kind.reshape(-1)]
        others = is_disjoint.argmax(axis=1)[kind.reshape(-1)]
        links.append(np.column_stack([members, members[first[others]]])[has_other])
    return np.concatenate(links) if links else np.empty((0, 2), dtype=np.int64)


def _portfolios(unit: IntArray, windows: PairWindows) -> IntArray:
    security, day0, extension = windows.security, windows.day0, windows.extension
    n, n_units = len(unit), int(unit.max(initial=-1)) + 1
    # In order of their starts, a window overlaps one before it when it starts no later than the
    # latest end so far; what lies between the two is linked to both. Markets are kept apart by
    # an offset wider than any window.
    apart_by = int(day0.max(initial=0)) + int(extension.max(initial=0)) + windows.length + 1
    begin = day0 - extension + security * apart_by
    order = np.argsort(begin, kind="stable")
    until = np.maximum.accumulate((day0 + security * apart_by + windows.length - 1)[order])
    close = begin[order][1:] <= until[:-1]
    left, right = unit[order[1:]][close], unit[order[:-1]][close]
    one, other = _strangers(unit, windows, n_units)
    joined = _components(n_units, np.concatenate([left, one]), np.concatenate([right, other]))
    # In the order of their first pairs.
    label = joined[unit]
    first = np.full(n_units, n)
    np.minimum.at(first, label, np.arange(n))
    number = np.empty(n_units, dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(n_units)
    return number[label]


def _strangers(unit: IntArray, windows: PairWindows, n_units: int) -> tuple[IntArray, IntArray]:
    """Every two units without a common market whose windows share a calendar date, once."""
    security = windows.security
    markets = _Markets(unit, security, n_units, int(security.max(initial=-1)) + 1)
    if markets.has_one_everywhere():  # every two units have a common market
        return unit[:0], unit[:0]
    low = np.full(n_units, np.iinfo(np.int64).max)
    high = np.full(n_units, np.iinfo(np.int64).min)
    np.minimum.at(low, unit, windows.first_date.astype("datetime64[D]").astype(np.int64))
    np.maximum.at(high, unit, windows.last_date.astype("datetime64[D]").astype(np.int64))
    one, other = _touching(low, high)
    is_disjoint = markets.in_common(one, other) == 0
    return one[is_disjoint], other[is_disjoint]


def _touching(low: IntArray, high: IntArray) -> tuple[IntArray, IntArray]:
    """Every two spans that share a day, once."""
    order = np.argsort(low, kind="stable")
    # In order of their beginnings, what a span meets lies right behind it.
    one, other = _followed(np.searchsorted(low[order], high[order], side="right"))
    return order[one], order[other]


def _within(label: IntArray) -> tuple[IntArray, IntArray]:
    """Every two places with the same of some ascending labels, once."""
    return _followed(np.searchsorted(label, label, side="right"))


def _followed(until: IntArray) -> tuple[IntArray, IntArray]:
    """Each place with every one behind it that lies before `until`."""
    number = np.maximum(until - np.arange(1, len(until) + 1), 0)
    one = np.repeat(np.arange(len(until)), number)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(number) - number, number)
    return one, other


class _Markets:
    """Which rows have which markets, as a table where that is small, else as a sparse one.

    Parameters
    ----------
    row, column
        Of each pair of a row and a market of it; what stands twice counts once.
    """

    def __init__(self, row: IntArray, column: IntArray, n_rows: int, n_columns: int) -> None:
        self.number = n_columns
        self._n_rows = n_rows
        self._table: BoolArray | None = None
        if n_rows * n_columns <= _MOST_MARKETS:
            self._table = np.zeros((n_rows, n_columns), dtype=bool)
            self._table[row, column] = True
        else:
            self._sparse = _presence(row, column, n_rows, n_columns)

    def has_one_everywhere(self) -> bool:
        """Whether some market is one of every row."""
        if self._table is not None:
            return bool(self._table.all(axis=0).any())
        return bool((np.bincount(self._sparse.indices) == self._n_rows).any())

    def held(self, rows: IntArray) -> BoolArray:
        """Which of the markets that any of some rows has are those of each, ``(R, N)``."""
        if self._table is not None:
            held = self._table[rows]
            return held[:, held.any(axis=0)]
        part = self._sparse[rows]
        markets, column = np.unique(part.indices, return_inverse=True)
        held = np.zeros((len(rows), len(markets)), dtype=bool)
        held[np.repeat(np.arange(len(rows)), np.diff(part.indptr)), column.reshape(-1)] = True
        return held

    def in_common(self, left: IntArray, right: IntArray) -> IntArray:
        """Count the markets that two rows both have, of listed pairs of rows ``(K,)``."""
        common = np.zeros(len(left), dtype=np.int64)
        at_a_time = max(1, _MOST_MARKETS // max(1, self.number))
        for begin in range(0, len(left), at_a_time):
            part = slice(begin, begin + at_a_time)
            if self._table is not None:
                both = self._table[left[part]] & self._table[right[part]]
                common[part] = np.count_nonzero(both, axis=1)
            else:
                both = self._sparse[left[part]].multiply(self._sparse[right[part]])
                common[part] = np.asarray(both.sum(axis=1)).ravel()
        return common


def _presence(row: IntArray, column: IntArray, n_rows: int, n_columns: int) -> csr_array:
    """Which rows have which markets, 1 where they do."""
    from scipy.sparse import csr_array

    presence = csr_array((np.ones(len(row)), (row, column)), shape=(n_rows, n_columns))
    presence.data[:] = 1.0  # a market that stands twice counts once
    return presence


def renumbered(label: IntArray) -> IntArray:
    """Return labels of the same clusters counted from 0, in the order of the labels given."""
    return np.asarray(np.unique(label, return_inverse=True)[1], dtype=np.int64).reshape(-1)
