"""The price columns that markets need, their symbols at Yahoo, and the log of a fetch."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import Market, get_market
from eventstudy.prices.fx_labels import YAHOO_FX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.prices.panel import Check
    from eventstudy.prices.store.store import Span, Written

_AHEAD = dt.timedelta(days=7)
"""A currency's last session needs the row after it, which may lie behind holidays."""

_BEFORE = dt.timedelta(days=120)
"""Rows before the first one needed, to infer a currency's convention from."""


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
    by_column: dict[str, FetchedSeries] = {}
    for market_or_name in markets:
        market = (
            market_or_name
            if isinstance(market_or_name, Market)
            else get_market(str(market_or_name).strip())
        )
        name = market.series or market.name
        if market.yahoo is None:
            raise SpecificationError(
                f"market {market.name} has no symbol at Yahoo; give it one in the study file: "
                f'[market.{market.name}] yahoo = "..."'
            ).at(key=f"market.{market.name}.yahoo")
        earlier = by_column.setdefault(name, FetchedSeries(name, market.yahoo, market))
        if earlier.symbol != market.yahoo:
            raise SpecificationError(
                f"column {name} would come from {earlier.symbol} ({earlier.market.name}) and from "
                f"{market.yahoo} ({market.name}); give one of them another series"
            )
    if not by_column:
        raise SpecificationError("no market to fetch; name at least one")
    return list(by_column.values())


class FetchLog:
    """What has happened so far in one fetch, by symbol.

    Attributes
    ----------
    failures : why a symbol is missing or not up to date
    outage : why Yahoo could not be reached at all; empty if it could
    written : what was stored
    remarks : what was done to the rows
    """

    def __init__(self) -> None:
        self.failures: dict[str, str] = {}
        self.outage = ""
        self.written: dict[str, Written] = {}
        self.remarks: dict[str, list[Check]] = {}


def row_span(series: FetchedSeries, start: dt.date, end: dt.date, interval: str) -> Span:
    """Return the dates of rows that a series needs for its sessions."""
    return (start - _BEFORE, end + _AHEAD) if series.is_fx and interval == "1d" else (start, end)
