"""From the vendor into the store: what is lacking, and a little more."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SourceError
from eventstudy.prices.fetch.coverage import request_for, settled_by
from eventstudy.prices.fetch.series import NO_DATE, span_of
from eventstudy.prices.panel import Check
from eventstudy.prices.yahoo.client import collect

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.prices.fetch.series import FetchedSeries, FetchLog
    from eventstudy.prices.store.store import Store
    from eventstudy.prices.yahoo.cleaning import Request
    from eventstudy.prices.yahoo.downloads import Downloaded

_OVERLAP = dt.timedelta(days=7)
"""Stored rows read again with new ones, so that a revision is noticed."""


def requests_for(
    wanted: Iterable[FetchedSeries],
    start: dt.date,
    end: dt.date,
    interval: str,
    store: Store,
    now: dt.datetime,
    told: FetchLog,
    *,
    refresh: bool,
    offline: bool,
) -> list[Request]:
    """Return what to ask for: what the store lacks; offline, say so and ask for nothing."""
    requests = []
    each = list({one.symbol: one for one in wanted}.values())
    spans = [(one.symbol, *span_of(one, start, end, interval)) for one in each]
    lacking = (
        [[(a, b)] for _, a, b in spans] if refresh else store.missing_all(spans, interval=interval)
    )
    for series, (symbol, first, _), missing in zip(each, spans, lacking, strict=True):
        request = request_for(symbol, series.market, missing, interval, now)
        if request is None:
            continue
        if offline:
            said = f"the store lacks {request.start} to {request.end}; run once without offline"
            check = Check(symbol, NO_DATE, "not_in_store", "warning", said)
            told.remarks.setdefault(symbol, []).append(check)
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
    told: FetchLog,
    *,
    progress: Progress | None,
    deadline: float,
    pause: float,
) -> None:
    """Fetch into the store, each symbol as soon as it has come; tell how it went."""
    not_kept: list[SourceError] = []

    def keep(arrival: Downloaded) -> None:
        symbol = arrival.request.symbol
        covered = settled_by(arrival.request, arrival.bars, interval, now)
        try:
            told.written[symbol] = store.write(
                symbol,
                arrival.bars,
                covered=covered,
                interval=interval,
                meta=arrival.meta,
                now=now,
            )
        except SourceError as error:
            not_kept.append(error)
            raise

    try:
        fetched = collect(
            requests,
            interval=interval,
            deadline=deadline,
            pause=pause,
            now=now,
            progress=progress,
            arrived=keep,
        )
    except SourceError as error:
        if not_kept:  # the store failed, not Yahoo
            raise
        told.failures.update({request.symbol: str(error) for request in requests})
        told.outage = str(error) if error.stage == "connection" else ""
        return
    told.failures.update(fetched.errors)
    for note in fetched.notes:
        told.remarks.setdefault(note.security, []).append(note)
    for symbol, written in told.written.items():
        told.remarks.setdefault(symbol, []).extend(
            Check(
                symbol,
                np.datetime64(label, "D"),
                "row_not_sent_again",
                "info",
                "stored before, not in Yahoo's answer any more; the stored row is used",
            )
            for label in written.gone
        )
