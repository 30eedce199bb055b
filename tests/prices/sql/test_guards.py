"""What DuckDB and SQLite refuse, whatever a statement says: code, writing, other files."""

from __future__ import annotations

import sqlite3

import pytest
from databases import MEMORY, everything, refusal

from eventstudy.exceptions import EventStudyError
from eventstudy.prices.sql import read_sql_prices
from eventstudy.prices.sql.connection import connected

pytestmark = pytest.mark.fast_tests(6)

sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("duckdb_engine")


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
def test_nothing_but_one_select_is_sent_to_duckdb(folder, url):
    before = everything(folder)
    query = "SELECT * FROM 'prices/p.csv'"
    with connected(url, None, folder, 1.0, query) as (connection, _, _):
        for statement in (
            "COPY (SELECT 1) TO 'prices/p.csv'",
            "SET threads = 1",
            "SELECT 1; SELECT 2",
            "CREATE TABLE q (a INT)",
            "WITH w AS (COPY (SELECT 1 AS a) TO 'prices/p.csv') SELECT * FROM w",
            "WITH w AS (INSERT INTO p VALUES (1, 2) RETURNING *) SELECT * FROM w",
            "CALL enable_logging()",
            "PRAGMA threads = 1",
        ):
            with pytest.raises(EventStudyError, match=r"must be one SELECT|A CTE needs a SELECT"):
                connection.exec_driver_sql(statement)
    assert everything(folder) == before


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("SELECT * FROM enable_logging(storage_path = 'prices')", "enable_logging"),
        ("SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': 'prices'})",
         "enable_logging"),
        ('SELECT * FROM system.main."Enable_Logging"(storage_path = \'prices\')', "enable_logging"),
        ("SELECT (SELECT 1 FROM p, (DESCRIBE FROM enable_logging()))", "enable_logging"),
        ("SELECT * FROM query('FROM enable_' || 'logging(storage_path = ''prices'')')", "query"),
        ("WITH w AS (FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))) FROM w",
         "json_execute_serialized_sql"),
        ("SELECT * FROM checkpoint()", "checkpoint"),
    ],
)  # fmt: skip
def test_a_function_of_duckdb_that_may_do_more_than_read(folder, url, query, name):
    before = everything(folder)
    assert f"prices.query calls {name}, which may do more than read" in refusal(url, query=query)
    assert everything(folder) == before


@pytest.mark.parametrize(
    "query",
    ["WITH w AS (COPY (SELECT 1 AS A) TO 'prices/p.csv') SELECT '2025-05-01' AS date, A FROM w",
     "SELECT 1 /* /* */ ) AS a; COPY (SELECT 1) TO 'prices/p.csv'; SELECT * FROM (SELECT 1 -- */",
     "SELECT 1 AS date) AS asked, (SELECT 2 AS A"],
)  # fmt: skip
@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
def test_a_query_of_duckdb_writes_nothing_not_even_over_what_it_names(folder, url, query):
    before = everything(folder)
    refusal(url, query=query)
    assert everything(folder) == before


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM 'prices/p.csv'", 'SELECT * FROM "prices/p.csv"', "FROM_HERE './prices/p.csv'",
     "SELECT * FROM 'prices/*.csv'", "SELECT * FROM read_csv('**/p.csv')", "FROM_HERE 'p*/p.csv'",
     "SELECT * FROM read_csv(['prices/p.csv', 'prices/p.csv']) -- don't\nWHERE 'x' < 'y' LIMIT 2",
     "SELECT * FROM read_csv(:file)", "FROM_HERE '{folder}/prices/p.csv'",
     "FROM_HERE '~/prices/p.csv'",
     "WITH w AS (SELECT * FROM 'prices/p.csv') SELECT w.* FROM w, range(1), unnest([1])"],
)  # fmt: skip
def test_a_query_in_memory_reads_the_files_it_names(folder, monkeypatch, query):
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    query = query.replace("FROM_HERE", "SELECT * FROM").replace("{folder}", str(folder))
    panel = read_sql_prices(MEMORY, query=query, parameters={"file": "prices/p.csv", "n": 1})
    assert panel.values[0].tolist()[:1] == [10.0]


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM read_csv('other' || '.csv')", "SELECT * FROM glob('prices' || '/*')",
     "SELECT * FROM read_text(chr(47) || 'etc/hostname') -- '/etc/hostname'"],
)  # fmt: skip
def test_a_query_in_memory_reads_no_file_it_does_not_name(folder, query):
    assert "DuckDB in memory: only files that a query names in quotation marks" in refusal(
        query=query
    )


@pytest.mark.parametrize(
    "file", ["http://127.0.0.1:1/p.csv", "s3://bucket/p.parquet", "hf://a/b.csv"]
)
def test_no_extension_is_fetched_for_a_file_elsewhere(folder, monkeypatch, file):
    monkeypatch.setenv("HOME", str(folder))
    message = refusal(query="SELECT * FROM read_text(:file)", parameters={"file": file})
    assert message.startswith("DuckDB in memory: no extension is installed or loaded (")
    assert not (folder / ".duckdb").exists()


@pytest.mark.parametrize(
    "statement",
    ["ATTACH 'new.db' AS other", "VACUUM INTO 'new.db'", "CREATE TEMP TABLE q (a)", "DELETE FROM p",
     "SELECT load_extension('./library.so')", "SELECT fts3_tokenizer('simple')",
     "SELECT writefile('written', 'x')", "SELECT readfile('other.csv')", "SELECT edit('x')"],
)  # fmt: skip
def test_sqlite_is_locked_below_every_check_of_ours(folder, statement):
    before = everything(folder)
    with (
        connected("sqlite:///p.db", None, folder, 1.0) as (connection, _, _),
        pytest.raises(sa.exc.DBAPIError),
    ):
        connection.exec_driver_sql(statement)
    assert everything(folder) == before


def test_sqlite_still_reads_what_it_makes_of_a_file(folder):
    query = "SELECT p.date, p.A + j.value AS A FROM p, json_each('[1]') AS j"
    assert read_sql_prices("sqlite:///p.db", query=query).values[0].tolist() == [11.0]


def test_a_file_whose_log_was_written_back_is_read_without_a_trace(folder):
    database = sqlite3.connect(folder / "log.db")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE p (date TEXT, security TEXT, close REAL)")
    database.execute("INSERT INTO p VALUES ('2025-05-01', 'A', 10), ('2025-05-02', 'A', 11)")
    database.commit()
    database.close()
    before = everything(folder)
    panel = read_sql_prices("sqlite:///log.db", table="p", folder=folder)
    assert panel.values[0].tolist() == [10.0, 11.0]
    assert everything(folder) == before


def test_sqlite_makes_no_cell_of_hundreds_of_megabytes(tmp_path):
    file = tmp_path / "p.db"
    sqlite3.connect(file).close()
    query = "SELECT hex(zeroblob(150000000)) AS date, 'A' AS security, 1 AS close"
    with pytest.raises(EventStudyError, match="string or blob too big"):
        read_sql_prices(f"sqlite:///{file}", query=query)
