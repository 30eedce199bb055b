"""Rows of delimited text and of xlsx workbooks, as every reader of tables takes them in."""

from __future__ import annotations

import csv
import warnings
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openpyxl.workbook import Workbook

DELIMITERS: Final = ",;\t"
_MOST_UNPACKED: Final = 2_000_000_000


class CsvRecord(NamedTuple):
    """One record of a delimited text, or what is wrong with it."""

    row: int
    """Its row in a spreadsheet; the first record is row 1."""
    cells: Sequence[str]
    error: str
    """What the csv module says is wrong; empty for a record that can be read."""
    n_lines: int
    """Lines of the text it takes."""


def delimiter_of(header: str) -> str:
    """Return the delimiter that a header line has most of, outside quotation marks."""
    # Every other piece between quotation marks is quoted, where a delimiter is a letter.
    unquoted = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def csv_records(lines: Iterable[str], delimiter: str, *, row: int = 0) -> Iterator[CsvRecord]:
    """Yield the records of a delimited text; `row` rows were read before it.

    A record that cannot be read is yielded with its error, and the next line begins a new one.
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        row += 1
        line = reader.line_num
        cells: Sequence[str] = ()
        error = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            error = str(problem)
        yield CsvRecord(row, cells, error, reader.line_num - line)


def check_unpacked_size(content: IO[bytes], name: str) -> None:
    """Raise a SourceError for an xlsx file that unpacks to far more than its own size.

    A file that is no zip archive raises what `zipfile` raises.
    """
    with zipfile.ZipFile(content) as archive:
        size = sum(member.file_size for member in archive.infolist())
        packed = sum(member.compress_size for member in archive.infolist())
    if size > _MOST_UNPACKED or (size > 100_000_000 and size > 200 * packed):
        raise SourceError(
            f"unpacks to {size:,} bytes, far more than it holds; save the table as csv", file=name
        )


@contextmanager
def open_workbook(content: IO[bytes], *, formulas: bool = False) -> Iterator[Workbook]:
    """Open an xlsx file for reading row by row, and close it.

    openpyxl gives either the values stored with the cells or, with `formulas`, what was written
    into them. It raises ImportError where it is missing, and anything for a damaged file.
    """
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations nobody reads
        book = openpyxl.load_workbook(
            content, read_only=True, data_only=not formulas, keep_links=False
        )
        try:
            yield book
        finally:
            book.close()


def sheet_rows(sheet: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - openpyxl is untyped
    """Yield the cells of each row of a sheet, from row 1, as Python values; None where empty."""
    sheet.reset_dimensions()  # some writers state a range that is not the sheet's
    yield from sheet.iter_rows(values_only=True)
