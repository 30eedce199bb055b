"""The sources a study file may name: what each takes, and how it is read."""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - keys take what they say
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy._typing import (  # noqa: TC001 - keys take what they say
    CloseField,
    Content,
    EmptyCells,
    FxClose,
)
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.toml_keys import (
    NO_KEY,
    SECRET,
    TABLE_OF_TEXTS,
    TEXT,
    Key,
    is_text_table,
    takes,
)
from eventstudy.prices.inputs import WHOLE_FILES
from eventstudy.prices.panel import columns_digest
from eventstudy.prices.sql.address import check_url, foreign_hosts, is_variable
from eventstudy.prices.sql.deadline import TIMEOUT, check_timeout
from eventstudy.prices.sql.text import check_query
from eventstudy.studyfile.price_source import (
    SOURCES,
    PriceRequest,
    PriceSource,
    Server,
    check_span,
    dates_wanted,
    read_fields,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market
    from eventstudy.prices.blocks import PriceBlocks
    from eventstudy.prices.panel import PricePanel

DEFAULT_FILE = "prices.csv"
_VARIABLE = Key(
    'the name of an environment variable such as "WRDS_URL"',
    is_variable,
    is_quiet=True,
    shape=TEXT.shape,
)
_COLUMNS = Key(
    'a table such as { date = "caldt", close = "prc" }', is_text_table, shape=TABLE_OF_TEXTS
)


@SOURCES.register(
    "bundled",
    summary="daily closes that come with the package, January 2017 to August 2026",
    source="data/README.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled(PriceSource):
    """The closes that come with the package."""

    @property
    def is_inside(self) -> bool:
        """Always."""
        return True

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read the bundled closes."""
        from eventstudy.datasets.bundled import load_prices

        del progress
        return replace(load_prices(), kind=request.kind)


@SOURCES.register(
    "files",
    summary="csv, parquet or xlsx: wide, long, or the bars of one security; prices or returns",
    source="prices.file of the study file",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Files(PriceSource):
    """Files of the user's own.

    Parameters
    ----------
    file
        One, or several that are joined.
    encoding, field, start, end, empty
        As for `eventstudy.read_prices`.
    content, security, sheet, fx_close, columns, date_format, dialect
        As for `eventstudy.read_prices`; columns as pairs.
    """

    file: tuple[Path, ...] = (Path(DEFAULT_FILE),)
    content: Content = "prices"
    security: str | None = None
    sheet: str | None = None
    fx_close: FxClose = "written"
    columns: tuple[tuple[str, str], ...] = field(default=(), metadata=takes(_COLUMNS))
    date_format: str | None = None
    dialect: str | None = None
    encoding: str | None = None
    field: CloseField = "close"
    start: dt.date | None = None
    end: dt.date | None = None
    empty: EmptyCells = "missing"

    takes_calendar: ClassVar[bool] = True
    always_written: ClassVar[tuple[str, ...]] = ("file", "content")

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the files a table names; relative paths start at `folder`."""
        given = table.get("file", DEFAULT_FILE)
        names = [given] if isinstance(given, str) else list(given)
        if not names:
            raise SpecificationError("prices.file is empty; name a file", key="prices.file")
        if any("://" in name for name in names):  # not shown, as it may hold a password
            raise SpecificationError(
                "prices.file takes the path of a file, not an address; a database is "
                'source = "sql" with prices.url',
                key="prices.file",
            )
        given = read_fields(cls, {**table, "file": names}, folder)
        check_span(given)
        return cls(**given)

    @property
    def is_inside(self) -> bool:
        """Always."""
        return True

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read and join the files."""
        from eventstudy.prices.files.reading import read_prices

        del progress
        try:
            return read_prices(
                list(self.file),
                content=self.content,
                kind=request.kind,
                calendar=request.calendar,
                security=self.security,
                sheet=self.sheet,
                fx_close=self.fx_close,
                declared=request.declared,
                columns=dict(self.columns),
                date_format=self.date_format,
                dialect=self.dialect,
                encoding=self.encoding,
                field=self.field,
                start=self.start,
                end=self.end,
                empty=self.empty,
            )
        except SourceError as error:
            raise error.under("prices.file") from error

    def blocks(self, request: PriceRequest) -> PriceBlocks | str:
        """Return one wide or long parquet file, to be read some securities at a time."""
        from eventstudy.prices.files.parquet_blocks import is_parquet, parquet_blocks

        for is_other, why in (
            (len(self.file) > 1, "several files are joined"),
            (not all(map(is_parquet, self.file)), WHOLE_FILES),
            (self.fx_close != "written", f'fx_close = "{self.fx_close}" looks at whole columns'),
            (self.security is not None or self.sheet is not None, WHOLE_FILES),
        ):
            if is_other:
                return why
        try:
            return parquet_blocks(
                self.file[0], content=self.content, kind=request.kind, calendar=request.calendar,
                columns=dict(self.columns), date_format=self.date_format, dialect=self.dialect,
                field=self.field, start=self.start, end=self.end, empty=self.empty,
            )  # fmt: skip
        except SpecificationError as error:
            return error.reason
        except SourceError as error:
            raise error.under("prices.file") from error

    def written(self, folder: Path) -> dict[str, Any]:
        """Files, content, and what else is not the default."""
        table = PriceSource.written(self, folder)
        return table | ({"file": table["file"][0]} if len(self.file) == 1 else {})


@SOURCES.register(
    "yahoo",
    summary="daily closes of Yahoo Finance, kept in a local store; needs the network once",
    source="yfinance; see docs/data-sources.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Yahoo(PriceSource):
    """Yahoo Finance, through the local store.

    Parameters
    ----------
    start, end
        First and last date; by default from 450 days (more for longer windows) before the first
        event to 30 days after the last, or to the moment asked by `expect`.
    refresh
        Fetch again what the store has.
    offline
        Read the store alone, without the network.
    fx_close
        As for `eventstudy.read_prices`.
    """

    refresh: bool = False
    offline: bool = False
    start: dt.date | None = None
    end: dt.date | None = None
    fx_close: FxClose = "detect"

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return what is to be fetched."""
        check_fetch(table)
        given = read_fields(cls, table, folder)
        check_span(given)
        return cls(**given)

    @property
    def is_inside(self) -> bool:
        """Where the store alone is read."""
        return self.offline

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Fetch what the store lacks, and read it."""
        from eventstudy.prices.fetch import fetch_prices

        markets = request.markets()
        start, end = self.range_of(request)
        try:
            panel = fetch_prices(
                markets,
                start,
                end,
                refresh=self.refresh,
                offline=self.offline,
                fx_close=self.fx_close,
                progress=progress,
            )
        except SourceError as error:
            raise error.under("prices.source") from error
        refuse_failed(panel, offline=self.offline)
        return replace(panel, kind=request.kind, inputs=_fetched(panel, markets))

    def range_of(self, request: PriceRequest) -> tuple[dt.date, dt.date]:
        """Return the first and the last date that are asked for; see `dates_wanted`."""
        return dates_wanted(self.start, self.end, request)


@SOURCES.register(
    "sql",
    summary="a query or table of PostgreSQL (as WRDS is), DuckDB or SQLite, read only",
    source="SQLAlchemy; see docs/data-sources.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Database(PriceSource):
    """A database, read only. A password is no part of this value.

    Parameters
    ----------
    url, url_env, query, table, columns, start, end
        As for `eventstudy.prices.sql.read_sql_prices`; columns as pairs.
    content
        What the rows hold.
    timeout
        Seconds the database may take for one portion of the rows; then it is stopped.
    folder
        Where the relative path of a DuckDB or SQLite file starts.
    """

    url: str | None = field(default=None, metadata=takes(SECRET))
    url_env: str | None = field(default=None, metadata=takes(_VARIABLE))
    query: str | None = None
    table: str | None = None
    columns: tuple[tuple[str, str], ...] = field(default=(), metadata=takes(_COLUMNS))
    content: Content = "prices"
    start: dt.date | None = None
    end: dt.date | None = None
    timeout: float = TIMEOUT
    folder: Path = field(default=Path(), metadata=NO_KEY)

    takes_calendar: ClassVar[bool] = True
    always_written: ClassVar[tuple[str, ...]] = ("content",)

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the database, with what is asked of it."""
        _exactly_one(table, "url", "url_env", 'write url = "sqlite:///prices.db", or url_env')
        _exactly_one(table, "query", "table", "write a query, or the name of a table")
        if "url" in table:
            check_url(table["url"])
        if "query" in table:
            check_query(table["query"])
        check_timeout(table.get("timeout", TIMEOUT))
        given = read_fields(cls, table, folder)
        check_span(given)
        return cls(folder=folder, **given)

    def chosen_server(self) -> Server | None:
        """Return the host of the address, unless it is this machine or WRDS."""
        foreign = [] if self.url is None else foreign_hosts(self.url)
        return Server("prices.url", ", ".join(foreign)) if foreign else None

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read what the study needs of a table, or all a query gives."""
        from eventstudy.prices.sql import read_sql_prices

        with self._named():
            return read_sql_prices(**self._asked(request), progress=progress)

    def blocks(self, request: PriceRequest) -> PriceBlocks | str:
        """Return what the study needs of a table, to be read some securities at a time."""
        from eventstudy.prices.sql import sql_blocks

        with self._named():
            return sql_blocks(**self._asked(request))

    def _asked(self, request: PriceRequest) -> dict[str, Any]:
        return {
            "url": self.url,
            "url_env": self.url_env,
            "query": self.query,
            "table": self.table,
            "columns": dict(self.columns),
            "securities": None if self.table is None else request.spellings(),
            "start": self.start,
            "end": self.end,
            "content": self.content,
            "kind": request.kind,
            "calendar": request.calendar,
            "timeout": self.timeout,
            "folder": self.folder,
        }

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Have errors of the source name its key."""
        try:
            yield
        except SourceError as error:
            key = "prices.url" if self.url_env is None else "prices.url_env"
            raise (error if error.key == key else error.under(key)) from None


def refuse_failed(panel: PricePanel, *, offline: bool) -> None:
    """Raise `SourceError` where a market of a fetch failed: a study needs all of them."""
    failed = [remark for remark in panel.remarks if remark.check == "symbol_failed"]
    if not failed:
        return
    others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
    is_stored = failed[0].security in panel.names and not offline
    advice = "; offline = true takes what the store has" if is_stored else ""
    raise SourceError(
        f"{failed[0].security}: {failed[0].detail}{others}{advice}", key="prices.source"
    )


def check_fetch(table: Mapping[str, Any]) -> None:
    """Raise `SpecificationError` where a table wants all fetched again, and nothing fetched."""
    if table.get("refresh") and table.get("offline"):
        raise SpecificationError(
            "prices.refresh and prices.offline exclude each other", key="prices.refresh"
        )


def _fetched(panel: PricePanel, markets: Sequence[Market]) -> tuple[tuple[str, str], ...]:
    """Return symbol and time of the last download of each column, with the hash of its prices."""
    from eventstudy.prices.store import open_store

    stored = open_store().series()
    stored = stored[stored["interval"] == "1d"]
    when = dict(zip(stored["symbol"], stored["fetched"], strict=True))
    symbols = {market.series: str(market.yahoo) for market in markets}
    inputs = []
    for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
        symbol = symbols[name]
        time = f" fetched {when[symbol]:%Y-%m-%dT%H:%M:%SZ}" if symbol in when else ""
        inputs.append((f"{symbol}{time}", columns_digest([name], [dates], [values])))
    return tuple(inputs)


def _exactly_one(table: Mapping[str, Any], key: str, other: str, advice: str) -> None:
    """Raise `SpecificationError` where a table has both of two keys, or neither."""
    given = [name for name in (key, other) if name in table]
    if len(given) == 2:
        raise SpecificationError(
            f"prices.{key} and prices.{other} exclude each other", key=f"prices.{key}"
        )
    if not given:
        raise SpecificationError(
            f'prices.source = "sql" needs prices.{key} or prices.{other}; {advice}',
            key="prices.source",
        )
