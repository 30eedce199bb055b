"""The dialects, from `dialects.toml`, and which of them a file's head shows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from eventstudy.io.packaged import packaged_tables
from eventstudy.registry import unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GENERIC: Final = "generic"
MNEMONIC: Final = re.compile(r"(?:PX|LAST|OPEN|HIGH|LOW|TOT|CHG|DAY|EQY|VOLUME)(?:_[A-Z0-9]+)+")
"""Names of fields as Bloomberg writes them, such as PX_LAST."""
_WORDS_OF_BLOOMBERG = {"last price", "open price", "high price", "low price", "volume"}
_MOST_TITLES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A vendor's way to write a file.

    Parameters
    ----------
    name, title
        What it is chosen by, and what it is called.
    heads
        Sets of columns that make a file this vendor's, in lower case.
    fields
        By role, the names a column may have, the preferred one first.
    dates
        Order of day, month and year, ``"minguo"``, or empty where it has to be found out.
    numbers
        An example of its numbers, or empty.
    empty
        Further codes for an empty cell.
    zone
        Of the times of bars, where it is always the same: ``"UTC"`` or an offset.
    shape
        How the rows stand.
    columns
        Of a file without a header, what each column is.
    without
        Columns that a file of this vendor has not.
    is_plain
        Whether any program could have written the same names, so that the vendor is a guess.
    is_whole
        Whether a file has no other columns than those of `fields`, and times in the first.
    endings
        What its names of files end in, after the name of the security, in lower case.
    says
        A sentence said whenever such a file is read.
    source
        Where this is known from.
    """

    name: str
    title: str
    heads: tuple[frozenset[str], ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str = ""
    numbers: str = ""
    empty: tuple[str, ...] = ()
    zone: str = ""
    shape: str = "table"
    columns: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    is_plain: bool = False
    is_whole: bool = False
    endings: tuple[str, ...] = ()
    says: str = ""
    source: str = ""


@cache
def dialects() -> Mapping[str, Dialect]:
    """Return all dialects by name."""
    tables = packaged_tables("eventstudy.prices.files.dialects", "dialects.toml")
    return MappingProxyType({name: _dialect(name, row) for name, row in tables.items()})


def sentence_of(dialect: Dialect) -> str:
    """Return what is said of a file that is read in a dialect."""
    if dialect.is_plain:
        return f"columns are named as in a file of {dialect.title} (dialect {dialect.name})"
    return f"read as a file of {dialect.title} (dialect {dialect.name})"


def _dialect(name: str, row: Mapping[str, Any]) -> Dialect:
    given = dict(row)
    given["heads"] = tuple(frozenset(head) for head in row.get("heads", ()))
    given["fields"] = MappingProxyType(
        {role: tuple(names) for role, names in row.get("fields", {}).items()}
    )
    given["endings"] = tuple(row.get("endings", ()))
    given["without"] = frozenset(row.get("without", ()))
    given["empty"], given["columns"] = tuple(row.get("empty", ())), tuple(row.get("columns", ()))
    return Dialect(name=name, **given)


def get_dialect(name: str, key: str = "prices.dialect") -> Dialect:
    """Return a dialect by name.

    Raises
    ------
    SpecificationError
        No such one; the nearest is named.
    """
    known = dialects()
    if name not in known:
        raise unknown(f"unknown dialect {name!r}", name, list(known), key=key)
    return known[name]


@lru_cache(maxsize=4096)
def heading(cell: str) -> str:
    """Return a cell of a header as dialects name it."""
    return " ".join(cell.replace("\u00a0", " ").replace("\ufeff", "").split()).lower()


def header_row(head: Sequence[Sequence[str]], dialect: Dialect) -> int | None:
    """Return which of the first rows is the header of a dialect that is a table; None if none."""
    return _header_row(head, _headings(head), dialect)


def _headings(head: Sequence[Sequence[str]]) -> list[set[str]]:
    """Return the cells of each row that may be a header, as dialects name them."""
    return [{heading(cell) for cell in record} - {""} for record in head[:_MOST_TITLES]]


def _header_row(
    head: Sequence[Sequence[str]], headings: Sequence[set[str]], dialect: Dialect
) -> int | None:
    wanted = {name for names in dialect.fields.values() for name in names}
    for at, cells in enumerate(headings):
        if dialect.is_whole and not (cells <= wanted and _has_clock(head, at)):
            continue
        if any(required <= cells for required in dialect.heads) and not dialect.without & cells:
            return at
    return None


def _has_clock(head: Sequence[Sequence[str]], at: int) -> bool:
    """Whether the first row below a header has a time of day in its first cell."""
    return len(head) > at + 1 and ":" in head[at + 1][0]


def recognised(head: Sequence[Sequence[str]]) -> Dialect | None:
    """Return the dialect the first rows show; the one that is known by the most columns."""
    known = dialects()
    for shape, shows in _SHAPES.items():
        if shows(head):
            return next(d for d in known.values() if d.shape == shape)
    if head and (headless := _headless(head)) is not None:
        return known[headless]
    best: Dialect | None = None
    most = 0
    headings = _headings(head)  # once, of files with thousands of columns
    for dialect in known.values():
        at = _header_row(head, headings, dialect)
        if at is None:
            continue
        wanted = {name for names in dialect.fields.values() for name in names}
        n = len(headings[at] & wanted)
        if n > most:
            best, most = dialect, n
    return best


# ---- shapes that are no table with one header row --------------------------------------------

FIELD_NAMES: Final = frozenset({
    "open", "high", "low", "close", "adj close", "volume", "dividends", "stock splits",
    "capital gains", "repaired?",
})  # fmt: skip
"""Fields of yfinance, in lower case."""


def level_rows(head: Sequence[Sequence[str]]) -> tuple[int, int, int] | None:
    """Return the rows of yfinance's fields, of its tickers, and the last row of the header."""
    for at in (2, 1):
        if len(head) <= at or heading(head[at][0]) not in {"date", "datetime", ""}:
            continue
        if any(head[at][1:]) and heading(head[at][0]) != "date":
            continue
        if any(heading(cell) for cell in head[at][1:]):
            continue
        for fields_at, tickers_at in ((0, 1), (1, 0)):
            cells = {heading(cell) for cell in head[fields_at][1:]} - {""}
            if cells and cells <= FIELD_NAMES and tickers_at < at:
                tickers = {heading(cell) for cell in head[tickers_at][1:]}
                if tickers and not tickers <= FIELD_NAMES and "" not in tickers:
                    return fields_at, tickers_at, at
    return None


def date_columns(head: Sequence[Sequence[str]]) -> tuple[int, list[int]] | None:
    """Return the row in which the word date stands once a security, and where it does."""
    for at, record in enumerate(head[:_MOST_TITLES]):
        where = [c for c, cell in enumerate(record) if heading(cell) in {"date", "dates"}]
        named = [c for c in where if c + 1 < len(record) and is_mnemonic(record[c + 1])]
        if (len(where) > 1 or at > 0) and named == where and where:
            return at, where
    return None


def is_mnemonic(cell: str) -> bool:
    """Whether a cell names a field as Bloomberg does."""
    return MNEMONIC.fullmatch(cell.strip()) is not None or heading(cell) in _WORDS_OF_BLOOMBERG


def mnemonic_row(head: Sequence[Sequence[str]]) -> int | None:
    """Return the row below the names of securities that holds nothing but fields."""
    for at in range(1, min(len(head), _MOST_TITLES)):
        above, record = head[at - 1], head[at]
        cells = [cell for cell in record[1:] if cell]
        is_fields = bool(cells) and all(is_mnemonic(cell) for cell in cells)
        if is_fields and heading(record[0]) in {"", "date", "dates"} and any(above[1:]):
            return at
    return None


def name_and_code_rows(head: Sequence[Sequence[str]]) -> tuple[int, int] | None:
    """Return the first row of names or codes of Datastream, and the row after the last such."""
    words = {"name", "code", "currency", "type", "start", "end", "freq", "frequency"}
    for at, record in enumerate(head[:10]):
        if heading(record[0]) in {"name", "code"} and any(record[1:]):
            end = at
            while end < len(head) and heading(head[end][0]) in words:
                end += 1
            below = {heading(row[0]) for row in head[at:end]}
            if {"name", "code"} <= below:
                return at, end
    return None


def _has_date_columns(head: Sequence[Sequence[str]]) -> bool:
    found = date_columns(head)
    return found is not None and (len(found[1]) > 1 or mnemonic_row(head) is None)


def _has_mnemonics(head: Sequence[Sequence[str]]) -> bool:
    return mnemonic_row(head) is not None


def _has_codes(head: Sequence[Sequence[str]]) -> bool:
    return name_and_code_rows(head) is not None


def _has_levels(head: Sequence[Sequence[str]]) -> bool:
    return level_rows(head) is not None


_SHAPES: Final = {
    "date columns": _has_date_columns,
    "mnemonics": _has_mnemonics,
    "names and codes": _has_codes,
    "fields and tickers": _has_levels,
}
_HEADLESS: Final = {
    "histdata": (re.compile(r"\d{8} \d{6}"), 5),
    "metatrader4": (re.compile(r"\d{4}\.\d{2}\.\d{2}"), 6),
}


def _headless(head: Sequence[Sequence[str]]) -> str | None:
    first = head[0]
    for name, (stamp, fewest) in _HEADLESS.items():
        if stamp.fullmatch(first[0]) and len(first) >= fewest:
            return name
    return None
