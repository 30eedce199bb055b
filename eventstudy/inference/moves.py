"""Which move each cluster of dates takes in each draw: all combinations, or draws of them."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import BoolArray, IntArray

_ROUNDS = 60


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
    # Where what is placed lies, with the gap around it, one line a cluster.
    low = np.zeros((len(spans), draws), dtype=np.int32)
    high = np.zeros((len(spans), draws), dtype=np.int32)
    alive = np.ones(draws, dtype=bool)

    def is_free(lines: IntArray | None, depth: int, begin: IntArray, finish: IntArray) -> BoolArray:
        ends, begins = high[:depth], low[:depth]
        if lines is not None:
            ends, begins = ends.take(lines, axis=1), begins.take(lines, axis=1)
        is_apart = begin >= ends
        is_apart |= begins >= finish
        return np.asarray(is_apart.all(axis=0))

    for depth, cluster in enumerate(order):
        options = moves[cluster]
        starts = (spans[cluster, 0] + options).astype(np.int32)
        length = np.int32(spans[cluster, 1] - spans[cluster, 0])
        lines = np.flatnonzero(alive)
        for _ in range(_ROUNDS):
            if not lines.size:
                break
            pick = rng.integers(len(options), size=len(lines))
            begin = starts[pick]
            finish = begin + length
            if len(lines) == draws:  # what is not free is drawn anew, and put over it
                clear = is_free(None, depth, begin, finish)
                chosen[cluster], low[depth], high[depth] = pick, begin - gap, finish + gap
            else:
                clear = is_free(lines, depth, begin, finish)
                settled = lines[clear]
                chosen[cluster, settled] = pick[clear]
                low[depth, settled], high[depth, settled] = begin[clear] - gap, finish[clear] + gap
            lines = lines[~clear]
        for line in lines:
            begin, finish = starts, starts + length
            open_moves = np.flatnonzero(is_free(np.array([line]), depth, begin, finish))
            if not open_moves.size:
                alive[line] = False
                continue
            pick_one = int(rng.choice(open_moves))
            chosen[cluster, line] = pick_one
            low[depth, line] = begin[pick_one] - gap
            high[depth, line] = finish[pick_one] + gap
    return chosen[:, alive].T
