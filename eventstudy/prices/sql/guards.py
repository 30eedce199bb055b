"""Restrictions on the engines of DuckDB and SQLite, whatever statement they are sent."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.duckdb_connection import WITHOUT_EXTENSIONS, only_files
from eventstudy.io.opening import open_file

if TYPE_CHECKING:
    from collections.abc import Iterable

    import sqlalchemy as sa

_SELECTS = ("SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE")
_TABLE_FUNCTIONS = (
    "generate_series", "glob", "json_each", "json_tree", "parquet_scan", "range", "read_blob",
    "read_csv", "read_csv_auto", "read_json", "read_json_auto", "read_json_objects",
    "read_json_objects_auto", "read_ndjson", "read_ndjson_auto", "read_ndjson_objects",
    "read_parquet", "read_text", "repeat", "unnest",
)  # fmt: skip
"""Those of DuckDB's own that only read; others log to files or run a text as a statement."""

_SYNTAX = r"""
WITH parts AS (
    SELECT key, path, fullkey, json_extract_string(atom, '$') AS part
    FROM json_tree(json_serialize_sql(?::VARCHAR))
)
SELECT
    max(part) FILTER (path = '$' AND key = 'error_type'),
    max(part) FILTER (path = '$' AND key = 'error_message'),
    count(*) FILTER (path = '$.statements'),
    list(DISTINCT part) FILTER (key = 'type' AND ends_with(part, '_NODE')),
    list(DISTINCT lower(part)) FILTER (ends_with(fullkey, '.function.function_name'))
FROM parts
"""
_BUILT_IN = (
    "SELECT min(function_name) FROM duckdb_functions() WHERE internal AND function_name IN ?"
)
_LONGEST_CELL = 10_000_000  # bytes that a query may make of one cell, or of a row
_FUNCTIONS_OF_C = ("load_extension", "fts3_tokenizer")


def lock_duckdb(connection: sa.Connection, label: str, files: Iterable[str] | None) -> None:
    """Check every statement from now on; a database in memory may read `files` (not None) alone."""
    import sqlalchemy as sa

    for setting in () if files is None else only_files(files):
        connection.exec_driver_sql(setting)

    @sa.event.listens_for(connection, "before_cursor_execute")
    def check_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        check_duckdb(statement, label)


def check_duckdb(statement: str, label: str) -> None:
    """Raise unless DuckDB's own parser finds a statement to be one SELECT that only reads.

    Raises
    ------
    SpecificationError
        Anything but one SELECT, also inside WITH, or a table function that may do more than read.
    SourceError
        It cannot be parsed.
    """
    import duckdb

    try:
        with duckdb.connect(config=WITHOUT_EXTENSIONS) as parser:
            row = parser.execute(_SYNTAX, [statement]).fetchone()
            error, message, n_statements, nodes, functions = row or ("none", "", 0, [], [])
            refused = None
            if others := sorted(set(functions or ()) - set(_TABLE_FUNCTIONS)):
                # a macro of the file's own is not opened here; the settings hold for it
                (refused,) = parser.execute(_BUILT_IN, [others]).fetchone() or (others[0],)
    except duckdb.Error as problem:
        reason = str(problem).partition("\n")[0]
        raise SourceError(f"{label}: the query cannot be checked ({reason})") from None
    if error == "parser":
        raise SourceError(f"{label}: {' '.join(str(message).split())}")
    if error or n_statements != 1 or set(nodes or ()) - set(_SELECTS):
        raise SpecificationError(
            "prices.query must be one SELECT (or WITH ... SELECT): the database is only read",
            key="prices.query",
        )
    if refused is not None:
        raise SpecificationError(
            f"prices.query calls {refused}, which may do more than read; there is: "
            + ", ".join(_TABLE_FUNCTIONS),
            key="prices.query",
        )


def open_sqlite(file: str) -> sqlite3.Connection:
    """Open a file for reading; ATTACH and VACUUM INTO could make another, so they are refused."""

    def authorise(action: int, _first: str | None, second: str | None, *_where: str | None) -> int:
        is_outside = action == sqlite3.SQLITE_ATTACH
        is_code = action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS_OF_C
        return sqlite3.SQLITE_DENY if is_outside or is_code else sqlite3.SQLITE_OK

    # Without this, reading a file whose log was written back would make an empty log beside it.
    mode = "mode=ro&immutable=1" if _is_written_back(file) else "mode=ro"
    connection = sqlite3.connect(f"file:{quote(file)}?{mode}", uri=True)
    connection.execute("PRAGMA query_only = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_CELL)
    connection.set_authorizer(authorise)
    return connection


def _is_written_back(file: str) -> bool:
    """Whether a file keeps a write-ahead log (bytes 18 and 19 of its header) and has none now."""
    with open_file(file) as database:
        has_log = database.read(20)[18:] == b"\x02\x02"
    return has_log and not Path(f"{file}-wal").exists()
