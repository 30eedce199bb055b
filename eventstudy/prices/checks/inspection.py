"""All checks together: of the markets of a study, or of a panel that has no study yet."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import (
    FX_CLOSE,
    FX_TIMEZONE,
    Market,
    find_market,
    get_market,
    load_markets,
)
from eventstudy.prices.checks.bars import bar_checks, fx_label_of
from eventstudy.prices.checks.base import Column, as_checks, is_in
from eventstudy.prices.checks.comparison import given_checks, sister_checks
from eventstudy.prices.checks.sessions import session_checks, shared_gaps, unfinished
from eventstudy.prices.checks.values import value_checks
from eventstudy.prices.fx_labels import YAHOO_FX
from eventstudy.prices.market_series import MarketSeries
from eventstudy.registry import nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from eventstudy._typing import DateArray
    from eventstudy.prices.panel import Check, PricePanel

_ROOM = np.timedelta64(30, "D")


def check_prices(
    prices: PricePanel,
    series: Sequence[MarketSeries],
    *,
    now: np.datetime64 | None = None,
) -> pd.DataFrame:
    """List what looks wrong in the prices of each market.

    Parameters
    ----------
    prices
        Repeated or unsorted dates and non-positive prices never get this far: they are refused
        when the file is read. Its remarks come first.
    series
        Markets whose columns are judged, before or after price-less sessions were removed.
    now
        Instant in UTC after which a close is still to come; the clock by default.

    Returns
    -------
    DataFrame
        security, date (NaT: the whole column), check, severity, detail; a finding a row. Checks:

        ======================= ======== ========================================================
        check                   severity found where
        ======================= ======== ========================================================
        ``empty_column``        error    no value at all
        ``fx_label_shift``      error    a currency's closes lie at the open of their own row (see
                                         `fx_labels`), or its returns go with a sister's of the
                                         row before
        ``label_shift``         error    returns go with a sister's of another row: correlation at
                                         lag -1 or +1 over that at lag 0 by 6 standard errors
        ``unit_break``          error    a jump by 10, 100 or 1,000, or to one over it, that stays;
                                         warning where it is by 2 to 5, as a split makes it
        ``quote_direction``     error    a currency's level is that of the opposite quote
        ``wrong_close``         warning  residuals on a sister of correlation 0.9 beyond 3.5 robust
                                         s.d. on two sessions, opposed, about equal, alone
        ``close_off_bar``       warning  the same of the moves open to close and close to next open,
                                         beyond 5 robust s.d.; not for FX
        ``jump_reversal``       warning  a log return over 10 s.d. of the others, at least half
                                         undone the session after
        ``stale_close``         warning  the same close on 3 sessions, 4 for FX
        ``filled_row``          warning  a session whose whole bar repeats the close before
        ``bar_contradiction``   warning  open or close outside low and high by over 0.1 %
        ``session_without_price`` warning the calendar has a session (or several in a row)
        ``unknown_closure``     warning  the same, of all columns of one calendar together
        ``row_without_session`` warning  the calendar has none
        ``closure_conflict``    warning  a row on a closure ``markets.toml`` knows
        ``calendar_ends``       warning  rows before or after what the calendar speaks about
        ``unfinished_row``      warning  the last row's close is still to come
        ``known_closure``       info     no row on a closure ``markets.toml`` knows: right
        ``filled_closure``      info     a row without a session that repeats the close before
        ``zero_volume``         info     volume 0 in a column that has volumes
        ======================= ======== ========================================================
    """
    found: list[Check] = list(prices.remarks)
    columns = [_column(prices, one) for one in series]
    rows = [prices.dates[one.column] for one in series]
    return as_checks(found + _all_checks(prices, columns, rows, _instant(now)))


def inspect_prices(
    prices: PricePanel,
    markets: Sequence[str | Market] | None = None,
    *,
    calendar: str | None = None,
    against: PricePanel | None = None,
    now: np.datetime64 | None = None,
) -> pd.DataFrame:
    """List what looks wrong in prices, without a study: the calendars are those of the markets.

    Parameters
    ----------
    prices
        As read.
    markets
        Names or aliases; every column by default. A column no market is known for is judged on its
        own rows.
    calendar
        Exchange code, ``"FX"`` or ``"data"`` for every market; the panel's own word, else each
        market's own calendar, by default.
    against
        The same underlyings from another source: dates and single closes of equally named columns
        are compared.
    now
        Instant in UTC after which a close is still to come; the clock by default.

    Returns
    -------
    DataFrame
        As :func:`check_prices`.

    Raises
    ------
    SpecificationError
        A market or calendar nobody knows, or one without a column; nothing to compare `against`.

    Examples
    --------
    >>> import pandas as pd
    >>> from eventstudy.prices.panel import PricePanel
    >>> days = pd.to_datetime(["2023-08-31", "2023-09-04", "2023-09-05"])
    >>> hsi = pd.DataFrame({"HSI": [18382.06, 18844.16, 18456.91]}, index=days)
    >>> inspect_prices(PricePanel.from_frame(hsi))[["date", "check", "severity"]]
            date          check severity
    0 2023-09-01  known_closure     info
    """
    moment = _instant(now)
    whole = calendar if calendar is not None else prices.calendar
    columns, rows = [], []
    for market, at, is_inverted in _markets_of(prices, markets):
        chosen = market
        if whole is not None:
            chosen = replace(market, calendar=whole, timezone=None, close=None, open=None)
        dates = prices.dates[at]
        if len(dates):
            span = dates[0] - _ROOM, dates[-1] + _ROOM
        else:
            span = np.datetime64("2020-01-01", "D"), np.datetime64("2020-12-31", "D")
        sessions = calendar_for(chosen, *span, dates)
        placed = MarketSeries(market=chosen, column=at, is_inverted=is_inverted, calendar=sessions)
        columns.append(_column(prices, placed))
        rows.append(dates)
    found = list(prices.remarks) + _all_checks(prices, columns, rows, moment)
    if against is not None:
        found += _compared(columns, against)
    return as_checks(found)


def _instant(now: np.datetime64 | None) -> np.datetime64:
    moment: np.datetime64 = np.datetime64("now", "s") if now is None else now
    return cast("np.datetime64", moment.astype("datetime64[ns]"))


def _markets_of(
    prices: PricePanel, markets: Sequence[str | Market] | None
) -> list[tuple[Market, int, bool]]:
    """The markets to judge, with their columns; without names one for each column."""
    if markets is not None:
        wanted = [
            _named(one, prices) if isinstance(one, str) else one for one in dict.fromkeys(markets)
        ]
        return [(market, *prices.locate(market)) for market in wanted]
    out = []
    for at, name in enumerate(prices.names):
        known = find_market(name)
        if known is None:
            market, is_inverted = Market(name=name, label=name, calendar="data", series=name), False
        else:
            market, is_inverted = replace(known, name=name), known.inverse and known.series == name
        out.append((market, at, is_inverted))
    return out


def _named(name: str, prices: PricePanel) -> Market:
    known = find_market(name)
    if known is None and name in prices.names:
        return Market(name=name, label=name, calendar="data", series=name)
    return known or get_market(
        name, {c: Market(name=c, label=c, calendar="data", series=c) for c in prices.names}
    )


def _column(prices: PricePanel, series: MarketSeries) -> Column:
    market, at, calendar = series.market, series.column, series.calendar
    dates, values = prices.dates[at], prices.values[at]
    used = is_in(dates, calendar.sessions)
    dates, values = dates[used], values[used]
    if prices.content == "prices":
        logs = np.diff(np.log(values), prepend=np.nan)
    else:
        logs = values if prices.kind == "log" else np.log1p(values)
    # a study that takes the rows of its file for sessions does not change what trades when
    home = _homes().get(market.name.casefold()) or _homes().get(market.series.casefold())
    clock: str | None = calendar.name
    if calendar.name == "data":
        clock = f"{calendar.close} {calendar.timezone}" if calendar.has_clock else home
    elif calendar.is_fx and (calendar.close, calendar.timezone) != (FX_CLOSE, FX_TIMEZONE):
        clock = f"FX {calendar.close} {calendar.timezone}"
    return Column(
        market=market,
        at=at,
        is_inverted=series.is_inverted,
        calendar=calendar,
        dates=dates,
        logs=logs,
        levels=values if prices.content == "prices" else None,
        bars=prices.fields.get(prices.names[at]),
        is_fx=calendar.is_fx or home == "FX" or market.name.endswith(YAHOO_FX),
        clock=clock,
        is_moved=prices.names[at] in prices.moved,
    )


@cache
def _homes() -> dict[str, str]:
    """Calendar of every market the package knows, by name, alias, series and symbol at Yahoo."""
    return {
        name.casefold(): market.calendar
        for market in load_markets().values()
        for name in (market.name, market.series, market.yahoo, *market.aliases)
        if name is not None
    }


def _all_checks(
    prices: PricePanel,
    columns: Sequence[Column],
    rows: Sequence[DateArray],
    now: np.datetime64,
) -> list[Check]:
    shared = shared_gaps(columns, rows)
    found: list[Check] = []
    for column, dates in zip(columns, rows, strict=True):
        found += session_checks(
            column.name,
            dates,
            column.calendar,
            values=prices.values[column.at] if prices.content == "prices" else None,
            shared=shared.get(column.calendar.name),
        )
        found += unfinished(column, dates, now)
        found += value_checks(column)
        found += bar_checks(column)
    early = []
    for column in columns:
        label = fx_label_of(column) if column.is_fx else None
        early.append(label is not None and label.label == "start_of_day")
    return found + sister_checks(columns, early)


def _compared(columns: Sequence[Column], against: PricePanel) -> list[Check]:
    """Each column against the same market in another panel, where that has it."""
    found: list[Check] = []
    compared = 0
    for column in columns:
        try:
            at, _ = against.locate(column.market)
        except SpecificationError:
            continue
        compared += 1
        placed = MarketSeries(
            market=column.market, column=at, is_inverted=False, calendar=column.calendar
        )
        other = _column(against, placed)
        found += given_checks(column, other, f"{against.names[at]} of {against.name}")
    if not compared:
        here = ", ".join(column.name for column in columns[:3])
        raise SpecificationError(
            f"{against.name} has no column to compare with {here}; columns are compared by name"
            f"{nearest(columns[0].name, against.names) if columns else ''}"
        )
    return found
