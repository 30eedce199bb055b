"""Bars as a vendor sends them become rows that can be stored; what is left out is listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.prices.panel import Check

if TYPE_CHECKING:
    import datetime as dt

    from eventstudy._typing import BoolArray, DateArray
    from eventstudy.markets.market import Market

FIELDS = ("open", "high", "low", "close", "volume")
"""Columns of bars, in this order."""

SETTLED = np.timedelta64(30, "m")
"""How long after a close its bar may still move: vendors show indices late, auctions end later."""

_DAY = np.timedelta64(1, "D")
_SECONDS = {"m": 60, "h": 3600}


class Request(NamedTuple):
    """A symbol to download, from one date to another, both included."""

    symbol: str
    start: dt.date
    end: dt.date
    market: Market | None = None


def is_intraday(interval: str) -> bool:
    """Whether bars of this interval are shorter than a day: 5m and 1h are, 1d and 1mo are not."""
    return interval[:-1].isdigit() and interval[-1] in _SECONDS


def no_bars(interval: str = "1d") -> pd.DataFrame:
    """Return bars without rows."""
    index = pd.DatetimeIndex([], tz="UTC" if is_intraday(interval) else None).as_unit("ns")
    frame = pd.DataFrame({name: np.empty(0) for name in FIELDS}, index=index)
    return frame.rename_axis("time" if is_intraday(interval) else "date")


def clean_bars(
    raw: pd.DataFrame, request: Request, interval: str, now: pd.Timestamp
) -> tuple[pd.DataFrame, list[Check]]:
    """Return the rows of a vendor's frame that are bars, and a check for each that is not.

    Parameters
    ----------
    raw
        Columns Open, High, Low, Close, Volume; index with the exchange's time zone.
    request
        Rows outside its dates are left out. With a market, the row of a session is left out as
        long as its close is not 30 minutes ago; without one, every row of today's local date.
    interval
        ``"1d"`` and longer get dates without a zone, the exchange's own; shorter ones get UTC.
    now
        In UTC.

    Returns
    -------
    bars : DataFrame
        open, high, low, close, volume as floats, index ascending and unique. NaN cells but in
        close stay; an open, high or low that is not positive becomes NaN.
    notes : list of Check
        One per row or cell that was left out.
    """
    times = pd.DatetimeIndex(raw.index)
    local = (times if times.tz is None else times.tz_localize(None)).as_unit("ns")
    days = local.to_numpy().astype("datetime64[D]")
    if is_intraday(interval):
        index = times.tz_convert("UTC").as_unit("ns")
    else:
        # the exchange's own date: midnight in Tokyo is the day before in UTC
        index = pd.DatetimeIndex(days.astype("datetime64[ns]"))
    frame = pd.DataFrame(
        {
            name: raw[name.capitalize()].to_numpy(dtype=np.float64, na_value=np.nan)
            for name in FIELDS
        },
        index=index.rename("time" if is_intraday(interval) else "date"),
    )
    order = np.argsort(index.to_numpy(), kind="stable")
    frame, days = frame.iloc[order], days[order]
    notes: list[Check] = []
    close = frame["close"].to_numpy()
    first, last = np.datetime64(request.start, "D"), np.datetime64(request.end, "D")
    zone = str(times.tz) if times.tz is not None else None
    unfinished = _unfinished(frame.index, days, request, interval, now, zone)
    reasons: list[tuple[str, str, BoolArray]] = [
        ("row_outside_range", "info", (days < first) | (days > last)),
        ("repeated_row", "warning", frame.index.duplicated(keep="first")),
        ("unfinished_session", "info", unfinished),
        ("row_without_close", "info", np.isnan(close)),
        ("impossible_price", "warning", (close <= 0) | np.isinf(close)),
    ]
    is_usable = np.ones(len(frame), dtype=bool)
    for check, severity, is_wrong in reasons:
        notes += [
            Check(request.symbol, days[at], check, severity, _reason_of(check, frame, int(at)))
            for at in np.flatnonzero(is_wrong & is_usable)
        ]
        is_usable &= ~is_wrong
    frame, days = frame[is_usable].copy(), days[is_usable]
    others = frame[["open", "high", "low"]]
    impossible = (others <= 0) | np.isinf(others)
    notes += [
        Check(
            request.symbol, days[at], "impossible_price", "info", _emptied_prices(others.iloc[at])
        )
        for at in np.flatnonzero(impossible.any(axis=1).to_numpy())
    ]
    frame[list(others.columns)] = others.mask(impossible)
    return frame, notes


def _reason_of(check: str, frame: pd.DataFrame, at: int) -> str:
    close = frame["close"].iloc[at]
    return {
        "row_outside_range": "the row lies outside the dates asked for; left out",
        "repeated_row": "the date or time came twice; the first row is kept",
        "unfinished_session": "the session is not over or has only just ended; left out",
        "row_without_close": "the row has no close; left out",
        "impossible_price": f"close {close:g} is not a price; the row is left out",
    }[check]


def _emptied_prices(prices: pd.Series[float]) -> str:
    wrong = [f"{name} {price:g}" for name, price in prices.items() if price <= 0 or np.isinf(price)]
    return f"{', '.join(wrong)}: not a price; left empty"


def _unfinished(
    index: pd.Index,
    days: DateArray,
    request: Request,
    interval: str,
    now: pd.Timestamp,
    zone: str | None,
) -> BoolArray:
    """Return the rows whose last price is still to come."""
    instant = now.tz_convert("UTC").tz_localize(None).to_datetime64()
    if is_intraday(interval):
        length = np.timedelta64(int(interval[:-1]) * _SECONDS[interval[-1]], "s")
        starts = pd.DatetimeIndex(index).tz_convert("UTC").tz_localize(None).to_numpy()
        return np.asarray(starts + length > instant)
    local_now = now.tz_convert(zone) if zone else now
    today = np.datetime64(local_now.date(), "D")
    is_open = days >= today
    market = request.market
    # A currency's row is labelled with a day of its own zone and lives until that day is over.
    if market is None or market.calendar in ("FX", "data") or not is_open.any():
        return is_open
    from eventstudy.markets.calendars import calendar_for

    calendar = calendar_for(market, today - 2 * _DAY, days.max())
    closes = dict(zip(calendar.sessions, calendar.closes, strict=True))
    for at in np.flatnonzero(is_open):
        close = closes.get(days[at])
        if close is not None:
            is_open[at] = bool(close + SETTLED > instant)
    return is_open
