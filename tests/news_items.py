"""News items made of columns, for the tests of the news."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from eventstudy import News

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)
TIME = "2025-05-02T09:00+08:00"


def news(**columns) -> News:
    return News.from_frame(pd.DataFrame(columns), now=NOW)


def only_reason(**cells) -> str:
    """Why the one item with these cells is rejected."""
    items = news(**{name: [cell] for name, cell in cells.items()})
    assert len(items) == 0
    assert len(items.rejected) == 1
    return items.rejected["reason"].item()
