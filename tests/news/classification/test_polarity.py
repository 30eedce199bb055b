"""Which way headlines point: barriers, openings, and what turns them round."""

from __future__ import annotations

import tomllib
from collections import Counter
from importlib import resources

import pytest

from eventstudy.news.classification.features import SIGN_COUNT, bucket_of, counted_buckets
from eventstudy.news.classification.matching import tokenize
from eventstudy.news.classification.polarity import polarity_features, signed_things


def signs(headline):
    return [[one.sign for one in clause] for clause in signed_things(tokenize(headline))]


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("US imposes tariffs on steel", [[-1, -1]]),
        ("US lifts ban on chips", [[1]]),
        ("Washington refuses to lift curbs", [[-1]]),
        ("China won't restrict rare earths", [[1]]),
        ("Waiver expires at midnight", [[-1]]),
        ("Exemption for steel withdrawn", [[-1]]),
        ("Xi scraps plan to attend summit", [[-1]]),
        ("Ban on exports ended", [[1]]),
        ("US, China hold tariff talks", [[1]]),
        ("Export licences for chips granted", [[1]]),
        ("Graphite now needs an export licence", [[-1]]),
        ("Commerce halts sales to Huawei", [[-1]]),
        ("Court blocks tariffs", [[1]]),
        ("US takes Chinese firm off list", [[1]]),
        ("Trump lifts levies to 30%", [[-1]]),
        ("US moves to cut Huawei off from chips", [[-1]]),
        ("Nobody has yet said a thing", [[0]]),
        ("A surprise, all told", []),
    ],
)
def test_what_stands_around_a_barrier_or_opening_decides_its_sign(headline, expected):
    assert signs(headline) == expected


def test_each_clause_is_read_by_itself():
    assert signs("China lifts ban, US imposes another") == [[1], [-1]]
    assert signs("Tariffs lifted as talks collapse") == [[1], [-1]]


def test_features_say_signs_first_sum_and_order():
    found = list(polarity_features(tokenize("China lifts ban, US imposes tariffs")))
    assert found[-3:] == ["signs first 1", "signs sum -1", "signs all 1 -1 -1"]
    assert "signs by lifts barriers 1" in found
    assert list(polarity_features(tokenize("Gold and silver"))) == ["signs none"]


def test_signs_are_counted_besides_the_words():
    tokens = tokenize("US ends chip ban")
    buckets, counts = counted_buckets(tokens, (), 2**20)
    found = dict(zip(buckets.tolist(), counts.tolist(), strict=True))
    assert found[bucket_of("word ban", 2**20)] == 1.0
    assert found[bucket_of("signs first 1", 2**20)] == SIGN_COUNT


def test_no_word_stands_in_two_lists_or_twice():
    file = resources.files("eventstudy.news.classification") / "polarity.toml"
    lists = tomllib.loads(file.read_text(encoding="utf-8"))
    kinds = ("closings", "negations", "turns", "halts", "permits", "openings", "barriers")
    counted = Counter(word for kind in kinds for word in lists[kind])
    assert [word for word, number in counted.items() if number > 1] == []


def test_a_headline_of_any_length_and_letters_is_read_in_time_that_grows_with_it():
    assert signed_things(tokenize("cut " * 5000))
    assert signed_things(tokenize("关税 ٣٤ \x00" * 500)) == []
