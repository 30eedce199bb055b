"""Sums of residual correlations of pairs that come in blocks, carried on as one vector a date.

Where no pair misses a session, the pairs of one day 0 share all their sessions, and two day 0s that
lie ``k`` sessions apart share all but ``k``. With ``u_i`` the residuals of pair `i` on the shared
sessions, about their mean and of length 1, as in `eventstudy.inference.date_groups`,

    sum_{i in A, j in B} s_i s_j rho_ij = (sum_i s_i u_i)'(sum_j s_j u_j),

so that an earlier date is known by one vector for every ``k`` at which its window meets a later
one. In a window of ``l`` sessions such pairs share ``l - k``, so that the sums by ``k`` hold for
all windows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.correlation import CONSTANT

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray


# Share of a sum of squares below which it is summed anew.
_LITTLE = 1e-3


class DateVectors:
    """The dates of one group so far, as far back as later windows may meet theirs.

    Parameters
    ----------
    length
        Sessions of the event window.
    min_common
        Fewer common sessions than this give a correlation of 0, and so does a series constant on
        them.
    """

    __slots__ = ("_known", "_length", "_min_common")

    def __init__(self, length: int, *, min_common: int) -> None:
        self._length, self._min_common = length, min_common
        self._known: dict[int, FloatArray] = {}

    def add(
        self, residuals: FloatArray, rows: IntArray, day0: IntArray, sign: FloatArray
    ) -> FloatArray:
        """Sum the correlations of new pairs with each other and with the earlier ones.

        Parameters
        ----------
        residuals
            ``(U, S)``, nothing missing, in event time.
        rows
            ``(N,)`` those of the pairs.
        day0
            ``(N,)`` session of day 0, counted alike for all; none of an earlier block.
        sign
            ``(N,)`` what each pair is multiplied by.

        Returns
        -------
        ``(l,)``: ``sum s_i s_j rho_ij`` over the pairs of pairs ``i < j`` whose day 0s lie ``k``
        sessions apart; ``l`` the sessions of the event window.
        """
        sums = np.zeros(self._length)
        for date in np.unique(day0):
            of_date = np.flatnonzero(day0 == date)
            before, after, squares = self._vectors(residuals[rows[of_date]], sign[of_date])
            sums[0] += 0.5 * (after[0] @ after[0] - squares)
            self._known = {
                earlier: vectors
                for earlier, vectors in self._known.items()
                if date - earlier < self._length
            }
            for earlier, vectors in self._known.items():
                lag = int(date - earlier)
                # What the later one has first, the earlier one has `lag` sessions on.
                number = residuals.shape[1] - lag
                if number > 0:
                    sums[lag] += vectors[lag, lag:] @ before[lag, :number]
            self._known[int(date)] = after
        return sums

    def _vectors(
        self, residuals: FloatArray, sign: FloatArray
    ) -> tuple[FloatArray, FloatArray, float]:
        """``sum s_i u_i`` on all sessions but the last ``k``, and but the first, ``(l, S)`` each.

        And ``sum s_i^2`` over the pairs whose residuals are not constant.
        """
        centred = residuals - residuals.mean(axis=1)[:, None]
        span = residuals.shape[1]
        lags = np.arange(min(self._length, span))
        number = span - lags
        column = np.arange(span)
        before = column < number[:, None]
        vectors = []
        squares = 0.0
        sums, sums_of_squares = centred.sum(axis=1), np.einsum("ps,ps->p", centred, centred)
        for is_held, edge in (
            (before, centred[:, ::-1][:, : len(lags) - 1]),
            (before[:, ::-1], centred[:, : len(lags) - 1]),
        ):
            # A line a lag, so that what is done to all pairs is done along memory.
            left_out = np.ascontiguousarray(edge.T)
            total = _without(sums, left_out)
            square = _without(sums_of_squares, left_out**2)
            # Where little is left of the squares, their difference has lost its digits.
            lag, row = np.nonzero(square < _LITTLE * square[0])
            square[lag, row] = (centred[row] ** 2 * is_held[lag]).sum(axis=1)
            total[lag, row] = (centred[row] * is_held[lag]).sum(axis=1)
            spread = square - total**2 / number[:, None]
            usable = (spread > CONSTANT * square) & (number >= self._min_common)[:, None]
            weight = np.where(usable, sign / np.sqrt(np.where(usable, spread, 1.0)), 0.0)
            mean = (weight * total).sum(axis=1) / number
            of_lags = np.zeros((self._length, span))
            of_lags[: len(lags)] = np.where(is_held, weight @ centred - mean[:, None], 0.0)
            vectors.append(of_lags)
            squares = float(sign**2 @ usable[0])
        return vectors[0], vectors[1], squares


def _without(sums: FloatArray, left_out: FloatArray) -> FloatArray:
    """Sums ``(N,)`` less the first ``0, 1, 2, ...`` lines of `left_out`, ``(1 + lines, N)``."""
    rest = np.empty((1 + len(left_out), len(sums)))
    rest[0] = sums
    for before, line in enumerate(left_out):  # a loop goes along memory, as `cumsum` does not
        np.subtract(rest[before], line, out=rest[before + 1])
    return rest


def shared_sums(sums: FloatArray, length: int) -> float:
    """Sum of ``s_i s_j rho_ij n_ij / sqrt(L_i L_j)`` in a window of `length` sessions.

    `sums` are those of `DateVectors.add`.
    """
    shared = np.maximum(length - np.arange(len(sums)), 0)
    return float(sums @ shared) / length
