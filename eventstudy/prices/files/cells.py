"""Cells of a table as a file holds them, and how dates and numbers are read out of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import (
    EventStudyError,
    Problem,
    SchemaError,
    SourceError,
    SpecificationError,
)
from eventstudy.io import timestamp_columns
from eventstudy.io.files import read_bytes, read_table
from eventstudy.io.tables import check_unpacked_size, open_workbook, sheet_rows
from eventstudy.registry import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventstudy._typing import DateArray, FloatArray, IntArray

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


def read_cells(path: Path, sheet: str | None = None) -> Cells:
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
    if suffix in {".xlsx", ".xlsm"}:
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
    table = read_table(path, first="date")  # pandas leaves the cell above an index empty
    return Cells(path.name, table.frame, table.rows, table.sha256, table.delimiter == ";")


def _read_parquet(path: Path) -> Cells:
    content = read_bytes(path)
    try:
        frame = pd.read_parquet(io.BytesIO(content))
        if not isinstance(frame.index, pd.RangeIndex):
            frame = frame.reset_index()
        for position, kind in enumerate(frame.dtypes):
            if not pd.api.types.is_numeric_dtype(kind) and getattr(kind, "kind", "") != "M":
                # Text is decoded when it is first looked at; a damaged one shall be found here.
                frame.isetitem(position, frame.iloc[:, position].to_numpy(dtype=object))
    except ImportError:
        raise SourceError(
            "reading parquet needs pyarrow; "
            'pip install "market-reaction[parquet]", or give a csv file',
            file=path.name,
        ) from None
    except Exception as error:  # noqa: BLE001 - of a damaged file pyarrow may say anything
        raise SourceError(
            f"{path.name} is not a readable parquet file ({error})", file=path.name
        ) from None
    if frame.empty:
        raise SchemaError([f"{path.name} has no rows"], file=path.name)
    frame.columns = [str(column) for column in frame.columns]
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return Cells(path.name, frame, rows, hashlib.sha256(content).hexdigest())


def _read_workbook(path: Path, sheet: str | None) -> Cells:
    content = read_bytes(path)
    sheets, chosen, records = sheet_records(path.name, content, sheet)
    digest = hashlib.sha256(content).hexdigest()
    filled = filled_rows(records)
    return cells_of_sheet(path.name, digest, chosen, sheets, filled)


def filled_rows(records: Sequence[tuple[Any, ...]]) -> list[tuple[int, tuple[Any, ...]]]:
    """Return the rows of a sheet in which a cell is filled, each with its number."""
    return [
        (row, cells)
        for row, cells in enumerate(records, start=1)
        if any(cell is not None and cell != "" for cell in cells)
    ]


def cells_of_sheet(
    name: str,
    sha256: str,
    chosen: str,
    sheets: tuple[str, ...],
    filled: Sequence[tuple[int, tuple[Any, ...]]],
) -> Cells:
    """Return the table of a sheet whose first filled row is the header.

    Raises
    ------
    SchemaError
        It has no rows, a header cell is empty or there twice, or a cell stands beside the table.
    """
    where = f"{name} sheet {chosen!r}"
    if not filled:
        raise SchemaError([f"{where} is empty"], file=where)
    header = ["" if cell is None else text_of(cell) for cell in filled[0][1]]
    while header and not header[-1]:
        header.pop()
    if header:
        header[0] = header[0] or "date"  # as pandas writes a frame's index
    problems = [
        Problem(file=where, reason=f"column {at} has no name")
        for at, h in enumerate(header, 1)
        if not h
    ]
    problems += [
        Problem(file=where, reason=f"column {twice!r} is there {header.count(twice)} times")
        for twice in dict.fromkeys(header)
        if twice and header.count(twice) > 1
    ]
    width = len(header)
    problems += [
        Problem(
            file=where,
            row=row,
            reason="a cell to the right of the last column of the header",
        )
        for row, cells in filled[1:]
        if any(cell not in (None, "") for cell in cells[width:])
    ]
    if problems:
        raise SchemaError(problems)
    if len(filled) == 1:
        raise SchemaError([f"{where} holds a header and no rows"], file=where)
    columns = list(zip(*(_padded(cells, width) for _, cells in filled[1:]), strict=True))
    frame = pd.DataFrame(
        {title: column_of_cells(cells) for title, cells in zip(header, columns, strict=True)}
    )
    rows = np.array([row for row, _ in filled[1:]], dtype=np.int64)
    return Cells(name, frame, rows, sha256, sheet=chosen, sheets=sheets)


def sheet_records(
    name: str, content: bytes, sheet: str | None
) -> tuple[tuple[str, ...], str, list[tuple[Any, ...]]]:
    """Return the names of the sheets of a workbook, the one that is read, and its rows.

    Raises
    ------
    SourceError
        It cannot be read, or openpyxl is missing.
    SchemaError
        It has no sheet, or formulas no spreadsheet has computed.
    SpecificationError
        A sheet it does not have.
    """
    try:
        check_unpacked_size(io.BytesIO(content), name)
        with open_workbook(io.BytesIO(content)) as book:
            sheets = tuple(page.title for page in book.worksheets)
            chosen = _chosen_sheet(name, sheets, sheet)
            records = list(sheet_rows(book[chosen]))
        written: list[tuple[Any, ...]] = []
        if any(None in cells for cells in records[1:]):  # an empty cell, or a formula without value
            with open_workbook(io.BytesIO(content), formulas=True) as book:
                written = list(sheet_rows(book[chosen]))
    except ImportError:
        raise SourceError(
            'reading xlsx needs openpyxl; pip install "market-reaction[excel]", or give a csv file',
            file=name,
        ) from None
    except EventStudyError:
        raise
    except Exception as error:  # noqa: BLE001 - zip, XML and key errors of a broken file alike
        raise SourceError(
            f"{name} is not a readable xlsx file ({type(error).__name__})", file=name
        ) from None
    _refuse_unsaved_formulas(name, chosen, records, written)
    return sheets, chosen, records


def _chosen_sheet(name: str, sheets: tuple[str, ...], sheet: str | None) -> str:
    if not sheets:
        raise SchemaError([f"{name} has no sheet with cells"], file=name)
    if sheet is not None and sheet not in sheets:
        raise unknown(f"{name} has no sheet {sheet!r}", sheet, sheets, key="prices.sheet")
    return sheets[0] if sheet is None else sheet


def _refuse_unsaved_formulas(
    name: str,
    chosen: str,
    records: Sequence[tuple[Any, ...]],
    written: Sequence[tuple[Any, ...]],
) -> None:
    """Refuse cells whose formula no spreadsheet has computed: they would pass for empty ones.

    `records` are the values of the sheet, `written` what its cells were given.
    """
    problems = [
        Problem(
            file=f"{name} sheet {chosen!r}",
            row=row,
            reason=f"column {at} is a formula without a stored value; "
            "open the file in a spreadsheet and save it",
        )
        for row, (values, formulas) in enumerate(zip(records, written, strict=False), start=1)
        for at, (value, formula) in enumerate(zip(values, formulas, strict=False), start=1)
        if value is None and isinstance(formula, str) and formula.startswith("=")
    ]
    if problems:
        raise SchemaError(problems)


def _padded(cells: tuple[Any, ...], width: int) -> tuple[Any, ...]:
    return (cells + (None,) * width)[:width]


def column_of_cells(cells: Sequence[object]) -> pd.Series:
    """Return a column of a sheet: numbers where all filled cells are such, else texts."""
    if all(
        cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))
        for cell in cells
    ):
        return pd.Series([np.nan if cell is None else cell for cell in cells], dtype="float64")
    return pd.Series(["" if cell is None else text_of(cell) for cell in cells], dtype=object)


def text_of(cell: object) -> str:
    """Return a filled cell of a sheet as text, a date in ISO 8601."""
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell).strip()


def read_date_column(cells: Cells, column: int = 0) -> tuple[DateArray, list[Problem]]:
    """Read a column of dates; each problem names file and row."""
    dates, wrong = timestamp_columns.read_dates(cells.frame.iloc[:, column])
    return dates, [
        Problem(file=cells.name, row=int(cells.rows[at]), reason=str(error)) for at, error in wrong
    ]


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
    texts = text.fillna("").astype("str").str.strip()
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
