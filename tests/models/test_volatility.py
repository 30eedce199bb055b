"""Models whose variance moves, beside the arch package."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import oracle_models as second
import pandas as pd
import pytest
import studies
from model_studies import CARS, compare
from oracle import Case
from same_results import assert_same
from workers_apart import work_apart

from eventstudy import (
    Egarch,
    EventStudy,
    Garch,
    GjrGarch,
    MarketModel,
    PricePanel,
    SpecificationError,
    simulate_panel,
)
from eventstudy.datasets.simulation import BENCHMARK

GARCH = {"garch": Garch, "gjr_garch": GjrGarch, "egarch": Egarch}


def garch_study(n_events: int = 4, seed: int = 3, **settings):
    """Two markets whose variance truly moves, with their case for the oracle."""
    events, prices = simulate_panel(
        n_markets=2, n_events=n_events, n_sessions=640, first_event=420, garch=(0.12, 0.8),
        beta=0.8, seed=seed,
    )  # fmt: skip
    frame = prices.frame()
    frame.iloc[40::97, 0] = np.nan
    frame.iloc[415:418, 1] = np.nan
    prices = PricePanel.from_frame(frame, content="returns")
    study = {
        "markets": ("M01", "M02"), "estimation_window": (-400, -21), "event_window": (-3, 5),
        "car_windows": CARS, "date_only": "same", "calendar": "data", "draws": 0, "seed": 1,
        "min_obs": 300,
    } | settings  # fmt: skip
    case = Case(
        returns={name: frame[name] for name in ("M01", "M02")},
        factors={name: frame[["BMK"]] for name in ("M01", "M02")},
        pairs=[
            (event, name, date)
            for event, date in zip(events.frame["event_id"], events.frame["date"], strict=True)
            for name in ("M01", "M02")
        ],
        model="market_model",
        estimation=(-400, -21),
        event=(-3, 5),
        min_obs=300,
    )
    return events, prices, case, study


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("kind", list(GARCH))
def test_variance_models_are_archs_own(kind):
    events, prices, case, settings = garch_study()
    model = GARCH[kind]("BMK")
    results = EventStudy(model=model, volatility="garch", **settings).fit(events, prices)
    fell = (
        set()
        if results.treated.empty
        else set(zip(results.treated["event_id"], results.treated["security"], strict=True))
    )
    keep = [p for p in case.pairs if p[:2] not in fell]
    assert len(keep) >= 6
    case = studies.replace(case, pairs=keep)
    kept = pd.MultiIndex.from_tuples([p[:2] for p in keep])
    models = results.models.set_index(["event_id", "security"]).loc[kept].reset_index()
    models = models.rename(columns={"level_0": "event_id", "level_1": "security"})
    h = results.abnormal_returns.set_index(["event_id", "security", "tau"])["volatility"]

    @dataclass
    class Shown:
        models: pd.DataFrame
        abnormal_returns: pd.DataFrame
        car: pd.DataFrame

    answers = {
        i: second.garch(second.data_of(case, i, [(-400, -21)]), kind, -21)
        for i in range(len(case.pairs))
    }
    shown = Shown(models, results.abnormal_returns, results.car)
    assert compare(case, shown, lambda i: answers[i][0]) == len(keep)
    for i, (event, security, _) in enumerate(case.pairs):
        for tau in range(-3, 6):
            expected = math.sqrt(answers[i][1][tau])
            assert h.loc[event, security, tau] == pytest.approx(expected, rel=1e-8)


@pytest.mark.slow
def test_egarch_forecast_is_the_mean_of_archs_simulations():
    events, prices, case, settings = garch_study(n_events=1)
    results = EventStudy(model=Egarch("BMK"), **settings).fit(events, prices)
    assert results.treated.empty
    answer, _, fit = second.garch(second.data_of(case, 0, [(-400, -21)]), "egarch", -21)
    ahead = fit.forecast(
        horizon=26, x=np.zeros((1, 1, 26)), method="simulation", simulations=40_000,
        random_state=np.random.RandomState(7),
    )  # fmt: skip
    simulated = ahead.variance.to_numpy()[-1]
    draws = ahead.simulations.variances[-1]
    error = draws.std(axis=0) / math.sqrt(len(draws))
    shown = results.abnormal_returns
    own = shown[shown["security"] == "M01"].set_index("tau")["std_error"]
    for tau in range(-3, 6):
        step = tau + 21 - 1
        assert abs((own[tau] / answer.sigma) ** 2 - simulated[step]) < 4 * error[step]


@pytest.mark.slow
def test_a_pair_that_does_not_converge_falls_back_and_is_listed(monkeypatch):
    events, prices, _, settings = garch_study(n_events=2)
    plain = EventStudy(model=MarketModel("BMK"), **settings).fit(events, prices)
    good = Garch._likelihood
    calls = []

    def sometimes(self, y, x):
        calls.append(len(y))
        return None if len(calls) == 2 else good(self, y, x)

    monkeypatch.setattr(Garch, "_likelihood", sometimes)
    results = EventStudy(model=Garch("BMK"), volatility="garch", **settings).fit(events, prices)
    (listed,) = results.treated.to_dict("records")
    pair = results.models.iloc[1]
    assert (listed["event_id"], listed["security"]) == (pair["event_id"], pair["security"])
    assert listed["stage"] == "model"
    assert "did not converge" in listed["reason"]
    assert math.isnan(pair["omega"])
    by = ["event_id", "security"]
    for name in ("abnormal_returns", "car", "models"):
        both = (getattr(study, name) for study in (results, plain))
        own, ols = (
            frame[(frame[by] == pair[by]).all(axis=1)].drop(columns=by).reset_index(drop=True)
            for frame in both
        )
        shared = [c for c in ols.columns if c != "model"] if name != "models" else ["beta", "sigma"]
        if name == "models":
            assert own[shared].to_numpy(float) == pytest.approx(ols[shared].to_numpy(float))
        else:
            pd.testing.assert_frame_equal(own[shared], ols[shared])
    others = results.models.drop(index=1)
    assert others["omega"].notna().all()


def test_constant_variance_has_no_garch_to_return_to():
    """Where arch finds a variance with no mean, least squares stands in and says so."""
    rng = np.random.default_rng(0)
    model = Garch("BMK")
    growing = 0.002 * np.exp(np.arange(300) / 60) * rng.standard_normal(300)
    assert model._likelihood(growing, 0.01 * rng.standard_normal((300, 1))) is None
    assert not model.is_stationary(0.2, 0.0, 0.8)
    assert model.is_stationary(0.1, 0.0, 0.8)
    assert not Egarch("BMK").is_stationary(0.1, 0.0, 1.0)
    assert not GjrGarch("BMK").is_stationary(0.1, 0.2, 0.81)


def test_without_arch_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr("eventstudy.models.volatility.find_spec", lambda name: None)
    with pytest.raises(SpecificationError, match=r'pip install "market-reaction\[garch\]"'):
        Garch("SPX")


def test_the_manifest_names_the_package_that_made_the_numbers():
    events, prices = simulate_panel(n_events=3, beta=1.0, seed=1)
    settings = {
        "markets": ("M01",), "calendar": "data", "date_only": "same", "draws": 0,
        "estimation_window": (-110, -11), "statistics": "bmp", "max_loss": 1.0,
    }  # fmt: skip
    garch = EventStudy(model=Garch(BENCHMARK), **settings).fit(events, prices)
    plain = EventStudy(model=MarketModel(BENCHMARK), **settings).fit(events, prices)
    assert "arch" in garch.manifest["versions"]
    assert "arch" not in plain.manifest["versions"]
    assert "statsmodels" in plain.manifest["versions"]


@pytest.mark.slow
@pytest.mark.parametrize("name", GARCH)
def test_pairs_estimated_apart_have_the_same_digits(monkeypatch, name):
    events, prices = simulate_panel(
        n_markets=2,
        n_events=10,
        n_sessions=640,
        first_event=420,
        garch=(0.12, 0.8),
        beta=0.8,
        seed=4,
    )
    study = EventStudy(
        markets=("M01", "M02"), model=GARCH[name](BENCHMARK), estimation_window=(-400, -21),
        event_window=(0, 1), car_windows=[(0, 1)], date_only="same", calendar="data", draws=0,
        statistics=("cross_sectional_t",), min_obs=300,
    )  # fmt: skip
    expected = study.fit(events, prices)
    apart = work_apart(monkeypatch)
    assert_same(expected, study.fit(events, prices))
    assert apart.n_chunks[0] == 2
