"""One column of prices for the tests of the checks: made, checked, and the rows that came out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.panel import PricePanel

NOW = np.datetime64("2026-06-01T00:00", "ns")
DAYS = np.busday_offset("2025-01-06", np.arange(300), roll="forward")


def walk(count=300, seed=1, sd=0.01, start=100.0):
    """Return prices that walk at random."""
    return start * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, sd, count)))


def look(values, name="MINE", bars=None, **options):
    """Check one column, with bars or without."""
    index = pd.DatetimeIndex(DAYS[: len(values)].astype("M8[ns]"))
    panel = PricePanel.from_frame(pd.DataFrame({name: values}, index=index))
    if bars is not None:
        panel = replace(panel, fields={name: pd.DataFrame(bars, index=index)})
    return inspect_prices(panel, now=NOW, calendar="data", **options)


def kinds(checks):
    """Return check, date and severity of each row."""
    return [(row.check, str(row.date)[:10], row.severity) for row in checks.itertuples()]
