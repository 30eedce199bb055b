"""Means of units on every weekday, against those of every draw by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, Window
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.placebo import unit_share
from eventstudy.inference.randomised import effect_share


def fitted(seed: int, **settings):
    """Fit a study with holidays, a Saturday session, signs, gaps and events close together."""
    rng = np.random.default_rng(seed)
    dates = pd.bdate_range("2021-01-04", periods=400)
    dates = dates.append(dates[[250]] + pd.offsets.Day(5 - dates[250].weekday())).sort_values()
    values = rng.normal(0, 0.01, (len(dates), 3))
    values[rng.random(values.shape) < 0.03] = np.nan
    saturday = np.flatnonzero(dates.day_of_week == 5)
    values[saturday] = [0.01, 0.02, np.nan]
    frame = pd.DataFrame(values, index=dates, columns=["A", "B", "C"])
    rows = np.sort(np.r_[rng.choice(np.arange(120, 380), 14, replace=False), saturday])
    table = pd.DataFrame(
        {
            "event_id": [f"E{number}" for number in range(len(rows))],
            "date": dates[rows],
            "expected_sign": rng.choice(["-", "+"], len(rows)),
        }
    )
    study = EventStudy(
        markets=("A", "B", "C"), model=ConstantMean(), estimation_window=(-80, -11),
        event_window=(-1, 1), statistics=("placebo",), calendar="data", date_only="same",
        min_obs=40, draws=150, sign="expected", **settings,
    )  # fmt: skip
    return study.fit(
        Events.from_frame(table), PricePanel.from_frame(frame, content="returns")
    ).fitted.design


@pytest.mark.parametrize("overlap", ["keep", "merge"])
def test_the_means_are_those_of_every_draw_by_itself(overlap):
    design = fitted(3, overlap=overlap)
    assert overlap == "keep" or design.table.extension.any()
    for window in (Window(0, 0), Window(-1, 1)):
        totals = cumulate_both(design, window)
        has_return = totals.real.n_sessions > 0
        pairs = np.flatnonzero(has_return)
        for chosen in (pairs, pairs[::2], pairs[design.table.security[pairs] == 1]):
            drawn = gather_evidence(
                design, chosen, chosen[:0], totals, GroupCache(), is_drawn=True
            ).drawn
            assert drawn.moved is not None
            plain = replace(drawn, moved=None)
            np.testing.assert_allclose(drawn.unit_z(), plain.unit_z(), rtol=1e-12, atol=1e-15)
            gathered = gather_evidence(design, chosen, chosen[:0], totals, GroupCache())
            share = effect_share(design, gathered, totals)
            held = unit_share(plain, share)
            assert held.any()
            np.testing.assert_allclose(unit_share(drawn, share), held, rtol=1e-12, atol=1e-15)
