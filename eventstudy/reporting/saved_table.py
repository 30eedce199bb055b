"""A file of results read back, its columns held against what the package writes."""

from __future__ import annotations

import csv
import io
import warnings
from typing import TYPE_CHECKING, Final

import pandas as pd

from eventstudy.exceptions import SourceError
from eventstudy.io.opening import open_file
from eventstudy.io.spreadsheets import each_text, unguarded
from eventstudy.io.timestamp_columns import own_times
from eventstudy.reporting.columns import describe, filled_of, key_of, needed
from eventstudy.text import excerpt, listed, repeated, some

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from eventstudy.reporting.columns import Column

_LONGEST: Final = 5_000_000
"""Characters of a header, a column of prices for each of a hundred thousand securities."""
_READ_AS: Final = {"integer", "number", "boolean"}
"""Types that pandas finds itself; of what else there is, the text stands as it was written."""


def read_saved(path: Path) -> pd.DataFrame:
    """Return the frame of a csv file of results, by the name of the file.

    Texts stay texts whatever they look like, a category ``True`` or an event ``007``; an
    apostrophe that kept a spreadsheet from running one is taken away.

    Raises
    ------
    SourceError
        It cannot be read, lacks a column that such a file has, or one of its columns holds what it
        cannot hold; one sentence that names file and column.
    """
    try:
        with open_file(path) as file:
            columns = _header(path, file)
            file.seek(0)
            frame = _parsed(file, columns)
        if list(frame.columns) != list(columns):
            raise _unlike(path, "has a header that cannot be told")
        frame = each_text(frame, unguarded)
        if (key := key_of(path.stem)) and frame.duplicated(key).any():
            raise _unlike(path, f"has rows with the same {listed(key)}")
        for column in columns.values():
            _check(path, frame, column)
            if column.type in ("date", "datetime"):
                frame[column.name] = own_times(frame[column.name], is_utc=column.type == "datetime")
    except (OSError, ValueError, csv.Error, pd.errors.ParserWarning) as error:
        raise SourceError(f"cannot be read ({excerpt(error)})", file=str(path)) from error
    return frame


def _header(path: Path, file: BinaryIO) -> dict[str, Column]:
    """Return the columns of a file by their names as written, which are those it has to have."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    written = next(csv.reader(_lines(path, text)), [])
    text.detach()
    names = [unguarded(name) for name in written]
    if missing := [name for name in needed(path.stem) if name not in set(names)]:
        raise _unlike(path, f"has no column {some(missing)}")
    if not all(names):
        raise _unlike(path, "has a column without a name")
    if twice := repeated(names):
        raise _unlike(path, f"has column {excerpt(next(iter(twice)))} more than once")
    return dict(zip(written, describe(path.stem, names), strict=True))


def _lines(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_LONGEST):
        if len(line) == _LONGEST:
            raise _unlike(path, f"has a line of more than {_LONGEST:,} characters")
        yield line


def _unlike(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{what}, so it is not what a run wrote; run the study again", file=str(path)
    )


def _parsed(file: BinaryIO, columns: dict[str, Column]) -> pd.DataFrame:
    texts = {name: str for name, column in columns.items() if column.type not in _READ_AS}
    with warnings.catch_warnings():
        # Of a row with more cells than the header has names, which would be cut.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        warnings.simplefilter("ignore", pd.errors.DtypeWarning)
        return pd.read_csv(
            file, dtype=texts, index_col=False, keep_default_na=False, na_values=[""]
        )


def _check(path: Path, frame: pd.DataFrame, column: Column) -> None:
    """Refuse cells that a column of results cannot hold."""
    values = frame[column.name].dropna()
    if column.type == "boolean":
        is_right = all(isinstance(value, bool) for value in values.tolist())
    elif column.type in ("integer", "number"):
        is_right = not len(values) or values.dtype.kind in "iuf"
        if is_right and column.type == "integer":
            is_needed = column.name in filled_of(path.stem)
            is_whole = not len(values) or bool((values % 1 == 0).all())
            is_right = is_whole and not (is_needed and len(values) < len(frame))
    else:
        return
    if not is_right:
        raise _unlike(path, f"column {excerpt(column.name)} holds what is no {column.type}")
