"""Checks on the data: what looks wrong in the prices, listed and never repaired."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.prices import Check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventstudy._typing import BoolArray, DateArray, FloatArray
    from eventstudy.calendars import SessionCalendar
    from eventstudy.markets import Market
    from eventstudy.prices import PricePanel

NO_PRICE = "no price in the file"
"""Reason under which a calendar session without a price is removed."""

STALE_SESSIONS = 3
STALE_SESSIONS_FX = 4  # four decimals repeat more easily than an index level
JUMP_SD = 10.0
JUMP_MIN_SESSIONS = 20


def as_checks(found: Iterable[Check]) -> pd.DataFrame:
    """Return the frame security, date, check, severity, detail."""
    rows = list(found)
    # most columns of a large file have nothing to tell, and building a frame takes milliseconds
    return _frame_of(rows) if rows else _no_checks().copy()


@cache
def _no_checks() -> pd.DataFrame:
    return _frame_of([])


def _frame_of(rows: Sequence[Check]) -> pd.DataFrame:
    dates = np.array([row.date for row in rows], dtype="datetime64[D]").astype("datetime64[ns]")
    return pd.DataFrame(
        {
            "security": pd.Series([row.security for row in rows], dtype="str"),
            "date": pd.Series(dates, dtype="datetime64[ns]"),
            "check": pd.Series([row.check for row in rows], dtype="str"),
            "severity": pd.Series([row.severity for row in rows], dtype="str"),
            "detail": pd.Series([row.detail for row in rows], dtype="str"),
        }
    )


def check_prices(
    prices: PricePanel, markets: Sequence[Market], calendars: Mapping[str, SessionCalendar]
) -> pd.DataFrame:
    """List what looks wrong in the prices of each market.

    Parameters
    ----------
    prices
        Repeated or unsorted dates and non-positive prices never get this far: they are refused
        when the file is read.
    markets
        Markets whose columns are judged.
    calendars
        By market name, before or after price-less sessions were removed.

    Returns
    -------
    DataFrame
        security, date, check, severity (``error``, ``warning``, ``info``), detail. Checks:
        ``empty_column``; ``session_without_price``; ``row_without_session`` and
        ``closure_conflict`` (a row on a day listed as a closure), which are not used;
        ``stale_close`` (the same close for 3 sessions, 4 for FX); ``jump_reversal`` (a log return
        over 10 standard deviations of the others, at least half undone the session after).
    """
    found: list[Check] = list(prices.remarks)
    for market in markets:
        calendar = calendars[market.name]
        column, _ = prices.locate(market)
        dates, values = prices.dates[column], prices.values[column]
        found += session_checks(market.name, dates, calendar)
        used = is_in(dates, calendar.sessions)
        dates, values = dates[used], values[used]
        if prices.content == "prices":
            returns = np.diff(np.log(values), prepend=np.nan)
        else:
            returns = values if prices.kind == "log" else np.log1p(values)
        found += _stale(market.name, dates, returns, is_fx=calendar.is_fx)
        found += _jumps(market.name, dates, returns)
    return as_checks(found)


def is_in(dates: DateArray, among: DateArray) -> BoolArray:
    """Return which `dates` are `among` those, both ascending."""
    if len(among) == 0:
        return np.zeros(len(dates), dtype=bool)
    at = np.minimum(np.searchsorted(among, dates), len(among) - 1)
    return np.asarray(among[at] == dates)


def session_checks(security: str, dates: DateArray, calendar: SessionCalendar) -> list[Check]:
    """Compare the rows of a column with the sessions of its calendar, inside the rows' range."""
    if len(dates) == 0:
        nothing = np.datetime64("NaT", "D")
        return [Check(security, nothing, "empty_column", "error", "the column holds no value")]
    first, last = dates[0], dates[-1]
    sessions = calendar.sessions
    silent = sessions[(sessions >= first) & (sessions <= last)]
    removed = calendar.removed
    emptied = [day for day, why in removed.items() if why == NO_PRICE and first <= day <= last]
    unpriced = silent[~is_in(silent, dates)]
    missing = np.unique(np.concatenate([unpriced, np.array(emptied, dtype="datetime64[D]")]))
    found = [
        Check(
            security,
            day,
            "session_without_price",
            "warning",
            f"{calendar.name} has a session and the file no price: not counted as a session",
        )
        for day in missing
    ]
    if len(sessions) == 0:
        return found
    # rows outside the range of the calendar say nothing about the calendar
    stray = dates[~is_in(dates, sessions) & (dates >= sessions[0]) & (dates <= sessions[-1])]
    for day in stray:
        why = removed.get(day)
        if why is None:
            detail = f"{calendar.name} has no session on this date: the row is not used"
            found.append(Check(security, day, "row_without_session", "warning", detail))
        else:
            detail = f"a row on a closure ({why}): the row is not used"
            found.append(Check(security, day, "closure_conflict", "warning", detail))
    return found


def _stale(security: str, dates: DateArray, returns: FloatArray, *, is_fx: bool) -> list[Check]:
    """Runs of closes equal to the last digit, one row for each run, at its first close."""
    least = STALE_SESSIONS_FX if is_fx else STALE_SESSIONS
    still = np.concatenate([[False], returns == 0.0, [False]]).astype(np.int8)
    edges = np.diff(still)
    # position p of a rise is the first zero return; the close before it belongs to the run
    starts, ends = np.flatnonzero(edges == 1) - 1, np.flatnonzero(edges == -1) - 1
    return [
        Check(
            security,
            dates[max(start, 0)],
            "stale_close",
            "warning",
            f"the same close on {end - start + 1} sessions in a row, to {dates[end]}",
        )
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
        if end - start + 1 >= least
    ]


def _jumps(security: str, dates: DateArray, returns: FloatArray) -> list[Check]:
    """Moves of more than 10 s.d. of all other returns, at least half undone the session after."""
    known = np.isfinite(returns)
    moves, when = returns[known], dates[known]
    count = len(moves) - 2
    if count < JUMP_MIN_SESSIONS:
        return []
    first, second = moves[:-1], moves[1:]
    # the pair itself is left out: a misprint would otherwise hide behind the s.d. it inflates
    mean = (moves.sum() - first - second) / count
    square = (np.square(moves).sum() - first**2 - second**2) / count - mean**2
    spread = np.sqrt(np.maximum(square, 0.0) * count / (count - 1))
    undone = (first * second < 0) & (np.abs(second) >= np.abs(first) / 2)
    big = undone & (np.abs(first) > JUMP_SD * spread) & (spread > 0)
    return [
        Check(
            security,
            when[row],
            "jump_reversal",
            "warning",
            f"log return {first[row]:+.4f}, {abs(first[row]) / spread[row]:.0f} standard "
            f"deviations, then {second[row]:+.4f}: a misprint?",
        )
        for row in np.flatnonzero(big)
    ]
