"""The statement that is sent to a database: one SELECT of a table or a query."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy.prices.sql.layout import Layout

# Object identifiers of PostgreSQL's number types: int8, int2, int4, float4, float8, numeric.
_NUMBER_OIDS = (20, 21, 23, 700, 701, 1700)
_NUMBER_NAMES = ("INT", "DECIMAL", "DOUBLE", "FLOAT", "REAL", "NUMERIC")
# text, bpchar, varchar
_TEXT_OIDS = (25, 1042, 1043)
_TEXT_NAMES = ("CHAR", "STRING", "TEXT")


class Source(NamedTuple):
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


def source_of(
    query: str | None,
    table: str | None,
    parameters: Mapping[str, Any] | None,
) -> Source:
    """Return what is selected from: a query, or a table by its name."""
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

        return Source(everything.select_from(table_with(())).where(sa.false()), table_with, True)
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
    return Source(no_rows, query_with, False)


def statement_of(
    source: Source,
    layout: Layout,
    codes: Sequence[object],
    keys: tuple[str, ...],
    securities: tuple[Any, ...] | None,
    span: tuple[dt.date | None, dt.date | None],
    dialect: str,
) -> Any:  # noqa: ANN401 - a select, as SQLAlchemy types it
    """Return the statement that reads rows, of `securities` alone unless they are None.

    Securities are texts, or cells as the database has them.
    """
    import sqlalchemy as sa

    key_columns = [layout.date] if layout.security is None else [layout.date, layout.security]
    names = list(dict.fromkeys([*key_columns, *layout.number_columns]))
    selected = source.with_columns(names)
    statement = sa.select(*(selected.c[name] for name in (*key_columns, *layout.number_columns)))
    statement = _within(statement, selected.c[layout.date], codes[keys.index(layout.date)], span,
                        dialect)  # fmt: skip
    if layout.security is not None and securities is not None:
        values = list(securities)
        if _is_number_type(codes[keys.index(layout.security)]):
            values = [
                int(security) if isinstance(security, str) else security
                for security in securities
                if not isinstance(security, str) or re.fullmatch(r"\d{1,18}", security)
            ]
        statement = statement.where(selected.c[layout.security].in_(values))
    order = [layout.date] if layout.security is None else [layout.security, layout.date]
    return statement.order_by(*(selected.c[name] for name in order))


def counting_statement(
    source: Source,
    layout: Layout,
    codes: Sequence[object],
    keys: tuple[str, ...],
    securities: tuple[str, ...] | None,
    span: tuple[dt.date | None, dt.date | None],
    dialect: str,
) -> Any:  # noqa: ANN401 - a select, as SQLAlchemy types it
    """Return the statement that counts the rows of every security, or those of a wide result."""
    import sqlalchemy as sa

    rows = statement_of(source, layout, codes, keys, securities, span, dialect)
    rows = rows.order_by(None).subquery("rows")
    number = sa.func.count().label("number")
    if layout.security is None:
        return sa.select(number).select_from(rows)
    security = rows.c[layout.security]
    return sa.select(security, number).group_by(security).order_by(security)


def _within(
    statement: Any,  # noqa: ANN401 - a select, as SQLAlchemy types it
    date: Any,  # noqa: ANN401 - a column
    code: object,
    span: tuple[dt.date | None, dt.date | None],
    dialect: str,
) -> Any:  # noqa: ANN401
    """Return a statement of the rows from a first to a last date."""
    is_text = dialect == "sqlite" or _is_text_type(code)
    start, end = span
    if start is not None:
        statement = statement.where(date >= (str(start) if is_text else start))
    if end is not None and end < dt.date.max:
        # up to the next day, for a time of day, as text above all, comes after its date
        day_after = end + dt.timedelta(days=1)
        statement = statement.where(date < (str(day_after) if is_text else day_after))
    return statement


def _is_text_type(type_code: object) -> bool:
    """Whether a driver's code of a type is one of text."""
    return type_code in _TEXT_OIDS or any(word in str(type_code).upper() for word in _TEXT_NAMES)


def _is_number_type(type_code: object) -> bool:
    """Whether a driver's code of a type is one of numbers; SQLite has none, and converts."""
    return type_code in _NUMBER_OIDS or any(
        word in str(type_code).upper() for word in _NUMBER_NAMES
    )
