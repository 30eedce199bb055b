"""The one door to databases: prices by a query or from a table."""

from __future__ import annotations

from eventstudy.sources.sql.reading import TIMEOUT, check_url, read_sql_prices, wrds_url

__all__ = [
    "TIMEOUT",
    "check_url",
    "read_sql_prices",
    "wrds_url",
]
