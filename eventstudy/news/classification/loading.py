"""The built-in rules, with files of one's own on top."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from eventstudy.io.files import read_toml
from eventstudy.io.packaged import packaged_tables
from eventstudy.news.classification.compiler import Compiler
from eventstudy.news.classification.rule_files import DEFAULTS, Vocabulary
from eventstudy.news.classification.rules import Rules
from eventstudy.text import one_line

if TYPE_CHECKING:
    import os

BUILT_IN: Final = "rules.toml"


@cache
def _built_in() -> dict[str, Any]:
    """Return the tables of ``rules.toml``, read once."""
    return packaged_tables("eventstudy.news.classification", BUILT_IN)


@cache
def _built_in_names() -> frozenset[str]:
    """Return the names of concepts and actors that do not depend on files of one's own."""
    tables = _built_in()
    return frozenset((*tables["concepts"], *tables["actors"], "company"))


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

    Examples
    --------
    >>> import eventstudy as es
    >>> rules = es.load_rules()
    >>> sorted(rules.categories)[:3]
    ['company_news', 'company_warning', 'currency_policy']
    """
    if not paths:
        built_in = _built_in_rules()
        # Whoever changes a table changes it for no one else.
        return replace(
            built_in,
            categories={name: dict(table) for name, table in built_in.categories.items()},
            settings=dict(built_in.settings),
        )
    return _compiled(paths)


@cache
def _built_in_rules() -> Rules:
    return _compiled(())


def _compiled(paths: tuple[str | os.PathLike[str], ...]) -> Rules:
    from pathlib import Path

    vocabulary = Vocabulary()
    vocabulary.layer(_built_in(), BUILT_IN)
    files = [BUILT_IN]
    for path in paths:
        name = one_line(Path(path).name)
        vocabulary.layer(read_toml(path)[0], name)
        files.append(name)
    compiler = Compiler(vocabulary)
    for name in ("towards", "officials", "court"):
        if name in vocabulary.concepts:
            compiler.number_of(name)
    for name in _built_in()["concepts"]:
        # The model knows them all, whether a rule names them or not.
        compiler.number_of(name)
    rules, modifiers, hints = compiler.rules(), compiler.modifiers(), compiler.hints()
    patterns = compiler.by_key(rules)
    return Rules(
        categories={name: dict(table) for name, table in vocabulary.category.items()},
        names=tuple(rule.name for rule in rules),
        files=tuple(files),
        settings={**DEFAULTS, **vocabulary.settings},
        index=compiler.index,
        suppressed=tuple(
            (1 << concept | 1 << hidden, concept, hidden)
            for concept, hidden in compiler.suppressed.items()
        ),
        owners=compiler.owners,
        countries=frozenset(vocabulary.actors),
        rules=rules,
        modifiers=modifiers,
        hints=hints,
        concepts=dict(compiler.numbers),
        named={
            number: name for name, number in compiler.numbers.items() if name in _built_in_names()
        },
        own=frozenset(
            rule.name for rule in rules if vocabulary.origin["rule", rule.name] != BUILT_IN
        ),
        needs=compiler.needs(),
        hinted=compiler.hints_by_key(hints),
        patterns=patterns,
        candidates={},
        patternless=tuple(k for k, rule in enumerate(rules) if not rule.any_of),
    )
