"""Means of units on every weekday, against those of every draw by itself."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from eventstudy import ConstantMean, Events, EventStudy, PricePanel, Window
from eventstudy.inference import unit_series
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.placebo import unit_share
from eventstudy.inference.randomised import effect_share


@lru_cache
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
    rows = np.sort(np.r_[rng.choice(np.arange(120, 380), 10, replace=False), saturday])
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


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("overlap", ["keep", "merge"])
def test_the_means_are_those_of_every_draw_by_itself(overlap):
    design = fitted(3, overlap=overlap)
    assert overlap == "keep" or design.table.extension.any()
    totals = cumulate_both(design, Window(-1, 1))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    for chosen in (pairs, pairs[design.table.security[pairs] == 1]):
        gathered = gather_evidence(design, chosen, chosen[:0], totals, GroupCache())
        drawn, share = gathered.drawn, effect_share(design, gathered, totals)
        assert drawn.moved is not None
        plain = replace(drawn, moved=None)
        np.testing.assert_allclose(drawn.unit_z(), plain.unit_z(), rtol=1e-12, atol=1e-15)
        held = unit_share(plain, share)
        assert held.any()
        np.testing.assert_allclose(unit_share(drawn, share), held, rtol=1e-12, atol=1e-15)


def test_little_is_kept_and_few_draws_are_gathered_one_by_one(monkeypatch):
    design = fitted(3, overlap="keep")
    totals = cumulate_both(design, Window(0, 0))
    pairs = np.flatnonzero(totals.real.n_sessions > 0)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    z = drawn.unit_z()
    monkeypatch.setattr(unit_series, "MOST_MEANS", 500)
    few = totals.moved.of(totals.placebo.z)
    np.testing.assert_array_equal(few.means(drawn), z)
    assert cumulate_both(replace(design, draws=20), Window(0, 0)).moved is None
