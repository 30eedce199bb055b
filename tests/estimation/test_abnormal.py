"""Abnormal returns and their variance: rolling models, windows on both sides, volatility."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle_models as second
import pandas as pd
import pytest
import studies
from model_studies import BEFORE, ROUNDS, TWO_SIDED, compare, fitted, random_study

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    FactorModel,
    MarketModel,
    PricePanel,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.windows import Window


@pytest.mark.parametrize(
    ("windows", "begin"), [(TWO_SIDED, -60), ([(11, 90)], -83), ([BEFORE], -90)]
)
def test_volatility_is_followed_from_before_the_event_window(windows, begin):
    case, daily = random_study(47)
    results = fitted(case, daily, model=MarketModel("beta"), estimation_window=windows)
    shown = results.abnormal_returns.set_index(["event_id", "security", "tau"])["volatility"]
    n = 0
    for i, (event, security, _) in enumerate(case.pairs):
        if (event, security, 0) not in shown.index:
            continue
        n += 1
        data = second.data_of(case, i, windows)
        answer = second.market_model(data)
        a, b = answer.params.values()
        expected = second.ewma(
            data, answer, lambda row, d=data, a=a, b=b: a + b * float(d.factor(row)[0]), begin
        )
        for tau, h in expected.items():
            assert shown.loc[event, security, tau] == pytest.approx(h, rel=1e-9), (event, tau)
    assert n >= 4


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("settings", ROUNDS)
@pytest.mark.parametrize("model", ["constant_mean", "market_model", "factor"])
def test_rolling(model, settings):
    case, daily = random_study(53, model=model, **settings)
    own = {
        "constant_mean": ConstantMean(rolling=True),
        "market_model": MarketModel(next(iter(daily), ""), rolling=True),
        "factor": FactorModel(tuple(daily) or ("F",), rolling=True),
    }[model]
    results = fitted(case, daily, model=own, estimation_window=(-90, -13))
    n = compare(
        case,
        results,
        lambda i: studies.replace(second.rolling(case, i, (-90, -13)), params={}),
    )
    assert n >= 6


@pytest.mark.slow
def test_car_variance_is_that_of_the_forecast_errors():
    """V(CAR) beside the variance of the simulated errors, estimation error and all."""
    rng = np.random.default_rng(17)
    trials, m, length, gap = 4000, 40, 15, 5
    x = 0.01 * rng.standard_normal(m + gap + length)  # the benchmark stays: V is given X
    days = pd.bdate_range("2020-01-01", periods=len(x) + 1)
    noise = 0.01 * rng.standard_normal((trials, len(x)))
    y = 0.001 + 0.7 * x + noise
    columns = {f"S{i:04d}": np.r_[np.nan, y[i]] for i in range(500)}
    frame = pd.DataFrame(columns | {"BMK": np.r_[np.nan, x]}, index=days)
    first = days[m + gap + 1]
    events = Events.from_frame(
        pd.DataFrame({"event_id": ["E"], "date": [first], "markets": [";".join(columns)]})
    )
    study = EventStudy(
        markets=tuple(columns), model=MarketModel("BMK"), date_only="same", calendar="data",
        draws=0, estimation_window=(-45, -6), event_window=(0, 14), car_windows=[(0, 14)],
        statistics=("cross_sectional_t",), min_obs=40,
    )  # fmt: skip
    car = study.fit(events, PricePanel.from_frame(frame, content="returns")).car
    models = study.fit(events, PricePanel.from_frame(frame, content="returns")).models
    # Given X, V(CAR)/s^2 is one number; every trial's CAR error is measured with the true sigma.
    factor = ((car["std_error"] / models["sigma"]) ** 2).to_numpy()
    assert factor == pytest.approx(factor[0], rel=1e-9)
    design = np.column_stack([np.ones(m), x[:m]])
    b = np.linalg.lstsq(design, y[:, :m].T, rcond=None)[0]
    errors = (y[:, m + gap :] - b[0][:, None] - b[1][:, None] * x[m + gap :]).sum(axis=1)
    assert car["car"].to_numpy() == pytest.approx(errors[:500], abs=1e-12)
    simulated = errors.var(ddof=0) / 0.01**2
    band = 4 * simulated * math.sqrt(2 / trials)
    assert abs(simulated - factor[0]) < band
    assert abs(simulated - length) > band  # s sqrt(L) would be too small


@pytest.mark.parametrize("simple", [True, False])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_window_of_one_session_is_one_of_several_that_holds_one(simple, missing):
    rng = np.random.default_rng(12)
    case, daily = random_study(47)
    table = fitted(case, daily, model=MarketModel("beta")).fitted.design.table
    abnormal = table.abnormal.copy()
    abnormal[rng.random(abnormal.shape) < missing] = np.nan
    table = replace(table, abnormal=abnormal, standardized=abnormal / table.std_error)
    first = int(table.taus[0])
    # Where only one session of a longer window is there, the window is that session.
    for tau in (first, 0, int(table.taus[-1])):
        alone = np.full(abnormal.shape, np.nan)
        alone[:, tau - first] = abnormal[:, tau - first]
        longer = replace(table, abnormal=alone)
        start = min(tau, int(table.taus[-1]) - 1)
        several = cumulate(longer, Window(start, start + 1), simple=simple)
        one = cumulate(table, Window(tau, tau), simple=simple)
        for name in ("car", "std_error", "scar", "csar", "n_sessions", "bhar", "present"):
            np.testing.assert_allclose(getattr(one, name), getattr(several, name), rtol=1e-12)
        if start == tau:
            np.testing.assert_allclose(one.z, several.z, rtol=1e-12)
