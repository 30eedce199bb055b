"""The markets of a joint regression: what was known before each session, by a loop."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.analyses.joint_markets import JointData, known_volatility
from eventstudy.windows import Window


def data_of(returns, regressors=None, *, intercept=True, used=None):
    n, t = returns.shape
    x = np.empty((n, t, 0)) if regressors is None else regressors
    none = np.empty(0, dtype=np.int64)
    return JointData(
        names=tuple(f"M{row}" for row in range(n)),
        returns=returns,
        dates=np.tile(np.datetime64("2020-01-01") + np.arange(t), (n, 1)),
        regressors=x,
        intercept=intercept,
        sample=np.ones((n, t), dtype=bool) if used is None else used,
        event=none,
        security=none,
        day0=none,
        extension=none,
        event_window=Window(-1, 1),
    )


@pytest.mark.parametrize("n_factors", [0, 1])
def test_volatility_known_before_a_session_is_that_of_a_loop(n_factors):
    rng = np.random.default_rng(1)
    returns = rng.normal(0, 0.01, (2, 120))
    returns[0, [30, 31, 80]] = np.nan
    factors = rng.normal(0, 0.01, (2, 120, n_factors))
    used = np.ones((2, 120), dtype=bool)
    used[1, :20] = False
    known = known_volatility(data_of(returns, factors, used=used))
    for row in range(2):
        rows = [t for t in range(120) if used[row, t] and np.isfinite(returns[row, t])]
        x = np.array([[1.0, *factors[row, t]] for t in rows])
        y = returns[row, rows]
        beta = np.linalg.solve(x.T @ x, x.T @ y)
        variance = ((y - x @ beta) ** 2).sum() / (len(y) - x.shape[1])
        for t in range(120):
            assert known[row, t] == pytest.approx(np.sqrt(variance), rel=1e-9)
            if np.isfinite(returns[row, t]):
                e = returns[row, t] - np.array([1.0, *factors[row, t]]) @ beta
                variance = 0.94 * variance + 0.06 * e**2


def test_returns_that_do_not_vary_have_sessions_that_count_alike():
    constant = np.full((1, 50), 0.001)
    assert (known_volatility(data_of(constant)) == 1.0).all()
    short = np.full((1, 1), 0.001)
    assert (known_volatility(data_of(short)) == 1.0).all()
