"""The tables of the store: bars, revisions, dates covered, read and changed over a connection."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.prices.yahoo.cleaning import FIELDS, is_intraday

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    Span = tuple[dt.date, dt.date]

KEY = "source = ? AND symbol = ? AND bar = ?"
"""Condition on the rows of one series."""

ROUNDING = 1e-6
"""Relative difference up to which a price has only been rounded otherwise."""

_DAY = dt.timedelta(days=1)


class LeftOut(NamedTuple):
    """Neighbouring sessions for which an answer had no row: the first, the last, and its day."""

    first: dt.date
    last: dt.date
    seen: dt.date


class Held(NamedTuple):
    """What is stored of a symbol for some dates.

    Parameters
    ----------
    bars
        As `Store.read` returns them.
    days
        Dates with a bar, in the exchange's own time.
    missing
        Spans of dates that no vendor has answered for.
    left_out
        Sessions without a row in earlier answers, whatever their dates.
    """

    bars: pd.DataFrame
    days: frozenset[dt.date]
    missing: list[Span]
    left_out: list[LeftOut]


def read_bars(
    connection: duckdb.DuckDBPyConnection,
    key: list[str],
    start: dt.date | None,
    end: dt.date | None,
) -> pd.DataFrame:
    """Return the bars of a series from `start` to `end`, both included."""
    is_short = is_intraday(key[2])
    first, last = bounds(start, end, timezone_of(connection, key) if is_short else None)
    columns = connection.execute(
        f"SELECT label, {', '.join(FIELDS)} FROM bars WHERE {KEY} "
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


def held(
    connection: duckdb.DuckDBPyConnection, key: list[str], start: dt.date, end: dt.date
) -> Held:
    """Return what is stored of a series from `start` to `end`, both included."""
    bars = read_bars(connection, key, start, end)
    index = pd.DatetimeIndex(bars.index)
    if index.tz is not None:
        index = index.tz_convert(timezone_of(connection, key) or "UTC")
    left_out = []
    if has_table(connection, "left_out"):
        left_out = connection.execute(
            f"SELECT first, last, seen FROM left_out WHERE {KEY} ORDER BY ALL", key
        ).fetchall()
    return Held(
        bars,
        frozenset(index.date),
        uncovered(coverage(connection, key), start, end),
        [LeftOut(*row) for row in left_out],
    )


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the file, of an earlier release and read-only perhaps, has a table."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return (name,) in tables


def labelled_table(bars: pd.DataFrame) -> pd.DataFrame:
    """Return bars as the database takes them: a column ``label`` in UTC without a zone."""
    index = pd.DatetimeIndex(bars.index)
    index = index.tz_convert("UTC").tz_localize(None) if index.tz is not None else index
    cells = {name: bars[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in FIELDS}
    return pd.DataFrame({"label": index.as_unit("us"), **cells})


def is_changed_sql(name: str) -> str:
    """Return the SQL condition that an incoming cell holds another number than the stored one."""
    size = f"{ROUNDING} * greatest(abs(b.{name}), abs(i.{name}))"
    return (
        f"NOT isnan(i.{name}) AND (b.{name} IS NULL OR isnan(b.{name}) "
        f"OR abs(i.{name} - b.{name}) > {size})"
    )


def update_changed(
    connection: duckdb.DuckDBPyConnection, key: list[str], seen_at: dt.datetime
) -> pd.DataFrame:
    """Replace cells that incoming rows hold otherwise, and record what they were."""
    rows: list[tuple[object, ...]] = []
    for name in FIELDS:
        changed_bars = (
            f"incoming i JOIN bars b ON b.label = i.label WHERE {KEY} AND {is_changed_sql(name)}"
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
            f"WHERE {KEY} AND b.label = i.label AND {is_changed_sql(name)}",
            key,
        )
    columns = ["label", "field", "old", "new"]
    return pd.DataFrame(rows, columns=columns).assign(seen=pd.Timestamp(seen_at))


def labels_not_sent_again(
    connection: duckdb.DuckDBPyConnection,
    key: list[str],
    covered: Sequence[Span],
    zone: str | None,
) -> list[pd.Timestamp]:
    """Return stored labels of the dates covered that incoming rows lack."""
    withdrawn: list[pd.Timestamp] = []
    for start, end in covered:
        first, last = bounds(start, end, zone)
        rows = connection.execute(
            f"SELECT label FROM bars b WHERE {KEY} AND label >= ? AND label < ? "
            "AND NOT EXISTS (SELECT 1 FROM incoming i WHERE i.label = b.label) ORDER BY label",
            [*key, first, last],
        ).fetchall()
        withdrawn += [pd.Timestamp(label) for (label,) in rows]
    return withdrawn


def add_coverage(
    connection: duckdb.DuckDBPyConnection, key: list[str], covered: Sequence[Span]
) -> None:
    """Add spans to the dates covered, joined with those they touch."""
    if not covered:
        return
    merged: list[Span] = []
    for first, last in sorted([*coverage(connection, key), *covered]):
        if merged and first <= merged[-1][1] + _DAY:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    connection.execute("DELETE FROM coverage WHERE " + KEY, key)
    connection.executemany(
        "INSERT INTO coverage VALUES (?, ?, ?, ?, ?)", [[*key, *span] for span in merged]
    )


def add_left_out(
    connection: duckdb.DuckDBPyConnection, key: list[str], spans: Sequence[Span], seen: dt.date
) -> None:
    """Keep the sessions that an answer of this day left out, each span once a day."""
    for first, last in spans:
        row = [*key, first, last, seen]
        connection.execute(
            "INSERT INTO left_out SELECT ?, ?, ?, ?, ?, ? WHERE NOT EXISTS "
            f"(SELECT 1 FROM left_out WHERE {KEY} AND first = ? AND last = ? AND seen = ?)",
            [*row, *row],
        )


def coverage(connection: duckdb.DuckDBPyConnection, key: list[str]) -> list[Span]:
    """Return the spans of dates that a vendor has answered for, ascending."""
    rows = connection.execute(
        f"SELECT first, last FROM coverage WHERE {KEY} ORDER BY first", key
    ).fetchall()
    return [(first, last) for first, last in rows]


def uncovered(spans: Sequence[Span], start: dt.date, end: dt.date) -> list[Span]:
    """Return the dates from `start` to `end` outside ascending spans."""
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


def timezone_of(connection: duckdb.DuckDBPyConnection, key: list[str]) -> str | None:
    """Return the exchange's time zone as the vendor named it."""
    row = connection.execute(f"SELECT timezone FROM series WHERE {KEY}", key).fetchone()
    return None if row is None else row[0]


def bounds(
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
