"""What is known of securities: attributes they are grouped by, and benchmarks of their own."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.io.files import check_header, read_table
from eventstudy.io.workbooks import WORKBOOKS, read_text_sheet

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    from eventstudy._typing import IntArray

BENCHMARK: Final = "benchmark"
"""Column that names the benchmark of a security."""
_NAMES: Final = ("security", "ticker", "symbol", "permno", "isin", "market")
_NUMBER: Final = re.compile(r"[+-]?(?:(?:0|[1-9]\d{0,17})(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Securities:
    """What is known of securities, one row each.

    Parameters
    ----------
    names : tuple of str, (S,)
        The securities as the table writes them, each once.
    frame : DataFrame, (S, A)
        Their attributes; numbers where all filled cells of a column are such, else text, None
        where empty. Pairs can be grouped by each of these columns. ``benchmark`` names the
        benchmark a security has in place of the model's one.
    rows : tuple of int, (S,)
        Rows of the file, for messages.
    name : str
        File name, for messages.
    sha256 : str
        Of the file, or of the cells of a frame.

    Examples
    --------
    >>> import eventstudy as es
    >>> table = pd.DataFrame({"ticker": ["AAA", "BBB"], "industry": ["banks", "steel"]})
    >>> es.Securities.from_frame(table).frame["industry"].tolist()
    ['banks', 'steel']
    """

    names: tuple[str, ...]
    frame: pd.DataFrame
    rows: tuple[int, ...]
    name: str = "securities"
    sha256: str = ""

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, name: str = "securities") -> Securities:
        """Read a frame with a column ``security`` (or ticker, symbol, permno, isin).

        Raises
        ------
        SchemaError
            No such column, none besides it, or a security that is empty or there twice.

        Examples
        --------
        >>> table = pd.DataFrame({"security": ["AAA", "BBB"], "industry": ["banks", "steel"]})
        >>> Securities.from_frame(table)
        Securities securities: 2 securities, industry
        """
        if frame.index.name in _NAMES and frame.index.name not in frame.columns:
            frame = frame.reset_index()
        check_header(name, [str(column) or "unnamed" for column in frame.columns], row=None)
        text = pd.DataFrame(
            {
                str(column): pd.Series([_cell_text(cell) for cell in frame[column]], dtype=object)
                for column in frame.columns
            }
        )
        digest = hashlib.sha256(text.to_csv(index=False, lineterminator="\n").encode()).hexdigest()
        return _parsed(text, np.arange(2, len(text) + 2), name, digest)

    @property
    def benchmarks(self) -> dict[str, str]:
        """From a security to the benchmark it has of its own, where it has one.

        Examples
        --------
        >>> table = pd.DataFrame({"security": ["AAA", "BBB"], "benchmark": ["IDX", None]})
        >>> Securities.from_frame(table).benchmarks
        {'AAA': 'IDX'}
        """
        if BENCHMARK not in self.frame:
            return {}
        named = zip(self.names, self.frame[BENCHMARK].tolist(), strict=True)
        return {security: str(benchmark) for security, benchmark in named if benchmark is not None}

    def benchmarks_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the benchmarks that some of the securities have of their own, each once.

        Examples
        --------
        >>> table = pd.DataFrame({"ticker": ["AAA", "BBB"], "benchmark": ["SPX", "DAX"]})
        >>> es.Securities.from_frame(table).benchmarks_of(["AAA"])
        ('SPX',)
        """
        wanted = {name.casefold() for name in names}
        own = self.benchmarks.items()
        return tuple(dict.fromkeys(each for name, each in own if name.casefold() in wanted))

    def __repr__(self) -> str:
        attributes = ", ".join(map(str, self.frame.columns))
        return f"Securities {self.name}: {len(self.names):,} securities, {attributes}"


def read_securities(path: str | os.PathLike[str], *, sheet: str | None = None) -> Securities:
    r"""Read what is known of securities: one row each, any columns.

    Parameters
    ----------
    path
        csv or xlsx. A column ``security`` (or ticker, symbol, permno, isin) holds the names that
        prices and ``markets`` use; every other column is an attribute.
    sheet
        Sheet of an xlsx file; its only or first one by default.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        No column of names, none besides it, or a security that is empty or there twice; each
        problem names its row.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "securities.csv"
    >>> _ = path.write_text("ticker,industry,benchmark\nAAA,banks,XLF\nBBB,steel,\n")
    >>> read_securities(path).benchmarks
    {'AAA': 'XLF'}
    """
    file = Path(path)
    if file.suffix.lower() in WORKBOOKS:
        table = read_text_sheet(file, sheet, key="securities.sheet")
    elif sheet is not None:
        raise SpecificationError(
            f"securities.sheet is for xlsx files, and {file.name} is none; leave it out",
            key="securities.sheet",
        )
    else:
        table = read_table(file)
    return _parsed(table.frame, table.rows, file.name, table.sha256)


def _parsed(text: pd.DataFrame, rows: IntArray, name: str, digest: str) -> Securities:
    """Check and type a table of text cells; a `SchemaError` holds all its problems."""
    columns = {str(column).strip().casefold(): str(column) for column in reversed(text.columns)}
    key = next((columns[name] for name in _NAMES if name in columns), None)
    if key is None:
        listed = ", ".join(map(str, text.columns))
        reason = f"no column security (or {', '.join(_NAMES[1:])}) among {listed}"
        raise SchemaError([Problem(file=name, row=1, reason=reason)])
    own = BENCHMARK if columns.get(BENCHMARK) is None else columns[BENCHMARK]
    text = text.rename(columns={own: BENCHMARK})
    attributes = [column for column in text.columns if column != key]
    if not attributes:
        reason = f"no column besides {key}; add what pairs are to be grouped by"
        raise SchemaError([Problem(file=name, row=1, reason=reason)])
    names = [str(cell).strip() for cell in text[key]]
    first: dict[str, int] = {}
    problems = []
    for security, row in zip(names, map(int, rows), strict=True):
        if not security:
            problems.append(Problem(file=name, row=row, reason=f"the {key} is empty"))
        elif security in first:
            reason = f"{security} stands in row {first[security]} already"
            problems.append(Problem(file=name, row=row, reason=reason))
        first.setdefault(security, row)
    if problems:
        raise SchemaError(problems)
    frame = pd.DataFrame(
        {column: _typed(list(text[column]), is_name=column == BENCHMARK) for column in attributes}
    )
    return Securities(
        names=tuple(names), frame=frame, rows=tuple(map(int, rows)), name=name, sha256=digest
    )


def _cell_text(cell: object) -> str:
    """Return a cell of a frame as the text of a file: 14593.0 is 14593, missing is empty."""
    if pd.isna(cell):  # type: ignore[call-overload]
        return ""
    is_whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if is_whole else cell).strip()  # type: ignore[call-overload]


def _typed(cells: Sequence[str], *, is_name: bool) -> pd.Series:
    """Return a column as numbers where all its cells are; codes such as 0100 stay text."""
    texts = [str(cell).strip() for cell in cells]
    filled = [text for text in texts if text]
    if not is_name and filled and all(_NUMBER.fullmatch(text) for text in filled):
        numbers = pd.to_numeric(pd.Series([text or None for text in texts], dtype=object))
        return numbers.reset_index(drop=True)
    return pd.Series([text or None for text in texts], dtype=object)
