"""Which move each cluster of dates takes in each draw: all combinations, or draws of them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, IntArray

_ROUNDS = 60
_BITS, _SHIFT = 64, 6


def choose_moves(
    spans: IntArray, moves: list[IntArray], gap: int, draws: int, seed: tuple[int, ...]
) -> tuple[IntArray | None, bool]:
    """Index of the move of each cluster in each draw ``(B, C)``; whether all there are."""
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

    def descend(depth: int, placed: list[tuple[int, int]], picks: list[int]) -> bool:
        nonlocal steps
        cluster = order[depth]
        low = spans[cluster, 0] + moves[cluster]
        high = spans[cluster, 1] + moves[cluster]
        free = np.ones(len(low), dtype=bool)
        for begin, finish in placed:
            free &= (low - finish >= gap) | (begin - high >= gap)
        open_moves = np.flatnonzero(free).tolist()
        if depth == len(order) - 1:
            steps += len(open_moves)
            listed.extend((*picks, pick) for pick in open_moves)
            return len(listed) <= most and steps <= 5 * most
        for pick in open_moves:
            steps += 1
            if steps > 5 * most:
                return False
            placed_now = [*placed, (int(low[pick]), int(high[pick]))]
            if not descend(depth + 1, placed_now, [*picks, pick]):
                return False
        return True

    if not descend(0, [], []):
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
    for cluster in order:
        options = moves[cluster]
        starts = spans[cluster, 0] + options
        length = int(spans[cluster, 1] - spans[cluster, 0])
        lines = np.flatnonzero(alive)
        for _ in range(_ROUNDS):
            if not lines.size:
                break
            pick = rng.integers(len(options), size=len(lines))
            begin = starts.take(pick)
            clear = calendars.is_free(lines, begin, length)
            settled = lines[clear]
            chosen[cluster, settled] = pick[clear]
            calendars.take(settled, begin[clear], length)
            lines = lines[~clear]
        for line in lines.tolist():
            open_moves = np.flatnonzero(calendars.is_free(line, starts, length))
            if not open_moves.size:
                alive[line] = False
                continue
            pick_one = int(rng.choice(open_moves))
            chosen[cluster, line] = pick_one
            calendars.take(np.array([line]), starts[[pick_one]], length)
    return chosen[:, alive].T


class _Calendars:
    """Which weekdays of each draw are taken, as bits of numbers of 64.

    A span takes its weekdays and those fewer than `gap` from them. Spans come in order of their
    length, the longest first: what a later one shares with an earlier one then holds the first or
    the last of its weekdays, and no other has to be looked at.
    """

    def __init__(self, draws: int, first: int, last: int, gap: int) -> None:
        self._gap = gap
        self._first = first - gap
        self._n_words = (last - first + 2 * gap) // _BITS + 2
        self._words = np.zeros(draws * self._n_words, dtype=np.int64)
        self._masks: dict[int, IntArray] = {}

    def is_free(self, lines: IntArray | int, begin: IntArray, length: int) -> BoolArray:
        """Whether spans from `begin` on, `length` weekdays later at their ends, are free."""
        is_taken = self._is_taken(lines, begin)
        if length:
            is_taken |= self._is_taken(lines, begin + length)
        return np.asarray(is_taken == 0)

    def _is_taken(self, lines: IntArray | int, day: IntArray) -> IntArray:
        at = day - self._first
        word = self._words.take(lines * self._n_words + (at >> _SHIFT))
        return (word >> (at & (_BITS - 1))) & 1

    def take(self, lines: IntArray, begin: IntArray, length: int) -> None:
        """Take these spans, one of each line."""
        at = begin - self._gap + 1 - self._first
        word = lines * self._n_words + (at >> _SHIFT)
        for number, mask in enumerate(self._mask(length + 2 * self._gap - 1)):
            self._words[word + number] |= mask.take(at & (_BITS - 1))

    def _mask(self, width: int) -> IntArray:
        """Bits of so many days in a row in each word they reach, by the bit of the first."""
        if width not in self._masks:
            n_words = (_BITS - 1 + width - 1) // _BITS + 1
            days = ((1 << width) - 1) << np.arange(_BITS, dtype=object)
            word = (1 << _BITS) - 1
            parts = [(days >> (_BITS * number)) & word for number in range(n_words)]
            self._masks[width] = np.array(parts, dtype=np.uint64).view(np.int64)
        return self._masks[width]
