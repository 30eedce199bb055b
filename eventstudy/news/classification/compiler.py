"""Rules as patterns of numbered concepts, ready to be matched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

from eventstudy.events.table import DIRECTIONS
from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification.matching import CACHE_SIZE, GAP, Index, Pattern
from eventstudy.news.classification.rule_files import TONES, heading
from eventstudy.registry import nearest, suggest, unknown
from eventstudy.text import excerpt, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.news.classification.rule_files import Vocabulary

_GAP = re.compile(r"\.\.\.(\d*)")
_ITEM = re.compile(r"<([^<>]+)>")
NOT_LABELLED = ("unsure", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One ``[[rule]]``: its labels and its patterns."""

    name: str
    category: str
    direction: str
    expected_sign: str
    actor: str | None
    target: str | None
    weight: float
    scope: str
    reject: str | None
    modified: bool
    required: int
    all_of: tuple[Pattern, ...]
    any_of: tuple[Pattern, ...]
    none_of: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """One ``[[modifier]]``: where it must stand and what it changes; None changes nothing."""

    name: str
    position: str
    within: int
    categories: frozenset[str]
    directions: frozenset[str]
    rules: frozenset[str]
    category: str | None
    direction: str | None
    expected_sign: str | None
    factor: float
    reject: str | None
    all_of: tuple[Pattern, ...]
    any_of: tuple[Pattern, ...]
    none_of: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Words, or one pattern, that give a category points; ``mask`` as in a pattern."""

    category: str
    points: int
    mask: int
    concept: int
    pattern: Pattern | None


@dataclass(slots=True)
class Compiler:
    """Gives concepts numbers and makes patterns of them; errors name file, table and key."""

    vocabulary: Vocabulary
    index: Index = field(default_factory=Index)
    numbers: dict[str, int] = field(default_factory=dict)
    suppressed: dict[int, int] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    _sizes: dict[int, int] = field(default_factory=dict)
    _phrases: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number the actors and companies, which are looked for in every headline."""
        for name in self.vocabulary.actors:
            self.owners[self._concept(name, f"[actors] {name!r}")] = name
        companies: list[str] = []
        for entry in self.vocabulary.companies:
            aliases = [f"={alias.strip()}" for alias in entry.split("|") if alias.strip()]
            companies += aliases
            self.owners[self._number(f"company {aliases[0][1:]}", aliases)] = aliases[0][1:]
        if companies:
            self._number("company", companies)

    def number_of(self, name: str) -> int:
        """Return the number of a concept that the code itself looks for."""
        return self._concept(name, f"<{name}>")

    def rules(self) -> tuple[Rule, ...]:
        """Return every rule, the weightiest first, in the order of the file where equal."""
        rules = [self._rule(table) for table in self.vocabulary.rule.values()]
        return tuple(sorted(rules, key=lambda rule: -rule.weight))

    def by_key(self, rules: tuple[Rule, ...]) -> dict[int, tuple[tuple[int, int, Pattern], ...]]:
        """Return the patterns of ``any`` by the one of their concepts that has the fewest words.

        Before each stand the number of its rule and its place in the rule.
        """
        patterns: dict[int, list[tuple[int, int, Pattern]]] = {}
        for number, rule in enumerate(rules):
            for index, pattern in enumerate(rule.any_of):
                key = min(pattern.items, key=self._sizes.__getitem__)
                patterns.setdefault(key, []).append((number, index, pattern))
        return {key: tuple(group) for key, group in patterns.items()}

    def needs(self) -> dict[str, tuple[Pattern, ...]]:
        """Return category -> patterns, one of which must match for its hints to count."""
        return {
            category: self._patterns(table[0], f"{heading('hints', category)} needs")
            for category, table in self.vocabulary.hints.items()
            if 0 in table
        }

    def hints_by_key(self, hints: tuple[Hint, ...]) -> dict[int, tuple[int, ...]]:
        """Return the numbers of the hints by the one of their concepts with the fewest words."""
        numbers: dict[int, list[int]] = {}
        for number, hint in enumerate(hints):
            items = (hint.concept,) if hint.pattern is None else hint.pattern.items
            key = min(items, key=self._sizes.__getitem__)
            numbers.setdefault(key, []).append(number)
        return {key: tuple(group) for key, group in numbers.items()}

    def modifiers(self) -> tuple[Modifier, ...]:
        """Return every modifier in the order of the file."""
        return tuple(self._modifier(table) for table in self.vocabulary.modifier.values())

    def hints(self) -> tuple[Hint, ...]:
        """Return every hint, those with the most points first."""
        hints: list[Hint] = []
        for category, table in self.vocabulary.hints.items():
            where = f"{self.vocabulary.origin['hints', category]} {heading('hints', category)}"
            if category not in TONES:
                self._category(category, where)
            for points, written in table.items():
                if not points:
                    continue
                # A pattern stands by itself; plain words with as many points are one concept.
                plain = [text for text in written if _is_plain(text)]
                if plain:
                    key = f"hints {category} {points}"
                    phrases = self._expanded(plain, f"{where} {points}", ())
                    number = self._number(key, phrases, f"{where} {points}")
                    hints.append(Hint(category, points, 1 << number, number, None))
                for text in written:
                    if not _is_plain(text):
                        pattern = self._pattern(text, f"{where} {points}")
                        hints.append(Hint(category, points, pattern.mask, -1, pattern))
        return tuple(sorted(hints, key=lambda hint: -abs(hint.points)))

    def _rule(self, table: dict[str, Any]) -> Rule:
        """Return one rule of the file, with the defaults of its category."""
        where = self._where("rule", table["name"])
        reject = table.get("reject")
        category = table.get("category")
        if category is None and reject is None:
            raise SpecificationError(f"{where}: it needs a category, or reject = a reason")
        category = self._category(category or "none", where)
        defaults = self.vocabulary.category.get(category, {})
        all_of = self._patterns(table.get("all", ()), f"{where} all")
        required = 0
        for pattern in all_of:
            required |= pattern.mask
        any_of = self._patterns(table.get("any", ()), f"{where} any")
        return Rule(
            name=table["name"],
            category=category,
            direction=table.get("direction", defaults.get("direction", "neutral")),
            expected_sign=table.get("expected_sign", defaults.get("expected_sign", "0")),
            actor=table.get("actor"),
            target=table.get("target"),
            weight=float(table.get("weight", 0.6)),
            scope=table.get("scope", "both"),
            reject=reject,
            modified=table.get("modified", True),
            required=required,
            all_of=all_of,
            any_of=any_of,
            none_of=self._patterns(table.get("none", ()), f"{where} none"),
        )

    def _modifier(self, table: dict[str, Any]) -> Modifier:
        """Return one modifier of the file; the categories, directions and rules it names exist."""
        where = self._where("modifier", table["name"])
        category = table.get("category")
        for name in (*table.get("categories", ()), *([category] if category else [])):
            self._category(name, where)
        for name in table.get("directions", ()):
            if name not in DIRECTIONS:
                shown = shorten(name, 80)
                sentence = f"{where}: unknown direction {shown!r}"
                raise unknown(sentence, shown, DIRECTIONS, key="directions")
        for name in table.get("rules", ()):
            if name not in self.vocabulary.rule:
                shown = shorten(name, 80)
                names = map(excerpt, self.vocabulary.rule)
                raise unknown(f"{where}: rules: no rule {shown!r}", shown, names, key="rules")
        return Modifier(
            name=table["name"],
            position=table.get("position", "anywhere"),
            within=table.get("within", 4),
            categories=frozenset(table.get("categories", ())),
            directions=frozenset(table.get("directions", ())),
            rules=frozenset(table.get("rules", ())),
            category=category,
            direction=table.get("direction"),
            expected_sign=table.get("expected_sign"),
            factor=float(table.get("factor", 1.0)),
            reject=table.get("reject"),
            all_of=self._patterns(table.get("all", ()), f"{where} all"),
            any_of=self._patterns(table.get("any", ()), f"{where} any"),
            none_of=self._patterns(table.get("none", ()), f"{where} none"),
        )

    def _category(self, name: str, where: str) -> str:
        """Return the name of a category that is declared; raise for any other."""
        if name in NOT_LABELLED:
            raise SpecificationError(f"{where}: category {name!r} is an outcome, not a category")
        if name not in self.vocabulary.category:
            shown = shorten(name, 80)
            names = [excerpt(name) for name in self.vocabulary.category]
            raise SpecificationError(
                f"{where}: unknown category {shown!r}{nearest(shown, names)}; a new one is "
                f"declared by a table {heading('category', name)}"
            ).at(key="category", suggestion=suggest(shown, names))
        return name

    def _where(self, kind: str, name: str) -> str:
        """Return file, table and name of a rule or modifier, as messages begin."""
        return f"{self.vocabulary.origin[kind, name]} [[{kind}]] {shorten(name, 80)!r}"

    # ---- patterns -----------------------------------------------------------------------------

    def _patterns(self, written: Iterable[str], where: str) -> tuple[Pattern, ...]:
        return tuple(self._pattern(text, where) for text in written)

    def _pattern(self, written: str, where: str) -> Pattern:
        """Return a pattern such as ``^ <tariff> ...3 delay*`` as numbers of concepts and gaps."""
        parts = re.sub(r"<([^<>]*)>", lambda name: name[0].replace(" ", "\x00"), written).split()
        at_start, at_end = parts[:1] == ["^"], parts[-1:] == ["$"]
        parts = parts[at_start : len(parts) - at_end]
        items: list[int] = []
        gaps: list[int] = []
        gap = 0
        for part in parts:
            if match := _GAP.fullmatch(part):
                gap = int(match[1]) if match[1] else GAP
                continue
            items.append(
                self._item(part.replace("\x00", " "), f"{where}: {shorten(written, 80)!r}")
            )
            gaps.append(gap)
            gap = 0
        if not items or gap or (gaps and gaps[0]):
            raise SpecificationError(
                f"{where}: {shorten(written, 80)!r} is no pattern; it begins and ends with a word "
                "or <concept>"
            )
        mask = 0
        for item in items:
            mask |= 1 << item
        return Pattern(written, tuple(items), tuple(gaps), at_start, at_end, mask)

    def _item(self, written: str, where: str) -> int:
        """Return the number of a ``<concept>``, a word or several with ``|`` between."""
        if match := _ITEM.fullmatch(written):
            return self._concept(match[1], where)
        if "<" in written:
            # Either of several: their phrases together are a concept without a name.
            return self._number(written, self._expanded(written.split("|"), where, ()))
        # A word and a concept of the same name are two things.
        words = [word.replace("_", " ") for word in written.split("|")]
        return self._number(f"{written!r}", words, where)

    def _concept(self, name: str, where: str) -> int:
        """Return the number of a named concept, actor or ``company``."""
        if name in self.numbers:
            return self.numbers[name]
        return self._number(name, self._expanded([f"<{name}>"], where, ()), where)

    def _expanded(self, words: Iterable[str], where: str, above: tuple[str, ...]) -> list[str]:
        """Return `words` with every ``<concept>`` among them replaced by its own words.

        ``!<concept>`` gives them as words that hide; ``a|b c|d`` is "a c", "a d", "b c", "b d".
        """
        phrases: list[str] = []
        for word in words:
            if word.startswith("!<"):
                hiding = self._expanded([word[1:]], where, above)
                phrases += [f"!{phrase}" for phrase in hiding if not phrase.startswith("!")]
                continue
            match = _ITEM.fullmatch(word.strip())
            if not match:
                phrases += _ways(word)
                continue
            name = match[1]
            if name in above:
                circle = excerpt(" -> ".join((*above, name)), 300)
                raise SpecificationError(f"{where}: concepts in a circle: {circle}")
            if name in self._phrases:
                phrases += self._phrases[name]
                continue
            if name == "company":
                phrases += [
                    f"={alias.strip()}"
                    for entry in self.vocabulary.companies
                    for alias in entry.split("|")
                ]
                continue
            kind = "concepts" if name in self.vocabulary.concepts else "actors"
            words_of = getattr(self.vocabulary, kind)
            if name not in words_of:
                shown = excerpt(name)
                names = [*self.vocabulary.concepts, *self.vocabulary.actors, "company"]
                raise unknown(f"{where}: unknown concept <{shown}>", shown, names)
            inner = f"{self.vocabulary.origin[kind, name]} [{kind}] {name!r}"
            expanded = self._expanded(words_of[name], inner, (*above, name))
            self._phrases[name] = tuple(dict.fromkeys(expanded))
            phrases += expanded
        return list(dict.fromkeys(phrases))

    def _number(self, key: str, phrases: Iterable[str], where: str = "") -> int:
        """File phrases under the number of a key, once; those after ``!`` hide the others."""
        if key in self.numbers:
            return self.numbers[key]
        number = self.numbers[key] = len(self.numbers)
        phrases = list(phrases)
        self._sizes[number] = len(phrases)
        hidden = [phrase[1:] for phrase in phrases if phrase[:1] == "!"]
        shown = [phrase for phrase in phrases if phrase[:1] != "!"] if hidden else phrases
        if wordless := self.index.add(number, shown):
            raise SpecificationError(f"{where}: {shorten(wordless[0], 80)!r} holds no word")
        if hidden:
            self.suppressed[number] = self._number(f"!{key}", hidden, where)
        return number


@lru_cache(maxsize=CACHE_SIZE)
def _ways(written: str) -> tuple[str, ...]:
    """Return the phrases that words such as ``a|b c|d`` stand for; ``!`` before them stays."""
    sign = "!" if written.startswith("!") else ""
    ways = product(*(part.split("|") for part in written.removeprefix("!").split()))
    return tuple(sign + " ".join(way).replace("_", " ") for way in ways)


def _is_plain(written: str) -> bool:
    """Return whether words of a hint need no pattern."""
    return not re.search(r"\.\.\.|[|^$_]|>\s|\s<", written)
