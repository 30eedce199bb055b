"""The labels of two groups in another order: blocks of close dates change places, as they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import product
from math import factorial, prod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import BoolArray, IntArray

MOST_LISTED = 10_000
"""All orders of the blocks are gone through where there are no more than these."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Permutations:
    """Labels ``(B, E)`` of every permutation: True is the first group.

    Attributes
    ----------
    first : the labels
    is_all : whether these are all permutations, the real labels among them
    n_ways : how many of them differ, or, where only some are drawn, how many orders of the blocks
        there are
    """

    first: BoolArray
    is_all: bool
    n_ways: int


def permutations(
    first: BoolArray, block: IntArray, stratum: IntArray, *, draws: int, seed: Sequence[int]
) -> Permutations:
    """Return the labels with the blocks of each stratum in another order.

    Parameters
    ----------
    first, block, stratum
        ``(E,)`` as in `eventstudy.inference.contrast.TwoGroups`, in its order.
    draws, seed
        Random orders, where there are more than `MOST_LISTED`.

    Examples
    --------
    >>> labels = np.array([True, True, False, False])
    >>> found = permutations(labels, np.array([0, 0, 1, 2]), np.zeros(4, int), draws=9, seed=[1])
    >>> found.first.astype(int).tolist(), found.is_all
    ([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]], True)
    """
    patterns: dict[int, dict[int, tuple[bool, ...]]] = {}
    for unit, (level, number) in enumerate(zip(stratum.tolist(), block.tolist(), strict=True)):
        blocks = patterns.setdefault(level, {})
        blocks[number] = (*blocks.get(number, ()), bool(first[unit]))
    alike = [Counter(blocks.values()) for blocks in patterns.values()]
    count = prod(
        factorial(counts.total()) // prod(factorial(n) for n in counts.values()) for counts in alike
    )
    if count <= MOST_LISTED:
        orders = [list(_orders(counts)) for counts in alike]
        rows = [[label for part in parts for label in part] for parts in product(*orders)]
        labels = np.array(rows, dtype=bool).reshape(len(rows), len(first))
        return Permutations(first=labels, is_all=True, n_ways=len(np.unique(labels, axis=0)))
    rng = np.random.default_rng(list(seed))
    _, number = np.unique(block, return_inverse=True)
    _, level = np.unique(stratum, return_inverse=True)
    number, level = number.reshape(-1), level.reshape(-1)
    # Blocks are sorted, and their units follow.
    is_new = (np.diff(number) != 0) | (np.diff(level) != 0)
    begin = np.flatnonzero(np.r_[True, is_new])
    size = np.diff(np.r_[begin, len(first)])
    key = rng.random((draws, int(number.max()) + 1))[:, number[begin]] + level[begin]
    order = np.argsort(key, axis=1, kind="stable").ravel()
    sizes = size[order]
    shift = begin[order] - (np.cumsum(sizes) - sizes)
    units = np.arange(draws * len(first)) + np.repeat(shift, sizes)
    labels = first[units].reshape(draws, len(first))
    return Permutations(first=labels, is_all=False, n_ways=count)


def _orders(counts: Counter[tuple[bool, ...]]) -> Iterator[list[bool]]:
    """Labels of every order of the patterns of blocks, those that look alike not told apart."""
    if not counts.total():
        yield []
        return
    for pattern in [pattern for pattern, n in counts.items() if n]:
        rest = counts.copy()
        rest[pattern] -= 1
        for tail in _orders(rest):
            yield [*pattern, *tail]
