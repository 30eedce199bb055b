"""Parametric statistics: degrees of freedom, and pairs of opposite sign."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from inference_studies import NAMES, answers, fit, independent_returns, panel

from eventstudy import ConstantMean, Events, EventStudy, MarketModel, PricePanel
from eventstudy.inference import STATISTICS


def test_signs_of_one_market_and_day_cancel_in_the_mean_and_not_in_the_count():
    """Two events of opposite sign on one day are two pairs whose sum is zero."""
    rng = np.random.default_rng(8)
    dates = pd.bdate_range("2021-01-04", periods=200)
    frame = pd.DataFrame(rng.normal(0, 0.01, (200, 2)), index=dates, columns=["A", "B"])
    events = pd.DataFrame(
        {
            "event_id": ["e", "f", "g", "h"],
            "date": dates[[100, 120, 140, 140]],
            "expected_sign": ["+", "-", "+", "-"],
        }
    )
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-60, -6),
        event_window=(-1, 1), car_windows=[(0, 0)], statistics=NAMES, sign="expected",
        calendar="data", date_only="same", min_obs=20, draws=0,
    )  # fmt: skip
    results = study.fit(Events.from_frame(events), PricePanel.from_frame(frame, content="returns"))
    rows = results.statistics
    chosen = (rows["window_start"] == 0) & (rows["window_end"] == 0) & (rows["measure"] == "car")
    rows = rows[chosen].set_index("name")
    residuals = [frame.iloc[at - 60 : at - 5] for at in (100, 120, 140)]
    deviation = [
        frame.iloc[at] - part.mean() for at, part in zip((100, 120, 140), residuals, strict=True)
    ]
    assert (rows["n_pairs"] == 8).all()
    caar = (deviation[0].sum() - deviation[1].sum()) / 8
    assert rows["estimate"].iloc[0] == pytest.approx(caar)
    variance = sum(part.var().sum() for part in residuals) + residuals[2].var().sum()
    t = caar / (math.sqrt(variance) / 8)
    assert rows.loc["no_dependence_t", "statistic"] == pytest.approx(t)
    by_day = [deviation[0].mean(), -deviation[1].mean(), 0.0]
    mean, sd = np.mean(by_day), np.std(by_day, ddof=1)
    assert rows.loc["calendar_time", "statistic"] == pytest.approx(math.sqrt(3) * mean / sd)
    # a portfolio of both signs has no variance to be divided by
    assert rows.loc["calendar_time_standardised", "df"] == 1


@pytest.mark.parametrize("n_obs", [2, 3, 4])  # degrees of freedom 1, 2, 3
@pytest.mark.parametrize("name", ["patell", "patell_exact", "adjusted_patell"])
def test_patell_leaves_pairs_of_two_degrees_of_freedom_out(name, n_obs):
    """The variance of t(df) is df/(df - 2): none up to 2, and 3 with three."""
    evidence = independent_returns(1, 3, 2, n_obs, seed=4)
    answer = STATISTICS[name].value.compute(evidence)
    assert math.isfinite(answer.statistic[0]) == (n_obs > 3)


def test_pairs_of_two_degrees_of_freedom_do_not_weigh_on_the_others():
    evidence = independent_returns(1, 3, 2, 4, seed=4)
    df = np.array([3.0, 3.0, 2.0, 3.0, 1.0, 3.0])
    table = replace(evidence.table, fit=replace(evidence.table.fit, df=df))
    scar = evidence.window.scar[df > 2]
    answer = STATISTICS["patell_exact"].value.compute(replace(evidence, table=table))
    assert answer.statistic[0] == pytest.approx(scar.sum() / math.sqrt(4 * 3.0))


def test_patell_leaves_out_pairs_whose_t_has_no_variance():
    frame = panel("A", "B", "M", seed=15)
    frame.iloc[200:296, 1] = np.nan  # B keeps four estimation sessions: two degrees of freedom
    results = fit(
        frame, [306], model=MarketModel(benchmark="M"), estimation_window=(-16, -7), min_obs=4,
        draws=0, markets=["A;B"],
    )  # fmt: skip
    assert results.models["n_obs"].tolist() == [10, 4]
    sar = results.abnormal_returns.query("tau == 0").set_index("security")["standardized"]
    expected = sar["A"] / math.sqrt(8 / 6)
    assert answers(results).loc["patell", "statistic"] == pytest.approx(expected)
