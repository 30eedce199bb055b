"""Prices and returns from files: wide or long, csv or parquet, told apart by their header."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pandas as pd

from eventstudy._files import read_bytes, read_table
from eventstudy._registry import choose
from eventstudy.exceptions import SchemaError, SourceError
from eventstudy.prices import CONTENTS, KINDS, PricePanel, date_problems, value_problems

if TYPE_CHECKING:
    from os import PathLike

    from eventstudy._typing import Content, DateArray, FloatArray, IntArray, ReturnKind

# Vendors round, and cut quotes at other moments than bars.
_ROUNDING = 1e-3
BAR_FIELDS = ("open", "high", "low", "volume")
_DATE = r"^(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"
_BARS = {"open", "high", "low", "close", "adj close", "volume"}


class _Cells(NamedTuple):
    """Text cells of a file, still unread."""

    name: str
    frame: pd.DataFrame
    rows: IntArray
    sha256: str
    has_decimal_comma: bool


class _Columns(NamedTuple):
    """Columns of a panel, with what is wrong with them."""

    names: list[str]
    dates: list[DateArray]
    values: list[FloatArray]
    fields: dict[str, pd.DataFrame]
    problems: list[str]


def read_prices(
    path: str | PathLike[str],
    *,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
) -> PricePanel:
    r"""Read a file of prices, or of returns.

    Parameters
    ----------
    path
        csv (comma, semicolon or tab; in a semicolon file the decimal mark may be a comma) or
        parquet. Wide: the first column is ``date``, then one column per security. Long: the
        columns ``date``, ``security``, ``close`` and optionally ``open, high, low, volume``.
    content
        Price levels, or decimal returns of the given `kind` (0.01 is one percent).
    kind
        ``simple`` or ``log``.
    calendar
        ``"data"`` if a column's own rows are its sessions, an exchange code, or None for each
        market's own calendar.

    Returns
    -------
    PricePanel
        An empty cell is missing: no row in a column of prices, a missing return in one of returns.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Every cell or date that is wrong, by its ISO date; the message is the first.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "prices.csv"
    >>> _ = path.write_text("date,N225\n2025-05-01,36452.30\n2025-05-02,36830.69\n")
    >>> read_prices(path)
    PricePanel prices.csv: prices of 1 columns, 2025-05-01 to 2025-05-02
    """
    choose(content, CONTENTS, "prices.content")
    choose(kind, KINDS, "prices.kind")
    cells = _read_cells(Path(path))
    headers = [str(column).strip().lower() for column in cells.frame.columns]
    if "security" in headers:
        read = _read_long(cells, headers, content, kind)
    else:
        read = _read_wide(cells, headers, content, kind)
    if read.problems:
        raise SchemaError(read.problems)
    return PricePanel(
        names=tuple(read.names),
        dates=tuple(read.dates),
        values=tuple(read.values),
        content=content,
        kind=kind,
        name=cells.name,
        sha256=cells.sha256,
        fields=read.fields,
        calendar=calendar,
    )


def _read_cells(path: Path) -> _Cells:
    if path.suffix.lower() not in {".parquet", ".pq"}:
        table = read_table(path, first="date")  # pandas leaves the cell above an index empty
        comma = table.delimiter == ";"
        return _Cells(path.name, table.frame, table.rows, table.sha256, comma)
    content = read_bytes(path)
    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except ImportError:
        raise SourceError(
            f"{path.name}: reading parquet needs pyarrow; "
            'pip install "market-reaction[parquet]", or give a csv file'
        ) from None
    except (OSError, ValueError) as error:
        raise SourceError(f"{path.name} is not a readable parquet file ({error})") from None
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    if frame.empty:
        raise SchemaError([f"{path.name} has no rows"])
    frame.columns = [str(column) for column in frame.columns]
    rows = np.arange(2, len(frame) + 2, dtype=np.int64)
    return _Cells(path.name, frame, rows, hashlib.sha256(content).hexdigest(), False)


def _read_wide(cells: _Cells, headers: list[str], content: Content, kind: ReturnKind) -> _Columns:
    name = cells.name
    if headers[0] not in {"date", "index"}:  # a frame's unnamed index becomes "index"
        where = f"found {cells.frame.columns[0]!r}" + (
            f" there and 'date' in column {headers.index('date') + 1}" if "date" in headers else ""
        )
        raise SchemaError([f"{name} row 1: the first column must be 'date'; {where}"])
    securities = [str(column).strip() for column in cells.frame.columns[1:]]
    if not securities:
        raise SchemaError([f"{name} row 1: no column besides the date; add one per security"])
    if "close" in headers and set(headers[1:]) <= _BARS:
        said = "these are the bars of one security; add a column 'security' with its name"
        raise SchemaError([f"{name} row 1: {said} in every row"])
    dates, problems = _read_dates(cells)
    if problems:
        raise SchemaError(problems)
    problems = date_problems(name, dates)
    kept_dates, kept_values = [], []
    for position, security in enumerate(securities):
        text = cells.frame.iloc[:, position + 1]
        values, wrong = _read_numbers(cells, text, dates, security)
        problems += wrong + value_problems(name, security, dates, values, content, kind)
        keep = np.isfinite(values) if content == "prices" else np.ones(len(values), bool)
        kept_dates.append(dates[keep])
        kept_values.append(values[keep])
    return _Columns(securities, kept_dates, kept_values, {}, problems)


def _read_long(cells: _Cells, headers: list[str], content: Content, kind: ReturnKind) -> _Columns:
    name = cells.name
    value = "return" if content == "returns" and "return" in headers else "close"
    lacking = [column for column in ("date", value) if column not in headers]
    if lacking:
        raise SchemaError(
            [f"{name} row 1: a long file needs date, security, close; {lacking[0]!r} is missing"]
        )
    position = {header: at for at, header in enumerate(headers)}
    dates, problems = _read_dates(cells, position["date"])
    securities = cells.frame.iloc[:, position["security"]].astype("str").str.strip()
    unnamed = ((securities == "") | cells.frame.iloc[:, position["security"]].isna()).to_numpy()
    problems += [f"{name} row {row}: the security is empty" for row in cells.rows[unnamed]]
    if problems:
        raise SchemaError(problems)
    codes, names = pd.factorize(securities)
    present = [field for field in BAR_FIELDS if field in position]
    numbers: dict[str, FloatArray] = {}
    for column in (value, *present):
        text = cells.frame.iloc[:, position[column]]
        numbers[column], wrong = _read_numbers(cells, text, dates, securities, column)
        problems += wrong
    # stable: rows of one security keep the order of the file, which must be that of the dates
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    kept_dates, kept_values, fields = [], [], {}
    for security, part in zip(map(str, names), parts, strict=True):
        problems += date_problems(name, dates[part], security)
        values = numbers[value][part]
        problems += value_problems(name, security, dates[part], values, content, kind)
        for column in present:
            if column != "volume":
                label = f"{security} {column}"
                bars = numbers[column][part]
                problems += value_problems(name, label, dates[part], bars, "prices", kind)
        bars_of = {column: numbers[column][part] for column in present}
        closes = {"close": values} if content == "prices" else {}
        problems += _bar_problems(name, security, dates[part], bars_of | closes)
        keep = np.isfinite(values) if content == "prices" else np.ones(len(values), bool)
        kept_dates.append(dates[part][keep])
        kept_values.append(values[keep])
        if any(np.isfinite(bars).any() for bars in bars_of.values()):
            index = pd.DatetimeIndex(dates[part].astype("datetime64[ns]"), name="date")
            fields[security] = pd.DataFrame(bars_of, index=index)
    return _Columns([str(one) for one in names], kept_dates, kept_values, fields, problems)


def _bar_problems(
    name: str, security: str, dates: DateArray, bars: dict[str, FloatArray]
) -> list[str]:
    """Return one sentence for each bar that contradicts itself, and each impossible volume.

    Closes and opens may lie outside the range by what vendors' rounding makes, a tenth of a
    percent; empty cells contradict nothing.
    """
    found = []
    low = bars.get("low", np.full(len(dates), np.nan))
    high = bars.get("high", np.full(len(dates), np.nan))
    for row in np.flatnonzero(low > high * (1.0 + _ROUNDING)):
        said = f"{security} low {low[row]:g} is above its high {high[row]:g}"
        found.append(f"{name} {dates[row]}: {said}")
    is_turned = low > high * (1.0 + _ROUNDING)
    for column in ("open", "close"):
        if column not in bars:
            continue
        value = bars[column]
        outside = (value < low * (1.0 - _ROUNDING)) | (value > high * (1.0 + _ROUNDING))
        for row in np.flatnonzero(outside & ~is_turned):
            span = f"[{low[row]:g}, {high[row]:g}]"
            found.append(
                f"{name} {dates[row]}: {security} {column} {value[row]:g} lies outside its low "
                f"and high {span}; adjust all prices of a bar alike, or leave the others empty"
            )
    volume = bars.get("volume", np.empty(0))
    found += [
        f"{name} {dates[row]}: {security} volume {volume[row]:g} is not a number of 0 or more"
        for row in np.flatnonzero((volume < 0) | np.isinf(volume))
    ]
    return found


def _read_dates(cells: _Cells, column: int = 0) -> tuple[DateArray, list[str]]:
    """Read ISO dates; midnight may follow, as frames write it, and its zone is the market's own."""
    given = cells.frame.iloc[:, column]
    if pd.api.types.is_datetime64_any_dtype(given.dtype):
        stamps = pd.DatetimeIndex(given)
        stamps = stamps.tz_localize(None) if stamps.tz is not None else stamps
        text = pd.Series(stamps.strftime("%Y-%m-%d %H:%M:%S"), dtype="str").fillna("")
    else:
        text = given.fillna("").astype("str").str.strip()
    bare = text.str.extract(_DATE, expand=False)
    parsed = pd.to_datetime(bare, format="%Y-%m-%d", errors="coerce")
    problems = []
    for at in np.flatnonzero(parsed.isna().to_numpy()):
        cell = text.iloc[at]
        if cell == "":
            said = "the date is empty"
        elif pd.isna(bare.iloc[at]):
            said = f'date "{cell}" is not an ISO date; write it like 2025-05-02'
        else:
            said = f'date "{cell}" does not exist'
        problems.append(f"{cells.name} row {cells.rows[at]}: {said}")
    dates = parsed.to_numpy().astype("datetime64[D]")
    return cast("DateArray", dates), problems


def _read_numbers(
    cells: _Cells,
    text: pd.Series,
    dates: DateArray,
    security: str | pd.Series,
    column: str = "",
) -> tuple[FloatArray, list[str]]:
    """Read one column of cells; an empty one is NaN, any other text a problem."""
    if pd.api.types.is_numeric_dtype(text.dtype):
        return text.to_numpy(float, na_value=np.nan), []
    given = text.fillna("").astype("str").str.strip()
    plain = given
    if cells.has_decimal_comma:
        has_comma = given.str.contains(",", regex=False) & ~given.str.contains(".", regex=False)
        plain = given.where(~has_comma, given.str.replace(",", ".", regex=False))
    numbers = pd.to_numeric(plain, errors="coerce").to_numpy(float, na_value=np.nan)
    problems = []
    for at in np.flatnonzero(np.isnan(numbers) & (given != "").to_numpy()):
        who = security if isinstance(security, str) else security.iloc[at]
        of = f"{who} {column}" if column in BAR_FIELDS else who
        said = f'{cells.name} {dates[at]}: {of} "{given.iloc[at]}" is not a number'
        problems.append(said + _hint(given.iloc[at]))
    return numbers, problems


def _hint(cell: str) -> str:
    if cell.strip("-. ").lower() in {"", "nan", "na", "n/a", "#n/a", "null", "none"}:
        return "; leave the cell empty where there is no value"
    if cell.endswith("%"):
        return "; write returns as decimals, 0.01 for one percent"
    if any(mark in cell for mark in ",' ") and any(sign.isdigit() for sign in cell):
        return "; write it without thousands separators"
    return ""
