"""Which of many items are worth comparing, without comparing every two.

Items near in time that share a rare word, or two words that many have, are compared; where even
two words are shared by many, only neighbours in time are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.execution.workers import SERIAL
from eventstudy.io.progress import no_progress
from eventstudy.news.classification.similarity import Items, Words, score_of, scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from eventstudy._typing import FloatArray, IntArray, Progress
    from eventstudy.execution.workers import Workers

_BLOCK = 4_000
_FREQUENT = 60
_NEIGHBOURS = 8
_SAME_ADDRESS = 5
_LINKS = 32
"""Most resemblances of an item that are followed up."""
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Links of item i are ``earlier[begins[i]:ends[i]]``, and the items of its page."""

    begins: IntArray
    ends: IntArray
    earlier: npt.NDArray[np.int32]
    score: FloatArray
    page: dict[int, list[int]]

    def of(self, items: Items, item: int) -> list[tuple[int, float]]:
        """Return the items that may tell the story of `item`, each with its similarity."""
        own = slice(self.begins[item], self.ends[item])
        links = list(zip(self.earlier[own].tolist(), self.score[own].tolist(), strict=True))
        return links + [(other, score_of(items, item, other)) for other in self.page.get(item, ())]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """Items to compare, in order of time, as every process is given them.

    Attributes
    ----------
    item : ``(M,)`` their numbers
    hour, half : ``(M,)`` the middle and half-width of their times
    words : of all items
    window, least : hours within which two are compared, and the score from which they are linked
    """

    item: IntArray
    hour: FloatArray
    half: FloatArray
    words: Words
    window: float
    least: float


_Span = tuple[int, int, int]
"""First place of a block of time, the place after its last one, and where what is near it ends."""
_Found = tuple["npt.NDArray[np.int32]", "npt.NDArray[np.int32]", "FloatArray"]
"""Later item, earlier item, score."""


def find_links(
    items: Items, least: float, workers: Workers = SERIAL, progress: Progress = no_progress
) -> Links:
    """Return, for each item, the earlier-taken items it resembles most and how much, if `least`."""
    compared = np.array(_without_repeats(items), dtype=np.int64)
    by_time = compared[np.lexsort((compared, items.hour[compared]))]
    line = _Line(
        item=by_time,
        hour=items.hour[by_time],
        half=items.half[by_time],
        words=items.words,
        window=items.window,
        least=least,
    )
    spans = _spans(line)
    n_done = 0

    def done(number: int) -> None:
        nonlocal n_done
        n_done += spans[number][1] - spans[number][0]
        progress("comparing headlines", n_done, len(by_time))

    found: list[_Found | None] = [*workers.map(_links_of, spans, line, done)]
    place = np.empty(len(items.ids), dtype=np.int64)
    place[by_time] = np.arange(len(by_time))
    begins, ends = np.zeros((2, len(items.ids)), dtype=np.int64)
    whole: list[_Found] = []
    open_: list[_Found] = []
    size = 0
    for number, (_, last, _) in enumerate(spans):
        part, found[number] = found[number], None  # let go of what is not needed any more
        later, earlier, score = _best_links([*open_, *filter(None, (part,))])
        # What comes later than the block may have links in the next one, too.
        is_whole = place[later] < last
        open_ = [(later[~is_whole], earlier[~is_whole], score[~is_whole])]
        later, earlier, score = later[is_whole], earlier[is_whole], score[is_whole]
        new = np.flatnonzero(np.diff(later, prepend=-1))
        begins[later[new]] = size + new
        ends[later[new]] = size + np.append(new[1:], len(later))
        size += len(later)
        whole.append((later, earlier, score))
    return Links(
        begins=begins,
        ends=ends,
        earlier=np.concatenate([earlier for _, earlier, _ in whole] or [np.empty(0, np.int32)]),
        score=np.concatenate([score for _, _, score in whole] or [np.empty(0)]),
        page=dict(_same_page(items)),
    )


def _links_of(line: _Line, span: _Span) -> _Found:
    """Return the likest links of the items of a block of time, and of those near it."""
    parts: list[_Found] = []
    size = 0
    for left, right in _pairs(line, span):
        first, second, score = scores(line.words, line.item[left], line.item[right])
        near = score >= line.least
        earlier, later = (
            np.minimum(first[near], second[near]).astype(np.int32),
            np.maximum(first[near], second[near]).astype(np.int32),
        )
        parts.append((later, earlier, score[near]))
        size += len(later)
        if size > _PAIRS_AT_ONCE:
            parts = [_best_links(parts)]
            size = len(parts[0][0])
    return _best_links(parts)


def _best_links(parts: list[_Found]) -> _Found:
    """Return the `_LINKS` highest links of each item, each link once, by the later item."""
    if not parts:
        return np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0)
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


def _spans(line: _Line) -> list[_Span]:
    """Return the blocks of time whose items are compared with each other and with what is near."""
    if not len(line.item):
        return []
    hour = line.hour
    reach = line.window + 2 * float(line.half.max())
    spans: list[_Span] = []
    begin = 0
    while begin < len(hour):
        # At least what lies within reach of its first item, so that overlaps are not most of it.
        last = int(np.searchsorted(hour, hour[begin] + reach, side="right"))
        last = min(max(last, begin + _BLOCK), len(hour))
        spans.append(
            (begin, last, int(np.searchsorted(hour, hour[last - 1] + reach, side="right")))
        )
        begin = last
    return spans


def _pairs(line: _Line, span: _Span) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield pairs of places of items near in time that share rare words."""
    begin, last, until = span
    n_places = until - begin
    keys = _keys(line.words, line.item[begin:until])
    hour, half = line.hour[begin:until], line.half[begin:until]
    codes: list[IntArray] = []
    for step in range(1, _FREQUENT):
        step_codes = _pairs_apart(keys, step, hour, half, line.window, last - begin)
        if step_codes is not None:
            codes.append(step_codes)
        if codes and (step_codes is None or sum(map(len, codes)) > _PAIRS_AT_ONCE):
            code = _each_once(np.concatenate(codes))
            yield begin + code // n_places, begin + code % n_places
            codes = []
        if step_codes is None:
            break
    if codes:
        code = _each_once(np.concatenate(codes))
        yield begin + code // n_places, begin + code % n_places


def _each_once(codes: IntArray) -> IntArray:
    """Return numbers ascending, each once; np.unique would hash them, which takes longer."""
    codes = np.sort(codes)
    return np.asarray(codes[np.diff(codes, prepend=-1) != 0])


def _keys(words: Words, block: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return (key, place in block, how many have it), by key and place.

    A rare word is a key; of words that many have, every two together are one.
    """
    words_of = [words.of(item) for item in block.tolist()]
    count = np.bincount(
        np.fromiter((word for words in words_of for word in words), dtype=np.int64),
        minlength=len(words.known),
    ).tolist()
    n_words = len(words.known)
    key: list[int] = []
    position_of_key: list[int] = []
    for position, own in enumerate(words_of):
        frequent = [word for word in own if count[word] > _FREQUENT]
        item_keys = [word for word in own if count[word] <= _FREQUENT]
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
    hour: FloatArray,
    half: FloatArray,
    window: float,
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
    near = np.abs(hour[first] - hour[second]) - half[first] - half[second] <= window
    return _each_once(first[near] * len(hour) + second[near])


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
