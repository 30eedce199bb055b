"""The days on which an exchange calendar of the library is wrong, and what holds instead."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eventstudy.io.doors import LAST_YEAR
from eventstudy.markets.market import declarations

if TYPE_CHECKING:
    from collections.abc import Mapping


class Override(NamedTuple):
    """A day on which an exchange calendar is wrong: shut, or open at other local hours."""

    closed: bool
    open: str | None
    close: str | None
    reason: str


@cache
def _overrides(calendar: str) -> dict[np.datetime64, Override]:
    days: dict[np.datetime64, Override] = {}
    for table in declarations()["override"]:
        if table["calendar"] == calendar:
            closed = table.get("closed", False)
            entry = Override(closed, table.get("open"), table.get("close"), table["reason"])
            days |= {np.datetime64(date, "D"): entry for date in _override_dates(table)}
    return days


def _override_dates(table: Mapping[str, Any]) -> list[dt.date]:
    """Return the dates of an override; those of every year to the end of any calendar."""
    dates: list[dt.date] = list(table.get("dates", ()))
    if "yearly" in table:
        first, last = table["first"], table.get("last", dt.date(LAST_YEAR, 12, 31))
        every = [
            dt.date(year, *map(int, day.split("-")))
            for year in range(first.year, last.year + 1)
            for day in table["yearly"]
        ]
        dates += [date for date in every if first <= date <= last]
    return dates


def overrides(calendar: str) -> dict[np.datetime64, Override]:
    """Return the days on which exchange calendar `calendar` is wrong, with what holds instead.

    Days that are no session anyway, such as a weekend's, may be among them.
    """
    return dict(_overrides(calendar))


def closures(calendar: str) -> dict[np.datetime64, str]:
    """Return the real closures that exchange calendar `calendar` lacks, date -> reason."""
    return {day: entry.reason for day, entry in _overrides(calendar).items() if entry.closed}
