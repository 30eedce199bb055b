"""Cells of a table as a file holds them, and how dates and numbers are read out of them."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SourceError, SpecificationError
from eventstudy.io import timestamp_columns
from eventstudy.io.files import read_bytes, read_table
from eventstudy.io.memory import shortage
from eventstudy.io.workbooks import WORKBOOKS, cell_text, read_sheet
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray

# Of a number in the file's table, in a frame and in a panel; of benchmarks/load.py.
_CELL_BYTES = 30
BAR_FIELDS = ("open", "high", "low", "volume")


class Cells(NamedTuple):
    """Cells of a table, still unread: text, or what a typed file makes of them."""

    name: str
    frame: pd.DataFrame
    rows: IntArray
    sha256: str
    has_decimal_comma: bool = False
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


def read_cells(path: Path, sheet: str | None = None, encoding: str | None = None) -> Cells:
    """Read a csv, parquet or xlsx file, by the end of its name; anything else is read as csv.

    Raises
    ------
    SourceError
        It cannot be read, or an extra is missing.
    SchemaError
        It has no rows, or a header cell is empty or there twice.
    SpecificationError
        A sheet the file does not have, or a sheet of a file that has none.
    """
    suffix = path.suffix.lower()
    if suffix in WORKBOOKS:
        return _read_workbook(path, sheet)
    if sheet is not None:
        raise SpecificationError(
            f"prices.sheet is for xlsx files, and {path.name} is none; leave it out",
            key="prices.sheet",
        )
    if suffix == ".xls":
        raise SourceError("this format of 1997 is not read; save it as xlsx or csv", file=path.name)
    if suffix in {".parquet", ".pq"}:
        return _read_parquet(path)
    # pandas leaves the cell above an index empty
    table = read_table(path, first="date", encoding=encoding)
    return Cells(
        path.name,
        table.frame,
        table.rows,
        table.sha256,
        table.delimiter == ";",
        assumed=table.assumed,
    )


def _read_parquet(path: Path) -> Cells:
    content = read_bytes(path)
    _check_size(path, content)
    return parquet_cells(path, io.BytesIO(content), hashlib.sha256(content).hexdigest())


def _check_size(path: Path, content: bytes) -> None:
    """Refuse a file with more cells than memory holds; one that cannot be read is not counted."""
    try:
        import pyarrow.parquet as pq

        held = pq.read_metadata(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - said where it is read
        return
    n_cells = held.num_rows * held.num_columns
    if lacking := shortage(n_cells * _CELL_BYTES + len(content)):
        raise SourceError(
            f"{n_cells:,} cells {lacking}; read fewer columns or rows at a time, or let "
            "eventstudy run --stream read some securities at a time",
            file=path.name,
        )


def parquet_cells(
    path: Path,
    source: io.BytesIO | Path,
    sha256: str,
    columns: list[str] | None = None,
    filters: list[tuple[str, str, list[Any]]] | None = None,
) -> Cells:
    """Return the cells of a parquet file, or those of some columns, or of rows that pass `filters`.

    Parameters
    ----------
    path
        Its name, for messages.
    source
        Where its bytes are.
    columns, filters
        As for `pandas.read_parquet`.

    Raises
    ------
    SourceError
        It cannot be read, or pyarrow is not there.
    SchemaError
        It has no rows.
    """
    try:
        frame = pd.read_parquet(source, columns=columns, filters=filters)
        if not isinstance(frame.index, pd.RangeIndex):
            frame = frame.reset_index()
        for position, kind in enumerate(frame.dtypes):
            if not pd.api.types.is_numeric_dtype(kind) and getattr(kind, "kind", "") != "M":
                # Text is decoded when it is first looked at; a damaged one shall be found here.
                frame.isetitem(position, frame.iloc[:, position].to_numpy(dtype=object))
    except ImportError:
        raise no_pyarrow(path) from None
    except Exception as error:  # noqa: BLE001 - of a damaged file pyarrow may say anything
        raise unreadable_parquet(path, error) from None
    if frame.empty:
        raise SchemaError([f"{path.name} has no rows"], file=path.name)
    frame.columns = [str(column) for column in frame.columns]
    for position, name in enumerate(frame.columns):
        column = frame.iloc[:, position]
        held = next((c for c in column if c is not None), None) if column.dtype == object else None
        if isinstance(held, bytes | list | dict | np.ndarray):
            raise SchemaError(
                [f"column {excerpt(name)} holds bytes or lists, not numbers or text"],
                file=path.name,
            )
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return Cells(path.name, frame, rows, sha256)


def no_pyarrow(path: Path) -> SourceError:
    """Return the error of a parquet file where pyarrow is not there."""
    return SourceError(
        'reading parquet needs pyarrow; pip install "market-reaction[parquet]", or give a csv file',
        file=path.name,
    )


def unreadable_parquet(path: Path, error: Exception) -> SourceError:
    """Return the error of a parquet file that is damaged, or is none."""
    return SourceError(f"{path.name} is not a readable parquet file ({error})", file=path.name)


def _read_workbook(path: Path, sheet: str | None) -> Cells:
    read = read_sheet(path, sheet, key="prices.sheet", first="date")
    frame = pd.DataFrame(
        {
            title: column_of_cells(cells)
            for title, cells in zip(read.header, read.columns, strict=True)
        }
    )
    return Cells(
        read.name,
        frame,
        np.array(read.rows, dtype=np.int64),
        read.sha256,
        sheet=read.title,
        sheets=read.sheets,
        assumed=read.assumed,
    )


def column_of_cells(cells: Sequence[object]) -> pd.Series:
    """Return a column of a sheet: numbers where all filled cells are such, else texts."""
    if all(
        cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))
        for cell in cells
    ):
        return pd.Series([np.nan if cell is None else cell for cell in cells], dtype="float64")
    return pd.Series([cell_text(cell) for cell in cells], dtype=object)


def read_date_column(cells: Cells, column: int = 0) -> tuple[DateArray, list[Problem]]:
    """Read a column of dates; each problem names file and row."""
    dates, wrong = timestamp_columns.read_dates(cells.frame.iloc[:, column])
    return dates, [
        Problem(file=cells.name, row=int(cells.rows[at]), reason=str(error)) for at, error in wrong
    ]


def read_plain_numbers(columns: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
    """Return text columns as numbers ``(N, T)`` at once, and of which this is all there is to say.

    Those ``(N,)`` hold plain numbers and empty cells alone; any other is for `read_numbers`.
    """
    shape = columns.shape[::-1]
    is_text = [pd.api.types.is_string_dtype(dtype) for dtype in columns.dtypes]
    if not all(is_text) or not columns.size:
        return np.full(shape, np.nan), np.zeros(shape[0], dtype=bool)
    texts = columns.to_numpy(dtype=object).T.ravel()
    numbers = np.asarray(pd.to_numeric(texts, errors="coerce"), dtype=np.float64)
    is_empty = np.asarray(texts == "", dtype=bool) | pd.isna(texts)
    is_said = np.asarray(~np.isnan(numbers) | is_empty).reshape(shape).all(axis=1)
    return numbers.reshape(shape), np.asarray(is_said, dtype=bool)


def read_numbers(
    cells: Cells,
    text: pd.Series,
    dates: DateArray,
    security: str | pd.Series,
    column: str = "",
) -> tuple[FloatArray, list[Problem]]:
    """Read one column of cells; an empty one is NaN, any other text a problem."""
    if pd.api.types.is_numeric_dtype(text.dtype) and not pd.api.types.is_bool_dtype(text.dtype):
        return text.to_numpy(float, na_value=np.nan), []
    texts = text.astype("str").mask(text.isna(), "").str.strip()
    plain = texts
    if cells.has_decimal_comma:
        has_comma = texts.str.contains(",", regex=False) & ~texts.str.contains(".", regex=False)
        plain = texts.where(~has_comma, texts.str.replace(",", ".", regex=False))
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(float, na_value=np.nan)
    problems = []
    for row in np.flatnonzero(np.isnan(numbers) & (texts != "").to_numpy()):
        name = security if isinstance(security, str) else security.iloc[row]
        field = f"{column} " if column in BAR_FIELDS else ""
        reason = f'{field}"{texts.iloc[row]}" is not a number{_hint(texts.iloc[row])}'
        problems.append(
            Problem(
                file=cells.name,
                row=int(cells.rows[row]),
                date=dates[row],
                security=str(name),
                reason=reason,
            )
        )
    return numbers, problems


def _hint(cell: str) -> str:
    if cell.strip("-. ").lower() in {"", "nan", "na", "n/a", "#n/a", "null", "none"}:
        return "; leave the cell empty where there is no value"
    if cell.endswith("%"):
        return "; write returns as decimals, 0.01 for one percent"
    if any(mark in cell for mark in ",' ") and any(sign.isdigit() for sign in cell):
        return "; write it without thousands separators"
    return ""
