"""Probabilities of categories and directions by the linear model of the package."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from eventstudy.datasets.bundled import load_headlines
from eventstudy.news.classification.features import SIGN_COUNT, bucket_of, features_of
from eventstudy.news.classification.linear_model import load_linear_model
from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.polarity import polarity_features


@pytest.fixture(scope="module")
def model():
    return load_linear_model()


def test_probabilities_are_those_of_the_plain_sums(model):
    tokens, concepts = load_rules().names_in("Beijing weighs talks with Washington on tariffs")
    it = model.category
    counts: dict[int, int] = {}
    for feature in features_of(tokens, concepts):
        bucket = bucket_of(feature, len(it.rarity))
        counts[bucket] = counts.get(bucket, 0) + 1
    weighed = {bucket: 1 + np.log(n) for bucket, n in counts.items()}
    for feature in polarity_features(tokens):
        bucket = bucket_of(feature, len(it.rarity))
        weighed[bucket] = weighed.get(bucket, 0.0) + SIGN_COUNT
    values = {bucket: value * it.rarity[bucket] for bucket, value in weighed.items()}
    length = np.sqrt(sum(value**2 for value in values.values()))
    logits = [
        it.intercept[k]
        + sum(
            value / length * float(it.weights[bucket, k]) * it.scale[k]
            for bucket, value in values.items()
        )
        for k in range(len(it.classes))
    ]
    odds = np.exp(logits)
    found = it.probabilities(tokens, concepts)
    np.testing.assert_allclose(found, odds / odds.sum(), rtol=1e-10)
    assert it.classes[int(found.argmax())] == "talk_signal"


def test_no_words_leave_the_intercepts(model):
    tokens, concepts = load_rules().names_in("")
    found = model.direction.probabilities(tokens, concepts)
    assert found.sum() == pytest.approx(1.0)


def test_what_the_rules_and_the_category_say_is_weighed_in(model):
    it = replace(model.direction, pooling=np.array([1.0, 2.0, 0.5]))
    own = np.array([0.5, 0.3, 0.2])  # de-escalation, escalation, neutral
    assert it.classes == ("de-escalation", "escalation", "neutral")
    np.testing.assert_allclose(it.pooled(own, None, 0.0), own, rtol=5e-3)
    np.testing.assert_allclose(it.pooled(own, "of one's own", 0.9), own, rtol=5e-3)
    odds = (own + 1e-3) * np.array([1.0, np.exp(2.0 * 0.8), 1.0])
    np.testing.assert_allclose(it.pooled(own, "escalation", 0.8), odds / odds.sum())
    expected = np.array([0.1, 0.1, 0.8])
    odds = (own + 1e-3) * np.sqrt(expected + 1e-3)
    np.testing.assert_allclose(it.pooled(own, None, 0.0, expected), odds / odds.sum())


def test_a_category_of_one_direction_speaks_for_it(model):
    categories, directions = model.category.classes, model.direction.classes
    shares = model.directions[categories.index("tariff_exemption")]
    assert shares[directions.index("de-escalation")] > 0.99
    assert model.directions[categories.index("talks_held")].max() < 0.9
    np.testing.assert_allclose(model.directions.sum(axis=1), 1.0)


def test_confidence_rises_with_the_probability_and_is_never_certain(model):
    for it in (model.category, model.direction):
        shares = [it.share_right(probability) for probability in np.linspace(0, 1, 41)]
        assert np.all(np.diff(shares) >= 0)
        assert 0 < shares[0] < shares[-1] < 1


def test_it_was_trained_on_the_headlines_of_the_package(model):
    items = load_headlines()
    items = items[~items["split"].isin(["held_out_2", "held_out_3", "held_out_4", "held_out_5"])]
    columns = ["headline", "category", "direction", "split"]
    shown = items[columns].to_csv(index=False)
    assert hashlib.sha256(shown.encode()).hexdigest() == model.trained_on, (
        "train the model again: python benchmarks/train_classifier.py"
    )


def test_the_file_is_small(model):
    assert model.category.weights.nbytes + model.direction.weights.nbytes < 600_000
