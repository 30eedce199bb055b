"""The file of the store: damaged, of another version, locked by another process."""

from __future__ import annotations

import datetime as dt
import os

import duckdb
import filelock
import numpy as np
import pandas as pd
import pytest
from stored_bars import bars_of

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.prices.store import Store

pytestmark = pytest.mark.fast_tests(5)


def _day(text):
    return dt.date.fromisoformat(text)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("damage", ["garbage", "cut", "flipped", "empty"])
def test_a_damaged_file_is_one_sentence(store, damage):
    store.write("^N225", bars_of(pd.date_range("2000-01-01", periods=9000), np.arange(1, 9001)))
    content = store.path.read_bytes()
    store.path.write_bytes(
        {
            "garbage": b"no database" * 1000,
            "cut": content[:20_000],
            "flipped": content[:13_000] + bytes(3000) + content[16_000:],
            "empty": b"",
        }[damage]
    )
    with pytest.raises(SourceError) as caught:
        store.read("^N225")
    message = str(caught.value)
    assert message.startswith(f"{store.path}: damaged, or no DuckDB file (")
    assert message.endswith("; move it away and fetch again: the vendor still has the prices")
    assert "\n" not in message


def test_a_newer_store_names_the_remedy(store):
    store.write("^N225", bars_of(["2025-05-01"], [1]))
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("UPDATE store_version SET version = 7")
    with pytest.raises(SourceError, match=r"store 7, this one knows 1\); pip install --upgrade m"):
        store.read("^N225")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE store_version SET version = 0", "says it is store 0, and there never was one"),
        ("UPDATE store_version SET version = -1", "says it is store -1, and there never was one"),
        ("UPDATE store_version SET version = NULL", "a DuckDB file, but no store of prices"),
        ("DELETE FROM store_version", "a DuckDB file, but no store of prices"),
        ("INSERT INTO store_version VALUES (1)", "a DuckDB file, but no store of prices"),
        ("DROP TABLE bars", "a DuckDB file, but no store of prices"),
        (
            "DROP TABLE store_version; CREATE TABLE store_version (version VARCHAR); "
            "INSERT INTO store_version VALUES ('1')",
            "a DuckDB file, but no store of prices",
        ),
    ],
)
def test_a_version_that_never_was_is_said_and_nothing_is_written(store, change, said):
    store.write("^N225", bars_of(["2025-05-01"], [1]))
    with duckdb.connect(str(store.path)) as connection:
        connection.execute(change)
        before = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    for call in (
        lambda: store.read("^N225"),
        lambda: store.write("^N225", bars_of(["2025-05-02"], [1])),
    ):
        with pytest.raises(SourceError, match=said):
            call()
    with duckdb.connect(str(store.path)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == before


def test_a_store_of_an_earlier_release_is_moved_up_and_loses_nothing(store):
    store.write("^N225", bars_of(["2025-05-01"], [1]))
    with duckdb.connect(str(store.path)) as connection:
        for table in ("left_out", "rests"):  # which the first release did not have
            connection.execute(f"DROP TABLE {table}")
    assert store.read("^N225")["close"].tolist() == [1.0]
    store.write_rest("example.org", dt.datetime(2025, 5, 1, tzinfo=dt.UTC))
    assert [host for host, _ in store.rests()] == ["example.org"]
    assert store.read("^N225")["close"].tolist() == [1.0]


def test_another_database_or_a_damaged_one_stays_to_the_byte(store):
    store.folder.mkdir()
    for content in (b"", b"no database" * 1000, b"SQLite format 3\0" + bytes(4000)):
        store.path.write_bytes(content)
        for call in (
            lambda: store.read("^N225"),
            lambda: store.write("^N225", bars_of(["2025-05-02"], [1])),
        ):
            with pytest.raises(SourceError):
                call()
        assert store.path.read_bytes() == content


def test_a_newer_duckdb_names_the_remedy(store, monkeypatch):
    store.write("^N225", bars_of(["2025-05-01"], [1]))

    def refuse(*_, **__):
        raise duckdb.IOException(
            "Trying to read a database file with version number 99, but we can only read 64"
        )

    monkeypatch.setattr(duckdb, "connect", refuse)
    with pytest.raises(
        SourceError, match="written by a newer DuckDB; pip install --upgrade duckdb"
    ):
        store.read("^N225")


def test_another_database_is_not_taken_for_a_store(store):
    store.folder.mkdir()
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")
    with pytest.raises(SourceError, match="a DuckDB file, but no store of prices"):
        store.read("^N225")
    with pytest.raises(SourceError, match="a DuckDB file, but no store of prices"):
        store.write("^N225", bars_of(["2025-05-01"], [1]))


def test_one_waits_for_another_and_says_so(tmp_path, monkeypatch):
    store = Store(folder=tmp_path, notice=0.05, patience=20)
    store.write("^N225", bars_of(["2025-05-01"], [1]))
    lock = filelock.FileLock(tmp_path / "prices.duckdb.lock", thread_local=False)
    lock.acquire()
    warned = []

    def warn(message, category, **_):
        warned.append((message, category))
        lock.release()  # the other has ended once this one has said that it waits

    monkeypatch.setattr("warnings.warn", warn)
    assert len(store.read("^N225")) == 1
    ((message, category),) = warned
    assert message == f"another process is using {store.path}; waiting for it"
    assert category is EventStudyWarning


def test_one_gives_up_in_the_end(tmp_path):
    store = Store(folder=tmp_path, notice=0.05, patience=0.05)
    store.write("^N225", bars_of(["2025-05-01"], [1]))
    with (
        filelock.FileLock(tmp_path / "prices.duckdb.lock"),
        pytest.warns(EventStudyWarning),
        pytest.raises(SourceError, match=r"has kept it locked for 0\.1 s; end that one, or name"),
    ):
        store.read("^N225")


def test_a_store_of_somebody_else_is_read_and_not_written(store, monkeypatch):
    bars = bars_of(["2025-05-01"], [1.0])
    store.write("A", bars, covered=[(_day("2025-05-01"), _day("2025-05-01"))])
    before = sorted(store.folder.iterdir())
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert store.read("A")["close"].tolist() == [1.0]
    with pytest.raises(SourceError, match="may not be written by you; name another folder"):
        store.write("A", bars)
    assert sorted(store.folder.iterdir()) == before
