"""Which of many items are worth comparing, without comparing every two.

Items near in time that share a rare word, or two words that many have, are compared; where even
two words are shared by many, only neighbours in time are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.news.classification.similarity import Items, score_of, scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy._typing import FloatArray, IntArray

_BLOCK = 4_000
_FREQUENT = 60
_NEIGHBOURS = 8
_SAME_ADDRESS = 5
_LINKS = 32
"""Most resemblances of an item that are followed up."""
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Links of item i are ``earlier[begins[i]:begins[i + 1]]``, and the items of its page."""

    begins: IntArray
    earlier: IntArray
    score: FloatArray
    page: dict[int, list[int]]

    def of(self, items: Items, item: int) -> list[tuple[int, float]]:
        """Return the items that may tell the story of `item`, each with its similarity."""
        link_range = slice(*self.begins[item : item + 2])
        links = list(
            zip(self.earlier[link_range].tolist(), self.score[link_range].tolist(), strict=True)
        )
        return links + [(other, score_of(items, item, other)) for other in self.page.get(item, ())]


def find_links(items: Items, least: float) -> Links:
    """Return, for each item, the earlier-taken items it resembles most and how much, if `least`."""
    compared = _without_repeats(items)
    by_time = np.array(sorted(compared, key=lambda item: (items.hour[item], item)), dtype=np.int64)
    parts: list[tuple[IntArray, IntArray, FloatArray]] = []
    size = 0
    for left, right in _pairs(items, by_time):
        first, second, score = scores(items, left, right)
        near = score >= least
        earlier, later = (
            np.minimum(first[near], second[near]),
            np.maximum(first[near], second[near]),
        )
        parts.append((later, earlier, score[near]))
        size += len(later)
        if size > _PAIRS_AT_ONCE:
            parts = [_best_links(parts)]
            size = len(parts[0][0])
    later, earlier, score = _best_links(parts) if parts else (by_time[:0], by_time[:0], np.empty(0))
    begins = np.searchsorted(later, np.arange(len(items.ids) + 1))
    return Links(begins=begins, earlier=earlier, score=score, page=dict(_same_page(items)))


def _best_links(
    parts: list[tuple[IntArray, IntArray, FloatArray]],
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the `_LINKS` highest links of each item, each link once."""
    later, earlier, score = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((earlier, -score, later))
    later, earlier, score = later[order], earlier[order], score[order]
    new = np.ones(len(later), dtype=bool)
    new[1:] = (np.diff(later) != 0) | (np.diff(earlier) != 0)
    later, earlier, score = later[new], earlier[new], score[new]
    rank = np.arange(len(later)) - np.searchsorted(later, later)
    is_best = rank < _LINKS
    return later[is_best], earlier[is_best], score[is_best]


def _without_repeats(items: Items) -> list[int]:
    """Return the items to compare: of equal headlines within the window only the first."""
    first: dict[tuple[object, ...], int] = {}
    compared = []
    for item, headline in enumerate(items.headlines):
        if headline is None:
            continue
        key = (headline, items.labels[item])
        earlier = first.get(key)
        if earlier is None or not items.is_near(earlier, item):
            first[key] = item
            compared.append(item)
    return compared


def _pairs(items: Items, by_time: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield pairs of items near in time that share rare words, one block of time after another."""
    if not len(by_time):
        return
    hour = items.hour[by_time]
    reach = items.window + 2 * float(items.half[by_time].max())
    begin = 0
    while begin < len(by_time):
        # At least what lies within reach of its first item, so that overlaps are not most of it.
        last = int(np.searchsorted(hour, hour[begin] + reach, side="right"))
        last = min(max(last, begin + _BLOCK), len(by_time))
        until = int(np.searchsorted(hour, hour[last - 1] + reach, side="right"))
        block = by_time[begin:until]
        keys = _keys(items, block)
        codes: list[IntArray] = []
        for step in range(1, _FREQUENT):
            step_codes = _pairs_apart(keys, step, block, items, hour[begin:until], last - begin)
            if step_codes is not None:
                codes.append(step_codes)
            if codes and (step_codes is None or sum(map(len, codes)) > _PAIRS_AT_ONCE):
                code = np.unique(np.concatenate(codes))
                yield block[code // len(block)], block[code % len(block)]
                codes = []
            if step_codes is None:
                break
        if codes:
            code = np.unique(np.concatenate(codes))
            yield block[code // len(block)], block[code % len(block)]
        begin = last


def _keys(items: Items, block: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return (key, place in block, how many have it), by key and place.

    A rare word is a key; of words that many have, every two together are one.
    """
    number: dict[str, int] = {}
    words_of = [
        [number.setdefault(word, len(number)) for word in items.headlines[item].words]
        for item in block
    ]
    count = np.bincount(
        np.fromiter((word for words in words_of for word in words), dtype=np.int64),
        minlength=len(number),
    )
    n_words = len(number)
    key: list[int] = []
    position_of_key: list[int] = []
    for position, words in enumerate(words_of):
        frequent = sorted(word for word in words if count[word] > _FREQUENT)
        item_keys = [word for word in words if count[word] <= _FREQUENT]
        item_keys += [
            n_words * (left + 1) + right
            for nth, left in enumerate(frequent)
            for right in frequent[nth + 1 :]
        ]
        key += item_keys
        position_of_key += [position] * len(item_keys)
    keys, positions = np.array(key, dtype=np.int64), np.array(position_of_key, dtype=np.int64)
    order = np.lexsort((positions, keys))
    keys, positions = keys[order], positions[order]
    _, index_of_key, n_of_key = np.unique(keys, return_inverse=True, return_counts=True)
    return keys, positions, n_of_key[index_of_key].astype(np.int64)


def _pairs_apart(
    keys: tuple[IntArray, IntArray, IntArray],
    step: int,
    block: IntArray,
    items: Items,
    hour: FloatArray,
    n_own: int,
) -> IntArray | None:
    """Return coded pairs of items `step` apart in the lists of a key; None at their end."""
    key, position, count = keys
    if step >= len(key):
        return None
    same = key[:-step] == key[step:]
    if not same.any():
        return None
    same &= (count[step:] <= _FREQUENT) | (step <= _NEIGHBOURS)
    first, second = position[:-step][same], position[step:][same]
    # Pairs of the overlap alone come again in the next block.
    is_own = first < n_own
    first, second = first[is_own], second[is_own]
    half = items.half[block]
    near = np.abs(hour[first] - hour[second]) - half[first] - half[second] <= items.window
    return np.unique(first[near] * len(block) + second[near])


def _same_page(items: Items) -> Iterator[tuple[int, list[int]]]:
    """Yield each item with the first earlier items of the same address, at any distance."""
    pages: dict[str, list[int]] = {}
    for item, address in enumerate(items.address):
        if not address or items.headlines[item] is None:
            continue
        earlier = pages.setdefault(address, [])
        if earlier:
            yield item, list(earlier)
        if len(earlier) < _SAME_ADDRESS:
            earlier.append(item)
