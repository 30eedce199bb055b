"""Numbers of lines of positions, each line's made once.

Moved to one date the same markets are the same positions, whatever the event, group, window and
draw, so that most lines that are asked for are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from scipy.sparse import csr_array

    from eventstudy._typing import FloatArray, IntArray

    Mark = npt.NDArray[np.uint64]

# Factors that make a number as good as random (Steele, Lea and Flood, OOPSLA 2014).
_FACTORS = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
# Lines that are kept, some 40 bytes each.
_MOST_LINES = 4_000_000


class LineMemory:
    """Numbers of lines that are known by two marks each.

    Parameters
    ----------
    n_numbers
        Numbers of a line.
    """

    __slots__ = ("_checks", "_marks", "_values")

    def __init__(self, n_numbers: int) -> None:
        self._values: FloatArray = np.empty((n_numbers, 0))
        self._forget()

    def _forget(self) -> None:
        self._marks: Mark = np.empty(0, dtype=np.uint64)
        self._checks: Mark = np.empty(0, dtype=np.uint64)
        self._values = self._values[:, :0]

    def of(self, marks: tuple[Mark, Mark], make: Callable[[IntArray], FloatArray]) -> FloatArray:
        """Return the numbers of lines, ``(k, M)``.

        Parameters
        ----------
        marks
            Two of each line ``(M,)``, the same where the lines are.
        make
            Numbers ``(k, F)`` of some of the lines, which it is told by their places.
        """
        mark, check = marks
        fresh, first = np.unique(mark, return_index=True)
        first = first[~np.isin(fresh, self._marks, assume_unique=True)]
        if len(self._marks) and len(self._marks) + len(first) > _MOST_LINES:
            self._forget()
            first = np.unique(mark, return_index=True)[1]
        if first.size:
            known = np.concatenate([self._marks, mark[first]])
            order = np.argsort(known)
            self._values = np.concatenate([self._values, make(first)], axis=1)[:, order]
            self._checks = np.concatenate([self._checks, check[first]])[order]
            self._marks = known[order]
        at = np.searchsorted(self._marks, mark)
        values = self._values[:, at]
        other = np.flatnonzero(self._checks[at] != check)  # two lines of one mark
        if other.size:
            values[:, other] = make(other)
        return values


def marks_in_order(lines: IntArray) -> tuple[Mark, Mark]:
    """Two numbers a line of ``(M, n)``, the same where positions are the same, ``(M,)`` each."""
    first, second = (_in_order(lines, which) for which in (0, 1))
    return first, second


def _in_order(lines: IntArray, which: int) -> Mark:
    column = np.arange(lines.shape[1], dtype=np.uint64) + np.uint64(which << 31)
    mixed: Mark = _mixed(lines.astype(np.uint64) ^ (column << np.uint64(32))).sum(axis=1)
    return mixed


def marks_of_held(holds: csr_array) -> tuple[Mark, Mark]:
    """Two numbers a line of signs, the same where lines hold the same, in whatever order."""
    held = 2 * holds.indices.astype(np.uint64) + (holds.data < 0)
    pointer = holds.indptr.astype(np.int64)
    first, second = (_of_held(held, pointer, which) for which in (0, 1))
    return first, second


def _of_held(held: Mark, pointer: IntArray, which: int) -> Mark:
    mixed = _mixed(held.astype(np.uint64) ^ np.uint64((which + 1) << 62))
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(mixed)])
    return np.asarray(total[pointer[1:]] - total[pointer[:-1]])


def _mixed(x: Mark) -> Mark:
    for shift, factor in zip((30, 27), _FACTORS, strict=True):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(x ^ (x >> np.uint64(31)))
