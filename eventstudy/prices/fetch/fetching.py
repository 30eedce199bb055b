"""Prices of markets: from the local store, and from Yahoo what the store lacks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np
import pandas as pd

from eventstudy._typing import FxClose
from eventstudy.exceptions import SourceError, SpecificationError
from eventstudy.log import logged
from eventstudy.prices.fetch.panels import (
    daily_of,
    daily_panel,
    no_prices_message,
    remarks_of,
    revisions_of,
    table_of,
)
from eventstudy.prices.fetch.series import FetchLog, row_span, series_of
from eventstudy.prices.fetch.shortfalls import shortfall_checks
from eventstudy.prices.fetch.updating import requests_for, update_store
from eventstudy.prices.store.store import Store, open_store
from eventstudy.prices.yahoo.cleaning import is_intraday
from eventstudy.prices.yahoo.client import DEADLINE, INTERVALS, as_date
from eventstudy.registry import choose

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from eventstudy._typing import Progress
    from eventstudy.markets.market import Market
    from eventstudy.prices.fetch.series import FetchedSeries
    from eventstudy.prices.panel import Check, PricePanel

INTRADAY = tuple(interval for interval in INTERVALS if is_intraday(interval))
"""Lengths of bars within a day, as Yahoo writes them."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Update:
    """Result of a fetch.

    Parameters
    ----------
    table : DataFrame
        A row a series asked for: market, symbol, rows, first, last (ISO dates), new (rows stored
        now), revised (closes changed now), remark.
    failures : dict of str to str
        By series: why it is missing, or not up to date.
    remarks : tuple of Check
        What was done to the rows.
    store : Path
        The file of the store.
    """

    table: pd.DataFrame
    failures: dict[str, str]
    remarks: tuple[Check, ...]
    store: Path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceUpdate(Update):
    """Daily prices, and the result of their fetch.

    Parameters
    ----------
    panel : PricePanel
        A column a series that has rows.
    """

    panel: PricePanel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarUpdate(Update):
    """Bars within the day, and the result of their fetch.

    Parameters
    ----------
    bars : DataFrame
        A row a bar, by series and time: security, time (UTC, when the bar begins), open, high,
        low, close, volume.
    """

    bars: pd.DataFrame


@logged("fetched")
def fetch_prices(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    fx_close: FxClose = "detect",
    progress: Progress | None = None,
) -> PricePanel:
    """Return daily closes of markets from Yahoo, kept in the local store.

    Only what the store lacks is fetched, and each symbol is stored as soon as it has come. Where
    everything is there, nothing is sent over the network.

    Parameters
    ----------
    markets
        Names, aliases, or markets of a study.
    start, end
        ISO dates, both included. A session that has not ended is left out.
    refresh
        Read everything again; a close that Yahoo has changed is recorded and reported.
    offline
        Never use the network.
    store
        A folder or a store; see ``open_store`` for the usual one.
    fx_close
        Yahoo's daily close of a currency (symbols that end in ``=X``) is a price of the start of
        its day, so a session's close stands in the next row. ``"detect"`` finds out from the bars
        themselves, ``"next_row"`` moves it without asking, ``"written"`` leaves it.
    progress
        Called with a text, how many symbols are done, and of how many.

    Returns
    -------
    PricePanel
        A column a series (``Market.series``: USDCNH for CNH), open, high, low and volume in
        ``fields``. ``remarks`` tell what was done: ``fx_label_shift`` (or ``fx_label_kept``,
        ``fx_label_unclear``), ``short_answer``, ``revised_close``, ``symbol_failed``,
        ``not_in_store``, rows left out. A market that failed has no column, or only what was
        stored before.

    Raises
    ------
    SpecificationError
        An unknown market, one without a symbol, dates that make no sense.
    SourceError
        There is nothing at all: Yahoo cannot be reached or knows none of the symbols; or the store
        cannot be used.

    Examples
    --------
    >>> import eventstudy as es
    >>> es.fetch_prices(["N225"], "2025-05-01", "2025-05-09", offline=True, store="empty-store")
    Traceback (most recent call last):
        ...
    eventstudy.exceptions.SourceError: no prices came. N225: the store lacks 2025-05-01 to
        2025-05-09; run once without offline
    """
    return update_prices(
        markets,
        start,
        end,
        refresh=refresh,
        offline=offline,
        store=store,
        fx_close=fx_close,
        progress=progress,
    ).panel


def update_prices(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    fx_close: FxClose = "detect",
    progress: Progress | None = None,
    deadline: float = DEADLINE,
    pause: float = 1.0,
    now: dt.datetime | None = None,
) -> PriceUpdate:
    """Fetch as `fetch_prices` does, and return how it went beside the panel.

    Parameters
    ----------
    markets, start, end, refresh, offline, store, fx_close, progress
        As there.
    deadline, pause, now
        As in ``fetch_bars``.
    """
    choose(fx_close, get_args(FxClose), "fx_close")
    fetch = _prepared(markets, start, end, "1d", store, now, refresh=refresh, offline=offline)
    _fetch_missing(fetch, refresh, offline, progress, deadline, pause)
    columns: dict[str, pd.DataFrame] = {}
    for series, bars in _read_stored(fetch):
        rows, checks = daily_of(series, bars, fetch.first, fetch.last, fx_close)
        _add_remarks(fetch, series, checks, rows)
        if len(rows):
            columns[series.name] = rows
    if not columns:
        raise SourceError(no_prices_message(fetch.series, fetch.log))
    remarks = remarks_of(fetch.series, fetch.log)
    return PriceUpdate(
        panel=daily_panel(columns, remarks),
        table=table_of(columns, fetch.series, fetch.log),
        failures=_failures(fetch),
        remarks=remarks,
        store=fetch.store.path,
    )


def update_bars(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    *,
    interval: str,
    refresh: bool = False,
    offline: bool = False,
    store: Store | str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    deadline: float = DEADLINE,
    pause: float = 1.0,
    now: dt.datetime | None = None,
) -> BarUpdate:
    """Fetch bars within the day, kept in the local store like daily prices.

    Yahoo keeps minutes for some days or weeks only and hours for two years; what the store has is
    not lost when Yahoo drops it.

    Parameters
    ----------
    markets, start, end, refresh, offline, store, progress
        As in `fetch_prices`; dates are those of each exchange.
    interval
        One of `INTRADAY`, such as ``"5m"``.
    deadline, pause, now
        As in ``fetch_bars``.

    Raises
    ------
    SpecificationError, SourceError
        As `fetch_prices`.
    """
    choose(interval, INTRADAY, "interval")
    fetch = _prepared(markets, start, end, interval, store, now, refresh=refresh, offline=offline)
    _fetch_missing(fetch, refresh, offline, progress, deadline, pause)
    columns: dict[str, pd.DataFrame] = {}
    for series, bars in _read_stored(fetch):
        _add_remarks(fetch, series, [], bars)
        if len(bars):
            columns[series.name] = bars
    if not columns:
        raise SourceError(no_prices_message(fetch.series, fetch.log))
    long = pd.concat(columns, names=["security", "time"]).reset_index()
    return BarUpdate(
        bars=long,
        table=table_of(columns, fetch.series, fetch.log),
        failures=_failures(fetch),
        remarks=remarks_of(fetch.series, fetch.log),
        store=fetch.store.path,
    )


class _Fetch(NamedTuple):
    """One fetch: the series, dates and store, and the log of what happens."""

    series: list[FetchedSeries]
    first: dt.date
    last: dt.date
    interval: str
    store: Store
    now: dt.datetime
    log: FetchLog


def _prepared(
    markets: Iterable[str | Market],
    start: str | dt.date,
    end: str | dt.date,
    interval: str,
    store: Store | str | os.PathLike[str] | None,
    now: dt.datetime | None,
    *,
    refresh: bool,
    offline: bool,
) -> _Fetch:
    if refresh and offline:
        raise SpecificationError("refresh and offline exclude each other; choose one")
    first, last = as_date(start, "start"), as_date(end, "end")
    instant = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    if first > last:
        raise SpecificationError(f"start {first} lies after end {last}; exchange them", key="start")
    if first > instant.date():
        raise SpecificationError(
            f"start {first} lies in the future; today is {instant.date()}", key="start"
        )
    return _Fetch(series_of(markets), first, last, interval, open_store(store), instant, FetchLog())


def _fetch_missing(
    fetch: _Fetch,
    refresh: bool,
    offline: bool,
    progress: Progress | None,
    deadline: float,
    pause: float,
) -> None:
    series, first, last, interval, store, now, log = fetch
    requests = requests_for(
        series, first, last, interval, store, now, log, refresh=refresh, offline=offline
    )
    if requests:
        update_store(
            requests, interval, store, now, log,
            progress=progress, deadline=deadline, pause=pause,
        )  # fmt: skip


def _read_stored(fetch: _Fetch) -> Iterable[tuple[FetchedSeries, pd.DataFrame]]:
    all_series, first, last, interval, store, now, log = fetch
    spans = [(series.symbol, *row_span(series, first, last, interval)) for series in all_series]
    revisions = store.revisions()
    revisions = revisions[revisions["interval"] == interval]
    stored = store.held_all(spans, interval=interval)
    for series, held in zip(all_series, stored, strict=True):
        # the close of a currency's last session stands in a row behind it
        end = row_span(series, first, last, interval)[1]
        checks = revisions_of(series, first, end, revisions)
        if len(held.bars):
            checks += shortfall_checks(series, first, last, now, held)
        log.remarks[series.symbol] = [*log.remarks.get(series.symbol, []), *checks]
    return zip(all_series, [held.bars for held in stored], strict=True)


def _add_remarks(
    fetch: _Fetch, series: FetchedSeries, checks: list[Check], bars: pd.DataFrame
) -> None:
    """Add checks to the log of a series; without any bars the reason becomes its failure."""
    last = np.datetime64(fetch.last, "D")
    log = fetch.log
    remarks = [
        check
        for check in log.remarks[series.symbol]
        # rows behind the end were only asked for to date the ones before
        if not (check.check == "unfinished_session" and check.date > last)
    ]
    log.remarks[series.symbol] = remarks + checks
    if len(bars) == 0 and series.symbol not in log.failures:
        lacking = [check.detail for check in remarks if check.check == "not_in_store"]
        reason = lacking[0] if lacking else f"there is no row from {fetch.first} to {fetch.last}"
        log.failures[series.symbol] = reason


def _failures(fetch: _Fetch) -> dict[str, str]:
    failures = fetch.log.failures
    return {
        series.name: failures[series.symbol] for series in fetch.series if series.symbol in failures
    }
