"""Rows of a result collected into columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.prices.sql.rows import GrowingColumns, security_name

FIRST, SECOND = dt.date(2025, 5, 1), dt.date(2025, 5, 2)


def test_portions_of_long_rows_are_joined_by_security():
    growing = GrowingColumns("p", ("close", "volume"), is_long=True)
    growing.add([(FIRST, 1, Decimal("10.5"), None), (SECOND, 1, 11, 7)])
    growing.add([("2025-05-05 00:00:00", 1.0, 12.0, 8), (FIRST, "B", 5, 9)])
    assert growing.n_rows == 4
    columns = {name: (dates, numbers) for name, dates, numbers in growing.columns()}
    assert list(columns) == ["1", "B"]
    dates, numbers = columns["1"]
    assert dates.astype(str).tolist() == ["2025-05-01", "2025-05-02", "2025-05-05"]
    assert numbers["close"].tolist() == [10.5, 11.0, 12.0]
    assert np.array_equal(numbers["volume"], [np.nan, 7.0, 8.0], equal_nan=True)


def test_wide_rows_are_one_block():
    growing = GrowingColumns("p", ("A", "B"), is_long=False)
    growing.add([(FIRST, 1, None), (SECOND, 2, 3)])
    ((name, _, numbers),) = growing.columns()
    assert name == ""
    assert numbers["A"].tolist() == [1.0, 2.0]


def test_cells_that_cannot_be_used_are_named_by_row_or_date():
    growing = GrowingColumns("p", ("close", "high"), is_long=True)
    growing.add([(FIRST, "A", "x", 1), (SECOND, "A", 1, "y"), ("May", "A", 1, 1)])
    growing.add([(FIRST, " ", 1, 1)])
    with pytest.raises(SchemaError) as caught:
        list(growing.columns())
    problems = [str(problem) for problem in caught.value.problems]
    assert (caught.value.file, caught.value.row) == ("p", 3)
    assert 'p 2025-05-01: A "x" is not a number' in problems
    assert 'p 2025-05-02: A high "y" is not a number' in problems
    assert any(problem.startswith('p row 3: date "May"') for problem in problems)
    assert "p row 4: the security is empty" in problems


def test_reading_stops_after_a_hundred_problems():
    growing = GrowingColumns("p", ("close",), is_long=True)
    with pytest.raises(SchemaError):
        growing.add([(FIRST, "A", "x")] * 101)


@pytest.mark.parametrize(
    ("security", "name"),
    [(14593, "14593"), (14593.0, "14593"), (0.5, "0.5"), (" A ", "A"), ("  ", None), (None, None)],
)
def test_what_a_security_is_called(security, name):
    assert security_name(security) == name


def test_rows_without_end_are_not_kept(monkeypatch):
    monkeypatch.setenv("EVENTSTUDY_ROWS", "1,000")
    growing = GrowingColumns("p", ("close",), is_long=True)
    rows = [(FIRST, "A", 1.0)] * 600
    growing.add(rows)
    with pytest.raises(SourceError, match=r"p: gives more than 1,000 rows.*EVENTSTUDY_ROWS"):
        growing.add(rows)
    assert growing.n_rows == 600
    for wrong in ("0", "-5", "many", "1e9", "9" * 5000):
        monkeypatch.setenv("EVENTSTUDY_ROWS", wrong)
        with pytest.raises(SpecificationError, match="write a number of rows"):
            growing.add(rows)
