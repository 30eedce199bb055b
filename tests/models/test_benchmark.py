"""Constant mean and market-adjusted returns by hand."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.kernels import moment_tables
from eventstudy.models import ConstantMean, EstimationSample, MarketAdjusted

RETURNS = np.array([[0.01, -0.02, np.nan, 0.03, 0.00, 0.05]])
BENCHMARK = np.array([[0.02, 0.01, 0.01, 0.00, -0.01, 0.02]])[..., None]


def sample(factors):
    return EstimationSample(
        returns=RETURNS,
        factors=factors,
        tables=moment_tables(RETURNS, factors),
        security=np.array([0]),
        first=np.array([0]),
        length=5,
    )


def test_the_constant_mean_is_that_of_the_sessions_there_are():
    fit = ConstantMean().fit(sample(np.empty((1, 6, 0))))
    seen = np.array([0.01, -0.02, 0.03, 0.00])
    assert fit.intercept[0] == pytest.approx(seen.mean())
    assert (fit.n_obs[0], fit.df[0], fit.mean_weight[0]) == (4, 3, 0.25)
    assert fit.sigma[0] == pytest.approx(seen.std(ddof=1))
    assert fit.coefficients.tolist() == [[pytest.approx(seen.mean())]]
    assert not fit.failed[0]


def test_market_adjusted_returns_estimate_a_variance_only():
    fit = MarketAdjusted("M").fit(sample(BENCHMARK))
    residuals = np.array([-0.01, -0.03, 0.03, 0.01])
    assert (fit.intercept[0], fit.slopes[0, 0], fit.n_parameters) == (0, 1, 0)
    assert fit.sigma[0] == pytest.approx(residuals.std(ddof=1))
    assert (fit.df[0], fit.mean_weight[0]) == (3, 0)
    assert np.isnan(fit.r_squared[0])
