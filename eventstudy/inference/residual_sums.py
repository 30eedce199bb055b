"""Means of residual series over portfolios of positions, by calendar date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray

# Dates that a line's positions lie apart from which on it is summed by itself.
_FAR = 256
# Lines averaged at a time, so that they stay in the processor's own memory.
_LINES = 128
# Dates that a sum of squares takes at a time; zeros after them change no digit.
_LANES = 64


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
                counts = (count > 0) & (2 * count >= used[part].sum(axis=1)[:, None])
                mean = np.where(counts, total / np.maximum(count, 1.0), 0.0)
                squares[part] = np.einsum("ms,ms->m", mean, mean)
                number[part] = counts.sum(axis=1)
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


def _wide(width: int) -> int:
    """Return so many dates or a few more, so that sums do not depend on the lines beside them."""
    return width + -width % _LANES
