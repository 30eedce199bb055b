"""Frames as one xlsx workbook, a sheet each: numbers as numbers, no cell that is run."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from eventstudy.exceptions import NotApplicableError, SourceError
from eventstudy.io.spreadsheets import CELL_LIMIT
from eventstudy.text import display_width, is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CONTENTS: Final = "contents"
_ROW_LIMIT, _COLUMN_LIMIT = 1_048_576, 16_384
_NAME_LIMIT: Final = 31
_FORBIDDEN: Final = re.compile(r"[\[\]:*?/\\']")
_FORMATS: Final = {
    "percent": "0.00%", "pvalue": "0.000", "number": "0.0000", "count": "0",
    "date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm:ss",
}  # fmt: skip
_NUMBERS: Final = ("percent", "pvalue", "number", "count")
_WIDEST, _NARROWEST = 60, 8


def workbook(
    frames: Mapping[str, pd.DataFrame],
    *,
    percent: Collection[str] = (),
    pvalues: Collection[str] = (),
    row_limit: int = _ROW_LIMIT,
) -> bytes:
    """Return an xlsx file with a sheet for each frame, and before them one that lists them.

    Heads are bold, stay in place when one scrolls, and have filters. Numbers stay numbers with a
    format; dates are dates; times with a zone are in UTC. A text is never a formula or a link,
    whatever it begins with. Missing cells are empty. A frame longer than a sheet is cut, and the
    first sheet says so, as it does of texts longer than a cell. Equal frames give equal bytes.

    Parameters
    ----------
    frames
        By the names of their sheets; the index is left out.
    percent, pvalues
        Columns of decimal returns and shares, and of p-values.
    row_limit
        Rows a sheet holds, its head included.

    Raises
    ------
    NotApplicableError
        XlsxWriter is not installed.
    SourceError
        A frame has more columns than a sheet.
    """
    buffer = io.BytesIO()
    book = new_book(buffer)
    styles = _styles(book)
    names = _sheet_names(list(frames))
    first = book.add_worksheet(names[0])
    rows = []
    for name, (title, frame) in zip(names[1:], frames.items(), strict=True):
        if len(frame.columns) > _COLUMN_LIMIT:
            raise SourceError(f"{title}: a sheet holds {_COLUMN_LIMIT:,} columns; write csv")
        kept = frame.iloc[: row_limit - 1]
        kinds = {str(c): _kind(frame[c], str(c), percent, pvalues) for c in frame.columns}
        n_cut = _fill(book.add_worksheet(name), kept, list(kinds.values()), styles)
        notes = []
        if len(kept) < len(frame):
            notes.append(
                f"the first {len(kept):,} of {len(frame):,} rows, all a sheet holds; the csv file "
                "has the others"
            )
        if n_cut:
            notes.append(f"{n_cut} texts cut at {CELL_LIMIT:,} characters, all a cell holds")
        rows.append((name, len(kept), len(frame.columns), "; ".join(notes)))
    contents = pd.DataFrame(rows, columns=["sheet", "rows", "columns", "note"])
    _fill(first, contents, ["text", "count", "count", "text"], styles)
    book.close()
    return buffer.getvalue()


def new_book(buffer: io.BytesIO) -> Any:  # noqa: ANN401 - a module without types
    """Return an empty xlsxwriter workbook in which no text is run and no time is kept.

    Raises
    ------
    NotApplicableError
        XlsxWriter is not installed.
    """
    book = _writer().Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
    return book


def add_sheet(
    book: Any,  # noqa: ANN401 - a module without types
    name: str,
    frame: pd.DataFrame,
    *,
    percent: Collection[str] = (),
    pvalues: Collection[str] = (),
) -> None:
    """Write a frame as one more sheet of a workbook, as `workbook` does."""
    kinds = [_kind(frame[c], str(c), percent, pvalues) for c in frame.columns]
    _fill(book.add_worksheet(name), frame, kinds, _styles(book))


def _styles(book: Any) -> dict[str, Any]:  # noqa: ANN401 - a module without types
    styles = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
    head = {"bold": True, "bottom": 1, "text_wrap": False}
    heads = {"head": head, "number_head": head | {"align": "right"}}
    return styles | {name: book.add_format(look) for name, look in heads.items()}


def check_writer() -> None:
    """Raise `NotApplicableError` unless workbooks can be written here."""
    _writer()


def _writer() -> Any:  # noqa: ANN401 - a module without types
    try:
        import xlsxwriter
    except ImportError:
        raise NotApplicableError(
            "xlsx needs xlsxwriter", remedy='pip install "market-reaction[excel]"'
        ) from None
    return xlsxwriter


def _sheet_names(titles: list[str]) -> list[str]:
    """The names of the sheets, that of the contents first: allowed, short enough, each once."""
    taken: list[str] = []
    for title in [CONTENTS, *titles]:
        base = _FORBIDDEN.sub(" ", title).strip()[:_NAME_LIMIT] or "sheet"
        name, n = base, 1
        while name.casefold() in {other.casefold() for other in taken}:
            n += 1
            tail = f" {n}"
            name = base[: _NAME_LIMIT - len(tail)] + tail
        taken.append(name)
    return taken


def _kind(column: pd.Series, name: str, percent: Collection[str], pvalues: Collection[str]) -> str:
    """How the cells of a column are written: the name of a format, ``flag`` or ``text``."""
    dtype, filled = column.dtype, column.dropna()
    if pd.api.types.is_bool_dtype(dtype):
        return "flag"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        is_zoned = isinstance(dtype, pd.DatetimeTZDtype)
        return "date" if not is_zoned and bool((filled == filled.dt.normalize()).all()) else "time"
    if not pd.api.types.is_numeric_dtype(dtype):
        return "text"
    if name in percent or name in pvalues:
        return "percent" if name in percent else "pvalue"
    return "count" if bool((filled % 1 == 0).all()) else "number"


def _fill(sheet: Any, frame: pd.DataFrame, kinds: list[str], styles: dict[str, Any]) -> int:  # noqa: ANN401
    """Write a frame into a sheet and return how many texts were cut."""
    n_cut = 0
    for j, (name, kind) in enumerate(zip(frame.columns, kinds, strict=True)):
        title = str(name)[:CELL_LIMIT]
        sheet.write_string(0, j, title, styles["number_head" if kind in _NUMBERS else "head"])
        widest = display_width(title) + 2
        values = frame.iloc[:, j]
        if kind == "time" and isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        for i, value in enumerate(values, start=1):
            if is_missing(value):
                continue
            if kind in ("date", "time"):
                sheet.write_datetime(i, j, value.to_pydatetime(), styles[kind])
                widest = max(widest, 12 if kind == "date" else 20)
            elif kind == "flag":
                sheet.write_boolean(i, j, bool(value))
            elif kind != "text" and np.isfinite(value):
                sheet.write_number(i, j, float(value), styles[kind])
            else:
                whole = _text(value)
                text = whole[:CELL_LIMIT]
                n_cut += len(text) < len(whole)
                sheet.write_string(i, j, text)
                widest = max(widest, display_width(text[:_WIDEST]) + 1)
        sheet.set_column(j, j, min(max(widest, _NARROWEST), _WIDEST))
    sheet.freeze_panes(1, 0)
    if len(frame.columns):
        sheet.autofilter(0, 0, len(frame), len(frame.columns) - 1)
    return n_cut


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return ";".join(_text(part) for part in value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    # A lone half of a character is no Unicode and would spoil the file.
    return str(value).encode("utf-8", "replace").decode()
