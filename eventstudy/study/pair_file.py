"""The pairs of a streamed study on disk, in order of their events in time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.io.unnamed_file import UnnamedFile

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from eventstudy._typing import IntArray

    Pairs = npt.NDArray[np.void]

PAIR = np.dtype(
    [
        ("event", "<i4"),
        ("security", "<i4"),
        ("day0", "<i4"),
        ("date", "<i4"),
        ("begin", "<i4"),
        ("sign", "i1"),
    ]
)
"""Position of the event, of the security and of day 0; its day and the first of the event window,
counted from 1970; what the pair is multiplied by."""

# Pairs that are brought into order at a time.
_PORTION = 200_000


class PairFile(UnnamedFile):
    """Pairs on disk, added some at a time and read back in order of their events in time.

    Parameters
    ----------
    folder
        Where the file lies, which has no name and is gone when it is closed.
    rank
        ``(E,)`` place of each event in time.
    """

    __slots__ = ("_length", "_number", "_pieces", "_rank")

    def __init__(self, folder: Path, rank: IntArray) -> None:
        super().__init__(folder)
        self._rank = rank
        self._length = 0
        self._number = np.zeros(len(rank), dtype=np.int64)
        self._pieces: list[tuple[int, int, int, int]] = []

    def __len__(self) -> int:
        return self._length

    @property
    def numbers(self) -> IntArray:
        """Number of pairs of each event that has any, in time."""
        in_time = np.empty_like(self._number)
        in_time[self._rank] = self._number
        return in_time[in_time > 0]

    def add(self, pairs: Pairs) -> None:
        """Write pairs behind those that are there."""
        if not len(pairs):
            return
        ranks = self._rank[pairs["event"]]
        order = np.argsort(ranks, kind="stable")
        self._file.seek(0, 2)
        self._file.write(pairs[order].tobytes())
        first, last = int(ranks[order[0]]), int(ranks[order[-1]])
        self._pieces.append((first, last, self._length, len(pairs)))
        self._length += len(pairs)
        self._number += np.bincount(pairs["event"], minlength=len(self._number))

    def put_in_time(self) -> None:
        """Bring all pairs into order; those of one event stay as they came."""
        pieces, self._pieces = self._pieces, []
        if all(last < after[0] for (_, last, _, _), after in pairwise(pieces)):
            return
        ordered = self._opened()
        in_time = np.empty_like(self._number)
        in_time[self._rank] = self._number
        before = np.cumsum(in_time)
        rank = 0
        while rank < len(before):
            done = int(before[rank - 1]) if rank else 0
            stop = max(int(np.searchsorted(before, done + _PORTION, side="right")), rank + 1)
            parts = []
            for first, last, begin, length in pieces:
                if first < stop and last >= rank:
                    piece = self._read(begin, begin + length)
                    low, high = np.searchsorted(self._rank[piece["event"]], [rank, stop])
                    parts.append(piece[low:high])
            if parts:
                some = np.concatenate(parts)
                order = np.argsort(self._rank[some["event"]], kind="stable")
                ordered.write(some[order].tobytes())
            rank = stop
        self._file.close()
        self._file = ordered

    def read(self, part: slice) -> Pairs:
        """Return some pairs."""
        return self._read(part.start or 0, min(part.stop, self._length))

    def _read(self, begin: int, stop: int) -> Pairs:
        self._file.seek(begin * PAIR.itemsize)
        return np.frombuffer(self._file.read((stop - begin) * PAIR.itemsize), dtype=PAIR)
