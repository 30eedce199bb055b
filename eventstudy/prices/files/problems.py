"""Price files read with their problems listed instead of refused, so that they can be checked.

`read_prices` refuses a file of which one cell is no price, as a study should. A check of a file
needs all of it: what would be refused, listed, and the rows that are left.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.io.timestamp_columns import midnights
from eventstudy.markets.market import find_market, symbols_of_series
from eventstudy.prices.bar_rules import is_outside_range, is_range_inverted
from eventstudy.prices.files.columns import columns_of
from eventstudy.prices.files.dialects.understanding import understand
from eventstudy.prices.files.names import name_in_file_name
from eventstudy.prices.files.reading import panel_of
from eventstudy.prices.panel import NO_DATE, Check, is_in_range

if TYPE_CHECKING:
    from os import PathLike

    from eventstudy._typing import (
        BoolArray,
        Content,
        DateArray,
        FloatArray,
        ReturnKind,
    )
    from eventstudy.prices.files.dialects.choices import ReadingChoices
    from eventstudy.prices.panel import PricePanel

REFUSED = "refused"
"""Name of the check that lists what `read_prices` refuses."""


def read_prices_with_problems(
    path: str | PathLike[str],
    *,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
    security: str | None = None,
    sheet: str | None = None,
    choices: ReadingChoices | None = None,
) -> PricePanel:
    """Read a file as `read_prices` does, with what that would refuse as remarks.

    A row whose date is none, repeats, runs backwards or lies in an impossible year is left out, so
    is a price that is not positive and a return that cannot be one; a bar that contradicts itself
    loses its open, high and low. Each is a remark ``refused`` of severity ``error``. The bars of
    one security are taken for those of the one market that the name of the file contains:
    ``my_usdjpy_daily.csv`` is USDJPY.
    `choices` are those of `read_prices`: columns, date format, dialect and so on.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Nothing can be made of it: hardly a date that is one, columns of no known layout.
    """
    understood = understand(
        Path(path), sheet=sheet, content=content, choices=choices, leaves_undated_out=True
    )
    undated = [
        Check("", NO_DATE, REFUSED, "error", f"row {problem.row}: {problem.reason}; left out")
        for problem in understood.undated
    ]
    cells = understood.cells
    named = security or understood.security
    columns = columns_of(cells, content, kind, named, _market_named_in(Path(path).stem))
    panel = panel_of(cells, columns, content, kind, calendar)
    if not columns.problems:
        return replace(panel, remarks=(*undated, *panel.remarks))
    dates, values = [], []
    for column_dates, column_values in zip(columns.dates, columns.values, strict=True):
        # first, so that of two rows of a date one is left
        is_usable = _is_usable(column_values, content, kind) & is_in_range(column_dates)
        is_later = _is_ascending(column_dates[is_usable])
        dates.append(column_dates[is_usable][is_later])
        values.append(column_values[is_usable][is_later])
    closes = {
        name: pd.Series(column_values, index=pd.DatetimeIndex(midnights(column_dates)))
        for name, column_dates, column_values in zip(columns.names, dates, values, strict=True)
    }
    fields = {name: usable_bars(bars, closes[name]) for name, bars in columns.fields.items()}
    refused = tuple(
        Check(
            problem.security,
            NO_DATE if problem.date is None else problem.date,
            REFUSED,
            "error",
            problem.reason,
        )
        for problem in columns.problems
    )
    return replace(
        panel,
        dates=tuple(dates),
        values=tuple(values),
        fields=fields,
        remarks=(*undated, *refused, *columns.remarks),
    )


def _market_named_in(stem: str) -> str:
    """Return the one market that a file's name contains, else the whole name."""
    if (bare := name_in_file_name(stem)) != stem.upper():
        return bare
    known = find_market(stem)
    if known is not None:
        is_symbol = stem.casefold() in map(str.casefold, symbols_of_series(known))
        return known.series if is_symbol else stem
    words = re.split(r"[^A-Za-z0-9]+", stem)
    named = {market.name for word in words if (market := find_market(word)) is not None}
    return named.pop() if len(named) == 1 else stem


def _is_usable(values: FloatArray, content: Content, kind: ReturnKind) -> BoolArray:
    if content == "prices":
        return np.asarray(np.isfinite(values) & (values > 0.0))
    is_infinite = np.isinf(values)
    return np.asarray(~is_infinite if kind == "log" else ~(is_infinite | (values <= -1.0)))


def _is_ascending(dates: DateArray) -> BoolArray:
    """Which rows come after all rows before them."""
    keep = np.ones(len(dates), dtype=bool)
    if len(dates):
        highest = np.maximum.accumulate(dates.astype(np.int64))
        keep[1:] = dates[1:].astype(np.int64) > highest[:-1]
    return keep


def usable_bars(bars: pd.DataFrame, closes: pd.Series) -> pd.DataFrame:
    """Return bars without repeated rows and without prices that contradict themselves or the close.

    Parameters
    ----------
    bars
        Open, high, low, volume by date.
    closes
        By date.
    """
    dates = cast("DateArray", bars.index.to_numpy().astype("datetime64[D]"))
    usable = bars[_is_ascending(dates)].copy()
    prices = [name for name in ("open", "high", "low") if name in usable]
    for name in prices:
        usable[name] = usable[name].where((usable[name] > 0) & np.isfinite(usable[name]))
    if "volume" in usable:
        usable["volume"] = usable["volume"].where(
            (usable["volume"] >= 0) & np.isfinite(usable["volume"])
        )
    nothing = np.full(len(usable), np.nan)
    low, high, opens = (
        usable[name].to_numpy(dtype=np.float64) if name in usable else nothing
        for name in ("low", "high", "open")
    )
    close = closes.reindex(usable.index).to_numpy(dtype=np.float64)
    is_wrong = is_range_inverted(low, high)
    for value in (opens, close):
        is_wrong |= is_outside_range(value, low, high)
    usable.loc[is_wrong, prices] = np.nan
    return usable
