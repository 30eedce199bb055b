"""DuckDB: locked by its own settings, as the database of a study and as the store."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from databases import MEMORY, everything, refuses_everything

from eventstudy.exceptions import SourceError
from eventstudy.io import memory
from eventstudy.io.duckdb_connection import memory_bound, only_files
from eventstudy.prices.sql import read_sql_prices
from eventstudy.prices.sql.connection import connected
from eventstudy.prices.store.file import open_file

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("duckdb_engine")


@pytest.mark.parametrize("url", ["duckdb:///p.duckdb", MEMORY])
def test_duckdb_is_locked_below_every_check_of_ours(folder, url):
    before = everything(folder)
    query = "SELECT * FROM 'prices/p.csv'"
    with connected(url, None, folder, 1.0, query) as (connection, _, _):
        engine = connection.connection.driver_connection
        with contextlib.suppress(duckdb.Error):
            engine.rollback()
        refuses_everything(engine)
    assert everything(folder) == before


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


def test_a_database_in_memory_is_restricted_to_the_files_named(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder))
    allowed, *locks = only_files(["./prices/*.csv", "prices/p.csv", "it's.csv", "~/other.csv"])
    # a pattern as it was written, and the files that match it now, each once
    assert allowed == (
        "SET allowed_paths = ['./prices/*.csv', './prices/p.csv', 'prices/p.csv', 'it''s.csv', "
        f"'~/other.csv', '{folder}/other.csv']"
    )
    assert locks == ["SET enable_external_access = false", "SET lock_configuration = true"]


def test_a_text_that_would_match_the_whole_disk_is_no_pattern(monkeypatch):
    def never(*_, **__):
        raise AssertionError("the whole disk is searched")

    monkeypatch.setattr("glob.glob", never)
    (allowed, *_) = only_files(["/**", "/*.csv", "/[a-z]*/**"])
    assert allowed == "SET allowed_paths = ['/**', '/*.csv', '/[a-z]*/**']"


def test_a_query_has_the_memory_that_is_allowed(monkeypatch):
    monkeypatch.setenv(memory.MEMORY, "1.5 GB")
    assert memory_bound() == {"memory_limit": "1500MB"}
    monkeypatch.delenv(memory.MEMORY)
    assert memory_bound() == {}


def test_a_query_that_needs_more_memory_is_refused_in_one_sentence(folder, monkeypatch):
    query = (
        "SELECT date '2025-01-01' + (i % 99)::INT AS date, md5(i::VARCHAR) AS security, "
        "i + 1.0 AS close FROM range(20000000) t(i) ORDER BY security, date"
    )
    monkeypatch.setenv(memory.MEMORY, "30 MB")
    with pytest.raises(SourceError, match=r"needs more memory than there is \(EVENTSTUDY_MEMORY\)"):
        read_sql_prices(MEMORY, query=query, calendar="data", folder=folder)
