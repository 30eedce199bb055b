"""Cells of a table of bars: times, names and numbers, and what is wrong with them, by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import BAR
from eventstudy.io.timestamp_columns import read_times

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray

NAMES = ("symbol", "security", "ticker")


def times_of(
    cells: pd.Series,
    column: str,
    rows: IntArray,
    timezone: str | None,
    problems: list[tuple[int, str]],
) -> pd.DatetimeIndex:
    """Return times in UTC, NaT where something is wrong; of that `problems` gains the first."""
    zone = "UTC" if column.strip().lower() == "ts_utc" else timezone
    instants, wrong = read_times(cells, BAR, zone=zone, subject=column)
    problems += [(int(rows[at]), str(error)) for at, error in wrong]
    return instants


def numbers_of(
    frame: pd.DataFrame, column: str, rows: IntArray, problems: list[tuple[int, str]]
) -> FloatArray:
    """Return the numbers of a column; empty cells, and a column that is not there, are NaN."""
    own_name = column_of(frame, (column,))
    if own_name is None:
        return np.full(len(frame), np.nan)
    cells = frame[own_name]
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        numbers = cells.to_numpy(dtype=float, na_value=np.nan)
        wrong = np.isinf(numbers)
    else:
        text = cells.map(lambda cell: "" if cell is None else str(cell).strip())
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        wrong = (np.isnan(numbers) & (text != "").to_numpy(dtype=bool)) | np.isinf(numbers)
    problems += [
        (int(rows[at]), f'{column} "{cells.iloc[at]}" is not a number')
        for at in np.flatnonzero(wrong)
    ]
    return np.asarray(numbers, dtype=np.float64)


def names_of(
    frame: pd.DataFrame, security: str | None, rows: IntArray, problems: list[tuple[int, str]]
) -> list[str]:
    """Return the security of every row: its column's, else the one name given."""
    column = column_of(frame, NAMES)
    if column is None:
        return [security or "security"] * len(frame)
    names = ["" if name is None else str(name).strip() for name in frame[column]]
    empty = [at for at, name in enumerate(names) if not name or name == "nan"]
    problems += [(int(rows[at]), f"{column} is empty") for at in empty]
    if security is not None and set(names) != {security}:
        raise SpecificationError(
            f"security={security!r} names the bars of a file without a column of names; "
            f"this one has the column {column}"
        )
    return names


def column_of(frame: pd.DataFrame, names: tuple[str, ...]) -> str | None:
    """Return the frame's own name of the first of `names` it has, whatever the case."""
    own_names = {str(column).strip().lower(): str(column) for column in reversed(frame.columns)}
    return next((own_names[name] for name in names if name in own_names), None)
