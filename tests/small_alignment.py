"""Events aligned with built-in markets on their calendars of 2024 and 2025."""

from __future__ import annotations

from functools import cache

import pandas as pd

from eventstudy.events.alignment import align
from eventstudy.events.table import Events
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import get_market
from eventstudy.windows import Window

ONE_DAY = Window(0, 0)


@cache
def calendar(name):
    return calendar_for(get_market(name), "2024-01-01", "2025-12-31")


def events(*rows, **columns):
    """Events from (id, time or date) and further columns."""
    times = [when if "T" in when else None for _, when in rows]
    dates = [None if "T" in when else when for _, when in rows]
    names = [name for name, _ in rows]
    return Events.from_frame(
        pd.DataFrame({"event_id": names, "published_at": times, "date": dates, **columns})
    )


def aligned(some, *names, date_only=None, window=ONE_DAY, benchmark=None, **options):
    return align(
        some,
        [get_market(name) for name in names],
        {name: calendar(name) for name in names},
        date_only=date_only,
        event_window=window,
        benchmark=None if benchmark is None else (get_market(benchmark), calendar(benchmark)),
        **options,
    )
