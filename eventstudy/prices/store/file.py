"""The file of the store: opened by one process at a time, and never half-written."""

from __future__ import annotations

import contextlib
import os
import warnings
from typing import TYPE_CHECKING

from eventstudy.exceptions import EventStudyWarning, SourceError
from eventstudy.io.duckdb_connection import ONE_FILE
from eventstudy.io.durable import put_file
from eventstudy.io.opening import check_file
from eventstudy.io.replacing import new_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

FOLDER_VARIABLE = "EVENTSTUDY_STORE"
"""Environment variable that names another folder."""

VERSION = 1
_FIRST_TABLES = (("series",), ("bars",), ("revisions",), ("coverage",))
"""Tables of every store; one of an earlier release is given those that it lacks, empty."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS store_version (version INTEGER);
CREATE TABLE IF NOT EXISTS series (
    source VARCHAR, symbol VARCHAR, bar VARCHAR, currency VARCHAR, timezone VARCHAR,
    instrument VARCHAR, fetched TIMESTAMP, PRIMARY KEY (source, symbol, bar)
);
CREATE TABLE IF NOT EXISTS bars (
    source VARCHAR, symbol VARCHAR, bar VARCHAR, label TIMESTAMP,
    open DOUBLE, high DOUBLE, low DOUBLE, close DOUBLE, volume DOUBLE, seen TIMESTAMP,
    PRIMARY KEY (source, symbol, bar, label)
);
CREATE TABLE IF NOT EXISTS revisions (
    source VARCHAR, symbol VARCHAR, bar VARCHAR, label TIMESTAMP, field VARCHAR,
    old DOUBLE, new DOUBLE, seen TIMESTAMP
);
CREATE TABLE IF NOT EXISTS coverage (
    source VARCHAR, symbol VARCHAR, bar VARCHAR, first DATE, last DATE
);
CREATE TABLE IF NOT EXISTS left_out (
    source VARCHAR, symbol VARCHAR, bar VARCHAR, first DATE, last DATE, seen DATE
);
CREATE TABLE IF NOT EXISTS rests (
    source VARCHAR, host VARCHAR, until TIMESTAMP, PRIMARY KEY (source, host)
);
"""


@contextlib.contextmanager
def open_file(
    path: Path, *, write: bool, notice: float, patience: float
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the store's file, made if need be, with no other process beside.

    Other processes wait until it is closed, so keep it open for a moment only.

    Parameters
    ----------
    path
        The DuckDB file.
    write
        Whether the folder may be made.
    notice, patience
        Seconds to wait for another process before saying so, and from then on before giving up.

    Raises
    ------
    SourceError
        Damaged, newer, locked for too long, or no place for a file; the message has the remedy.
    """
    import duckdb

    if write:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise SourceError(
                f"no store can be made there ({reason})", file=str(path.parent)
            ) from None
    can_write = os.access(path.parent, os.W_OK)
    can_write &= not path.exists() or os.access(path, os.W_OK)
    if write and not can_write:
        raise SourceError(
            f"may not be written by you; name another folder in {FOLDER_VARIABLE}, "
            "or take what it holds, offline",
            file=str(path),
        )
    with _locked(path, notice, patience) if can_write else contextlib.nullcontext():
        connection = None
        try:
            if not path.exists():
                _create(path)
            check_file(path)
            connection = _connect(path, read_only=not can_write)
            _check_version(connection, path)
            if can_write:  # a store of an earlier release lacks the last tables
                connection.execute(_SCHEMA)
            yield connection
        except duckdb.Error as error:
            raise SourceError(_error_sentence(path, error)) from error
        finally:
            if connection is not None:
                connection.close()


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Commit everything done inside, or nothing of it."""
    connection.begin()
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):  # what went wrong before is what counts
            connection.rollback()
        raise
    connection.commit()


def _connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    import duckdb

    # absolute: DuckDB takes md:folder for an account; one thread is enough for some thousand rows
    return duckdb.connect(
        str(path.absolute()), read_only=read_only, config=ONE_FILE | {"threads": "1"}
    )


def _create(path: Path) -> None:
    """Make an empty store, first under another name, so that no half-made file is left behind."""
    with new_folder(path, path) as work:
        made = work / path.name
        connection = _connect(made)
        try:
            connection.execute(_SCHEMA)
            connection.execute("INSERT INTO store_version VALUES (?)", [VERSION])
        finally:
            connection.close()
        put_file(made, path)


@contextlib.contextmanager
def _locked(path: Path, notice: float, patience: float) -> Iterator[None]:
    import filelock

    lock = filelock.FileLock(path.with_name(f"{path.name}.lock"))
    try:
        try:
            lock.acquire(timeout=notice, poll_interval=0.02)
        except filelock.Timeout:
            warnings.warn(
                f"another process is using {path}; waiting for it", EventStudyWarning, stacklevel=6
            )
            lock.acquire(timeout=patience, poll_interval=0.1)
    except filelock.Timeout:
        raise SourceError(
            f"another process has kept it locked for {notice + patience:g} s; "
            f"end that one, or name another folder in {FOLDER_VARIABLE}",
            file=str(path),
        ) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"cannot be locked ({reason})", file=str(lock.lock_file)) from None
    try:
        yield
    finally:
        lock.release()


def _check_version(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Raise unless the file is a store that this version can read; nothing in it is changed."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    versions = []
    if {("store_version",), *_FIRST_TABLES} <= set(tables):
        versions = [row[0] for row in connection.execute("FROM store_version").fetchall()]
    if len(versions) != 1 or type(versions[0]) is not int:
        raise SourceError(
            f"a DuckDB file, but no store of prices; name another folder in {FOLDER_VARIABLE}",
            file=str(path),
        )
    (found,) = versions
    if found > VERSION:
        raise SourceError(
            f"written by a newer version (store {found}, this one knows {VERSION}); "
            "pip install --upgrade market-reaction",
            file=str(path),
        )
    if found < VERSION:
        raise SourceError(
            f"says it is store {found}, and there never was one before {VERSION}: damaged; move it "
            "away and fetch again: the vendor still has the prices",
            file=str(path),
        )


def _error_sentence(path: Path, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "version number" in text or "newer version" in text:
        return f"{path}: written by a newer DuckDB; pip install --upgrade duckdb"
    if "set lock" in text or "being used by another" in text:
        return f"{path}: another program has it open; close that one and try again"
    if "No space left" in text:
        return f"{path}: the disk is full; nothing of this write was kept"
    return (
        f"{path}: damaged, or no DuckDB file ({text[:120]}); "
        "move it away and fetch again: the vendor still has the prices"
    )
