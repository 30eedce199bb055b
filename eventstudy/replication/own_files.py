"""The one door through which replications read tables of the user's own.

R and pandas wrote them: numbers with a full stop, ``NA`` or nothing where there is none, dates of
ISO 8601 or, as an American spreadsheet has them, ``3/20/2020``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError
from eventstudy.io.doors import FIRST_YEAR, LAST_YEAR
from eventstudy.io.files import read_table
from eventstudy.io.timestamp_columns import read_dates
from eventstudy.text import counted, excerpt, listed, repeated

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eventstudy._typing import FloatArray
    from eventstudy.io.files import Table

Kind = Literal["date", "number", "text"]
_ABSENT: Final = ("", "NA", "NaN", "nan")
_AMERICAN: Final = "%m/%d/%Y"


def read_columns(path: Path, kinds: Mapping[str, Kind]) -> pd.DataFrame:
    """Return these columns of a file, a row a row of it; others are passed over.

    Parameters
    ----------
    path
        Comma, semicolon or tab separated, with a header.
    kinds
        What the cells of each column are. A date is there in every row; a number that is not is
        NaN, a text that is not is empty.

    Raises
    ------
    SourceError
        It cannot be read.
    SchemaError
        It is no table, lacks a column, or has a cell that is not of its kind: file, column, row.
    """
    table = _table(path, kinds)
    return pd.DataFrame({name: _of_kind(table, name, kind) for name, kind in kinds.items()})


def read_days(path: Path, *names: str) -> pd.DataFrame:
    """Return the numbers of a file by the dates of its column ``date``, in their order.

    Parameters
    ----------
    path
        As for `read_columns`.
    names
        The columns wanted; by default all others, at least one.

    Raises
    ------
    SourceError, SchemaError
        As for `read_columns`; a date that is there twice.
    """
    table = _table(path, ["date", *names])
    wanted = names or [name for name in table.frame.columns if name != "date"]
    if not wanted:
        raise SchemaError(["has no column beside date"], file=path.name)
    columns = {name: _of_kind(table, name, "number") for name in wanted}
    frame = pd.DataFrame(columns).set_axis(_of_kind(table, "date", "date"), axis=0)
    if twice := repeated(f"{day:%Y-%m-%d}" for day in frame.index):
        day, n = next(iter(twice.items()))
        raise SchemaError([f"column date: {day} is there {n} times"], file=path.name)
    return frame.rename_axis("date").sort_index()


def _table(path: Path, needed: Mapping[str, Kind] | list[str]) -> Table:
    table = read_table(path)
    there = set(table.frame.columns)
    if missing := [name for name in needed if name not in there]:
        raise SchemaError(
            [f"has no column {listed(missing)}; its columns are {_some(table)}"], file=path.name
        )
    return table


def _some(table: Table) -> str:
    """Return the names of a table's columns, as many as a sentence holds."""
    return excerpt(", ".join(map(str, table.frame.columns[:20])))


def _of_kind(table: Table, name: str, kind: Kind) -> pd.Series:
    texts = table.frame[name]
    if kind == "text":
        return texts
    read = _numbers(texts) if kind == "number" else _dates(texts)
    is_wrong = pd.isna(read)
    if kind == "number":
        is_wrong &= ~texts.isin(_ABSENT).to_numpy()
    if is_wrong.any():
        at = int(np.flatnonzero(is_wrong)[0])
        others = int(is_wrong.sum()) - 1
        also = f", and {counted(others, 'more cell')} of it" if others else ""
        raise SchemaError(
            [
                Problem(
                    file=table.path.name,
                    row=int(table.rows[at]),
                    reason=f'column {name}: "{excerpt(texts.iloc[at])}" is no {kind}{also}',
                )
            ]
        )
    return pd.Series(read, name=name)


def _numbers(texts: pd.Series) -> FloatArray:
    return np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)


def _dates(texts: pd.Series) -> pd.DatetimeIndex:
    days = read_dates(texts)[0].astype("M8[D]")
    american = pd.to_datetime(texts, format=_AMERICAN, errors="coerce").to_numpy().astype("M8[D]")
    days = np.where(np.isnat(days), american, days)
    years = days.astype("M8[Y]").astype(np.int64) + 1970
    is_known = (years >= FIRST_YEAR) & (years <= LAST_YEAR)
    return pd.DatetimeIndex(np.where(is_known, days, np.datetime64("NaT", "D")).astype("M8[ns]"))
