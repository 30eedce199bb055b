"""A file opened: which dialect its head shows, in which encoding, and the table it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eventstudy.prices.files.cells import Cells, cells_of_sheet, read_cells
from eventstudy.prices.files.dialects.catalogue import (
    GENERIC,
    dialects,
    get_dialect,
    header_row,
    heading,
    recognised,
)
from eventstudy.prices.files.dialects.grid import HEAD, delimiters, sheet_grid, text_file
from eventstudy.prices.files.dialects.shapes import RawTable, below_header, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from eventstudy.prices.files.dialects.catalogue import Dialect
    from eventstudy.prices.files.dialects.grid import Grid, TextFile

_ENCODING_NAMES = {
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp950": "Big5",
    "gb18030": "GB 18030", "cp932": "Shift-JIS", "cp949": "EUC-KR", "cp1252": "Windows-1252",
}  # fmt: skip


class Opened(NamedTuple):
    """The table of a file and the dialect it is written in."""

    cells: Cells
    dialect: Dialect
    said: tuple[str, ...] = ()
    security: str | None = None


def open_table(path: Path, sheet: str | None = None, dialect: str | None = None) -> Opened:
    """Return the table of a file, with the dialect its head shows or the one that is named.

    Raises
    ------
    SourceError, SchemaError
        As `read_cells`; a file that has not the columns of the dialect that is named.
    SpecificationError
        A dialect or a sheet that does not exist.
    """
    named = None if dialect is None else get_dialect(dialect)
    suffix = path.suffix.lower()
    if suffix in {".parquet", ".pq", ".xls"} or (
        sheet is not None and suffix not in {".xlsx", ".xlsm"}
    ):
        cells = read_cells(path, sheet)
        shown = named or recognised([[str(column) for column in cells.frame.columns]])
        return Opened(cells, shown or dialects()[GENERIC])
    if suffix in {".xlsx", ".xlsm"}:
        grid = sheet_grid(path, sheet)
        shown = named or (recognised(grid.head()) if grid.records else None)
        if shown is None or shown.name == GENERIC:
            if grid.records and _is_numbered(grid.head()[0]):
                return _opened(below_header(grid, 0), dialects()[GENERIC])
            return Opened(_sheet_cells(grid), dialects()[GENERIC])
        return _opened(table_of(grid, shown), shown)
    return _open_text(path, named)


def _sheet_cells(grid: Grid) -> Cells:
    rows = list(zip(grid.rows, grid.records, strict=True))
    return cells_of_sheet(grid.name, grid.sha256, str(grid.sheet), grid.sheets, rows)


def _opened(table: RawTable, dialect: Dialect, *said: str) -> Opened:
    return Opened(table.cells, dialect, (*said, *table.said), table.security)


def _open_text(path: Path, named: Dialect | None) -> Opened:
    file = text_file(path)
    encodings = file.encodings()
    for encoding in encodings:
        marks = delimiters(file.beginning(encoding))
        looks = {mark: file.grid(encoding, mark, HEAD).head() for mark in marks}
        for mark, head in looks.items():
            shown = _shown(head, named)
            if shown is not None:
                return _opened(table_of(file.grid(encoding, mark), shown), shown,
                               *_said_of(encoding, mark))  # fmt: skip
    generic = named if named is not None else dialects()[GENERIC]
    encoding = encodings[0] if encodings else "utf-8-sig"
    if generic.name != GENERIC and generic.heads:
        mark = delimiters(file.beginning(encoding))[0]
        return _opened(table_of(file.grid(encoding, mark), generic), generic)
    if _needs_own_reader(file, encoding):
        mark = delimiters(file.beginning(encoding))[0]
        return _opened(below_header(file.grid(encoding, mark), 0), generic,
                       *_said_of(encoding, mark))  # fmt: skip
    return Opened(read_cells(path), generic)


def _shown(head: list[list[str]], named: Dialect | None) -> Dialect | None:
    """Return the dialect a head shows; of one that is named, whether it does."""
    if not head:
        return None
    if named is None:
        return recognised(head)
    if named.name == GENERIC:
        return None
    if named.shape == "table":
        return named if header_row(head, named) is not None else None
    return named if recognised(head) == named or named.shape == "no header" else None


def _needs_own_reader(file: TextFile, encoding: str) -> bool:
    """Whether a table of no known vendor has what the plain reader refuses: row numbers, UTF-16."""
    if encoding.startswith("utf-16"):
        return True
    text = file.beginning(encoding)
    marks = delimiters(text)
    head = file.grid(encoding, marks[0], 3).head()
    if encoding != "utf-8-sig" or not head:
        return False
    has_tail = len(head[0]) > 1 and not head[0][-1] and all(len(row) == len(head[0]) for row in head)
    return marks[0] == " " or _is_numbered(head[0]) or has_tail


def _is_numbered(header: list[str]) -> bool:
    """Whether the first column has no name and another one holds the dates."""
    dates = dialects()[GENERIC].fields["date"]
    return not header[0] and any(heading(cell) in dates for cell in header[1:])


def _said_of(encoding: str, mark: str) -> tuple[str, ...]:
    said = []
    if encoding in _ENCODING_NAMES:
        said.append(f"the text is {_ENCODING_NAMES[encoding]}")
    if mark == " ":
        said.append("columns are parted by blanks")
    return tuple(said)


