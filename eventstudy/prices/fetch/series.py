"""Which price columns markets need, from which symbols, and what is found out about each."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import Market, get_market
from eventstudy.prices.fx_labels import YAHOO_FX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.prices.panel import Check
    from eventstudy.prices.store.store import Span, Written

NO_DATE = np.datetime64("NaT", "D")
"""Date of a remark that is about a whole series."""

_AHEAD = dt.timedelta(days=7)
"""A currency's last session needs the row after it, which may lie behind holidays."""

_BEFORE = dt.timedelta(days=120)
"""Rows before the first one asked for, to tell a currency's convention by."""


class FetchedSeries(NamedTuple):
    """A price column and where it comes from."""

    name: str
    symbol: str
    market: Market

    @property
    def is_fx(self) -> bool:
        """Whether its closes are those of Yahoo's currency rows."""
        return self.symbol.endswith(YAHOO_FX)


def series_of(markets: Iterable[str | Market]) -> list[FetchedSeries]:
    """Return the price columns that markets need, each once, with their symbols at Yahoo.

    Raises
    ------
    SpecificationError
        An unknown market; one without a symbol; two that want one column from two symbols.
    """
    found: dict[str, FetchedSeries] = {}
    for one in markets:
        market = one if isinstance(one, Market) else get_market(str(one).strip())
        name = market.series or market.name
        if market.yahoo is None:
            raise SpecificationError(
                f"market {market.name} has no symbol at Yahoo; give it one in the study file: "
                f'[market.{market.name}] yahoo = "..."'
            )
        before = found.setdefault(name, FetchedSeries(name, market.yahoo, market))
        if before.symbol != market.yahoo:
            raise SpecificationError(
                f"column {name} would come from {before.symbol} ({before.market.name}) and from "
                f"{market.yahoo} ({market.name}); give one of them another series"
            )
    if not found:
        raise SpecificationError("no market to fetch; name at least one")
    return list(found.values())


class FetchLog:
    """What one update has found out so far, by symbol."""

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}
        self.outage = ""
        self.written: dict[str, Written] = {}
        self.remarks: dict[str, list[Check]] = {}


def span_of(series: FetchedSeries, start: dt.date, end: dt.date, interval: str) -> Span:
    """Return the dates of rows that a series needs for its sessions."""
    return (start - _BEFORE, end + _AHEAD) if series.is_fx and interval == "1d" else (start, end)
