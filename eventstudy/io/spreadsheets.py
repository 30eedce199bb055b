"""Tables written as csv and xlsx so that a spreadsheet runs none of their cells as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.exceptions import SourceError
from eventstudy.io.writing import whole_file, write_text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from typing import TextIO

CELL_LIMIT: Final = 32_767
"""Characters an xlsx cell can hold, counted in UTF-16."""
TREATED: Final = ("row", "column", "treated")
_ROW_LIMIT, _COLUMN_LIMIT = 1_048_576, 16_384

# A spreadsheet ignores characters it does not show, so the sign may come behind some of them.
_UNSEEN: Final = (
    "[\\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_INVISIBLE: Final = f"{_UNSEEN}*"
_SIGNS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫"
_FORMULA: Final = re.compile(f"\\A(?:[\t\r]|{_INVISIBLE}[{_SIGNS}])")
# Where semicolons separate cells, a text with one in it is split: what follows begins a cell.
# It is the last line end that counts: to begin at each of many would take the square of them.
_BEGUN: Final = f"([;\r\n](?:(?![\r\n]){_UNSEEN})*)"
_FORMULA_INSIDE: Final = re.compile(f"{_BEGUN}(?=[{_SIGNS}])")
_QUOTED_INSIDE: Final = re.compile(f"{_BEGUN}(?='*[{_SIGNS}])")
_GUARD_INSIDE: Final = re.compile(f"{_BEGUN}'(?='*[{_SIGNS}])")
_BREAK: Final = re.compile("[;\r\n]")
# As these, behind apostrophes: those of the text itself, and one that was put there.
_LIKE_A_FORMULA: Final = re.compile(f"\\A'*(?:[\t\r]|{_INVISIBLE}[{_SIGNS}])")
_GUARD: Final = re.compile(f"\\A'+(?:[\t\r]|{_INVISIBLE}[{_SIGNS}])")
_NUMBER: Final = re.compile(
    r"[+-]|[+-]?(?:\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{3})+(?:\.\d*)?)(?:[eE][+-]?\d{1,3})? ?%?"
)


def safe_cell(text: str) -> str:
    r"""Return a text with an apostrophe before what a spreadsheet would run.

    That is ``=``, ``+``, ``-`` or ``@`` (also in full width) at the beginning, whatever unseen
    stands before it, and behind a semicolon or a line's end, where some locales begin a new cell;
    and a tab at the beginning. A number, and ``+`` or ``-`` alone, stay.

    Source: OWASP, CSV Injection.

    Examples
    --------
    >>> safe_cell("=cmd()"), safe_cell("-0.5"), safe_cell("+"), safe_cell("a; =1+1")
    ("'=cmd()", '-0.5', '+', "a; '=1+1")
    """
    if _NUMBER.fullmatch(text):
        return text
    inside = (
        _FORMULA_INSIDE.sub(r"\1'", text) if ";" in text or "\n" in text or "\r" in text else text
    )
    return f"'{inside}" if _FORMULA.match(text) else inside


def guarded(text: str) -> str:
    r"""Return a text as `safe_cell` does, so that `unguarded` gives it back.

    A text that has an apostrophe where one would be put gets another one.

    Examples
    --------
    >>> guarded("=cmd()"), guarded("'=cmd()"), guarded("it's; -1"), guarded("-1")
    ("'=cmd()", "''=cmd()", "it's; '-1", '-1')
    """
    if _NUMBER.fullmatch(text):
        return text
    inside = _QUOTED_INSIDE.sub(r"\1'", text) if _BREAK.search(text) else text
    return f"'{inside}" if _LIKE_A_FORMULA.match(text) else inside


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given.

    Examples
    --------
    >>> unguarded("'=cmd()"), unguarded("''=cmd()"), unguarded("it's; '-1"), unguarded("'tis")
    ('=cmd()', "'=cmd()", "it's; -1", "'tis")
    """
    if "'" not in text:
        return text
    inside = _GUARD_INSIDE.sub(r"\1", text) if _BREAK.search(text) else text
    return inside[1:] if _GUARD.match(inside) else inside


def each_text(frame: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return a frame with its texts and the names of its columns changed by a function.

    The frame itself where nothing changes; other cells, as those of numbers, stay.
    """
    changed = frame
    for place in range(len(frame.columns)):
        column = frame.iloc[:, place]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(object)
        if not isinstance(column.dtype, pd.StringDtype) and column.dtype != object:
            continue
        texts = {cell for cell in column.tolist() if isinstance(cell, str)}
        others = {text: other for text in texts if (other := change(text)) != text}
        if others:
            changed = changed.copy() if changed is frame else changed
            cells = [others.get(cell, cell) if isinstance(cell, str) else cell for cell in column]
            changed.isetitem(place, pd.Series(cells, dtype=column.dtype).array)
    names = [change(name) if isinstance(name, str) else name for name in frame.columns]
    return changed if names == list(frame.columns) else changed.set_axis(names, axis=1)


def csv_text(frame: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return a frame as csv, and a record of the cells that were changed.

    ISO dates, times in UTC ending with Z, 12 significant digits, lists joined by ``;``, empty for
    missing; the index is left out.

    Returns
    -------
    text : str
    treated : pandas.DataFrame
        ``row`` (the header is 1), ``column`` and ``treated``, a sentence; a row for each text
        that `safe_cell` changed or that held carriage returns, which many programs read as the
        end of a row.
    """
    buffer = io.StringIO(newline="")
    treated = _write_rows(buffer, frame)
    return buffer.getvalue().encode("utf-8", "replace").decode(), treated


def _write_rows(stream: TextIO, frame: pd.DataFrame) -> pd.DataFrame:
    """Write a frame as csv, row by row, and return a record of the cells that were changed."""
    treated: list[tuple[int, str, str]] = []
    writer = csv.writer(stream, lineterminator="\n")
    for row, cells in _rows(frame):
        safe = []
        for column, text in zip(frame.columns, cells, strict=True):
            normalised = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
            cell = safe_cell(normalised)
            if normalised != text:
                treated.append((row, str(column), "carriage returns made line feeds"))
            if cell != normalised:
                treatment = (
                    f"a spreadsheet would run {_shown(text)}; an apostrophe stands before it"
                )
                treated.append((row, str(column), treatment))
            safe.append(cell)
        writer.writerow(safe)
    return pd.DataFrame(treated, columns=list(TREATED))


def write_csv(path: str | os.PathLike[str], frame: pd.DataFrame) -> pd.DataFrame:
    """Write a frame as csv in UTF-8, whole or not at all, and return which cells were changed.

    Returns
    -------
    pandas.DataFrame
        As `csv_text`.

    Raises
    ------
    SourceError
        The file cannot be written; what was there stays.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a folder, or a device such as /dev/stdout
        text, treated = csv_text(frame)
        write_text(target, text)
        return treated
    try:
        with (
            whole_file(target) as part,
            part.open("w", encoding="utf-8", errors="replace", newline="") as stream,
        ):
            return _write_rows(stream, frame)
    except OSError as error:
        raise SourceError(f"cannot be written ({error.strerror})", file=str(target)) from error


def write_xlsx(
    path: str | os.PathLike[str], frame: pd.DataFrame, *, sheet: str = "Sheet1"
) -> pd.DataFrame:
    """Write a frame as an xlsx file of text cells, whole or not at all.

    No cell is a formula, a link or a number, so that nothing is run or read otherwise.

    Returns
    -------
    pandas.DataFrame
        As `csv_text`; a row for each cell cut at 32,767 characters.

    Raises
    ------
    SourceError
        XlsxWriter is missing, the frame is larger than a sheet, or the file cannot be written.
    """
    target = Path(path)
    try:
        import xlsxwriter
    except ImportError:
        raise SourceError(
            'writing xlsx needs xlsxwriter; pip install "market-reaction[excel]"', file=str(target)
        ) from None
    if len(frame) >= _ROW_LIMIT or len(frame.columns) > _COLUMN_LIMIT:
        raise SourceError(
            f"a sheet holds {_ROW_LIMIT - 1:,} rows of {_COLUMN_LIMIT:,} columns; write csv",
            file=str(target),
        )
    rows = list(_rows(frame))  # a cell that cannot become text fails before a file is begun
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    treated: list[tuple[int, str, str]] = []
    try:
        with whole_file(target) as part, part.open("wb") as raw:
            book = xlsxwriter.Workbook(raw, options)
            book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
            page = book.add_worksheet(sheet)
            for row, cells in rows:
                for column, text in enumerate(cells):
                    cell = _cut_to_cell(text)
                    if len(cell) != len(text):
                        treatment = (
                            f"cut at {len(cell):,} of {len(text):,} characters, all a cell holds"
                        )
                        treated.append((row, str(frame.columns[column]), treatment))
                    if cell:
                        page.write_string(row - 1, column, cell)
            book.close()
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"cannot be written ({reason})", file=str(target)) from error
    return pd.DataFrame(treated, columns=list(TREATED))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[int, list[str]]]:
    yield 1, [str(column) for column in frame.columns]
    for row, cells in enumerate(frame.itertuples(index=False, name=None), start=2):
        yield row, [_text(cell) for cell in cells]


def _text(cell: object) -> str:  # noqa: PLR0911 - one line a kind
    if isinstance(cell, str):
        return cell
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, list | tuple):
        return ";".join(_text(item) for item in cell)
    if isinstance(cell, dt.datetime):
        if cell.tzinfo is not None:
            time = cell.astimezone(dt.UTC).replace(tzinfo=None)
            return f"{time.isoformat()}Z"
        return (cell.date() if cell.time() == dt.time() else cell).isoformat()
    if isinstance(cell, float):  # also NumPy's
        return "" if cell != cell else f"{cell:.12g}"  # noqa: PLR0124 - NaN
    return str(cell)


def _cut_to_cell(text: str) -> str:
    # A lone half of a character is no Unicode and would spoil the file.
    text = text.encode("utf-8", "replace").decode()
    if len(text) <= CELL_LIMIT // 2:
        return text
    return text.encode("utf-16-le")[: 2 * CELL_LIMIT].decode("utf-16-le", "ignore")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")
