"""`Setting`: the markets, calendars, benchmark and factors that the names in a study stand for.

The first stage of a fit: names are looked up, and each becomes prices on its own sessions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import Market, find_market, get_market
from eventstudy.prices.market_series import MarketSeries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.events.table import Events
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification


_MARGIN = np.timedelta64(60, "D")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """The markets of a study on their sessions.

    Attributes
    ----------
    securities : the study's markets, each on its column and its priced sessions
    benchmark : a model's only factor, where that is a market and not a mere column
    factors : the other factors
    assumed : what finding them assumed, a sentence each
    """

    securities: tuple[MarketSeries, ...]
    benchmark: MarketSeries | None
    factors: tuple[MarketSeries, ...]
    assumed: tuple[str, ...] = ()

    @property
    def markets(self) -> tuple[Market, ...]:
        """The study's markets."""
        return tuple(series.market for series in self.securities)

    @property
    def calendars(self) -> dict[str, SessionCalendar]:
        """Sessions of the study's markets by name, those without a price taken out."""
        return {series.name: series.calendar for series in self.securities}

    @property
    def with_benchmark(self) -> tuple[MarketSeries, ...]:
        """The study's markets, and the benchmark where there is one."""
        return self.securities + (() if self.benchmark is None else (self.benchmark,))

    @property
    def only_factor(self) -> MarketSeries | None:
        """The only factor of the model, market or column; None where there is no such one."""
        factors = self.factors if self.benchmark is None else (self.benchmark, *self.factors)
        return factors[0] if len(factors) == 1 else None


def resolve_markets(
    names: Sequence[str],
    declared: Sequence[Market],
    prices: PricePanel,
    calendar: str | None,
) -> tuple[tuple[Market, int, bool], ...]:
    """Find each market among the declared, the built-in and the columns of the price file.

    `calendar`, where given, is that of every market the study does not declare itself. Each market
    comes with its column and whether that is inverted (:meth:`PricePanel.locate`). A market that is
    unknown, is named twice or has no column raises `SpecificationError`.
    """
    columns = prices.names
    declared_markets = {market.name: market for market in declared}
    markets: list[Market] = []
    for name in names:
        market = find_market(name, declared_markets)
        if market is None and name in columns:
            market = Market(name=name, label=name, calendar=calendar or "data", series=name)
        if market is None:
            market = get_market(name, declared_markets | {c: _column_market(c) for c in columns})
        if calendar is not None and market.name not in declared_markets:
            market = replace(market, calendar=calendar, timezone=None, close=None)
        if market.name in {other.name for other in markets}:
            raise SpecificationError(
                f"markets names {market.name} twice (as {name!r} too)", key="markets"
            )
        markets.append(market)
    return tuple((market, *prices.locate(market)) for market in markets)


def _column_market(column: str) -> Market:
    return Market(name=column, label=column, calendar="data", series=column)


def make_setting(study: Specification, events: Events, prices: PricePanel) -> Setting:
    """Find markets, benchmark and factors of a study among the prices.

    `SpecificationError` where a name is unknown, or a market is its own benchmark.
    """
    common = study_calendar(study, prices)
    start, end = _span(events, prices)

    def series_of(names: Sequence[str]) -> tuple[MarketSeries, ...]:
        located = resolve_markets(names, study.declared, prices, common)
        return tuple(MarketSeries.between(prices, market, start, end) for market in located)

    securities = series_of(study.markets)
    declared = {market.name: market for market in study.declared}
    factors: list[MarketSeries] = []
    is_market = False
    for name in study.model.factors:
        market = find_market(name, declared)
        if (name if market is None else market.name) in {series.name for series in securities}:
            raise SpecificationError(
                f"{name} is both a market of the study and its own benchmark; "
                "choose another benchmark or leave it out of markets"
            ).at(key=f"model.{'benchmark' if hasattr(study.model, 'benchmark') else 'factors'}")
        # A column that is no known market, on its own rows, is a factor without an exchange.
        is_market = market is not None or name not in prices.names or common not in (None, "data")
        factors += series_of([name])
    has_benchmark = len(factors) == 1 and is_market
    return Setting(
        securities=securities,
        benchmark=factors[0] if has_benchmark else None,
        factors=() if has_benchmark else tuple(factors),
    )


def study_calendar(study: Specification, prices: PricePanel) -> str | None:
    """Calendar of every market the study does not declare: the study's, else the panel's."""
    return study.calendar if study.calendar is not None else prices.calendar


def _span(events: Events, prices: PricePanel) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last date any calendar has to know, with a margin for the windows."""
    first, last = prices.span()
    if len(events):
        dates = events.frame["date"].to_numpy().astype("datetime64[D]")
        first, last = min(first, dates.min()), max(last, dates.max())
    return first - _MARGIN, last + _MARGIN
