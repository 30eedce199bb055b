"""Studies of prices with ranges and volumes, and the same studies for the oracle."""

from __future__ import annotations

import math

import numpy as np
import oracle
import pandas as pd

from eventstudy import (
    Events,
    EventStudy,
    MarketModel,
    read_prices,
)


def rows_of(frame, measure, window, group="all"):
    chosen = frame[
        (frame["group"] == group)
        & (frame["measure"] == measure)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
    ]
    return {row["name"]: row for row in chosen.to_dict("records")}


def t_of(values):
    n, mean = len(values), sum(values) / len(values)
    if n < 2:
        return math.nan
    return math.sqrt(n) * mean / math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))


def two_sided(below, above):
    return min(1.0, 2 * min(below, above))


NAMES = ("A", "B", "C", "M")


def bars(seed=1, n=360, *, zero=(), lift=None, widen=None):
    """A long file of four markets; `lift` and `widen` raise log volume and range on rows."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-04", periods=n)
    busy = 0.3 * rng.standard_normal(n)
    frames = []
    for name in NAMES:
        close = 100 * np.exp(np.cumsum(0.01 * rng.standard_normal(n)))
        opened = close * np.exp(0.004 * rng.standard_normal(n))
        reach = 0.003 + 0.01 * rng.random(n)
        if widen is not None and name != "M":
            reach[list(widen)] = (
                reach[list(widen)] * 2 + np.abs(np.log(close / opened))[list(widen)]
            )
        high = np.maximum(opened, close) * np.exp(reach)
        low = np.minimum(opened, close) * np.exp(-reach)
        logs = 12 + busy + 0.25 * rng.standard_normal(n)
        if lift is not None and name != "M":
            logs[list(lift)] += 1.0
        volume = np.exp(logs)
        volume[0] = 0  # as the first return, so that both have the same sessions
        if name == "A":
            volume[list(zero)] = 0
        frames.append(
            pd.DataFrame(
                {
                    "date": dates, "security": name, "close": close, "open": opened, "high": high,
                    "low": low, "volume": volume,
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def written(frame, folder):
    path = folder / "prices.csv"
    frame.to_csv(path, index=False, date_format="%Y-%m-%d")
    return path


def events_at(rows, dates, markets=""):
    return Events.from_frame(
        pd.DataFrame(
            {"event_id": [f"E{row:03d}" for row in rows], "date": dates[list(rows)],
             "markets": markets}
        )
    )  # fmt: skip


def study(**settings):
    given = {
        "markets": ("A", "B", "C"), "model": MarketModel("M"), "estimation_window": (-120, -11),
        "event_window": (-2, 3), "car_windows": [(0, 0), (-1, 1)], "draws": 0, "min_obs": 60,
        "statistics": ("cross_sectional_t",), "date_only": "same", "calendar": "data",
    }  # fmt: skip
    return EventStudy(**(given | settings))


ROWS = (150, 152, 171, 205, 240, 288, 330)


def fitted(frame, folder, rows=ROWS, **settings):
    panel = read_prices(written(frame, folder), calendar="data")
    dates = pd.DatetimeIndex(frame.loc[frame["security"] == "A", "date"])
    return study(**settings).fit(events_at(rows, dates), panel)


def case_of(frame, values, rows=ROWS, *, factor=False):
    """The same study of the logs of another series."""
    logs = {}
    for name in NAMES:
        part = frame[frame["security"] == name].set_index("date")
        with np.errstate(divide="ignore"):
            series = values(part)
        logs[name] = series.where(np.isfinite(series))
    dates = logs["A"].index
    pairs = [(f"E{row:03d}", name, dates[row]) for row in rows for name in ("A", "B", "C")]
    return oracle.Case(
        returns={name: logs[name] for name in ("A", "B", "C")},
        factors={name: pd.DataFrame({"beta": logs["M"]}) for name in ("A", "B", "C")}
        if factor
        else None,
        pairs=pairs,
        model="market_model" if factor else "constant_mean",
        estimation=(-120, -11),
        event=(-2, 3),
        min_obs=60,
    )


SERIES = {
    "volume": lambda part: np.log(part["volume"]),
    "parkinson": lambda part: 0.5 * np.log(
        np.log(part["high"] / part["low"]) ** 2 / 4 / math.log(2)
    ),
    "garman_klass": lambda part: 0.5 * np.log(
        0.5 * np.log(part["high"] / part["low"]) ** 2
        - (2 * math.log(2) - 1) * np.log(part["close"] / part["open"]) ** 2
    ),
}  # fmt: skip
