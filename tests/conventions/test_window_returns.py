"""What the tests of a window are given."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.conventions.window_returns import WindowReturns, in_single


def returns():
    rng = np.random.default_rng(1)
    abnormal = rng.normal(0, 0.01, (3, 4))
    abnormal[1, 2] = np.nan
    return WindowReturns(
        abnormal=abnormal,
        residuals=rng.normal(0, 0.01, (3, 30)),
        sigma=np.full(3, 0.01),
        df=np.full(3, 28.0),
        n_obs=np.full(3, 30),
        forecast=np.full(3, 4.2),
        session_forecast=np.full((3, 4), 1.05),
        n_factors=1,
        is_estimated=True,
        sign=np.array([1.0, -1.0, 1.0]),
        correlation=0.1,
        length=4,
    )


def test_cars_sum_what_is_there():
    given = returns()
    assert given.n_pairs == 3
    assert given.n_sessions.tolist() == [4, 3, 4]
    assert given.car[1] == pytest.approx(given.abnormal[1, [0, 1, 3]].sum())


def test_single_precision_rounds_series_and_nothing_else():
    given = returns()
    single = given.single()
    assert np.array_equal(single.abnormal, in_single(given.abnormal), equal_nan=True)
    assert (single.residuals != given.residuals).any()
    assert single.sigma is given.sigma
