"""What went wrong is asked of fields: no code takes the sentence of an error of ours apart."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pandas as pd
import pytest
from syntax import tree_of

import eventstudy
from eventstudy import exceptions
from eventstudy.exceptions import CoverageError, SchemaError, SourceError, SpecificationError
from eventstudy.registry import choose, meant, suggest
from eventstudy.studyfile.keys import study_keys
from eventstudy.studyfile.study_file import parse_study, read_study

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
        for line in read_back(tree_of(path))
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


EVENTS = {"events": {"bundled": True}}
KEYS = [(table, key, rule) for table, rules in study_keys().items() for key, rule in rules.items()]


def path_of(table, key):
    return f"{table}.{key}" if table else key


def with_key(table, key, value):
    """The tables of a study of bundled events with one key more, or another one."""
    if not table:
        return {key: value, **EVENTS}
    outer, dot, inner = table.partition(".")
    if dot:
        return {**EVENTS, outer: {inner: {key: value}}}
    return {**EVENTS, table: {**EVENTS.get(table, {}), key: value}}


def one_value(rule, value):
    """A value for a key, in a list where it takes one."""
    return value if rule.is_right(value) else [value]


def wrong_files():
    for table, key, rule in KEYS:
        path = path_of(table, key)
        yield f"{path}: unknown key", with_key(table, f"{key}_x", 1), f"{path}_x"
        wrong = next((v for v in (0.5, [[]], "") if not rule.is_right(v)), None)
        if wrong is not None:
            yield f"{path}: wrong type", with_key(table, key, wrong), path
        if rule.choices:
            value = one_value(rule, f"{rule.choices[0]}x")
            yield f"{path}: wrong choice", with_key(table, key, value), path
    for table in {table for table, _, _ in KEYS} - {""}:
        outer, dot, inner = table.partition(".")
        unknown = with_key(outer, f"{inner}_x", {}) if dot else {f"{table}_x": {}, **EVENTS}
        yield f"{table}: unknown table", unknown, f"{table}_x"
        yield f"{table}: no table", with_key(outer, inner, 1) if dot else {table: 1}, table


def parsed(tables):
    with pytest.raises(SpecificationError) as caught:
        parse_study(tables, "study.toml")
    return caught.value


WRONG = sorted(wrong_files(), key=lambda entry: entry[0])


@pytest.mark.parametrize(
    ("tables", "key"), [(t, k) for _, t, k in WRONG], ids=[name for name, _, _ in WRONG]
)
def test_a_wrong_study_file_is_told_by_key_and_suggestion(tables, key):
    error = parsed(tables)
    assert (error.key, error.file) == (key, "study.toml")
    meant_name = re.search(r"did you mean '([^']*)'", str(error))
    assert error.suggestion == (meant_name and meant_name[1])


@pytest.mark.parametrize(("table", "key", "value", "at_fault"), [
    ("windows", "estimation", [-10, 5], "windows.estimation"),
    ("windows", "estimation", [[-99, -50], [-40, -30]], "windows.estimation"),
    ("windows", "estimation", [[1, 2], [3, 4], [5, 6]], "windows.estimation"),
    ("windows", "estimation", [-40, -30], "windows.estimation"),
    ("windows", "event", [5, -5], "windows.event"),
    ("windows", "car", [[0, 99]], "windows.car"),
    ("windows", "car", [[1, 0]], "windows.car"),
    ("", "markets", [], "markets"),
    ("", "markets", ["HSI", "HSI"], "markets"),
    ("statistics", "names", [], "statistics.names"),
    ("statistics", "draws", -1, "statistics.draws"),
    ("statistics", "draws", 10**9, "statistics.draws"),
    ("statistics", "seed", -1, "statistics.seed"),
    ("statistics", "contrast", [["a", "b"]], "statistics.contrast"),
    ("statistics", "contrast", [["a", "b", "b"]], "statistics.contrast"),
    ("statistics", "contrast_within", "year", "statistics.contrast_within"),
    ("statistics", "volatility", "garch", "statistics.volatility"),
    ("sample", "min_obs", 0, "sample.min_obs"),
    ("sample", "max_loss", 2, "sample.max_loss"),
    ("events", "file", "events.csv", "events.file"),
    ("events", "bundled", False, "events.file"),
    ("prices", "calendar", "XTKX", "prices.calendar"),
    ("prices", "content", "returns", "prices.content"),
    ("prices", "refresh", True, "prices.refresh"),
    ("model", "name", "factor", "model.factors"),
    ("model", "lags", 2, "model.lags"),
    ("activity", "measures", [], "activity.measures"),
    ("activity", "measures", ["range", "range"], "activity.measures"),
    ("cross_section", "window", [0, 1], "cross_section.columns"),
    ("cross_section", "columns", [], "cross_section.columns"),
    ("cross_section", "columns", ["a", "a"], "cross_section.columns"),
    ("cross_section", "columns", ["r ~ a"], "cross_section.columns"),
    ("curve", "models", [], "curve.models"),
    ("curve", "models", ["market_modle"], "curve.models"),
    ("curve", "estimation", [[5, 1]], "curve.estimation"),
    ("curve", "car", [[5, 1]], "curve.car"),
    ("curve", "max", 0, "curve.max"),
    ("market", "HSI", 1, "market.HSI"),
    ("market", "HSI", {"clsoe": "16:00"}, "market.HSI.clsoe"),
    ("market", "HSI", {"timezone": "Asia/Hongkong"}, "market.HSI.timezone"),
    ("market", "HSI", {"calendar": "XHKX"}, "market.HSI.calendar"),
    ("market", "HSI", {"close": "16"}, "market.HSI.close"),
    ("market", "NEW", {"close": "16:00"}, "market.NEW.timezone"),
    ("market", "NEW", {"series": 1}, "market.NEW.series"),
    ("market", "series", "x", "market.series"),
])  # fmt: skip
def test_a_value_out_of_range_is_told_by_its_key(table, key, value, at_fault):
    error = parsed(with_key(table, key, value))
    assert (error.key, error.file) == (at_fault, "study.toml")
    meant_name = re.search(r"did you mean '([^']*)'", str(error))
    assert error.suggestion == (meant_name and meant_name[1])


@pytest.mark.parametrize(("prices", "at_fault"), [
    ({"query": "DROP TABLE p"}, "prices.query"),
    ({"query": "SELECT 'a"}, "prices.query"),
    ({"query": ""}, "prices.query"),
    ({"query": "SELECT 1", "table": "p"}, "prices.query"),
    ({"url": "postgresql://me:secret@host/db", "table": "p"}, "prices.url"),
    ({"url": "mysql://host/db", "table": "p"}, "prices.url"),
    ({"url": "sqlite:///p.db?mode=rw", "table": "p"}, "prices.url"),
    ({"table": "p", "start": "2025-05-02", "end": "2025-05-01"}, "prices.start"),
    ({"table": "p", "start": "May"}, "prices.start"),
    ({}, "prices.source"),
])  # fmt: skip
def test_a_wrong_database_is_told_by_its_key(prices, at_fault):
    table = {"source": "sql", "url": "sqlite:///p.db", **prices}
    error = parsed({**EVENTS, "prices": table})
    assert (error.key, error.file) == (at_fault, "study.toml")


def test_the_events_of_a_study_are_told_by_file_and_row(tmp_path):
    events = tmp_path / "events.csv"
    study = tmp_path / "study.toml"
    study.write_text('events.file = "events.csv"\n')
    for cells, row in (
        ("event_id,date\nA,2025-05-02\nB,2 May\n", 3), ("id,date\nA,2\n", 2),
        ("event_id,date\nA,2025-05-02,x\n", 2), ("a,a,date\n1,2,3\n", 1),
    ):  # fmt: skip
        events.write_text(cells)
        with pytest.raises(SchemaError) as caught:
            read_study(study).load()
        assert (caught.value.file, caught.value.row) == ("events.csv", row)
        assert str(caught.value).startswith(f"events.csv row {row}: ")
    for column, cell, name in (("direction", "neutrall", "neutral"), ("markets", "HSII", "HSI"),
                               ("timezone", "Asia/Tokio", "Asia/Tokyo")):  # fmt: skip
        events.write_text(f"event_id,date,{column}\nA,2025-05-02,{cell}\n")
        with pytest.raises(SchemaError) as unknown:
            read_study(study).run()
        assert (unknown.value.row, unknown.value.suggestion) == (2, name)
        assert f"did you mean {name!r}?" in str(unknown.value)
    events.unlink()
    with pytest.raises(SourceError) as missing:
        read_study(study).load()
    assert (missing.value.key, missing.value.file) == ("events.file", str(events))
    assert str(missing.value).startswith(f"study.toml: events.file: {events}: ")


def test_the_problems_of_a_schema_error_go_under_as_its_message_does():
    error = SchemaError(["no date", "no price"], file="prices.csv").under("prices.file")
    assert str(error) == "prices.file: prices.csv: no date (and 1 more problem)"
    assert error.problems == (
        "prices.file: prices.csv: no date",
        "prices.file: prices.csv: no price",
    )
    assert (error.key, error.file) == ("prices.file", "prices.csv")


def test_a_part_that_the_sentence_names_is_not_said_twice():
    error = SpecificationError("windows.car is empty", key="windows.car")
    assert (str(error), error.key) == ("windows.car is empty", "windows.car")
    assert str(SpecificationError("windows.cars", key="windows.car")) == "windows.car: windows.cars"
    placed = SpecificationError("unknown statistic 'x'").at(key="statistics.names")
    assert (str(placed), placed.key) == ("unknown statistic 'x'", "statistics.names")
    assert placed.at(key="other").key == "statistics.names"
