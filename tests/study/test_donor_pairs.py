"""Which sessions and returns of a pair the tests against donors are given."""

from __future__ import annotations

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.study.donor_pairs import pair_series


def test_masked_sessions_are_missing_from_estimation_only():
    rng = np.random.default_rng(7)
    daily = pd.DataFrame(
        rng.normal(size=(150, 3)) * 0.01, index=pd.bdate_range("2024-01-01", periods=150),
        columns=["A", "X", "Y"],
    )  # fmt: skip
    dates = [str(daily.index[at].date()) for at in (90, 130)]
    events = es.Events.from_frame(pd.DataFrame({"event_id": ["e1", "e2"], "date": dates}))
    study = es.EventStudy(
        markets=("A",), model=es.ControlGroup(("X", "Y")), date_only="same", calendar="data",
        draws=0, min_obs=40, estimation_window=(-70, -6), event_window=(-1, 1),
        car_windows=((0, 1),), statistics=("cross_sectional_t",), mask_events=True,
    )  # fmt: skip
    fitted = study.fit(events, es.PricePanel.from_frame(daily, content="returns")).fitted
    first, second = pair_series(fitted.data, fitted.sample)
    assert (first.event_id, second.security) == ("e1", "A")
    assert first.tau.tolist() == list(range(-70, 2))
    assert np.isfinite(first.returns).all()
    # e1 is 40 sessions before e2: its window is not seen when e2 is estimated.
    assert second.tau[np.isnan(second.returns)].tolist() == [-41, -40, -39]
    assert second.donors[-2].tolist() == daily.iloc[130][["X", "Y"]].tolist()
    turned = es.Events.from_frame(pd.DataFrame({"event_id": ["e2", "e1"], "date": dates[::-1]}))
    fitted = study.fit(turned, es.PricePanel.from_frame(daily, content="returns")).fitted
    assert [one.event_id for one in pair_series(fitted.data, fitted.sample)] == ["e2", "e1"]
