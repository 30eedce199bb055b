"""Means of residual series over portfolios of positions, by calendar date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from eventstudy._typing import BoolArray, FloatArray, IntArray

# Dates that a line's positions lie apart from which on it is summed by itself.
_FAR = 256
# Lines averaged at a time, so that they stay in the processor's own memory.
_LINES = 128
# Dates that a sum of squares takes at a time; zeros after them change no digit.
_LANES = 64
# Weekdays, and portfolios moved over them, that share the sums of single days at a time.
_DAYS, _PORTFOLIOS = 256, 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """A portfolio moved over weekdays.

    Attributes
    ----------
    series, later, sign : ``(n,)`` the number of each series, how many weekdays its day lies after
        the first, and +1 or -1
    weekday : ``(F,)`` the first days, in order
    """

    series: IntArray
    later: IntArray
    sign: IntArray
    weekday: IntArray

    def lines(self, position: IntArray) -> IntArray:
        """Positions as `ResidualSums.averages` takes them, ``(F, n)``."""
        rows: IntArray = position[self.series, self.weekday[:, None] + self.later]
        return (rows + 1) * self.sign

    def by_day(self) -> dict[int, tuple[tuple[int, int], ...]]:
        """Series and their signs, by how many weekdays they lie after the first."""
        held: dict[int, list[tuple[int, int]]] = {}
        for series, later, sign in zip(
            self.series.tolist(), self.later.tolist(), self.sign.tolist(), strict=True
        ):
            held.setdefault(later, []).append((series, sign))
        return {later: tuple(sorted(each)) for later, each in held.items()}


class ResidualSums:
    """Sums of the residuals of lines of positions.

    A date counts for a line when at least half of its positions have a residual on it. No line
    changes a digit of another.

    Parameters
    ----------
    series, offset : ``(U, S)`` residuals, NaN where missing, and ``(U,)`` the calendar column of
        the first
    """

    def __init__(self, series: FloatArray, offset: IntArray) -> None:
        self._series, self._offset = series, offset
        self._padded: dict[int, npt.NDArray[np.complex128]] = {}
        self._filled: npt.NDArray[np.complex128] | None = None

    def averages(self, lines: IntArray) -> tuple[FloatArray, FloatArray]:
        """Sum of squares and number of the mean residuals of each line, ``(M,)`` each.

        Parameters
        ----------
        lines : ``(M, n)`` positions, numbered from 1 on, negative where their sign is; 0 where
            none is counted
        """
        used = lines != 0
        rows = np.where(used, np.abs(lines) - 1, 0)
        offset = np.where(used, self._offset[rows], np.iinfo(np.int64).max)
        shift = np.where(used, offset - offset.min(axis=1)[:, None], 0)
        signs = np.sign(lines).astype(np.float64)
        squares, number = np.empty(len(rows)), np.empty(len(rows))
        is_far = shift.max(axis=1, initial=0) >= _FAR
        for chosen, totals in ((is_far, self._far_totals), (~is_far, self._near_totals)):
            of = np.flatnonzero(chosen)
            for begin in range(0, len(of), _LINES):
                part = of[begin : begin + _LINES]
                total, count = totals(rows[part], shift[part], signs[part])
                squares[part], number[part] = _of_means(total, count, used[part].sum(axis=1))
        return squares, number

    def _far_totals(
        self, rows: IntArray, shift: IntArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Sum and number of the residuals of each line on each date, ``(M, dates)``.

        `shift` says how many dates after the line's first one a row begins.
        """
        span = self._series.shape[1]
        width = _wide(span + int(shift.max(initial=0)))
        total, count = np.zeros((len(rows), width)), np.zeros((len(rows), width))
        for line, (line_rows, steps, line_sign) in enumerate(zip(rows, shift, sign, strict=True)):
            for step in np.unique(steps):
                at = np.flatnonzero((steps == step) & (line_sign != 0.0))
                values = self._series[line_rows[at]]
                there = np.isfinite(values)
                on = slice(step, step + span)
                total[line, on] += line_sign[at] @ np.where(there, values, 0.0)
                count[line, on] += there.sum(axis=0)
        return total, count

    def _near_totals(
        self, rows: IntArray, shift: IntArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """As `_far_totals`, all lines at once."""
        windows, pad = self._shifted(int(shift.max(initial=0)))
        # The sum and, as imaginary part, the number of what was summed: one pass for both.
        total = np.zeros((len(rows), _wide(windows.shape[2])), dtype=np.complex128)
        inside = total[:, : windows.shape[2]]
        for pair_rows, steps, pair_sign in zip(rows.T, shift.T, sign.T, strict=True):
            values = windows[pair_rows, pad - steps]
            is_negative = pair_sign < 0.0
            if is_negative.any():
                values[is_negative] = -values[is_negative].conj()
            if not pair_sign.all():
                values[pair_sign == 0.0] = 0.0
            inside += values
        return total.real, total.imag

    def moved(
        self, position: IntArray, portfolios: Sequence[Moved]
    ) -> tuple[FloatArray, FloatArray]:
        """`averages` of portfolios moved over weekdays, one after the other, ``(sum F,)`` each.

        Series that a portfolio holds on one day are summed once for all days and portfolios that
        hold the same ones; the sums of its days are then added up, each from its own date on.

        Parameters
        ----------
        position
            ``(K, D)`` position of every series on every weekday; -1 where there is none.
        """
        row = np.maximum(position, 0)
        last = np.iinfo(np.int64).max
        start = np.where(position >= 0, self._offset[row], last)
        # Where the sum of a weekday begins: never before that of an earlier one.
        base = np.minimum.accumulate(start.min(axis=0)[::-1])[::-1]
        apart = np.where(position >= 0, start - base, 0)
        if apart.max(initial=0) >= _FAR:
            parts = [self.averages(portfolio.lines(position)) for portfolio in portfolios]
        else:
            filled = self._filled_series()
            parts = [
                each
                for begin in range(0, len(portfolios), _PORTFOLIOS)
                for each in _summed_by_day(
                    filled, row, apart, base, portfolios[begin : begin + _PORTFOLIOS]
                )
            ]
        squares, number = zip(*parts, strict=True)
        return np.concatenate(squares), np.concatenate(number)

    def _filled_series(self) -> npt.NDArray[np.complex128]:
        """Every series, 0 where it has no value and with 1j where it has one, ``(U, S)``."""
        if self._filled is None:
            there = np.isfinite(self._series)
            self._filled = np.where(there, self._series, 0.0) + 1j * there
        return self._filled

    def _shifted(self, most: int) -> tuple[npt.NDArray[np.complex128], int]:
        """Every series shifted by up to `most` columns: a view ``(U, pad+1, S+pad)``, and pad.

        ``view[u, pad - k]`` is series `u` moved `k` columns to the right, with 1j where it has a
        value.
        """
        pad = max(8, 1 << most.bit_length())
        if pad not in self._padded:
            there = np.isfinite(self._series)
            padded = np.zeros((len(there), there.shape[1] + 2 * pad), dtype=np.complex128)
            inner = padded[:, pad:-pad]
            inner.real[there] = self._series[there]
            inner.imag[there] = 1.0
            self._padded[pad] = padded
        width = self._series.shape[1] + pad
        return np.lib.stride_tricks.sliding_window_view(self._padded[pad], width, axis=1), pad


def _summed_by_day(
    filled: npt.NDArray[np.complex128],
    position: IntArray,
    apart: IntArray,
    base: IntArray,
    portfolios: Sequence[Moved],
) -> list[tuple[FloatArray, FloatArray]]:
    """`ResidualSums.moved` of a few portfolios.

    `filled` as of `ResidualSums._filled_series`; a series on a weekday begins `apart` columns after
    the `base` of the weekday.
    """
    span = filled.shape[1]
    by_day = [portfolio.by_day() for portfolio in portfolios]
    found = [(np.empty(len(each.weekday)), np.empty(len(each.weekday))) for each in portfolios]
    for low in range(0, position.shape[1], _DAYS):
        chosen = [
            np.flatnonzero((each.weekday >= low) & (each.weekday < low + _DAYS))
            for each in portfolios
        ]
        needed: dict[tuple[tuple[int, int], ...], BoolArray] = {}
        for portfolio, days, which in zip(portfolios, by_day, chosen, strict=True):
            for later, held in days.items():
                marks = needed.setdefault(held, np.zeros(position.shape[1], dtype=bool))
                marks[portfolio.weekday[which] + later] = True
        sums = {}
        for held, marks in needed.items():
            weekday = np.flatnonzero(marks)
            # The sum and, as imaginary part, the number of what was summed.
            shifts = [apart[series, weekday] for series, _ in held]
            most = max(int(shift.max(initial=0)) for shift in shifts)
            total = np.zeros((len(weekday), span + most), dtype=np.complex128)
            for (series, sign), shift in zip(held, shifts, strict=True):
                for lines, rows, on in _runs(position[series, weekday], shift):
                    values = filled[rows]
                    total[lines, on : on + span] += values if sign > 0 else -values.conj()
            sums[held] = np.cumsum(marks) - 1, total
        for portfolio, days, which, (squares, number) in zip(
            portfolios, by_day, chosen, found, strict=True
        ):
            for begin in range(0, len(which), _LINES):
                part = which[begin : begin + _LINES]
                weekday = portfolio.weekday[part]
                of_days = [
                    (sums[held], weekday + later, base[weekday + later] - base[weekday])
                    for later, held in days.items()
                ]
                width = max(values.shape[1] + int(step.max()) for (_, values), _, step in of_days)
                total = np.zeros((len(part), _wide(width)), dtype=np.complex128)
                for (at, values), day, step in of_days:
                    for lines, rows, on in _runs(at[day], step):
                        total[lines, on : on + values.shape[1]] += values[rows]
                n_held = np.full(len(part), len(portfolio.series))
                squares[part], number[part] = _of_means(total.real, total.imag, n_held)
    return found


def _runs(row: IntArray, shift: IntArray) -> Iterator[tuple[slice, slice, int]]:
    """Lines whose rows follow each other and are shifted alike: lines, rows and shift.

    On neighbouring weekdays most do.
    """
    ends = np.flatnonzero((np.diff(row) != 1) | (np.diff(shift) != 0)) + 1
    begins = [0, *ends.tolist()][: len(row)]
    for begin, end in zip(begins, [*ends.tolist(), len(row)], strict=False):
        first = int(row[begin])
        yield slice(begin, end), slice(first, first + end - begin), int(shift[begin])


def _of_means(
    total: FloatArray, count: FloatArray, n_held: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Sum of squares and number of the means of lines on the dates that count, ``(M,)`` each."""
    # What a sum of so many is multiplied by, of a line of so many.
    most = int(n_held.max(initial=0))
    held, there = np.arange(most + 1)[:, None], np.arange(most + 1)
    weight = np.where(2 * there >= held, 1.0 / np.maximum(there, 1), 0.0)
    weight[:, 0] = 0.0
    at = count.astype(np.intp)
    at += (n_held * (most + 1))[:, None]
    of_sum = weight.ravel().take(at)
    number = np.count_nonzero(of_sum, axis=1).astype(np.float64)
    of_sum *= total
    return np.einsum("ms,ms->m", of_sum, of_sum), number


def _wide(width: int) -> int:
    """Return so many dates or a few more, so that sums do not depend on the lines beside them."""
    return width + -width % _LANES
