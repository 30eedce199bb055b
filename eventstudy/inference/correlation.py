"""Correlations of residuals between pairs, paired by calendar date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns


# A block of correlated series: the days its first ones may lie apart, and its sides at the most.
_BAND_DAYS, _BAND_ROWS, _BAND_COLUMNS = 14, 256, 4096
# Listed pairs correlated at a time, so that they stay in the processor's own memory.
_LISTED = 512

CONSTANT = 1e-12
"""A series whose sum of squares falls to this share about its mean is constant."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelatedPairs:
    """Pairs of ``D`` positions whose widest windows share a day, in order of the left ones.

    Correlations do not depend on the window; what does is on how many days two windows meet.

    Attributes
    ----------
    begin : ``(D + 1,)`` where the pairs of each left position begin
    right : ``(K,)`` the other position
    rho : ``(K,)`` correlation of the two
    left : ``(K,)`` the one position
    place, later, earlier : ``(D, W)`` the bit of each day of a window, and ``(K,)`` by how many
        bits the right position's first day lies after the left one's, and before it; else 0
    apart : ``(K,)`` how many that are, whichever is earlier
    """

    begin: IntArray
    left: IntArray
    right: IntArray
    rho: FloatArray
    place: IntArray
    later: IntArray
    earlier: IntArray
    apart: npt.NDArray[np.uint8]

    def near(self, lines: csr_array, first: IntArray) -> csr_array:
        """Correlations of the pairs that a line can hold, each pair once, ``(D, D)``.

        Parameters
        ----------
        lines : ``(M, D)`` what each line holds
        first : ``(D,)`` first day of the widest window of each position
        """
        from scipy.sparse import csr_array

        begin = lines.indptr[:-1][np.diff(lines.indptr) > 0]
        if not begin.size:
            return csr_array(lines.shape[1:] * 2)
        day = first[lines.indices]
        reach = (np.maximum.reduceat(day, begin) - np.minimum.reduceat(day, begin)).max()
        near = np.flatnonzero(self.apart <= reach)
        form = (self.rho[near], self.right[near], np.searchsorted(near, self.begin))
        return csr_array(form, shape=lines.shape[1:] * 2)

    def weights(self, window: CumulativeReturns, chosen: IntArray) -> FloatArray:
        """``rho_ij n_ij / sqrt(L_i L_j)`` of every pair, ``(K,)``; 0 where none meets."""
        meet, shared = self._meeting(window, chosen)
        found = np.zeros(len(self.rho))
        found[meet] = self._weights(window, chosen, meet, shared)
        return found

    def upper(self, window: CumulativeReturns, chosen: IntArray) -> csr_array:
        """``rho_ij n_ij / sqrt(L_i L_j)`` of the pairs that meet in a window, each pair once."""
        from scipy.sparse import csr_array

        meet, shared = self._meeting(window, chosen)
        n = len(chosen)
        begin = np.searchsorted(self.left[meet], np.arange(n + 1))
        weight = self._weights(window, chosen, meet, shared)
        return csr_array((weight, self.right[meet], begin), shape=(n, n))

    def _meeting(
        self, window: CumulativeReturns, chosen: IntArray
    ) -> tuple[IntArray, npt.NDArray[np.uint64]]:
        """Which pairs' windows meet, ``(M,)``, and the days that the two share, a bit each."""
        present = window.present[chosen] > 0
        days = np.where(present, np.uint64(1) << self.place, np.uint64(0))
        bits = np.bitwise_or.reduce(days, axis=1)
        held = self.place[present]
        if not held.size:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
        # Short windows of positions that begin further apart than this have no day in common.
        reach = int(held.max() - held.min())
        near: IntArray | slice = slice(None)
        if reach < self.apart.max(initial=0):
            near = np.flatnonzero(self.apart <= reach)
        shared: npt.NDArray[np.uint64] = bits.take(self.left[near])
        shared >>= self.later[near]
        other = bits.take(self.right[near])
        other >>= self.earlier[near]
        shared &= other
        meet = np.flatnonzero(shared)
        return meet if isinstance(near, slice) else near[meet], shared[meet]

    def _weights(
        self,
        window: CumulativeReturns,
        chosen: IntArray,
        meet: IntArray,
        shared: npt.NDArray[np.uint64],
    ) -> FloatArray:
        length = window.n_sessions[chosen].astype(np.float64)
        number = np.bitwise_count(shared).astype(np.float64)
        scale = np.sqrt(length[self.left[meet]] * length[self.right[meet]])
        return np.asarray(self.rho[meet] * number / scale)


def correlated_pairs(
    found: Iterable[tuple[IntArray, IntArray, FloatArray, FloatArray]],
    days: IntArray,
    present: BoolArray,
) -> CorrelatedPairs | None:
    """Keep what `shared_window_correlations` found; None where a window spans 64 days or more.

    Parameters
    ----------
    days, present
        ``(D, W)`` number of the calendar day of each session of the widest window, and whether it
        counts.
    """
    no_day = np.iinfo(np.int64).max
    first = np.where(present, days, no_day).min(axis=1, initial=no_day)
    place = np.where(present, days - np.where(present.any(axis=1), first, 0)[:, None], 0)
    if place.max(initial=0) >= 64:
        return None
    empty = np.empty(0, dtype=np.int64)
    parts = [(empty, empty, np.empty(0)), *(part[:3] for part in found)]
    left, right, rho = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(left * len(days) + right)
    left, right = left[order], right[order]
    apart = first[right] - first[left]
    return CorrelatedPairs(
        begin=np.searchsorted(left, np.arange(len(days) + 1)),
        left=left,
        right=right,
        rho=rho[order],
        place=place.astype(np.uint64),
        later=np.maximum(apart, 0).astype(np.uint64),
        earlier=np.maximum(-apart, 0).astype(np.uint64),
        apart=np.abs(apart).astype(np.uint8),
    )


def n_meetings(days: IntArray, present: BoolArray) -> int:
    """At most so many pairs of positions have windows that share a day.

    Parameters
    ----------
    days, present
        ``(U, W)`` number of the calendar day of each session of a window, and whether it counts.
    """
    is_active = present.any(axis=1)
    days, present = days[is_active], present[is_active]
    no_day = np.iinfo(np.int64).max
    first = np.where(present, days, no_day).min(axis=1, initial=no_day)
    last = np.where(present, days, -no_day).max(axis=1, initial=-no_day)
    reach = np.searchsorted(np.sort(first), last, side="right")
    before = np.searchsorted(np.sort(first), first, side="left")
    return int((reach - before).sum())


def shared_window_correlations(
    series: FloatArray,
    offset: IntArray,
    days: IntArray,
    present: BoolArray,
    *,
    min_common: int = 20,
) -> Iterator[tuple[IntArray, IntArray, FloatArray, FloatArray]]:
    """Pearson correlations of the series whose windows share a day, a block of them at a time.

    Every pair whose windows share a day comes once. In order of their first days, what one series
    can meet lies right behind it, so that a block costs a few matrix products of small bands.

    Parameters
    ----------
    series
        ``(U, S)``; entry ``s`` of series ``u`` lies on calendar column ``offset[u] + s``; NaN is
        missing.
    offset
        ``(U,)`` first calendar column of each series.
    days, present
        ``(U, W)`` number of the calendar day of each session of a window, and whether it counts.
    min_common
        Fewer common observations than this give 0, and so does a series constant on them.

    Yields
    ------
    left, right, rho, shared : ``(M,)`` rows of two series, their correlation, and the number of
        days that both windows hold.
    """
    active = np.flatnonzero(present.any(axis=1))
    no_day = np.iinfo(np.int64).max
    first = np.where(present[active], days[active], no_day).min(axis=1, initial=no_day)
    order = np.argsort(first, kind="stable")
    active, first = active[order], first[order]
    last = np.where(present[active], days[active], -no_day).max(axis=1, initial=-no_day)
    begin = 0
    while begin < len(active):
        end = int(np.searchsorted(first, first[begin] + _BAND_DAYS, side="right"))
        end = min(end, begin + _BAND_ROWS)
        until = int(np.searchsorted(first, last[begin:end].max(), side="right"))
        block_rows = active[begin:end]
        for start in range(begin, until, _BAND_COLUMNS):
            other = active[start : min(start + _BAND_COLUMNS, until)]
            shared = _shared_days(days, present, block_rows, other)
            meets = shared > 0
            meets &= np.arange(start, start + len(other)) > np.arange(begin, end)[:, None]
            row, column = np.nonzero(meets)
            if row.size:
                rho = block_correlations(series, offset, block_rows, other, min_common=min_common)
                yield block_rows[row], other[column], rho[row, column], shared[row, column]
        begin = end


def _shared_days(
    days: IntArray, present: BoolArray, first: IntArray, second: IntArray
) -> FloatArray:
    """Count the days that two windows both hold, ``(first, second)``."""
    low = min(int(days[rows][present[rows]].min()) for rows in (first, second))
    high = max(int(days[rows][present[rows]].max()) for rows in (first, second))
    marks = []
    for rows in (first, second):
        mark = np.zeros((len(rows), high - low + 1))
        row, column = np.nonzero(present[rows])
        mark[row, days[rows][row, column] - low] = 1.0
        marks.append(mark)
    return np.asarray(marks[0] @ marks[1].T)


def block_correlations(
    series: FloatArray, offset: IntArray, first: IntArray, second: IntArray, *, min_common: int
) -> FloatArray:
    """Correlations of every series of `first` with every one of `second`, ``(first, second)``.

    As `shared_window_correlations`, by products of masked matrices.
    """
    span = series.shape[1]
    low = min(int(offset[first].min()), int(offset[second].min()))
    width = max(int(offset[first].max()), int(offset[second].max())) - low + span
    aligned = []
    for rows in (first, second):
        values = series[rows]
        has_value = np.isfinite(values)
        # Centred, so that one pass loses nothing: what is left of a mean is that of a part.
        number = np.maximum(has_value.sum(axis=1), 1)
        values = np.where(has_value, values, 0.0)
        values = np.where(has_value, values - (values.sum(axis=1) / number)[:, None], 0.0)
        at = (np.arange(len(rows)) * width + offset[rows] - low)[:, None] + np.arange(span)
        value, mark = np.zeros(len(rows) * width), np.zeros(len(rows) * width)
        value[at], mark[at] = values, has_value
        aligned.append((value.reshape(-1, width), mark.reshape(-1, width)))
    (x, x_there), (y, y_there) = aligned
    n = x_there @ y_there.T
    safe = np.maximum(n, 1.0)
    x_sum, y_sum = x @ y_there.T, x_there @ y.T
    x_square, y_square = (x * x) @ y_there.T, x_there @ (y * y).T
    x_spread, y_spread = x_square - x_sum**2 / safe, y_square - y_sum**2 / safe
    varies = (x_spread > CONSTANT * x_square) & (y_spread > CONSTANT * y_square)
    product = x @ y.T - x_sum * y_sum / safe
    usable = varies & (n >= min_common)
    scale = np.sqrt(np.where(usable, x_spread * y_spread, 1.0))
    rho: FloatArray = np.where(usable, product / scale, 0.0)
    return np.clip(rho, -1.0, 1.0)


def listed_correlations(
    series: FloatArray, offset: IntArray, left: IntArray, right: IntArray, *, min_common: int
) -> FloatArray:
    """Correlations of the series of listed pairs, ``(K,)``; as `shared_window_correlations`."""
    is_later = offset[left] > offset[right]
    left, right = np.where(is_later, right, left), np.where(is_later, left, right)
    lag = offset[right] - offset[left]
    rho = np.zeros(len(lag))
    span = series.shape[1]
    for step in np.unique(lag[lag < span]):
        of_step = np.flatnonzero(lag == step)
        for begin in range(0, len(of_step), _LISTED):
            part = of_step[begin : begin + _LISTED]
            x, y = series[left[part], step:], series[right[part], : span - step]
            both = np.isfinite(x) & np.isfinite(y)
            n = both.sum(axis=1)
            x_square, x = _about_mean(x, both, n)
            y_square, y = _about_mean(y, both, n)
            x_spread, y_spread = np.einsum("ks,ks->k", x, x), np.einsum("ks,ks->k", y, y)
            usable = (x_spread > CONSTANT * x_square) & (y_spread > CONSTANT * y_square)
            usable &= n >= min_common
            scale = np.sqrt(np.where(usable, x_spread * y_spread, 1.0))
            rho[part] = np.where(usable, np.einsum("ks,ks->k", x, y) / scale, 0.0)
    return np.clip(rho, -1.0, 1.0)


def _about_mean(x: FloatArray, there: BoolArray, n: IntArray) -> tuple[FloatArray, FloatArray]:
    """Sum of squares of each row where it counts, and the rows about their means, 0 elsewhere."""
    x = np.where(there, x, 0.0)
    square = np.einsum("ks,ks->k", x, x)
    return square, np.where(there, x - (x.sum(axis=1) / np.maximum(n, 1))[:, None], 0.0)


def line_sum(upper: csr_array, alike: FloatArray, at: IntArray, sign: FloatArray) -> FloatArray:
    """Sum of ``s_i s_j a_ij`` over the pairs of one line, of its positions and signs, ``(1,)``.

    `upper` holds each pair of positions once, and `alike` ``(D,)`` a position with itself.
    """
    total = np.bincount(at, weights=sign, minlength=len(alike))
    squares = np.bincount(at, weights=sign**2, minlength=len(alike))
    own = 0.5 * ((total**2 - squares) @ alike)
    return np.array([own + total @ (upper @ total)])


def forms(lines: csr_array, matrix: csr_array) -> FloatArray:
    """``x'Ax`` of every line ``x``."""
    total = (lines @ matrix).multiply(lines).sum(axis=1)
    return np.asarray(total, dtype=np.float64).ravel()
