"""The sources a study file may name: what each takes, and how it is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eventstudy._studyprices.base import SOURCES, PriceSource, Wanted, written_path
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.io.doors import STUDY_DATE
from eventstudy.io.timestamps import read_day
from eventstudy.prices import digest_of
from eventstudy.sources.sql.address import check_url
from eventstudy.sources.sql.text import check_query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy._typing import Content, FxClose
    from eventstudy.markets import Market
    from eventstudy.prices import PricePanel

DEFAULT_FILE = "prices.csv"
_DAYS_BEFORE, _DAYS_AFTER = 450, 30
_DAYS_A_SESSION = 1.6
"""Calendar days a session takes, holidays and the longest closures included."""


@SOURCES.register(
    "bundled",
    summary="daily closes that come with the package, September 2023 to July 2025",
    source="data/README.md",
)
@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled(PriceSource):
    """The closes that come with the package."""

    source: ClassVar[str] = "bundled"

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the bundled closes."""
        return cls(factors=_factors(table, folder))

    def read(
        self, wanted: Wanted, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Read the bundled closes."""
        from eventstudy.datasets import load_prices

        del progress
        return replace(load_prices(), kind=wanted.kind)

    def written(self, folder: Path) -> dict[str, Any]:
        """Nothing but the name of the source."""
        del folder
        return {}


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
    content, security, sheet, fx_close
        As for `eventstudy.read_prices`.
    """

    file: tuple[Path, ...] = (Path(DEFAULT_FILE),)
    content: Content = "prices"
    security: str | None = None
    sheet: str | None = None
    fx_close: FxClose = "written"

    source: ClassVar[str] = "files"
    keys: ClassVar[tuple[str, ...]] = ("file", "calendar", "security", "sheet", "fx_close")

    @property
    def held(self) -> Content:
        """What the files hold."""
        return self.content

    @property
    def input_files(self) -> tuple[Path, ...]:
        """The files of prices, and those of factors."""
        return (*self.file, *self.factors)

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the files a table names; relative paths start at `folder`."""
        given = table.get("file", DEFAULT_FILE)
        names = [given] if isinstance(given, str) else list(given)
        if not names:
            raise SpecificationError("prices.file is empty; name a file")
        if any("://" in name for name in names):  # never repeated: it may hold a password
            raise SpecificationError(
                "prices.file takes the path of a file, not an address; a database is "
                'source = "sql" with prices.url'
            )
        options = {key: table[key] for key in ("content", "security", "sheet", "fx_close")
                   if key in table}  # fmt: skip
        return cls(
            file=tuple(_path(name, folder) for name in names),
            factors=_factors(table, folder),
            **options,
        )

    def read(
        self, wanted: Wanted, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Read and join the files."""
        from eventstudy.sources.prices import read_prices

        del progress
        try:
            return read_prices(
                list(self.file),
                content=self.content,
                kind=wanted.kind,
                calendar=wanted.calendar,
                security=self.security,
                sheet=self.sheet,
                fx_close=self.fx_close,
                declared=wanted.declared,
            )
        except SourceError as error:
            raise error.under("prices.file") from error

    def written(self, folder: Path) -> dict[str, Any]:
        """Files, content, and what else is not the default."""
        files = [written_path(path, folder) for path in self.file]
        told: dict[str, Any] = {
            "file": files[0] if len(files) == 1 else files,
            "content": self.content,
        }
        options = {"security": self.security, "sheet": self.sheet}
        told |= {key: value for key, value in options.items() if value is not None}
        return told | ({} if self.fx_close == "written" else {"fx_close": self.fx_close})


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
        event to 30 days after the last.
    refresh
        Fetch again what the store has.
    offline
        Take the store's word alone.
    fx_close
        As for `eventstudy.read_prices`.
    """

    start: dt.date | None = None
    end: dt.date | None = None
    refresh: bool = False
    offline: bool = False
    fx_close: FxClose = "detect"

    source: ClassVar[str] = "yahoo"
    keys: ClassVar[tuple[str, ...]] = ("start", "end", "refresh", "offline", "fx_close")

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return what is to be fetched."""
        if table.get("refresh") and table.get("offline"):
            raise SpecificationError("prices.refresh and prices.offline exclude each other")
        start, end = _span(table)
        options = {key: table[key] for key in ("refresh", "offline", "fx_close") if key in table}
        return cls(start=start, end=end, factors=_factors(table, folder), **options)

    def read(
        self, wanted: Wanted, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Fetch what the store lacks, and read it."""
        from eventstudy.sources.fetch import fetch_prices

        markets = wanted.markets()
        start, end = self.range_of(wanted)
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
        failed = [one for one in panel.remarks if one.check == "symbol_failed"]
        if failed:
            others = f" (and {len(failed) - 1} more)" if failed[1:] else ""
            there = failed[0].security in panel.names and not self.offline
            advice = "; offline = true takes what the store has" if there else ""
            raise SourceError(
                f"prices.source: {failed[0].security}: {failed[0].detail}{others}{advice}"
            )
        return replace(panel, kind=wanted.kind, inputs=_fetched(panel, markets))

    def range_of(self, wanted: Wanted) -> tuple[dt.date, dt.date]:
        """Return the first and the last date that are asked for.

        Raises
        ------
        SpecificationError
            No date and no event to take one from; a range that is empty.
        """
        days = max(_DAYS_BEFORE, round(wanted.sessions * _DAYS_A_SESSION))
        start, end = self.start, self.end
        if start is None and wanted.first is not None:
            start = wanted.first - dt.timedelta(days=days)
        if end is None and wanted.last is not None:
            end = wanted.last + dt.timedelta(days=_DAYS_AFTER)
        if start is None or end is None:
            raise SpecificationError("prices.start and prices.end are needed: there is no event")
        if start > end:
            raise SpecificationError(f"prices.start {start} lies after prices.end {end}")
        return start, end

    def written(self, folder: Path) -> dict[str, Any]:
        """Whatever is not the default."""
        del folder
        flags = ("refresh", "offline")
        told: dict[str, Any] = {key: True for key in flags if getattr(self, key)}
        told |= _written_span(self.start, self.end)
        return told | ({} if self.fx_close == "detect" else {"fx_close": self.fx_close})


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
        As for `eventstudy.sources.sql.read_sql_prices`; columns as pairs.
    content
        What the rows hold.
    folder
        Where the relative path of a DuckDB or SQLite file starts.
    """

    url: str | None = None
    url_env: str | None = None
    query: str | None = None
    table: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    content: Content = "prices"
    start: dt.date | None = None
    end: dt.date | None = None
    folder: Path = Path()

    source: ClassVar[str] = "sql"
    keys: ClassVar[tuple[str, ...]] = (
        "url", "url_env", "query", "table", "columns", "start", "end", "calendar",
    )  # fmt: skip

    @property
    def held(self) -> Content:
        """What the rows hold."""
        return self.content

    @classmethod
    def parse(cls, table: Mapping[str, Any], folder: Path) -> PriceSource:
        """Return the database, with what is asked of it."""
        _exactly_one(table, "url", "url_env", 'write url = "sqlite:///prices.db", or url_env')
        _exactly_one(table, "query", "table", "write a query, or the name of a table")
        if "url" in table:
            check_url(table["url"])
        if "query" in table:
            check_query(table["query"])
        start, end = _span(table)
        options = {key: table[key] for key in ("url", "url_env", "query", "table", "content")
                   if key in table}  # fmt: skip
        return cls(
            columns=tuple(table.get("columns", {}).items()),
            start=start,
            end=end,
            folder=folder,
            factors=_factors(table, folder),
            **options,
        )

    def read(
        self, wanted: Wanted, progress: Callable[[str, int, int], None] | None = None
    ) -> PricePanel:
        """Read what the study needs of a table, or all a query gives."""
        from eventstudy.sources.sql import read_sql_prices

        try:
            return read_sql_prices(
                self.url,
                url_env=self.url_env,
                query=self.query,
                table=self.table,
                columns=dict(self.columns),
                securities=None if self.table is None else wanted.spellings(),
                start=self.start,
                end=self.end,
                content=self.content,
                kind=wanted.kind,
                calendar=wanted.calendar,
                folder=self.folder,
                progress=progress,
            )
        except SourceError as error:
            key = "prices.url" if self.url_env is None else "prices.url_env"
            raise (error if error.key == key else error.under(key)) from None

    def written(self, folder: Path) -> dict[str, Any]:
        """Address or variable, query or table; there is no password to write."""
        del folder
        options = {key: getattr(self, key) for key in ("url", "url_env", "query", "table")}
        told = {key: value for key, value in options.items() if value is not None}
        told |= {"columns": dict(self.columns)} if self.columns else {}
        return told | {"content": self.content} | _written_span(self.start, self.end)


def _fetched(panel: PricePanel, markets: Sequence[Market]) -> tuple[tuple[str, str], ...]:
    """Symbol and time of the last answer of each column, with its hash."""
    from eventstudy.sources.store import open_store

    stored = open_store().series()
    stored = stored[stored["interval"] == "1d"]
    when = dict(zip(stored["symbol"], stored["fetched"], strict=True))
    symbols = {market.series: str(market.yahoo) for market in markets}
    inputs = []
    for name, dates, values in zip(panel.names, panel.dates, panel.values, strict=True):
        symbol = symbols[name]
        time = f" fetched {when[symbol]:%Y-%m-%dT%H:%M:%SZ}" if symbol in when else ""
        inputs.append((f"{symbol}{time}", digest_of([name], [dates], [values])))
    return tuple(inputs)


def _path(name: str, folder: Path) -> Path:
    return folder / Path(name).expanduser()


def _factors(table: Mapping[str, Any], folder: Path) -> tuple[Path, ...]:
    given = table.get("factors", ())
    return tuple(_path(name, folder) for name in ([given] if isinstance(given, str) else given))


def _span(table: Mapping[str, Any]) -> tuple[dt.date | None, dt.date | None]:
    start, end = (
        None if table.get(key) is None else read_day(table[key], STUDY_DATE, f"prices.{key}")
        for key in ("start", "end")
    )
    if start is not None and end is not None and start > end:
        raise SpecificationError(f"prices.start {start} lies after prices.end {end}")
    return start, end


def _written_span(start: dt.date | None, end: dt.date | None) -> dict[str, str]:
    days = {"start": start, "end": end}
    return {key: day.isoformat() for key, day in days.items() if day is not None}


def _exactly_one(table: Mapping[str, Any], one: str, other: str, advice: str) -> None:
    given = [key for key in (one, other) if key in table]
    if len(given) == 2:
        raise SpecificationError(f"prices.{one} and prices.{other} exclude each other")
    if not given:
        raise SpecificationError(
            f'prices.source = "sql" needs prices.{one} or prices.{other}; {advice}'
        )
