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
    column_market,
    column_names,
    find_market,
    get_market,
    load_markets,
)
from eventstudy.prices.checks.agreement import agreement_checks
from eventstudy.prices.checks.bars import bar_checks, fx_label_of
from eventstudy.prices.checks.base import Column, as_checks, is_in
from eventstudy.prices.checks.calm import surely_calm
from eventstudy.prices.checks.comparison import peer_checks, reference_checks
from eventstudy.prices.checks.returns import empty_cell_checks, return_checks
from eventstudy.prices.checks.sessions import (
    lost_periods,
    session_checks,
    shared_gaps,
    unfinished_row,
)
from eventstudy.prices.checks.span import (
    StudySpan,
    cut_to,
    findings_within,
    grouped,
    remarks_within,
)
from eventstudy.prices.checks.values import value_checks
from eventstudy.prices.fx_labels import YAHOO_FX
from eventstudy.prices.market_series import MarketSeries
from eventstudy.registry import nearest, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from eventstudy._typing import BoolArray, DateArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.prices.panel import Check, PricePanel

_MARGIN = np.timedelta64(30, "D")


def check_prices(
    prices: PricePanel,
    series: Sequence[MarketSeries],
    *,
    now: np.datetime64 | None = None,
    spans: Mapping[str, StudySpan] | None = None,
) -> pd.DataFrame:
    """List what looks wrong in the prices of each market.

    Parameters
    ----------
    prices
        Repeated or unsorted dates and non-positive prices never get this far: they are refused
        when the file is read. Its remarks come first.
    series
        Markets whose columns are checked, before or after price-less sessions were removed.
    now
        Instant in UTC after which a close is still to come; the clock by default.
    spans
        Sessions each market's study uses, by name. Findings outside them are left out, more than 3
        of one kind at one market are one row, and a dividend in an event window is an error. All
        of the history, a finding a row, by default.

    Returns
    -------
    DataFrame
        security, date (NaT: the whole column), check, severity, detail. Checks:

        ======================= ======== ========================================================
        check                   severity found where
        ======================= ======== ========================================================
        ``empty_column``        error    no value at all
        ``fx_label_shift``      error    a currency's closes lie at the open of their own row (see
                                         `fx_labels`), or its returns go with a peer's of the
                                         row before
        ``label_shift``         error    returns go with a peer's of another row: correlation at
                                         lag -1 or +1 over that at lag 0 by 6 standard errors
        ``unit_break``          error    a jump by 10, 100 or 1,000, to one over it, or as a split
                                         makes it, that stays; a small split: warning
        ``outlier``             error    a log return over 10 s.d. of the others that is neither,
                                         larger than its class of market has seen; else warning
        ``percent_returns``     error    a stretch of returns of the size of percent
        ``lost_periods``        error    rows weeks or months apart on days without a session
        ``quote_direction``     error    a currency's level is that of the opposite quote
        ``adjustment_in_return`` warning a close moves otherwise than the adjusted close beside it;
                                         error where that is in an event window
        ``quote_level``         warning  a currency's level is that of neither quote
        ``filled_zeros``        warning  returns of exactly 0 in a market that moves every day
        ``empty_cells``         warning  the share of empty cells stands out
        ``wrong_close``         warning  residuals on a peer of correlation 0.9 beyond 3.5 robust
                                         s.d. on two sessions, opposed, about equal, alone
        ``same_series``         warning  all returns are those of another column, of 40 or fewer
        ``close_off_bar``       warning  the same of the moves open to close and close to next open,
                                         beyond 5 robust s.d.; not for FX
        ``jump_reversal``       warning  a log return over 10 s.d. of the others, at least half
                                         undone the session after; error beyond what its class
                                         of market has seen
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
    used_rows: dict[tuple[int, int], BoolArray] = {}
    columns = [_checked_column(prices, each, used_rows) for each in series]
    rows = [prices.dates[market_series.column] for market_series in series]
    instant = _instant(now)
    if spans is None:
        whole = _whole_columns(columns, rows)
        return as_checks([*prices.remarks, *_all_checks(prices, columns, rows, instant, whole)])
    within = [spans.get(column.name) for column in columns]
    used = [(at, span) for at, span in enumerate(within) if span is not None]
    parts: dict[tuple[int, ...], tuple[slice, slice]] = {}
    cut = [cut_to(columns[at], rows[at], span, parts) for at, span in used]
    whole = _whole_columns([columns[at] for at, _ in used], [rows[at] for at, _ in used])
    found = _all_checks(prices, [c for c, _ in cut], [r for _, r in cut], instant, whole)
    sources = [(columns[at].source, span) for at, span in used]
    unused = set(prices.names).difference(column.source for column in columns)
    remarks = remarks_within(prices.remarks, sources, unused)
    return as_checks(grouped([*remarks, *findings_within(found, spans)]))


def inspect_prices(
    prices: PricePanel,
    markets: Sequence[str | Market] | None = None,
    *,
    calendar: str | None = None,
    against: PricePanel | None = None,
    tolerance: float | None = None,
    now: np.datetime64 | None = None,
) -> pd.DataFrame:
    """List what looks wrong in prices, without a study: the calendars are those of the markets.

    Parameters
    ----------
    prices
        As read.
    markets
        Names or aliases; every column by default. A column of no known market is checked on its
        own rows.
    calendar
        Exchange code, ``"FX"`` or ``"data"`` for every market; by default that of the panel,
        else each market's own.
    against
        The same underlyings from another source: dates and single closes of equally named columns
        are compared.
    tolerance
        Relative difference beyond which a number that differs from the one of `against` is listed,
        such as 0.001; by default returns alone are compared.
    now
        Instant in UTC after which a close is still to come; the clock by default.

    Returns
    -------
    DataFrame
        As :func:`check_prices`.

    Raises
    ------
    SpecificationError
        An unknown market or calendar, or one without a column; nothing to compare `against`.

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
    instant = _instant(now)
    common_calendar = calendar if calendar is not None else prices.calendar
    columns, rows = [], []
    used_rows: dict[tuple[int, int], BoolArray] = {}
    # Columns of the same dates that trade alike share their sessions.
    calendars: dict[tuple[object, ...], SessionCalendar] = {}
    for market, at, is_inverted in _markets_to_check(prices, markets):
        chosen = market
        if common_calendar is not None:
            chosen = replace(market, calendar=common_calendar, timezone=None, close=None, open=None)
        dates = prices.dates[at]
        if len(dates):
            span = dates[0] - _MARGIN, dates[-1] + _MARGIN
        else:
            span = np.datetime64("2020-01-01", "D"), np.datetime64("2020-12-31", "D")
        key = id(dates), chosen.calendar, chosen.timezone, chosen.open, chosen.close
        if key not in calendars:
            calendars[key] = calendar_for(chosen, *span, dates)
        series = MarketSeries(
            market=chosen, column=at, is_inverted=is_inverted, calendar=calendars[key]
        )
        columns.append(_checked_column(prices, series, used_rows))
        rows.append(dates)
    checks = list(prices.remarks) + _all_checks(prices, columns, rows, instant)
    if against is not None:
        checks += _reference_checks(columns, against, tolerance)
    return as_checks(checks)


def _instant(now: np.datetime64 | None) -> np.datetime64:
    instant: np.datetime64 = np.datetime64("now", "s") if now is None else now
    return cast("np.datetime64", instant.astype("datetime64[ns]"))


def _markets_to_check(
    prices: PricePanel, markets: Sequence[str | Market] | None
) -> list[tuple[Market, int, bool]]:
    """Return the markets to check, with their columns; without names one for each column."""
    if markets is not None:
        named = [
            _market_named(market, prices) if isinstance(market, str) else market
            for market in dict.fromkeys(markets)
        ]
        return [(market, *prices.locate(market)) for market in named]
    out = []
    for at, name in enumerate(prices.names):
        market_known = find_market(name, _declared(prices))
        if market_known is None:
            market, is_inverted = column_market(name), False
        else:
            market, is_inverted = (
                replace(market_known, name=name),
                market_known.inverse and market_known.series == name,
            )
        out.append((market, at, is_inverted))
    return out


def _on_own_sessions(prices: PricePanel, at: int, column: Column) -> Column:
    """Return a column of another panel, quoted as `column` is, on the sessions it has there."""
    name = prices.names[at]
    known = find_market(name, _declared(prices))
    market = column.market if known is None else replace(known, name=column.name)
    dates = prices.dates[at]
    span = dates[0] - _MARGIN, dates[-1] + _MARGIN
    series = MarketSeries(
        market=market, column=at, is_inverted=False, calendar=calendar_for(market, *span, dates)
    )
    return _checked_column(prices, series)


def _declared(prices: PricePanel) -> dict[str, Market]:
    return {market.name: market for market in prices.declared}


def _market_named(name: str, prices: PricePanel) -> Market:
    market = find_market(name, _declared(prices))
    if market is None and name in prices.names:
        return column_market(name)
    return market or get_market(name, {c: column_market(c) for c in prices.names})


def _checked_column(
    prices: PricePanel,
    series: MarketSeries,
    used_rows: dict[tuple[int, int], BoolArray] | None = None,
) -> Column:
    """Return a column on its sessions; `used_rows` are known of columns of the same dates."""
    market, position, calendar = series.market, series.column, series.calendar
    dates, values = prices.dates[position], prices.values[position]
    known = {} if used_rows is None else used_rows
    key = id(dates), id(calendar)
    if key not in known:
        known[key] = is_in(dates, calendar.sessions)
    used = known[key]
    if not used.all():
        dates, values = dates[used], values[used]
    if prices.content == "prices":
        logs = np.diff(np.log(values), prepend=np.nan)
    else:
        logs = values if prices.kind == "log" else np.log1p(values)
    # calendar = "data" changes the sessions of a study, not the hours in which a market trades
    usual_calendar = _usual_calendars().get(market.name.casefold()) or _usual_calendars().get(
        market.series.casefold()
    )
    clock: str | None = calendar.name
    if calendar.name == "data":
        clock = f"{calendar.close} {calendar.timezone}" if calendar.has_clock else usual_calendar
    elif calendar.is_fx and (calendar.close, calendar.timezone) != (FX_CLOSE, FX_TIMEZONE):
        clock = f"FX {calendar.close} {calendar.timezone}"
    return Column(
        market=market,
        position=position,
        is_inverted=series.is_inverted,
        calendar=calendar,
        dates=dates,
        logs=logs,
        levels=values if prices.content == "prices" else None,
        bars=prices.fields.get(prices.names[position]),
        is_fx=calendar.is_fx or usual_calendar == "FX" or market.name.endswith(YAHOO_FX),
        clock=clock,
        is_moved=prices.names[position] in prices.moved,
        source=prices.names[position],
    )


@cache
def _usual_calendars() -> dict[str, str]:
    """Calendar of every market the package knows, by every name its column may have."""
    return {
        name.casefold(): market.calendar
        for market in load_markets().values()
        for name, _ in column_names(market)
    }


def _all_checks(
    prices: PricePanel,
    columns: Sequence[Column],
    rows: Sequence[DateArray],
    now: np.datetime64,
    whole: Sequence[bool] | None = None,
) -> list[Check]:
    """List what looks wrong; `whole` are the columns whose rows are all sessions of theirs."""
    shared = shared_gaps(columns, rows)
    checks: list[Check] = []
    is_whole = _whole_columns(columns, rows) if whole is None else whole
    columns = [
        replace(column, is_calm=True) if is_calm else column
        for column, is_calm in zip(columns, surely_calm(columns).tolist(), strict=True)
    ]
    finished: dict[tuple[int, np.datetime64 | None], bool] = {}
    for column, dates, has_all in zip(columns, rows, is_whole, strict=True):
        if not has_all:
            values = prices.values[column.position][is_in(prices.dates[column.position], dates)]
            checks += session_checks(
                column.name,
                dates,
                column.calendar,
                values=values if prices.content == "prices" else None,
                shared=shared.get(column.calendar.name),
            )
            checks += lost_periods(
                column.name, dates, values, column.calendar, content=prices.content
            )
        last = id(column.calendar), dates[-1] if len(dates) else None
        if not finished.get(last, False):
            unfinished = unfinished_row(column, dates, now)
            finished[last] = not unfinished
            checks += unfinished
        checks += value_checks(column) + return_checks(column)
        checks += bar_checks(column)
    checks += empty_cell_checks(columns, rows, is_whole, content=prices.content)
    start_of_day = []
    for column in columns:
        label = fx_label_of(column) if column.is_fx else None
        start_of_day.append(label is not None and label.label == "start_of_day")
    return checks + peer_checks(columns, start_of_day)


def _whole_columns(columns: Sequence[Column], rows: Sequence[DateArray]) -> list[bool]:
    """Return which columns have a row on each session of their calendar and on no other day."""
    known: dict[tuple[int, int], bool] = {}
    for column, dates in zip(columns, rows, strict=True):
        key = id(column.calendar), id(dates)
        if key not in known:
            sessions = column.calendar.sessions
            known[key] = (
                len(dates) > 0 and not column.calendar.removed and np.array_equal(sessions, dates)
            )
    return [
        known[id(column.calendar), id(dates)] for column, dates in zip(columns, rows, strict=True)
    ]


def _reference_checks(
    columns: Sequence[Column], against: PricePanel, tolerance: float | None
) -> list[Check]:
    """Each column against the same market in another panel, where that has it."""
    checks: list[Check] = []
    compared = 0
    for column in columns:
        try:
            at, _ = against.locate(column.market)
        except SpecificationError:
            continue
        compared += 1
        series = MarketSeries(
            market=column.market, column=at, is_inverted=False, calendar=column.calendar
        )
        other = _checked_column(against, series)
        where = f"{against.names[at]} of {against.name}"
        checks += reference_checks(column, other, where)
        if tolerance is not None:
            own = _on_own_sessions(against, at, column)
            checks += agreement_checks(column, own, where, tolerance=tolerance)
    if not compared:
        here = ", ".join(column.name for column in columns[:3])
        raise SpecificationError(
            f"{against.name} has no column to compare with {here}; columns are compared by name"
            f"{nearest(columns[0].name, against.names) if columns else ''}",
            suggestion=suggest(columns[0].name, against.names) if columns else None,
        )
    return checks
