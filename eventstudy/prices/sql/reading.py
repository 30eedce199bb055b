"""Prices from a database: PostgreSQL (as WRDS is), DuckDB, SQLite. The only door to databases.

A database is only read, three times over: one SELECT is sent, in a transaction the server itself
keeps from writing, on a connection opened for reading where the database knows such a thing. An
engine that runs in this process has no extensions and no files but those named (`guards`).

A password is never asked for, kept or shown; one written in a study file is refused.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.files.columns import Columns, long_columns, wide_columns
from eventstudy.prices.panel import CONTENTS, KINDS, PricePanel, columns_digest
from eventstudy.prices.sql.connection import connected, driver_errors_as_source_errors
from eventstudy.prices.sql.layout import (
    Layout,
    check_renamed,
    find_layout,
    may_be_renamed,
    no_rows_message,
    read_bound,
)
from eventstudy.prices.sql.rows import GrowingColumns
from eventstudy.prices.sql.text import check_query
from eventstudy.registry import choose

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eventstudy._typing import Content, Progress, ReturnKind

TIMEOUT = 600.0
"""Seconds a PostgreSQL server may take for one portion of the rows."""

_CHUNK = 20_000
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
        raise SpecificationError(f"prices.query and prices.table {both}", key="prices.query")
    checked_query = None if query is None else check_query(query)
    span = read_bound(start, "start"), read_bound(end, "end")
    wanted_securities = None if securities is None else tuple(dict.fromkeys(map(str, securities)))
    connecting = connected(url, url_env, Path(folder), timeout, checked_query, parameters)
    with connecting as (connection, address):
        name = table or "query"
        source = _source(checked_query, table, parameters)
        with driver_errors_as_source_errors(address, timeout):
            # as a cursor of the server's, to which PostgreSQL takes one statement and no more
            description = connection.execute(
                source.no_rows, dict(parameters or {}), execution_options={"stream_results": True}
            )
            keys = tuple(description.keys())
            cursor = description.cursor
            codes = (
                [None] * len(keys)
                if cursor is None
                else [column[1] for column in cursor.description]
            )
            description.close()
            if checked_query is not None and may_be_renamed(keys):
                import sqlalchemy as sa

                # the query by itself: SQLite and DuckDB rename columns of a subquery in silence
                described = connection.execute(
                    sa.text(checked_query), dict(parameters or {}),
                    execution_options={"stream_results": True},
                )  # fmt: skip
                keys_as_written = tuple(described.keys())
                described.close()
                check_renamed(name, keys, keys_as_written)
        layout = find_layout(name, keys, columns or {}, content, wanted_securities)
        statement = _statement(
            source, layout, codes, keys, wanted_securities, span, connection.dialect.name
        )
        rows_so_far = GrowingColumns(name, layout.numbers, layout.is_long)
        with driver_errors_as_source_errors(address, timeout):
            result = connection.execute(
                statement, dict(parameters or {}), execution_options={"yield_per": _CHUNK}
            )
            with closing(result):
                for rows in result.partitions(_CHUNK):
                    rows_so_far.add(cast("Sequence[Sequence[Any]]", rows))
                    if progress is not None:
                        progress("reading rows", rows_so_far.n_rows, rows_so_far.n_rows)
    if rows_so_far.n_rows == 0:
        raise SchemaError(
            [no_rows_message(name, wanted_securities if checked_query is None else None, span)],
            file=name,
        )
    columns_read = _checked_columns(rows_so_far, layout, content, kind)
    if columns_read.problems:
        raise SchemaError(columns_read.problems)
    return PricePanel(
        names=tuple(columns_read.names),
        dates=tuple(columns_read.dates),
        values=tuple(columns_read.values),
        content=content,
        kind=kind,
        name=name,
        sha256=_sha256(str(statement), parameters, span, columns_read),
        fields=columns_read.fields,
        calendar=calendar,
        remarks=columns_read.remarks,
    )


# -- the statement ---------------------------------------------------------------------------------


class _Source(NamedTuple):
    """A table or a query to select from.

    Attributes
    ----------
    no_rows : select of all columns and no row, to learn what the columns are
    with_columns : returns the table or subquery with the columns named
    is_table : whether it is a table
    """

    no_rows: Any
    with_columns: Callable[[Sequence[str]], Any]
    is_table: bool


def _source(
    query: str | None,
    table: str | None,
    parameters: Mapping[str, Any] | None,
) -> _Source:
    import sqlalchemy as sa
    from sqlalchemy.sql import quoted_name

    def columns_named(names: Sequence[str]) -> list[Any]:
        return [sa.column(quoted_name(name, True)) for name in names]

    everything: Any = sa.select(sa.literal_column("*"))
    if table is not None:
        schema, _, bare = table.rpartition(".")
        if not bare or schema.count("."):
            raise SpecificationError(
                f'prices.table is {table!r}; write "table" or "schema.table", or a query',
                key="prices.table",
            )
        schema_option = {"schema": quoted_name(schema, True)} if schema else {}

        def table_with(names: Sequence[str]) -> Any:  # noqa: ANN401 - a table, as SQLAlchemy types it
            return sa.table(quoted_name(bare, True), *columns_named(names), **schema_option)

        return _Source(everything.select_from(table_with(())).where(sa.false()), table_with, True)
    # the line ends a comment the query may end with
    text = sa.text(f"{query}\n")
    missing = sorted(set(text._bindparams) - set(parameters or {}))  # noqa: SLF001 - no other way
    if missing:
        raise SpecificationError(
            f"prices.query has :{missing[0]}, and no parameter of this name is given; "
            "a colon of the text itself is written \\:",
            key="prices.query",
        )

    def query_with(names: Sequence[str]) -> Any:  # noqa: ANN401 - a subquery, as SQLAlchemy types it
        return text.columns(*columns_named(names)).subquery("asked")

    no_rows = everything.select_from(query_with(())).where(sa.false())
    return _Source(no_rows, query_with, False)


def _statement(
    source: _Source,
    layout: Layout,
    codes: Sequence[object],
    keys: tuple[str, ...],
    securities: tuple[str, ...] | None,
    span: tuple[dt.date | None, dt.date | None],
    dialect: str,
) -> Any:  # noqa: ANN401 - a select, as SQLAlchemy types it
    import sqlalchemy as sa

    key_columns = [layout.date] if layout.security is None else [layout.date, layout.security]
    names = list(dict.fromkeys([*key_columns, *layout.number_columns]))
    selected = source.with_columns(names)
    statement = sa.select(*(selected.c[name] for name in (*key_columns, *layout.number_columns)))
    is_text = dialect == "sqlite" or _is_text_type(codes[keys.index(layout.date)])
    start, end = span
    if start is not None:
        statement = statement.where(selected.c[layout.date] >= (str(start) if is_text else start))
    if end is not None and end < dt.date.max:
        # up to the next day, for a time of day, as text above all, comes after its date
        day_after = end + dt.timedelta(days=1)
        statement = statement.where(
            selected.c[layout.date] < (str(day_after) if is_text else day_after)
        )
    if layout.security is not None and securities is not None and source.is_table:
        values: list[Any] = list(securities)
        if _is_number_type(codes[keys.index(layout.security)]):
            values = [
                int(security) for security in securities if re.fullmatch(r"\d{1,18}", security)
            ]
        statement = statement.where(selected.c[layout.security].in_(values))
    order = [layout.date] if layout.security is None else [layout.security, layout.date]
    return statement.order_by(*(selected.c[name] for name in order))


def _is_text_type(type_code: object) -> bool:
    """Whether a driver's code of a type is one of text."""
    return type_code in _TEXT_OIDS or any(word in str(type_code).upper() for word in _TEXT_NAMES)


def _is_number_type(type_code: object) -> bool:
    """Whether a driver's code of a type is one of numbers; SQLite has none, and converts."""
    return type_code in _NUMBER_OIDS or any(
        word in str(type_code).upper() for word in _NUMBER_NAMES
    )


# -- the result ------------------------------------------------------------------------------------


def _checked_columns(
    rows: GrowingColumns, layout: Layout, content: Content, kind: ReturnKind
) -> Columns:
    if not layout.is_long:
        ((_, dates, numbers),) = rows.columns()
        return wide_columns(rows.name, list(numbers), dates, list(numbers.values()), content, kind)
    value = layout.numbers[0]
    securities = (
        (security, dates, numbers.pop(value), numbers)
        for security, dates, numbers in rows.columns()
    )
    return long_columns(rows.name, securities, content, kind)


def _sha256(
    statement: str,
    parameters: Mapping[str, Any] | None,
    span: tuple[dt.date | None, dt.date | None],
    columns: Columns,
) -> str:
    digest = hashlib.sha256(statement.encode())
    digest.update(repr((sorted((parameters or {}).items()), span)).encode())
    digest.update(columns_digest(columns.names, columns.dates, columns.values).encode())
    for security, bars in columns.fields.items():
        digest.update(security.encode())
        digest.update(np.ascontiguousarray(bars.to_numpy(dtype="<f8")).tobytes())
    return digest.hexdigest()
