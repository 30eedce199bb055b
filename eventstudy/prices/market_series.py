"""Where a market's price stands in a panel, resolved once: column, direction and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.markets.calendars import calendar_for

if TYPE_CHECKING:
    from eventstudy._typing import DateArray
    from eventstudy.markets.calendars import SessionCalendar
    from eventstudy.markets.market import Market
    from eventstudy.prices.panel import PricePanel

NO_PRICE = "no price in the file"
"""Reason under which a calendar session without a price is removed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarketSeries:
    """A market, or a factor, on the column of a panel that prices it.

    Parameters
    ----------
    market : Market
    column : int
        Position of the column in the panel.
    is_inverted : bool
        Whether the column is quoted the other way round.
    calendar : SessionCalendar
        The market's sessions.
    """

    market: Market
    column: int
    is_inverted: bool
    calendar: SessionCalendar

    @classmethod
    def between(
        cls,
        prices: PricePanel,
        located: tuple[Market, int, bool],
        start: np.datetime64,
        end: np.datetime64,
    ) -> MarketSeries:
        """Return a market with its sessions from `start` to `end`, less those without a price.

        `located` is the market, then the column and direction :meth:`PricePanel.locate` returns.
        """
        market, column, is_inverted = located
        dates = prices.dates[column]
        calendar = trim_calendar(calendar_for(market, start, end, dates), dates)
        return cls(market=market, column=column, is_inverted=is_inverted, calendar=calendar)

    @property
    def name(self) -> str:
        """Name of the market."""
        return self.market.name


def trim_calendar(calendar: SessionCalendar, dates: DateArray) -> SessionCalendar:
    """Return a calendar without the sessions on which a column has no row.

    Only sessions between the first and the last row are judged: before and after, prices may
    simply not be there yet. In a file of returns a session is removed when the file has no row
    of that date; a row with an empty cell is a session whose return is missing.
    """
    if len(dates) == 0:
        return calendar
    sessions = calendar.sessions
    inside = sessions[(sessions >= dates[0]) & (sessions <= dates[-1])]
    unpriced = inside[~np.isin(inside, dates)]
    return calendar.without(unpriced, NO_PRICE) if len(unpriced) else calendar


def unpriced_sessions(calendar: SessionCalendar) -> DateArray:
    """Return the sessions that `trim_calendar` took out of a calendar, in order."""
    dates = [day for day, why in calendar.removed.items() if why == NO_PRICE]
    return np.sort(np.array(dates, dtype="M8[D]"))
