"""Databases read some securities at a time hold what they hold as a whole."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.sql import read_sql_prices, sql_blocks

pytest.importorskip("sqlalchemy")

ROWS = [
    (f"2025-05-{day:02d}", who, 10.0 + day + number)
    for number, who in enumerate(("B", "A", "C"))
    for day in range(1, 10 - number)
]


@pytest.fixture
def url(tmp_path):
    connection = sqlite3.connect(tmp_path / "prices.db")
    connection.execute("CREATE TABLE p (date TEXT, security TEXT, close REAL)")
    connection.executemany("INSERT INTO p VALUES (?, ?, ?)", ROWS)
    connection.execute("CREATE TABLE numbered (date TEXT, security INTEGER, close REAL)")
    numbered = [(day, ord(who), price) for day, who, price in ROWS]
    connection.executemany("INSERT INTO numbered VALUES (?, ?, ?)", numbered)
    connection.execute("CREATE TABLE wide (date TEXT, A REAL, B REAL)")
    connection.executemany("INSERT INTO wide VALUES (?, ?, ?)", [(r[0], r[2], 5) for r in ROWS[:9]])
    connection.execute("CREATE TABLE nobody (date TEXT, security TEXT, close REAL)")
    connection.execute("INSERT INTO nobody VALUES ('2025-05-01', NULL, 1)")
    connection.commit()
    connection.close()
    return f"sqlite:///{tmp_path / 'prices.db'}"


@pytest.mark.parametrize(
    "asked",
    [
        {"table": "p"},
        {"table": "numbered"},
        {"query": "SELECT * FROM p WHERE close > 12"},
        {"table": "wide"},
        {"table": "p", "start": "2025-05-03", "end": "2025-05-06"},
        {"table": "p", "securities": ["A", "B"]},
    ],
)
def test_some_securities_are_those_of_the_whole(url, asked):
    whole, found = read_sql_prices(url, **asked), sql_blocks(url, **asked)
    assert found.names == whole.names
    assert found.n_rows == max(map(len, whole.dates))
    part = found.read([found.names[1]])
    np.testing.assert_array_equal(part.dates[0], whole.dates[1])
    np.testing.assert_array_equal(part.values[0], whole.values[1])


def test_no_rows_and_no_names_are_refused(url):
    with pytest.raises(SchemaError, match="no rows"):
        sql_blocks(url, table="p", start="2026-01-01")
    with pytest.raises(SchemaError, match="the security is empty"):
        sql_blocks(url, table="nobody")
    with pytest.raises(SpecificationError, match="are both missing"):
        sql_blocks(url)
