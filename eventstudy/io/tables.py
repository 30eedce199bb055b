"""Rows of delimited text and of xlsx workbooks, as every reader of tables takes them in."""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from eventstudy.exceptions import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openpyxl.workbook import Workbook

DELIMITERS: Final = ",;\t"
SWALLOWS: Final = "a quotation mark that opens here swallows"
"""How the error of a record begins whose quotation mark took in lines of other records."""
_STATED_DELIMITER: Final = re.compile(r"\ufeff?\"?sep=([,;\t])\"?\s*", re.IGNORECASE)
_MADE_UP: Final = re.compile(r"Unnamed: \d+(\.\d+)*|index|level_\d+")
_WHOLE: Final = re.compile(r"\d{1,7}")
_MOST_UNPACKED: Final = 2_000_000_000
LAST_ROW: Final = 1_048_576
"""The last row that a spreadsheet has."""
MOST_CELLS: Final = 30_000_000
"""Of a sheet, the empty ones before others of their row among them."""
_NO_SHEET: Final = re.compile(r"(?:calcChain|sharedStrings|styles)\.xml$")
_REFERENCE: Final = re.compile(rb"""\sr=["']([A-Z]{0,7})(\d{1,20})["']""")
_LONGEST_REFERENCE: Final = 40  # bytes of one, and more
_PIECE: Final = 1 << 20
_NUMBER: Final = re.compile(r"[+-]?[\d.,]*\d[\d.,]*(?:[eE][+-]?\d+)?%?")
_DATE: Final = re.compile(
    r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4}"
    r"|(?:[A-Z][a-z]{2},? )?\d\d?[ -][A-Z][a-z]{2,8}[ -]\d{2,4}"
    r"|[A-Z][a-z]{2,8} \d\d?,? \d{4}).{0,30}"
)


class CsvRecord(NamedTuple):
    """One record of a delimited text, or what is wrong with it."""

    row: int
    """Its row in a spreadsheet; the first record is row 1."""
    cells: Sequence[str]
    error: str
    """What is wrong with it; empty for a record that can be read."""
    n_lines: int
    """Lines of the text it takes."""


def delimiter_of(header: str) -> str:
    """Return the delimiter that a header line has most of, outside quotation marks."""
    # Every other piece between quotation marks is quoted, where a delimiter is a letter.
    unquoted = "".join(header.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def stated_delimiter(line: str) -> str:
    """Return the delimiter that a line ``sep=;`` above a header states; empty for another line."""
    stated = _STATED_DELIMITER.fullmatch(line)
    return stated[1] if stated else ""


def csv_records(lines: Iterable[str], delimiter: str, *, row: int = 0) -> Iterator[CsvRecord]:
    """Yield the records of a delimited text; `row` rows were read before it.

    A record that cannot be read is yielded with its error, and the next line begins a new one. So
    is one whose quotation mark swallowed lines that are records themselves, which then follow it:
    no line is lost, and rows keep their numbers.
    """
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    model: Sequence[str] = ()  # the record before; none behind the header
    n_columns = 0
    while True:
        row += 1
        source.taken.clear()
        cells: Sequence[str] = ()
        error = ""
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            error = str(problem)
        taken = source.taken
        if len(taken) > 1:
            taken = list(taken)
            n_own = _own_lines(taken, cells, model, n_columns, delimiter)
            if n_own < len(taken):
                source.give_back(taken[n_own:])
                last = row + len(taken) - n_own
                rows = f"row {last}" if last == row + 1 else f"rows {row + 1} to {last}"
                cells = ()
                error = f"{SWALLOWS} {rows}; close or remove it"
                taken = taken[:n_own]
        yield CsvRecord(row, cells, error, len(taken))
        if "".join(cells).strip():
            model = cells if n_columns else ()
            n_columns = n_columns or len(cells)


class _Lines:
    """Lines one by one, remembering which were taken; some can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._waiting: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._lines)
        self.taken.append(line)
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        self._waiting.extend(reversed(lines))


def _own_lines(
    taken: Sequence[str],
    cells: Sequence[str],
    model: Sequence[str],
    n_columns: int,
    delimiter: str,
) -> int:
    """Return how many of the lines of a record are its own: those before one that is a record.

    `cells` are those of the record, none where it cannot be read; `model` those of the record
    before, none where that is the header.
    """
    # What stands before the first mark was read rightly, whatever follows.
    before = _alone(taken[0], delimiter, until_quote=True)
    known = [*before, *model[len(before) :]]
    behind = ["" for _ in range(len(before) + 1)]
    first = [*behind, *_alone(taken[0].replace('"', ""), delimiter)[len(behind) :]]
    if n_columns and len(first) >= n_columns and _is_record(first, model, n_columns):
        return 1  # a whole record, whose mark closes nowhere in it
    for number, line in enumerate(taken[1:], start=1):
        if len(_alone(line, delimiter)) < max(2, n_columns):
            continue
        # Behind the closing mark, the last line holds cells of the record in any case.
        is_end = number == len(taken) - 1 and bool(cells)
        inner = _alone(line, delimiter, until_quote=is_end)
        is_whole = not cells and len(inner) == n_columns > 2  # of what is no csv, whatever fits
        if is_whole or _is_record(inner, known, n_columns):
            return number
    return len(taken)


def _alone(line: str, delimiter: str, *, until_quote: bool = False) -> list[str]:
    """Return the cells a line has by itself, or those that end before its first quotation mark."""
    if until_quote and '"' in line:
        return line[: line.index('"')].split(delimiter)[:-1]
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        return []


def _is_record(cells: Sequence[str], known: Sequence[str], n_columns: int) -> bool:
    """Whether cells are those of a record: dates and numbers where `known` ones have theirs."""
    pairs = [
        (cell, known[position] if position < len(known) else "")
        for position, cell in enumerate(cells)
        if cell.strip()
    ]
    kinds = [(_kind(cell), _kind(other)) for cell, other in pairs]
    for (cell, other), (kind, wanted) in zip(pairs, kinds, strict=True):
        is_prose = kind == "text" and any(sign.isspace() for sign in cell.strip())
        if (wanted in ("date", "number", "code") and is_prose) or wanted == "date" != kind:
            return False
        if cell[0].isspace() and other and not other[0].isspace():  # a comma of a sentence
            return False
    is_dated = ("date", "date") in kinds
    if not any(wanted in ("date", "number") for _, wanted in kinds):  # nothing to compare with
        is_dated = any(kind == "date" for kind, _ in kinds)
    is_alike = is_dated or ("number", "number") in kinds
    return is_dated or (is_alike and len(cells) == n_columns)


def _kind(cell: str) -> str:
    if _DATE.fullmatch(cell):
        return "date"
    if _NUMBER.fullmatch(cell):
        return "number"
    is_code = any(sign.isdigit() for sign in cell) and not any(sign.isspace() for sign in cell)
    return "code" if is_code else "text"


def check_unpacked_size(content: IO[bytes], name: str) -> None:
    """Raise a SourceError for an xlsx file that unpacks to far more than its own size or cells.

    A file that is no zip archive raises what `zipfile` raises.
    """
    with zipfile.ZipFile(content) as archive:
        size = sum(member.file_size for member in archive.infolist())
        packed = sum(member.compress_size for member in archive.infolist())
        if size > _MOST_UNPACKED or (size > 100_000_000 and size > 200 * packed):
            raise SourceError(
                f"unpacks to {size:,} bytes, far more than it holds; save the table as csv",
                file=name,
            )
        for member in archive.infolist():
            if member.filename.endswith(".xml") and not _NO_SHEET.search(member.filename):
                with archive.open(member) as sheet:
                    _check_extent(sheet, name)


def _check_extent(sheet: IO[bytes], name: str) -> None:
    """Refuse a sheet whose far cells have a reader fill in millions of empty ones before them."""
    last, widths, row, width, rest = 0, 0, b"", 0, b""
    is_more = True
    while is_more:
        read = sheet.read(_PIECE)
        is_more = bool(read)
        piece = rest + read  # a reference may begin in the piece before
        cut = max(0, len(piece) - _LONGEST_REFERENCE) if is_more else len(piece)
        end = 0
        for found in _REFERENCE.finditer(piece):
            if found.start() >= cut:
                break
            end = found.end()
            column, number = found.groups()
            if number != row:
                widths += width
                row, width = number, 0
                last = max(last, int(number[:_LONGEST_REFERENCE]))
            if column:
                width = max(width, _column_number(column))
            if last > LAST_ROW or widths + width > MOST_CELLS:
                break
        rest = piece[max(end, cut) :]
        if last > LAST_ROW:
            raise SourceError(
                f"a row {last:,}, and no sheet has more than {LAST_ROW:,}; save the table anew",
                file=name,
            )
        if widths + width > MOST_CELLS:
            raise SourceError(
                f"far cells make its sheet one of more than {MOST_CELLS:,} cells; remove what "
                "stands far to the right, or save the table as csv",
                file=name,
            )


def _column_number(letters: bytes) -> int:
    """Return the number of the column of some letters, A being 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def tidy_header(
    name: str, header: Sequence[str], columns: Sequence[Sequence[object]]
) -> tuple[list[int], tuple[str, ...]]:
    """Return which columns of a table are its own, by position, and a sentence where some are not.

    Columns without a name and without a cell are none. Nor is a running number in front, as a
    frame writes its index: leading columns without a name (or the one pandas then makes up) of
    distinct whole numbers, where another column is behind them.

    Parameters
    ----------
    name
        Of the file, for the sentence.
    header
        Names of the columns, empty where there is none.
    columns
        Their cells; text or numbers, ``""`` or None where empty.
    """
    kept = [
        position
        for position, title in enumerate(header)
        if title or any(cell is not None and cell != "" for cell in columns[position])
    ]
    running: list[int] = []
    for position in kept:
        if not _is_made_up(header[position]) or not _is_running(columns[position]):
            break
        running.append(position)
    names = {title.strip().casefold() for title in header}
    if not running or not names & {"date", "event_id", "security"}:
        return kept, ()
    what = "column" if len(running) == 1 else f"{len(running)} columns"
    called = header[running[0]]
    title = f", {called!r}," if called else ", without a name,"
    sentence = f"{name}: the first {what}{title} holds a running number and was passed over"
    return kept[len(running) :], (sentence,)


def _is_made_up(title: str) -> bool:
    return not title or bool(_MADE_UP.fullmatch(title))


def _is_running(cells: Sequence[object]) -> bool:
    """Whether cells are whole numbers, each there once: an index, perhaps of chosen rows."""
    texts = [str(cell).strip().removesuffix(".0") for cell in cells]
    return all(_WHOLE.fullmatch(text) for text in texts) and len(set(texts)) == len(texts)


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
