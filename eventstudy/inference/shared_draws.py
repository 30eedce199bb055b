"""The placebo statistic of many members of one family on the draws that all of them share.

What a draw moves a cluster of dates to, it moves the pairs of every member to. So the sums of
every placement are taken once for all members, and a draw adds those of the placements it picks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.moments import CANCELLED
from eventstudy.inference.placebo import unit_t

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.inference.placements import Placements

_DRAWS = 4096  # looked at together: more would not stay in the processor's cache
_MEMBERS = 32  # likewise


def shared_t(
    z: FloatArray, sign: FloatArray, member: IntArray, n_members: int, placements: Placements
) -> FloatArray:
    """Return the statistic of every member on every draw, ``(B, J)``; NaN without any pair.

    In one market every day 0 is a date of its own.

    Parameters
    ----------
    z
        ``(U,)`` of every position, in one window.
    sign, member
        ``(N,)`` sign of each pair, and the number of the member it counts for; -1 for none.
    """
    n_draws = len(placements.blocks[0].pick)
    out = np.full((n_draws, n_members), np.nan)
    for first in range(0, n_members, _MEMBERS):
        numbers = np.arange(first, min(first + _MEMBERS, n_members))
        places = _Placed(z, sign, member[:, None] == numbers, placements)
        for begin in range(0, n_draws, _DRAWS):
            lines = slice(begin, begin + _DRAWS)
            out[lines, numbers] = places.t(lines)
    return out


class _Placed:
    """Sums of some members, ``(N, J)`` by pair, in every placement of every block."""

    def __init__(
        self, z: FloatArray, sign: FloatArray, is_held: BoolArray, placements: Placements
    ) -> None:
        self._blocks = placements.blocks
        self._z, self._sign, self._is_held = z, sign, is_held
        self._begins = np.cumsum([0, *(len(block.rows) for block in self._blocks)])
        # Of every placement: sum of the values, that of their squares, and how many lack one.
        n_members = is_held.shape[1]
        self._number = is_held.sum(axis=0)
        self._sums = np.zeros((self._begins[-1], 2 * n_members))
        lacking: list[tuple[slice, FloatArray]] = []
        for begin, block in zip(self._begins, self._blocks, strict=False):
            of = is_held[block.columns]
            kept = of.any(axis=1)
            if kept.any():
                value = z[block.rows[:, kept]] * sign[block.columns[kept]]
                has_value = np.isfinite(value)
                adds = of[kept].astype(np.float64)
                lines = slice(begin, begin + len(value))
                if not has_value.all():
                    value = np.where(has_value, value, 0.0)
                    lacking.append((lines, ~has_value @ adds))
                terms = (value, value**2)
                self._sums[lines] = np.concatenate([term @ adds for term in terms], axis=1)
        if lacking:
            missing = np.zeros((len(self._sums), n_members))
            for lines, number in lacking:
                missing[lines] = number
            self._sums = np.concatenate([self._sums, missing], axis=1)

    def t(self, lines: slice) -> FloatArray:
        """Return the statistic of each member on some draws, as `unit_t` has it."""
        from scipy.sparse import csr_array

        picked = np.column_stack([block.pick[lines] for block in self._blocks]) + self._begins[:-1]
        pointer = np.arange(len(picked) + 1) * len(self._blocks)
        shape = (len(picked), len(self._sums))
        picks = csr_array((np.ones(picked.size), picked.ravel(), pointer), shape=shape)
        n_members = len(self._number)
        sums = picks @ self._sums
        total, squares = sums[:, :n_members], sums[:, n_members : 2 * n_members]
        lacking = sums[:, 2 * n_members :]
        n = np.broadcast_to(self._number, total.shape) - (lacking if lacking.size else 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = total / n
            about = squares - total * mean
            t = np.where(n > 1, np.sqrt(n) * mean / np.sqrt(about / (n - 1.0)), np.nan)
        is_one = self._number == 1
        t[:, is_one] = np.where(n[:, is_one] == 1, total[:, is_one], np.nan)
        # Where most digits cancel, value by value.
        is_lost = (n > 1) & ~(about > CANCELLED * squares)
        for one in np.flatnonzero(is_lost.any(axis=0)).tolist():
            again = np.flatnonzero(is_lost[:, one])
            t[again, one] = unit_t(self._values(one, again + lines.start))
        return t

    def _values(self, one: int, draws: IntArray) -> FloatArray:
        """Return the values of one member on some draws, ``(B, E)``."""
        held = self._is_held[:, one]
        parts = []
        for block in self._blocks:
            kept = held[block.columns]
            rows = block.rows[block.pick[draws]][:, kept]
            parts.append(self._z[rows] * self._sign[block.columns[kept]])
        return np.concatenate(parts, axis=1)
