"""CAR and volatility from running sums, beside the sessions of every position."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from eventstudy import Window
from eventstudy.estimation.abnormal import abnormal_returns, cumulate, volatility_start
from eventstudy.estimation.scaled_returns import Positions, scaled_returns
from eventstudy.kernels import moment_tables
from eventstudy.models import ConstantMean, EstimationSample, FactorModel, MarketModel

ESTIMATION, EVENT = Window(-60, -8), Window(-3, 4)
WINDOWS = (Window(-3, 4), Window(0, 1), Window(-2, -2), Window(4, 4))


@pytest.mark.parametrize(
    "model", [ConstantMean(), MarketModel("A"), FactorModel(factors=("A", "B", "C"))]
)
@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("noise", [1.0, 1e-3])
def test_numbers_are_those_of_the_sessions_themselves(model, noise, monkeypatch):
    # Small blocks, so that several securities and several blocks are there.
    monkeypatch.setattr("eventstudy.estimation.scaled_returns._BLOCK", 200)
    rng = np.random.default_rng(8)
    n, t, k = 4, 120, len(model.factors)
    x = 0.01 * rng.standard_normal((n, t, k))
    y = 0.001 + x.sum(axis=2) + 0.01 * noise * rng.standard_normal((n, t))
    y[rng.random(y.shape) < 0.05] = np.nan
    x[rng.random(x.shape) < 0.02] = np.nan
    security, day0 = np.nonzero(np.ones((n, t - 40), dtype=bool))
    day0 = day0 + 40  # truncated estimation windows, and event windows beyond the end
    extension = rng.choice([0, 0, 2], len(day0))
    sample = EstimationSample(
        returns=y, factors=x, tables=moment_tables(y, x), security=security,
        first=day0 + ESTIMATION.start, length=ESTIMATION.length,
    )  # fmt: skip
    panel = SimpleNamespace(returns=y, dates=np.full((n, t), np.datetime64("2020-01-01")))
    plain = abnormal_returns(
        model, panel, sample, day0=day0, estimation=ESTIMATION, event=EVENT, extension=extension
    )
    fit = plain.fit
    found = scaled_returns(
        y,
        x,
        Positions(
            security=security, day0=day0, extension=extension, intercept=fit.intercept,
            slopes=fit.slopes, sigma=fit.sigma,
        ),
        WINDOWS,
        begin=volatility_start(ESTIMATION, EVENT),
    )  # fmt: skip
    assert tuple(found) == WINDOWS
    for window in WINDOWS:
        expected, total = cumulate(plain, window), found[window]
        np.testing.assert_array_equal(total.n_sessions, expected.n_sessions)
        scale = 1e-15 * np.nanmax(np.abs(y))
        np.testing.assert_allclose(total.car, expected.car, rtol=1e-12, atol=100 * scale)
        np.testing.assert_allclose(total.volatility, expected.volatility, rtol=1e-12)
        np.testing.assert_allclose(
            total.z, expected.z, rtol=1e-12, atol=100 * scale / np.nanmin(expected.volatility)
        )
        assert np.isnan(total.scar).all()
    assert np.isnan(found[Window(4, 4)].car).any()


def test_no_position_is_no_number():
    nobody = np.empty(0, dtype=np.int64)
    nothing = np.empty(0)
    found = scaled_returns(
        np.zeros((2, 9)),
        np.zeros((2, 9, 0)),
        Positions(
            security=nobody, day0=nobody, extension=nobody, intercept=nothing,
            slopes=np.empty((0, 0)), sigma=nothing,
        ),
        WINDOWS[:1],
        begin=-5,
    )  # fmt: skip
    assert found[WINDOWS[0]].z.shape == (0,)
