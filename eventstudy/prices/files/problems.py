"""A price file read whatever is wrong with it, so that every check can have its say.

`read_prices` refuses a file of which one cell is no price, as a study should. Whoever wants to know
what is wrong with a file wants all of it: what would be refused, listed, and the checks of what is
left.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy.markets.market import find_market, load_markets
from eventstudy.prices.checks.base import NOWHEN
from eventstudy.prices.files.cells import read_cells
from eventstudy.prices.files.columns import columns_of
from eventstudy.prices.files.reading import panel_of
from eventstudy.prices.panel import Check

if TYPE_CHECKING:
    from os import PathLike

    from eventstudy._typing import (
        BoolArray,
        Content,
        DateArray,
        FloatArray,
        ReturnKind,
    )
    from eventstudy.prices.panel import PricePanel

REFUSED = "refused"
"""Check of what no study would read."""

_ROUNDING = 1e-3


def survey_prices(
    path: str | PathLike[str],
    *,
    content: Content = "prices",
    kind: ReturnKind = "simple",
    calendar: str | None = None,
    security: str | None = None,
    sheet: str | None = None,
) -> PricePanel:
    """Read a file as `read_prices` does, with what that would refuse as remarks.

    A row whose date repeats or runs backwards is left out, so is a price that is not positive and
    a return that cannot be one; a bar that contradicts itself loses its open, high and low. Each is
    a remark ``refused`` of severity ``error``. The bars of one security are taken for those of the
    one market the name of the file speaks of: ``my_usdjpy_daily.csv`` is USDJPY.

    Raises
    ------
    SourceError
        The file cannot be read.
    SchemaError
        Nothing can be made of it: dates that are none, columns of no known layout.
    """
    cells = read_cells(Path(path), sheet)
    read = columns_of(cells, content, kind, security, _named_in(Path(path).stem))
    panel = panel_of(cells, read, content, kind, calendar)
    if not read.problems:
        return panel
    dates, values = [], []
    for when, what in zip(read.dates, read.values, strict=True):
        usable = _usable(what, content, kind)  # first, so that of two rows of a date one is left
        later = _ascending(when[usable])
        dates.append(when[usable][later])
        values.append(what[usable][later])
    closes = {
        name: pd.Series(what, index=pd.DatetimeIndex(when.astype("datetime64[ns]")))
        for name, when, what in zip(read.names, dates, values, strict=True)
    }
    fields = {name: usable_bars(bars, closes[name]) for name, bars in read.fields.items()}
    refused = tuple(
        Check(one.security, NOWHEN if one.date is None else one.date, REFUSED, "error", one.reason)
        for one in read.problems
    )
    return replace(
        panel,
        dates=tuple(dates),
        values=tuple(values),
        fields=fields,
        remarks=(*refused, *read.remarks),
    )


def _named_in(stem: str) -> str:
    """Return the one market a file's name speaks of, else the whole name."""
    if find_market(stem) is not None:
        return stem
    by_symbol = {m.yahoo: m.series for m in load_markets().values() if m.yahoo is not None}
    if stem.upper() in by_symbol:
        return by_symbol[stem.upper()]
    words = re.split(r"[^A-Za-z0-9]+", stem)
    named = {market.name for word in words if (market := find_market(word)) is not None}
    return named.pop() if len(named) == 1 else stem


def _usable(values: FloatArray, content: Content, kind: ReturnKind) -> BoolArray:
    if content == "prices":
        return np.asarray(np.isfinite(values) & (values > 0.0))
    wrong = np.isinf(values)
    return np.asarray(~wrong if kind == "log" else ~(wrong | (values <= -1.0)))


def _ascending(dates: DateArray) -> BoolArray:
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
    kept = bars[_ascending(dates)].copy()
    prices = [name for name in ("open", "high", "low") if name in kept]
    for name in prices:
        kept[name] = kept[name].where((kept[name] > 0) & np.isfinite(kept[name]))
    if "volume" in kept:
        kept["volume"] = kept["volume"].where((kept["volume"] >= 0) & np.isfinite(kept["volume"]))
    nothing = np.full(len(kept), np.nan)
    low, high, opens = (
        kept[name].to_numpy(dtype=np.float64) if name in kept else nothing
        for name in ("low", "high", "open")
    )
    close = closes.reindex(kept.index).to_numpy(dtype=np.float64)
    wrong = low > high * (1.0 + _ROUNDING)
    for value in (opens, close):
        wrong |= _is_outside(value, low, high)
    kept.loc[wrong, prices] = np.nan
    return kept


def _is_outside(value: FloatArray, low: FloatArray, high: FloatArray) -> BoolArray:
    return (value < low * (1.0 - _ROUNDING)) | (value > high * (1.0 + _ROUNDING))
