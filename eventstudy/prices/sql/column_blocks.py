"""Prices of a database read some securities at a time: one statement for each block of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SchemaError
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.sql.deadline import TIMEOUT
from eventstudy.prices.sql.layout import no_rows_message, read_bound
from eventstudy.prices.sql.reading import SqlPrices
from eventstudy.prices.sql.rows import security_name

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Iterable, Mapping

    from eventstudy._typing import Content, ReturnKind
    from eventstudy.prices.panel import PricePanel


def sql_blocks(
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
) -> PriceBlocks:
    """Return the prices of a database, to be read some securities at a time.

    For studies of more prices than memory holds: `EventStudy.stream` takes them in place of a
    panel. Each time some securities are needed, one SELECT asks for their rows; an index on the
    column of securities makes that quick. What is written meanwhile may be read.

    Parameters
    ----------
    url, url_env, query, table, columns, parameters, securities, start, end, content, kind
        As for `eventstudy.read_sql_prices`.
    calendar, timeout, folder
        As for `eventstudy.read_sql_prices`.

    Raises
    ------
    SpecificationError, SourceError, SchemaError
        As `eventstudy.read_sql_prices`.

    Examples
    --------
    >>> import pathlib, sqlite3, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "prices.db"
    >>> db = sqlite3.connect(file)
    >>> _ = db.execute("CREATE TABLE p (day TEXT, id TEXT, px REAL)")
    >>> _ = db.execute("INSERT INTO p VALUES ('2025-05-01', 'A', 10), ('2025-05-02', 'B', 11)")
    >>> db.commit(); db.close()
    >>> mapping = {"date": "day", "security": "id", "close": "px"}
    >>> blocks = sql_blocks(f"sqlite:///{file}", table="p", columns=mapping)
    >>> blocks.names, blocks.read(["B"]).names
    (('A', 'B'), ('B',))
    """
    asked = SqlPrices(
        url=url, url_env=url_env, query=query, table=table, columns=columns or {},
        parameters=parameters or {},
        securities=None if securities is None else tuple(dict.fromkeys(map(str, securities))),
        span=(read_bound(start, "start"), read_bound(end, "end")), content=content, kind=kind,
        calendar=calendar, timeout=timeout, folder=Path(folder),
    )  # fmt: skip
    raw: dict[str, list[Any]] = {}
    longest = 0
    with asked.opened() as opened:
        layout = opened.layout
        for rows in asked.rows_of(opened, opened.counting()):
            for row in rows:
                longest = max(longest, int(row[-1]))
                name = security_name(row[0]) if layout.is_long else None
                if layout.is_long and name is None:
                    raise SchemaError(["the security is empty in some rows"], file=asked.name)
                if name is not None:
                    raw.setdefault(name, []).append(row[0])
    if not longest:
        wanted = asked.securities if query is None else None
        raise SchemaError([no_rows_message(asked.name, wanted, asked.span)], file=asked.name)

    def read(names: tuple[str, ...]) -> PricePanel:
        wanted = [cell for name in names for cell in raw[name]] if layout.is_long else names
        return asked.read(tuple(wanted))

    return PriceBlocks.of_names(
        tuple(raw) if layout.is_long else layout.numbers, read, n_rows=longest, content=content,
        kind=kind, name=asked.name, calendar=calendar,
    )  # fmt: skip
