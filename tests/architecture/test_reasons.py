"""What went wrong is asked of fields: no code takes the sentence of an error of ours apart."""

from __future__ import annotations

import ast
from pathlib import Path

import pandas as pd
import pytest

import eventstudy
from eventstudy import exceptions
from eventstudy.exceptions import CoverageError, SchemaError, SourceError, SpecificationError
from eventstudy.registry import choose, meant, suggest

HOUSE = Path(eventstudy.__file__).parent
OURS = {name for name, value in vars(exceptions).items() if isinstance(value, type)}
METHODS = {
    "startswith",
    "endswith",
    "removeprefix",
    "removesuffix",
    "partition",
    "replace",
    "split",
}


def is_sentence(node, error):
    """Whether an expression is ``str(error)``."""
    return ast.unparse(node) == f"str({error})"


def read_back(tree):
    """Lines that look into the message of an error of ours that they caught."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        for node in ast.walk(handler) if caught & OURS else ():
            is_cut = (
                isinstance(node, ast.Attribute)
                and node.attr in METHODS
                and is_sentence(node.value, handler.name)
            )
            is_searched = isinstance(node, ast.Compare) and any(
                is_sentence(part, handler.name) for part in node.comparators
            )
            if is_cut or is_searched:
                yield node.lineno


@pytest.mark.parametrize("line", [
    "str(error).startswith('a')", "'a' in str(error)", "'a' == str(error)",
])  # fmt: skip
def test_reading_a_sentence_back_is_seen(line):
    code = f"try:\n    pass\nexcept (ValueError, SourceError) as error:\n    print({line})\n"
    assert list(read_back(ast.parse(code))) == [4]
    assert list(read_back(ast.parse(code.replace("SourceError", "KeyError")))) == []


def test_no_sentence_of_an_error_is_read_back():
    found = [
        f"{path.relative_to(HOUSE)}:{line}"
        for path in sorted(HOUSE.rglob("*.py"))
        for line in read_back(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_the_message_is_made_of_the_parts_and_they_outlive_a_longer_one():
    error = SpecificationError("event E1 has no time", file="events.csv", row=3, remedy="add one")
    assert str(error) == "events.csv row 3: event E1 has no time; add one"
    longer = error.under("study.toml")
    assert str(longer) == "study.toml: events.csv row 3: event E1 has no time; add one"
    assert (type(longer), longer.file, longer.row) == (SpecificationError, "events.csv", 3)
    assert longer.reason == "event E1 has no time"
    assert str(SourceError("no such file", key="prices.url")) == "prices.url: no such file"
    several = SchemaError(["it is empty", "it is late"], file="a: b.csv")
    assert several.problems == ("a: b.csv: it is empty", "a: b.csv: it is late")
    assert str(several) == "a: b.csv: it is empty (and 1 more problem)"
    reasons = pd.DataFrame({"stage": ["min_obs"]})
    assert CoverageError("all lost", reasons).under("study.toml").reasons is reasons


def test_a_suggestion_is_a_name():
    assert suggest("eventid", ["event'_id", "date"]) == "event'_id"
    assert suggest("x", ["event_id"]) is None
    assert meant("event_id", ["event'_id"]) == '; is "event\'_id" meant to be it?'
    assert meant("event_id", ["x"]) == ""
    with pytest.raises(SpecificationError) as caught:
        choose("kep", ("keep", "drop"), "policy")
    assert caught.value.suggestion == "keep"
