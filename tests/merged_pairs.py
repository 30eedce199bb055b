"""Studies of two markets whose overlapping event windows are merged into one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy import ConstantMean, Events, EventStudy, PricePanel

DATES = pd.bdate_range("2022-01-03", periods=220)
FRAME = pd.DataFrame(
    np.random.default_rng(31).normal(0, 0.01, (220, 2)), index=DATES, columns=["A", "B"]
)
STUDY = EventStudy(
    markets=("A", "B"), model=ConstantMean(), estimation_window=(-60, -16), event_window=(-1, 1),
    car_windows=[(0, 0), (-1, 1)], statistics="cross_sectional_t", calendar="data",
    date_only="same", min_obs=30, max_loss=0.0, draws=0, overlap="merge",
)  # fmt: skip


def fit(rows, columns=None, frame=FRAME, **settings):
    """Return the results of events whose day 0s are rows of the panel, in both markets."""
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))]})
    table["date"] = [DATES[row] for row in rows]
    events = Events.from_frame(table.assign(**(columns or {})))
    prices = PricePanel.from_frame(frame, content="returns")
    return replace(STUDY, **settings).fit(events, prices)


def kept(results):
    """Return event and market of every pair kept."""
    return list(zip(results.models["event_id"], results.models["security"], strict=True))


def lost(results):
    """Return event, market, stage and reason of every pair dropped."""
    return [tuple(row) for row in results.dropped.to_numpy()]
