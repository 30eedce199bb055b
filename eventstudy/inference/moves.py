"""Which move each cluster of dates takes in each draw: all combinations, or draws of them."""

from __future__ import annotations

import zlib
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

if TYPE_CHECKING:
    import numpy.typing as npt

    from eventstudy._typing import BoolArray, IntArray

_ROUNDS = 60
_BYTE, _SHIFT, _WORD = 8, 3, 8  # bits of a byte, and bytes of a word
_WIDE = 56  # whole bytes of days that a word takes at once, wherever in its first byte they begin
_BITS = np.array([1 << bit for bit in range(_BYTE)], dtype=np.uint8)


def choose_moves(
    spans: IntArray, moves: list[IntArray], gap: int, draws: int, seed: tuple[int, ...]
) -> tuple[IntArray | None, bool]:
    """Index of the move of each cluster in each draw ``(B, C)``; whether all there are.

    The `moves` of each cluster ascend.
    """
    order = np.lexsort((spans[:, 0], spans[:, 0] - spans[:, 1]))
    all_of_them = _enumerate(spans, moves, gap, draws, order)
    if all_of_them is not None:
        return (all_of_them, True) if len(all_of_them) else (None, False)
    rng = np.random.default_rng((*seed, zlib.crc32(spans.astype(np.int64).tobytes())))
    chosen = np.zeros((0, len(spans)), dtype=np.int64)
    for _ in range(20):
        new_moves = _sample(spans, moves, gap, draws - len(chosen), order, rng)
        if not len(new_moves):  # the clusters leave no room, and trying again would not make any
            break
        chosen = np.concatenate([chosen, new_moves])
        if len(chosen) == draws:
            return chosen, False
    return None, False


def _enumerate(
    spans: IntArray, moves: list[IntArray], gap: int, most: int, order: IntArray
) -> IntArray | None:
    """All placements, or None when there are more than `most`."""
    at_least = 1
    placed_length = 0
    for number, cluster in enumerate(order):
        length = int(spans[cluster, 1] - spans[cluster, 0])
        # A placed cluster takes away at most its length, ours and a gap on each side.
        blocked = placed_length + number * (length + 2 * gap - 1)
        at_least *= max(0, len(moves[cluster]) - blocked)
        placed_length += length
    if at_least > most:
        return None
    listed: list[tuple[int, ...]] = []
    steps = 0
    lows = [spans[cluster, 0] + moves[cluster] for cluster in order]
    first = min((int(low.min()) for low in lows if low.size), default=0) - gap
    lows = [low - first for low in lows]
    lengths = [int(spans[cluster, 1] - spans[cluster, 0]) for cluster in order]
    n_days = max(
        int(low.max(initial=0)) + length for low, length in zip(lows, lengths, strict=True)
    )

    def descend(depth: int, is_taken: BoolArray, picks: list[int]) -> bool:
        # The longest first: what meets one that is placed has its first or last weekday there.
        nonlocal steps
        low, length = lows[depth], lengths[depth]
        open_moves = np.flatnonzero(~(is_taken[low] | is_taken[low + length])).tolist()
        if depth == len(order) - 1:
            steps += len(open_moves)
            listed.extend((*picks, pick) for pick in open_moves)
            return len(listed) <= most and steps <= 5 * most
        for pick in open_moves:
            steps += 1
            if steps > 5 * most:
                return False
            taken_now = is_taken.copy()
            taken_now[low[pick] - gap + 1 : low[pick] + length + gap] = True
            if not descend(depth + 1, taken_now, [*picks, pick]):
                return False
        return True

    if not descend(0, np.zeros(n_days + gap, dtype=bool), []):
        return None
    placements = np.empty((len(listed), len(spans)), dtype=np.int64)
    if listed:
        placements[:, order] = np.array(listed)
    return placements


def _sample(
    spans: IntArray,
    moves: list[IntArray],
    gap: int,
    draws: int,
    order: IntArray,
    rng: np.random.Generator,
) -> IntArray:
    """Draw placements, longest cluster first, each uniform over the moves still free.

    Uniform over the free moves is drawn by proposing from all moves until one is free; the few
    draws that stay stuck choose among their free moves directly, and those with none are left out.
    """
    chosen = np.zeros((len(spans), draws), dtype=np.int64)
    alive = np.ones(draws, dtype=bool)
    first = min(int(spans[c, 0] + moves[c].min()) for c in order)
    last = max(int(spans[c, 1] + moves[c].max()) for c in order)
    calendars = _Calendars(draws, first, last, gap)
    for number, cluster in enumerate(order):
        starts = spans[cluster, 0] + moves[cluster]
        places = _Places(calendars, starts, int(spans[cluster, 1] - spans[cluster, 0]))
        is_last = number + 1 == len(order)
        lines, of_cluster = alive.nonzero()[0], chosen[cluster]
        for _ in range(_ROUNDS):
            if not lines.size:
                break
            pick = rng.integers(len(starts), size=len(lines))
            settled = lines
            if number:  # before the first nothing is taken
                clear = places.are_free(lines, pick)
                at = clear.nonzero()[0]
                settled, lines = lines.take(at), lines.take((~clear).nonzero()[0])
                pick = pick.take(at)
            else:
                lines = lines[:0]
            of_cluster[settled] = pick
            if not is_last:
                places.take(settled, pick)
        for line in lines.tolist():
            open_moves = places.free_of(line)
            if not open_moves.size:
                alive[line] = False
                continue
            pick_one = int(rng.choice(open_moves))
            of_cluster[line] = pick_one
            places.take(np.array([line]), np.array([pick_one]))
    return chosen[:, alive].T


class _Calendars:
    """Which weekdays of each draw are taken, a bit each.

    A span takes its weekdays and those fewer than `gap` from them. Spans come in order of their
    length, the longest first: what a later one shares with an earlier one then holds the first or
    the last of its weekdays, and no other has to be looked at. A number of 64 bits that begins at
    any byte takes 56 weekdays at once, wherever they begin.
    """

    def __init__(self, draws: int, first: int, last: int, gap: int) -> None:
        self.gap = gap
        self.first = first - gap
        self.row = (last - first + 2 * gap) // _BYTE + 1
        self.bytes = np.zeros(draws * self.row + _WORD, dtype=np.uint8)
        # Where each weekday stands: bytes after the row's first, and the bit there.
        day = np.arange(_BYTE * self.row)
        self.byte, self._at = day >> _SHIFT, day & (_BYTE - 1)
        self.bit = _BITS.take(self._at)
        self._masks: dict[int, npt.NDArray[np.uint64]] = {}
        self.words = as_strided(
            self.bytes[:_WORD].view("<u8"), shape=(draws * self.row + 1,), strides=(1,)
        )

    def masks(self, width: int) -> npt.NDArray[np.uint64]:
        """Bits of so many weekdays in a row in the word that holds the first, by that weekday."""
        if width not in self._masks:
            self._masks[width] = _masks(width).take(self._at)
        return self._masks[width]


class _Places:
    """The spans that one cluster may take in a row of the calendars.

    Parameters
    ----------
    begin, length : ``(M,)`` weekday on which each span begins, ascending, and weekdays to its last
    """

    def __init__(self, calendars: _Calendars, begin: IntArray, length: int) -> None:
        self._calendars = calendars

        def of(table: npt.NDArray[Any], later: int) -> npt.NDArray[Any]:
            """Take what weekdays so much after the first of each span have."""
            at = int(begin[0]) - calendars.first + later
            if int(begin[-1]) - int(begin[0]) == len(begin) - 1:  # ascending, so all in a row
                return table[at : at + len(begin)]
            return table.take(begin - calendars.first + later)

        self._first = of(calendars.byte, 0), of(calendars.bit, 0)
        self._last = (of(calendars.byte, length), of(calendars.bit, length)) if length else None
        self._byte = of(calendars.byte, 1 - calendars.gap)
        self._masks = []
        left = length + 2 * calendars.gap - 1
        while left > 0:
            self._masks.append(of(calendars.masks(min(left, _WIDE)), 1 - calendars.gap))
            left -= _WIDE

    def are_free(self, lines: IntArray, pick: IntArray) -> BoolArray:
        """Whether the span that each of some draws picks is free there."""
        row = lines * self._calendars.row
        byte, bit = self._first
        is_taken = self._calendars.bytes.take(byte.take(pick) + row)
        is_taken &= bit.take(pick)
        if self._last is not None:
            byte, bit = self._last
            at_end = self._calendars.bytes.take(byte.take(pick) + row)
            at_end &= bit.take(pick)
            is_taken |= at_end
        return np.asarray(is_taken == 0)

    def free_of(self, line: int) -> IntArray:
        """Return the spans that are free in one draw."""
        every = np.arange(len(self._byte))
        return self.are_free(np.full(len(every), line), every).nonzero()[0]

    def take(self, lines: IntArray, pick: IntArray) -> None:
        """Take these spans, one of each line."""
        place = self._byte.take(pick)
        place += lines * self._calendars.row
        for mask in self._masks:
            self._calendars.words[place] |= mask.take(pick)
            place += _WIDE // _BYTE


@cache
def _masks(width: int) -> npt.NDArray[np.uint64]:
    """Bits of so many days in a row, by the bit of the first in its byte."""
    return np.array([((1 << width) - 1) << bit for bit in range(_BYTE)], dtype=np.uint64)
