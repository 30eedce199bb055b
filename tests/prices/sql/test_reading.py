"""Databases: what is read, that nothing is ever written, that no password is ever shown."""

from __future__ import annotations

import datetime as dt
import gc
import sqlite3

import numpy as np
import pandas as pd
import pytest
from databases import MAPPING, SECRET, SQL_PRICES, files
from small_study import STUDY, returns, write_study

from eventstudy.exceptions import EventStudyError, SchemaError, SourceError, SpecificationError
from eventstudy.prices.sql import read_sql_prices
from eventstudy.studyfile.study_file import read_study

pytestmark = pytest.mark.fast_tests(3)

pytest.importorskip("sqlalchemy")


# -- what is read ----------------------------------------------------------------------------------


@files
def test_a_table_of_a_file_is_read_in_order(database):
    url, _ = database
    panel = read_sql_prices(url, table="p")
    assert (panel.names, panel.name) == (("A", "B"), "p")
    assert [str(day) for day in panel.dates[0]] == ["2025-05-01", "2025-05-02"]
    assert panel.values[1].tolist() == [20.0, 20.0]
    only = read_sql_prices(url, table="p", securities=["B", "C"], start="2025-05-02")
    assert (only.names, [str(d) for d in only.dates[0]]) == (("B",), ["2025-05-02"])
    assert only.sha256 != panel.sha256


@files
def test_a_relative_file_starts_at_the_folder(database, monkeypatch, tmp_path):
    url, file = database
    kind = url.partition(":")[0]
    panel = read_sql_prices(f"{kind}:///{file.name}", table="p", folder=tmp_path)
    assert panel.names == ("A", "B")
    with pytest.raises(SourceError, match=r"prices\.url: .*none\.db: no such file"):
        read_sql_prices(f"{kind}:///none.db", table="p", folder=tmp_path)


@files
def test_a_query_with_parameters(database):
    url, _ = database
    query = "SELECT date, security, close FROM p WHERE security = :who AND ':x;' <> '' -- B only;"
    panel = read_sql_prices(url, query=query.replace(":x", r"\:x"), parameters={"who": "B"})
    assert panel.names == ("B",)


def test_duckdb_in_memory_reads_files_and_still_only_reads(tmp_path):
    pytest.importorskip("duckdb_engine")
    source, written = tmp_path / "p.csv", tmp_path / "written.csv"
    source.write_text("date,A\n2025-05-01,10\n2025-05-02,11\n")
    query = "SELECT * FROM read_csv(:file)"
    panel = read_sql_prices("duckdb:///:memory:", query=query, parameters={"file": str(source)})
    assert panel.values[0].tolist() == [10.0, 11.0]
    with pytest.raises(SpecificationError, match="must be one SELECT"):
        read_sql_prices("duckdb:///:memory:", query=f"COPY (SELECT 1) TO '{written}'")
    assert not written.exists()


def test_a_table_mapping_reads_only_what_is_needed(server):
    panel = read_sql_prices(
        server.url(), table="crsp.dsf", columns=MAPPING, securities=["10002", "MKT", "x"],
        start="2025-01-03", end=dt.date(2025, 1, 5),
    )  # fmt: skip
    assert panel.names == ("10002",)
    assert panel.values[0].tolist() == [104.0, 105.0, 106.0]
    assert panel.fields["10002"]["volume"].tolist() == [2000.0, 3000.0, 4000.0]


def test_more_rows_than_one_portion_come_out_as_they_went_in(server, monkeypatch):
    monkeypatch.setattr("eventstudy.prices.sql.reading._CHUNK", 7)
    seen = []
    panel = read_sql_prices(
        server.url(), table="crsp.dsf", columns=MAPPING, progress=lambda *step: seen.append(step)
    )
    assert panel.names == ("10001", "10002", "10003")
    for k, values in enumerate(panel.values, start=1):
        assert values.tolist() == [100.0 + i + k for i in range(30)]
    assert [done for _, done, _ in seen] == [7 * k for k in range(1, 13)] + [90]


def test_a_wide_table_with_names_that_need_quoting(server):
    panel = read_sql_prices(server.url(), table="Wide")
    assert panel.names == ("A B", "semi;colon")
    assert [len(dates) for dates in panel.dates] == [5, 3]
    panel = read_sql_prices(
        server.url(), table="Wide", columns={"date": "Date", "SC": "semi;colon"}
    )
    assert panel.names == ("SC",)
    panel = read_sql_prices(server.url(), table="Wide", securities=["a b"], end="2025-01-02")
    assert (panel.names, panel.values[0].tolist()) == (("A B",), [1.0, 2.0])


def test_returns_by_their_own_column(server):
    query = """SELECT caldt AS "Date", permno AS security, prc / 1e4 AS return FROM crsp.dsf"""
    panel = read_sql_prices(server.url(), query=query, content="returns", kind="log")
    assert (panel.content, panel.kind) == ("returns", "log")
    assert panel.values[0][0] == pytest.approx(0.0101)


def test_the_hash_is_of_the_rows_and_of_what_was_asked(server):
    query = "SELECT caldt AS date, permno AS security, prc AS close FROM crsp.dsf"
    one, same, other = (
        read_sql_prices(server.url(), query=sent).sha256
        for sent in (query, query, f"{query} WHERE true")
    )
    assert one == same != other


# -- nothing is written ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM crsp.dsf RETURNING *) SELECT * FROM gone",
        "SELECT current_date AS date, 'A' AS security, nextval('counter') AS close",
        "SELECT caldt AS date, permno AS security, prc AS close FROM crsp.dsf FOR UPDATE",
        "SELECT set_config('transaction_read_only', 'off', false) AS security, current_date AS "
        "date, nextval('counter') AS close",
    ],
)
def test_postgresql_itself_keeps_a_select_from_writing(server, query, monkeypatch):
    for options in ("", "-cdefault_transaction_read_only=off"):
        monkeypatch.setenv("PGOPTIONS", options)
        with pytest.raises(SourceError) as caught:
            read_sql_prices(server.url(), query=query)
        assert "\n" not in str(caught.value)
    assert len(read_sql_prices(server.url(), table="crsp.dsf", columns=MAPPING).dates[0]) == 30
    counted = (
        "SELECT current_date AS date, 'A' AS security, last_value AS close FROM counter "
        "WHERE NOT is_called"
    )
    assert read_sql_prices(server.url(), query=counted).values[0].tolist() == [1.0]


# -- no password is shown --------------------------------------------------------------------------


@pytest.mark.slow
def test_a_study_of_a_database_and_what_its_folder_tells(server, run, tmp_path, monkeypatch):
    rows = returns().reset_index().melt("date", var_name="id", value_name="r")
    with server.connected() as connection:
        connection.execute("CREATE TABLE returns (day date, id text, r float8)")
        connection.cursor().executemany(
            "INSERT INTO returns VALUES (%s, %s, %s)",
            [(day.date(), who, None if np.isnan(r) else r) for day, who, r in rows.to_numpy()],
        )
        # of a security nobody asks for, and no return at all
        connection.execute("INSERT INTO returns VALUES ('2024-02-28', 'ZZZ', -5)")
    monkeypatch.setenv("PRICES_URL", server.tcp(password=SECRET))
    columns = 'columns = { date = "day", security = "id", return = "r" }\n'
    study = STUDY.replace('source = "files"\nfile = "prices.csv"\n', SQL_PRICES + columns)
    plain, other = tmp_path / "files", tmp_path / "sql"
    assert run("run", write_study(tmp_path / "a"), "--out", plain)[0] == 0
    code, out, err = run("run", write_study(tmp_path / "b", study), "--out", other, "--verbose")
    assert code == 0, err
    for name in ("statistics.csv", "car.csv", "abnormal_returns.csv"):
        pd.testing.assert_frame_equal(pd.read_csv(plain / name), pd.read_csv(other / name))
    import json

    manifest = json.loads((other / "manifest.json").read_text())
    assert manifest["study"]["prices"] == {
        "kind": "simple", "source": "sql", "url_env": "PRICES_URL", "table": "returns",
        "columns": {"date": "day", "security": "id", "return": "r"}, "content": "returns",
        "calendar": "data",
    }  # fmt: skip
    assert len(manifest["inputs"]["prices"]["sha256"]) == 64
    texts = [out, err, repr(read_study(tmp_path / "b" / "study.toml"))]
    texts += [file.read_text(errors="replace") for file in other.rglob("*") if file.is_file()]
    assert not any(SECRET in text or "127.0.0.1" in text for text in texts)


# -- what a person is told -------------------------------------------------------------------------


def test_what_postgresql_refuses_is_one_sentence(server):
    def refusal(**options) -> str:
        with pytest.raises((SourceError, SchemaError, SpecificationError)) as caught:
            read_sql_prices(server.url(), **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    slow = "SELECT current_date AS date, 'A' AS security, 1 AS close FROM pg_sleep(5)"
    assert "no answer within 0.2 seconds; ask for less" in refusal(query=slow, timeout=0.2)
    assert 'relation "nothing" does not exist' in refusal(table="nothing")
    assert refusal(table="a.b.c").startswith("prices.table is 'a.b.c'; write")
    assert refusal(table="crsp.dsf") == (
        "crsp.dsf has no column 'date'; known: caldt, permno, prc, vol; say which it is with "
        'prices.columns = { date = "..." }'
    )
    wrong = {"date": "caldat"}
    assert "did you mean 'caldt'?" in refusal(table="crsp.dsf", columns=wrong)
    wrong = MAPPING | {"vollume": "vol"}
    assert "unknown column 'vollume'; did you mean 'volume'?" in refusal(
        table="crsp.dsf", columns=wrong
    )
    assert "syntax error" in refusal(query="SELECT date form p")
    assert "prices.query has :x, and no parameter" in refusal(query="SELECT * FROM p WHERE a = :x")
    assert refusal(
        table="crsp.dsf", columns=MAPPING, securities=["1", "2"], start="2020-01-01"
    ) == ("crsp.dsf has no rows of 1, 2 from 2020-01-01")
    row = "SELECT {} AS date, {} AS security, {} AS close"
    assert refusal(query=row.format("now()", "'A'", "1")).startswith('query row 1: date "')
    assert "query row 1: the date is empty" in refusal(query=row.format("NULL", "'A'", "1"))
    assert "the security is empty" in refusal(query=row.format("current_date", "' '", "1"))
    assert '"abc" is not a number' in refusal(query=row.format("current_date", "'A'", "'abc'"))
    assert "A -1 is not positive" in refusal(query=row.format("current_date", "'A'", "-1"))
    twice = "SELECT current_date AS date, 1 AS a, 2 AS a"
    assert refusal(query=twice) == "query: column 'a' is there twice; name each once"
    many = "SELECT current_date AS date, 'A' AS security, 'x' AS close FROM generate_series(1, 500)"
    assert refusal(query=many).endswith("more problems)")


# psycopg 3.2 cannot close a cursor whose transaction has failed, and says so
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_breaks_half_way_is_one_sentence(server, monkeypatch):
    monkeypatch.setattr("eventstudy.prices.sql.reading._CHUNK", 10)
    rows = (
        "SELECT current_date - i AS date, 'A' AS security, {} AS close FROM generate_series(1,50) i"
    )
    for value, message in (
        ("1.0 / (i - 20)", "division by zero"),
        (
            "CASE i WHEN 20 THEN pg_terminate_backend(pg_backend_pid())::int ELSE 1 END",
            "terminating",
        ),
        ("CASE i WHEN 20 THEN 'x' ELSE '1' END", '"x" is not a number'),
    ):
        with pytest.raises((SourceError, SchemaError), match=message) as caught:
            read_sql_prices(server.url(), query=rows.format(value))
        assert "\n" not in str(caught.value)
        del caught
        gc.collect()


def test_dates_that_repeat_are_named(server):
    query = (
        "SELECT date '2025-05-01' AS date, 'A' AS security, 1 AS close FROM generate_series(1,2)"
    )
    with pytest.raises(SchemaError, match="query 2025-05-01: the date appears twice of A"):
        read_sql_prices(server.url(), query=query)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"url": "sqlite:///a.db"}, "prices.query and prices.table are both missing"),
        ({"url": "sqlite:///a.db", "table": "p", "query": "SELECT 1"}, "exclude each other"),
        ({"table": "p"}, "prices.url and prices.url_env are both missing"),
        ({"url": "sqlite://", "table": "p"}, "prices.url names no file; write sqlite:///prices.db"),
        ({"url": "sqlite:///a.db", "table": "p", "start": "May"}, "prices.start 'May' is not an"),
        ({"url_env": "NOT_SET_ANYWHERE", "table": "p"}, "no variable NOT_SET_ANYWHERE"),
    ],
)
def test_what_contradicts_itself_is_refused(options, message):
    with pytest.raises(EventStudyError, match=message):
        read_sql_prices(options.pop("url", None), **options)


@pytest.mark.parametrize("time", ["", " 00:00:00", "T00:00:00"])
def test_dates_kept_as_text_end_with_the_last_day(tmp_path, time):
    with sqlite3.connect(tmp_path / "p.db") as file:
        file.execute("CREATE TABLE p (date TEXT, security TEXT, close REAL)")
        rows = [(f"2025-05-0{day}{time}", "A", 10.0 + day) for day in (1, 2, 3)]
        file.executemany("INSERT INTO p VALUES (?, ?, ?)", rows)
    file.close()
    panel = read_sql_prices(
        f"sqlite:///{tmp_path / 'p.db'}", table="p", start="2025-05-01", end="2025-05-02"
    )
    assert panel.values[0].tolist() == [11.0, 12.0]


def test_dates_kept_as_text_in_postgres(server):
    query = "SELECT caldt::text AS date, permno AS security, prc AS close FROM crsp.dsf"
    panel = read_sql_prices(server.url(), query=query, start="2025-01-03", end="2025-01-05")
    assert [len(dates) for dates in panel.dates] == [3, 3, 3]


def test_a_second_statement_never_runs_even_past_the_first_lock(server, monkeypatch):
    from eventstudy.prices.sql import reading

    server.execute("CREATE TABLE kept AS SELECT 1 AS one")
    monkeypatch.setattr(reading, "check_query", lambda query: query)
    query = (
        r"SELECT caldt AS date FROM crsp.dsf WHERE 'x' <> E'\' ') AS asked; COMMIT; "
        "BEGIN READ WRITE; DELETE FROM kept; COMMIT; SELECT * FROM (SELECT 1 AS date --'"
    )
    with pytest.raises(SourceError, match="multiple commands"):
        read_sql_prices(server.url(), query=query)
    with server.connected() as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1,)


@pytest.mark.parametrize("database", ["sqlite", "duckdb"], indirect=True)
def test_two_columns_of_one_name_are_no_two_securities(database):
    """A join that selects a column of each table makes such a result."""
    url, _ = database
    query = "SELECT date, close AS A, 2 * close AS A FROM p WHERE security = 'A'"
    with pytest.raises(SchemaError, match="query: column 'A' is there twice; name each once"):
        read_sql_prices(url, query=query)
    query = "SELECT date, close AS A, 2 * close AS A_1 FROM p WHERE security = 'A'"
    assert read_sql_prices(url, query=query).names == ("A", "A_1")
