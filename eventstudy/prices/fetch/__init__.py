"""Yahoo and the store together: prices as a panel, fetched where they are missing."""

from __future__ import annotations

from eventstudy.prices.fetch.fetching import (
    BarUpdate,
    PriceUpdate,
    Update,
    fetch_prices,
    update_bars,
    update_prices,
)

__all__ = [
    "BarUpdate",
    "PriceUpdate",
    "Update",
    "fetch_prices",
    "update_bars",
    "update_prices",
]
