"""What groups, windows, analyses and both models of a study draw alike, each drawn once."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.placements import choose_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventstudy._typing import DateArray, IntArray
    from eventstudy.estimation.clusters import Structure

_MOST_KEPT = 100_000_000
"""Bytes of moves that are kept; what comes after them is drawn whenever it is asked for."""


class DrawMemory:
    """Draws and independent dates of a study, found by what they are made of.

    A group is asked about in the tables, the heatmap, beside other groups and under a second model.
    The same dates with the same admissible moves have the same draws, whoever asks: an economy,
    never a state.
    """

    __slots__ = ("_kept", "_moves", "_units")

    def __init__(self) -> None:
        self._units: dict[bytes, IntArray] = {}
        self._moves: dict[bytes, tuple[IntArray | None, bool]] = {}
        self._kept = 0

    def __reduce__(self) -> tuple[type[DrawMemory], tuple[()]]:
        """A copy of a study starts without them, so that results stay small on disk."""
        return type(self), ()

    def with_units(
        self, pairs: Sequence[IntArray | DateArray], find: Callable[[IntArray | None], Structure]
    ) -> Structure:
        """Return what `find` makes of pairs and their independent dates, None where unknown yet.

        `pairs` are all that decides about these dates, ``(N,)`` each.
        """
        key = _digest(pairs)
        found = find(self._units.get(key))
        self._units[key] = found.unit
        return found

    def choose_moves(
        self, spans: IntArray, moves: list[IntArray], gap: int, draws: int, seed: tuple[int, ...]
    ) -> tuple[IntArray | None, bool]:
        """Return what `eventstudy.inference.placements.choose_moves` does."""
        key = _digest((spans, *moves, np.array([gap, draws, *seed])))
        if key in self._moves:
            chosen, is_all = self._moves[key]
            return None if chosen is None else chosen.astype(np.int64), is_all
        chosen, is_all = choose_moves(spans, moves, gap, draws, seed)
        small = chosen
        if chosen is not None:
            most = max(len(options) for options in moves)
            small = chosen.astype(np.min_scalar_type(most), order="F")
        size = 0 if small is None else small.nbytes
        if self._kept + size <= _MOST_KEPT:
            self._kept += size
            self._moves[key] = small, is_all
        return chosen, is_all


def _digest(arrays: Iterable[IntArray | DateArray]) -> bytes:
    digest = blake2b(digest_size=16)
    for array in arrays:
        digest.update(len(array).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.digest()
