"""What groups, windows, analyses and both models of a study draw alike, each drawn once."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING
from uuid import uuid4
from weakref import WeakValueDictionary

import numpy as np

from eventstudy.inference.moves import choose_moves
from eventstudy.inference.permutations import permutations
from eventstudy.inference.placements import Positions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray
    from eventstudy.estimation.clusters import Structure
    from eventstudy.inference.permutations import Permutations
    from eventstudy.inference.placements import PlaceboTable

_MOST_KEPT = 100_000_000
"""Bytes of moves that are kept; what comes after them is drawn whenever it is asked for."""
_MOST_LOOKED_UP = 500_000
"""Rows on weekdays that `Positions` may look up for them to be kept."""
_MOST_STRUCTURES = 100_000_000
"""Bytes of arrays that structures of pairs may hold; what comes after them is found anew."""
_MOST_TABLES = 2  # of placebo positions that `Positions` are kept of: both models of a study


class DrawMemory:
    """Draws and structures of the pairs of a study, found by what they are made of.

    A group is asked about in the tables, the heatmap, beside other groups and under a second model.
    The same dates with the same admissible moves have the same draws, whoever asks: an economy,
    never a state. A process that is sent a study piece by piece has one of them for all pieces.
    """

    __slots__ = (
        "__weakref__", "_kept", "_moves", "_permutations", "_positions", "_structures",
        "_structures_kept", "_study", "_units",
    )  # fmt: skip

    def __init__(self, study: str = "") -> None:
        self._study = study or uuid4().hex
        self._units: dict[bytes, IntArray] = {}
        self._structures: dict[bytes, Structure] = {}
        self._structures_kept = 0
        self._moves: dict[bytes, tuple[IntArray | None, bool]] = {}
        self._positions: dict[tuple[int, int, int], tuple[PlaceboTable, Positions]] = {}
        self._permutations: dict[bytes, Permutations] = {}
        self._kept = 0

    def __reduce__(self) -> tuple[Callable[[str], DrawMemory], tuple[str]]:
        """A copy of a study starts without them, so that results stay small on disk."""
        return _sent, (self._study,)

    def structure(
        self,
        dates: Sequence[IntArray | DateArray],
        windows: Sequence[IntArray | FloatArray | DateArray],
        find: Callable[[IntArray | None], Structure],
    ) -> Structure:
        """Return what `find` makes of pairs and their independent dates, None where unknown yet.

        `dates` are all that decides about these dates, and `windows` what decides about the rest
        of the structure, ``(N,)`` each.
        """
        key = _digest(dates)
        whole = _digest((np.frombuffer(key, dtype=np.int64), *windows))
        if whole in self._structures:
            return self._structures[whole]
        found = find(self._units.get(key))
        self._units[key] = found.unit
        size = 8 * (len(dates) + len(windows)) * len(found.unit)
        if self._structures_kept + size <= _MOST_STRUCTURES:
            self._structures_kept += size
            self._structures[whole] = found
        return found

    def positions(self, placebo: PlaceboTable, start: int, end: int) -> Positions:
        """Return where pairs may be moved to in a window of this table, kept where it is small."""
        key = (id(placebo), start, end)
        if key not in self._positions:
            made = Positions(placebo, start, end)
            n_widths, n_markets = placebo.index.shape[:2]
            if n_widths * n_markets * placebo.on_or_after.shape[1] > _MOST_LOOKED_UP:
                return made
            self._positions[key] = placebo, made  # with the table, whose name it goes by
            known = list(dict.fromkeys(name for name, _, _ in self._positions))
            for old in [each for each in self._positions if each[0] in known[:-_MOST_TABLES]]:
                del self._positions[old]
        return self._positions[key][1]

    def choose_moves(
        self, spans: IntArray, moves: list[IntArray], gap: int, draws: int, seed: tuple[int, ...]
    ) -> tuple[IntArray | None, bool]:
        """Return what `eventstudy.inference.moves.choose_moves` does."""
        key = _digest((spans, *map(_runs, moves), np.array([gap, draws, *seed])))
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

    def permutations(
        self, first: BoolArray, block: IntArray, stratum: IntArray, draws: int, seed: int
    ) -> Permutations:
        """Return what `eventstudy.inference.permutations.permutations` does."""
        key = _digest((first, block, stratum, np.array([draws, seed])))
        if key in self._permutations:
            return self._permutations[key]
        found = permutations(first, block, stratum, draws=draws, seed=[seed])
        if self._kept + found.first.nbytes <= _MOST_KEPT:
            self._kept += found.first.nbytes
            self._permutations[key] = found
        return found


_SENT: WeakValueDictionary[str, DrawMemory] = WeakValueDictionary()


def _sent(study: str) -> DrawMemory:
    """Return what this process remembers of a study that it was sent before, and still has."""
    return _SENT.setdefault(study, DrawMemory(study))


def _runs(rising: IntArray) -> IntArray:
    """Return the first and last of each run of numbers without a gap, which say all of them.

    Most days in a row are admissible, so that these are few.
    """
    if not rising.size:
        return rising
    ends = np.flatnonzero(np.diff(rising) != 1)
    found = np.empty(2 * len(ends) + 2, dtype=np.int64)
    found[0], found[-1] = rising[0], rising[-1]
    found[1:-1:2], found[2:-1:2] = rising[ends], rising[ends + 1]
    return found


def _digest(arrays: Iterable[BoolArray | IntArray | FloatArray | DateArray]) -> bytes:
    """Return what no other arrays of these types have."""
    parts = [array.tobytes() for array in arrays]
    lengths = np.array([len(part) for part in parts])
    return blake2b(b"".join([lengths.tobytes(), *parts]), digest_size=16).digest()
