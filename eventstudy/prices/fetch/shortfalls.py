"""What is said of sessions for which Yahoo's answers have no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.prices.fetch.coverage import (
    ANSWERS,
    complete_and_coming_sessions,
    lacking_runs,
    open_spans,
)
from eventstudy.prices.panel import Check

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from eventstudy.prices.fetch.series import FetchedSeries
    from eventstudy.prices.store.tables import Held

SHORT_ANSWER = "short_answer"
"""Name of the check."""

_FEW = 2
"""Sessions in a row that vendors leave out now and then: the data checks list them."""


def shortfall_checks(
    series: FetchedSeries,
    start: dt.date,
    end: dt.date,
    now: dt.datetime,
    held: Held,
) -> list[Check]:
    """Return a check for each stretch of sessions that ought to have a row and has none.

    Parameters
    ----------
    series
        The column and its market.
    start, end
        Dates asked for; a stretch at either end is told whatever its length, one in between from
        three sessions on.
    now
        Of the fetch: sessions that are not over lack nothing.
    held
        What is stored for these dates. Dates that nobody has answered for are left to other checks.

    Returns
    -------
    list of Check
        ``short_answer``: info up to two sessions, else warning, or error where more than half of
        all sessions are lacking.
    """
    market = series.market
    over, _ = complete_and_coming_sessions(market, start, end, "1d", now)
    runs = lacking_runs(market, start, end, now, held.days)
    is_mostly_lacking = 2 * sum(map(len, runs)) > len(over)
    checks = []
    for run in runs:
        place = _place(run, over)
        is_few = len(run) <= _FEW
        if (is_few and not place) or not _is_answered(run, held):
            continue
        severity = "info" if is_few else "error" if is_mostly_lacking else "warning"
        detail = f"Yahoo has no row for {_days_text(series, run)}{place}; {_outlook(run, held)}"
        checks.append(
            Check(series.symbol, np.datetime64(run[0], "D"), SHORT_ANSWER, severity, detail)
        )
    return checks


def _is_answered(run: Sequence[dt.date], held: Held) -> bool:
    """Whether an answer was to have these sessions: one that left them out, or one before that."""
    is_missing = any(first <= run[0] and run[-1] <= last for first, last in held.missing)
    return not is_missing or any(
        left.first <= run[-1] and run[0] <= left.last for left in held.left_out
    )


def _place(run: Sequence[dt.date], over: Sequence[dt.date]) -> str:
    if run[-1] == over[-1]:
        return ", the last ones asked for"
    return ", the first ones asked for (listed later?)" if run[0] == over[0] else ""


def _days_text(series: FetchedSeries, run: Sequence[dt.date]) -> str:
    kind = "weekday" if series.market.calendar in ("FX", "data") else "session"
    if len(run) == 1:
        return f"the {kind} {run[0]}"
    return f"the {len(run)} {kind}s from {run[0]} to {run[-1]}"


def _outlook(run: Sequence[dt.date], held: Held) -> str:
    if open_spans([run], held.left_out):
        return "the next fetch asks again"
    return f"it had none on {ANSWERS} days, so it is asked again with --refresh only"
