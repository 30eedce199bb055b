"""Connections to databases: opened for reading, with errors that repeat no password.

A password stands where PostgreSQL's own tools look for it (``~/.pgpass``, ``PGPASSFILE``,
``PGPASSWORD``, a service file) or in an environment variable that holds the whole address.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.duckdb_connection import ONE_FILE, WITHOUT_EXTENSIONS, memory_bound
from eventstudy.io.memory import MEMORY
from eventstudy.prices.sql.address import (
    DATABASES,
    check_options,
    check_url,
    is_secret,
    is_variable,
    key_of,
)
from eventstudy.prices.sql.deadline import Deadline, was_interrupted
from eventstudy.prices.sql.guards import lock_duckdb, open_sqlite
from eventstudy.prices.sql.text import named_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import sqlalchemy as sa

_DRIVERS = {"postgresql": "postgresql+psycopg", "duckdb": "duckdb", "sqlite": "sqlite"}
_CONNECT_SECONDS = 15


class Address(NamedTuple):
    """Where a database is, and what messages call it; printing the address hides its password."""

    url: sa.URL
    label: str


@contextmanager
def connected(
    url: str | None,
    url_env: str | None,
    folder: Path,
    timeout: float,
    query: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[tuple[sa.Connection, Address, Deadline]]:
    """Open a connection that cannot write; a DuckDB in memory reads the files a query names.

    Every statement has `timeout` seconds for each portion of its rows: of PostgreSQL the server
    cancels it, of a database in a file the deadline, which whoever takes portions stops between
    them.

    Raises
    ------
    SpecificationError
        No address or two, or one that is not taken.
    SourceError
        The database cannot be reached; never with a password.
    """
    address = _parse_address(url, url_env, folder)
    engine = _engine(address)
    connection = None
    deadline = Deadline(timeout)
    try:
        with driver_errors_as_source_errors(address, timeout):
            connection = engine.connect()
            if connection.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
                # The second line holds for whatever transaction might follow this one.
                connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
            elif connection.dialect.name == "duckdb":
                is_file = address.url.database != ":memory:"
                files = None if is_file else named_files(query, parameters or {})
                lock_duckdb(connection, address.label, files)
            if connection.dialect.name != "postgresql":
                deadline.watch(connection)
        yield connection, address, deadline
    finally:
        deadline.close()
        if connection is not None:
            with driver_errors_as_source_errors(address, timeout):
                connection.close()
        engine.dispose()


def _parse_address(url: str | None, url_env: str | None, folder: Path) -> Address:
    try:
        import sqlalchemy as sa
    except ImportError:
        raise SourceError(
            'reading a database needs sqlalchemy; pip install "market-reaction[sql]"'
        ) from None
    if (url is None) == (url_env is None):
        both = "exclude each other" if url is not None else "are both missing; give one"
        raise SpecificationError(f"prices.url and prices.url_env {both}", key="prices.url")
    if url_env is not None and not is_variable(url_env):
        raise SpecificationError(
            'prices.url_env must be the name of an environment variable such as "WRDS_URL"',
            key="prices.url_env",
        )
    if url_env is not None and not os.environ.get(url_env):
        raise SourceError(
            f"the environment has no variable {url_env}; set it to the address of the database",
            key="prices.url_env",
        )
    where = "prices.url" if url_env is None else f"the address in {url_env}"
    try:
        parsed = sa.make_url(check_url(url) if url is not None else os.environ[str(url_env)])
    except (sa.exc.ArgumentError, ValueError):  # the messages repeat parts of the address
        raise SpecificationError(
            f"{where} cannot be read; write it like postgresql://USER@host:5432/database"
        ).at(key=key_of(where)) from None
    kind = parsed.get_backend_name()
    kind = "postgresql" if kind == "postgres" else kind
    if kind not in DATABASES:
        offered = ", ".join(DATABASES)
        raise SpecificationError(f"{where} is of no database that is read; there is: {offered}").at(
            key=key_of(where)
        )
    is_server = kind == "postgresql"
    if "@" in (parsed.host or "") or (is_server and "@" in (parsed.database or "")):
        raise SpecificationError(
            f"{where} has more than one @; write %40 for one that belongs to a password or name"
        ).at(key=key_of(where))
    check_options(kind, parsed.query, where)
    parsed = parsed.set(drivername=_DRIVERS[kind])
    if is_server:
        if "service" in parsed.query and (parsed.host or "host" in parsed.query):
            raise SpecificationError(
                f"{where} names a service and a server, and a service has one of its own, for "
                "which its password is kept; write postgresql:///?service=NAME"
            ).at(key=key_of(where))
        host = f" on {parsed.host}" if parsed.host else ""
        # anything else may hold what was meant to be hidden
        is_name = re.fullmatch(r"[\w.$-]+", parsed.database or "") is not None
        database = f" {parsed.database!r}" if is_name else ""
        return Address(parsed, f"PostgreSQL database{database}{host}")
    return Address(*_file_address(parsed, kind, folder, where))


def _file_address(parsed: sa.URL, kind: str, folder: Path, where: str) -> tuple[sa.URL, str]:
    label = {"duckdb": "DuckDB", "sqlite": "SQLite"}[kind]
    has_server = any((parsed.host, parsed.port, parsed.username, parsed.password))
    if kind == "duckdb" and parsed.database == ":memory:" and not has_server:
        return parsed, f"{label} in memory"
    if not parsed.database or parsed.database == ":memory:" or has_server:
        raise SpecificationError(f"{where} names no file; write {kind}:///prices.db").at(
            key=key_of(where)
        )
    file = folder / Path(parsed.database).expanduser()
    if not file.is_file():
        # Of a variable's address the study file puts its key before the message.
        key = where if where == "prices.url" else ""
        raise SourceError(f"{where}: {file}: no such file", key=key)
    # absolute, for DuckDB would take md:prices or s3:prices for more than a name
    return parsed.set(database=str(file.absolute())), f"{label} file {file.name}"


def _engine(address: Address) -> sa.Engine:
    """Return an engine that opens for reading, and whose errors repeat no parameters."""
    import sqlalchemy as sa

    kind, file = address.url.get_backend_name(), address.url.database
    options: dict[str, Any] = {"poolclass": sa.pool.NullPool, "hide_parameters": True}
    if kind == "sqlite":
        options["creator"] = partial(open_sqlite, str(file))
    elif kind == "duckdb":
        is_file = file != ":memory:"
        config = (ONE_FILE if is_file else WITHOUT_EXTENSIONS) | memory_bound()
        options["connect_args"] = {"read_only": is_file, "config": config}
    elif "connect_timeout" not in address.url.query:
        options["connect_args"] = {"connect_timeout": _CONNECT_SECONDS}
    try:
        return sa.create_engine(address.url, **options)
    except (ImportError, sa.exc.NoSuchModuleError):
        raise SourceError(
            f'reading a {kind} database needs its driver; pip install "market-reaction[sql]"'
        ) from None


@contextmanager
def driver_errors_as_source_errors(address: Address, timeout: float) -> Iterator[None]:
    """Raise what a driver raises as a SourceError: one sentence without secrets."""
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.StatementError as error:
        # `from None`: the driver's own text may repeat what it was given.
        raise SourceError(_error_sentence(error.orig or error, address, timeout)) from None
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(_error_sentence(error, address, timeout)) from None
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, SchemaError):
            raise
        raise SourceError(_error_sentence(error, address, timeout)) from None


def _error_sentence(error: BaseException, address: Address, timeout: float) -> str:
    error_name = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = _without_secrets(lines[0] if lines else error_name, address.url)
    if was_interrupted(error) or (error_name == "QueryCanceled" and "timeout" in message):
        return (
            f"{address.label}: no answer within {timeout:g} seconds; ask for less (start, end, "
            "fewer markets), sort and index the table by security and date, or set prices.timeout"
        )
    if (
        address.url.get_backend_name() == "duckdb"
        and (said := _duckdb_sentence(error_name, message)) is not None
    ):
        return f"{address.label}: {said} ({message})"
    if _is_refused_writing(error, message):
        return f"{address.label}: refused, as it is only read ({message})"
    if message.startswith("failed to resolve host"):
        message = re.sub(r"\[Errno -?\d+\] ", "", message)
        message += "; check the name, or whether you are in its network"
    if "no password supplied" in message or "password authentication failed" in message:
        return f"{address.label}: {message}; passwords are read from ~/.pgpass or PGPASSWORD"
    return f"{address.label}: {message}"


def _duckdb_sentence(error_name: str, message: str) -> str | None:
    """Say what an error of DuckDB means; None for one that says it itself."""
    if error_name == "OutOfMemoryException":
        return (
            f"the query needs more memory than there is ({MEMORY}); ask for less (start, end, "
            "fewer markets)"
        )
    if error_name == "PermissionException":
        return (
            "only files that a query names in quotation marks are read, and only by "
            "duckdb:///:memory:"
        )
    if _lacks_extension(error_name, message):
        return "no extension is installed or loaded"
    return None


def _lacks_extension(error_name: str, message: str) -> bool:
    """Whether DuckDB misses an extension, which has no class of its own among its errors."""
    if error_name == "CatalogException":
        return message.endswith(" extension.")
    return error_name == "Error" and "extension" in message


def _is_refused_writing(error: BaseException, message: str) -> bool:
    """Whether a database refused a statement because it is only read."""
    error_name = type(error).__name__
    if error_name == "InvalidInputException":  # DuckDB raises it for much else
        return message.endswith("attached in read-only mode!")
    if isinstance(error, sqlite3.Error):  # a function that is refused has no code of its own
        is_code = getattr(error, "sqlite_errorname", "") in ("SQLITE_READONLY", "SQLITE_AUTH")
        return is_code or message.startswith("not authorized")
    return error_name == "ReadOnlySqlTransaction"


def _without_secrets(text: str, url: sa.URL) -> str:
    """Replace passwords by ``***``, also where a driver repeats them quoted."""
    secrets = [url.password, os.environ.get("PGPASSWORD")]
    for key, value in url.query.items():
        if is_secret(key):
            secrets += [value] if isinstance(value, str) else list(value)
    for secret in secrets:
        for form in (
            {str(secret), quote(str(secret), safe=""), quote(str(secret))} if secret else ()
        ):
            text = text.replace(form, "***")
    return text
