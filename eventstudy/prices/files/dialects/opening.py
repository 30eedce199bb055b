"""A file opened: which dialect its head shows, in which encoding, and the table it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eventstudy.prices.files.cells import Cells, read_cells
from eventstudy.prices.files.dialects.catalogue import (
    GENERIC,
    dialects,
    get_dialect,
    header_row,
    recognised,
)
from eventstudy.prices.files.dialects.grid import HEAD, delimiters, sheet_grid, text_file
from eventstudy.prices.files.dialects.shapes import RawTable, below_header, table_of

if TYPE_CHECKING:
    from pathlib import Path

    from eventstudy.prices.files.dialects.catalogue import Dialect

_ENCODING_NAMES = {
    "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp950": "Big5",
    "gb18030": "GB 18030", "cp932": "Shift-JIS", "cp949": "EUC-KR", "cp1252": "Windows-1252",
    "big5hkscs": "Big5", "euc_jp": "EUC-JP", "cp1251": "Windows-1251",
}  # fmt: skip


class Opened(NamedTuple):
    """The table of a file and the dialect it is written in."""

    cells: Cells
    dialect: Dialect
    said: tuple[str, ...] = ()
    security: str | None = None


def open_table(
    path: Path,
    sheet: str | None = None,
    dialect: str | None = None,
    encoding: str | None = None,
) -> Opened:
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
        look = sheet_grid(path, sheet, HEAD)
        shown = named or (recognised(look.head()) if look.records else None)
        if shown is None or shown.name == GENERIC:
            return _plain(path, sheet, dialects()[GENERIC])
        return _opened(table_of(sheet_grid(path, sheet), shown), shown)
    return _open_text(path, named, encoding)


def _plain(path: Path, sheet: str | None, dialect: Dialect, encoding: str | None = None) -> Opened:
    cells = read_cells(path, sheet, encoding)
    prefix = f"{cells.name}: "
    return Opened(cells, dialect, tuple(said.removeprefix(prefix) for said in cells.assumed))


def _opened(table: RawTable, dialect: Dialect, *said: str) -> Opened:
    return Opened(table.cells, dialect, (*said, *table.said), table.security)


def _open_text(path: Path, named: Dialect | None, given: str | None) -> Opened:
    file = text_file(path, given)
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
    mark = delimiters(file.beginning(encoding))[0]
    if mark == " ":
        return _opened(below_header(file.grid(encoding, mark), 0), generic,
                       *_said_of(encoding, mark))  # fmt: skip
    return _plain(path, None, generic, given)


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


def _said_of(encoding: str, mark: str) -> tuple[str, ...]:
    said = []
    if encoding in _ENCODING_NAMES:
        said.append(f"the text is {_ENCODING_NAMES[encoding]}")
    if mark == " ":
        said.append("columns are parted by blanks")
    return tuple(said)
