"""Official fixings and closes of exchanges themselves: each with the moment it is of."""

from __future__ import annotations

from eventstudy.prices.fixings.known import FixingSource, fixing_sources, market_of
from eventstudy.prices.fixings.updating import fetch_fixings, update_fixings

__all__ = ["FixingSource", "fetch_fixings", "fixing_sources", "market_of", "update_fixings"]
