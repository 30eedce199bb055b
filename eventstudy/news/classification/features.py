"""What a linear model sees of a headline: words, pairs and parts of words, concepts in order."""

from __future__ import annotations

from collections import Counter
from functools import cache, lru_cache
from itertools import combinations, pairwise
from math import log
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

from eventstudy.news.classification.polarity import polarity_features

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.news.classification.matching import Tokens

PART_LENGTHS: Final = (3, 4, 5)
"""Numbers of characters of the parts of a word."""
SIGN_COUNT: Final = 4.0
"""What a sign counts, as a headline has few of them and many parts of words."""


def features_of(tokens: Tokens, concepts: Sequence[str]) -> Iterator[str]:
    """Yield every feature of a headline, as often as it stands there.

    Parameters
    ----------
    tokens
        Its words.
    concepts
        The concepts of the rules that stand in it, in the order they first appear in.

    Examples
    --------
    >>> from eventstudy.news.classification.matching import tokenize
    >>> [*features_of(tokenize("US cuts"), ("US", "cut"))][-4:]
    ['words us cuts', 'concept US', 'concept cut', 'concepts US cut']
    """
    words = words_of(tokens)
    for word in words:
        yield from _of_word(word)
    yield from _of_order(words, concepts)


def words_of(tokens: Tokens) -> list[str]:
    """Return the words: any number, percentage or sum of money is as good as another."""
    return [mark or key for key, mark in zip(tokens.keys, tokens.marks, strict=True)]


def _of_word(word: str) -> Iterator[str]:
    yield f"word {word}"
    padded = f" {word} "
    for length in PART_LENGTHS:
        for start in range(len(padded) - length + 1):
            yield f"part {padded[start : start + length]}"


def _of_order(words: Sequence[str], concepts: Sequence[str]) -> Iterator[str]:
    for before, word in pairwise(words):
        yield f"words {before} {word}"
    for concept in concepts:
        yield f"concept {concept}"
    for before, concept in combinations(concepts, 2):
        yield f"concepts {before} {concept}"


def bucket_of(feature: str, n_buckets: int) -> int:
    """Return the bucket a feature is counted in, the same on every machine."""
    return crc32(feature.encode()) % n_buckets


@lru_cache(maxsize=20_000)
def _buckets_of_word(word: str, n_buckets: int) -> tuple[int, ...]:
    return tuple(bucket_of(feature, n_buckets) for feature in _of_word(word))


@lru_cache(maxsize=100_000)
def _bucket_of_pair(kind: str, first: str, second: str, n_buckets: int) -> int:
    return bucket_of(f"{kind} {first} {second}", n_buckets)


@lru_cache(maxsize=20_000)
def _bucket_of(feature: str, n_buckets: int) -> int:
    return bucket_of(feature, n_buckets)


def counted_buckets(
    tokens: Tokens, concepts: Sequence[str], n_buckets: int
) -> tuple[IntArray, FloatArray]:
    """Return the buckets of a headline's features, and 1 + log of how many each has.

    The signs of `polarity_features` count besides, `SIGN_COUNT` each.
    """
    words = words_of(tokens)
    # Headlines share most of their words and concepts. The order is that of `features_of`.
    found: list[int] = []
    for word in words:
        found += _buckets_of_word(word, n_buckets)
    found += [_bucket_of_pair("words", one, other, n_buckets) for one, other in pairwise(words)]
    found += [_bucket_of(f"concept {concept}", n_buckets) for concept in concepts]
    found += [
        _bucket_of_pair("concepts", one, other, n_buckets)
        for one, other in combinations(concepts, 2)
    ]
    numbers = Counter(found)
    values = dict(zip(numbers, map(_counted, numbers.values()), strict=True))
    for feature in polarity_features(tokens):
        bucket = _bucket_of(feature, n_buckets)
        values[bucket] = values.get(bucket, 0.0) + SIGN_COUNT
    buckets = np.fromiter(values, dtype=np.intp, count=len(values))
    return buckets, np.fromiter(values.values(), dtype=np.float64, count=len(values))


@cache
def _counted(number: int) -> float:
    return 1.0 + log(number)
