"""Rows of a query's result collected into arrays, a few thousand at a time."""

from __future__ import annotations

import datetime as dt
import os
import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SourceError, SpecificationError
from eventstudy.io.timestamp_columns import read_dates
from eventstudy.text import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy._typing import DateArray, FloatArray

_MOST_PROBLEMS = 100
"""Number of problems after which reading stops: a wrong type makes one in every row."""


ROWS_VARIABLE: Final = "EVENTSTUDY_ROWS"
"""Environment variable that names the most rows that are taken of a database."""
_MOST_ROWS: Final = 100_000_000


def most_rows() -> int:
    """Return the most rows a query may give, all of which are kept in memory.

    Raises
    ------
    SpecificationError
        The variable is no number of rows.

    Examples
    --------
    >>> most_rows()
    100000000
    """
    asked = os.environ.get(ROWS_VARIABLE, "").strip().replace(",", "").replace("_", "")
    if not asked:
        return _MOST_ROWS
    if not re.fullmatch(r"[1-9]\d{0,14}", asked):
        raise SpecificationError(
            f"{ROWS_VARIABLE} is {excerpt(asked)!r}; write a number of rows such as 200000000"
        )
    return int(asked)


@dataclass(slots=True)
class _Column:
    """Dates and numbers of one security, in the pieces they came in."""

    dates: list[DateArray] = field(default_factory=list)
    numbers: dict[str, list[FloatArray]] = field(default_factory=dict)

    def joined(self) -> tuple[DateArray, dict[str, FloatArray]]:
        dates = cast("DateArray", np.concatenate(self.dates))
        return dates, {name: np.concatenate(parts) for name, parts in self.numbers.items()}


@dataclass(slots=True)
class GrowingColumns:
    """Columns of a panel while rows arrive; 8 bytes a number, whatever type the driver gives.

    Parameters
    ----------
    name
        What messages call the result.
    numbers
        Names of the columns of numbers, in the order of the rows.
    is_long
        Rows are (date, security, numbers ...), all rows of a security together; else they are
        (date, numbers ...).
    """

    name: str
    numbers: tuple[str, ...]
    is_long: bool
    n_rows: int = 0
    _by_security: dict[str, _Column] = field(default_factory=dict)
    _problems: list[Problem] = field(default_factory=list)

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take the next rows.

        Raises
        ------
        SchemaError
            Once too much is wrong to go on.
        SourceError
            There are more rows than are read.
        """
        most = most_rows()
        if self.n_rows + len(rows) > most:
            raise SourceError(
                f"gives more than {most:,} rows, and is not read on; ask for less (start, end, "
                f"fewer markets), or set another limit, {ROWS_VARIABLE}",
                file=self.name,
            )
        cells = list(zip(*rows, strict=True))
        dates, wrong = _read_dates(cells[0])
        self._problems += [
            Problem(file=self.name, row=self.n_rows + row + 1, reason=problem)
            for row, problem in wrong
        ]
        first = 2 if self.is_long else 1
        arrays = [
            self._numbers(column, dates, cells[1] if self.is_long else name, name)
            for name, column in zip(self.numbers, cells[first:], strict=True)
        ]
        for security, start, stop in (
            _security_runs(cells[1]) if self.is_long else [("", 0, len(rows))]
        ):
            if security is None:
                row = self.n_rows + start + 1
                reason = "the security is empty"
                self._problems.append(Problem(file=self.name, row=row, reason=reason))
                continue
            column = self._by_security.setdefault(security, _Column())
            column.dates.append(dates[start:stop])
            for name, array in zip(self.numbers, arrays, strict=True):
                column.numbers.setdefault(name, []).append(array[start:stop])
        self.n_rows += len(rows)
        if len(self._problems) > _MOST_PROBLEMS:
            raise SchemaError(self._problems)

    def columns(self) -> Iterator[tuple[str, DateArray, dict[str, FloatArray]]]:
        """Yield each security (or, of wide rows, everything) with its dates and numbers.

        Raises
        ------
        SchemaError
            Cells that are no dates or numbers.
        """
        if self._problems:
            raise SchemaError(self._problems)
        while self._by_security:  # let go of the pieces as they are joined
            security = next(iter(self._by_security))
            yield (security, *self._by_security.pop(security).joined())

    def _numbers(
        self, cells: Sequence[object], dates: DateArray, security: Sequence[object] | str, name: str
    ) -> FloatArray:
        try:
            return np.array(cells, dtype=np.float64)
        except (TypeError, ValueError):
            pass
        numbers = np.full(len(cells), np.nan)
        for row, cell in enumerate(cells):
            try:
                numbers[row] = np.nan if cell is None else float(cast("Any", cell))
            except (TypeError, ValueError):
                security_of_row = security if isinstance(security, str) else security[row]
                is_plain = security_of_row == name or name in ("close", "return")
                column_name = "" if is_plain else f"{name} "
                self._problems.append(
                    Problem(
                        file=self.name,
                        row=self.n_rows + row + 1,
                        date=dates[row],
                        security=str(security_of_row),
                        reason=f'{column_name}"{str(cell)[:60]}" is not a number',
                    )
                )
        return numbers


def security_name(security: object) -> str | None:
    """Return what a security is called: 14593 for a permno, whatever number type it has."""
    if security is None or isinstance(security, str):
        return (security or "").strip() or None
    if isinstance(security, float) and security.is_integer():
        return str(int(security))
    return str(security)


def _security_runs(securities: Sequence[object]) -> Iterator[tuple[str | None, int, int]]:
    start = 0
    for security, rows in groupby(securities):
        stop = start + sum(1 for _ in rows)
        yield security_name(security), start, stop
        start = stop


def _read_dates(cells: Sequence[object]) -> tuple[DateArray, list[tuple[int, str]]]:
    if set(map(type, cells)) == {dt.date}:
        return cast("DateArray", np.array(cells, dtype="datetime64[D]")), []
    text = ["" if cell is None else str(cell) for cell in cells]
    dates, wrong = read_dates(pd.Series(text, dtype="str"))
    return dates, [(at, str(error)) for at, error in wrong]
