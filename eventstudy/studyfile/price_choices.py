"""The sources a study file may name: what each takes, and how it is read."""

from __future__ import annotations

import datetime as dt
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
from eventstudy.prices.panel import columns_digest
from eventstudy.prices.sql.address import check_url, is_variable
from eventstudy.prices.sql.text import check_query
from eventstudy.studyfile.price_source import SOURCES, PriceRequest, PriceSource, read_fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market
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
_DAYS_BEFORE, _DAYS_AFTER = 450, 30
_DAYS_A_SESSION = 1.6
"""Calendar days a session takes, holidays and the longest closures included."""


@SOURCES.register(
    "bundled",
    summary="daily closes that come with the package, January 2017 to August 2026",
    source="data/README.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled(PriceSource):
    """The closes that come with the package."""

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
    content, security, sheet, fx_close, columns, date_format, dialect, field, start, end, empty
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
        _check_span(given)
        return cls(**given)

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
                field=self.field,
                start=self.start,
                end=self.end,
                empty=self.empty,
            )
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
        if table.get("refresh") and table.get("offline"):
            raise SpecificationError(
                "prices.refresh and prices.offline exclude each other", key="prices.refresh"
            )
        given = read_fields(cls, table, folder)
        _check_span(given)
        return cls(**given)

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
        failed = [remark for remark in panel.remarks if remark.check == "symbol_failed"]
        if failed:
            others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
            is_stored = failed[0].security in panel.names and not self.offline
            advice = "; offline = true takes what the store has" if is_stored else ""
            raise SourceError(
                f"{failed[0].security}: {failed[0].detail}{others}{advice}", key="prices.source"
            )
        return replace(panel, kind=request.kind, inputs=_fetched(panel, markets))

    def range_of(self, request: PriceRequest) -> tuple[dt.date, dt.date]:
        """Return the first and the last date that are asked for.

        Raises
        ------
        SpecificationError
            No date and no event to take one from; a range that is empty.
        """
        days = max(_DAYS_BEFORE, round(request.sessions * _DAYS_A_SESSION))
        start, end = self.start, self.end
        if start is None and request.first is not None:
            start = request.first - dt.timedelta(days=days)
        if end is None and request.last is not None:
            end = request.last + dt.timedelta(days=_DAYS_AFTER)
            end = end if request.until is None else max(end, request.until)
        if start is None or end is None:
            raise SpecificationError(
                "prices.start and prices.end are needed: there is no event", key="prices.start"
            )
        if start > end:
            raise SpecificationError(
                f"prices.start {start} lies after prices.end {end}", key="prices.start"
            )
        return start, end


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
        given = read_fields(cls, table, folder)
        _check_span(given)
        return cls(folder=folder, **given)

    def read(self, request: PriceRequest, progress: Progress | None = None) -> PricePanel:
        """Read what the study needs of a table, or all a query gives."""
        from eventstudy.prices.sql import read_sql_prices

        try:
            return read_sql_prices(
                self.url,
                url_env=self.url_env,
                query=self.query,
                table=self.table,
                columns=dict(self.columns),
                securities=None if self.table is None else request.spellings(),
                start=self.start,
                end=self.end,
                content=self.content,
                kind=request.kind,
                calendar=request.calendar,
                folder=self.folder,
                progress=progress,
            )
        except SourceError as error:
            key = "prices.url" if self.url_env is None else "prices.url_env"
            raise (error if error.key == key else error.under(key)) from None


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


def _check_span(given: Mapping[str, Any]) -> None:
    start, end = given.get("start"), given.get("end")
    if start is not None and end is not None and start > end:
        raise SpecificationError(
            f"prices.start {start} lies after prices.end {end}", key="prices.start"
        )


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
