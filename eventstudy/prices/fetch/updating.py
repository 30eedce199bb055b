"""Downloads what the store lacks, with some rows before it, and stores it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SourceError
from eventstudy.prices.fetch.coverage import request_for, settled_by
from eventstudy.prices.fetch.series import row_span
from eventstudy.prices.panel import NO_DATE, Check
from eventstudy.prices.yahoo.client import collect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.prices.fetch.series import FetchedSeries, FetchLog
    from eventstudy.prices.store.store import Store
    from eventstudy.prices.yahoo.cleaning import Request
    from eventstudy.prices.yahoo.downloads import Downloaded

_OVERLAP = dt.timedelta(days=7)
"""Stored rows downloaded again with new ones, so that a revision is noticed."""


def requests_for(
    all_series: Iterable[FetchedSeries],
    start: dt.date,
    end: dt.date,
    interval: str,
    store: Store,
    now: dt.datetime,
    log: FetchLog,
    *,
    refresh: bool,
    offline: bool,
) -> list[Request]:
    """Return requests for what the store lacks; offline none, and a remark in the log for each."""
    requests = []
    distinct_series = list({series.symbol: series for series in all_series}.values())
    spans = [(series.symbol, *row_span(series, start, end, interval)) for series in distinct_series]
    missing_spans = (
        [[(start, end)] for _, start, end in spans]
        if refresh
        else store.missing_all(spans, interval=interval)
    )
    for series, (symbol, first, _), missing in zip(
        distinct_series, spans, missing_spans, strict=True
    ):
        request = request_for(symbol, series.market, missing, interval, now)
        if request is None:
            continue
        if offline:
            detail = f"the store lacks {request.start} to {request.end}; run once without offline"
            check = Check(symbol, NO_DATE, "not_in_store", "warning", detail)
            log.remarks.setdefault(symbol, []).append(check)
            continue
        if request.start > first:
            request = request._replace(start=max(first, request.start - _OVERLAP))
        requests.append(request)
    return requests


def update_store(
    requests: list[Request],
    interval: str,
    store: Store,
    now: dt.datetime,
    log: FetchLog,
    *,
    progress: Progress | None,
    deadline: float,
    pause: float,
) -> None:
    """Download requests into the store, each symbol as soon as it has come; the log is filled."""
    store_errors: list[SourceError] = []

    def write_to_store(downloaded: Downloaded) -> None:
        symbol = downloaded.request.symbol
        covered = settled_by(downloaded.request, downloaded.bars, interval, now)
        try:
            log.written[symbol] = store.write(
                symbol,
                downloaded.bars,
                covered=covered,
                interval=interval,
                meta=downloaded.meta,
                now=now,
            )
        except SourceError as error:
            store_errors.append(error)
            raise

    try:
        fetched = collect(
            requests,
            interval=interval,
            deadline=deadline,
            pause=pause,
            now=now,
            progress=progress,
            arrived=write_to_store,
        )
    except SourceError as error:
        if store_errors:  # the store failed, not Yahoo
            raise
        log.failures.update({request.symbol: str(error) for request in requests})
        log.outage = str(error) if error.stage == "connection" else ""
        return
    log.failures.update(fetched.errors)
    for remark in fetched.notes:
        log.remarks.setdefault(remark.security, []).append(remark)
    for symbol, written in log.written.items():
        log.remarks.setdefault(symbol, []).extend(
            Check(
                symbol,
                np.datetime64(label, "D"),
                "row_not_sent_again",
                "info",
                "stored before, not in Yahoo's answer any more; the stored row is used",
            )
            for label in written.gone
        )
