"""Yahoo and the store together: stored prices as a panel, after what is missing is fetched."""

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
