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
from eventstudy.prices.store.tables import (
    KEY,
    Held,
    add_coverage,
    add_left_out,
    has_table,
    held,
    labelled_table,
    labels_not_sent_again,
    read_bars,
    update_changed,
)
from eventstudy.prices.yahoo.cleaning import FIELDS, is_intraday, no_bars

if TYPE_CHECKING:
    import contextlib
    from collections.abc import Mapping, Sequence

    import duckdb

    Span = tuple[dt.date, dt.date]

FILE = "prices.duckdb"


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
        if not self.path.exists():
            return no_bars(interval)
        with self._open() as connection:
            return read_bars(connection, [source, symbol, interval], start, end)

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
        return self.held_all([(symbol, start, end)], interval=interval, source=source)[0].missing

    def held_all(
        self,
        spans: Sequence[tuple[str, dt.date, dt.date]],
        *,
        interval: str = "1d",
        source: str = "yahoo",
    ) -> list[Held]:
        """Return what is stored of several symbols from a date to another, both included."""
        if not self.path.exists():
            return [
                Held(no_bars(interval), frozenset(), [(start, end)], []) for _, start, end in spans
            ]
        with self._open() as connection:
            return [
                held(connection, [source, symbol, interval], start, end)
                for symbol, start, end in spans
            ]

    def rests(self, source: str = "yahoo") -> list[tuple[str, dt.datetime]]:
        """Return the hosts that asked to be left alone, each with the UTC time until when."""
        if not self.path.exists():
            return []
        with self._open() as connection:
            if not has_table(connection, "rests"):
                return []
            rows = connection.execute(
                "SELECT host, until FROM rests WHERE source = ? ORDER BY until", [source]
            ).fetchall()
        return [(host, until.replace(tzinfo=dt.UTC)) for host, until in rows]

    def write_rest(self, host: str, until: dt.datetime, source: str = "yahoo") -> None:
        """Keep the time, aware, before which a host is not to be asked again."""
        naive = until.astimezone(dt.UTC).replace(tzinfo=None)
        with self._open(write=True) as connection, transaction(connection):
            connection.execute(
                "INSERT INTO rests VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET "
                "until = greatest(until, excluded.until)",
                [source, host, naive],
            )

    def write(
        self,
        symbol: str,
        bars: pd.DataFrame,
        *,
        covered: Sequence[Span] = (),
        left_out: Sequence[Span] = (),
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
        left_out
            Neighbouring sessions, first and last, that ought to have a row and have none.
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
            connection.register("incoming", labelled_table(bars))
            zone = metadata.get("timezone") if is_intraday(interval) else None
            withdrawn = labels_not_sent_again(connection, key, covered, zone)
            revised = update_changed(connection, key, seen_at)
            added = connection.execute(
                f"INSERT INTO bars SELECT ?, ?, ?, label, {', '.join(FIELDS)}, ? FROM incoming i "
                f"WHERE NOT EXISTS (SELECT 1 FROM bars b WHERE {KEY} AND b.label = i.label)",
                [*key, seen_at, *key],
            ).fetchone()
            add_coverage(connection, key, covered)
            add_left_out(connection, key, left_out, seen_at.date())
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
