"""The standardised calendar-time portfolio against its own residuals."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_parametric
import pandas as pd
import pytest
import studies
from inference_studies import SMALL, by_side


@pytest.mark.slow
def test_standardising_is_by_the_portfolio_s_own_residuals():
    """With complete windows s_d is the standard deviation of the mean residual, M - k below."""
    case, daily = studies.random_study(
        55, **SMALL, model="market_model", dates="common", missing=0.0, holidays=0.0
    )
    case = replace(
        case,
        returns={name: r.fillna(0.0) for name, r in case.returns.items()},
        factors={name: f.fillna(0.0) for name, f in case.factors.items()},
    )
    daily = {name: column.fillna(0.0) for name, column in daily.items()}
    row = by_side(case, daily)["two-sided"].loc[(-3, 5, "calendar_time_standardised")]
    fits = [oracle.fit_pair(case, i) for i in oracle.kept(case)]
    residuals = pd.concat([fit.residuals for fit in fits], axis=1)
    assert residuals.notna().all(axis=None)
    mean = residuals.mean(axis=1)
    scale = math.sqrt((mean**2).sum() / (len(mean) - 2))
    series = np.array(list(oracle_parametric.calendar_series(case, (-3, 5)).values())) / scale
    t = math.sqrt(len(series)) * series.mean() / series.std(ddof=1)
    assert row["statistic"] == pytest.approx(t, rel=1e-9)
