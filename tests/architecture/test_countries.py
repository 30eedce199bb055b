"""The engine knows no country and no trade war: both stand in data, which a user can replace."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
from syntax import tree_of

PACKAGE = Path(__file__).parents[2] / "eventstudy"
RULES = tomllib.loads(
    (PACKAGE / "news" / "classification" / "rules.toml").read_text(encoding="utf-8")
)
ACTORS = set(RULES["actors"]) - {"global"}
PEOPLE = {"Trump", "Biden", "Beijing", "Brussels", "Xi", "Chinese", "American", "European", "U.S."}
# A move of a market and what is no event are known to readers of articles, too.
CATEGORIES = set(RULES["category"]) - {"none", "market_move"}
WORDS = sorted({*ACTORS, *PEOPLE, *(name for name in CATEGORIES if "_" in name)})
NAMED = re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, WORDS))})(?!\w)")
# What the package brings of its own: bundled data, and their study.
BUNDLED = {"datasets/bundled.py"}


def texts_of(tree):
    """(line, text) of every text in the code that is no docstring; texts of f-strings in parts."""
    told = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def named_in(tree):
    """Countries and categories that the code names, each with its line."""
    return [
        f"line {line}: {text!r}"
        for line, text in texts_of(tree)
        if NAMED.search(text) or text in CATEGORIES
    ]


def test_no_module_names_a_country_or_a_category():
    modules = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    found = {name: named_in(tree_of(path)) for name, path in modules.items() if name not in BUNDLED}
    assert {name: named for name, named in found.items() if named} == {}


@pytest.mark.parametrize(
    "code",
    [
        'x = {"US", "China"}',
        'x = category == "tariff_delay"',
        'x = f"{name} of the category tariff_effective"',
        'x = "deal"',
        'x = "by the EU"',
    ],
)
def test_it_would_be_seen(code):
    assert named_in(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    ['"""The US and China."""', "# China", 'x = "America/New_York"', 'x = "EURUSD"', 'x = "Asia"'],
)
def test_what_names_none_is_let_be(code):
    assert named_in(ast.parse(code)) == []
