"""Rules and a linear model together: where they agree, nine labels in ten are right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from eventstudy.news.classification.label import Label
from eventstudy.news.classification.language import why_not_english
from eventstudy.news.classification.linear_model import LinearModel, load_linear_model
from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.polarity import signed_things
from eventstudy.news.classification.rules import UNSURE, Rules
from eventstudy.text import excerpt

if TYPE_CHECKING:
    import os

    from eventstudy.news.classification.matching import HeadlineConcepts

MODEL: Final = "linear model"
"""Name of the rule where the model decides and no rule says the same."""
LEAST_PROBABLE: Final = 0.5
"""How often a category must be right, at the least, for a label that is not unsure."""
DIRECTION_PROBABLE: Final = 0.6
"""The same of a direction: below it, none is given."""
_SIGN_OF: Final = {"escalation": "-", "de-escalation": "+"}
_FEWEST_WORDS: Final = 2
_NO_EVENT: Final = "no word says that anything happened"
_ANOTHER_SUBJECT: Final = 0.9
"""Confidence from which a rule that says sport, comment or preview decides without the model."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadlineClassifier:
    """Labels of headlines by rules and a linear model; `label` reads one.

    A rule of one's own file decides alone, and so does a category the model does not know, and a
    rule that is sure of another subject, such as sport. A headline that is not English is unsure
    otherwise, since both know English alone, and so is one of a single word or one in which no
    rule, hint or word that turns, opens or bars anything is found ("A surprise, all told").

    Parameters
    ----------
    rules
        Of `load_rules`.
    model
        Of `load_linear_model`.
    """

    rules: Rules
    model: LinearModel

    def __repr__(self) -> str:
        return f"HeadlineClassifier({self.rules!r} and a linear model)"

    def label(self, headline: str, text: str = "") -> Label:
        """Return the label of a headline.

        Parameters
        ----------
        headline
            The headline; any text.
        text
            What stands below it, read by the rules where the headline alone is unsure.
        """
        found = self.rules.found_in(headline)
        guess, concepts = self.rules.guess_of(found)
        if self._is_for_rules(guess):
            return self.rules.label(headline, text)
        if reason := why_not_english(headline):
            label = Label(category=UNSURE, confidence=0.0, outcome=UNSURE, reason=reason)
        else:
            label = self._blended(found, guess, concepts)
        if label.outcome == UNSURE and text:
            return self.rules.label_of_text(text) or label
        return label

    def _is_for_rules(self, guess: Label) -> bool:
        """Whether the strongest rule is the user's own, or says what the model does not know."""
        is_own = guess.rule is not None and self.rules.is_own(guess.rule)
        return is_own or guess.category not in (*self.model.category.classes, UNSURE)

    def _blended(self, found: HeadlineConcepts, guess: Label, concepts: tuple[str, ...]) -> Label:
        tokens = found.tokens
        if len(tokens.keys) < _FEWEST_WORDS or (guess.rule is None and not signed_things(tokens)):
            # The model would name a kind of news even so.
            return Label(category=UNSURE, confidence=0.0, outcome=UNSURE, reason=_NO_EVENT)
        categories = self.model.category
        of_categories, of_directions = self.model.probabilities(tokens, concepts)
        by_model = categories.classes[int(of_categories.argmax())]
        agrees = guess.category == by_model
        if guess.category == "none" and guess.confidence >= _ANOTHER_SUBJECT:
            # The model has read too little of sport or culture to be asked.
            return replace(guess, direction_confidence=guess.confidence, agrees=agrees)
        category, confidence = categories.blended(of_categories, guess.category, guess.confidence)
        direction, direction_confidence = self.model.direction.blended(
            of_directions, guess.direction, guess.confidence
        )
        label = self._of_category(found, guess, category)
        has_none = self._has_no_direction(category)
        if label.outcome == "rejected" or has_none:
            direction, direction_confidence = "neutral", confidence
        if direction != label.direction:
            label = replace(label, direction=direction, expected_sign=_SIGN_OF.get(direction, "0"))
        label = replace(
            label,
            confidence=round(confidence, 3),
            direction_confidence=round(direction_confidence, 3),
            agrees=agrees,
        )
        if confidence >= LEAST_PROBABLE:
            if direction_confidence >= DIRECTION_PROBABLE or has_none:
                return label
            # A sign turned round is the worst a label can do.
            doubt = f"{direction} would be right {direction_confidence:.0%} of the time"
            return replace(
                label, direction=None, expected_sign=None, reason=f"which way is open: {doubt}"
            )
        return Label(
            category=UNSURE,
            rule=label.rule,
            words=label.words,
            confidence=label.confidence,
            agrees=agrees,
            outcome=UNSURE,
            reason=self._doubt(label, guess, by_model),
        )

    def _has_no_direction(self, category: str) -> bool:
        """Whether such news is neutral, whatever its words."""
        declared = self.rules.categories[category]
        return declared.get("direction", "neutral") == "neutral" and not declared.get("tone")

    def _of_category(self, found: HeadlineConcepts, guess: Label, category: str) -> Label:
        """Return a label of a category: the rules' where they say it, else one by the model."""
        if guess.category == category:
            return guess
        declared = self.rules.categories[category]
        actor, target = self.rules.parties(found, category)
        reject = declared.get("reject")
        return Label(
            category=category,
            actor=actor,
            target=target,
            direction=declared.get("direction", "neutral"),
            expected_sign=declared.get("expected_sign", "0"),
            rule=MODEL,
            words="; ".join(self.model.category.speaking(found.tokens, category)),
            outcome="event" if reject is None else "rejected",
            reason=reject,
        )

    def _doubt(self, label: Label, guess: Label, by_model: str) -> str:
        """Return why a label is unsure: what it is at best, and what rules and model say."""
        likeliest = f"at best {excerpt(label.category)} ({label.direction})"
        if label.outcome == "rejected":
            likeliest = "at best no event"
        if guess.rule is None:
            said = "no rule fires, the linear model says so"
        else:
            said = f"the rules say {_in_words(guess.category)}, the linear model "
            said += _in_words(by_model)
        return f"{likeliest}, right {label.confidence:.0%} of the time: {said}"


def _in_words(category: str) -> str:
    return "no event" if category == "none" else excerpt(category)


def load_classifier(*paths: str | os.PathLike[str]) -> HeadlineClassifier:
    """Return the built-in classifier, with rules of your own on top.

    Parameters
    ----------
    paths
        Files of rules, as `load_rules` takes them. What a rule of theirs says is not weighed
        against the model.

    Raises
    ------
    SourceError
        A file that cannot be read.
    SpecificationError
        A file with something unknown in it.

    Examples
    --------
    >>> label = load_classifier().label("Beijing says it is weighing talks with Washington")
    >>> label.category, label.direction, label.agrees
    ('talk_signal', 'de-escalation', True)
    """
    return HeadlineClassifier(rules=load_rules(*paths), model=load_linear_model())
