"""Returns as an index and prices as returns, so that the two can stand in one panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from eventstudy.exceptions import SchemaError
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import Market
from eventstudy.prices.panel import Check, columns_digest

if TYPE_CHECKING:
    from eventstudy._typing import Content, DateArray, FloatArray, ReturnKind
    from eventstudy.prices.panel import PricePanel

BASE = 100.0
"""Where an index starts."""


def index_of(
    name: str, file: str, dates: DateArray, returns: FloatArray
) -> tuple[DateArray, FloatArray, tuple[Check, ...]]:
    """Return simple returns as an index that starts at 100 on the session before the first one.

    Parameters
    ----------
    name, file
        What remarks call the column, and where it is from.
    dates, returns
        ``(T,)`` each; NaN is missing. What lies before the first or after the last return is no
        gap, as columns start and end at different dates.

    Returns
    -------
    dates, levels
        A missing return has no row; the return over it is then the next session's alone.
    remarks
        One a missing return.

    Raises
    ------
    SchemaError
        There is no return.
    """
    inside = span_of(name, file, returns)
    days, given = dates[inside], returns[inside]
    is_there = np.isfinite(given)
    levels = BASE * np.cumprod(1.0 + given[is_there])
    remarks = tuple(
        Check(name, day, "factor_missing", "warning",
              f"{file} has no return on this date: not counted as a session")
        for day in days[~is_there]
    )  # fmt: skip
    first = session_before(days[0])
    return cast("DateArray", np.r_[first, days[is_there]]), np.r_[BASE, levels], remarks


def span_of(name: str, file: str, returns: FloatArray) -> slice:
    """Return the rows from the first to the last return, of which there must be one."""
    rows = np.flatnonzero(np.isfinite(returns))
    if len(rows) == 0:
        raise SchemaError([f"{name} has no value"], file=file)
    return slice(int(rows[0]), int(rows[-1]) + 1)


def session_before(day: np.datetime64) -> np.datetime64:
    """Return the session of New York before a date, where an index starts."""
    market = Market(name="MKT", label="MKT", calendar="XNYS", series="MKT")
    start = day - np.timedelta64(14, "D")
    sessions = calendar_for(market, start, day, np.empty(0, "datetime64[D]")).sessions
    before = sessions[sessions < day]
    # calendars do not reach back to 1926, where French's daily files begin
    session = before[-1] if len(before) else np.busday_offset(day, -1, roll="forward")
    return cast("np.datetime64", session)


def with_content(panel: PricePanel, content: Content, kind: ReturnKind) -> PricePanel:
    """Return a panel with its columns as prices, or as returns of a kind, whichever they are.

    Prices become returns from one row to the next of the same column; returns an index, as
    `index_of` says.
    """
    if panel.content == content and (content == "prices" or panel.kind == kind):
        return replace(panel, kind=kind)
    dates: list[DateArray] = []
    values: list[FloatArray] = []
    remarks: list[Check] = []
    for name, days, cells in zip(panel.names, panel.dates, panel.values, strict=True):
        if panel.content == "prices":
            logs = np.diff(np.log(cells))
            dates.append(days[1:])
            values.append(logs if kind == "log" else cells[1:] / cells[:-1] - 1.0)
            continue
        if content == "returns":
            dates.append(days)
            values.append(np.log1p(cells) if kind == "log" else np.expm1(cells))
            continue
        simple = np.expm1(cells) if panel.kind == "log" else cells
        own_days, levels, said = index_of(name, panel.name, days, simple)
        dates.append(own_days)
        values.append(levels)
        remarks += said
    return replace(
        panel,
        dates=tuple(dates),
        values=tuple(values),
        content=content,
        kind=kind,
        fields={},
        remarks=(*panel.remarks, *remarks),
        sha256=columns_digest(panel.names, dates, values),
    )
