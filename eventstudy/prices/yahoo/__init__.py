"""The one door to the network: bars of Yahoo, through yfinance."""

from __future__ import annotations

from eventstudy.prices.yahoo.client import (
    DEADLINE,
    INTERVALS,
    Fetched,
    as_date,
    collect,
    fetch_bars,
    reasons_of,
)

__all__ = [
    "DEADLINE",
    "INTERVALS",
    "Fetched",
    "as_date",
    "collect",
    "fetch_bars",
    "reasons_of",
]
