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

from eventstudy.classification._compiling import Compiler, Modifier, Rule
from eventstudy.classification._matching import Tokens, tokenize
from eventstudy.classification._vocabulary import FLIP, Vocabulary, read_tables

if TYPE_CHECKING:
    import os

    from eventstudy.classification._matching import Found, Index, Pattern, Span

UNSURE: Final = "unsure"
_FLIPPED = {"escalation": "de-escalation", "de-escalation": "escalation", "+": "-", "-": "+"}
_DEFAULTS: dict[str, Any] = {
    "threshold": 0.4,
    "rivalry": 0.15,
    "near": 0.1,
    "headline_words": 60,
    "text_words": 60,
    "text_factor": 0.8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What a headline is about, and why a classifier says so.

    Parameters
    ----------
    category
        A category of the rules; ``"unsure"`` where the outcome is unsure.
    actor, target
        Who acts and who is hit; None where unsure.
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

    rule: Rule
    category: str
    direction: str
    expected_sign: str
    weight: float
    reject: str | None
    spans: tuple[Span, ...]
    modifiers: tuple[str, ...]


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
    ('tariff_delay', 'de-escalation', 'US', 'China', 'delays; tariffs')
    >>> rules.label("Local team wins cup").outcome
    'rejected'
    """

    categories: dict[str, dict[str, str]]
    names: tuple[str, ...]
    files: tuple[str, ...]
    settings: dict[str, Any]
    index: Index
    suppressed: dict[int, int]
    owners: dict[int, str]
    rules: tuple[Rule, ...]
    modifiers: tuple[Modifier, ...]
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
        for concept, hidden in self.suppressed.items():
            if found.present >> concept & 1 and found.present >> hidden & 1:
                found.hide(concept, hidden)
        matches: list[_Match] = []
        other = "text" if scope == "headline" else "headline"
        for rule in self.rules:
            if (
                rule.scope == other
                or rule.required & ~found.present
                or (rule.keys and not rule.keys & found.present)
            ):
                continue
            spans = _spans(rule, found)
            if spans is not None:
                matches.append(self._modified(rule, spans, found))
        return self._decide(matches, found, scope)

    def _modified(
        self,
        rule: Rule,
        spans: tuple[Span, ...],
        found: Found,
    ) -> _Match:
        category, direction, sign = rule.category, rule.direction, rule.expected_sign
        weight, reject, names = rule.weight, rule.reject, []
        for modifier in self.modifiers if rule.modified and spans else ():
            if (
                (modifier.categories and category not in modifier.categories)
                or (modifier.directions and direction not in modifier.directions)
                or (modifier.rules and rule.name not in modifier.rules)
                or not _applies(modifier, spans, found)
            ):
                continue
            names.append(modifier.name)
            weight *= modifier.factor
            reject = modifier.reject or reject
            if modifier.category is not None and modifier.category != category:
                category = modifier.category
                held = self.categories[category]
                direction = held.get("direction", "neutral")
                sign = held.get("expected_sign", "0")
            direction = _changed(direction, modifier.direction)
            sign = _changed(sign, modifier.expected_sign)
        return _Match(
            rule=rule,
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
        name = " + ".join((best.rule.name, *best.modifiers))
        words = _words(best.spans, found.tokens)
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
                reason=f"at best {best.category} ({best.direction}) by rule {best.rule.name!r}, "
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

    def _parties(
        self, best: _Match, found: Found
    ) -> tuple[str | None, str | None]:
        """Return who acts and who is hit: who is named first, and who after "on", "against"."""
        mentions = sorted(
            (span, self.owners[concept])
            for concept in self.owners
            if found.present >> concept & 1
            for span in found.spans(concept)
        )
        towards = found.spans(self.concepts["towards"]) if "towards" in self.concepts else []
        clause = found.tokens.clause
        hit: list[str] = []
        acting: list[str] = []
        for span, name in mentions:
            near = any(
                0 <= span[0] - end <= 4 and clause[end - 1] == clause[span[0]]
                for _, end in towards
            )
            (hit if near else acting).append(name)
        names = list(dict.fromkeys(name for _, name in mentions))
        actor = best.rule.actor or (acting[0] if acting else None)
        rest = [name for name in (*hit, *acting) if name != actor]
        target = best.rule.target or (rest[0] if rest else None)
        if {"US", "China"} <= set(names[:2]) and best.category in ("talks_held", "deal"):
            pair = {actor, target}
            if pair == {"US", "China"} and len(acting) > 1 and not hit:
                return "both", "both"
        if actor is None:
            actor = "US" if target is not None and target != "US" else "global"
        return actor, target or "global"


def _changed(value: str, to: str | None) -> str:
    if to is None:
        return value
    return _FLIPPED.get(value, value) if to == FLIP else to


def _spans(rule: Rule, found: Found) -> tuple[Span, ...] | None:
    """Return where the patterns of a rule stand, or None if it does not fire."""
    spans: list[Span] = []
    for pattern in rule.every:
        path = pattern.find(found)
        if path is None:
            return None
        spans += path
    if rule.some:
        path = _first(rule.some, found)
        if path is None:
            return None
        spans += path
    if _first(rule.never, found) is not None:
        return None
    return tuple(sorted(set(spans)))


def _first(patterns: tuple[Pattern, ...], found: Found) -> tuple[Span, ...] | None:
    missing = ~found.present
    for pattern in patterns:
        if not pattern.mask & missing and (path := pattern.find(found)) is not None:
            return path
    return None


def _applies(modifier: Modifier, spans: tuple[Span, ...], found: Found) -> bool:
    """Return whether a modifier stands where it must; words of the rule itself do not count."""
    missing = ~found.present
    if any(pattern.mask & missing or pattern.find(found) is None for pattern in modifier.every):
        return False
    if _first(modifier.never, found) is not None:
        return False
    if not modifier.some:
        return True
    return any(
        _stands(modifier, (path[0][0], path[-1][1]), spans, found.tokens)
        for pattern in modifier.some
        if not pattern.mask & missing
        for path in pattern.find_all(found)
    )


def _stands(modifier: Modifier, at: Span, spans: tuple[Span, ...], tokens: Tokens) -> bool:
    if any(low < at[1] and at[0] < high for low, high in spans):
        return False
    if modifier.position == "anywhere":
        return True
    if modifier.position == "touching":
        return any(low == at[1] for low, _ in spans)
    first, last = spans[0][0], spans[-1][1]
    if modifier.position == "after":
        return first <= at[0] <= last + modifier.within and (
            tokens.sentence[at[0]] == tokens.sentence[last - 1]
        )
    following = [low for low, _ in spans if low >= at[1]]
    if not following or tokens.clause[at[1] - 1] != tokens.clause[following[0]]:
        return False
    if modifier.position == "ahead" and at[0] > first:
        return False
    return at[0] > first or first - at[1] <= modifier.within


def _words(spans: tuple[Span, ...], tokens: Tokens) -> str:
    """Return the words of spans as they stand, those that touch together."""
    merged: list[list[int]] = []
    for low, high in spans:
        if merged and low <= merged[-1][1]:
            merged[-1][1] = max(high, merged[-1][1])
        else:
            merged.append([low, high])
    return "; ".join(tokens.quoted((low, high)) for low, high in merged)


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
    rules, modifiers = compiler.rules(), compiler.modifiers()
    return Rules(
        categories={name: dict(table) for name, table in vocabulary.category.items()},
        names=tuple(rule.name for rule in rules),
        files=tuple(files),
        settings={**_DEFAULTS, **vocabulary.settings},
        index=compiler.index,
        suppressed=compiler.suppressed,
        owners=compiler.owners,
        rules=rules,
        modifiers=modifiers,
        concepts=dict(compiler.numbers),
    )
