"""Frames as tables of a DuckDB file that says what its columns are, and as parquet files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from eventstudy.exceptions import SourceError
from eventstudy.io.duckdb_connection import WITHOUT_EXTENSIONS
from eventstudy.io.durable import put_file, sync_file, sync_names
from eventstudy.io.replacing import new_folder, put_in_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import pandas as pd

ABOUT = "eventstudy_about"
"""Table by which a database is known to be one that this package wrote."""

_TYPES = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMPTZ",
}


class Described(NamedTuple):
    """One table: its rows, what stands in it, and name, type and meaning of every column."""

    frame: pd.DataFrame
    held: str
    columns: Sequence[tuple[str, str, str]]


def write_database(path: Path, tables: Mapping[str, Described], about: Mapping[str, str]) -> Path:
    """Write tables as one DuckDB file, whole or not at all.

    Every table and column carries what it holds as its comment. `about` is a table of its own, by
    which a later call knows the file as one it may replace.

    Raises
    ------
    SourceError
        There is a file that is no such database, or it cannot be written.
    """
    import duckdb

    if os.path.lexists(path) and not _is_ours(path):
        raise SourceError(
            "is there already and holds no results of eventstudy; name another file",
            file=str(path),
        )
    try:
        with new_folder(path, path) as work:
            made = work / "results.duckdb"
            with duckdb.connect(str(made), config=WITHOUT_EXTENSIONS) as database:
                _fill(database, tables)
                database.execute(f"CREATE TABLE {ABOUT} (key VARCHAR, value VARCHAR)")
                for key, value in about.items():
                    row = f"{_text(key)}, {_text(value)}"
                    database.execute(f"INSERT INTO {ABOUT} VALUES ({row})")  # noqa: S608 - quoted
            put_file(made, path)
    except duckdb.Error as error:
        raise SourceError(f"cannot be written ({error})", file=str(path)) from error
    return path


def write_parquet(folder: Path, tables: Mapping[str, Described]) -> list[Path]:
    """Write each table as ``NAME.parquet`` of a folder, by DuckDB; return the paths.

    A folder that is not there appears when it is complete; in one that is, each file does.

    Raises
    ------
    SourceError
        One of the files is there already, or the folder cannot be written.
    """
    import duckdb

    paths = [folder / f"{name}.parquet" for name in tables]
    for path in paths:
        if os.path.lexists(path):
            raise SourceError("is there already; name another folder", file=str(path))
    place = Path(os.path.realpath(folder))
    try:
        # In a folder that is there, for beside it may be another disk, as where a link leads to it.
        with new_folder(folder, place / "tables" if place.is_dir() else place) as work:
            with duckdb.connect(config=WITHOUT_EXTENSIONS) as database:
                _fill(database, tables)
                for name in tables:
                    part = work / f"{name}.parquet"
                    database.execute(f"COPY {_quoted(name)} TO {_text(str(part))} (FORMAT parquet)")
            if not place.is_dir():
                put_in_place(work, place, {})
                return paths
            for path in paths:
                sync_file(work / path.name)
                (work / path.name).replace(path)
            sync_names(place)
    except duckdb.Error as error:
        raise SourceError(f"cannot be written ({error})", file=str(folder)) from error
    return paths


def _fill(database: duckdb.DuckDBPyConnection, tables: Mapping[str, Described]) -> None:
    """Make each table with its types and comments, and put the rows in."""
    database.execute("SET TimeZone = 'UTC'")
    for name, table in tables.items():
        kinds = ", ".join(f"{_quoted(column)} {_TYPES[kind]}" for column, kind, _ in table.columns)
        database.execute(f"CREATE TABLE {_quoted(name)} ({kinds})")
        if len(table.frame):
            database.register("rows_in", table.frame.set_axis(_numbered(table.frame), axis=1))
            values = ", ".join(
                _cell(f"c{at}", kind, is_float=table.frame.iloc[:, at].dtype.kind == "f")
                for at, (_, kind, _) in enumerate(table.columns)
            )
            into = _quoted(name)
            database.execute(f"INSERT INTO {into} SELECT {values} FROM rows_in")  # noqa: S608
            database.unregister("rows_in")
        if table.held:
            database.execute(f"COMMENT ON TABLE {_quoted(name)} IS {_text(table.held)}")
        for column, _, held in table.columns:
            if held:
                database.execute(
                    f"COMMENT ON COLUMN {_quoted(name)}.{_quoted(column)} IS {_text(held)}"
                )


def _cell(column: str, kind: str, *, is_float: bool) -> str:
    """Return a column as its type; NaN of a frame is NULL."""
    cell = f"CAST({column} AS {_TYPES[kind]})"
    return f"CASE WHEN isnan({column}) THEN NULL ELSE {cell} END" if is_float else cell


def _numbered(frame: pd.DataFrame) -> list[str]:
    """Return names without any sign of the user's."""
    return [f"c{at}" for at in range(len(frame.columns))]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _is_ours(path: Path) -> bool:
    """Whether a file is a database that `write_database` made."""
    import duckdb

    if not path.is_file() or path.is_symlink():
        return False
    try:
        with duckdb.connect(str(path), read_only=True, config=WITHOUT_EXTENSIONS) as database:
            tables = database.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    except duckdb.Error:
        return False
    return (ABOUT,) in tables
