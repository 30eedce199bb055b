"""A small study on simulated returns to calibrate tests on, and its rates by name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    PricePanel,
)
from eventstudy.calibration.rejection_rates import Scenario
from eventstudy.inference.design import GroupCache, gather_evidence

DATES = pd.bdate_range("2021-01-04", periods=420)
ROWS = [120, 150, 180, 215, 250, 290, 330, 370]
NAMES = ("placebo", "cross_sectional_t", "patell", "bmp", "sign")


def frame_of(seed=1, names=("A", "B")):
    rng = np.random.default_rng(seed)
    shape = (len(DATES), len(names))
    values = rng.normal(0, 0.008, (len(DATES), 1)) + rng.normal(0, 0.01, shape)
    return pd.DataFrame(values, index=DATES, columns=list(names))


def study_on(frame, rows=ROWS, *, signs=None, **settings):
    table = pd.DataFrame({"event_id": [f"E{i}" for i in range(len(rows))], "date": DATES[rows]})
    table["kind"] = ["x", "y"] * (len(rows) // 2) + ["x"] * (len(rows) % 2)
    if signs is not None:
        table["expected_sign"] = signs
    defaults = {
        "markets": tuple(frame.columns),
        "model": ConstantMean(),
        "estimation_window": (-80, -11),
        "event_window": (-2, 2),
        "car_windows": [(0, 0), (-1, 1)],
        "statistics": NAMES,
        "calendar": "data",
        "date_only": "same",
        "min_obs": 50,
        "draws": 200,
    }
    study = EventStudy(**(defaults | settings))
    return study, Events.from_frame(table), PricePanel.from_frame(frame, content="returns")


def rate(calibration, name, scenario, level=0.05, group="all", window=(0, 0)):
    frame = calibration.frame
    (row,) = frame[
        (frame["group"] == group)
        & (frame["window_start"] == window[0])
        & (frame["window_end"] == window[1])
        & (frame["name"] == name)
        & (frame["scenario"] == scenario)
        & (frame["level"] == level)
    ].itertuples(index=False)
    return row


def evidence_of_draws(fitted, window, group="all"):
    """Evidence of the draws of all pairs, as the study itself gathers it."""
    design = fitted.fitted.design
    scenario = Scenario(design, next(w for w in windows_of(fitted) if (w.start, w.end) == window))
    pairs = np.arange(len(design.event))
    present = pairs[scenario.session.real.n_sessions > 0]
    return scenario, gather_evidence(design, present, present[:0], scenario.session, GroupCache())


def windows_of(fitted):
    return fitted.fitted.data.study.car_windows
