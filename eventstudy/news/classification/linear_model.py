"""Probabilities of categories and directions by a linear model of a headline's words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.news.classification.features import bucket_of, counted_buckets, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy._typing import FloatArray, IntArray
    from eventstudy.news.classification.label import Label
    from eventstudy.news.classification.matching import Tokens

_FILE = "linear_model.npz"
_MOST_WORDS = 3
_LEAST = 1e-3
"""What a probability counts for at the least, so that nothing is out of the question."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearClassifier:
    """A multinomial logistic regression on the features of a headline, weighted by TF-IDF.

    Parameters
    ----------
    classes
        ``(C,)`` what it tells apart.
    rarity
        ``(D,)`` inverse document frequency of every bucket of features, as a logarithm.
    weights, scale, intercept
        ``(D, C)`` weights in whole steps of ``(C,)`` scales, and ``(C,)`` intercepts.
    pooling
        ``(3,)`` how much the logarithm of a probability of the model counts, a rule's confidence in
        what it says, and the logarithm of what the category lets expect.
    calibration
        ``(2,)`` constant and slope that turn the log odds of the likeliest class into those of its
        being right.
    """

    classes: tuple[str, ...]
    rarity: FloatArray
    weights: IntArray
    scale: FloatArray
    intercept: FloatArray
    pooling: FloatArray
    calibration: FloatArray

    def probabilities(self, tokens: Tokens, concepts: Sequence[str]) -> FloatArray:
        """Return ``(C,)`` the probability of every class, before any calibration."""
        return self.of_counts(*counted_buckets(tokens, concepts, len(self.rarity)))

    def of_counts(self, buckets: IntArray, counts: FloatArray) -> FloatArray:
        """Return the same of what `counted_buckets` found."""
        values = counts * self.rarity[buckets]
        length = float(np.sqrt(values @ values)) or 1.0
        logits = (values / length) @ self.weights[buckets] * self.scale + self.intercept
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum())

    def pooled(
        self,
        probabilities: FloatArray,
        said: str | None,
        confidence: float,
        expected: FloatArray | None = None,
    ) -> FloatArray:
        """Return ``(C,)`` the probability of every class by model and rules together.

        Parameters
        ----------
        probabilities
            ``(C,)`` of the model.
        said
            What the rules say; None, or a class the model does not know, counts for nothing.
        confidence
            Of the rules, 0 to 1.
        expected
            ``(C,)`` probabilities that something else gives the classes; None counts for nothing.
        """
        logits = self.pooling[0] * np.log(probabilities + _LEAST)
        if said in self.classes:
            logits[self.classes.index(said)] += self.pooling[1] * confidence
        if expected is not None:
            logits += self.pooling[2] * np.log(expected + _LEAST)
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum())

    def share_right(self, probability: float) -> float:
        """Return how often a class of such a pooled probability is right."""
        inside = min(max(probability, _LEAST), 1 - _LEAST)
        constant, slope = self.calibration
        return float(1 / (1 + np.exp(-constant - slope * np.log(inside / (1 - inside)))))

    def speaking(self, tokens: Tokens, name: str) -> tuple[str, ...]:
        """Return the words that speak most for a class, in the order of the headline."""
        buckets = [bucket_of(f"word {word}", len(self.rarity)) for word in words_of(tokens)]
        for_it = self.weights[buckets, self.classes.index(name)] * self.rarity[buckets]
        strongest = [place for place in np.argsort(-for_it, kind="stable") if for_it[place] > 0]
        return tuple(tokens.raw[place] for place in sorted(strongest[:_MOST_WORDS]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LinearModel:
    """The two linear classifiers of a headline, and what they were trained on.

    Parameters
    ----------
    category, direction
        Its classifiers.
    directions
        ``(K, 3)`` how often headlines of each category have each direction.
    trained_on
        SHA-256 of the labelled headlines.
    """

    category: LinearClassifier
    direction: LinearClassifier
    directions: FloatArray
    trained_on: str

    def probabilities(
        self, tokens: Tokens, concepts: Sequence[str]
    ) -> tuple[FloatArray, FloatArray]:
        """Return the probabilities of categories and of directions, from features counted once."""
        counted = counted_buckets(tokens, concepts, len(self.category.rarity))
        return self.category.of_counts(*counted), self.direction.of_counts(*counted)

    def pooled(
        self, of_categories: FloatArray, of_directions: FloatArray, guess: Label
    ) -> tuple[FloatArray, FloatArray]:
        """Return the probabilities of categories and of directions by model and rules together.

        Most categories have one direction, so that what a headline is about says where it points.

        Parameters
        ----------
        of_categories, of_directions
            What `probabilities` returns.
        guess
            What the rules say.
        """
        sure = guess.confidence
        of_categories = self.category.pooled(of_categories, guess.category, sure)
        expected = of_categories @ self.directions
        return of_categories, self.direction.pooled(of_directions, guess.direction, sure, expected)


@cache
def load_linear_model() -> LinearModel:
    """Return the model that is part of the package."""
    file = resources.files("eventstudy.news.classification") / _FILE
    with file.open("rb") as opened, np.load(opened) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    return LinearModel(
        category=_classifier(parts, "category"),
        direction=_classifier(parts, "direction"),
        directions=parts["directions"].astype(np.float64),
        trained_on=str(parts["trained_on"]),
    )


def _classifier(parts: dict[str, np.ndarray], name: str) -> LinearClassifier:
    """Return one classifier of the arrays of the file, which begin with its name."""

    def of(part: str) -> np.ndarray:
        return parts[f"{name}_{part}"]

    return LinearClassifier(
        classes=tuple(str(label) for label in of("classes")),
        rarity=parts["rarity"].astype(np.float64),
        weights=of("weights"),
        scale=of("scale").astype(np.float64),
        intercept=of("intercept").astype(np.float64),
        pooling=of("pooling").astype(np.float64),
        calibration=of("calibration").astype(np.float64),
    )
