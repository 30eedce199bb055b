"""Which official sources there are, which markets they have, and at which moment."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.exceptions import SpecificationError
from eventstudy.io.packaged import packaged_tables
from eventstudy.markets.market import Market, find_market, is_currency_pair
from eventstudy.registry import choose, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class FixingSource:
    """An official source of daily prices.

    Attributes
    ----------
    name, title : as tables and as sentences call it
    address : where it is asked
    close, timezone : the moment of its prices; None where the market's own calendar has it
    published : when they can be had
    days : the most days of one question
    pause : seconds between two questions
    source : where its form and its moment are described
    series : market to symbol, where it has few
    currencies : every pair of them, where it has those
    pivot : every pair with this currency, where it has those
    hundred : currencies quoted for 100 units
    """

    name: str
    title: str
    address: str
    published: str
    days: int
    pause: float
    source: str
    close: str | None = None
    timezone: str | None = None
    series: Mapping[str, str] = field(default_factory=dict)
    currencies: tuple[str, ...] = ()
    pivot: str | None = None
    hundred: tuple[str, ...] = ()

    @property
    def clock(self) -> str:
        """The moment of its prices in words.

        Examples
        --------
        >>> fixing_sources()["fred"].clock
        '12:00 America/New_York'
        """
        return f"{self.close} {self.timezone}" if self.close else "the market's own close"

    @property
    def markets_text(self) -> str:
        """What it has, for messages."""
        if self.series:
            return ", ".join(self.series)
        if self.pivot:
            return f"pairs with {self.pivot}, such as USD{self.pivot}"
        return f"pairs of {', '.join(self.currencies)}"

    def symbol(self, series: str) -> str | None:
        """Return what the source calls a series; None where it has none of that.

        Examples
        --------
        >>> sources = fixing_sources()
        >>> sources["fred"].symbol("USDCNY"), sources["cfets"].symbol("JPYCNY")
        ('DEXCHUS', '100JPY/CNY')
        >>> sources["frankfurter"].symbol("USDJPY"), sources["twse"].symbol("N225") is None
        ('USD/JPY', True)
        """
        if self.series:
            return self.series.get(series)
        base, quote = series[:3], series[3:]
        if not is_currency_pair(series) or len(series) != 6 or base == quote:
            return None
        if self.pivot is not None:
            if self.pivot not in (base, quote):
                return None
            return f"100{base}/{quote}" if base in self.hundred else f"{base}/{quote}"
        return f"{base}/{quote}" if {base, quote} <= set(self.currencies) else None

    def series_of(self, symbol: str) -> str:
        """Return the series of a symbol.

        Examples
        --------
        >>> fixing_sources()["cfets"].series_of("100JPY/CNY")
        'JPYCNY'
        """
        by_symbol = {known: name for name, known in self.series.items()}
        return by_symbol.get(symbol, symbol.lstrip("0123456789").replace("/", ""))


@cache
def fixing_sources() -> dict[str, FixingSource]:
    """Return the official sources by name.

    Examples
    --------
    >>> list(fixing_sources())
    ['fred', 'frankfurter', 'cfets', 'twse']
    """
    tables: dict[str, dict[str, Any]] = packaged_tables("eventstudy.prices.fixings", "fixings.toml")
    return {
        name: FixingSource(name=name, **{key: _frozen(value) for key, value in table.items()})
        for name, table in tables.items()
    }


def _frozen(value: Any) -> Any:  # noqa: ANN401 - of TOML
    return tuple(value) if isinstance(value, list) else value


def fixing_source(name: str) -> FixingSource:
    """Return one of them, or raise naming the nearest."""
    choose(name, fixing_sources(), "official source of prices")
    return fixing_sources()[name]


def market_of(
    name: str, source: FixingSource, declared: Mapping[str, Market] | None = None
) -> Market:
    """Return a market with the moment of a source's prices as its close.

    Parameters
    ----------
    name
        A market's name or alias, a pair of currencies such as ``"USDCNY"``, or a currency such as
        ``"CNY"``, which is the pair with the dollar, inverted.
    source
        Where its prices come from.
    declared
        The user's own markets. One that says another moment is refused.

    Raises
    ------
    SpecificationError
        The source has no such market, or it is declared with another moment.

    Examples
    --------
    >>> market = market_of("JPY", fixing_sources()["fred"])
    >>> market.series, market.inverse, market.close, market.timezone
    ('USDJPY', True, '12:00', 'America/New_York')
    """
    own = dict(declared or {})
    market = find_market(name, own)
    if market is None and is_currency_pair(name):
        letters = "".join(letter for letter in name.upper() if letter.isalpha())[:6]
        market = Market(
            name=letters, label=f"{letters[:3]}/{letters[3:]}", calendar="FX", series=letters,
            up=f"weaker {letters[3:]}",
        )  # fmt: skip
    if market is None and source.symbol(f"USD{name.upper()}") is not None:
        series = f"USD{name.upper()}"
        market = Market(
            name=name.upper(), label=name.upper(), calendar="FX", series=series, inverse=True,
            up=f"stronger {name.upper()}",
        )  # fmt: skip
    if market is None or source.symbol(market.series) is None:
        what = name if market is None else market.series
        known, has = source.series, f"it has {source.markets_text}"
        turned = what[3:] + what[:3]
        if turned in known:
            known, has = {}, f"it has {turned}, the quote the other way round"
        near = nearest(what, known, has)
        raise SpecificationError(f"{source.title} has no {name}{near}")
    if source.close is None:
        return market
    if market.name in own and (market.close, market.timezone) != (source.close, source.timezone):
        raise SpecificationError(
            f"market.{market.name} closes at {market.close} {market.timezone}, and the rates of "
            f'{source.title} are of {source.clock}; write close = "{source.close}" and timezone = '
            f'"{source.timezone}", or leave the table out',
            key=f"market.{market.name}.close",
        )
    return replace(market, calendar="FX", close=source.close, timezone=source.timezone)


def questions(source: FixingSource, start: dt.date, end: dt.date) -> list[tuple[dt.date, dt.date]]:
    """Return the spans that are asked for one after the other, the earliest first.

    Examples
    --------
    >>> import datetime as dt
    >>> questions(fixing_sources()["twse"], dt.date(2024, 1, 15), dt.date(2024, 3, 2))[0]
    (datetime.date(2024, 1, 1), datetime.date(2024, 1, 31))
    """
    spans = []
    if source.name == "twse":
        month = start.replace(day=1)
        while month <= end:
            following = (month + dt.timedelta(days=31)).replace(day=1)
            spans.append((month, following - dt.timedelta(days=1)))
            month = following
        return spans
    first = start
    while first <= end:
        last = min(first + dt.timedelta(days=source.days - 1), end)
        spans.append((first, last))
        first = last + dt.timedelta(days=1)
    return spans
