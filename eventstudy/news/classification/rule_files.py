"""A rules file as tables: read, checked, layered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from eventstudy.events.table import DIRECTIONS, EXPECTED_SIGNS
from eventstudy.exceptions import SpecificationError
from eventstudy.io.toml_keys import (
    FLAG,
    TEXT,
    Key,
    are_texts,
    check_numbers,
    is_number,
    is_text,
    is_whole,
    one_of,
)
from eventstudy.registry import nearest, suggest, unknown
from eventstudy.text import excerpt, shorten

POSITIONS: Final = ("ahead", "before", "touching", "after", "anywhere")
SCOPES: Final = ("headline", "text", "both")
FLIP: Final = "flip"
TONES: Final = ("escalation", "de-escalation")
ACTORS: Final = ("country", "company", "court")
ALONE: Final = "nobody else"
MUTUAL_IF: Final = ("side by side", ALONE)
TABLES: Final = (
    "settings",
    "category",
    "actors",
    "companies",
    "concepts",
    "hints",
    "extend",
    "rule",
    "modifier",
    "remove",
)


def heading(kind: str, name: str) -> str:
    """Return the heading of a table such as ``[category.deal]``, as a message quotes it."""
    return f"[{kind}.{excerpt(name)}]"


def _are_texts(value: object) -> bool:
    return are_texts(value) and bool(value)


def _are_two(value: object) -> bool:
    return isinstance(value, list) and _are_texts(value) and len(value) == len(set(value)) == 2


def _is_share(value: object) -> bool:
    return is_number(value) and 0 <= value <= 1


def _is_count(value: object) -> bool:
    return is_whole(value) and value >= 0


_TEXTS = Key('a list of texts such as ["<tariff>", "duty"]', _are_texts)
_SHARE = Key("a number from 0 to 1", _is_share)
_COUNT = Key("a whole number, 0 or more", _is_count)
_SIGN = one_of(*EXPECTED_SIGNS)
_DIRECTION = one_of(*DIRECTIONS)
_PATTERNS = {"any": _TEXTS, "all": _TEXTS, "none": _TEXTS}
_LABELS = {"direction": _DIRECTION, "expected_sign": _SIGN, "actor": TEXT, "target": TEXT}

DEFAULTS: Final[dict[str, Any]] = {
    "threshold": 0.4,
    "rivalry": 0.15,
    "opposition": 0.45,
    "near": 0.1,
    "headline_words": 60,
    "text_words": 60,
    "text_factor": 0.8,
    "hint_base": 0.2,
    "hint_step": 0.1,
    "hint_top": 0.75,
    "hint_bonus": 0.02,
    "hint_points": 8,
    "adjectives": (),
}
"""Settings where no file gives one."""

KEYS: Final[dict[str, dict[str, Key]]] = {
    "settings": {
        "threshold": _SHARE,
        "rivalry": _SHARE,
        "opposition": _SHARE,
        "near": _SHARE,
        "headline_words": _COUNT,
        "text_words": _COUNT,
        "text_factor": _SHARE,
        "hint_base": _SHARE,
        "hint_step": _SHARE,
        "hint_top": _SHARE,
        "hint_bonus": _SHARE,
        "hint_points": _COUNT,
        "adjectives": _TEXTS,
    },
    "category": {
        **_LABELS,
        "default_actor": TEXT,
        "default_target": TEXT,
        "others_target": TEXT,
        "actor_is": one_of(*ACTORS),
        "mutual": Key("a list of two names of [actors]", _are_two),
        "mutual_if": one_of(*MUTUAL_IF),
        "granted_by": Key("a list of names of [actors]", _are_texts),
        "tone": FLAG,
        "reject": TEXT,
        "about": TEXT,
    },
    "rule": {
        "name": TEXT,
        "category": TEXT,
        **_LABELS,
        **_PATTERNS,
        "weight": _SHARE,
        "scope": one_of(*SCOPES),
        "reject": TEXT,
        "modified": FLAG,
        "about": TEXT,
    },
    "modifier": {
        "name": TEXT,
        **_PATTERNS,
        "position": one_of(*POSITIONS),
        "within": _COUNT,
        "categories": _TEXTS,
        "directions": _TEXTS,
        "rules": _TEXTS,
        "category": TEXT,
        "direction": one_of(*DIRECTIONS, FLIP),
        "expected_sign": one_of(*EXPECTED_SIGNS, FLIP),
        "factor": _SHARE,
        "reject": TEXT,
        "about": TEXT,
    },
}
_POINTS = re.compile(r"-?[1-9]")
_NAME = re.compile(r"[A-Za-z][\w ./&-]*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All tables of one or several rules files; ``origin`` says which file each came from."""

    settings: dict[str, Any] = field(default_factory=dict)
    category: dict[str, dict[str, Any]] = field(default_factory=dict)
    actors: dict[str, list[str]] = field(default_factory=dict)
    companies: list[str] = field(default_factory=list)
    concepts: dict[str, list[str]] = field(default_factory=dict)
    hints: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    rule: dict[str, dict[str, Any]] = field(default_factory=dict)
    modifier: dict[str, dict[str, Any]] = field(default_factory=dict)
    origin: dict[tuple[str, str], str] = field(default_factory=dict)

    def layer(self, tables: dict[str, Any], file: str) -> None:
        """Put another file on top: what has the same name is replaced.

        Raises
        ------
        SpecificationError
            Naming file, table, key and the nearest right one.
        """
        try:
            check_numbers(tables)
        except SpecificationError as error:
            raise error.under(file=file) from None
        for name in tables:
            if name not in TABLES:
                shown = shorten(name, 80)
                sentence = f"unknown table {shown!r}"
                raise unknown(sentence, shown, TABLES, key=shown).under(file=file)
        self._remove(tables.get("remove", []), file)
        settings = _table(tables, "settings", file)
        _check(settings, "settings", f"{file} [settings]")
        self.settings.update(settings)
        categories = _table(tables, "category", file)
        for name, table in categories.items():
            where = f"{file} {heading('category', name)}"
            if not isinstance(table, dict):
                raise SpecificationError(f"{where}: must be a table")
            _check(table, "category", where)
            self.category[name] = table
        self._lists(tables, file)
        for name, table in categories.items():
            self._check_parties(table, f"{file} {heading('category', name)}")
        self._hints(_table(tables, "hints", file), file)
        for kind in ("rule", "modifier"):
            self._entries(tables.get(kind, []), kind, file)

    def _lists(self, tables: dict[str, Any], file: str) -> None:
        """Take in actors, concepts, companies and the words that extend them."""
        for kind, words_of in (("actors", self.actors), ("concepts", self.concepts)):
            for name, words in _table(tables, kind, file).items():
                where = f"{file} [{kind}]: {shorten(name, 80)!r}"
                if not _NAME.fullmatch(name):
                    raise SpecificationError(f"{where} is no name; it must begin with a letter")
                if not _are_texts(words):
                    raise SpecificationError(f"{where} must be {_TEXTS.kind}")
                other = self.concepts if kind == "actors" else self.actors
                if name in other:
                    raise SpecificationError(
                        f"{where} is the name of {'a concept' if kind == 'actors' else 'an actor'}"
                        " already"
                    )
                words_of[name] = list(words)
                self.origin[kind, name] = file
        names = tables.get("companies", [])
        if "companies" in tables and not _are_texts(names):
            raise SpecificationError(f"companies must be {_TEXTS.kind}", file=file)
        self.companies.extend(names)
        for name, words in _table(tables, "extend", file).items():
            where = f"{file} [extend]: {shorten(name, 80)!r}"
            extended = self.concepts if name in self.concepts else self.actors
            if name not in extended:
                names_of_words = [*self.concepts, *self.actors]
                raise unknown(f"{where} is neither a concept nor an actor", name, names_of_words)
            if not _are_texts(words):
                raise SpecificationError(f"{where} must be {_TEXTS.kind}")
            extended[name] = [*extended[name], *words]

    def _check_parties(self, table: dict[str, Any], where: str) -> None:
        """Refuse keys about actor and target that name no actor or lack the key they need."""
        for key in ("mutual", "granted_by"):
            for name in table.get(key, ()):
                if name not in self.actors:
                    hint = nearest(name, self.actors)
                    raise SpecificationError(
                        f"{where}: {key}: no actor {shorten(name, 80)!r}{hint}; a new one stands "
                        "below [actors]"
                    ).at(key=key, suggestion=suggest(name, self.actors))
        for key, needed in (("mutual_if", "mutual"), ("granted_by", "default_actor")):
            if key in table and needed not in table:
                raise SpecificationError(f"{where}: {key} needs {needed}, which is missing").at(
                    key=needed
                )

    def _hints(self, tables: dict[str, Any], file: str) -> None:
        """Take in hints: category -> points -> words; those that must be there stand under 0."""
        for name, table in tables.items():
            where = f"{file} {heading('hints', name)}"
            if not isinstance(table, dict):
                raise SpecificationError(f"{where}: must be a table")
            points_of = self.hints.setdefault(name, {})
            self.origin.setdefault(("hints", name), file)
            for points, words in table.items():
                if points == "needs":
                    if not _are_texts(words):
                        raise SpecificationError(f"{where}: needs must be {_TEXTS.kind}")
                    points_of[0] = list(words)
                    continue
                if not _POINTS.fullmatch(points):
                    raise SpecificationError(
                        f"{where}: {shorten(points, 80)!r} must be needs, or points such as 3, 1 "
                        "or -2, a whole number from -9 to 9 but not 0"
                    )
                if not _are_texts(words):
                    raise SpecificationError(f"{where}: {points} must be {_TEXTS.kind}")
                points_of[int(points)] = [*points_of.get(int(points), ()), *words]

    def _entries(self, entries: object, kind: str, file: str) -> None:
        """Take in rules or modifiers by name."""
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise SpecificationError(f"{kind} must be tables that begin with [[{kind}]]", file=file)
        table_of = self.rule if kind == "rule" else self.modifier
        seen: set[str] = set()
        for number, table in enumerate(entries, start=1):
            name = table.get("name")
            if not is_text(name):
                raise SpecificationError(f"{file} [[{kind}]] {number}: it needs a name")
            where = f"{file} [[{kind}]] {shorten(name, 80)!r}"
            if name in seen:
                raise SpecificationError(f"{where}: the name stands twice in this file")
            seen.add(name)
            _check(table, kind, where)
            if not any(key in table for key in ("any", "all", "none")):
                raise SpecificationError(f"{where}: it needs any or all, lists of patterns")
            table_of[name] = table
            self.origin[kind, name] = file

    def _remove(self, names: object, file: str) -> None:
        """Take away the rules and modifiers named."""
        if not isinstance(names, list) or not all(map(is_text, names)):
            raise SpecificationError("remove must be a list of names of rules", file=file)
        for name in names:
            table_of = self.rule if name in self.rule else self.modifier
            if name not in table_of:
                sentence = f"remove: no rule {shorten(name, 80)!r}"
                names_of_rules = map(excerpt, (*self.rule, *self.modifier))
                raise unknown(sentence, name, names_of_rules, key="remove").under(file=file)
            del table_of[name]


def _table(tables: dict[str, Any], name: str, file: str) -> dict[str, Any]:
    """Return a table of a file, empty where it is missing; raise where it is none."""
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise SpecificationError(f"{name} must be a table that begins with [{name}]", file=file)
    return table


def _check(table: dict[str, Any], kind: str, where: str) -> None:
    """Raise at a key that is unknown or whose value is wrong."""
    keys = KEYS[kind]
    for name, value in table.items():
        if name not in keys:
            shown = shorten(name, 80)
            raise unknown(f"{where}: unknown key {shown!r}", shown, keys, key=name)
        key = keys[name]
        if not key.is_right(value):
            raise SpecificationError(
                f"{where}: {name} must be {key.kind}, not {shorten(repr(value), 200)}"
            ).at(key=name)
        if key.choices and value not in key.choices:
            shown = shorten(value, 80)
            sentence = f"{where}: unknown {name} {shown!r}"
            raise unknown(sentence, shown, key.choices, key=name)
