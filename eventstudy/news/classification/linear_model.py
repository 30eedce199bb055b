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
    from eventstudy.news.classification.matching import Tokens

_FILE = "linear_model.npz"
_MOST_WORDS = 3


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
    rule_weight
        How much a rule's confidence adds to the probability of what it says.
    leads, shares
        ``(M,)`` ascending leads of the likeliest class over the next, and the share of answers
        that are right at each.
    """

    classes: tuple[str, ...]
    rarity: FloatArray
    weights: IntArray
    scale: FloatArray
    intercept: FloatArray
    rule_weight: float
    leads: FloatArray
    shares: FloatArray

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

    def blended(
        self, probabilities: FloatArray, said: str | None, confidence: float
    ) -> tuple[str, float]:
        """Return the class that model and rules together find likeliest, and how often it is right.

        Parameters
        ----------
        probabilities
            ``(C,)`` of the model.
        said
            What the rules say; None, or a class the model does not know, counts for nothing.
        confidence
            Of the rules, 0 to 1.
        """
        scores = probabilities.copy()
        if said in self.classes:
            scores[self.classes.index(said)] += self.rule_weight * confidence
        best = int(scores.argmax())
        highest = scores[best]
        scores[best] = -np.inf
        lead = highest - scores.max()
        return self.classes[best], float(np.interp(lead, self.leads, self.shares))

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
    trained_on
        SHA-256 of the labelled headlines.
    """

    category: LinearClassifier
    direction: LinearClassifier
    trained_on: str

    def probabilities(
        self, tokens: Tokens, concepts: Sequence[str]
    ) -> tuple[FloatArray, FloatArray]:
        """Return the probabilities of categories and of directions, from features counted once."""
        counted = counted_buckets(tokens, concepts, len(self.category.rarity))
        return self.category.of_counts(*counted), self.direction.of_counts(*counted)


@cache
def load_linear_model() -> LinearModel:
    """Return the model that is part of the package."""
    file = resources.files("eventstudy.news.classification") / _FILE
    with file.open("rb") as opened, np.load(opened) as arrays:
        parts = {name: arrays[name] for name in arrays.files}
    return LinearModel(
        category=_classifier(parts, "category"),
        direction=_classifier(parts, "direction"),
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
        rule_weight=float(of("rule_weight")),
        leads=of("leads"),
        shares=of("shares"),
    )
