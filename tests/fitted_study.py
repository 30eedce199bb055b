"""A study of seven events in two markets, with gaps in its prices, for tests of its results."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy import Events, EventStudy, MarketModel, PricePanel

DATES = pd.bdate_range("2021-01-04", periods=300)
STUDY = EventStudy(
    markets=("A", "B"), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
    event_window=(-2, 3), car_windows=[(0, 0), (0, 1), (-1, 1)], by=("category", "security"),
    calendar="data", date_only="same", min_obs=60, draws=120, title="Talks & threats",
)  # fmt: skip


def closes(seed=2):
    """Return closes of two markets and an index, a few of them missing."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 0.01, (300, 3)) + rng.normal(0, 0.006, (300, 1))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=DATES, columns=["A", "B", "M"])
    frame.iloc[[40, 41, 160], 0] = np.nan
    return frame


def events_table():
    """Return the events, whose headlines hold what files and pages could trip over."""
    rows = [150, 152, 200, 201, 240, 280, 298]
    return pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(7)],
            "date": DATES[rows],
            "headline": ['Talks, "soon"', "Über-tariff", "=SUM(A1)", "a;b", "x", None, "z"],
            "category": ["talk", "threat", "talk", "threat", "talk", "threat", "talk"],
            "direction": ["de-escalation", "escalation"] * 3 + ["neutral"],
            "analyst": ["1", "2", "3", "4", "5", "6", "7"],
            "markets": ["", "", "", "A", "", "", ""],
        }
    )  # fmt: skip


def fit(study=STUDY, table=None):
    """Return the results of a study of the events."""
    events = Events.from_frame(events_table() if table is None else table)
    return study.fit(events, PricePanel.from_frame(closes()))
