"""The rows of a file before anything is known of them: cells of text, or of a sheet."""

from __future__ import annotations

import hashlib
import io
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from eventstudy.exceptions import SchemaError
from eventstudy.io.encodings import decode, encoding_of
from eventstudy.io.files import read_bytes
from eventstudy.io.tables import csv_records, delimiter_of, stated_delimiter
from eventstudy.io.workbooks import cell_text, sheet_records

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEAD: Final = 60
"""Rows that are looked at to know a file by."""
CODECS: Final = ("cp950", "gb18030", "cp932", "cp949", "cp1252")
"""Encodings older than UTF-8 in which vendors still write."""


class Grid(NamedTuple):
    """Rows of a file, blank ones passed over."""

    name: str
    records: list[tuple[Any, ...]]
    rows: list[int]
    """Row of each record in a spreadsheet."""
    sha256: str
    delimiter: str = ","
    """Empty for a sheet, a blank for columns that blanks part."""
    encoding: str = "utf-8"
    sheet: str | None = None
    sheets: tuple[str, ...] = ()

    @property
    def is_sheet(self) -> bool:
        """Whether the cells are those of a workbook, with types."""
        return not self.delimiter

    def head(self) -> list[list[str]]:
        """Return the first rows as texts."""
        return [[cell_text(cell) for cell in record] for record in self.records[:HEAD]]


class TextFile(NamedTuple):
    """A text file, read once, whose encoding and delimiter are still open."""

    name: str
    content: bytes
    given: str | None = None
    """What it is in, where that was said."""

    def encodings(self) -> list[str]:
        """Return the encodings that are possible, the likeliest first.

        Raises
        ------
        SourceError
            It is not in the encoding that was given.
        """
        if self.given is not None:
            decode(self.name, self.content, self.given)
            return [self.given]
        told = encoding_of(self.content)
        if told is not None and told.startswith("utf"):
            return ["utf-8-sig" if told == "utf-8" else told]
        others = [codec for codec in CODECS if _decodes(self.content, codec)]
        return list(dict.fromkeys([*([told] if told else []), *others]))

    def beginning(self, encoding: str) -> str:
        """Return enough of the text to know its columns by."""
        return self.content[: HEAD * 1000].decode(encoding, errors="ignore")

    def grid(self, encoding: str, mark: str, most: int | None = None) -> Grid:
        """Return the rows in an encoding, parted by a mark; no more than `most`, for a look.

        Raises
        ------
        SourceError
            It is not in that encoding.
        SchemaError
            A row that cannot be read, such as a quotation that never ends; not in a look.
        """
        text = (
            decode(self.name, self.content, encoding).text
            if most is None
            else self.beginning(encoding)
        )
        n_before = 0
        if stated_delimiter(text.partition("\n")[0].strip()):
            n_before, text = 1, text.partition("\n")[2]
        records: list[tuple[Any, ...]] = []
        rows: list[int] = []
        if mark == " ":
            lines = text.splitlines() if most is None else text.splitlines()[:most]
            parted = ((row, tuple(line.split()), "") for row, line in enumerate(lines, 1))
        else:
            read = islice(csv_records(io.StringIO(text, newline=""), mark, row=n_before), most)
            parted = ((record.row, tuple(record.cells), record.error) for record in read)
        for row, cells, error in parted:
            if error and most is None:
                raise SchemaError([f"{self.name} row {row}: {error}"], file=self.name, row=row)
            stripped = tuple(cell.strip() for cell in cells)
            if any(stripped):
                records.append(stripped)
                rows.append(row)
        digest = hashlib.sha256(self.content).hexdigest()
        return Grid(self.name, records, rows, digest, mark, encoding)


def text_file(path: Path, encoding: str | None = None) -> TextFile:
    """Return a text file with its bytes, and what these are in where that is known.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    return TextFile(path.name, read_bytes(path), encoding)


def sheet_grid(path: Path, sheet: str | None, most: int | None = None) -> Grid:
    """Return the rows of a sheet of a workbook, at most so many; for errors as `read_cells`."""
    content = read_bytes(path)
    sheets, chosen, records = sheet_records(path.name, content, sheet, "prices.sheet", most)
    filled = [
        (row, tuple(cells))
        for row, cells in enumerate(records, start=1)
        if any(cell is not None and str(cell).strip() for cell in cells)
    ]
    return Grid(
        path.name,
        [cells for _, cells in filled],
        [row for row, _ in filled],
        hashlib.sha256(content).hexdigest(),
        delimiter="",
        sheet=chosen,
        sheets=sheets,
    )


def width_of(records: Sequence[Sequence[object]]) -> int:
    """Return the cells of the longest row."""
    return max((len(record) for record in records), default=0)


def _decodes(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def delimiters(text: str) -> list[str]:
    """Return what may part the columns of a text, the likeliest first: that of its first line."""
    lines = [line for line in text.splitlines()[:HEAD] if line.strip()]
    if not lines:
        return [","]
    if stated := stated_delimiter(lines[0].strip()):
        return [stated]
    marks = [mark for mark in ",;\t" if any(mark in line for line in lines)]
    if not marks:
        return [" " if all(len(line.split()) > 1 for line in lines) else ","]
    first = delimiter_of(lines[0])
    return sorted(marks, key=lambda mark: mark != first)
