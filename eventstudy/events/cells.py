"""Cells of events tables: values as text, text as numbers and truth values, lists of names."""

from __future__ import annotations

import ast
import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from eventstudy.exceptions import SchemaError
from eventstudy.io.timestamps import written

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_COLUMNS: Final = 10_000
"""Of an events file beside those that have a meaning."""
_SURE: Final = ("market", "markets", "ticker", "tickers", "symbol", "symbols", "security", "permno",
                "isin")  # fmt: skip
_LIKELY: Final = ("name", "firm", "firmid", "company", "asset", "instrument", "ric", "cusip",
                  "stock", "gvkey", "sedol", "permco", "figi", "index", "currency")  # fmt: skip
_SEPARATORS: Final = re.compile(r"[\s_.-]+")
_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL: Final = re.compile(
    r"[+-]?(?:0|[1-9]\d*)?\.\d+(?:[eE][+-]?\d+)?|-?(?:0|[1-9]\d*)\.|[+-]?[1-9]\d*[eE][+-]?\d+"
)
_NOT_THERE: Final = ("NA", "NaN", "nan", "None", "<NA>")
_DECIMAL_COMMA: Final = re.compile(r"-?(?:0|[1-9]\d*),\d+")
_WHOLE_POINT: Final = re.compile(r"\A(\d+)\.0+\Z")
_TRUTH: Final = {"true": True, "false": False}
_CODE: Final = re.compile(r"0*(\d+?)(?:\.0+)?")


def cell_text(cell: object) -> str:
    """Return a cell of a frame as the text of a file: lists joined by ``;``, missing as empty."""
    if isinstance(cell, list | tuple | set | frozenset | np.ndarray):
        items = sorted(map(str, cell)) if isinstance(cell, set | frozenset) else map(str, cell)
        return ";".join(items)
    if cell is None or pd.isna(cell):  # type: ignore[call-overload]
        return ""
    if isinstance(cell, np.datetime64):
        cell = pd.Timestamp(cell)
    if isinstance(cell, dt.datetime):
        return written(cell)
    # A column of whole numbers with a gap has become floats: 3 must not become "3.0".
    is_whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell) if is_whole else cell).strip()  # type: ignore[call-overload]


def identifier_rank(column: str) -> int | None:
    """Return how surely a column names securities, 0 the surest; None where its name says no."""
    plain = _SEPARATORS.sub("", column).casefold()
    names = (*_SURE, *_LIKELY)
    return names.index(plain) if plain in names else None


def is_sure_identifier(column: str) -> bool:
    """Whether a column is nothing but names of securities: ticker, symbol, permno and the like."""
    return _SEPARATORS.sub("", column).casefold() in _SURE


def listed_names(cell: str) -> tuple[str, ...]:
    """Return the names in a cell: separated by ``;``, or a Python list as pandas writes it."""
    if cell[:1] in "([" and cell[-1:] in ")]":
        try:
            items = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            items = None
        if isinstance(items, tuple | list) and all(isinstance(item, str) for item in items):
            return tuple(item.strip() for item in items if item.strip())
    return tuple(name.strip() for name in cell.split(";") if name.strip())


def check_width(own: Sequence[str], name: str) -> None:
    """Refuse a file `name` of more columns beside the known ones than a table of events has."""
    if len(own) > MOST_COLUMNS:
        reason = f"{len(own):,} columns of your own, and at most {MOST_COLUMNS:,} are read"
        raise SchemaError([f"{reason}; leave out those that no group needs"], file=name, row=1)


def own_column(
    name: str, cells: Sequence[str], given: pd.Series | None = None, delimiter: str = ","
) -> pd.Series:
    """Return a column of the user's own, typed: truth values, whole numbers, decimals, else text.

    Codes stay text: names of securities such as ``permno``, where 14593.0 is 14593, and numbers
    with leading zeros or of more than 18 digits.

    Parameters
    ----------
    name
        Of the column.
    cells
        Text, empty where missing.
    given
        The column as a frame held it; one that is typed there stays as it is.
    delimiter
        Of the file; between semicolons the decimal mark may be a comma.

    Returns
    -------
    pandas.Series
        ``bool`` or, with a gap, ``boolean``; ``int64`` or ``Int64``; ``float64``; else object,
        None where empty.
    """
    if identifier_rank(name) is not None:
        return pd.Series([_WHOLE_POINT.sub(r"\1", cell) or None for cell in cells], dtype=object)
    if given is not None and (
        pd.api.types.is_bool_dtype(given.dtype) or pd.api.types.is_numeric_dtype(given.dtype)
    ):
        return given.reset_index(drop=True)
    numbers = _numbers(cells, delimiter)
    return pd.Series([cell or None for cell in cells], dtype=object) if numbers is None else numbers


def _numbers(cells: Sequence[str], delimiter: str) -> pd.Series | None:
    """Return cells as truth values, whole numbers or decimals; None where one is anything else."""
    read = ["" if cell in _NOT_THERE else cell for cell in cells]
    if delimiter == ";":
        read = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in read]
    filled = [cell for cell in read if cell]
    has_gap = len(filled) < len(read)
    if not filled:
        return None
    if all(cell.lower() in _TRUTH for cell in filled):
        truths = [_TRUTH[cell.lower()] if cell else None for cell in read]
        return pd.Series(truths, dtype="boolean" if has_gap else "bool")
    if all(_WHOLE.fullmatch(cell) for cell in filled):
        wholes = [int(cell) if cell else None for cell in read]
        return pd.Series(wholes, dtype="Int64" if has_gap else "int64")
    if all(_WHOLE.fullmatch(cell) or _DECIMAL.fullmatch(cell) for cell in filled):
        return pd.Series([float(cell) if cell else np.nan for cell in read], dtype="float64")
    return None


def is_typed(column: pd.Series) -> bool:
    """Whether a column holds numbers or truth values."""
    return pd.api.types.is_numeric_dtype(column.dtype)


def texts_of(column: pd.Series) -> list[str]:
    """Return the cells of a column as text, empty where missing."""
    return [cell_text(cell) for cell in column.astype(object)]


def code_of(text: str) -> str:
    """Return a name as codes are compared: 14593.0 is 14593 and 000050 is 50; in lower case."""
    match = _CODE.fullmatch(text.strip())
    return match[1] if match else text.strip().casefold()
