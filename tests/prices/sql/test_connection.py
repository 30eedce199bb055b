"""Connections: opened for reading, found by their address, silent about passwords."""

from __future__ import annotations

import logging
import shutil
import socket
import subprocess
import sys
import traceback

import postgres
import pytest
from databases import SECRET, SQL_PRICES, everything, files, refusal
from small_study import STUDY, write_study

from eventstudy import cli
from eventstudy.exceptions import EventStudyError, SourceError
from eventstudy.prices.sql import read_sql_prices
from eventstudy.prices.sql.connection import connected, driver_errors_as_source_errors
from eventstudy.studyfile.study_file import read_study

pytestmark = pytest.mark.fast_tests(6)

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlalchemy")
pytest.importorskip("duckdb_engine")


@pytest.mark.parametrize(
    "address",
    ["duckdb://host/p.duckdb", "duckdb://me@/p.duckdb", "duckdb://me@/:memory:",
     "sqlite://host:1/p.db", "duckdb:///md:p", "duckdb:///s3://b/p.duckdb", "duckdb:///",
     "duckdb:///http://127.0.0.1:1/p.duckdb", "duckdb:///p.duckdb#x", "duckdb:///:memory:x"],
)  # fmt: skip
def test_an_address_is_that_of_a_file_that_is_there(folder, address):
    before = everything(folder)
    message = refusal(address, table="p")
    assert "prices.url names no file" in message or "no such file" in message
    assert everything(folder) == before


def test_a_name_is_never_an_address_of_its_own(folder):
    (folder / "p.duckdb").rename("md:p.duckdb")
    assert read_sql_prices("duckdb:///md:p.duckdb", table="p").names == ("A",)
    (folder / "p.db").rename("file:p.db#x")
    assert read_sql_prices("sqlite:///file:p.db#x", table="p").names == ("A",)


@files
def test_a_file_is_opened_for_reading(database):
    from eventstudy.prices.sql.connection import connected

    url, file = database
    before = file.read_bytes()
    with (
        connected(url, None, file.parent, 1.0) as (connection, _, _),
        pytest.raises(Exception, match=r"(?i)read-?only"),
    ):
        connection.connection.driver_connection.execute("DELETE FROM p")
    assert file.read_bytes() == before


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "p.db").write_text("date,A\n" * 500)
    with pytest.raises(SourceError, match=r"SQLite file p\.db: file is not a database"):
        read_sql_prices(f"sqlite:///{tmp_path / 'p.db'}", table="p")
    with pytest.raises(SourceError, match=r"DuckDB file p\.db: "):
        read_sql_prices(f"duckdb:///{tmp_path / 'p.db'}", table="p")


@pytest.mark.slow
def test_without_the_extra_its_name_is_said(tmp_path):
    program = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from eventstudy.prices.sql import read_sql_prices\n"
        "try: read_sql_prices('sqlite:///a.db', table='p')\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == (
        'SourceError reading a database needs sqlalchemy; pip install "market-reaction[sql]"\n'
    )


def test_a_duckdb_file_is_opened_for_reading(folder):
    with connected("duckdb:///p.duckdb", None, folder, 1.0) as (connection, _, _):
        engine = connection.connection.driver_connection
        for statement in ("DELETE FROM p", "CREATE TABLE q (a INT)", "DROP VIEW outside"):
            with pytest.raises(duckdb.Error, match="read-only"):
                engine.execute(statement)


def test_a_duckdb_file_reaches_itself_alone(folder):
    only = "DuckDB file p.duckdb: only files that a query names in quotation marks are read, and"
    for options in ({"query": "SELECT * FROM 'other.csv'"}, {"table": "outside"}):
        assert only in refusal("duckdb:///p.duckdb", **options)
    query = "SELECT date, A FROM held(), range(1)"
    assert read_sql_prices("duckdb:///p.duckdb", query=query).names == ("A",)
    (folder / "disguised.duckdb").write_bytes((folder / "p.db").read_bytes())
    assert "DuckDB file disguised.duckdb: " in refusal("duckdb:///disguised.duckdb", table="p")


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", "sqlite:///p.db"])
@pytest.mark.parametrize(
    "name", ["extension", "read-only", "not authorized", "system operations are disabled"]
)
def test_a_missing_column_is_that_whatever_its_name(folder, url, name):
    message = refusal(url, query=f'SELECT date, p."{name}" AS A FROM p')  # noqa: S608
    assert name in message
    assert not any(word in message for word in ("refused", "installed", "quotation marks"))


@pytest.mark.parametrize(
    ("url", "statement"),
    [
        ("duckdb:///p.duckdb", "SELECT nextval('counter') AS A, date FROM p"),
        ("sqlite:///p.db", "DELETE FROM p"),
        ("sqlite:///p.db", "ATTACH 'other.db' AS other"),
        ("sqlite:///p.db", "SELECT load_extension('./library.so')"),
    ],
)
def test_a_statement_that_would_write_is_told_that_the_database_is_only_read(
    folder, url, statement
):
    if url.startswith("duckdb"):
        with duckdb.connect("p.duckdb") as writer:
            writer.execute("CREATE SEQUENCE counter")
    with (
        pytest.raises(SourceError, match="refused, as it is only read"),
        connected(url, None, folder, 1.0) as (connection, address, _),
        driver_errors_as_source_errors(address, 1.0),
    ):
        connection.exec_driver_sql(statement).fetchall()


def test_a_function_of_an_extension_is_told_that_there_is_none(folder):
    message = refusal("duckdb:///p.duckdb", query="SELECT date, ST_Point(1, A) AS A FROM p")
    assert "no extension is installed or loaded (" in message


def test_what_is_not_yet_in_the_duckdb_file_is_read_from_beside_it(folder):
    writer = duckdb.connect("p.duckdb")
    writer.execute("INSERT INTO p VALUES (DATE '2025-05-02', 11)")
    for name in ("p.duckdb", "p.duckdb.wal"):
        shutil.copy(name, f"copy{name[1:]}")
    writer.close()
    assert read_sql_prices("duckdb:///copy.duckdb", table="p").values[0].tolist() == [10.0, 11.0]


def test_a_host_that_no_name_server_knows_is_said_to_be(monkeypatch):
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceError) as caught:
        read_sql_prices("postgresql://me@db.example.invalid/p", table="Wide")
    assert str(caught.value).endswith(
        "failed to resolve host 'db.example.invalid': Name or service not known; "
        "check the name, or whether you are in its network"
    )


def test_a_server_that_wants_a_password_finds_it_where_libpq_looks(server, monkeypatch, tmp_path):
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    url = server.tcp()
    with pytest.raises(SourceError, match=r"no password supplied; passwords are read from ~/\."):
        read_sql_prices(url, table="Wide")
    passfile = tmp_path / "pgpass"
    escaped = SECRET.replace("\\", "\\\\").replace(":", "\\:")
    passfile.write_text(f"127.0.0.1:{server.port}:*:{postgres.READER}:{escaped}\n")
    passfile.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passfile))
    assert read_sql_prices(url, table="Wide").names == ("A B", "semi;colon")
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    monkeypatch.setenv("PGPASSWORD", SECRET)
    assert read_sql_prices(url, table="Wide").names == ("A B", "semi;colon")
    monkeypatch.setenv("ADDRESS", server.tcp(password=SECRET))
    monkeypatch.delenv("PGPASSWORD")
    assert read_sql_prices(url_env="ADDRESS", table="Wide").names == ("A B", "semi;colon")


def addresses(server):
    """What may be wrong with an address that holds the password."""
    from urllib.parse import quote

    right = server.tcp(password=SECRET)
    return {
        "right address, no such table": right,
        "wrong user": right.replace(postgres.READER, "nobody-here"),
        "wrong port": right.replace(f":{server.port}/", ":1/"),
        "no such host": right.replace("127.0.0.1", "no-such-host.invalid"),
        "no such database": right.replace("/postgres", "/none"),
        "unknown option": f"{right}?nonsense=1",
        "password as an option": f"{server.tcp()}?password={quote(SECRET, safe='')}x",
        "password as a port": f"postgresql://127.0.0.1:{SECRET}/db",
        "an @ too many": f"postgresql://{postgres.READER}:{SECRET}@x@127.0.0.1/db",
        "no address at all": SECRET,
        "another database": f"mysql://me:{SECRET}@host/db",
        "driver that is not there": f"postgresql+{SECRET[:6]}://me:{SECRET}@host/db",
    }


WHAT = tuple(addresses(postgres.Server("x", 5432)))


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("verbose", [[], ["--verbose"]])
def test_no_output_ever_holds_a_password(
    server, what, verbose, tmp_path, monkeypatch, capfd, caplog
):
    monkeypatch.setenv("PRICES_URL", addresses(server)[what])
    study = STUDY.replace('source = "files"\nfile = "prices.csv"\n', SQL_PRICES)
    path = write_study(tmp_path, study)
    with caplog.at_level(logging.DEBUG):
        code = cli.invoke(["run", str(path), "--out", str(tmp_path / "out"), *verbose])
    # of the file itself, not of sys.stderr alone: a library in C writes past Python
    out, err = capfd.readouterr()
    assert code == 2, err
    assert len([line for line in err.splitlines() if ": read Events" not in line]) == 1
    everything = out + err + caplog.text
    with pytest.raises(EventStudyError) as caught:
        read_study(path).load()
    everything += "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    from urllib.parse import quote

    for form in (SECRET, quote(SECRET, safe=""), quote(SECRET)):
        assert form not in everything
