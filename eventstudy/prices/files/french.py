"""Kenneth French's daily factors, from the files he publishes."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from eventstudy.exceptions import Problem, SchemaError, SourceError, SpecificationError
from eventstudy.io.doors import FACTOR_DATE, TimestampError
from eventstudy.io.files import read_bytes
from eventstudy.io.timestamps import read_time
from eventstudy.markets.market import factor_markets
from eventstudy.prices.joined import join_panels
from eventstudy.prices.levels import index_of, span_of
from eventstudy.prices.panel import (
    CONTENTS,
    KINDS,
    Check,
    PricePanel,
    date_problems,
)
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from eventstudy._typing import Content, DateArray, FloatArray, ReturnKind
    from eventstudy.markets.market import Market

NAMES = {
    "mkt-rf": "MKT",
    "mkt_rf": "MKT",
    "mktrf": "MKT",
    "smb": "SMB",
    "hml": "HML",
    "rmw": "RMW",
    "cma": "CMA",
    "mom": "MOM",
    "umd": "MOM",
    "rf": "RF",
}
"""Header in French's files, in lower case -> name here; other headers keep their own."""

_MISSING = (-99.99, -999.0)
_MOST_BYTES = 256 * 2**20
_OTHER_FREQUENCIES = {4: "annual", 6: "monthly"}


class _Table(NamedTuple):
    """The daily table of one file, in decimals."""

    names: list[str]
    dates: DateArray
    returns: FloatArray


def read_factors(
    *paths: str | PathLike[str], content: Content = "prices", kind: ReturnKind = "simple"
) -> PricePanel:
    r"""Read daily factor files of Kenneth French's data library, exactly as they are published.

    Parameters
    ----------
    paths
        csv files, or the zip archives they come in: three or five factors, momentum, or any other
        of that layout (lines of text, a header that starts with a comma, dates as yyyymmdd, percent
        a day, -99.99 or -999 for a missing one).
    content
        ``"prices"``, as a study of prices wants them: each factor as an index that starts at 100 on
        the session before its first return, so that its simple returns are the file's. Or
        ``"returns"``, decimals.
    kind
        ``simple`` or ``log``; with ``content = "returns"`` log returns are ``ln(1 + r)``.

    Returns
    -------
    PricePanel
        Columns MKT (the file's Mkt-RF), SMB, HML, RMW, CMA, MOM, RF, each with the sessions and
        closes of New York, so that a study may pair them ``asof``. A missing return has no row of
        an index; the return over it is then the next session's alone, and a remark
        ``factor_missing`` says so.

    Raises
    ------
    SourceError
        A file that cannot be read.
    SchemaError
        A monthly, weekly or annual file, another layout, or a column that two files hold.

    References
    ----------
    Fama and French (JFE 1993, 2015); Carhart (JF 1997); data library of Kenneth R. French.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "F-F_daily.csv"
    >>> _ = path.write_text("Made for this example.\n\n,Mkt-RF,RF\n20250501,  1.00,  0.02\n")
    >>> read_factors(path).frame()["MKT"].tolist()
    [100.0, 101.0]
    """
    choose(content, CONTENTS, "prices.content")
    choose(kind, KINDS, "prices.kind")
    if not paths:
        raise SpecificationError("prices.factors is empty; name a file", key="prices.factors")
    panels = [_read_factor_file(Path(path), content, kind) for path in paths]
    return panels[0] if len(panels) == 1 else join_panels(panels)


def _read_factor_file(path: Path, content: Content, kind: ReturnKind) -> PricePanel:
    raw = read_bytes(path)
    name = path.name
    table = _parse_table(name, _text_of_file(name, raw))
    dates: list[DateArray] = []
    values: list[FloatArray] = []
    remarks: list[Check] = []
    for at, factor in enumerate(table.names):
        days, levels, missing = index_of(factor, name, table.dates, table.returns[:, at])
        remarks += missing
        if content == "prices":
            dates.append(days)
            values.append(levels)
            continue
        inside = span_of(factor, name, table.returns[:, at])
        returns = table.returns[inside, at]
        dates.append(table.dates[inside])
        values.append(np.log1p(returns) if kind == "log" else returns)
    return PricePanel(
        names=tuple(table.names),
        dates=tuple(dates),
        values=tuple(values),
        content=content,
        kind=kind,
        name=name,
        sha256=hashlib.sha256(raw).hexdigest(),
        remarks=tuple(remarks),
        declared=declared_factors(table.names),
    )


def declared_factors(names: Sequence[str]) -> tuple[Market, ...]:
    """Return the factors among some names as markets, with the hours of New York."""
    known = factor_markets()
    return tuple(known[name] for name in names if name in known)


def _text_of_file(name: str, raw: bytes) -> str:
    """Return the text of a file, or of the only file of an archive."""
    if raw[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                is_single = len(entries) == 1 and entries[0].file_size <= _MOST_BYTES
                raw = archive.read(entries[0]) if is_single else b""
        except Exception as error:  # noqa: BLE001 - a broken archive fails in a dozen ways
            raise SourceError(
                f"{name} is not a readable zip archive ({type(error).__name__})", file=name
            ) from None
        if not is_single:
            contents = (
                "a file of more than 256 MB" if len(entries) == 1 else f"{len(entries)} files"
            )
            raise SchemaError([f"{name} holds {contents}; one daily csv is expected"], file=name)
    return raw.decode("utf-8-sig", errors="replace")


def _parse_table(name: str, text: str) -> _Table:
    lines = [
        [cell.strip() for cell in line.split(",")] if line else []
        for line in re.split("\r\n|\r|\n", text)  # no quotations, and lines of any length
    ]
    if not lines[-1]:
        lines.pop()
    headers = [
        at
        for at, (cells, below) in enumerate(pairwise(lines))
        if len(cells) > 1 and not cells[0] and any(cells[1:]) and below and below[0].isdigit()
    ]
    if not headers:
        raise SchemaError(
            [f"{name} is no factor file as Kenneth French publishes them: no header such as "
             '",Mkt-RF,SMB,HML,RF" with a row such as "20250502, 0.10, ..." below it'], file=name
        )  # fmt: skip
    header = headers[0]
    stop = next(
        (at for at in range(header + 1, len(lines)) if not lines[at] or not lines[at][0].isdigit()),
        len(lines),
    )
    rows = lines[header + 1 : stop]
    _check_daily(name, rows, header)
    if len(headers) > 1:
        raise SchemaError(
            [f"{name} holds {len(headers)} tables, the second at row {headers[1] + 1}; keep one"],
            file=name,
        )
    for at in range(stop, len(lines)):  # rows after the end would be lost unnoticed
        if lines[at] and re.fullmatch(r"\d{8}", lines[at][0]):
            raise SchemaError(["a row after the end of the table"], file=name, row=at + 1)
    names = [NAMES.get(cell.lower(), cell) for cell in _without_trailing_empty(lines[header][1:])]
    return _read_rows(name, names, rows, header)


def _check_daily(name: str, rows: Sequence[Sequence[str]], header: int) -> None:
    width = len(rows[0][0])
    if width in _OTHER_FREQUENCIES:
        raise SchemaError(
            [f"{name} is {_OTHER_FREQUENCIES[width]} (row {header + 2} is dated {rows[0][0]}); "
             "take the daily file, whose name ends in _daily"], file=name
        )  # fmt: skip


def _read_rows(file: str, names: list[str], rows: Sequence[Sequence[str]], header: int) -> _Table:
    def at_row(row: int, reason: str) -> Problem:
        return Problem(file=file, row=row, reason=reason)

    problems = [at_row(header + 1, f"column {at} has no name")
                for at, name in enumerate(names, start=2) if not name]  # fmt: skip
    problems += [at_row(header + 1, f"{name} is there {count} times")
                 for name, count in Counter(names).items() if name and count > 1]  # fmt: skip
    dates = np.full(len(rows), np.datetime64("NaT", "D"), dtype="datetime64[D]")
    returns = np.full((len(rows), len(names)), np.nan)
    for at, row in enumerate(rows):
        number = header + 2 + at
        cells = _without_trailing_empty(row[1:]) if len(row) - 1 > len(names) else row[1:]
        if len(cells) != len(names):
            problems.append(at_row(number, f"{len(cells)} values for {len(names)} factors"))
            continue
        try:
            dates[at] = read_time(row[0], FACTOR_DATE).date
        except TimestampError as error:
            problems.append(at_row(number, str(error)))
            continue
        for column, cell in enumerate(cells):
            try:
                value = float(cell)
            except ValueError:
                problems.append(at_row(number, f'{names[column]} "{cell}" is not a number'))
                continue
            if value not in _MISSING:
                returns[at, column] = value / 100.0
                if not value > -100.0 or not np.isfinite(value):
                    reason = f"{names[column]} {cell} cannot be a percent return"
                    problems.append(at_row(number, reason))
    if problems:
        raise SchemaError(problems)
    if misdated := date_problems(file, dates):
        raise SchemaError(misdated)
    steps = np.diff(dates).astype("int64")
    if len(steps) and np.median(steps) > 3:
        raise SchemaError(
            [f"{file} is no daily file (its rows lie {np.median(steps):.0f} days apart); take the "
             "one whose name ends in _daily"], file=str(file)
        )  # fmt: skip
    return _Table(names, cast("DateArray", dates), returns)


def _without_trailing_empty(cells: Sequence[str]) -> list[str]:
    """Leave out empty cells at the end: some of the files close every line with a comma."""
    trimmed = list(cells)
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    return trimmed
