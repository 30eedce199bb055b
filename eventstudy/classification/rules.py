"""Labels of a headline by rules that stand in a TOML file.

A headline becomes words, words become concepts ("duties", "levy" and "tariffs" are one), and rules
are patterns of concepts in order. Modifiers read what stands around a match: "may", "denies",
"scraps plan to", "a year after". The strongest rule wins; if it is too weak, the label is unsure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from eventstudy.classification._applying import applies, changed, spans_of, words_of
from eventstudy.classification._compiling import Compiler, Hint, Modifier, Rule
from eventstudy.classification._matching import tokenize
from eventstudy.classification._vocabulary import Vocabulary, read_tables

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from eventstudy.classification._matching import Found, Index, Span

UNSURE: Final = "unsure"
_MUTUAL = ("talks_held", "deal", "tariff_delay")
_DEFAULTS: dict[str, Any] = {
    "threshold": 0.4,
    "rivalry": 0.15,
    "near": 0.1,
    "headline_words": 60,
    "text_words": 60,
    "text_factor": 0.8,
    "hint_base": 0.2,
    "hint_step": 0.1,
    "hint_most": 0.75,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a headline is about, and why a classifier says so.

    Parameters
    ----------
    category
        A category of the rules; ``"unsure"`` where the outcome is unsure.
    actor, target
        Who acts and who is hit; None where there is no event.
    direction, expected_sign
        Of `eventstudy.events.DIRECTIONS` and ``EXPECTED_SIGNS``; None where unsure.
    rule
        Name of the rule that decided, with the modifiers that changed it after ``" + "``; None
        where no rule fired.
    words
        The words that fired, as they stand in the headline, joined by ``"; "``.
    confidence
        0 to 1: the rule's weight, times the factors of its modifiers, less up to ``rivalry`` where
        a rule of another category is about as strong.
    outcome
        ``"event"``, ``"unsure"`` (confidence below the threshold) or ``"rejected"`` (a market's
        move, a comment, a story of another subject).
    reason
        Why it is unsure or rejected, with the best guess; None for an event.

    Examples
    --------
    >>> Label(category="deal", actor="US", target="China", outcome="event").category
    'deal'
    """

    category: str
    actor: str | None = None
    target: str | None = None
    direction: str | None = None
    expected_sign: str | None = None
    rule: str | None = None
    words: str = ""
    confidence: float = 1.0
    outcome: str = "event"
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Match:
    """A rule that fired, as its modifiers left it."""

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
    threshold
        Confidence below which a label is unsure.

    Examples
    --------
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
    named: int
    countries: frozenset[str]
    rules: tuple[Rule, ...]
    modifiers: tuple[Modifier, ...]
    hints: tuple[Hint, ...]
    concepts: dict[str, int]

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
        best = self._read(headline, "headline")
        if best.outcome != UNSURE or not text:
            return best
        more = self._read(text, "text")
        return more if more.outcome == "event" else best

    def _read(self, text: str, scope: str) -> Label:
        tokens = tokenize(text, int(self.settings[f"{scope}_words"]))
        found = self.index.find(tokens)
        present = found.present
        for both, concept, hidden in self.suppressed:
            if present & both == both:
                found.hide(concept, hidden)
        present = found.present
        matches: list[_Match] = []
        other = "text" if scope == "headline" else "headline"
        near, best = float(self.settings["near"]), 0.0
        for rule in self.rules:
            # The weightiest come first and no modifier adds weight: nothing below can matter.
            if rule.weight < best - near:
                break
            if (
                (rule.keys and not rule.keys & present)
                or rule.required & ~present
                or rule.scope == other
            ):
                continue
            spans = spans_of(rule, found)
            if spans is not None:
                matches.append(self._modified(rule, spans, found))
                best = max(best, matches[-1].weight)
        if self.hints and best - near < float(self.settings["hint_most"]):
            matches += self._hinted(found)
        return self._decide(matches, found, scope)

    def _hinted(self, found: Found) -> list[_Match]:
        """Return a match for every category whose hints have points."""
        missing = ~found.present
        points: dict[str, int] = {}
        places: dict[str, list[Span]] = {}
        for hint in self.hints:
            if hint.mask & missing:
                continue
            if hint.pattern is None:
                spans = found.spans(hint.concept)
            elif path := hint.pattern.find(found):
                spans = [(path[0][0], path[-1][1])]
            else:
                continue
            held = places.setdefault(hint.category, [])
            for low, high in spans:
                # A word counts once for a category, where it has the most points.
                if not any(low < end and begin < high for begin, end in held):
                    held.append((low, high))
                    points[hint.category] = points.get(hint.category, 0) + hint.points
        tone = points.pop("escalation", 0) - points.pop("de-escalation", 0)
        base, step, most = (
            float(self.settings[name]) for name in ("hint_base", "hint_step", "hint_most")
        )
        matches = []
        for category, count in points.items():
            if count < 1:
                continue
            held_by = self.categories[category]
            direction = held_by.get("direction", "neutral")
            sign = held_by.get("expected_sign", "0")
            if tone and held_by.get("tone"):
                direction, sign = ("escalation", "-") if tone > 0 else ("de-escalation", "+")
            matches.append(
                _Match(
                    name=f"hints of {category}",
                    actor=None,
                    target=None,
                    category=category,
                    direction=direction,
                    expected_sign=sign,
                    weight=min(most, base + step * count),
                    reject=held_by.get("reject"),
                    spans=tuple(sorted(places[category])),
                )
            )
        return matches

    def _modified(
        self,
        rule: Rule,
        spans: tuple[Span, ...],
        found: Found,
    ) -> _Match:
        category, direction, sign = rule.category, rule.direction, rule.expected_sign
        weight, reject, names = rule.weight, rule.reject, []
        used = list(spans)
        for modifier in self.modifiers if rule.modified and spans else ():
            if (
                (modifier.categories and category not in modifier.categories)
                or (modifier.directions and direction not in modifier.directions)
                or (modifier.rules and rule.name not in modifier.rules)
                or (where := applies(modifier, spans, used, found)) is None
            ):
                continue
            used += where
            names.append(modifier.name)
            weight *= modifier.factor
            reject = modifier.reject or reject
            if modifier.category is not None and modifier.category != category:
                category = modifier.category
                held = self.categories[category]
                direction = held.get("direction", "neutral")
                sign = held.get("expected_sign", "0")
            direction = changed(direction, modifier.direction)
            sign = changed(sign, modifier.expected_sign)
        return _Match(
            name=rule.name,
            actor=rule.actor,
            target=rule.target,
            category=category,
            direction=direction,
            expected_sign=sign,
            weight=weight,
            reject=reject,
            spans=spans,
            modifiers=tuple(names),
        )

    def _decide(
        self,
        matches: list[_Match],
        found: Found,
        scope: str,
    ) -> Label:
        if not matches:
            reason = "no rule fires"
            return Label(category=UNSURE, confidence=0.0, outcome=UNSURE, reason=reason)
        best = max(matches, key=lambda match: match.weight)
        rivals = [match.weight for match in matches if match.category != best.category]
        near = float(self.settings["near"])
        lead = best.weight - max(rivals, default=0.0)
        closeness = max(0.0, 1.0 - lead / near) if near and rivals else 0.0
        confidence = best.weight - float(self.settings["rivalry"]) * closeness
        if scope == "text":
            confidence *= float(self.settings["text_factor"])
        confidence = round(min(1.0, max(0.0, confidence)), 3)
        name = " + ".join((best.name, *best.modifiers))
        words = words_of(best.spans, found.tokens)
        if best.reject is not None:
            return Label(
                category=best.category,
                direction="neutral",
                expected_sign="0",
                rule=name,
                words=words,
                confidence=confidence,
                outcome="rejected",
                reason=best.reject,
            )
        if confidence < self.threshold:
            return Label(
                category=UNSURE,
                rule=name,
                words=words,
                confidence=confidence,
                outcome=UNSURE,
                reason=f"at best {best.category} ({best.direction}) by rule {best.name!r}, "
                f"confidence {confidence:.2f} below {self.threshold:.2f}",
            )
        actor, target = self._parties(best, found)
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

    def _parties(self, best: _Match, found: Found) -> tuple[str | None, str | None]:
        """Return who acts and who is hit: who is named first, and who after "on", "against"."""
        mentions = sorted(
            (span, self.owners[concept])
            for concept in _bits(found.present & self.named)
            for span in found.spans(concept)
        )
        if not best.category.startswith("company"):
            # A firm is named for its country's sake, unless nobody else is.
            countries = [one for one in mentions if one[1] in self.countries]
            mentions = countries or mentions
        towards = found.spans(self.concepts["towards"]) if "towards" in self.concepts else []
        clause = found.tokens.clause
        hit: list[str] = []
        acting: list[str] = []
        for span, name in mentions:
            near = any(
                0 <= span[0] - end <= 4 and clause[end - 1] == clause[span[0]] for _, end in towards
            )
            (hit if near else acting).append(name)
        held = self.categories[best.category]
        fallback = held.get("default_actor")
        if len(mentions) > 1 and best.category in _MUTUAL:
            (one, first), (two, second) = mentions[:2]
            # "US, China", "Trump and Xi": side by side, so neither acts on the other.
            if {first, second} == {"US", "China"} and two[0] - one[1] <= 1:
                return "both", "both"
        actor = best.actor or held.get("actor")
        if actor is None and fallback in acting:
            actor = fallback
        actor = actor or (acting[0] if acting else fallback)
        rest = [name for name in (*hit, *acting) if name != actor]
        target = best.target or held.get("target")
        target = target or (rest[0] if rest else held.get("default_target"))
        if actor is None:
            actor = "US" if target not in (None, "n/a", "US") else "global"
        return actor, target or "global"


def _bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@cache
def _built_in() -> dict[str, Any]:
    import tomllib

    file = resources.files("eventstudy.classification") / "rules.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def load_rules(*paths: str | os.PathLike[str]) -> Rules:
    """Return the built-in rules with your own files on top, in the order given.

    What has the same name as something below it replaces it; ``remove = ["name", ...]`` takes
    rules away, ``[extend]`` adds words to a concept or an actor.

    Parameters
    ----------
    paths
        TOML files; the comments in ``rules.toml`` say what may stand in them.

    Raises
    ------
    SourceError
        A file that cannot be read.
    SpecificationError
        A file with something unknown in it; the message names file, table, key and what comes
        nearest.
    """
    from pathlib import Path

    vocabulary = Vocabulary()
    vocabulary.layer(_built_in(), "rules.toml")
    files = ["rules.toml"]
    for path in paths:
        vocabulary.layer(read_tables(path), Path(path).name)
        files.append(Path(path).name)
    compiler = Compiler(vocabulary)
    if "towards" in vocabulary.concepts:
        compiler.number_of("towards")
    rules, modifiers, hints = compiler.rules(), compiler.modifiers(), compiler.hints()
    return Rules(
        categories={name: dict(table) for name, table in vocabulary.category.items()},
        names=tuple(rule.name for rule in rules),
        files=tuple(files),
        settings={**_DEFAULTS, **vocabulary.settings},
        index=compiler.index,
        suppressed=tuple(
            (1 << concept | 1 << hidden, concept, hidden)
            for concept, hidden in compiler.suppressed.items()
        ),
        owners=compiler.owners,
        countries=frozenset(vocabulary.actors),
        named=sum(1 << concept for concept in compiler.owners),
        rules=rules,
        modifiers=modifiers,
        hints=hints,
        concepts=dict(compiler.numbers),
    )
