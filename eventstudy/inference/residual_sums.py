"""Means of residual series over portfolios of positions, by calendar date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray

    _Count = npt.NDArray[np.int16]

# Dates that a line's positions lie apart up to which it is summed with others, by what it needs.
_NEAR = 64, 256
# Pairs of a line up to which it is summed with others: what a count of dates can hold.
_MOST_HELD = 1 << 14
# Lines averaged at a time, so that they stay in the processor's own memory.
_LINES = 512
# Dates that a sum of squares takes at a time.
_LANES = 64


class ResidualSums:
    """Sums of the residuals of lines of positions.

    A date counts for a line when at least half of its positions have a residual on it. No line
    changes a digit of another.

    Parameters
    ----------
    series, offset : ``(U, S)`` residuals, NaN where missing, and ``(U,)`` the calendar column of
        the first

    Notes
    -----
    Dates are laid on a ring: date ``c`` of every position is column ``c mod W``, so that the sums
    of lines are one sparse matrix product, wherever their estimation windows lie. ``W`` is longer
    than the dates that a line spans, so that no two of them share a column.
    """

    def __init__(self, series: FloatArray, offset: IntArray) -> None:
        self._series, self._offset = series, offset
        self._rings: dict[int, _Ring] = {}

    def averages(self, lines: IntArray) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of each line, ``(M,)`` each.

        Parameters
        ----------
        lines : ``(M, n)`` positions, numbered from 1 on, negative where their sign is; 0 where
            none is counted
        """
        used = lines != 0
        flat = lines[used]
        begin = np.cumsum(used.sum(axis=1, dtype=np.int64))
        return self.of_held(np.abs(flat) - 1, np.sign(flat), np.concatenate([[0], begin]))

    def of_held(
        self, rows: IntArray, sign: IntArray, begin: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `averages`, of lines of any lengths.

        Parameters
        ----------
        rows, sign : ``(T,)`` positions of one line after the other, and +1 or -1
        begin : ``(M + 1,)`` where each line begins, and where the last ends
        """
        n_held = np.diff(begin)
        squares, number = np.zeros(len(n_held)), np.zeros(len(n_held))
        of = np.flatnonzero(n_held)
        if not of.size:
            return squares, number
        offset = self._offset.take(rows)
        start = begin[of]
        apart = np.maximum.reduceat(offset, start) - np.minimum.reduceat(offset, start)
        far = np.where(n_held[of] <= _MOST_HELD, np.searchsorted(_NEAR, apart, "right"), len(_NEAR))
        for which in np.unique(far).tolist():
            lines = of[far == which]
            some = rows, sign, np.append(begin[lines], begin[lines[-1] + 1])
            if len(lines) < len(of):
                is_in = np.repeat(np.isin(np.arange(len(n_held)), lines), n_held)
                some = rows[is_in], sign[is_in], np.concatenate([[0], np.cumsum(n_held[lines])])
            squares[lines], number[lines] = (
                self._ring(_NEAR[which]).averages(*some)
                if which < len(_NEAR)
                else self._of_far(*some)
            )
        return squares, number

    def _ring(self, apart: int) -> _Ring:
        """Ring for lines whose positions begin fewer dates apart."""
        width = self._series.shape[1] + apart
        if apart not in self._rings:
            self._rings[apart] = _Ring(self._series, self._offset, width + -width % _LANES)
        return self._rings[apart]

    def _of_far(
        self, rows: IntArray, sign: IntArray, begin: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `of_held`, one line after the other, whatever it spans."""
        found = np.zeros((2, len(begin) - 1))
        for line, (low, high) in enumerate(
            zip(begin[:-1].tolist(), begin[1:].tolist(), strict=True)
        ):
            held = rows[low:high]
            values = self._series[held]
            there = np.isfinite(values)
            date = (self._offset[held] - self._offset[held].min())[:, None]
            date = (date + np.arange(values.shape[1]))[there]
            total = np.bincount(date, weights=(values * sign[low:high, None])[there])
            count = np.bincount(date)
            counts = (2 * count >= high - low) & (count > 0)
            means = total[counts] / count[counts]
            found[:, line] = means @ means, len(means)
        return found[0], found[1]


class _Ring:
    """Positions with their dates on a ring of `width` columns; those held so far, others 0."""

    def __init__(self, series: FloatArray, offset: IntArray, width: int) -> None:
        self._series, self._offset = series, offset
        self._values: FloatArray = np.zeros((len(series), width))
        self._there: _Count = np.zeros((len(series), width), dtype=np.int16)
        self._is_held = np.zeros(len(series), dtype=bool)

    def _hold(self, rows: IntArray) -> None:
        """Lay positions on the ring that are not on it yet."""
        wanted = np.zeros(len(self._is_held), dtype=bool)
        wanted[rows] = True
        new = np.flatnonzero(wanted & ~self._is_held)
        self._is_held[new] = True
        span = self._series.shape[1]
        for begin in range(0, len(new), _LINES):
            part = new[begin : begin + _LINES]
            values = self._series[part]
            there = np.isfinite(values)
            column = (self._offset[part, None] + np.arange(span)) % self._values.shape[1]
            self._values[part[:, None], column] = np.where(there, values, 0.0)
            self._there[part[:, None], column] = there

    def averages(
        self, rows: IntArray, sign: IntArray, begin: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the means of some lines; see `ResidualSums.of_held`."""
        from scipy.sparse import csr_array

        self._hold(rows)
        n_held = np.diff(begin)
        found = np.empty((2, len(n_held)))
        for low in range(0, len(n_held), _LINES):
            lines = slice(low, low + _LINES)
            ends = begin[low : low + _LINES + 1]
            some = slice(ends[0], ends[-1])
            form = rows[some], ends - ends[0]
            shape = len(ends) - 1, len(self._values)
            total = csr_array((sign[some].astype(np.float64), *form), shape=shape) @ self._values
            ones = np.ones(len(form[0]), dtype=np.int16)
            count = csr_array((ones, *form), shape=shape) @ self._there
            found[:, lines] = _of_means(total, count, n_held[lines])
        return found[0], found[1]


def _of_means(total: FloatArray, count: _Count, n_held: IntArray) -> tuple[FloatArray, FloatArray]:
    """Sum of squares and number of the means of lines on the dates that count, ``(M,)`` each."""
    counts = count >= ((n_held + 1) // 2).astype(count.dtype)[:, None]
    means = total / np.maximum(count, 1)
    means *= counts
    number = np.count_nonzero(counts, axis=1).astype(np.float64)
    return np.einsum("ms,ms->m", means, means), number
