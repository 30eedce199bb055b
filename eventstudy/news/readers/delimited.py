"""News in tables: csv with any of three delimiters, and xlsx."""

from __future__ import annotations

import csv
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.io.opening import open_file
from eventstudy.io.tables import (
    SWALLOWS,
    check_unpacked_size,
    csv_records,
    delimiter_of,
    open_workbook,
    sheet_rows,
    stated_delimiter,
)
from eventstudy.news.news import lacking, news_cell
from eventstudy.news.readers.decoding import open_text
from eventstudy.text import repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    from eventstudy.io.tables import CsvRecord
    from eventstudy.news.intake import Intake
    from eventstudy.news.readers.decoding import Input

_MOST_CELLS: Final = 2_000


def read_delimited(source: Input, intake: Intake) -> None:
    """Read a comma, semicolon or tab separated file with a header.

    Raises
    ------
    SchemaError
        It is empty, or its header lacks what an item needs.
    SourceError
        It cannot be read.
    """
    stream, notes = open_text(source)
    with stream, _wide_fields():
        first = ""
        row = 0
        while not first.strip():
            first = stream.readline(1_000_000)
            row += 1
            if not first:
                raise SchemaError([f"{source.name} is empty"], file=source.name)
        delimiter = stated_delimiter(first)
        if not delimiter:
            delimiter = delimiter_of(first)
            stream.seek(0)
            row = 0
        records = (
            (record.row, record.cells, _problem_of(record))
            for record in csv_records(stream, delimiter, row=row)
        )
        _read_records(source.name, records, intake, notes)


def read_workbook(source: Input, intake: Intake) -> None:
    """Read every sheet of an xlsx file that has the header of a news table.

    Formulas are not computed: the value saved with them counts. A sheet without such a header is
    one rejected item.

    Raises
    ------
    SchemaError
        No sheet is a table of news.
    SourceError
        It cannot be read, or openpyxl is missing.
    """
    if find_spec("openpyxl") is None:
        raise SourceError(
            'reading xlsx needs openpyxl; pip install "market-reaction[excel]"', file=source.name
        )
    sheets: list[tuple[str, str | None]] = []
    try:
        # Opened here: openpyxl leaves a file it opened itself open when it fails.
        with open_file(source.path) as raw:
            check_unpacked_size(raw, source.name)
        with open_file(source.path) as raw, open_workbook(raw) as book:
            several = len(book.worksheets) > 1
            for sheet in book.worksheets:
                where = f"{source.name} sheet {sheet.title!r}" if several else source.name
                sheets.append((where, _read_sheet(where, sheet, intake)))
    except (SchemaError, SourceError):
        raise
    except Exception as error:  # noqa: BLE001 - zip and openpyxl raise whatever a broken file causes
        raise SourceError(
            f"not a workbook that can be read ({_message_of(error)})", file=source.name
        ) from None
    if len(sheets) == 1 and (problem := sheets[0][1]):
        raise SchemaError([problem], file=source.name)
    if all(problem for _, problem in sheets):
        raise SchemaError([f"{where}: {problem}" for where, problem in sheets] or [source.name])
    for where, problem in sheets:
        if problem is not None:
            intake.reject(where, f"the sheet is no table of news: {problem}")


def _read_sheet(where: str, sheet: ReadOnlyWorksheet, intake: Intake) -> str | None:
    rows = enumerate(sheet_rows(sheet), start=1)
    records = ((row, [news_cell(cell) for cell in cells], None) for row, cells in rows)
    try:
        _read_records(where, records, intake, is_padded=True)
    except SchemaError as error:
        return error.reason
    return None


def _read_records(
    name: str,
    records: Iterable[tuple[int, Sequence[str], str | None]],
    intake: Intake,
    notes: Sequence[str] = (),
    *,
    is_padded: bool = False,
) -> None:
    """Take in the rows of a table; each comes with its number and what is wrong with it.

    Where `is_padded`, a row that ends early has empty cells at its end, as in a workbook.
    """
    header: list[str] | None = None
    for row, record, problem in records:
        where = f"{name} row {row}"
        if problem is not None:
            if header is None:
                raise SchemaError([problem], file=name, row=row)
            intake.reject(where, problem)
            continue
        if not any(cell and not cell.isspace() for cell in record):
            continue
        if header is None:
            header = _header(name, row, record)
            continue
        n_short = len(header) - len(record) if is_padded else 0
        cells = [*record, *[""] * n_short]
        is_long = any(cell.strip() for cell in cells[len(header) :])
        if is_long or len(cells) < len(header):
            intake.refuse(
                dict(zip(header, cells, strict=False)),
                where,
                f"{len(cells)} cells where the header has {len(header)}",
            )
            continue
        intake.add(dict(zip(header, cells, strict=False)), where, notes=notes)
    if header is None:
        raise SchemaError(["it is empty"], file=name)


def _header(name: str, row: int, cells: Sequence[str]) -> list[str]:
    header = [cell.strip().lstrip("\ufeff") for cell in cells]
    while header and not header[-1]:
        header.pop()
    problem: str | None = None
    if len(header) > _MOST_CELLS:
        problem = f"{len(header):,} columns; a table of news has fewer"
    if problem is None and (twice := repeated(filter(None, header))):
        problem = "column {!r} is there {} times".format(*next(iter(twice.items())))
    if problem is None:
        problem = lacking(header)
    if problem is not None:
        raise SchemaError([problem[:500]], file=name, row=row)
    return [cell or f"column {number}" for number, cell in enumerate(header, start=1)]


def _problem_of(record: CsvRecord) -> str | None:
    if not record.error:
        return None
    if "unexpected end of data" in record.error:
        return f"a quotation that begins here never ends; {record.n_lines} lines lie in it"
    if record.error.startswith(SWALLOWS):
        return record.error
    lines = f"; {record.n_lines} lines lie in it" if record.n_lines > 1 else ""
    return f"not csv ({record.error}){lines}"


@contextmanager
def _wide_fields() -> Iterator[None]:
    # The module's limit is for everybody in the process, so it is put back.
    before = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _message_of(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text[:200] or type(error).__name__
