"""Tables out of the rows of a file, in whichever way its vendor lets them stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError
from eventstudy.io.stamps import is_like_a_stamp
from eventstudy.io.workbooks import cell_text
from eventstudy.prices.files.cells import Cells, column_of_cells
from eventstudy.prices.files.dialects.catalogue import (
    date_columns,
    header_row,
    heading,
    is_mnemonic,
    level_rows,
    mnemonic_row,
    name_and_code_rows,
)
from eventstudy.prices.files.dialects.grid import width_of
from eventstudy.text import repeated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from eventstudy.prices.files.dialects.catalogue import Dialect
    from eventstudy.prices.files.dialects.grid import Grid

_SECURITY = re.compile(r".+ (?:Index|Equity|Curncy|Comdty|Corp|Govt|Mtge|Muni|Pfd)", re.IGNORECASE)
_DATATYPE = re.compile(r"(.+?)\s*\(([A-Z#]+)\)")
_FIELD_OF_MNEMONIC = {
    "PX_LAST": "close", "LAST_PRICE": "close", "PX_OPEN": "open",
    "OPEN": "open", "PX_HIGH": "high", "HIGH": "high", "PX_LOW": "low", "LOW": "low",
    "PX_VOLUME": "volume", "VOLUME": "volume", "LAST PRICE": "close", "OPEN PRICE": "open",
    "HIGH PRICE": "high", "LOW PRICE": "low",
}  # fmt: skip
"""PX_CLOSE_1D is not among them: it is the close of the day before."""
_NO_PRICES = {
    "VO",
    "UVO",
    "VA",
    "UVA",
    "MV",
    "MVC",
    "NOSH",
    "DY",
    "PE",
    "EPS",
    "DPS",
    "PTBV",
    "MTBV",
}
"""Datatypes of Datastream that are volumes, sizes of firms or ratios."""


class RawTable(NamedTuple):
    """A table with one name a column, and what was said on the way to it."""

    cells: Cells
    said: tuple[str, ...] = ()
    security: str | None = None


def table_of(grid: Grid, dialect: Dialect) -> RawTable:
    """Return the table a grid holds in the shape of a dialect.

    Raises
    ------
    SchemaError
        The rows do not stand so, a row has more cells than the header, or there is none.
    """
    head = grid.head()
    if dialect.shape == "date columns":
        return _by_date_columns(grid, head)
    if dialect.shape == "mnemonics":
        return _below_mnemonics(grid, head)
    if dialect.shape == "names and codes":
        return _below_codes(grid, head)
    if dialect.shape == "fields and tickers":
        return _unstacked(grid, head)
    if dialect.shape == "no header":
        return _without_header(grid, dialect)
    at = header_row(head, dialect) if dialect.heads else 0
    if at is None:
        wanted = " or ".join(", ".join(sorted(required)) for required in dialect.heads[:2])
        raise SchemaError(
            [f"{grid.name} has not the columns of {dialect.title}: {wanted}"], file=grid.name
        )
    return below_header(grid, at)


def below_header(grid: Grid, at: int) -> RawTable:
    """Return the table below one header row, without empty columns, row numbers and footers."""
    header = [cell_text(cell) for cell in grid.records[at]]
    while header and not header[-1]:
        header.pop()
    width = len(header)
    said: list[str] = []
    body: list[tuple[Any, ...]] = []
    rows: list[int] = []
    problems: list[Problem] = []
    footers = 0
    for record, row in zip(grid.records[at + 1 :], grid.rows[at + 1 :], strict=True):
        filled = [c for c, cell in enumerate(record) if cell not in (None, "")]
        if filled == [0] and width > 1 and not _is_date(record[0]):
            footers += 1
            continue
        is_short = not grid.is_sheet and len(record) < width
        if (filled and filled[-1] >= width) or is_short:
            n = len(record)
            reason = (
                "a cell to the right of the last column of the header"
                if grid.is_sheet else f"{n} cells where the header has {width}"
            )  # fmt: skip
            problems.append(Problem(file=grid.name, row=row, reason=reason))
        body.append((tuple(record) + (None,) * width)[:width])
        rows.append(row)
    if problems:
        raise SchemaError(problems)
    if not body:
        raise SchemaError([f"{grid.name} holds a header and no rows"], stage="rows", file=grid.name)
    if at:
        said.append(f"{at} row{'s'[: at > 1]} above the header passed over")
    if footers:
        said.append(f"{footers} row{'s'[: footers > 1]} of notes passed over")
    keep = _own_columns(header, body, said)
    return RawTable(
        _cells(grid, [h for h, k in zip(header, keep, strict=True) if k],
               [tuple(c for c, k in zip(record, keep, strict=True) if k) for record in body], rows),
        tuple(said),
    )  # fmt: skip


def _own_columns(
    header: list[str], body: Sequence[Sequence[object]], said: list[str]
) -> list[bool]:
    """Return which columns are kept; a first one without a name that holds dates gets one."""
    keep = [True] * len(header)
    for position, title in enumerate(header):
        column = [record[position] for record in body]
        if title:
            continue
        if all(cell in (None, "") for cell in column):
            keep[position] = False
        elif position == 0 and _is_running(column):
            keep[0] = False
            said.append("the first column, which numbers the rows, is not used")
        elif position == 0:
            header[0] = "date"  # as pandas writes a frame's index
    return keep


def _is_date(cell: object) -> bool:
    text = cell_text(cell)
    return is_like_a_stamp(text) or (text[:1].isdigit() and len(text) < 30)


def _is_running(column: Sequence[object]) -> bool:
    """Whether a column counts the rows from 0 or 1."""
    texts = [cell_text(cell).removesuffix(".0") for cell in column]
    return any(texts == [str(n) for n in range(first, first + len(texts))] for first in (0, 1))


def _cells(
    grid: Grid, header: list[str], body: Sequence[Sequence[object]], rows: Sequence[int]
) -> Cells:
    problems = [
        Problem(file=grid.name, row=1, reason=f"column {position} has no name")
        for position, cell in enumerate(header, start=1)
        if not cell
    ]
    problems += [
        Problem(file=grid.name, row=1, reason=f"column {cell!r} is there {count} times")
        for cell, count in repeated(header).items()
        if cell
    ]
    if problems:
        raise SchemaError(problems)
    columns = list(zip(*body, strict=True)) or [()] * len(header)
    frame = pd.DataFrame(
        {title: _series(column, grid) for title, column in zip(header, columns, strict=True)}
    )
    return Cells(
        grid.name,
        frame,
        np.array(rows, dtype=np.int64),
        grid.sha256,
        grid.delimiter == ";",
        grid.sheet,
        grid.sheets,
    )


def _series(column: Sequence[object], grid: Grid) -> pd.Series:
    if grid.is_sheet:
        return column_of_cells(column)
    return pd.Series(["" if cell is None else cell for cell in column], dtype=object)


def _without_header(grid: Grid, dialect: Dialect) -> RawTable:
    width = width_of(grid.records)
    header = list(dialect.columns[:width])
    if width > len(header):
        header += [f"column {at}" for at in range(len(header) + 1, width + 1)]
    problems = [
        Problem(file=grid.name, row=row, reason=f"{len(record)} cells where others have {width}")
        for record, row in zip(grid.records, grid.rows, strict=True)
        if len(record) != width
    ]
    if problems:
        raise SchemaError(problems)
    names = ", ".join(header)
    return RawTable(
        _cells(grid, header, grid.records, grid.rows), (f"no header; columns are {names}",)
    )


class _Block(NamedTuple):
    """Columns of one security beside their dates."""

    security: str
    date: int
    fields: dict[str, int]


def _long(grid: Grid, blocks: Sequence[_Block], start: int, said: Sequence[str]) -> RawTable:
    """Return blocks one below the other, as a long table."""
    fields = list(dict.fromkeys(field for block in blocks for field in block.fields))
    body: list[tuple[object, ...]] = []
    rows: list[int] = []
    for block in blocks:
        for record, row in zip(grid.records[start:], grid.rows[start:], strict=True):
            cells = {f: _at(record, c) for f, c in block.fields.items()}
            date = _at(record, block.date)
            if date in (None, "") and all(cell in (None, "") for cell in cells.values()):
                continue
            body.append((date, block.security, *(cells.get(field) for field in fields)))
            rows.append(row)
    if not body:
        raise SchemaError([f"{grid.name} holds a header and no rows"], file=grid.name)
    names = [block.security for block in blocks]
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if repeated:
        raise SchemaError([f"security {repeated[0]!r} is there twice"], file=grid.name)
    if len(blocks) == 1:  # bars of one security, whose name stood above them
        bars = [(date, *cells) for date, _, *cells in body]
        return RawTable(_cells(grid, ["date", *fields], bars, rows), tuple(said), names[0])
    return RawTable(_cells(grid, ["date", "security", *fields], body, rows), tuple(said))


def _at(record: Sequence[object], column: int) -> object:
    return record[column] if column < len(record) else None


def _field_of(mnemonic: str) -> str:
    return _FIELD_OF_MNEMONIC.get(mnemonic.strip().upper(), mnemonic.strip())


def _name_above(head: Sequence[Sequence[str]], at: int, columns: Sequence[int]) -> str:
    """Return the security of some columns: the nearest text above them that looks like one."""
    above = [_at(head[row], c) for row in range(at - 1, -1, -1) for c in columns]
    texts = [str(cell) for cell in above if cell]
    named = [text for text in texts if _SECURITY.fullmatch(text)]
    return (named or texts or [""])[0]


def _by_date_columns(grid: Grid, head: Sequence[Sequence[str]]) -> RawTable:
    found = date_columns(head)
    if found is None:
        raise SchemaError(
            [f"{grid.name} has no row in which dates and fields such as PX_LAST alternate"],
            file=grid.name,
        )
    at, where = found
    ends = [*where[1:], len(head[at])]
    blocks = []
    for start, end in zip(where, ends, strict=True):
        name = _name_above(head, at, range(start, end))
        if not name:
            raise SchemaError(
                [f"no security stands above the dates of column {start + 1}"],
                file=grid.name,
                row=grid.rows[at],
            )
        fields: dict[str, int] = {}
        for column in range(start + 1, end):
            if is_mnemonic(head[at][column]):
                _add_field(fields, head[at][column], column, name, grid)
        blocks.append(_Block(name, start, fields))
    return _long(grid, blocks, at + 1, ["each security has dates of its own"])


def _below_mnemonics(grid: Grid, head: Sequence[Sequence[str]]) -> RawTable:
    at = mnemonic_row(head)
    if at is None:
        raise SchemaError(
            [f"{grid.name} has no row of fields such as PX_LAST below its securities"],
            file=grid.name,
        )
    fields: dict[str, dict[str, int]] = {}
    name = ""
    for column in range(1, len(head[at])):
        if not head[at][column]:
            continue
        name = _name_above(head, at, [column]) or name  # one name may head several fields
        _add_field(fields.setdefault(name, {}), head[at][column], column, name, grid)
    blocks = [_Block(security, 0, columns) for security, columns in fields.items()]
    return _long(grid, blocks, at + 1, [])


def _add_field(
    fields: dict[str, int], mnemonic: str, column: int, security: str, grid: Grid
) -> None:
    """Add a column of a security; a second one that is read as the same is refused."""
    field = _field_of(mnemonic)
    if field in fields:
        raise SchemaError(
            [f"{grid.name}: {security} has two columns read as {field}, {fields[field] + 1} and "
             f"{column + 1}; leave one in"],
            file=grid.name,
        )  # fmt: skip
    fields[field] = column


def _below_codes(grid: Grid, head: Sequence[Sequence[str]]) -> RawTable:
    found = name_and_code_rows(head)
    if found is None:
        raise SchemaError([f"{grid.name} has no rows Name and Code"], file=grid.name)
    first, end = found
    by_word = {heading(head[row][0]): head[row] for row in range(first, end)}
    codes, names = by_word["code"], by_word["name"]
    said: list[str] = []
    blocks = []
    # a series beside its volume keeps the name it has alone
    bare = [
        "" if (typed := _DATATYPE.fullmatch(code)) and typed[2] in _NO_PRICES
        else _DATATYPE.sub(r"\1", code)
        for code in codes
    ]  # fmt: skip
    for column in range(1, max(len(codes), len(names))):
        code, name = str(_at(codes, column) or ""), str(_at(names, column) or "")
        if not code and not name:
            continue
        if "#ERROR" in name.upper() or "#ERROR" in code.upper():
            said.append(f"column {column + 1} holds an error of the vendor and is not used")
            continue
        datatype = _DATATYPE.fullmatch(code)
        if datatype is not None and datatype[2] in _NO_PRICES:
            said.append(f"column {column + 1}, {code}, holds no prices and is not used")
            continue
        is_unique = bool(code) and bare.count(bare[column]) == 1
        security = (bare[column] if is_unique else code) or name
        blocks.append(_Block(security, 0, {"close": column}))
        if name and code:
            said.append(f"{security} is {name} ({code})")
    if not blocks:
        raise SchemaError([f"{grid.name} has no series of prices"], file=grid.name)
    return _long(grid, blocks, end, said)


def _unstacked(grid: Grid, head: Sequence[Sequence[str]]) -> RawTable:
    """Return the table of yfinance's download, whose header is fields and tickers in two rows."""
    found = level_rows(head)
    if found is None:
        raise SchemaError([f"{grid.name} has no header rows Price, Ticker, Date"], file=grid.name)
    fields_at, tickers_at, last = found
    fields: dict[str, dict[str, int]] = {}
    for column in range(1, len(head[last]) if len(head[last]) > 1 else len(head[0])):
        field, ticker = str(_at(head[fields_at], column)), str(_at(head[tickers_at], column))
        fields.setdefault(ticker, {})[field] = column
    blocks = [_Block(ticker, 0, columns) for ticker, columns in fields.items()]
    return _long(grid, blocks, last + 1, [])
