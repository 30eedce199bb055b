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
from eventstudy.io.tables import csv_records, delimiter_of

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from eventstudy._typing import IntArray


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
    """

    path: Path
    frame: pd.DataFrame
    rows: IntArray
    sha256: str
    delimiter: str


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    SourceError
        Missing, a folder, or unreadable; one line that names it.
    """
    file = Path(path)
    if file.is_dir():
        raise SourceError(f"{file} is a folder; a file is needed", file=str(file))
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise SourceError(f"{file}: no such file", file=str(file)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SourceError(f"{file}: cannot be read ({reason})", file=str(file)) from None


def read_toml(path: str | os.PathLike[str]) -> tuple[dict[str, Any], str]:
    """Return the tables of a TOML file in UTF-8, and the hash of its bytes.

    Raises
    ------
    SourceError
        Missing, unreadable or not UTF-8.
    SpecificationError
        No TOML, or nested deeper than anybody writes; the message names the line.
    """
    file = Path(path)
    content = read_bytes(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{file.name} line {line}: not UTF-8; save the file as UTF-8", file=file.name
        ) from None
    try:
        return tomllib.loads(text), hashlib.sha256(content).hexdigest()
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        where = re.search(r"\s*\(at (?:line (\d+), column \d+|end of document)\)", message)
        line_of = where[1] if where and where[1] else str(len(text.rstrip().splitlines()))
        reason = message[: where.start()] if where else message
        raise SpecificationError(f"{file.name} line {line_of}: {reason}", file=file.name) from None
    except RecursionError:
        raise SpecificationError(
            "its lists or tables are nested too deep", file=file.name
        ) from None


def read_table(path: str | os.PathLike[str], *, first: str = "") -> Table:
    """Read a comma, semicolon or tab separated file of text cells.

    The header decides the delimiter. Blank rows are passed over but counted, so that row numbers
    are those a spreadsheet shows.

    Parameters
    ----------
    first
        Name of the first column where its header cell is empty.

    Raises
    ------
    SourceError
        The file is missing, a folder, unreadable or not UTF-8.
    SchemaError
        The file is empty, has no row below its header, a header cell that is empty or there
        twice, a row with more or fewer cells than the header, or a quotation that never ends.
    """
    file = Path(path)
    content = read_bytes(file)
    text = _decoded(file.name, content)
    if not text.strip():
        raise SchemaError([f"{file.name} is empty"], file=file.name)
    delimiter = delimiter_of(next(line for line in text.splitlines() if line.strip()))
    records, rows = _records(file.name, text, delimiter)
    if not records:
        raise SchemaError([f"{file.name} holds no header, only empty cells"], file=file.name)
    header = [cell.strip() for cell in records[0]]
    header[0] = header[0] or first
    _check_header(file.name, header)
    problems = []
    for record, row in zip(records[1:], rows[1:], strict=True):
        if len(record) != len(header):
            reason = f"{len(record)} cells where the header has {len(header)}"
            problems.append(Problem(file=file.name, row=row, reason=reason))
    if problems:
        raise SchemaError(problems)
    if len(records) == 1:
        raise SchemaError([f"{file.name} holds a header and no rows"], stage="rows", file=file.name)
    columns = list(zip(*records[1:], strict=True))
    frame = pd.DataFrame(
        {
            name: pd.Series([cell.strip() for cell in column], dtype=object)
            for name, column in zip(header, columns, strict=True)
        }
    )
    return Table(
        path=file,
        frame=frame,
        rows=np.array(rows[1:], dtype=np.int64),
        sha256=hashlib.sha256(content).hexdigest(),
        delimiter=delimiter,
    )


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(
            f"{name} line {line}: not UTF-8 (byte 0x{content[error.start]:02x}); "
            "save the file as UTF-8",
            file=name,
        ) from None


def _records(name: str, text: str, delimiter: str) -> tuple[list[Sequence[str]], list[int]]:
    """Return the records that are not blank, and their rows in a spreadsheet."""
    records: list[Sequence[str]] = []
    rows: list[int] = []
    for row, cells, error, _ in csv_records(io.StringIO(text, newline=""), delimiter):
        if error:
            raise SchemaError([f"{name} row {row}: {error}"], file=name, row=row)
        if any(cell.strip() for cell in cells):
            records.append(cells)
            rows.append(row)
    return records, rows


def _check_header(name: str, header: list[str]) -> None:
    problems = [
        f"column {position} has no name"
        for position, cell in enumerate(header, start=1)
        if not cell
    ]
    problems += [
        f"column {cell!r} is there {header.count(cell)} times"
        for cell in dict.fromkeys(header)
        if cell and header.count(cell) > 1
    ]
    if problems:
        raise SchemaError(problems, file=name, row=1)
