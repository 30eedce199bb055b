"""Made-up prices for tests of fetching from a fake Yahoo, and helpers to fetch and read them."""

from __future__ import annotations

import datetime as dt

import numpy as np
from yahoo_server import weekdays

from eventstudy.prices.fetch import update_prices

NOW = dt.datetime(2025, 10, 1, 3, 0, tzinfo=dt.UTC)  # noon in Tokyo, a Wednesday
DAYS = weekdays("2024-06-03", 360)  # to 2025-10-17
RANDOM = np.random.default_rng(20250502)


def _path(base):
    steps = RANDOM.normal(0, 0.01, len(DAYS))
    return (base * np.exp(np.cumsum(steps))).tolist()


TOKYO, TAIPEI, YUAN = _path(38_000), _path(18_000), _path(7.1)


def update_markets(*markets, start="2025-01-01", end="2025-09-30", **options):
    """Fetch daily prices as of `NOW`."""
    return update_prices(markets, start, end, **{"now": NOW, "pause": 0, **options})


def remarks_of(update, check):
    """Return the remarks of one check."""
    return [remark for remark in update.panel.remarks if remark.check == check]


def row_of(update, market):
    """Return the row of a market in the table of an update."""
    return update.table.set_index("market").loc[market].to_dict()
