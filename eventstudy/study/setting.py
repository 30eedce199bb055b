"""`Setting`: the markets, calendars, benchmark and factors that the names in a study stand for.

The first stage of a fit: names are looked up, and each becomes prices on its own sessions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import (
    OWN_CALENDARS,
    Market,
    column_market,
    column_names,
    find_market,
    get_market,
    suffix_of,
)
from eventstudy.prices.market_series import MarketSeries, trim_calendar
from eventstudy.study.own_benchmarks import own_benchmarks
from eventstudy.text import some

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import DateArray, IntArray
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
    own_benchmarks : ``(N,)`` the benchmark a market has in place of the model's one, or None;
        empty where none has one
    attributes : ``(N, A)`` what is known of the markets; None where nothing is
    """

    securities: tuple[MarketSeries, ...]
    benchmark: MarketSeries | None
    factors: tuple[MarketSeries, ...]
    assumed: tuple[str, ...] = ()
    own_benchmarks: tuple[MarketSeries | None, ...] = ()
    attributes: pd.DataFrame | None = None

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
        """The study's markets and their benchmarks, each once."""
        common = () if self.benchmark is None else (self.benchmark,)
        every = (*self.securities, *common, *self.distinct_own_benchmarks)
        return tuple({series.name: series for series in every}.values())

    def benchmarks_of(self, security: IntArray) -> list[str]:
        """Return the benchmark of pairs ``(P,)`` by their security; none where all have one."""
        if not self.own_benchmarks:
            return []
        usual = "" if self.only_factor is None else self.only_factor.name
        names = [usual if own is None else own.name for own in self.own_benchmarks]
        return [names[n] for n in security.tolist()]

    @property
    def distinct_own_benchmarks(self) -> tuple[MarketSeries, ...]:
        """The benchmarks of single markets, each once."""
        own = {series.name: series for series in self.own_benchmarks if series is not None}
        return tuple(own.values())

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
    own = {market.name: market for market in declared}
    markets: dict[str, tuple[Market, int, bool]] = {}
    for name in names:
        market, column, is_inverted = locate_market(name, own, prices, calendar)
        if market.name in markets:
            raise SpecificationError(
                f"markets names {market.name} twice (as {name!r} too)", key="markets"
            )
        markets[market.name] = (market, column, is_inverted)
    return tuple(markets.values())


def locate_market(
    name: str,
    own: Mapping[str, Market],
    prices: PricePanel,
    calendar: str | None,
) -> tuple[Market, int, bool]:
    """Find one market as `resolve_markets` does; `own` are the declared ones by name."""
    columns = prices.positions
    market = _market_called(name, own, prices, calendar)
    named = dict(column_names(market))
    if name in named and name in columns:  # the column itself was asked for
        return market, columns[name], named[name]
    return market, *prices.locate(market)


def _market_called(
    name: str, own: Mapping[str, Market], prices: PricePanel, calendar: str | None
) -> Market:
    """Return the market of a name in a study.

    One that is declared, by the study or with its prices; else a built-in one; else a column, on
    the calendar that the ending of its symbol names, or on its own rows; last, a built-in one whose
    name is a share's ticker, too.
    """
    columns: Collection[str] = prices.positions
    market = find_market(name, {market.name: market for market in prices.declared} | dict(own))
    if market is None and name in columns:
        market = column_market(name)
    if market is None:
        market = get_market(name, {**own, **{c: column_market(c) for c in columns}})
    if calendar is not None and market.name not in own:
        market = replace(market, calendar=calendar, timezone=None, close=None)
    return market


def _said_of(
    study: Specification,
    prices: PricePanel,
    common: str | None,
    named: Sequence[tuple[str, MarketSeries]],
) -> tuple[str, ...]:
    """Return what finding the markets assumed: a sentence for each name and calendar not written.

    `named` are the names in the study, each with what it was taken for.
    """
    own = {market.name for market in study.declared}
    said = []
    replaced = []
    for name, series in named:
        market, column = series.market, prices.names[series.column]
        known = find_market(market.name)
        is_named_so = column in (market.name, market.series)
        spelling, what = (name, "") if is_named_so else (column, "column ")
        names = [market.name, market.series, *(market.aliases if is_named_so else ())]
        if spelling.casefold() not in map(str.casefold, names):
            said.append(
                f"{what}{spelling!r} is {market.name} ({market.label}, {market.calendar})"
                + (f", inverted: up is {market.up}" if series.is_inverted else "")
            )
        elif series.is_inverted:
            said.append(f"{market.name} is column {column!r} inverted: up is {market.up}")
        suffix = None if market.name in own or known is not None else suffix_of(market.name)
        if suffix is not None and common is None:
            said.append(
                f"{market.name} has the sessions of {suffix.calendar}, as its ending "
                f"{suffix.ending.strip()!r} says"
            )
        if common is not None and market.name not in own:
            usual = suffix.calendar if suffix is not None else known and known.calendar
            if usual not in (None, "data", common):
                replaced.append(f"{market.name} ({usual})")
    if replaced:
        said.append(
            f'calendar = "{common}" stands in place of the one {some(replaced)} '
            f"{'is' if len(replaced) == 1 else 'are'} known by"
        )
    return tuple(said)


def make_setting(
    study: Specification,
    events: Events,
    prices: PricePanel,
    markets: Sequence[str],
    *,
    table: str = "model",
    span: tuple[np.datetime64, np.datetime64] | None = None,
) -> Setting:
    """Find markets, benchmark and factors of a study among the prices.

    `markets` are the names of its markets; `table` is what messages call the table of its model;
    calendars reach over `span`, by default that of the prices, and over the events.
    `SpecificationError` where a name is unknown, or a market is its own benchmark.
    """
    common = study_calendar(study, prices)
    start, end = _reach(events, prices.span() if span is None else span)
    calendars: dict[tuple[object, ...], SessionCalendar] = {}
    digests: dict[int, bytes] = {}

    def series_of(names: Sequence[str]) -> tuple[MarketSeries, ...]:
        located = resolve_markets(names, study.declared, prices, common)
        return tuple(
            MarketSeries(
                market=market,
                column=column,
                is_inverted=is_inverted,
                calendar=calendar_of(market, prices.dates[column]),
            )
            for market, column, is_inverted in located
        )

    def calendar_of(market: Market, dates: DateArray) -> SessionCalendar:
        """Return one value for all markets of the same hours whose prices have the same dates."""
        hours = (market.calendar, market.timezone, market.open, market.close)
        if id(dates) not in digests:  # most columns of a file share theirs
            digests[id(dates)] = blake2b(dates.tobytes(), digest_size=16).digest()
        key = (*hours, digests[id(dates)])
        if key not in calendars:
            whole = hours if market.calendar != "data" else key
            if whole not in calendars:
                calendars[whole] = calendar_for(market, start, end, dates)
            if market.calendar != "data":  # else its sessions are the dates
                calendars[key] = trim_calendar(calendars[whole], dates)
        return calendars[key]

    securities = series_of(markets)
    named = list(zip(markets, securities, strict=True))
    declared = {market.name: market for market in study.declared}
    names_taken = {series.name for series in securities}
    factors: list[MarketSeries] = []
    is_market = False
    for name in study.model.factors:
        market = find_market(name, declared)
        if (name if market is None else market.name) in names_taken:
            role = study.model.factors_key.removesuffix("s")
            where = "" if table == "model" else f"{table}: "
            raise SpecificationError(
                f"{where}{name} is both a market of the study and its own {role}; "
                f"choose another {role} or leave it out of markets"
            ).at(key=f"{table}.{study.model.factors_key}")
        # A column that is no known market, on its own rows, is a factor without an exchange.
        (found,) = series_of([name])
        is_market = (
            market is not None
            or name not in prices.names
            or common not in (None, "data")
            or found.market.calendar != "data"
        )
        factors.append(found)
        named.append((name, found))
    has_benchmark = len(factors) == 1 and is_market
    own, attributes, said = own_benchmarks(study, markets, securities, prices, series_of)
    common_names = {series.name for _, series in named}
    others = {series.name: series for series in own if series is not None}
    named += [(name, series) for name, series in others.items() if name not in common_names]
    return Setting(
        securities=securities,
        benchmark=factors[0] if has_benchmark else None,
        factors=() if has_benchmark else tuple(factors),
        assumed=(*_said_of(study, prices, common, named), *said),
        own_benchmarks=own,
        attributes=attributes,
    )


def study_calendar(study: Specification, prices: PricePanel) -> str | None:
    """Calendar of every market the study does not declare: the study's, else the panel's.

    None, also written "own": each market has the one it is known by.
    """
    calendar = study.calendar if study.calendar is not None else prices.calendar
    return None if calendar == OWN_CALENDARS else calendar


def _reach(
    events: Events, span: tuple[np.datetime64, np.datetime64]
) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last date any calendar has to know, with a margin for the windows."""
    first, last = span
    if len(events):
        dates = events.frame["date"].to_numpy().astype("datetime64[D]")
        first, last = min(first, dates.min()), max(last, dates.max())
    return first - _MARGIN, last + _MARGIN
