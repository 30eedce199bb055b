"""The one door to databases: prices by a query or from a table."""

from __future__ import annotations

from eventstudy.prices.sql.address import check_url, wrds_url
from eventstudy.prices.sql.column_blocks import sql_blocks
from eventstudy.prices.sql.deadline import TIMEOUT
from eventstudy.prices.sql.reading import read_sql_prices

__all__ = [
    "TIMEOUT",
    "check_url",
    "read_sql_prices",
    "sql_blocks",
    "wrds_url",
]
