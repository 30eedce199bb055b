"""Fixtures of the tests of inference."""

from __future__ import annotations

import numpy as np
import pytest
import studies
from inference_studies import ALL, SMALL, fit, panel

from eventstudy import Window
from eventstudy.inference import evaluate
from eventstudy.inference.design import (
    gather_evidence,
)


@pytest.fixture(scope="session")
def rough():
    frame = panel("A", "B", "C", seed=6)
    frame.iloc[200:230] *= 2.5
    frame = frame.mask(np.random.default_rng(0).random(frame.shape) < 0.02)
    return fit(frame, [140, 190, 220, 223, 260, 330], draws=400, statistics=ALL)


@pytest.fixture
def drawn(monkeypatch):
    """Evidence of the placebo draws of a study with gaps, by window."""
    caught = {}
    gather = gather_evidence

    def catching(*args, **kwargs):
        gathered = gather(*args, **kwargs)
        caught[gathered.drawn.window.window] = gathered.drawn
        return gathered

    monkeypatch.setattr(evaluate, "gather_evidence", catching)
    case, daily = studies.random_study(
        91, **(SMALL | {"n_weekdays": 300}), model="market_model", missing=0.05, holidays=0.05
    )
    studies.fitted(case, daily, statistics=["bmp"], car_windows=[(0, 0), (-1, 1)], draws=60)
    return {window: caught[window] for window in (Window(0, 0), Window(-1, 1))}
