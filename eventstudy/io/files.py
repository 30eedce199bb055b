"""Text files read whole: bytes and their hash, TOML, and tables with any of three delimiters."""

from __future__ import annotations

import hashlib
import io
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SourceError, SpecificationError
from eventstudy.io.encodings import decode
from eventstudy.io.memory import LARGE, shortage
from eventstudy.io.opening import open_file
from eventstudy.io.progress import while_read
from eventstudy.io.tables import csv_records, delimiter_of, stated_delimiter, tidy_header
from eventstudy.text import excerpt, repeated

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from eventstudy._typing import IntArray
    from eventstudy.io.encodings import Decoded

_MOST_TOML = 10_000_000
# Of a cell of some eight letters, as text in two frames; of benchmarks/load.py.
_CELL_BYTES = 120


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A text table as it was written.

    Parameters
    ----------
    path
        Where it was read.
    frame
        One column a header name, object cells of stripped text; empty is ``""``.
    rows
        Row of each record in a spreadsheet, shape ``(len(frame),)``; the header is row 1.
    sha256
        Hash of the file's bytes.
    delimiter
        ``","``, ``";"`` or a tab.
    assumed
        What reading it assumed, a sentence each: its encoding, a column passed over.
    """

    path: Path
    frame: pd.DataFrame
    rows: IntArray
    sha256: str
    delimiter: str
    assumed: tuple[str, ...] = ()


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal; a large file is read piece by piece.

    Raises
    ------
    SourceError
        As for `read_bytes`.
    """
    with open_file(path) as opened:
        try:
            return hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from None


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    SourceError
        Missing, a folder, no file at all, or unreadable; one line that names it.
    """
    with open_file(path) as opened:
        try:
            return opened.read()
        except OSError as error:
            raise _unreadable(path, error) from None


def _unreadable(path: str | os.PathLike[str], error: OSError) -> SourceError:
    reason = error.strerror or type(error).__name__
    return SourceError(f"cannot be read ({reason})", file=str(path))


def keyed_path(key: str, folder: Path, text: str) -> Path:
    """Return the path a key of a file names: ``~`` is a home, a relative one starts at `folder`.

    Raises
    ------
    SpecificationError
        It holds a NUL, or begins with the home of nobody.

    Examples
    --------
    >>> keyed_path("events.file", Path("study"), "events.csv").as_posix()
    'study/events.csv'
    """
    if "\0" in text:
        raise SpecificationError(f"{excerpt(text)} is no path: it holds a NUL").under(key)
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:
        raise SpecificationError(
            f"{excerpt(text)}: nobody of this name has a home here; write the folder in full"
        ).under(key) from None


def read_toml(path: str | os.PathLike[str], expected: str = "") -> tuple[dict[str, Any], str]:
    """Return the tables of a TOML file in UTF-8, and the hash of its bytes.

    `expected` is said of a file that is none and is not called one: what it should have been.

    Raises
    ------
    SourceError
        Missing, unreadable or not UTF-8.
    SpecificationError
        No TOML, or nested deeper than anybody writes; the message names the line.
    """
    file = Path(path)
    content = read_bytes(file)
    hint = f"; {expected}" if expected and file.suffix.lower() != ".toml" else ""
    if len(content) > _MOST_TOML:
        raise SpecificationError(
            f"{len(content):,} bytes, and at most {_MOST_TOML:,} are read of such a file{hint}",
            file=file.name,
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{file.name} line {line}: not UTF-8{hint or '; save the file as UTF-8'}",
            file=file.name,
        ) from None
    try:
        return tomllib.loads(text), hashlib.sha256(content).hexdigest()
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
        line_of = where[1] if where and where[1] else str(len(text.rstrip().splitlines()))
        reason = message[: where.start()] if where else message
        raise SpecificationError(
            f"{file.name} line {line_of}: {reason}{hint}", file=file.name
        ) from None
    except ValueError:  # a whole number of more digits than Python makes one of
        raise SpecificationError("a number in it has too many digits", file=file.name) from None
    except RecursionError:
        raise SpecificationError(
            "its lists or tables are nested too deep", file=file.name
        ) from None


def read_table(
    path: str | os.PathLike[str], *, first: str = "", encoding: str | None = None
) -> Table:
    """Read a comma, semicolon or tab separated file of text cells.

    A line ``sep=;`` above the header or else the header decides the delimiter. Blank rows are
    passed over but counted, so that row numbers are those a spreadsheet shows. Empty columns
    without a name and a running number in front are passed over, too.

    Parameters
    ----------
    first
        Name of the first column where its header cell is empty and no column has it.
    encoding
        What the file is in; by default told from its bytes.

    Raises
    ------
    SourceError
        The file is missing, a folder, unreadable, larger than memory holds as text, or its
        encoding cannot be told.
    SchemaError
        The file is empty, has no row below its header, a header cell that is empty or there
        twice, a row with more or fewer cells than the header, or a quotation that never ends or
        swallows other rows.
    """
    file = Path(path)
    content = read_bytes(file)
    _check_size(file.name, content)
    return table_of(file, content, decode(file.name, content, encoding), first=first)


def _check_size(name: str, content: bytes) -> None:
    """Refuse more cells than memory holds as text, before any of them is made."""
    if len(content) * _CELL_BYTES <= LARGE:  # no cell is smaller than its comma
        return
    n_cells = sum(content.count(mark) for mark in (b",", b";", b"\t", b"\n"))
    if lacking := shortage(n_cells * _CELL_BYTES + 4 * len(content)):
        raise SourceError(
            f"{n_cells:,} cells of text {lacking}; read fewer columns or rows at a time, or prices "
            "as parquet, whose numbers need a quarter of that",
            file=name,
        )


def table_of(file: Path, content: bytes, decoded: Decoded, *, first: str = "") -> Table:
    """Return the table that a decoded file holds; as `read_table`."""
    text, said = decoded
    if not text.strip():
        raise SchemaError([f"{file.name} is empty"], file=file.name)
    delimiter, lines, n_before = _delimited(text)
    records, rows, problems = _records(file.name, lines, delimiter, n_before)
    if not records:
        if problems:
            raise SchemaError(problems)
        raise SchemaError([f"{file.name} holds no header, only empty cells"], file=file.name)
    header = [cell.strip() for cell in records[0]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    is_bare = _has_bare_cells(text)
    body = []
    for record, row in zip(records[1:], rows[1:], strict=True):
        cells = record if is_bare else [cell.strip() for cell in record]
        if len(cells) < width or any(cells[width:]):
            reason = f"{len(cells)} cells where the header has {width}"
            problems.append(Problem(file=file.name, row=row, reason=reason))
        if len(cells) >= width:
            body.append(cells if len(cells) == width else cells[:width])
    records.clear()
    columns = list(zip(*body, strict=True)) or [()] * width
    body.clear()
    kept, passed_over = tidy_header(file.name, header, columns)
    titles = [header[position] for position in kept]
    if titles and not titles[0] and first not in (title.casefold() for title in titles):
        titles[0] = first
    check_header(file.name, titles, kept)
    if problems:
        problems.sort(key=lambda problem: problem.row or 0)
        raise SchemaError(problems)
    if len(rows) == 1:
        raise SchemaError([f"{file.name} holds a header and no rows"], stage="rows", file=file.name)
    frame = pd.DataFrame(
        {title: columns[position] for title, position in zip(titles, kept, strict=True)},
        dtype=object,
    )
    return Table(
        path=file,
        frame=frame,
        rows=np.array(rows[1:], dtype=np.int64),
        sha256=hashlib.sha256(content).hexdigest(),
        delimiter=delimiter,
        assumed=(*((said,) if said else ()), *passed_over),
    )


def _has_bare_cells(text: str) -> bool:
    """Whether no cell has white space about it: there is none but line ends, and no quotation."""
    if '"' in text:
        return False
    lines = text.replace("\r", "\n").split("\n")
    return text.split() == [line for line in lines if line]


def _delimited(text: str) -> tuple[str, str, int]:
    """Return the delimiter, the text below a line that states it, and how many lines that cost."""
    line = next(line for line in text.splitlines(keepends=True) if line.strip())
    if stated := stated_delimiter(line):
        above = text.index(line)
        below = text[above + len(line) :]
        return stated, below, len(text[:above].splitlines()) + 1
    return delimiter_of(line), text, 0


def _records(
    name: str, text: str, delimiter: str, n_before: int
) -> tuple[list[Sequence[str]], list[int], list[Problem]]:
    """Return the records that are not blank, their rows in a spreadsheet, and damaged rows."""
    records: list[Sequence[str]] = []
    rows: list[int] = []
    problems: list[Problem] = []
    lines = while_read(io.StringIO(text, newline=""), name, len(text))
    has_nul = "\0" in text
    for row, cells, error, _ in csv_records(lines, delimiter, row=n_before):
        if has_nul and not error and any("\0" in cell for cell in cells):
            error = "a cell holds a NUL byte, which no text has; the file is damaged"  # noqa: PLW2901
        if error:
            problems.append(Problem(file=name, row=row, reason=error))
        elif "".join(cells).strip():
            records.append(cells)
            rows.append(row)
    return records, rows, problems


def check_header(
    name: str, header: list[str], positions: Sequence[int] | None = None, row: int | None = 1
) -> None:
    """Refuse columns without a name, and names that are there twice; `positions` are theirs."""
    places = range(len(header)) if positions is None else positions
    problems = [
        f"column {position + 1} has no name"
        for position, cell in zip(places, header, strict=True)
        if not cell
    ]
    problems += [
        f"column {cell!r} is there {count} times"
        for cell, count in repeated(header).items()
        if cell
    ]
    if problems:
        raise SchemaError(problems, file=name, row=row)
