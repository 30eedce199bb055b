"""What a study file cannot do by way of a database: run code, write a file, reach elsewhere."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from small_study import STUDY, write_study

from eventstudy.exceptions import EventStudyError, SourceError, SpecificationError
from eventstudy.prices.sql import check_url, read_sql_prices, wrds_url
from eventstudy.prices.sql.connection import connected
from eventstudy.prices.sql.text import named_files
from eventstudy.prices.store.file import open_file

duckdb = pytest.importorskip("duckdb")
sa = pytest.importorskip("sqlalchemy")
pytest.importorskip("duckdb_engine")

CSV = "date,A\n2025-05-01,10\n2025-05-02,11\n"
MEMORY = "duckdb:///:memory:"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two files of prices, and a database of each kind."""
    made = tmp_path_factory.mktemp("made")
    (made / "prices").mkdir()
    (made / "prices" / "p.csv").write_text(CSV)
    (made / "other.csv").write_text(CSV)
    with duckdb.connect(str(made / "p.duckdb")) as base:
        base.execute("CREATE TABLE p AS SELECT DATE '2025-05-01' AS date, 10.0 AS A")
        base.execute(f"CREATE VIEW outside AS FROM '{made / 'other.csv'}'")
        base.execute("CREATE MACRO held() AS TABLE FROM p")
    base = sqlite3.connect(made / "p.db")
    base.execute("CREATE TABLE p AS SELECT '2025-05-01' AS date, 10.0 AS A")
    base.commit()
    base.close()
    return made


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    """Where a command runs, with all that was made."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def everything(folder):
    return {file: file.is_file() and file.read_bytes() for file in folder.rglob("*")}


def said(url=MEMORY, **asked) -> str:
    with pytest.raises(EventStudyError) as caught:
        read_sql_prices(url, **asked)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# -- options of an address -------------------------------------------------------------------------

WRITES = "threads TO 1; COPY (SELECT 42) TO 'written.csv'; SET threads"
LOADS = "allow_unsigned_extensions"


@pytest.mark.parametrize(
    "option",
    [f"{WRITES}=1", f"{LOADS}=true", "user=me", "access_mode=read_write", "x", "%74hreads=1",
     "custom_extension_repository=http://127.0.0.1:1", "motherduck_token=s3cret", "uri=true",
     "mode=rwc", "nolock=1", "vfs=unix"],
)  # fmt: skip
@pytest.mark.parametrize("address", ["duckdb:///p.duckdb", MEMORY, "sqlite:///p.db"])
def test_a_database_in_a_file_takes_no_options(folder, monkeypatch, address, option):
    before = everything(folder)
    query = "SELECT DATE '2025-05-01' AS date, 10 AS A"
    told = said(f"{address}?{option}", query=query)
    kind = address.partition(":")[0]
    assert told == (
        f"prices.url must end with the file, {kind}:///prices.db, without ? and what follows: "
        "a database in a file takes no options"
    )
    monkeypatch.setenv("ADDRESS", f"{address}?{option.replace('x', 'x=1')}")
    assert told[11:] in said(None, url_env="ADDRESS", query=query)
    assert everything(folder) == before


def test_the_command_says_so_in_one_sentence(folder, run):
    address = f'url = "duckdb:///p.duckdb?{WRITES}=1"\ntable = "p"\n'
    study = STUDY.replace('source = "files"\nfile = "prices.csv"\n', f'source = "sql"\n{address}')
    code, out, err = run("run", write_study(folder / "study", study), "--out", folder / "out")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "prices.url must end with the file, duckdb:///prices.db, without ?" in err
    assert not list(folder.rglob("written.csv"))


@pytest.mark.parametrize(
    "option",
    ["sslkeylogfile=keys.txt", "sslkey=./library.so:key", "servicefile=mine.conf", "gsslib=x",
     "hostaddr=10.0.0.1", "conninfo=password%3Ds3cret", "autocommit=1", "replication=true",
     "%73slkeylogfile=keys.txt", "oauth_issuer=http://127.0.0.1:1"],
)  # fmt: skip
def test_an_option_of_postgresql_that_may_do_more_than_connect(monkeypatch, option):
    from urllib.parse import unquote

    name = unquote(option.partition("=")[0])
    for joined in ("?", "?sslmode=require&"):
        url = f"postgresql://me@127.0.0.1:1/db{joined}{option}"
        told = said(url, table="p")
        assert told == (
            f"prices.url has an option that is not taken from an address, {name!r}; set it in "
            "your own ~/.pg_service.conf and write service=NAME instead"
        )
        monkeypatch.setenv("ADDRESS", url.replace("me@", "me:s3cret@"))
        told = said(None, url_env="ADDRESS", table="p")
        assert "the address in ADDRESS has an option" in told
        assert "s3cret" not in told
    assert check_url(f"{wrds_url('me')}&connect_timeout=5&options=-csearch_path%3Dcrsp")
    with pytest.raises(SpecificationError, match="holds a password"):
        check_url("postgresql://me@host/db?p%61ssword=s3cret")


@pytest.mark.parametrize(
    "address",
    ["duckdb://host/p.duckdb", "duckdb://me@/p.duckdb", "duckdb://me@/:memory:",
     "sqlite://host:1/p.db", "duckdb:///md:p", "duckdb:///s3://b/p.duckdb", "duckdb:///",
     "duckdb:///http://127.0.0.1:1/p.duckdb", "duckdb:///p.duckdb#x", "duckdb:///:memory:x"],
)  # fmt: skip
def test_an_address_is_that_of_a_file_that_is_there(folder, address):
    before = everything(folder)
    told = said(address, table="p")
    assert "prices.url names no file" in told or "no such file" in told
    assert everything(folder) == before


def test_a_name_is_never_an_address_of_its_own(folder):
    (folder / "p.duckdb").rename("md:p.duckdb")
    assert read_sql_prices("duckdb:///md:p.duckdb", table="p").names == ("A",)
    (folder / "p.db").rename("file:p.db#x")
    assert read_sql_prices("sqlite:///file:p.db#x", table="p").names == ("A",)


# -- what DuckDB itself refuses --------------------------------------------------------------------

OFF = (
    "allow_unsigned_extensions",
    "allow_community_extensions",
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "enable_external_access",
    "python_enable_replacements",
)
STATEMENTS = (
    "LOAD './library.duckdb_extension'",
    "LOAD httpfs",
    "INSTALL httpfs",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'",
    "SET allow_unsigned_extensions = true",
    "SET autoload_known_extensions = true",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "RESET enable_external_access",
    "SET temp_directory = 'spilled'",
    "SET log_query_path = 'written'",
    "PRAGMA enable_profiling = 'json'",
    "PRAGMA profiling_output = 'written'",
    "COPY (SELECT 1) TO 'written.csv'",
    "EXPORT DATABASE 'exported'",
    "ATTACH 'new.duckdb'",
    "ATTACH 'p.db' (TYPE sqlite)",
    "ATTACH 'md:'",
    "FROM 'other.csv'",
    "FROM read_text('/etc/hostname')",
    "FROM glob('*')",
    "FROM read_csv('http://127.0.0.1:1/p.csv')",
    "FROM 's3://bucket/p.parquet'",
    "FROM 'p.db'",
    "FROM a_frame_of_the_caller",
)


def refuses_everything(engine) -> None:
    """Check an engine's settings, and that it refuses each statement by itself."""
    for name in OFF:
        assert engine.execute(f"SELECT current_setting('{name}')").fetchone() == (False,)
    for name, value in (("lock_configuration", True), ("temp_directory", "")):
        assert engine.execute(f"SELECT current_setting('{name}')").fetchone() == (value,)
    a_frame_of_the_caller = pd.DataFrame({"a": [1]})
    for statement in STATEMENTS:
        with pytest.raises(duckdb.Error) as caught:
            engine.execute(statement).fetchall()
        assert "ransaction" not in str(caught.value), statement
    assert len(a_frame_of_the_caller) == 1


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
def test_duckdb_is_locked_below_every_check_of_ours(folder, url):
    before = everything(folder)
    query = "SELECT * FROM 'prices/p.csv'"
    with connected(url, None, folder, 1.0, query) as (connection, _):
        engine = connection.connection.driver_connection
        with contextlib.suppress(duckdb.Error):
            engine.rollback()
        refuses_everything(engine)
    assert everything(folder) == before


def test_a_duckdb_file_is_opened_for_reading(folder):
    with connected("duckdb:///p.duckdb", None, folder, 1.0) as (connection, _):
        engine = connection.connection.driver_connection
        for statement in ("DELETE FROM p", "CREATE TABLE q (a INT)", "DROP VIEW outside"):
            with pytest.raises(duckdb.Error, match="read-only"):
                engine.execute(statement)


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
def test_nothing_but_one_select_is_sent_to_duckdb(folder, url):
    before = everything(folder)
    query = "SELECT * FROM 'prices/p.csv'"
    with connected(url, None, folder, 1.0, query) as (connection, _):
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
    assert f"prices.query calls {name}, which may do more than read" in said(url, query=query)
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
    said(url, query=query)
    assert everything(folder) == before


# -- which files a query reads ---------------------------------------------------------------------


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
    assert "DuckDB in memory: only files that a query names in quotation marks" in said(query=query)


@pytest.mark.parametrize(
    "file", ["http://127.0.0.1:1/p.csv", "s3://bucket/p.parquet", "hf://a/b.csv"]
)
def test_no_extension_is_fetched_for_a_file_elsewhere(folder, monkeypatch, file):
    monkeypatch.setenv("HOME", str(folder))
    told = said(query="SELECT * FROM read_text(:file)", parameters={"file": file})
    assert told.startswith("DuckDB in memory: no extension is installed or loaded (")
    assert not (folder / ".duckdb").exists()


def test_a_duckdb_file_reaches_itself_alone(folder):
    only = "DuckDB file p.duckdb: only files that a query names in quotation marks are read, and"
    for asked in ({"query": "SELECT * FROM 'other.csv'"}, {"table": "outside"}):
        assert only in said("duckdb:///p.duckdb", **asked)
    query = "SELECT date, A FROM held(), range(1)"
    assert read_sql_prices("duckdb:///p.duckdb", query=query).names == ("A",)
    (folder / "disguised.duckdb").write_bytes((folder / "p.db").read_bytes())
    assert "DuckDB file disguised.duckdb: " in said("duckdb:///disguised.duckdb", table="p")


def test_what_is_not_yet_in_the_duckdb_file_is_read_from_beside_it(folder):
    writer = duckdb.connect("p.duckdb")
    writer.execute("INSERT INTO p VALUES (DATE '2025-05-02', 11)")
    for name in ("p.duckdb", "p.duckdb.wal"):
        shutil.copy(name, f"copy{name[1:]}")
    writer.close()
    assert read_sql_prices("duckdb:///copy.duckdb", table="p").values[0].tolist() == [10.0, 11.0]


def test_what_a_query_may_mean_by_a_file():
    query = """SELECT 'a''b', "c ""d", 'C\\:/e' /* 'f' */ FROM p -- 'g'\nWHERE x = ''"""
    assert named_files(query, {"h": "i", "j": 1, "k": ["l", 2]}) == [
        "a'b",
        'c "d',
        "C:/e",
        "i",
        "l",
    ]
    assert named_files(None, {}) == []


# -- what SQLite itself refuses --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    ["ATTACH 'new.db' AS other", "VACUUM INTO 'new.db'", "CREATE TEMP TABLE q (a)", "DELETE FROM p",
     "SELECT load_extension('./library.so')", "SELECT fts3_tokenizer('simple')",
     "SELECT writefile('written', 'x')", "SELECT readfile('other.csv')", "SELECT edit('x')"],
)  # fmt: skip
def test_sqlite_is_locked_below_every_check_of_ours(folder, statement):
    before = everything(folder)
    with (
        connected("sqlite:///p.db", None, folder, 1.0) as (connection, _),
        pytest.raises(sa.exc.DBAPIError),
    ):
        connection.exec_driver_sql(statement)
    assert everything(folder) == before


def test_sqlite_still_reads_what_it_makes_of_a_file(folder):
    query = "SELECT p.date, p.A + j.value AS A FROM p, json_each('[1]') AS j"
    assert read_sql_prices("sqlite:///p.db", query=query).values[0].tolist() == [11.0]


# -- the local store -------------------------------------------------------------------------------


def test_the_store_is_locked_as_well(folder):
    # a name that DuckDB would take for an account elsewhere
    path = Path("md:store") / "prices.duckdb"
    with open_file(path, write=True, notice=1.0, patience=1.0) as connection:
        refuses_everything(connection)
    assert path.is_file()


def test_a_view_in_a_strangers_store_reaches_nothing(folder):
    path = folder / "store" / "prices.duckdb"
    with open_file(path, write=True, notice=1.0, patience=1.0):
        pass
    with duckdb.connect(str(path)) as stranger:
        stranger.execute("ALTER TABLE bars RENAME TO hidden")
        stranger.execute("CREATE VIEW bars AS FROM 'other.csv'")
    with (
        pytest.raises(SourceError),
        open_file(path, write=False, notice=1.0, patience=1.0) as connection,
    ):
        connection.execute("SELECT * FROM bars")
