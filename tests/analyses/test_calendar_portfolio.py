"""Calendar-time portfolios against loops over dates and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import oracle
import pandas as pd
import pytest
import statsmodels.api as sm
import studies
from scipy import stats

from eventstudy import Events, EventStudy, MarketModel, PricePanel
from eventstudy.exceptions import NotApplicableError, SpecificationError

CLOSE = {"rel": 1e-9, "abs": 1e-12, "nan_ok": True}


def expected_portfolio(case, window, lags=None):
    """Alpha, its error and t by loops over calendar dates and statsmodels."""
    held: dict[pd.Timestamp, list[tuple[float, np.ndarray, float]]] = {}
    pairs = set()
    for i in oracle.kept(case):
        security = case.pairs[i][1]
        frame = oracle.abnormal(case, i)
        for row in frame.to_dict("records"):
            if not window[0] <= row["tau"] <= window[1] or math.isnan(row["abnormal_return"]):
                continue
            position = case.returns[security].index.get_loc(row["session"])
            x = oracle.regressors(case, security, position)
            held.setdefault(row["session"], []).append((row["return"], x, row["abnormal_return"]))
            pairs.add(i)
    days = sorted(held)
    count = len(days)
    slopes = case.model in ("market_model", "factor")
    y = [np.mean([one[0 if slopes else 2] for one in held[day]]) for day in days]
    x = np.ones((count, 1))
    if slopes:
        x = np.array([np.mean([one[1] for one in held[day]], axis=0) for day in days])
    lags = math.floor(4 * (count / 100) ** (2 / 9)) if lags is None else lags
    k = x.shape[1]
    y = np.array(y)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    u = (y - x @ beta)[:, None] * x
    s = u.T @ u
    for lag in range(1, lags + 1):
        gamma = u[lag:].T @ u[:-lag]
        s = s + (1 - lag / (lags + 1)) * (gamma + gamma.T)
    bread = np.linalg.inv(x.T @ x)
    variance = (bread @ s @ bread * count / (count - k))[0, 0]
    return beta[0], math.sqrt(variance), count, k, lags, len(pairs)


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("model", ["market_model", "factor", "constant_mean", "market_adjusted"])
@pytest.mark.parametrize("lags", [None, 0, 3])
def test_calendar_time_alpha_is_that_of_a_loop_over_dates(model, lags):
    case, daily = studies.random_study(21, model=model, n_events=12, n_weekdays=420)
    results = studies.fitted(case, daily, statistics=("cross_sectional_t",))
    (row,) = results.calendar_time_portfolio((-3, 5), lags=lags).to_dict("records")
    alpha, std_error, count, k, used, n_pairs = expected_portfolio(case, (-3, 5), lags)
    assert (row["n_sessions"], row["lags"], row["n_pairs"]) == (count, used, n_pairs)
    assert row["alpha"] == pytest.approx(alpha, **CLOSE)
    assert row["std_error"] == pytest.approx(std_error, rel=1e-8)
    assert row["df"] == count - k
    assert row["pvalue"] == pytest.approx(
        2 * stats.t.sf(abs(alpha / std_error), count - k), rel=1e-8
    )


def test_precision_weights_are_those_of_weighted_means():
    case, daily = studies.random_study(22, model="constant_mean", n_events=12)
    results = studies.fitted(case, daily, statistics=("cross_sectional_t",))
    (row,) = results.calendar_time_portfolio((0, 2), weights="precision", lags=0).to_dict("records")
    frame = results.abnormal_returns.merge(
        results.models[["event_id", "security", "sigma"]], on=["event_id", "security"]
    )
    frame = frame[frame["tau"].between(0, 2)].dropna(subset=["abnormal_return"])
    means = [
        np.average(part["abnormal_return"], weights=part["sigma"] ** -2.0)
        for _, part in frame.groupby("session")
    ]
    fit = sm.OLS(means, np.ones(len(means))).fit(cov_type="HC1", use_t=True)
    assert row["alpha"] == pytest.approx(np.mean(means), **CLOSE)
    assert row["std_error"] == pytest.approx(fit.bse[0], rel=1e-9)


def test_portfolio_of_too_few_sessions_says_so():
    case, daily = studies.random_study(23, n_events=3)
    results = studies.fitted(case, daily, statistics=("cross_sectional_t",))
    (row,) = results.calendar_time_portfolio((0, 0)).to_dict("records")
    assert math.isnan(row["alpha"])
    assert row["note"] == f"not available: {row['n_sessions']} sessions, fewer than 12"


def test_calendar_time_portfolio_refuses_what_it_cannot_do():
    case, daily = studies.random_study(23, n_events=3)
    results = studies.fitted(case, daily, statistics=("cross_sectional_t",))
    with pytest.raises(SpecificationError, match="unknown weights 'equla'; did you mean 'equal'"):
        results.calendar_time_portfolio((0, 0), weights="equla")
    with pytest.raises(SpecificationError, match="lags is -1"):
        results.calendar_time_portfolio((0, 0), lags=-1)
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.calendar_time_portfolio((0, 40))


def test_drift_after_events_is_the_intercept():
    """A drift of 0.3 % on each of four sessions after ten events is found; before, nothing is."""
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2021-01-01", periods=500)
    market = 0.01 * rng.standard_normal(500)
    returns = market[:, None] * [0.8, 1.2] + 0.006 * rng.standard_normal((500, 2))
    days = np.arange(160, 480, 32)
    for day in days:
        returns[day : day + 4] += 0.003
    frame = pd.DataFrame(returns, index=dates, columns=["A", "B"]).assign(M=market)
    events = Events.from_frame(
        pd.DataFrame({"event_id": [f"E{d}" for d in days], "date": dates[days]})
    )

    study = EventStudy(
        markets=("A", "B"), model=MarketModel("M"), estimation_window=(-120, -11),
        event_window=(-8, 3), car_windows=[(0, 3)], draws=0, date_only="same", calendar="data",
        min_obs=60, statistics=("cross_sectional_t",),
    )  # fmt: skip
    results = study.fit(events, PricePanel.from_frame(frame, content="returns", calendar="data"))
    (after,) = results.calendar_time_portfolio((0, 3)).to_dict("records")
    (before,) = results.calendar_time_portfolio((-8, -5)).to_dict("records")
    assert after["n_sessions"] == 40
    assert after["alpha"] == pytest.approx(0.003, abs=3 * after["std_error"])
    assert after["pvalue"] < 0.001
    assert before["pvalue"] > 0.01
