"""Placebo dates that are as volatile beforehand as the real ones."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from small_calibration import evidence_of_draws, frame_of, study_on
from small_study import STUDY, write_study

from eventstudy import (
    EventStudy,
    EventStudyWarning,
    SpecificationError,
)


@pytest.mark.slow
def test_matched_dates_are_as_volatile_beforehand():
    """Every cluster of every draw lies within one decile of its real dates, and not all do."""
    frame = frame_of(8)
    frame.iloc[200:260] *= 3.0
    rows = [150, 230, 236, 330]
    study, events, prices = study_on(frame, rows, draws=150)
    gaps = {}
    for source in ("all", "volatility_matched"):
        results = replace(study, draws_from=source).fit(events, prices)
        _, gathered = evidence_of_draws(results, (-1, 1))
        design = results.fitted.design
        table, h = design.placebo.table, gathered.drawn.window.volatility
        decile = np.empty(len(h))
        for market in (0, 1):
            own = np.flatnonzero(table.security == market)
            for u in own:
                below = sum(h[own] < h[u]) + 0.5 * sum(h[own] == h[u])
                decile[u] = min(9, math.floor(10 * below / len(own)))
        gaps[source] = []
        for block in gathered.drawn.blocks:
            pairs = block.columns
            day0 = design.table.day0[pairs]
            here = design.placebo.index[0, design.table.security[pairs], day0]
            for line in block.pick:
                gap = decile[block.rows[line]].mean() - decile[here].mean()
                gaps[source].append(abs(gap))
    assert max(gaps["volatility_matched"]) <= 1.0 + 1e-9
    assert max(gaps["all"]) > 3


@pytest.mark.slow
def test_matched_draws_are_reproducible_and_differ_from_all():
    study_data = study_on(frame_of(9), draws=100, draws_from="volatility_matched")
    one, two = (study_data[0].fit(*study_data[1:]) for _ in range(2))
    pd.testing.assert_frame_equal(one.statistics, two.statistics)
    pd.testing.assert_frame_equal(one.family, two.family)
    other = replace(study_data[0], draws_from="all").fit(*study_data[1:])
    assert not one.statistics["pvalue"].equals(other.statistics["pvalue"])
    assert one.statistics["statistic"].equals(other.statistics["statistic"])
    assert one.spec["statistics"]["draws_from"] == "volatility_matched"


def test_too_few_dates_of_like_volatility_are_said():
    frame = frame_of(10).iloc[:110]
    frame.iloc[100:] *= 20.0
    study, events, prices = study_on(frame, [107], draws_from="volatility_matched", min_obs=50)
    with pytest.warns(EventStudyWarning, match="percent among decimals"):
        results = study.fit(events, prices)
    rows = results.test("placebo", (0, 0))
    assert math.isnan(rows["pvalue"].iloc[0])
    assert rows["note"].iloc[0].startswith("not available: only ")


def test_draws_from_is_a_key_of_the_study_file(run, tmp_path):
    text = STUDY.replace("draws = 20\n", 'draws = 20\ndraws_from = "matched"\n')
    code, _, err = run("run", write_study(tmp_path / "in", text), "--out", tmp_path / "out")
    assert code == 2
    assert "statistics.draws_from" in err
    with pytest.raises(SpecificationError, match="unknown draws_from"):
        EventStudy(draws_from="matched")
