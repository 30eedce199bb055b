"""Prices from a database: PostgreSQL (as WRDS is), DuckDB, SQLite. The only door to databases.

A database is only read, three times over: one SELECT is sent, in a transaction the server itself
keeps from writing, on a connection opened for reading where the database knows such a thing. An
engine that runs in this process has no extensions and no files but those named (`guards`).

A password is never asked for, kept or shown. It stands where PostgreSQL's own tools look for it
(``~/.pgpass``, ``PGPASSFILE``, ``PGPASSWORD``, a service file) or in an environment variable that
holds the whole address; one written in a study file is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote

import numpy as np

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.prices.duckdb_connection import ONE_FILE, WITHOUT_EXTENSIONS
from eventstudy.prices.files.columns import Columns, long_columns, wide_columns
from eventstudy.prices.panel import CONTENTS, KINDS, PricePanel, digest_of
from eventstudy.prices.sql.address import (
    DATABASES,
    check_options,
    check_url,
    is_secret,
    is_variable,
    wrds_url,
)
from eventstudy.prices.sql.guards import lock_duckdb, open_sqlite
from eventstudy.prices.sql.layout import Layout, find_layout, nothing_found, read_bound
from eventstudy.prices.sql.rows import GrowingColumns
from eventstudy.prices.sql.text import check_query, named_files
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import sqlalchemy as sa

    from eventstudy._typing import Content, Progress, ReturnKind

TIMEOUT = 600.0
"""Seconds a PostgreSQL server may think about one portion of the rows."""

__all__ = ["TIMEOUT", "check_url", "read_sql_prices", "wrds_url"]

_DRIVERS = {"postgresql": "postgresql+psycopg", "duckdb": "duckdb", "sqlite": "sqlite"}
_CHUNK = 20_000
_CONNECT_SECONDS = 15
# Object identifiers of PostgreSQL's number types: int8, int2, int4, float4, float8, numeric.
_NUMBER_OIDS = (20, 21, 23, 700, 701, 1700)
_NUMBER_NAMES = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMERIC")
# text, bpchar, varchar
_TEXT_OIDS = (25, 1042, 1043)
_TEXT_NAMES = ("CHAR", "STRING", "TEXT")


def read_sql_prices(
    url: str | None = None,
    *,
    url_env: str | None = None,
    query: str | None = None,
    table: str | None = None,
    columns: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    securities: Iterable[str] | None = None,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
    timeout: float = TIMEOUT,
    folder: str | os.PathLike[str] = ".",
    progress: Progress | None = None,
) -> PricePanel:
    r"""Read prices or returns from a database.

    Parameters
    ----------
    url
        Address without a password: ``postgresql://USER@host:5432/db``, ``duckdb:///file.duckdb``,
        ``sqlite:///file.db`` (see `wrds_url`), or ``duckdb:///:memory:`` for the files a query
        names in quotation marks.
    url_env
        Environment variable that holds the address instead, perhaps with a password.
    query
        One SELECT (or WITH ... SELECT) whose columns are those of a file: ``date``, ``security``,
        ``close`` (for returns ``return`` or ``close``) and optionally ``open, high, low, volume``;
        or, without ``security``, ``date`` and a column per security.
    table
        Instead of a query: ``"prices"`` or ``"schema.prices"``.
    columns
        Where columns are called otherwise: ``{"date": "caldt", "security": "permno", "close":
        "prc"}``; without a security, ``{"date": "caldt", "MKT": "vwretd"}``.
    parameters
        Values of ``:name`` in the query.
    securities
        The only securities read from a table, or columns kept of a wide result; all by default.
    start, end
        First and last date read, both included.
    content, kind, calendar
        As for `eventstudy.read_prices`.
    timeout
        Seconds PostgreSQL may take for one portion of the rows, of 20,000.
    folder
        Where the relative path of a DuckDB or SQLite file starts.
    progress
        Called with what is done and how many rows were read so far (twice).

    Returns
    -------
    PricePanel
        Its hash is that of the statement and of what came back.

    Raises
    ------
    SpecificationError
        A password in `url`, an option of it that its database is not given, a query that is not one
        SELECT or calls what may do more than read, arguments that exclude each other.
    SourceError
        The database cannot be reached or refuses; one sentence, never with a password.
    SchemaError
        Rows or columns that cannot be used.

    Notes
    -----
    Rows are sorted by the database and fetched 20,000 at a time, so that memory is that of the
    panel: 8 bytes a number.

    Examples
    --------
    >>> import pathlib, sqlite3, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "prices.db"
    >>> db = sqlite3.connect(file)
    >>> _ = db.execute("CREATE TABLE p (day TEXT, id TEXT, px REAL)")
    >>> _ = db.execute("INSERT INTO p VALUES ('2025-05-01', 'A', 10), ('2025-05-02', 'A', 11)")
    >>> db.commit(); db.close()
    >>> mapping = {"date": "day", "security": "id", "close": "px"}
    >>> read_sql_prices(f"sqlite:///{file}", table="p", columns=mapping)
    PricePanel p: prices of 1 columns, 2025-05-01 to 2025-05-02
    """
    choose(content, CONTENTS, "prices.content")
    choose(kind, KINDS, "prices.kind")
    if (query is None) == (table is None):
        both = "exclude each other" if query is not None else "are both missing; give one"
        raise SpecificationError(f"prices.query and prices.table {both}")
    asked = None if query is None else check_query(query)
    span = read_bound(start, "start"), read_bound(end, "end")
    wanted = None if securities is None else tuple(dict.fromkeys(map(str, securities)))
    opened = _connected(url, url_env, Path(folder), timeout, asked, parameters)
    with opened as (connection, address):
        name = table or "query"
        source = _source(asked, table, parameters)
        with _told(address, timeout):
            # as a cursor of the server's, to which PostgreSQL takes one statement and no more
            described = connection.execute(
                source.empty, dict(parameters or {}), execution_options={"stream_results": True}
            )
            keys = tuple(described.keys())
            cursor = described.cursor
            codes = [None] * len(keys) if cursor is None else [c[1] for c in cursor.description]
            described.close()
        layout = find_layout(name, keys, columns or {}, content, wanted)
        statement = _statement(source, layout, codes, keys, wanted, span, connection.dialect.name)
        growing = GrowingColumns(name, layout.numbers, layout.is_long)
        with _told(address, timeout):
            result = connection.execute(
                statement, dict(parameters or {}), execution_options={"yield_per": _CHUNK}
            )
            with closing(result):
                for rows in result.partitions(_CHUNK):
                    growing.add(cast("Sequence[Sequence[Any]]", rows))
                    if progress is not None:
                        progress("reading rows", growing.n_rows, growing.n_rows)
    if growing.n_rows == 0:
        raise SchemaError([nothing_found(name, wanted if asked is None else None, span)])
    read = _judged(growing, layout, content, kind)
    if read.problems:
        raise SchemaError(read.problems)
    return PricePanel(
        names=tuple(read.names),
        dates=tuple(read.dates),
        values=tuple(read.values),
        content=content,
        kind=kind,
        name=name,
        sha256=_sha256(str(statement), parameters, span, read),
        fields=read.fields,
        calendar=calendar,
    )


# -- the address and the connection ---------------------------------------------------------------


class _Address(NamedTuple):
    """Where a database is, and what messages call it. The address hides its password itself."""

    url: sa.URL
    label: str


@contextmanager
def _connected(
    url: str | None,
    url_env: str | None,
    folder: Path,
    timeout: float,
    query: str | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Iterator[tuple[sa.Connection, _Address]]:
    """Give a connection that cannot write; a DuckDB in memory reads the files a query names."""
    address = _address(url, url_env, folder)
    engine = _engine(address)
    connection = None
    try:
        with _told(address, timeout):
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
        yield connection, address
    finally:
        if connection is not None:
            with _told(address, timeout):
                connection.close()
        engine.dispose()


def _address(url: str | None, url_env: str | None, folder: Path) -> _Address:
    try:
        import sqlalchemy as sa
    except ImportError:
        raise SourceError(
            'reading a database needs sqlalchemy; pip install "market-reaction[sql]"'
        ) from None
    if (url is None) == (url_env is None):
        both = "exclude each other" if url is not None else "are both missing; give one"
        raise SpecificationError(f"prices.url and prices.url_env {both}")
    if url_env is not None and not is_variable(url_env):
        raise SpecificationError(
            'prices.url_env must be the name of an environment variable such as "WRDS_URL"'
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
        ) from None
    kind = parsed.get_backend_name()
    kind = "postgresql" if kind == "postgres" else kind
    if kind not in DATABASES:
        offered = ", ".join(DATABASES)
        raise SpecificationError(f"{where} is of no database that is read; there is: {offered}")
    if "@" in (parsed.host or ""):
        raise SpecificationError(
            f"{where} has more than one @; write %40 for one that belongs to a password or name"
        )
    check_options(kind, parsed.query, where)
    parsed = parsed.set(drivername=_DRIVERS[kind])
    if kind == "postgresql":
        host = f" on {parsed.host}" if parsed.host else ""
        database = f" {parsed.database!r}" if parsed.database else ""
        return _Address(parsed, f"PostgreSQL database{database}{host}")
    return _Address(*_file_address(parsed, kind, folder, where))


def _file_address(parsed: sa.URL, kind: str, folder: Path, where: str) -> tuple[sa.URL, str]:
    label = {"duckdb": "DuckDB", "sqlite": "SQLite"}[kind]
    has_server = any((parsed.host, parsed.port, parsed.username, parsed.password))
    if kind == "duckdb" and parsed.database == ":memory:" and not has_server:
        return parsed, f"{label} in memory"
    if not parsed.database or parsed.database == ":memory:" or has_server:
        raise SpecificationError(f"{where} names no file; write {kind}:///prices.db")
    file = folder / Path(parsed.database).expanduser()
    if not file.is_file():
        raise SourceError(f"{file}: no such file", key=where)
    # absolute, for DuckDB would take md:prices or s3:prices for more than a name
    return parsed.set(database=str(file.absolute())), f"{label} file {file.name}"


def _engine(address: _Address) -> sa.Engine:
    """Make an engine that opens for reading, and whose errors repeat no parameters."""
    import sqlalchemy as sa

    kind, file = address.url.get_backend_name(), address.url.database
    options: dict[str, Any] = {"poolclass": sa.pool.NullPool, "hide_parameters": True}
    if kind == "sqlite":
        options["creator"] = partial(open_sqlite, str(file))
    elif kind == "duckdb":
        is_file = file != ":memory:"
        config = ONE_FILE if is_file else WITHOUT_EXTENSIONS
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
def _told(address: _Address, timeout: float) -> Iterator[None]:
    """Turn what a driver says into one sentence without secrets."""
    import sqlalchemy as sa

    try:
        yield
    except sa.exc.StatementError as error:
        # `from None`: the driver's own text may repeat what it was given.
        raise SourceError(_sentence(error.orig or error, address, timeout)) from None
    except sa.exc.SQLAlchemyError as error:
        raise SourceError(_sentence(error, address, timeout)) from None
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, SchemaError):
            raise
        raise SourceError(_sentence(error, address, timeout)) from None


def _sentence(error: BaseException, address: _Address, timeout: float) -> str:
    kind = type(error).__name__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = _scrubbed(lines[0] if lines else kind, address.url)
    if kind == "QueryCanceled" and "timeout" in said:
        return (
            f"{address.label}: no answer within {timeout:g} seconds; ask for less (start, end, "
            "fewer markets), or sort and index the table by security and date"
        )
    if "system operations are disabled" in said:
        return (
            f"{address.label}: only files that a query names in quotation marks are read, and only "
            f"by duckdb:///:memory: ({said})"
        )
    if "extension" in said and address.url.get_backend_name() == "duckdb":
        return f"{address.label}: no extension is installed or loaded ({said})"
    if kind == "ReadOnlySqlTransaction" or "read-only" in said or "not authorized" in said:
        return f"{address.label}: refused, as it is only read ({said})"
    if "no password supplied" in said or "password authentication failed" in said:
        return f"{address.label}: {said}; passwords are read from ~/.pgpass or PGPASSWORD"
    return f"{address.label}: {said}"


def _scrubbed(said: str, url: sa.URL) -> str:
    """Take out whatever is secret, also where a driver repeats it in its own way of quoting."""
    held = [url.password, os.environ.get("PGPASSWORD")]
    for key, value in url.query.items():
        if is_secret(key):
            held += [value] if isinstance(value, str) else list(value)
    for one in held:
        for form in {str(one), quote(str(one), safe=""), quote(str(one))} if one else ():
            said = said.replace(form, "***")
    return said


# -- the statement ---------------------------------------------------------------------------------


class _Source(NamedTuple):
    """Where rows come from: how to ask for none of them, and how to name some of its columns."""

    empty: Any
    of: Callable[[Sequence[str]], Any]
    is_table: bool


def _source(
    query: str | None,
    table: str | None,
    parameters: Mapping[str, Any] | None,
) -> _Source:
    import sqlalchemy as sa
    from sqlalchemy.sql import quoted_name

    def named(names: Sequence[str]) -> list[Any]:
        return [sa.column(quoted_name(name, True)) for name in names]

    everything: Any = sa.select(sa.literal_column("*"))
    if table is not None:
        schema, _, bare = table.rpartition(".")
        if not bare or schema.count("."):
            raise SpecificationError(
                f'prices.table is {table!r}; write "table" or "schema.table", or a query'
            )
        place = {"schema": quoted_name(schema, True)} if schema else {}

        def of(names: Sequence[str]) -> Any:  # noqa: ANN401 - a table, as SQLAlchemy types it
            return sa.table(quoted_name(bare, True), *named(names), **place)

        return _Source(everything.select_from(of(())).where(sa.false()), of, True)
    # the line ends a comment the query may end with
    text = sa.text(f"{query}\n")
    missing = sorted(set(text._bindparams) - set(parameters or {}))  # noqa: SLF001 - no other way
    if missing:
        raise SpecificationError(
            f"prices.query has :{missing[0]}, and no parameter of this name is given; "
            "a colon of the text itself is written \\:"
        )

    def chosen(names: Sequence[str]) -> Any:  # noqa: ANN401 - a subquery, as SQLAlchemy types it
        return text.columns(*named(names)).subquery("asked")

    nothing = everything.select_from(chosen(())).where(sa.false())
    return _Source(nothing, chosen, False)


def _statement(
    source: _Source,
    layout: Layout,
    codes: Sequence[object],
    keys: tuple[str, ...],
    wanted: tuple[str, ...] | None,
    span: tuple[dt.date | None, dt.date | None],
    dialect: str,
) -> Any:  # noqa: ANN401 - a select, as SQLAlchemy types it
    import sqlalchemy as sa

    first = [layout.date] if layout.security is None else [layout.date, layout.security]
    names = list(dict.fromkeys([*first, *layout.theirs]))
    place = source.of(names)
    statement = sa.select(*(place.c[name] for name in (*first, *layout.theirs)))
    is_text = dialect == "sqlite" or _is_text(codes[keys.index(layout.date)])
    start, end = span
    if start is not None:
        statement = statement.where(place.c[layout.date] >= (str(start) if is_text else start))
    if end is not None and end < dt.date.max:
        # up to the next day, for a time of day, as text above all, comes after its date
        after = end + dt.timedelta(days=1)
        statement = statement.where(place.c[layout.date] < (str(after) if is_text else after))
    if layout.security is not None and wanted is not None and source.is_table:
        among: list[Any] = list(wanted)
        if _is_number(codes[keys.index(layout.security)]):
            among = [int(one) for one in wanted if re.fullmatch(r"\d{1,18}", one)]
        statement = statement.where(place.c[layout.security].in_(among))
    order = [layout.date] if layout.security is None else [layout.security, layout.date]
    return statement.order_by(*(place.c[name] for name in order))


def _is_text(code: object) -> bool:
    """Whether a driver's word for a type is one of text."""
    return code in _TEXT_OIDS or any(word in str(code).upper() for word in _TEXT_NAMES)


def _is_number(code: object) -> bool:
    """Whether a driver's word for a type is one of numbers; SQLite has none, and converts."""
    return code in _NUMBER_OIDS or any(word in str(code).upper() for word in _NUMBER_NAMES)


# -- what came back --------------------------------------------------------------------------------


def _judged(growing: GrowingColumns, layout: Layout, content: Content, kind: ReturnKind) -> Columns:
    if not layout.is_long:
        ((_, dates, numbers),) = growing.columns()
        return wide_columns(
            growing.name, list(numbers), dates, list(numbers.values()), content, kind
        )
    value = layout.numbers[0]
    rows = (
        (security, dates, numbers.pop(value), numbers)
        for security, dates, numbers in growing.columns()
    )
    return long_columns(growing.name, rows, content, kind)


def _sha256(
    statement: str,
    parameters: Mapping[str, Any] | None,
    span: tuple[dt.date | None, dt.date | None],
    read: Columns,
) -> str:
    told = hashlib.sha256(statement.encode())
    told.update(repr((sorted((parameters or {}).items()), span)).encode())
    told.update(digest_of(read.names, read.dates, read.values).encode())
    for security, bars in read.fields.items():
        told.update(security.encode())
        told.update(np.ascontiguousarray(bars.to_numpy(dtype="<f8")).tobytes())
    return told.hexdigest()
