"""The statements that are sent: what they select, in which order, and how they count."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.prices.sql.layout import Layout
from eventstudy.prices.sql.statement import counting_statement, source_of, statement_of

pytest.importorskip("sqlalchemy")

LONG = Layout("day", "id", ("close",), ("px",))
WIDE = Layout("day", None, ("A",), ("A",))
KEYS = ("day", "id", "px")


def text(statement):
    return " ".join(str(statement.compile(compile_kwargs={"literal_binds": True})).split())


def test_rows_are_ordered_by_security_and_date_and_cut_by_both():
    span = dt.date(2025, 1, 1), dt.date(2025, 2, 1)
    said = text(
        statement_of(
            source_of(None, "p", None), LONG, ["TEXT"] * 3, KEYS, ("A", "B"), span, "sqlite"
        )
    )
    assert """WHERE "day" >= '2025-01-01' AND "day" < '2025-02-02'""" in said.replace('"p".', "")
    assert "IN ('A', 'B')" in said
    assert said.endswith('ORDER BY "p"."id", "p"."day"')


def test_numbers_are_asked_for_as_numbers():
    codes = ["DATE", "INTEGER", "DOUBLE"]
    nothing = (None, None)
    said = text(
        statement_of(source_of(None, "p", None), LONG, codes, KEYS, ("7", "x"), nothing, "duckdb")
    )
    assert "IN (7)" in said


def test_rows_are_counted_by_security_or_at_once():
    nothing = (None, None)
    source = source_of("SELECT * FROM p", None, None)
    said = text(counting_statement(source, LONG, ["TEXT"] * 3, KEYS, None, nothing, "sqlite"))
    assert "count(*)" in said
    assert 'GROUP BY rows."id" ORDER BY rows."id"' in said
    said = text(
        counting_statement(source, WIDE, ["TEXT"] * 2, ("day", "A"), None, nothing, "sqlite")
    )
    assert "GROUP BY" not in said


def test_a_table_has_at_most_a_schema():
    with pytest.raises(SpecificationError, match='write "table" or'):
        source_of(None, "a.b.c", None)
