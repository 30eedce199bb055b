"""Labels of a headline by the rules of a TOML file.

A headline becomes words, words become concepts ("duties", "levy" and "tariffs" are one), and rules
are patterns of concepts in order. Modifiers read what stands around a match: "may", "denies",
"scraps plan to", "a year after". The strongest rule wins; if it is too weak, the label is unsure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from eventstudy.news.classification.label import Label
from eventstudy.news.classification.matching import CACHE_SIZE, tokenize
from eventstudy.news.classification.modifiers import FLIPPED, applies, changed, spans_of, words_of
from eventstudy.news.classification.parties import parties_of
from eventstudy.news.classification.rule_files import TONES
from eventstudy.text import excerpt, shorten

if TYPE_CHECKING:
    from eventstudy.news.classification.compiler import Hint, Modifier, Rule
    from eventstudy.news.classification.matching import (
        HeadlineConcepts,
        Index,
        Pattern,
        Span,
        Tokens,
    )

UNSURE: Final = "unsure"
_Candidates = tuple[tuple[tuple[int, int, int, "Pattern"], ...], tuple[tuple[int, int], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A rule that fires, as its modifiers leave it."""

    name: str
    actor: str | None
    target: str | None
    category: str
    direction: str
    expected_sign: str
    weight: float
    reject: str | None
    spans: tuple[Span, ...]
    modifiers: tuple[str, ...] = ()
    by_hints: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """Compiled rules; `label` reads one headline.

    Parameters
    ----------
    categories
        Category -> its declared defaults (direction, expected_sign, about, ...).
    names
        Names of the rules, the weightiest first.
    files
        Names of the files they come from, the built-in one first.
    settings
        The table ``[settings]``, such as the confidence below which a label is unsure.

    Examples
    --------
    >>> from eventstudy.news.classification.loading import load_rules
    >>> rules = load_rules()
    >>> label = rules.label("US delays tariffs on Chinese toys by 90 days")
    >>> label.category, label.direction, label.actor, label.target, label.words
    ('tariff_delay', 'de-escalation', 'US', 'China', 'delays tariffs; by')
    >>> rules.label("Local team wins cup").outcome
    'unsure'
    """

    categories: dict[str, dict[str, Any]]
    names: tuple[str, ...]
    files: tuple[str, ...]
    settings: dict[str, Any]
    index: Index
    suppressed: tuple[tuple[int, int, int], ...]
    owners: dict[int, str]
    countries: frozenset[str]
    rules: tuple[Rule, ...]
    modifiers: tuple[Modifier, ...]
    hints: tuple[Hint, ...]
    needs: dict[str, tuple[Pattern, ...]]
    hinted: dict[int, tuple[int, ...]]
    patterns: dict[int, tuple[tuple[int, int, Pattern], ...]]
    candidates: dict[int, _Candidates]
    patternless: tuple[int, ...]
    concepts: dict[str, int]
    named: dict[int, str]
    own: frozenset[str]

    @property
    def threshold(self) -> float:
        """Confidence below which a label is unsure."""
        return float(self.settings["threshold"])

    def __repr__(self) -> str:
        return f"Rules({len(self.rules)} rules of {', '.join(self.files)})"

    def label(self, headline: str, text: str = "") -> Label:
        """Return the label of a headline.

        The text below it is read, by the rules whose scope allows it and with less confidence,
        only where the headline alone is unsure.

        Parameters
        ----------
        headline
            The headline; any text.
        text
            What stands below it; its first ``text_words`` words count.
        """
        best = self._read(headline, "headline", self.threshold)
        if best.outcome != UNSURE or not text:
            return best
        return self.label_of_text(text) or best

    def label_of_text(self, text: str) -> Label | None:
        """Return the label of what stands below a headline; None where it is no sure event."""
        label = self._read(text, "text", self.threshold)
        return label if label.outcome == "event" else None

    def is_own(self, rule: str) -> bool:
        """Whether a rule, with its modifiers as a label names it, is not of the built-in file."""
        return rule in self.own or any(rule.startswith(f"{name} + ") for name in self.own)

    def guess(self, headline: str) -> Label:
        """Return the label of the strongest rule, however weak it is; unsure where none fires."""
        return self._read(headline, "headline", 0.0)

    def names_in(self, headline: str) -> tuple[Tokens, tuple[str, ...]]:
        """Return the words of a headline, and its concepts in the order they first appear in."""
        found = self._found(headline, "headline")
        return found.tokens, self._names_of(found)

    def found_in(self, headline: str) -> HeadlineConcepts:
        """Return the words and concepts of a headline, of which what is below asks."""
        return self._found(headline, "headline")

    def guess_of(self, found: HeadlineConcepts) -> tuple[Label, tuple[str, ...]]:
        """Return what `guess` and `names_in` do, of a headline that was looked at."""
        return self._labelled(found.copied(), "headline", 0.0), self._names_of(found)

    def _names_of(self, found: HeadlineConcepts) -> tuple[str, ...]:
        places = [(found.places[number][0], number) for number in self.named.keys() & found.places]
        return tuple(self.named[number] for _, number in sorted(places))

    def _found(self, text: str, scope: str) -> HeadlineConcepts:
        """Return what stands in a headline, or in the text below it."""
        return self.index.find(tokenize(text, int(self.settings[f"{scope}_words"])))

    def parties(self, found: HeadlineConcepts, category: str) -> tuple[str, str]:
        """Return actor and target of a headline of a category."""
        return self._declared_parties(self.categories.get(category, {}), found)

    def _read(self, text: str, scope: str, threshold: float) -> Label:
        """Return the label of a headline, or of the text below it."""
        return self._labelled(self._found(text, scope), scope, threshold)

    def _labelled(self, headline: HeadlineConcepts, scope: str, threshold: float) -> Label:
        present = headline.present
        for concept_pair, concept, hidden in self.suppressed:
            if present & concept_pair == concept_pair:
                headline.hide(concept, hidden)
        present = headline.present
        points, hint_spans = self._points(headline)
        fitting_of: dict[int, dict[int, Pattern]] = {}
        missing = ~present
        for mask in headline.masks:
            for needed, number, index, pattern in self._candidates(mask)[0]:
                if not needed & missing:
                    fitting_of.setdefault(number, {})[index] = pattern
        matches: list[tuple[float, _Match]] = []
        other_scope = "text" if scope == "headline" else "headline"
        bonus, most_points = float(self.settings["hint_bonus"]), int(self.settings["hint_points"])
        reach, best_weight = float(self.settings["near"]) + bonus * most_points, 0.0
        for number in sorted((*fitting_of, *self.patternless)):
            rule = self.rules[number]
            # The weightiest come first and no modifier adds weight: nothing below can matter.
            if rule.weight < best_weight - reach:
                break
            if rule.required & missing or rule.scope == other_scope:
                continue
            fitting = fitting_of.get(number, {})
            # In the order of the file, whatever words came first.
            spans = spans_of(rule, headline, [fitting[index] for index in sorted(fitting)])
            if spans is None:
                continue
            match = _Match(
                name=rule.name,
                actor=rule.actor,
                target=rule.target,
                category=rule.category,
                direction=rule.direction,
                expected_sign=rule.expected_sign,
                weight=rule.weight,
                reject=rule.reject,
                spans=spans,
            )
            n_points = points.get(rule.category, 0)
            if rule.modified and spans:
                match = self._changed(match, self.modifiers, headline)
                n_points = max(n_points, points.get(match.category, 0))
            rank = match.weight + bonus * min(most_points, max(0, n_points))
            matches.append((rank, match))
            best_weight = max(best_weight, match.weight)
        matches += self._hinted(
            points, hint_spans, headline, max((rank for rank, _ in matches), default=0)
        )
        return self._decide(matches, headline, scope, threshold)

    def _candidates(self, mask: int) -> _Candidates:
        """Return the patterns and hints that the concepts of a phrase may be the key of."""
        candidates = self.candidates.get(mask)
        if candidates is None:
            concepts = self.index.parts_of(mask)
            candidates = (
                tuple(
                    (pattern.mask, number, index, pattern)
                    for concept in concepts
                    for number, index, pattern in self.patterns.get(concept, ())
                ),
                tuple(
                    (self.hints[number].mask, number)
                    for concept in concepts
                    for number in self.hinted.get(concept, ())
                ),
            )
            # Headlines share most of their words; the bound is for a feed of ever new words.
            if len(self.candidates) < CACHE_SIZE:
                self.candidates[mask] = candidates
        return candidates

    def _points(self, headline: HeadlineConcepts) -> tuple[dict[str, int], dict[str, list[Span]]]:
        """Return the points of every category, and the places that brought them."""
        missing = ~headline.present
        points: dict[str, int] = {}
        places: dict[str, list[Span]] = {}
        counted: dict[str, list[Span]] = {}
        numbers = {
            number
            for mask in headline.masks
            for needed, number in self._candidates(mask)[1]
            if not needed & missing
        }
        for number in sorted(numbers):
            hint = self.hints[number]
            if hint.pattern is None:
                spans = headline.spans(hint.concept)
            elif path := hint.pattern.find(headline):
                spans = [(path[0][0], path[-1][1])]
            else:
                continue
            category, points_each = hint.category, hint.points
            counted_spans = counted.setdefault(category, [])
            shown = places.setdefault(category, [])
            for low, high in spans:
                # A word counts once for a category, where it has the most points.
                if not any(low < end and begin < high for begin, end in counted_spans):
                    counted_spans.append((low, high))
                    points[category] = points.get(category, 0) + points_each
                    if points_each > 0:
                        shown.append((low, high))
        return points, places

    def _hinted(
        self,
        points: dict[str, int],
        places: dict[str, list[Span]],
        headline: HeadlineConcepts,
        best: float,
    ) -> list[tuple[float, _Match]]:
        """Return a match for every category with points enough to be `best` or its rival."""
        tone = points.get("escalation", 0) - points.get("de-escalation", 0)
        base, step, top, bonus = (
            float(self.settings[name])
            for name in ("hint_base", "hint_step", "hint_top", "hint_bonus")
        )
        most_points = int(self.settings["hint_points"])
        matches = []
        near = float(self.settings["near"])
        for category, count in sorted(points.items(), key=lambda pair: -pair[1]):
            if count < 1 or category in TONES:
                continue
            weight, bonus_weight = min(top, base + step * count), bonus * min(most_points, count)
            # No modifier adds weight.
            if weight + bonus_weight < best - near:
                break
            needs = self.needs.get(category)
            if needs and not any(pattern.find(headline) for pattern in needs):
                continue
            defaults = self.categories[category]
            direction = defaults.get("direction", "neutral")
            sign = defaults.get("expected_sign", "0")
            if tone and defaults.get("tone"):
                direction, sign = ("escalation", "-") if tone > 0 else ("de-escalation", "+")
            match = _Match(
                name=f"hints of {category}",
                actor=None,
                target=None,
                category=category,
                direction=direction,
                expected_sign=sign,
                weight=weight,
                reject=defaults.get("reject"),
                spans=tuple(sorted(places[category])),
                by_hints=True,
            )
            match = self._changed(match, self.modifiers, headline)
            matches.append((match.weight + bonus_weight, match))
            best = max(best, matches[-1][0])
        return matches

    def _changed(
        self, match: _Match, modifiers: tuple[Modifier, ...], headline: HeadlineConcepts
    ) -> _Match:
        """Return a match as the modifiers around it leave it."""
        category, direction, sign = match.category, match.direction, match.expected_sign
        weight, reject, names = match.weight, match.reject, []
        used = list(match.spans)
        for modifier in modifiers:
            if (
                (modifier.categories and category not in modifier.categories)
                or (modifier.directions and direction not in modifier.directions)
                or (modifier.rules and match.name not in modifier.rules)
                or (places := applies(modifier, match.spans, used, headline)) is None
            ):
                continue
            used += places
            names.append(modifier.name)
            weight *= modifier.factor
            reject = modifier.reject or reject
            if modifier.category is not None and modifier.category != category:
                category = modifier.category
                defaults = self.categories[category]
                direction = defaults.get("direction", "neutral")
                sign = defaults.get("expected_sign", "0")
            direction = changed(direction, modifier.direction)
            sign = changed(sign, modifier.expected_sign)
        if not names:
            return match
        return replace(
            match,
            category=category,
            direction=direction,
            expected_sign=sign,
            weight=weight,
            reject=reject,
            modifiers=tuple(names),
        )

    def _decide(
        self,
        matches: list[tuple[float, _Match]],
        headline: HeadlineConcepts,
        scope: str,
        threshold: float,
    ) -> Label:
        """Return the label of the highest rank; unsure where its confidence is too low."""
        if not matches:
            reason = "no rule fires"
            return Label(category=UNSURE, confidence=0.0, outcome=UNSURE, reason=reason)
        # Hints decide between rules about as strong; what is shown is the rule's own weight.
        rank, best = max(matches, key=lambda ranked: ranked[0])
        rivals = [ranked for ranked, match in matches if match.category != best.category]
        turned = FLIPPED.get(best.direction)
        # Words in no order say little of a direction: they do not oppose a rule.
        opposed = [
            ranked
            for ranked, match in matches
            if match.direction == turned and (best.by_hints or not match.by_hints)
        ]
        confidence = best.weight - max(
            self._taken_off("rivalry", rank, rivals), self._taken_off("opposition", rank, opposed)
        )
        if scope == "text":
            confidence *= float(self.settings["text_factor"])
        confidence = round(min(1.0, max(0.0, confidence)), 3)
        name = " + ".join((best.name, *best.modifiers))
        words = words_of(best.spans, headline.tokens)
        if best.reject is not None:
            actor, target = self._parties(best, headline)
            return Label(
                category=best.category,
                actor=actor,
                target=target,
                direction="neutral",
                expected_sign="0",
                rule=name,
                words=words,
                confidence=confidence,
                outcome="rejected",
                reason=best.reject,
            )
        if confidence < threshold:
            return Label(
                category=UNSURE,
                rule=name,
                words=words,
                confidence=confidence,
                outcome=UNSURE,
                reason=f"at best {excerpt(best.category)} ({best.direction}) by rule "
                f"{shorten(best.name, 80)!r}, confidence {confidence:.2f} below "
                f"{threshold:.2f}",
            )
        actor, target = self._parties(best, headline)
        return Label(
            category=best.category,
            actor=actor,
            target=target,
            direction=best.direction,
            expected_sign=best.expected_sign,
            rule=name,
            words=words,
            confidence=confidence,
            reason=None if scope == "headline" else "by the text below the headline",
        )

    def _taken_off(self, setting: str, rank: float, others: list[float]) -> float:
        """Return what other readings take off the confidence: all of it where one is as strong."""
        near = float(self.settings["near"])
        if not near or not others:
            return 0.0
        closeness = max(0.0, 1.0 - (rank - max(others)) / near)
        return float(self.settings[setting]) * closeness

    def _parties(self, best: _Match, headline: HeadlineConcepts) -> tuple[str, str]:
        """Return actor and target, from the category's table and the names in the headline."""
        declared = dict(self.categories.get(best.category, {}))
        declared |= {
            name: value
            for name, value in (("actor", best.actor), ("target", best.target))
            if value is not None
        }
        return self._declared_parties(declared, headline)

    def _declared_parties(
        self, declared: dict[str, Any], headline: HeadlineConcepts
    ) -> tuple[str, str]:
        adjectives = tuple(self.settings["adjectives"])
        return parties_of(
            declared, headline, self.owners, self.countries, self.concepts, adjectives
        )
