"""Prices from a database: PostgreSQL (as WRDS is), DuckDB, SQLite. The only door to databases.

A database is only read, three times over: one SELECT is sent, in a transaction the server itself
keeps from writing, on a connection opened for reading where the database knows such a thing. An
engine that runs in this process has no extensions and no files but those named (`guards`).

A password is never asked for, kept or shown; one written in a study file is refused.
"""

from __future__ import annotations

import hashlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.files.columns import Columns, long_columns, wide_columns
from eventstudy.prices.panel import CONTENTS, KINDS, PricePanel, columns_digest
from eventstudy.prices.sql.connection import connected, driver_errors_as_source_errors
from eventstudy.prices.sql.deadline import TIMEOUT, check_timeout
from eventstudy.prices.sql.layout import (
    check_renamed,
    find_layout,
    may_be_renamed,
    no_rows_message,
    read_bound,
)
from eventstudy.prices.sql.rows import GrowingColumns
from eventstudy.prices.sql.statement import counting_statement, source_of, statement_of
from eventstudy.prices.sql.text import check_query
from eventstudy.registry import choose

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import sqlalchemy as sa

    from eventstudy._typing import Content, Progress, ReturnKind
    from eventstudy.prices.sql.connection import Address
    from eventstudy.prices.sql.deadline import Deadline
    from eventstudy.prices.sql.layout import Layout
    from eventstudy.prices.sql.statement import Source


_CHUNK = 20_000


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
        Seconds the database may take for one portion of the rows, of 20,000; then it is stopped.
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
    wanted = None if securities is None else tuple(dict.fromkeys(map(str, securities)))
    asked = SqlPrices(
        url=url, url_env=url_env, query=query, table=table, columns=columns or {},
        parameters=parameters or {}, securities=wanted,
        span=(read_bound(start, "start"), read_bound(end, "end")), content=content, kind=kind,
        calendar=calendar, timeout=timeout, folder=Path(folder),
    )  # fmt: skip
    return asked.read(progress=progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlPrices:
    """What is read of a database; see `read_sql_prices`.

    Raises
    ------
    SpecificationError
        As `read_sql_prices`.
    """

    url: str | None
    url_env: str | None
    query: str | None
    table: str | None
    columns: Mapping[str, str]
    parameters: Mapping[str, Any]
    securities: tuple[str, ...] | None
    span: tuple[dt.date | None, dt.date | None]
    content: Content
    kind: ReturnKind
    calendar: str | None
    timeout: float
    folder: Path

    def __post_init__(self) -> None:
        choose(self.content, CONTENTS, "prices.content")
        choose(self.kind, KINDS, "prices.kind")
        check_timeout(self.timeout)
        if (self.query is None) == (self.table is None):
            both = "exclude each other" if self.query is not None else "are both missing; give one"
            raise SpecificationError(f"prices.query and prices.table {both}", key="prices.query")
        if self.query is not None:
            object.__setattr__(self, "query", check_query(self.query))

    @property
    def name(self) -> str:
        """What messages call the rows."""
        return self.table or "query"

    @contextmanager
    def opened(self, securities: tuple[Any, ...] | None = None) -> Iterator[Opened]:
        """Open the database and find out what its columns are; see `Opened`.

        `securities` are those alone that rows are read of, as the database writes them; by default
        those asked for of a table, and all of a query.
        """
        connecting = connected(
            self.url, self.url_env, self.folder, self.timeout, self.query, self.parameters
        )
        with connecting as (connection, address, deadline):
            source = source_of(self.query, self.table, self.parameters)
            with driver_errors_as_source_errors(address, self.timeout):
                keys, codes = self._described(connection, source)
            wanted = self.securities if securities is None else tuple(map(str, securities))
            layout = find_layout(self.name, keys, self.columns, self.content, wanted)
            if securities is None and source.is_table:
                securities = self.securities
            dialect = connection.dialect.name
            select = (source, layout, codes, keys, securities, self.span, dialect)
            yield Opened(
                connection,
                address,
                deadline,
                layout,
                statement_of(*select),
                lambda: counting_statement(*select),
            )

    def _described(
        self, connection: sa.Connection, source: Source
    ) -> tuple[tuple[str, ...], list[object]]:
        """Return the columns of the result and the codes of their types."""
        # as a cursor of the server's, to which PostgreSQL takes one statement and no more
        options = {"stream_results": True}
        description = connection.execute(
            source.no_rows, dict(self.parameters), execution_options=options
        )
        keys = tuple(description.keys())
        cursor = description.cursor
        codes: list[object] = [None] * len(keys)
        if cursor is not None:
            codes = [column[1] for column in cursor.description]
        description.close()
        if self.query is not None and may_be_renamed(keys):
            import sqlalchemy as sa

            # the query by itself: SQLite and DuckDB rename columns of a subquery in silence
            described = connection.execute(
                sa.text(self.query), dict(self.parameters), execution_options=options
            )
            keys_as_written = tuple(described.keys())
            described.close()
            check_renamed(self.name, keys, keys_as_written)
        return keys, codes

    def rows_of(self, opened: Opened, statement: object) -> Iterator[Sequence[Sequence[Any]]]:
        """Send a statement and return what it gives, some thousand rows at a time."""
        with driver_errors_as_source_errors(opened.address, self.timeout):
            result = opened.connection.execute(
                cast("Any", statement), dict(self.parameters),
                execution_options={"yield_per": _CHUNK},
            )  # fmt: skip
            with closing(result):
                for rows in result.partitions(_CHUNK):
                    opened.deadline.stop()
                    yield cast("Sequence[Sequence[Any]]", rows)
                    opened.deadline.start()
                opened.deadline.stop()

    def read(
        self, securities: tuple[Any, ...] | None = None, *, progress: Progress | None = None
    ) -> PricePanel:
        """Read the prices, of `securities` alone as in `opened`."""
        with self.opened(securities) as opened:
            layout = opened.layout
            rows_so_far = GrowingColumns(self.name, layout.numbers, layout.is_long)
            for rows in self.rows_of(opened, opened.statement):
                rows_so_far.add(rows)
                if progress is not None:
                    progress("reading rows", rows_so_far.n_rows, rows_so_far.n_rows)
        if rows_so_far.n_rows == 0:
            wanted = self.securities if self.query is None else None
            raise SchemaError([no_rows_message(self.name, wanted, self.span)], file=self.name)
        read = _checked_columns(rows_so_far, layout, self.content, self.kind)
        if read.problems:
            raise SchemaError(read.problems)
        return PricePanel(
            names=tuple(read.names),
            dates=tuple(read.dates),
            values=tuple(read.values),
            content=self.content,
            kind=self.kind,
            name=self.name,
            sha256=_sha256(str(opened.statement), self.parameters, self.span, read),
            fields=read.fields,
            calendar=self.calendar,
            remarks=read.remarks,
        )


class Opened(NamedTuple):
    """An open database: what its columns are, and the statements that read and count its rows."""

    connection: sa.Connection
    address: Address
    deadline: Deadline
    layout: Layout
    statement: object
    counting: Callable[[], object]


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
