"""Small studies of two kinds of events, deals and threats, in three markets."""

import numpy as np
import pandas as pd

from eventstudy import ConstantMean, Events, EventStudy, PricePanel

MARKETS = ("A", "B", "C")
KINDS = [
    "deal", "threat", "threat", "deal", "threat", "deal", "threat", "deal", "threat", "threat",
]  # fmt: skip
ASKED = ("kind", "deal", "threat")


def data(days=None, kinds=KINDS, effect=0.01, **columns):
    """Events on sessions `days` after the estimation window, and markets that rise after deals."""
    rng = np.random.default_rng(4)
    dates = pd.bdate_range("2021-01-01", periods=420)
    days = 140 + 12 * np.arange(len(kinds)) if days is None else np.asarray(days)
    returns = 0.01 * (0.6 * rng.standard_normal((420, 1)) + 0.8 * rng.standard_normal((420, 3)))
    for day, kind in zip(days, kinds, strict=True):
        returns[day] += effect * (kind == "deal")
    frame = pd.DataFrame(
        {"event_id": [f"E{n:02}" for n in range(len(days))], "date": dates[days], "kind": kinds}
    )
    panel = PricePanel.from_frame(
        pd.DataFrame(returns, index=dates, columns=list(MARKETS)), content="returns",
        calendar="data",
    )  # fmt: skip
    return Events.from_frame(frame.assign(**columns)), panel


def study(**settings):
    given = {
        "markets": MARKETS, "model": ConstantMean(), "estimation_window": (-120, -11),
        "event_window": (-2, 2), "car_windows": [(0, 0), (0, 1)], "draws": 200,
        "statistics": ("cross_sectional_t",), "date_only": "same", "calendar": "data",
        "min_obs": 60, "contrast": [ASKED],
    }  # fmt: skip
    return EventStudy(**(given | settings))


def fitted(*args, spec=None, **kwargs):
    return study(**(spec or {})).fit(*data(*args, **kwargs))
