"""Errors carry their parts, and their message is made of them."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.exceptions import (
    EventStudyError,
    Problem,
    SchemaError,
    SourceError,
    SpecificationError,
)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "bad"),
        ({"remedy": "mend it"}, "bad; mend it"),
        ({"key": "a.b", "file": "f", "row": 3}, "a.b: bad"),
        ({"file": "f.csv"}, "f.csv: bad"),
        ({"file": "f.csv", "row": 3}, "f.csv row 3: bad"),
        ({"suggestion": "x", "stage": "rows"}, "bad"),
    ],
)
def test_the_message_is_made_of_the_parts(parts, message):
    error = SpecificationError("bad", **parts)
    assert str(error) == message
    assert {name: getattr(error, name) for name in parts} == parts


def test_an_error_under_a_name_keeps_its_kind_and_parts():
    error = SourceError("bad", file="f.csv", row=2).under("fetch")
    assert isinstance(error, SourceError)
    assert str(error) == "fetch: f.csv row 2: bad"
    assert (error.file, error.row, error.reason) == ("f.csv", 2, "bad")


def test_a_schema_error_lists_every_problem_and_shows_the_first():
    error = SchemaError(["one", "two", "three"], file="f.csv")
    assert str(error) == "f.csv: one (and 2 more problems)"
    assert error.problems == ("f.csv: one", "f.csv: two", "f.csv: three")
    assert str(SchemaError(["one", "two"])) == "one (and 1 more problem)"
    assert issubclass(SchemaError, EventStudyError)


def test_a_problem_of_a_price_file_names_its_cell():
    date = np.datetime64("2025-05-02")
    cell = Problem(file="p.csv", date=date, security="N225", reason="-1 is no price")
    assert str(cell) == "p.csv 2025-05-02: N225 -1 is no price"
    assert str(Problem(file="p.csv", reason="is empty")) == "p.csv: is empty"
    named = Problem(file="p.csv", security="A", reason="A is text", is_named=True)
    assert str(named) == "p.csv: A is text"
