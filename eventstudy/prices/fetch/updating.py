"""Downloads what the store lacks, with some rows before it, and stores it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.exceptions import SourceError
from eventstudy.prices.fetch.coverage import lacking_runs, open_spans, request_for, settled_by
from eventstudy.prices.fetch.series import row_span
from eventstudy.prices.panel import NO_DATE, Check
from eventstudy.prices.store.tables import LeftOut
from eventstudy.prices.yahoo.client import collect
from eventstudy.prices.yahoo.requests import Rest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.prices.fetch.series import FetchedSeries, FetchLog
    from eventstudy.prices.store.store import Store
    from eventstudy.prices.store.tables import Span
    from eventstudy.prices.yahoo.cleaning import Request
    from eventstudy.prices.yahoo.downloads import Downloaded

_OVERLAP = dt.timedelta(days=7)
"""Stored rows downloaded again with new ones, so that a revision is noticed."""

_BEGINNING = dt.date(1900, 1, 1)
"""Before the first row of any series."""


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
    stored = store.held_all(spans, interval=interval)
    for series, (symbol, first, last), held in zip(distinct_series, spans, stored, strict=True):
        # of what was answered for, too: earlier releases believed every answer
        runs = lacking_runs(series.market, first, last, now, held.days)
        missing = [*held.missing, *open_spans(runs, held.left_out)]
        if refresh:
            missing = [(first, last)]
        if offline:  # of sessions that an answer left out other remarks tell
            missing = [span for span in held.missing if not _is_left_out(span, held.left_out)]
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


def _is_left_out(span: Span, left_out: Iterable[LeftOut]) -> bool:
    first, last = span
    return any(left.first <= first and last <= left.last for left in left_out)


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
    """Download requests into the store, each symbol as soon as it has come; the log is filled.

    As long as Yahoo wants to be left alone nothing is asked; that is the failure of all symbols.
    """
    rests = [Rest(host, until) for host, until in store.rests()]
    holding = [rest for rest in rests if rest.holds(now)]
    if holding:
        log.outage = holding[-1].sentence(now)
        log.failures.update({request.symbol: log.outage for request in requests})
        return
    store_errors: list[SourceError] = []

    def write_to_store(downloaded: Downloaded) -> None:
        request = downloaded.request
        symbol = request.symbol
        try:
            runs, left_out, spans = _lacking_after(store, downloaded, interval, now)
            log.written[symbol] = store.write(
                symbol,
                downloaded.bars,
                covered=settled_by(request, runs, left_out, interval, now),
                left_out=spans,
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
    if fetched.rest is not None:
        log.outage = fetched.rest.sentence(now)
        store.write_rest(fetched.rest.host, fetched.rest.until)
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


def _lacking_after(
    store: Store, downloaded: Downloaded, interval: str, now: dt.datetime
) -> tuple[list[list[dt.date]], list[LeftOut], list[Span]]:
    """Return what lacks a row once an answer is stored.

    Returns
    -------
    runs
        Sessions without a row, back to the first that any answer left out.
    left_out
        By all answers, this one included.
    spans
        By this answer.
    """
    request, bars, meta, _ = downloaded
    if request.market is None:
        return [], [], []
    asked = [(request.symbol, _BEGINNING, request.end)]
    (held,) = store.held_all(asked, interval=interval)
    index = pd.DatetimeIndex(bars.index)
    if index.tz is not None:
        index = index.tz_convert(meta["timezone"] or "UTC")
    start = min([request.start, *(left.first for left in held.left_out)])
    runs = lacking_runs(request.market, start, request.end, now, held.days | set(index.date))
    own = [[day for day in run if day >= request.start] for run in runs]
    spans = [(run[0], run[-1]) for run in own if run]
    left_out = [*held.left_out, *(LeftOut(*span, now.date()) for span in spans)]
    return runs, left_out, spans
