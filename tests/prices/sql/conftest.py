"""Databases of each kind: a PostgreSQL server, and one table in a file."""

from __future__ import annotations

import sqlite3

import postgres
import pytest


@pytest.fixture(scope="session")
def server():
    if why := postgres.why_not():
        pytest.skip(why)
    pytest.importorskip("psycopg")
    with postgres.running() as running:
        running.execute(
            "CREATE SCHEMA crsp",
            "CREATE TABLE crsp.dsf (caldt date, permno integer, prc numeric, vol float8)",
            # written security by security backwards, so that only an ORDER BY brings them in order
            "INSERT INTO crsp.dsf SELECT date '2025-01-01' + i, 10000 + k, 100 + i + k, 1000 * i "
            "FROM generate_series(29, 0, -1) i, generate_series(3, 1, -1) k",
            'CREATE TABLE "Wide" ("Date" timestamp, "A B" float8, "semi;colon" float8)',
            "INSERT INTO \"Wide\" SELECT timestamp '2025-01-01' + i * interval '1 day', i + 1, "
            "CASE WHEN i > 1 THEN i END FROM generate_series(0, 4) i",
            "CREATE SEQUENCE counter",
        )
        yield running


@pytest.fixture
def database(tmp_path, request):
    """The same small table in a file of each kind."""
    kind = request.param
    rows = [(f"2025-05-0{day}", who, price) for who, price in (("B", 20.0), ("A", 10.0))
            for day in (2, 1)]  # fmt: skip
    if kind == "sqlite":
        file = tmp_path / "prices.db"
        connection = sqlite3.connect(file)
        connection.execute("CREATE TABLE p (date TEXT, security TEXT, close REAL)")
        connection.executemany("INSERT INTO p VALUES (?, ?, ?)", rows)
        connection.commit()
    else:
        duckdb = pytest.importorskip("duckdb")
        pytest.importorskip("duckdb_engine")
        file = tmp_path / "prices.duckdb"
        connection = duckdb.connect(str(file))
        connection.execute("CREATE TABLE p (date DATE, security VARCHAR, close DOUBLE)")
        connection.executemany("INSERT INTO p VALUES (?, ?, ?)", rows)
    connection.close()
    return f"{kind}:///{file}", file
