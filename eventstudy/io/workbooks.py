"""One sheet of an xlsx workbook, read whole: its cells as stored, and what cannot be trusted."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import io
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import (
    EventStudyError,
    Problem,
    SchemaError,
    SourceError,
    SpecificationError,
)
from eventstudy.io.files import Table, check_header, read_bytes
from eventstudy.io.tables import check_unpacked_size, open_workbook, sheet_rows, tidy_header

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

WORKBOOKS: Final = (".xlsx", ".xlsm")
"""Endings of the names of workbooks."""


class Sheet(NamedTuple):
    """A sheet of a workbook: rows that hold anything, the first of which is its header."""

    name: str
    """Of the file."""
    where: str
    """File and sheet, for sentences."""
    title: str
    """Of the sheet."""
    sheets: tuple[str, ...]
    """Titles of all sheets of the file."""
    header: tuple[str, ...]
    columns: tuple[tuple[Any, ...], ...]
    """Cells of each column below the header; None where empty."""
    rows: tuple[int, ...]
    """Row of each of them in the sheet."""
    sha256: str
    assumed: tuple[str, ...]


def read_sheet(
    path: str | os.PathLike[str], sheet: str | None = None, *, key: str = "", first: str = ""
) -> Sheet:
    """Read one sheet of a workbook.

    Parameters
    ----------
    sheet
        Its title; the first one by default.
    key
        Key of a study file that names the sheet, for errors.
    first
        Name of the first column where its header cell is empty and no column has it.

    Raises
    ------
    SourceError
        It cannot be read, or openpyxl is missing.
    SchemaError
        It has no rows, a header cell that is empty or there twice, a cell outside its columns, or
        a formula without a stored value.
    SpecificationError
        A sheet the file does not have.
    """
    file = Path(path)
    content = read_bytes(file)
    sheets, title, records = sheet_records(file.name, content, sheet, key)
    where = f"{file.name} sheet {title!r}"
    filled = [
        (row, cells)
        for row, cells in enumerate(records, start=1)
        if any(cell is not None and str(cell).strip() for cell in cells)
    ]
    if not filled:
        raise SchemaError([f"{where} is empty"], file=where)
    names = [cell_text(cell) for cell in filled[0][1]]
    while names and not names[-1]:
        names.pop()
    width = len(names)
    body = [(cells + (None,) * width)[:width] for _, cells in filled[1:]]
    columns = list(zip(*body, strict=True)) or [()] * width
    kept, assumed = tidy_header(file.name, names, columns)
    header = [names[position] for position in kept]
    if header and not header[0] and first not in (name.casefold() for name in header):
        header[0] = first  # as pandas writes a frame's index
    check_header(where, header, kept, row=None)
    problems = [
        Problem(file=where, row=row, reason="a cell to the right of the last column of the header")
        for row, cells in filled[1:]
        if any(cell is not None and cell != "" for cell in cells[width:])
    ]
    if problems:
        raise SchemaError(problems)
    if not body:
        raise SchemaError([f"{where} holds a header and no rows"], stage="rows", file=where)
    if len(sheets) > 1 and sheet is None:
        said = f"{file.name}: sheet {title!r} was read, the first of {len(sheets)}"
        assumed = (said, *assumed)
    return Sheet(
        name=file.name,
        where=where,
        title=title,
        sheets=sheets,
        header=tuple(header),
        columns=tuple(columns[position] for position in kept),
        rows=tuple(row for row, _ in filled[1:]),
        sha256=hashlib.sha256(content).hexdigest(),
        assumed=assumed,
    )


def read_text_sheet(
    path: str | os.PathLike[str], sheet: str | None = None, *, key: str = ""
) -> Table:
    """Return one sheet of a workbook as a table of text cells, as `read_table` does of a csv.

    Dates are ISO dates, whole numbers have no decimal point.
    """
    read = read_sheet(path, sheet, key=key)
    frame = pd.DataFrame(
        {
            title: pd.Series([cell_text(cell) for cell in cells], dtype=object)
            for title, cells in zip(read.header, read.columns, strict=True)
        }
    )
    return Table(
        path=Path(path),
        frame=frame,
        rows=np.array(read.rows, dtype=np.int64),
        sha256=read.sha256,
        delimiter=",",
        assumed=read.assumed,
    )


def cell_text(cell: object) -> str:
    """Return a cell as the text a csv would hold: ISO dates, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == dt.time() else f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()


def sheet_records(
    name: str, content: bytes, sheet: str | None, key: str, most: int | None = None
) -> tuple[tuple[str, ...], str, list[tuple[Any, ...]]]:
    """Return the titles of the sheets, the one that is read, and its rows.

    Parameters
    ----------
    most
        Return no more than so many rows, for a look at them; formulas are not looked for.

    Raises
    ------
    SourceError, SchemaError, SpecificationError
        As `read_sheet`.
    """
    try:
        check_unpacked_size(io.BytesIO(content), name)
        with open_workbook(io.BytesIO(content)) as book:
            sheets = tuple(page.title for page in book.worksheets)
            title = _chosen_sheet(name, sheets, sheet, key)
            records = list(islice(sheet_rows(book[title]), most))
        written: list[tuple[Any, ...]] = []
        if most is None and any(
            None in cells for cells in records[1:]
        ):  # an empty cell, or a formula without value
            with open_workbook(io.BytesIO(content), formulas=True) as book:
                written = list(sheet_rows(book[title]))
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
    _refuse_unsaved_formulas(f"{name} sheet {title!r}", records, written)
    return sheets, title, records


def _chosen_sheet(name: str, sheets: tuple[str, ...], sheet: str | None, key: str) -> str:
    if not sheets:
        raise SchemaError([f"{name} has no sheet with cells"], file=name)
    if sheet is not None and sheet not in sheets:
        near = next(iter(difflib.get_close_matches(sheet, sheets, n=1)), None)
        hint = f"did you mean {near!r}?" if near else f"known: {', '.join(sheets)}"
        reason = f"{name} has no sheet {sheet!r}; {hint}"
        raise SpecificationError(reason).at(key=key, suggestion=near)
    return sheets[0] if sheet is None else sheet


def _refuse_unsaved_formulas(
    where: str, records: Sequence[tuple[Any, ...]], written: Sequence[tuple[Any, ...]]
) -> None:
    """Refuse cells whose formula no spreadsheet has computed: they would pass for empty ones.

    `records` are the values of the sheet, `written` what its cells were given.
    """
    problems = [
        Problem(
            file=where,
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
