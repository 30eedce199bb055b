"""A frame of ranges as a study of two directions gives it, for tests of what is said."""

from __future__ import annotations

import numpy as np
import pandas as pd

WINDOW = (0, 1)


def range_row(group, security, **more):
    """Return one row of the frame: forty dates, most of them up."""
    return {
        "group": group, "security": security, "window_start": 0, "window_end": 1, "n_dates": 40,
        "n_events": 45, "n_mixed": 3, "median": 0.0052, "low": -0.0101, "high": 0.0226,
        "n_up": 29, "n_down": 11, "ordinary_low": -0.0208, "ordinary_high": 0.0247,
        "beyond_median": 0.0018, "benchmark_median": 0.0062, "pvalue": 0.002,
    } | more  # fmt: skip


def fell(group, security, **more):
    """Return a row of dates that were down."""
    more = {"median": -0.004, "n_up": 11, "n_down": 29, "low": -0.026, "high": 0.017} | more
    return range_row(group, security, **more)


def few(group, security, n_dates=5, **more):
    """Return a row of few dates."""
    missing = dict.fromkeys(("low", "high", "pvalue"), np.nan)
    more = {"n_dates": n_dates, "n_up": n_dates - 1, "n_down": 1, "n_mixed": 0} | missing | more
    return range_row(group, security, **more)


def ranges_frame() -> pd.DataFrame:
    """Return two markets after both directions, one market told apart, and all news."""
    rows = [range_row("all", name, pvalue=0.6) for name in ("N225", "HSI", "all")]
    for group, make in (("direction=de-escalation", range_row), ("direction=escalation", fell)):
        rows += [make(group, "N225"), make(group, "HSI", pvalue=0.03), make(group, "all")]
    rows += [range_row("category=deal", "N225")]
    return pd.DataFrame(rows)
