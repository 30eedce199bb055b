"""Prices as a person has them: a panel, a frame of any library, a series, a file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast, get_args

import numpy as np
import pandas as pd

from eventstudy import _typing
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.io.any_frame import as_pandas
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.opening import open_file
from eventstudy.io.stamps import are_stamps, named_date_format, read_stamps
from eventstudy.io.timestamp_columns import read_dates
from eventstudy.io.timestamps import read_day
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.files.dialects.catalogue import GENERIC, dialects, heading
from eventstudy.prices.joined import cut_panel
from eventstudy.prices.long_frames import long_layout, read_long_frame
from eventstudy.prices.panel import CONTENTS, PricePanel
from eventstudy.registry import choose

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from eventstudy._typing import CloseField, Content, ReturnKind

Frame: TypeAlias = Any
"""A frame or series of pandas, polars, Arrow, DuckDB: whatever `io.any_frame` reads."""

PricesLike: TypeAlias = "PricePanel | str | PathLike[str] | Mapping[str, Any] | Frame"

WHOLE_FILES: Final = "of files, only parquet is read some securities at a time"

_LONGEST_HEAD = 65536
_LEAST_NEGATIVE = 0.2  # share of values below zero that no prices have


def read_panel(
    data: PricesLike,
    *,
    content: Content | None = None,
    kind: ReturnKind = "simple",
    id: str | None = None,  # noqa: A002 - what the argument of the call is called
    security: str | None = None,
    field: CloseField = "close",
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    date_format: str | None = None,
    beside: Collection[str] = (),
    name: str = "prices",
) -> PricePanel:
    """Return prices or returns as a panel, whatever they are handed over as.

    Parameters
    ----------
    data
        A panel; the path of a file, or several; a frame of pandas, polars, Arrow or anything
        narwhals reads: wide, of two levels as yfinance has them, or long; a series of one
        security; a mapping of names to series.
    content
        ``"prices"`` or ``"returns"``; None finds out: a long frame of CRSP is read as returns, as
        is one in which values below zero are many; all else as prices.
    kind
        Of returns.
    id
        Column of a long frame that names the security.
    security
        Name of the one security of a series, or of bars.
    field
        ``"adj_close"`` for the adjusted closes of bars or of a long frame.
    start, end
        First and last date that is read.
    columns
        Which column is what, where the frame does not show it: ``{"date": "Day", "close": "Px"}``.
    encoding
        Of a text file; by default told from its bytes.
    date_format
        How dates are written as text, as for `read_prices`.
    beside
        Columns of a long frame that `columns_by_date` reads, so that they are none unused.
    name
        What messages call a frame.

    Raises
    ------
    SpecificationError, SchemaError
        It is none of these, or its cells are no prices or returns.
    """
    choose(field, get_args(_typing.CloseField), "prices.field", key="prices.field")
    if content is not None:
        choose(content, CONTENTS, "prices.content", key="prices.content")
    first, last = _day(start, "start"), _day(end, "end")
    if first is not None and last is not None and first > last:
        raise SpecificationError(f"{first} lies after the end {last}", key="prices.start")
    if isinstance(data, PricePanel):
        return cut_panel(_as_given(data, content, field), first, last)
    if isinstance(data, str | PathLike) or _are_paths(data):
        from eventstudy.prices.files.reading import read_prices

        given = dict(columns or {})
        if id is not None and _has_head(data, id, encoding):
            given["security"] = id
        return read_prices(
            cast("str", data), content=content or "prices", kind=kind, security=security,
            field=field, start=first, end=last, columns=given, encoding=encoding,
            date_format=date_format,
        )  # fmt: skip
    frame = as_pandas(pd.DataFrame(dict(data)) if isinstance(data, Mapping) else data)
    if frame is None:
        raise SpecificationError(
            f"expected a frame, a series, a file or a PricePanel, got {type(data).__name__}",
            key=name,
        )
    table = _with_dates_beside(frame, dict(columns or {}), id)
    given = dict(columns or {})
    if id is not None and table is not None and id in map(str, table.columns):
        given["security"] = id
    layout = None if table is None else long_layout(table, given)
    if layout is not None and table is not None:
        apart = {heading(one) for one in beside}
        used = set(layout.columns.values())
        titles = [str(column) for column in table.columns]
        table = table.loc[:, [one in used or heading(one) not in apart for one in titles]]
        panel = read_long_frame(
            table, layout, content=layout.content(content), kind=kind, name=name, field=field,
            date_format=date_format,
        )  # fmt: skip
        return cut_panel(panel, first, last)
    panel = _wide(frame, table, given, content, kind, security, field, name, date_format)
    return cut_panel(panel, first, last)


def read_panel_or_blocks(
    data: PricesLike | PriceBlocks, *, kind: ReturnKind = "simple"
) -> PricePanel | PriceBlocks:
    """Return prices to be read some securities at a time, where they are in a parquet file.

    All else is what `read_panel` returns; of a file it is said that it is held in memory.
    """
    if isinstance(data, PriceBlocks):
        return data
    if not isinstance(data, str | PathLike):
        return read_panel(data, kind=kind)
    from eventstudy.prices.files.parquet_blocks import is_parquet, parquet_blocks

    why = WHOLE_FILES
    if is_parquet(data):
        try:
            return parquet_blocks(data, kind=kind)
        except SpecificationError as error:
            why = error.reason
    panel = read_panel(data, kind=kind)
    return replace(panel, assumed=(*panel.assumed, held_whole(panel.name, why)))


def held_whole(name: str, why: str) -> str:
    """Say of prices that all of them are held in memory, where others are read by blocks."""
    return f"{name}: all prices are held in memory: {why}"


def _as_given(panel: PricePanel, content: Content | None, field: CloseField) -> PricePanel:
    if content is not None and content != panel.content:
        raise SpecificationError(
            f"the panel holds {panel.content}; leave content out, or read it so",
            key="prices.content",
        )
    if field != "close":
        raise SpecificationError(
            "a panel holds one close a column; read the file or frame with this field",
            key="prices.field",
        )
    return panel


def _are_paths(data: object) -> bool:
    return (
        isinstance(data, list | tuple)
        and bool(data)
        and all(isinstance(one, str | PathLike) for one in data)
    )


def _has_head(data: object, column: str, encoding: str | None) -> bool:
    """Whether the head of a text file, or of the first of several, has a column."""
    first = data if isinstance(data, str | PathLike) else cast("list[str]", data)[0]
    try:
        with open_file(first) as file:
            head = file.readline(_LONGEST_HEAD).decode(encoding or "utf-8", errors="replace")
    except (SourceError, OSError, LookupError, ValueError):  # the reader says what is wrong with it
        return False
    return heading(column) in {heading(cell) for cell in re.split(r'[,;\t"]', head)}


def _day(value: dt.date | str | None, key: str) -> dt.date | None:
    if isinstance(value, dt.datetime):
        value = value.date()
    try:
        return None if value is None else read_day(value, STUDY_DATE, f"prices.{key}")
    except TimestampError as error:
        raise SpecificationError(str(error)).at(key=f"prices.{key}") from None


def _with_dates_beside(
    frame: pd.DataFrame | pd.Series,
    given: Mapping[str, str],
    id: str | None,  # noqa: A002
) -> pd.DataFrame | None:
    """Return a frame with its index as columns, as a long one has; None of two column levels."""
    if isinstance(frame, pd.Series):
        if frame.index.nlevels == 1:
            return None
        frame = frame.to_frame("close" if frame.name is None else frame.name)
    if frame.columns.nlevels > 1:
        return None
    named = [name for name in frame.index.names if name is not None]
    titles = {heading(str(column)) for column in frame.columns}
    if frame.index.nlevels > 1 and len(named) < frame.index.nlevels:
        frame = frame.rename_axis(index=_level_names(frame.index, id))
        named = list(frame.index.names)
    if frame.index.nlevels > 1 or (named and not titles & {heading(str(n)) for n in named}):
        return frame.reset_index()
    if isinstance(frame.index, pd.DatetimeIndex | pd.PeriodIndex) and not titles & {"date"}:
        return frame.rename_axis(index=given.get("date", "date")).reset_index()
    return frame


def _level_names(index: pd.Index, id: str | None) -> list[str]:  # noqa: A002
    """Return names for the levels of an index without any: the one of dates, and the others."""
    names = []
    for level in range(index.nlevels):
        values = index.get_level_values(level)
        own = index.names[level]
        is_dated = isinstance(values, pd.DatetimeIndex)
        names.append(str(own) if own is not None else "date" if is_dated else id or "security")
    return names


def _wide(
    frame: pd.DataFrame | pd.Series,
    table: pd.DataFrame | None,
    given: Mapping[str, str],
    content: Content | None,
    kind: ReturnKind,
    security: str | None,
    field: CloseField,
    name: str,
    date_format: str | None,
) -> PricePanel:
    """Read a column a security, or bars."""
    said: list[str] = []
    dated: pd.DataFrame | pd.Series = frame
    if isinstance(frame, pd.DataFrame) and table is not None:
        dated = _dated_by_column(_without_serial_days(frame, said), given, name, said)
        chosen = {role: title for role, title in given.items() if role not in ("date", "security")}
        if chosen:
            dated = dated[list(chosen.values())].set_axis(list(chosen), axis="columns")
        dated = _without_serial_days(dated, said)
    days = _days_as_written(dated.index, date_format, name)
    if days is not None and not days.is_monotonic_increasing:
        dated = dated.iloc[np.argsort(days.to_numpy(), kind="stable")]
        said.append("rows were brought into the order of dates")
    if content is None:
        content = "prices"
        if _are_returns(dated):
            content = "returns"
            said.append("many values lie below zero, so these are returns")
    panel = PricePanel.from_frame(
        dated, content=content, kind=kind, name=name, security=security, field=field,
        date_format=date_format,
    )  # fmt: skip
    if not said:
        return panel
    return replace(panel, assumed=(*(f"{name}: {one}" for one in said), *panel.assumed))


def _dated_by_column(
    frame: pd.DataFrame, given: Mapping[str, str], name: str, said: list[str]
) -> pd.DataFrame:
    """Return a frame whose index is its column of dates, where it has one and no other index."""
    if "date" in given:
        if given["date"] not in frame.columns:
            return frame
        return frame.set_index(given["date"])
    if not isinstance(frame.index, pd.RangeIndex):
        return frame
    known = dialects()[GENERIC].fields["date"]
    named = [column for column in frame.columns if heading(str(column)) in known]
    dated = [c for c in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[c].dtype)]
    found = named or dated or _columns_of_dates(frame)
    if not found:
        own = ', or say which column holds them: columns={"date": "..."}' * (name == "prices")
        reason = "no column of dates, and the index counts rows; make the dates the index"
        raise SchemaError([f"{name}: {reason}{own}"], file=name)
    if heading(str(found[0])) != "date":
        said.append(f"dates are those of the column {str(found[0])!r}")
    return frame.set_index(found[0])


def _days_as_written(
    index: pd.Index, date_format: str | None, name: str
) -> pd.DatetimeIndex | None:
    """Return the days of an index of dates or of text, to see their order; None of any other."""
    if isinstance(index, pd.DatetimeIndex):
        return index
    if index.nlevels > 1 or pd.api.types.is_numeric_dtype(index.dtype):
        return None
    texts = pd.Series([str(cell) for cell in index], dtype=object)
    days, wrong = read_dates(texts)
    if wrong:
        with named_date_format():
            stamps = read_stamps(texts, date_format=date_format, file=name)
        if stamps is None or stamps.is_instant.any():
            return None
        days = stamps.local
    return None if np.isnat(days).any() else pd.DatetimeIndex(days)


def _without_serial_days(frame: pd.DataFrame, said: list[str]) -> pd.DataFrame:
    """Return a frame whose index of whole numbers, where it is called dates, is dates.

    They are serial days of a spreadsheet, as in a file's column of that title.
    """
    index, title = frame.index, heading(str(frame.index.name))
    is_called_so = title in dialects()[GENERIC].fields["date"] and title != "index"
    is_number = index.nlevels == 1 and pd.api.types.is_numeric_dtype(index.dtype)
    if not is_called_so or not is_number or index.hasnans:
        return frame
    stamps = read_stamps(pd.Series(index))
    if stamps is None or stamps.is_instant.any() or stamps.has_clock.any():
        return frame
    if np.isnat(stamps.local).any() or not any("serial" in one for one in stamps.said):
        return frame
    said += stamps.said
    return frame.set_axis(pd.DatetimeIndex(stamps.local), axis="index")


def _columns_of_dates(frame: pd.DataFrame) -> list[Any]:
    """Return the one column of dates as text, under whatever title; none of several."""
    held = [
        title
        for title, cells in frame.items()
        if pd.api.types.is_string_dtype(cells.dtype) and are_stamps(cells.astype("str").unique())
    ]
    return held if len(held) == 1 else []


def _are_returns(frame: pd.DataFrame | pd.Series) -> bool:
    """Whether so many values of a frame lie below zero that they cannot be prices."""
    table = frame.to_frame() if isinstance(frame, pd.Series) else frame
    numbers = table.select_dtypes("number").to_numpy(dtype=np.float64, na_value=np.nan)
    n_there = int(np.isfinite(numbers).sum())
    return n_there > 0 and float((numbers < 0).sum()) / n_there > _LEAST_NEGATIVE


def columns_by_date(
    data: Frame, names: Sequence[str], *, content: Content, kind: ReturnKind = "simple",
    columns: Mapping[str, str] | None = None, name: str = "prices",
) -> PricePanel | None:  # fmt: skip
    """Return columns of a long frame that hold one value a date, such as a market's return.

    None where `data` is no long frame or has none of the columns.

    Raises
    ------
    SchemaError
        A column that holds two values of one date.
    """
    frame = None if isinstance(data, PricePanel) else as_pandas(data)
    table = None if frame is None else _with_dates_beside(frame, dict(columns or {}), None)
    layout = None if table is None else long_layout(table, dict(columns or {}))
    if table is None or layout is None:
        return None
    by_title = {heading(str(column)): column for column in table.columns}
    found = {one: by_title[heading(one)] for one in names if heading(one) in by_title}
    if not found:
        return None
    dates = table[layout.columns["date"]]
    wide = {}
    for wanted, title in found.items():
        values = pd.Series(table[title].to_numpy(), index=dates.to_numpy()).dropna()
        distinct = values.groupby(level=0).nunique()
        if (distinct > 1).any():
            day = distinct.index[int(np.argmax(distinct.to_numpy() > 1))]
            raise SchemaError(
                [f"{name}: column {title!r} has several values on {str(day)[:10]}, so it is none "
                 "of a market or factor"], file=name
            )  # fmt: skip
        wide[wanted] = values.groupby(level=0).first()
    return PricePanel.from_frame(pd.DataFrame(wide), content=content, kind=kind, name=name)
