"""What sizes are plausible: of a day's return by class of market, of a currency's level.

The limits stand in ``plausible.toml``, next to this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.io.packaged import packaged_tables
from eventstudy.markets.market import find_market, load_markets

if TYPE_CHECKING:
    from eventstudy._typing import DateArray, FloatArray
    from eventstudy.markets.market import Market

MIN_ROWS = 20
"""Returns below which their median size says little."""

_SESSIONS_A_DAY = 252 / 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySizes:
    """Limits of a market's daily returns.

    Attributes
    ----------
    typical : largest median size that decimal returns have
    largest : a log return of one day that has not occurred
    is_known : whether the class of the market is known, so that `largest` is a fact
    """

    typical: float
    largest: float
    is_known: bool


@cache
def daily_sizes(name: str) -> DailySizes:
    """Return the limits for a column or market of this name, whatever the case.

    Examples
    --------
    >>> daily_sizes("USDCNH").typical, daily_sizes("ABC").typical
    (0.02, 0.1)
    """
    tables = _tables()["daily"]
    market = find_market(name) or _by_series().get(name.casefold())
    kind = "other"
    if market is not None and market.name in load_markets():
        by_name = [key for key, table in tables.items() if market.name in table.get("names", ())]
        kind = next(iter(by_name), "currency" if market.calendar == "FX" else "index")
    table = tables[kind]
    return DailySizes(
        typical=float(table["typical"]), largest=float(table["largest"]), is_known=kind != "other"
    )


def spacing_factor(dates: DateArray) -> float:
    """Return by what returns between these dates are larger than daily ones: 1, 2.2 for weeks."""
    if len(dates) < 2:
        return 1.0
    steps = np.diff(dates.astype("datetime64[D]")).view(np.int64)
    if 2 * np.count_nonzero(steps <= 1) > len(steps):  # and so the median is no more
        return 1.0
    days = float(np.median(steps.astype(np.float64)))
    return float(np.sqrt(max(1.0, days * _SESSIONS_A_DAY)))


def quote_range(market: Market, dates: DateArray) -> tuple[float, float] | None:
    """Return the lowest and highest level a currency market has had in these years.

    Of the value a study takes, after inversion; None where the pair is not known, or no dates.
    """
    known = load_markets().get(market.name)
    is_inverse = market.inverse if known is None else known.inverse
    series = market.series if known is None else known.series
    tables: dict[str, dict[str, list[float]]] = _tables()["quote"]
    if series not in tables and series.casefold() in _by_series():
        series = _by_series()[series.casefold()].series  # Yahoo's symbol of the pair
    ranges = tables.get(series)
    if ranges is None or len(dates) == 0:
        return None
    first, last = (int(str(day)[:4]) for day in (dates[0], dates[-1]))
    starts = sorted(int(year) for year in ranges)
    ends = [*(start - 1 for start in starts[1:]), 9999]
    used = [
        ranges[str(start)]
        for start, end in zip(starts, ends, strict=True)
        if start <= last and end >= first
    ]
    if not used or first < starts[0]:
        return None
    low, high = min(low for low, _ in used), max(high for _, high in used)
    return (1.0 / high, 1.0 / low) if is_inverse else (low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLevel:
    """The level of a currency that lies outside what the pair has been.

    Attributes
    ----------
    level : median of the column as it stands
    low, high : what the column would hold at the pair's known levels
    is_turned : whether one over the level lies inside, and so the quote is the opposite one
    """

    level: float
    low: float
    high: float
    is_turned: bool


def odd_quote(
    market: Market, dates: DateArray, levels: FloatArray, *, is_inverted: bool
) -> QuoteLevel | None:
    """Return what is odd about the level of a currency's column; None where nothing is."""
    if len(levels) == 0:
        return None
    known = quote_range(market, dates)
    if known is None:
        return None
    low, high = (1.0 / known[1], 1.0 / known[0]) if is_inverted else known
    level = float(np.median(levels))
    if low <= level <= high:
        return None
    return QuoteLevel(level=level, low=low, high=high, is_turned=low <= 1.0 / level <= high)


def turned_quote_remedy(market: Market, column: str, *, is_inverted: bool) -> str:
    """Return what makes a study read a column of the opposite quote rightly."""
    table = f"[market.{market.name}]"
    if is_inverted and column == market.series != market.name:
        return f"name the column {market.name}, as it is quoted that way already"
    if is_inverted:
        return f"leave out inverse = true in {table}"
    if market.inverse:
        return f'name the column {market.series}, or set series = "{column}" in {table}'
    return f"set inverse = true in {table}"


@cache
def _tables() -> dict[str, Any]:
    return packaged_tables("eventstudy.prices", "plausible.toml")


@cache
def _by_series() -> dict[str, Market]:
    """Markets by series and by their symbol at Yahoo, whatever the case."""
    return {
        name.casefold(): market
        for market in reversed(load_markets().values())
        for name in (market.series, market.yahoo)
        if name is not None
    }
