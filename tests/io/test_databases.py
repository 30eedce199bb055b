"""Frames as tables of a DuckDB file, and as parquet files."""

import os

import duckdb
import pandas as pd
import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io import databases
from eventstudy.io.databases import ABOUT, Described, write_database, write_parquet

TABLES = {
    "tests": Described(
        frame=pd.DataFrame(
            {
                0: ["a", None],
                1: [1.0, float("nan")],
                2: [0.5, float("nan")],
                3: pd.to_datetime(["2025-05-02", None]),
                4: pd.to_datetime(["2025-05-02T01:00Z", None]),
                5: pd.array([True, None], dtype="boolean"),
            }
        ),
        held="what's tested",
        columns=[
            ('od"d; name', "string", "it's a name"),
            ("n", "integer", "count"),
            ("x", "number", ""),
            ("day", "date", "a day"),
            ("at", "datetime", "a time"),
            ("is", "boolean", "a truth"),
        ],
    )
}


def rows(path, query):
    with duckdb.connect(str(path), read_only=True) as database:
        database.execute("SET TimeZone = 'UTC'")
        return database.execute(query).fetchall()


def test_values_types_and_comments_are_written(tmp_path):
    path = write_database(tmp_path / "new" / "r.duckdb", TABLES, {"tool": "eventstudy"})
    first, second = rows(path, "SELECT * FROM tests")
    assert first[:3] == ("a", 1, 0.5)
    assert str(first[3]) == "2025-05-02"
    assert first[4].isoformat() == "2025-05-02T01:00:00+00:00"
    assert second == (None,) * 6
    said = rows(
        path, "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE NOT internal "
        "AND table_name = 'tests'",
    )  # fmt: skip
    assert said[0] == ('od"d; name', "VARCHAR", "it's a name")
    assert [kind for _, kind, _ in said[1:]] == [
        "BIGINT", "DOUBLE", "DATE", "TIMESTAMP WITH TIME ZONE", "BOOLEAN",
    ]  # fmt: skip


def test_a_file_of_ours_is_replaced_and_no_other(tmp_path):
    path = tmp_path / "r.duckdb"
    write_database(path, TABLES, {"title": "one"})
    write_database(path, TABLES, {"title": "two"})
    assert rows(path, f"SELECT value FROM {ABOUT}") == [("two",)]  # noqa: S608
    mine = tmp_path / "mine.duckdb"
    with duckdb.connect(str(mine)) as database:
        database.execute("CREATE TABLE precious AS SELECT 1 AS x")
    text = tmp_path / "notes.txt"
    text.write_text("mine")
    for other in (mine, text):
        before = other.read_bytes()
        with pytest.raises(SourceError, match="holds no results of eventstudy"):
            write_database(other, TABLES, {})
        assert other.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "mine.duckdb", "notes.txt", "r.duckdb",
    ]  # fmt: skip


def test_parquet_files_are_those_of_the_tables_and_replace_none(tmp_path):
    (path,) = write_parquet(tmp_path / "out", TABLES)
    assert path.name == "tests.parquet"
    with duckdb.connect() as database:
        found = database.execute(f"SELECT n FROM '{path}'").fetchall()  # noqa: S608
    assert found == [(1,), (None,)]
    with pytest.raises(SourceError, match="is there already"):
        write_parquet(tmp_path / "out", TABLES)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("is_there", [True, False])
def test_parquet_files_are_made_on_the_disk_of_their_folder(tmp_path, monkeypatch, is_there):
    elsewhere, seen = tmp_path / "elsewhere", []
    (tmp_path / "out").symlink_to(elsewhere)
    if is_there:
        elsewhere.mkdir()
    new_folder = databases.new_folder

    def noted(shown, place):
        seen.append(place)
        return new_folder(shown, place)

    monkeypatch.setattr(databases, "new_folder", noted)
    (path,) = write_parquet(tmp_path / "out", TABLES)
    assert seen == [elsewhere / "tables" if is_there else elsewhere]
    assert path == tmp_path / "out" / "tests.parquet"
    assert (tmp_path / "out").is_symlink()
    assert [entry.name for entry in elsewhere.iterdir()] == ["tests.parquet"]
    assert {entry.name for entry in tmp_path.iterdir()} == {"out", "elsewhere"}


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match=r"a\.duckdb: cannot be written"):
        write_database(tmp_path / "file" / "a.duckdb", TABLES, {})
    with pytest.raises(SourceError, match="out: cannot be written"):
        write_parquet(tmp_path / "file" / "out", TABLES)


def test_a_table_without_rows_keeps_its_columns(tmp_path):
    table = TABLES["tests"]._replace(frame=TABLES["tests"].frame.iloc[:0])
    path = write_database(tmp_path / "r.duckdb", {"tests": table}, {})
    assert rows(path, "SELECT count(*) FROM tests") == [(0,)]
