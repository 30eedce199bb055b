"""The local store: bars as a vendor labelled them, kept in one DuckDB file.

A price that a vendor has changed is used as it is now, and what it was is kept in the table of
revisions. Every write is one transaction under a lock between
processes, so that a program killed half-way leaves the store as it was before that write.
"""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import SourceError
from eventstudy.prices.store.file import FOLDER_VARIABLE, open_file, transaction
from eventstudy.prices.yahoo.cleaning import FIELDS, is_intraday, no_bars

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Mapping, Sequence

    import duckdb

    Span = tuple[dt.date, dt.date]

FILE = "prices.duckdb"
ROUNDING = 1e-6
"""Relative difference up to which a price has only been rounded otherwise."""

_DAY = dt.timedelta(days=1)
_KEY = "source = ? AND symbol = ? AND bar = ?"


class Written(NamedTuple):
    """Result of a write.

    Parameters
    ----------
    new
        Rows that were not there.
    revised
        Cells that were there with another value: label, field, old, new, seen.
    gone
        Labels inside the dates covered that are stored but were not sent again; they are kept.
    """

    new: int
    revised: pd.DataFrame
    gone: list[pd.Timestamp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Bars kept on this machine, by source, symbol, interval and the vendor's own label.

    Parameters
    ----------
    folder : Path
        Where the file is; see `open_store` for the usual place.
    notice, patience : float
        Seconds to wait for another process before saying so, and before giving up.
    """

    folder: Path
    notice: float = 5.0
    patience: float = 120.0

    @property
    def path(self) -> Path:
        """The DuckDB file."""
        return self.folder / FILE

    def series(self) -> pd.DataFrame:
        """Return what is stored, a row a series.

        Returns
        -------
        DataFrame
            source, symbol, interval, rows, first, last (labels), currency, timezone, instrument,
            fetched (UTC, of the last answer).
        """
        columns = ["source", "symbol", "interval", "rows", "first", "last"]
        columns += ["currency", "timezone", "instrument", "fetched"]
        return self._table(
            columns,
            "SELECT s.source, s.symbol, s.bar, count(b.label), min(b.label), max(b.label), "
            "s.currency, s.timezone, s.instrument, s.fetched FROM series s LEFT JOIN bars b "
            "ON b.source = s.source AND b.symbol = s.symbol AND b.bar = s.bar "
            "GROUP BY ALL ORDER BY s.source, s.symbol, s.bar",
        )

    def revisions(self, symbol: str | None = None) -> pd.DataFrame:
        """Return every cell a vendor has changed after it was stored.

        Returns
        -------
        DataFrame
            source, symbol, interval, label, field, old, new, seen (UTC), oldest first.
        """
        columns = ["source", "symbol", "interval", "label", "field", "old", "new", "seen"]
        where, values = ("", []) if symbol is None else ("WHERE symbol = ? ", [symbol])
        revisions = self._table(
            columns, f"SELECT * FROM revisions {where}ORDER BY seen, symbol, label, field", values
        )
        return revisions.astype({"old": np.float64, "new": np.float64})

    def read(
        self,
        symbol: str,
        start: dt.date | None = None,
        end: dt.date | None = None,
        *,
        interval: str = "1d",
        source: str = "yahoo",
    ) -> pd.DataFrame:
        """Return stored bars from `start` to `end`, both included.

        Returns
        -------
        DataFrame
            open, high, low, close, volume; dates without a zone, or UTC for intraday intervals.
            No rows where nothing is stored.
        """
        return self.read_all([(symbol, start, end)], interval=interval, source=source)[0]

    def read_all(
        self,
        spans: Sequence[tuple[str, dt.date | None, dt.date | None]],
        *,
        interval: str = "1d",
        source: str = "yahoo",
    ) -> list[pd.DataFrame]:
        """Return the stored bars of several symbols, opening the file once; see `read`."""
        if not self.path.exists():
            return [no_bars(interval) for _ in spans]
        with self._open() as connection:
            return [
                _read_bars(connection, [source, symbol, interval], start, end)
                for symbol, start, end in spans
            ]

    def missing(
        self,
        symbol: str,
        start: dt.date,
        end: dt.date,
        *,
        interval: str = "1d",
        source: str = "yahoo",
    ) -> list[Span]:
        """Return the spans of dates from `start` to `end` that no vendor has answered for."""
        return self.missing_all([(symbol, start, end)], interval=interval, source=source)[0]

    def missing_all(
        self,
        requests: Sequence[tuple[str, dt.date, dt.date]],
        *,
        interval: str = "1d",
        source: str = "yahoo",
    ) -> list[list[Span]]:
        """Return what is missing of several symbols, opening the file once; see `missing`."""
        if not self.path.exists():
            return [[(start, end)] for _, start, end in requests]
        with self._open() as connection:
            spans = [_coverage(connection, [source, symbol, interval]) for symbol, _, _ in requests]
        return [
            _uncovered(covered, start, end)
            for covered, (_, start, end) in zip(spans, requests, strict=True)
        ]

    def write(
        self,
        symbol: str,
        bars: pd.DataFrame,
        *,
        covered: Sequence[Span] = (),
        interval: str = "1d",
        source: str = "yahoo",
        meta: Mapping[str, str | None] | None = None,
        now: dt.datetime | None = None,
    ) -> Written:
        """Store what is new and what has changed, all of it or nothing.

        Parameters
        ----------
        symbol
            As the vendor writes it.
        bars
            open, high, low, close, volume; index of dates without a zone, or of UTC times.
        covered
            Dates the vendor has answered for: from now on a day without a row there is known to
            have none.
        interval, source
            The rest of the key.
        meta
            currency, timezone, instrument.
        now
            When it was seen, aware; the present by default.
        """
        seen_at = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
        key = [source, symbol, interval]
        metadata = meta or {}
        with self._open(write=True) as connection, transaction(connection):
            connection.execute(
                "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                "currency = coalesce(excluded.currency, currency), "
                "timezone = coalesce(excluded.timezone, timezone), "
                "instrument = coalesce(excluded.instrument, instrument), "
                "fetched = excluded.fetched",
                [
                    *key,
                    *(metadata.get(name) for name in ("currency", "timezone", "instrument")),
                    seen_at,
                ],
            )
            connection.register("incoming", _labelled_table(bars))
            zone = metadata.get("timezone") if is_intraday(interval) else None
            withdrawn = _labels_not_sent_again(connection, key, covered, zone)
            revised = _update_changed(connection, key, seen_at)
            added = connection.execute(
                f"INSERT INTO bars SELECT ?, ?, ?, label, {', '.join(FIELDS)}, ? FROM incoming i "
                f"WHERE NOT EXISTS (SELECT 1 FROM bars b WHERE {_KEY} AND b.label = i.label)",
                [*key, seen_at, *key],
            ).fetchone()
            _add_coverage(connection, key, covered)
            connection.unregister("incoming")
        return Written(int(added[0]) if added else 0, revised, withdrawn)

    # ---- opening -----------------------------------------------------------------------------

    def _table(self, columns: list[str], query: str, values: Sequence[object] = ()) -> pd.DataFrame:
        if not self.path.exists():
            return pd.DataFrame({name: [] for name in columns})
        with self._open() as connection:
            rows = connection.execute(query, list(values)).fetchall()
        return pd.DataFrame(rows, columns=columns)

    def _open(
        self, *, write: bool = False
    ) -> contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]:
        return open_file(self.path, write=write, notice=self.notice, patience=self.patience)


def open_store(where: Store | str | os.PathLike[str] | None = None) -> Store:
    """Return the store in a folder; nothing is made until something is written.

    Parameters
    ----------
    where
        A folder. None: the one ``EVENTSTUDY_STORE`` names, else the platform's folder for data of
        programs.

    Raises
    ------
    SourceError
        It is a file.

    Examples
    --------
    >>> import tempfile
    >>> store = open_store(tempfile.mkdtemp())
    >>> len(store.series()), len(store.read("^N225"))
    (0, 0)
    """
    if isinstance(where, Store):
        return where
    chosen = where or os.environ.get(FOLDER_VARIABLE)
    if not chosen:
        import platformdirs

        chosen = platformdirs.user_data_dir("eventstudy", appauthor=False)
    folder = Path(chosen).expanduser()
    if folder.exists() and not folder.is_dir():
        raise SourceError(
            "the store is a folder, and this is a file; name a folder", file=str(folder)
        )
    return Store(folder=folder)


# ---- inside the file ---------------------------------------------------------------------------


def _read_bars(
    connection: duckdb.DuckDBPyConnection,
    key: list[str],
    start: dt.date | None,
    end: dt.date | None,
) -> pd.DataFrame:
    is_short = is_intraday(key[2])
    first, last = _bounds(start, end, _timezone_of(connection, key) if is_short else None)
    columns = connection.execute(
        f"SELECT label, {', '.join(FIELDS)} FROM bars WHERE {_KEY} "
        "AND label >= ? AND label < ? ORDER BY label",
        [*key, first, last],
    ).fetchnumpy()
    index = pd.DatetimeIndex(columns["label"]).as_unit("ns")
    index = index.tz_localize("UTC") if is_short else index
    values = {
        name: np.ma.filled(np.ma.asarray(columns[name], dtype=np.float64), np.nan)
        for name in FIELDS
    }
    return pd.DataFrame(values, index=index.rename("time" if is_short else "date"))


def _labelled_table(bars: pd.DataFrame) -> pd.DataFrame:
    """Return bars as the database takes them: a column ``label`` in UTC without a zone."""
    index = pd.DatetimeIndex(bars.index)
    index = index.tz_convert("UTC").tz_localize(None) if index.tz is not None else index
    cells = {name: bars[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in FIELDS}
    return pd.DataFrame({"label": index.as_unit("us"), **cells})


def _is_changed_sql(name: str) -> str:
    """Return the SQL condition that an incoming cell holds another number than the stored one."""
    size = f"{ROUNDING} * greatest(abs(b.{name}), abs(i.{name}))"
    return (
        f"NOT isnan(i.{name}) AND (b.{name} IS NULL OR isnan(b.{name}) "
        f"OR abs(i.{name} - b.{name}) > {size})"
    )


def _update_changed(
    connection: duckdb.DuckDBPyConnection, key: list[str], seen_at: dt.datetime
) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for name in FIELDS:
        changed_bars = (
            f"incoming i JOIN bars b ON b.label = i.label WHERE {_KEY} AND {_is_changed_sql(name)}"
        )
        cells = f"i.label, '{name}', b.{name}, i.{name}"
        changed = connection.execute(
            f"SELECT {cells} FROM {changed_bars} ORDER BY i.label", key
        ).fetchall()
        if not changed:
            continue
        rows += changed
        connection.execute(
            f"INSERT INTO revisions SELECT ?, ?, ?, {cells}, ? FROM {changed_bars}",
            [*key, seen_at, *key],
        )
        connection.execute(
            f"UPDATE bars AS b SET {name} = i.{name} FROM incoming i "
            f"WHERE {_KEY} AND b.label = i.label AND {_is_changed_sql(name)}",
            key,
        )
    columns = ["label", "field", "old", "new"]
    return pd.DataFrame(rows, columns=columns).assign(seen=pd.Timestamp(seen_at))


def _labels_not_sent_again(
    connection: duckdb.DuckDBPyConnection,
    key: list[str],
    covered: Sequence[Span],
    zone: str | None,
) -> list[pd.Timestamp]:
    withdrawn: list[pd.Timestamp] = []
    for start, end in covered:
        first, last = _bounds(start, end, zone)
        rows = connection.execute(
            f"SELECT label FROM bars b WHERE {_KEY} AND label >= ? AND label < ? "
            "AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.label = b.label) ORDER BY label",
            [*key, first, last],
        ).fetchall()
        withdrawn += [pd.Timestamp(label) for (label,) in rows]
    return withdrawn


def _add_coverage(
    connection: duckdb.DuckDBPyConnection, key: list[str], covered: Sequence[Span]
) -> None:
    if not covered:
        return
    merged: list[Span] = []
    for first, last in sorted([*_coverage(connection, key), *covered]):
        if merged and first <= merged[-1][1] + _DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    connection.execute("DELETE FROM coverage WHERE " + _KEY, key)
    connection.executemany(
        "INSERT INTO coverage VALUES (?, ?, ?, ?, ?)", [[*key, *span] for span in merged]
    )


def _coverage(connection: duckdb.DuckDBPyConnection, key: list[str]) -> list[Span]:
    rows = connection.execute(
        f"SELECT first, last FROM coverage WHERE {_KEY} ORDER BY first", key
    ).fetchall()
    return [(first, last) for first, last in rows]


def _uncovered(spans: Sequence[Span], start: dt.date, end: dt.date) -> list[Span]:
    missing: list[Span] = []
    begin = start
    for first, last in spans:
        if last < begin or first > end:
            continue
        if first > begin:
            missing.append((begin, first - _DAY))
        begin = last + _DAY
    if begin <= end:
        missing.append((begin, end))
    return missing


def _timezone_of(connection: duckdb.DuckDBPyConnection, key: list[str]) -> str | None:
    row = connection.execute(f"SELECT timezone FROM series WHERE {_KEY}", key).fetchone()
    return None if row is None else row[0]


def _bounds(
    start: dt.date | None, end: dt.date | None, zone: str | None
) -> tuple[dt.datetime, dt.datetime]:
    """Return the first label and the one after the last; dates of `zone` as UTC times."""
    first = pd.Timestamp(start or dt.date(1800, 1, 1))
    last = pd.Timestamp(end or dt.date(2200, 1, 1)) + pd.Timedelta(1, "D")
    if zone is not None:
        first, last = (
            time.tz_localize(zone).tz_convert("UTC").tz_localize(None) for time in (first, last)
        )
    return first.to_pydatetime(), last.to_pydatetime()
