"""A study of many markets in few rows: how the CARs of its pairs lie, and the furthest out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.reporting import wording
from eventstudy.reporting.sheet import (
    Section,
    count_cell,
    make_sheet,
    p_cell,
    percent_cell,
    share_cell,
    text_cell,
)
from eventstudy.text import counted

if TYPE_CHECKING:
    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.sheet import Column

MOST_MARKETS = 200
"""Markets above which pairs are summarised: tables by group, quantiles, and the ends."""

_EACH_END = 10
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_COLUMNS = ("min", "p5", "p25", "median", "p75", "p95", "max")


def has_many_markets(record: StudyRecord) -> bool:
    """Whether a study has pairs in more than `MOST_MARKETS` markets."""
    return len(record.car) > MOST_MARKETS and record.car["security"].nunique() > MOST_MARKETS


def pairs(record: StudyRecord) -> Section | None:
    """Return how CARs lie in each window, and the largest and smallest; None of few markets."""
    if not has_many_markets(record):
        return None
    shown: list[Column] = [
        ("window", False, text_cell("window")),
        ("pairs", True, count_cell("n")),
        ("mean, %", True, percent_cell("mean")),
        ("above zero, %", True, share_cell("up")),
        *((f"{name}, %", True, percent_cell(name)) for name in _COLUMNS),
    ]
    window = record.headline_window
    frame = record.car
    of_window = frame[(frame["window_start"] == window[0]) & (frame["window_end"] == window[1])]
    ordered = of_window.dropna(subset=["car"]).sort_values("car", kind="stable", ascending=False)
    label = wording.window_label(*window)
    listed: list[Column] = [
        ("event", False, text_cell("event_id")),
        ("market", False, lambda row: wording.value_label(str(row.security), record.labels)),
        (f"CAR {label}, %", True, percent_cell("car")),
        ("t", True, lambda row: wording.number(row.t)),
        ("p", True, p_cell("pvalue")),
    ]
    n_markets = frame["security"].nunique()
    return Section(
        anchor="pairs",
        title="How the pairs lie",
        note=f"{counted(len(of_window), 'pair')} in {n_markets:,} markets are too many to list: "
        "here is how their cumulative abnormal returns lie, and which lie furthest out. All of "
        "them are in car.csv. The largest of so many are large by chance, too: their p-values are "
        "those of pairs that were not looked for. Ranges pool the markets; no heatmap of kinds by "
        "markets and no placebo test of each market is made.",
        sheets=(
            make_sheet("Cumulative abnormal returns of all pairs", _spread(frame), shown),
            make_sheet(f"The largest over {label}", ordered.head(_EACH_END), listed),
            make_sheet(f"The smallest over {label}", ordered.tail(_EACH_END)[::-1], listed),
        ),
    )


def _spread(car: pd.DataFrame) -> pd.DataFrame:
    """Return mean, share above zero and quantiles of the CARs of each window."""
    rows = []
    for (start, end), part in car.groupby(["window_start", "window_end"], sort=False):
        values = part["car"].dropna().to_numpy()
        if not len(values):
            continue
        inner = np.quantile(values, _QUANTILES)
        found = dict(zip(_COLUMNS, [values.min(), *inner, values.max()], strict=True))
        label = wording.window_label(int(str(start)), int(str(end)))
        rows.append(
            {"window": label, "n": len(values), "mean": values.mean(), "up": (values > 0).mean()}
            | found
        )
    return pd.DataFrame(rows)


def summarised_prices(prices: pd.DataFrame, securities: pd.Series) -> pd.DataFrame:
    """Return closes as few lines: the benchmarks, and quantiles of the markets, rebased to 100.

    Parameters
    ----------
    prices
        Dates x markets and benchmarks, closes.
    securities
        The markets of the pairs; other columns are benchmarks.
    """
    is_market = prices.columns.isin(securities.unique())
    markets = prices.loc[:, is_market].to_numpy(dtype=np.float64)
    has = np.isfinite(markets)
    first = np.argmax(has, axis=0)
    rebased = 100.0 * markets / markets[first, np.arange(markets.shape[1])]
    kept = has.any(axis=1)
    low, middle, high = np.nanquantile(rebased[kept], (0.1, 0.5, 0.9), axis=1)
    lines = pd.DataFrame(
        {
            f"Median of {is_market.sum():,} markets": middle,
            "One in ten lies above": high,
            "One in ten lies below": low,
        },
        index=prices.index[kept],
    )
    return pd.concat([lines, prices.loc[kept, ~is_market]], axis=1)
