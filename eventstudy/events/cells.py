"""Cells of events tables: values as text, text as numbers and truth values, lists of names."""

from __future__ import annotations

import ast
import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from eventstudy.io.timestamps import written

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,17})")
_DECIMAL: Final = re.compile(r"[+-]?(?:0|[1-9]\d*)?\.\d+(?:[eE][+-]?\d+)?|-?(?:0|[1-9]\d*)\.")
_DECIMAL_COMMA: Final = re.compile(r"-?(?:0|[1-9]\d*),\d+")
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


def column_of(cells: Sequence[str], given: pd.Series | None = None, delimiter: str = ",") -> Any:  # noqa: ANN401 - one of pandas' arrays
    """Return a column of the user's own, typed: truth values, whole numbers, decimals, else text.

    Codes that numbers would spoil stay text: with leading zeros, or of more than 18 digits.

    Parameters
    ----------
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
    if given is not None and (
        pd.api.types.is_bool_dtype(given.dtype) or pd.api.types.is_numeric_dtype(given.dtype)
    ):
        return given.reset_index(drop=True)
    filled = [cell for cell in cells if cell]
    has_gap = len(filled) < len(cells)
    if filled and all(cell.lower() in _TRUTH for cell in filled):
        truths = [_TRUTH[cell.lower()] if cell else None for cell in cells]
        return pd.Series(truths, dtype="boolean" if has_gap else "bool")
    if filled and all(_WHOLE.fullmatch(cell) for cell in filled):
        wholes = [int(cell) if cell else None for cell in cells]
        return pd.Series(wholes, dtype="Int64" if has_gap else "int64")
    if delimiter == ";" and any(_DECIMAL_COMMA.fullmatch(cell) for cell in filled):
        points = [cell.replace(",", ".") if _is_decimal_comma(cell) else cell for cell in cells]
        return column_of(points)
    if filled and all(_WHOLE.fullmatch(cell) or _DECIMAL.fullmatch(cell) for cell in filled):
        decimals = [float(cell) if cell else np.nan for cell in cells]
        return pd.Series(decimals, dtype="float64")
    return pd.Series([cell or None for cell in cells], dtype=object)


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


def _is_decimal_comma(cell: str) -> bool:
    return bool(_DECIMAL_COMMA.fullmatch(cell))
