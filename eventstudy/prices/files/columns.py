"""Columns of a panel from wide or long cells or one security's bars, with their problems."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError
from eventstudy.io.timestamp_columns import midnights
from eventstudy.prices.bar_rules import usable_bars
from eventstudy.prices.files.cells import (
    BAR_FIELDS,
    Cells,
    read_date_column,
    read_numbers,
    read_plain_numbers,
)
from eventstudy.prices.panel import (
    Check,
    adjustment_remarks,
    bar_remarks,
    date_problems,
    value_problems,
)
from eventstudy.prices.units import surely_clean
from eventstudy.text import some

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy._typing import Content, DateArray, FloatArray, IntArray, ReturnKind

_BARS = {"open", "high", "low", "close", "adj close", "adj. close", "adjclose", "volume"}
_ADJUSTED = _BARS - {*BAR_FIELDS, "close"}
_CELLS = 1_000_000  # of columns that are looked at together
_MANY_ROWS = 10
"""Fewer cells, all of them wrong, do not show that a column holds something else than prices."""


class Columns(NamedTuple):
    """Columns of a panel, with what is wrong with them and what was left out."""

    names: list[str]
    dates: list[DateArray]
    values: list[FloatArray]
    fields: dict[str, pd.DataFrame]
    problems: list[Problem]
    remarks: tuple[Check, ...] = ()


def columns_of(
    cells: Cells, content: Content, kind: ReturnKind, security: str | None, stem: str
) -> Columns:
    """Read a table in the layout its header shows: wide, long, or the bars of one security.

    Parameters
    ----------
    security, stem
        What the bars of one security are called: `security`, else the stem in upper case.
    """
    headers = [str(column).strip().lower() for column in cells.frame.columns]
    is_bars = "date" in headers and "close" in headers and set(headers) - {"date"} <= _BARS
    if security is not None and not is_bars:
        raise SchemaError(
            ["prices.security is for the bars of one security, with columns "
             "such as Date, Open, High, Low, Close, Volume; this file names its own"],
            file=cells.name, row=1,
        )  # fmt: skip
    if is_bars:
        named = security or stem.upper()
        return _bars_of_one_security(cells, headers, content, kind, named)
    if "security" in headers:
        return _long(cells, headers, content, kind)
    return _wide(cells, headers, content, kind)


def _wide(cells: Cells, headers: list[str], content: Content, kind: ReturnKind) -> Columns:
    name = cells.name
    if headers[0] not in {"date", "index"}:  # a frame's unnamed index becomes "index"
        where = f"found {cells.frame.columns[0]!r}" + (
            f" there and 'date' in column {headers.index('date') + 1}" if "date" in headers else ""
        )
        raise SchemaError([f"the first column must be 'date'; {where}"], file=name, row=1)
    securities = [str(column).strip() for column in cells.frame.columns[1:]]
    if not securities:
        raise SchemaError(["no column besides the date; add one per security"], file=name, row=1)
    dates, problem_lines = read_date_column(cells)
    if problem_lines:
        raise SchemaError(problem_lines)
    plain, is_plain = read_plain_numbers(cells.frame.iloc[:, 1:])
    others, problems = _other_numbers(cells, securities, dates, np.flatnonzero(~is_plain))
    numbers = [
        plain[position] if is_fine else others[position]
        for position, is_fine in enumerate(is_plain.tolist())
    ]
    columns = wide_columns(name, securities, dates, numbers, content, kind)
    problems += columns.problems
    return columns._replace(
        problems=_columns_of_others(name, securities, numbers, problems, content) + problems
    )


def _other_numbers(
    cells: Cells, securities: Sequence[str], dates: DateArray, positions: IntArray
) -> tuple[dict[int, FloatArray], list[Problem]]:
    """Return columns of a wide table by their positions, and their cells that are no numbers.

    Texts of many columns are looked at together.
    """
    frame = cells.frame.iloc[:, 1:]
    numbers: dict[int, FloatArray] = {}
    problems: list[Problem] = []
    is_text = [pd.api.types.is_string_dtype(dtype) for dtype in frame.dtypes]
    texts = [at for at in positions.tolist() if is_text[at]]
    for at in positions.tolist():
        if not is_text[at]:
            numbers[at], wrong = read_numbers(cells, frame.iloc[:, at], dates, securities[at])
            problems += wrong
    n_rows = len(frame)
    width = max(1, _CELLS // max(1, n_rows))
    for first in range(0, len(texts), width):
        block = texts[first : first + width]
        values, wrong = read_numbers(
            cells._replace(rows=np.tile(cells.rows, len(block))),
            pd.concat([frame.iloc[:, at] for at in block], ignore_index=True),
            np.tile(dates, len(block)),
            pd.Series(np.repeat([securities[at] for at in block], n_rows)),
        )
        numbers |= zip(block, values.reshape(len(block), n_rows), strict=True)
        problems += wrong
    place = {security: at for at, security in enumerate(securities)}
    return numbers, sorted(problems, key=lambda problem: place[problem.security])


def _columns_of_others(
    name: str,
    securities: list[str],
    numbers: list[FloatArray],
    problems: list[Problem],
    content: Content,
) -> list[Problem]:
    """Return one problem for the columns that hold something else: beside others, no cell fits."""
    refused = {problem.security for problem in problems}
    least = 0.0 if content == "prices" else -np.inf
    others = [
        security
        for security, values in zip(securities, numbers, strict=True)
        if security in refused and not (np.isfinite(values) & (values > least)).any()
    ]
    if not others or len(others) == len(securities) or len(numbers[0]) < _MANY_ROWS:
        return []
    what = "price" if content == "prices" else "return"
    remedy = "columns (--columns) says which columns are read, as date=Date,close=Close"
    reason = f"no cell of {some(others)} is a {what}; {remedy}"
    return [Problem(file=name, row=1, reason=reason)]


def wide_columns(
    name: str,
    securities: list[str],
    dates: DateArray,
    numbers: list[FloatArray],
    content: Content,
    kind: ReturnKind,
) -> Columns:
    """Return columns that share their dates, less empty rows of prices, with their problems."""
    problems = date_problems(name, dates)
    kept_dates, kept_values = [], []
    is_clean = surely_clean(securities, np.array(numbers), content).tolist()
    for security, values, is_fine in zip(securities, numbers, is_clean, strict=True):
        if not is_fine:
            problems += value_problems(name, security, dates, values, content, kind)
        keep = np.isfinite(values) if content == "prices" else np.ones(len(values), bool)
        kept_dates.append(dates if keep.all() else dates[keep])
        kept_values.append(values[keep])
    return Columns(securities, kept_dates, kept_values, {}, problems)


def _long(cells: Cells, headers: list[str], content: Content, kind: ReturnKind) -> Columns:
    name = cells.name
    value = "return" if content == "returns" and "return" in headers else "close"
    lacking = [column for column in ("date", value) if column not in headers]
    if lacking:
        raise SchemaError(
            [f"a long file needs date, security, close; {lacking[0]!r} is missing"],
            file=name,
            row=1,
        )
    position = {header: at for at, header in enumerate(headers)}
    dates, problem_lines = read_date_column(cells, position["date"])
    securities = cells.frame.iloc[:, position["security"]].astype("str").str.strip()
    is_unnamed = ((securities == "") | cells.frame.iloc[:, position["security"]].isna()).to_numpy()
    problem_lines += [
        Problem(file=name, row=int(row), reason="the security is empty")
        for row in cells.rows[is_unnamed]
    ]
    if problem_lines:
        raise SchemaError(problem_lines)
    problems: list[Problem] = []
    codes, names = pd.factorize(securities)
    present = [field for field in BAR_FIELDS if field in position]
    numbers: dict[str, FloatArray] = {}
    for column in (value, *present):
        text = cells.frame.iloc[:, position[column]]
        numbers[column], wrong = read_numbers(cells, text, dates, securities, column)
        problems += wrong
    # stable: rows of one security keep the order of the file, which must be that of the dates
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    rows = (
        (str(security), dates[part], numbers[value][part], {f: numbers[f][part] for f in present})
        for security, part in zip(names, parts, strict=True)
    )
    columns = long_columns(name, rows, content, kind)
    return columns._replace(problems=problems + columns.problems)


def _bars_of_one_security(
    cells: Cells, headers: list[str], content: Content, kind: ReturnKind, security: str
) -> Columns:
    """Read the bars of one security, whose name the file itself does not hold."""
    name = cells.name
    if content == "returns":
        raise SchemaError(
            ['these are the bars of one security, so prices; set content = "prices"'],
            file=name,
            row=1,
        )
    position = {header: at for at, header in enumerate(headers)}
    dates, problem_lines = read_date_column(cells, position["date"])
    if problem_lines:
        raise SchemaError(problem_lines)
    problems: list[Problem] = []
    numbers: dict[str, FloatArray] = {}
    for column in ("close", *(field for field in BAR_FIELDS if field in position)):
        text = cells.frame.iloc[:, position[column]]
        numbers[column], wrong = read_numbers(cells, text, dates, security, column)
        problems += wrong
    closes = numbers.pop("close")
    columns = long_columns(name, [(security, dates, closes, numbers)], content, kind)
    unused: list[Check] = []
    for column in headers:
        if column not in _ADJUSTED or _equals_close(cells, position, column):
            continue
        head = str(cells.frame.columns[position[column]])
        text = cells.frame.iloc[:, position[column]]
        adjusted, _ = read_numbers(cells, text, dates, security, column)
        unused += adjustment_remarks(name, security, dates, closes, adjusted, head)
    return columns._replace(
        problems=problems + columns.problems, remarks=(*unused, *columns.remarks)
    )


def _equals_close(cells: Cells, position: Mapping[str, int], column: str) -> bool:
    """Whether a column holds the same cells as the closes."""
    column_text, close_text = (
        cells.frame.iloc[:, position[c]].astype("str") for c in (column, "close")
    )
    return bool((column_text == close_text).all())


def long_columns(
    name: str,
    rows: Iterable[tuple[str, DateArray, FloatArray, dict[str, FloatArray]]],
    content: Content,
    kind: ReturnKind,
) -> Columns:
    """Return securities that have dates and bars of their own, with their problems.

    Of a bar that contradicts itself, or holds an open, high or low that is no price, the close
    alone is used, and a remark says so.

    Parameters
    ----------
    rows
        Security, its dates, its closes (or returns), and what it has of open, high, low, volume.
    """
    names: list[str] = []
    kept_dates, kept_values = [], []
    fields: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    remarks: list[Check] = []
    for security, dates, values, bars in rows:
        problems += date_problems(name, dates, security)
        problems += value_problems(name, security, dates, values, content, kind)
        closes = values if content == "prices" else np.full(len(values), np.nan)
        usable, odd = usable_bars(closes, bars)
        remarks += bar_remarks(name, security, dates, odd, security)
        keep = np.isfinite(values) if content == "prices" else np.ones(len(values), bool)
        names.append(security)
        kept_dates.append(dates[keep])
        kept_values.append(values[keep])
        if any(np.isfinite(cells).any() for cells in usable.values()):
            index = pd.DatetimeIndex(midnights(dates), name="date")
            fields[security] = pd.DataFrame(usable, index=index)
    return Columns(names, kept_dates, kept_values, fields, problems, tuple(remarks))
