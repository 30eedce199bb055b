"""What a linear model sees of a headline."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from eventstudy.news.classification.features import (
    SIGN_COUNT,
    bucket_of,
    counted_buckets,
    features_of,
)
from eventstudy.news.classification.matching import tokenize
from eventstudy.news.classification.polarity import polarity_features


def test_words_pairs_parts_and_concepts_in_order():
    features = list(features_of(tokenize("US lifts 25% duty"), ("US", "relaxing", "duties")))
    assert {"word us", "word lifts", "word #%", "words lifts #%", "part  li", "part ifts"} <= {
        *features
    }
    assert features[-6:] == [
        "concept US",
        "concept relaxing",
        "concept duties",
        "concepts US relaxing",
        "concepts US duties",
        "concepts relaxing duties",
    ]


def test_numbers_are_alike():
    one = list(features_of(tokenize("duty of 10% on 3 goods"), ()))
    assert one == list(features_of(tokenize("duty of 34% on 7 goods"), ()))


def test_buckets_are_those_of_the_features_one_by_one():
    tokens, concepts = tokenize("Tariffs on tariffs: China answers tariffs"), ("duties", "China")
    plain = Counter(bucket_of(feature, 512) for feature in features_of(tokens, concepts))
    buckets, counts = counted_buckets(tokens, concepts, 512)
    found = dict(zip(buckets.tolist(), counts.tolist(), strict=True))
    expected = {bucket: 1.0 + math.log(number) for bucket, number in plain.items()}
    for feature in polarity_features(tokens):
        bucket = bucket_of(feature, 512)
        expected[bucket] = expected.get(bucket, 0.0) + SIGN_COUNT
    assert found == expected


def test_a_bucket_is_the_same_on_every_machine():
    assert bucket_of("word tariff", 2**14) == 5169


def test_no_words_no_buckets_but_that_of_no_sign():
    buckets, counts = counted_buckets(tokenize(""), (), 64)
    assert buckets.tolist() == [bucket_of("signs none", 64)]
    assert counts.dtype == np.float64
