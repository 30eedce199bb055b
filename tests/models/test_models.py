"""Every normal-return model beside a derivation of its own, and what each is for."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import oracle_models as second
import pandas as pd
import pytest
import studies
from model_studies import BEFORE, CARS, ROUNDS, TWO_SIDED, compare, fitted, random_study
from oracle import Case

from eventstudy import (
    ConstantMean,
    Dimson,
    Egarch,
    Events,
    EventStudy,
    EventStudyWarning,
    FactorModel,
    Garch,
    GjrGarch,
    MarketModel,
    PricePanel,
    RobustMarketModel,
    ScholesWilliams,
    SpecificationError,
    simulate_panel,
)
from eventstudy.models import NormalReturnModel

# ---------------------------------------------------------------- each model, number by number


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("settings", ROUNDS)
@pytest.mark.parametrize(("lags", "leads"), [(1, 1), (2, 0), (0, 3), (0, 0)])
def test_dimson(lags, leads, settings):
    case, daily = random_study(11 + lags, **settings)
    results = fitted(case, daily, model=Dimson("beta", lags=lags, leads=leads))
    n = compare(
        case, results, lambda i: second.dimson(second.data_of(case, i, [BEFORE]), lags, leads)
    )
    assert n >= 6


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("settings", ROUNDS)
@pytest.mark.parametrize("seed", range(2))
def test_scholes_williams(seed, settings):
    case, daily = random_study(20 + seed, **settings)
    results = fitted(case, daily, model=ScholesWilliams("beta"))
    n = compare(case, results, lambda i: second.scholes_williams(second.data_of(case, i, [BEFORE])))
    assert n >= 6


def test_scholes_williams_on_complete_data_is_the_textbook():
    case, daily = random_study(5, missing=0.0, holidays=0.0)
    daily = {name: series.fillna(0.001) for name, series in daily.items()}
    case = studies.replace(
        case,
        returns={name: r.fillna(0.002) for name, r in case.returns.items()},
        factors={name: table.fillna(0.001) for name, table in case.factors.items()},
    )
    models = fitted(case, daily, model=ScholesWilliams("beta")).models
    event, security, day0 = next(p for p in case.pairs if p[0] == models["event_id"].iloc[-1])
    at = case.returns[security].index.get_loc(day0)
    y = case.returns[security].to_numpy()[at - 90 : at - 10]
    x = case.factors[security].to_numpy()[at - 90 : at - 10, 0]
    assert len(y) == 80
    b = [np.polyfit(x[1 + j : 79 + j], y[1:-1], 1)[0] for j in (-1, 0, 1)]
    beta = sum(b) / (1 + 2 * np.corrcoef(x[1:], x[:-1])[0, 1])
    alpha = y[1:-1].mean() - beta * x[1:-1].mean()
    row = models[(models["event_id"] == event) & (models["security"] == security)].iloc[0]
    assert row["beta"] == pytest.approx(beta, rel=1e-10)
    assert row["alpha"] == pytest.approx(alpha, rel=1e-8)
    rss = ((y - alpha - beta * x) ** 2).sum()
    assert row["sigma"] == pytest.approx(math.sqrt(rss / 78), rel=1e-10)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("settings", ROUNDS)
def test_robust(settings):
    case, daily = random_study(31, **settings)
    results = fitted(case, daily, model=RobustMarketModel("beta"))
    assert compare(case, results, lambda i: second.robust(second.data_of(case, i, [BEFORE]))) >= 6
    assert results.treated.empty


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("settings", ROUNDS)
@pytest.mark.parametrize(
    ("model", "names"), [("constant_mean", 0), ("market_model", 1), ("factor", 3)]
)
@pytest.mark.parametrize("windows", [TWO_SIDED, [(11, 90)], [BEFORE]])
def test_estimation_before_after_and_on_both_sides(windows, model, names, settings):
    case, daily = random_study(41, model=model, **settings)
    own = studies.MODEL[model](list(daily))
    results = fitted(case, daily, model=own, estimation_window=windows)

    def derive(i: int):
        found = second.market_model(second.data_of(case, i, windows))
        betas = ["beta"] if names == 1 else [f"beta_{name}" for name in daily]
        renamed = dict(zip(["alpha", *betas], found.params.values(), strict=False))
        return studies.replace(found, params=renamed)

    assert compare(case, results, derive) >= 4
    few = set()
    for i, (event, security, _) in enumerate(case.pairs):
        data = second.data_of(case, i, windows)
        if sum(second.usable(data, row) for row in data.inside) < case.min_obs:
            few.add((event, security))
    lost = results.dropped[results.dropped["stage"] == "min_obs"]
    assert set(zip(lost["event_id"], lost["security"], strict=True)) == few


@pytest.mark.slow
@pytest.mark.parametrize("windows", [TWO_SIDED, [(11, 90)]])
def test_other_models_on_other_sides(windows):
    case, daily = random_study(43, mask=True)
    derive = {
        Dimson("beta"): lambda data: second.dimson(data, 1, 1),
        ScholesWilliams("beta"): second.scholes_williams,
        RobustMarketModel("beta"): second.robust,
    }
    for model, one in derive.items():
        results = fitted(case, daily, model=model, estimation_window=windows)
        n = compare(case, results, lambda i, one=one: one(second.data_of(case, i, windows)))
        assert n >= 4


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
        found = second.market_model(data)
        a, b = found.params.values()
        expected = second.ewma(
            data, found, lambda row, d=data, a=a, b=b: a + b * float(d.factor(row)[0]), begin
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
    _, _, found = second.garch(second.data_of(case, 0, [(-400, -21)]), "egarch", -21)
    ahead = found.forecast(
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
        assert abs(own[tau] ** 2 * 1e4 - simulated[step]) < 4 * error[step]


# ---------------------------------------------------------------- what the models are for


@pytest.mark.slow
def test_scholes_williams_and_dimson_recover_a_beta_that_least_squares_misses():
    """A market whose price is stale on 40 % of its sessions, beta 1 (Scholes and Williams)."""
    betas: dict[str, list[float]] = {"market_model": [], "scholes_williams": [], "dimson": []}
    for seed in range(6):
        events, prices = simulate_panel(
            n_markets=4, n_events=2, n_sessions=1100, first_event=1020, beta=1.0, thin=0.4,
            correlation=0.0, seed=seed,
        )  # fmt: skip
        for model in (MarketModel("BMK"), ScholesWilliams("BMK"), Dimson("BMK", lags=3, leads=0)):
            study = EventStudy(
                markets=("M01", "M02", "M03", "M04"), model=model, date_only="same",
                calendar="data", draws=0, estimation_window=(-1000, -11), event_window=(-1, 1),
                car_windows=[(0, 0)], statistics=("cross_sectional_t",),
            )  # fmt: skip
            models = study.fit(events, prices).models
            betas[model.name] += list(models.groupby("security")["beta"].first())
    mean = {name: float(np.mean(values)) for name, values in betas.items()}
    error = {name: float(np.std(v, ddof=1) / math.sqrt(len(v))) for name, v in betas.items()}
    print("beta 1:", mean, error)  # noqa: T201
    assert mean["market_model"] < 0.75  # 1 - 0.4 in expectation
    # Staleness lasts longer than a session now and then, so that three sessions' slopes hold
    # 1 - 0.4^2 of it at the most, and four sessions' 1 - 0.4^4.
    assert mean["scholes_williams"] == pytest.approx(1 - 0.4**2, abs=4 * error["scholes_williams"])
    assert mean["dimson"] == pytest.approx(1 - 0.4**4, abs=4 * error["dimson"])
    assert mean["scholes_williams"] > mean["market_model"] + 0.1


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


@pytest.mark.slow
def test_a_huber_line_is_not_moved_by_a_wild_session():
    events, prices = simulate_panel(n_markets=1, n_events=1, beta=1.0, seed=2)
    frame = prices.frame()
    at = int(frame.index.get_loc(events.frame["date"].iloc[0]))
    frame.iloc[at - 60, 0] += 1.5
    wild = PricePanel.from_frame(frame, content="returns")
    settings = {
        "markets": ("M01",), "date_only": "same", "calendar": "data", "draws": 0,
        "estimation_window": (-120, -11), "statistics": ("cross_sectional_t",),
    }  # fmt: skip
    beta = {
        (model.name, name): EventStudy(model=model, **settings).fit(events, data).models["beta"][0]
        for model in (MarketModel("BMK"), RobustMarketModel("BMK"))
        for name, data in (("calm", prices), ("wild", wild))
    }
    moved = {m: abs(beta[m, "wild"] - beta[m, "calm"]) for m in ("market_model", "robust")}
    assert moved["robust"] < 0.1 * moved["market_model"]


# ---------------------------------------------------------------- nothing is silent


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


def test_leads_warn_and_what_they_lack_is_listed():
    events, prices = simulate_panel(n_markets=2, n_events=3, beta=1.0, n_sessions=300)
    frame = prices.frame()
    date = events.frame["date"].max()
    after = int(frame.index.get_loc(date)) + 3
    frame.loc[frame.index[after], "BMK"] = np.nan
    study = EventStudy(
        markets=("M01", "M02"), model=Dimson("BMK"), date_only="same", calendar="data", draws=0,
        estimation_window=(-120, -11), event_window=(-2, 2), statistics=("cross_sectional_t",),
        car_windows=[(0, 0), (0, 2)],
    )  # fmt: skip
    with pytest.warns(EventStudyWarning, match="1 session later, which were not known yet"):
        results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    last = events.frame.set_index("date").loc[date, "event_id"]
    listed = results.treated
    listed = listed[listed["event_id"] == last]
    assert list(listed["security"]) == ["M01", "M02"]
    assert listed["reason"].str.contains(r"no abnormal return on session \+2: ").all()
    ar = results.abnormal_returns.set_index(["event_id", "security", "tau"])["abnormal_return"]
    assert math.isnan(ar[last, "M01", 2])
    assert not math.isnan(ar[last, "M01", 1])
    columns = [c for c in results.abnormal_returns if c.startswith("factor_")]
    assert columns == ["factor_BMK_lag1", "factor_BMK", "factor_BMK_lead1"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        studies.replace(study, model=Dimson("BMK", leads=0)).fit(events, prices)


# ---------------------------------------------------------------- placebo


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("model", "settings"),
    [
        (Dimson("BMK", leads=0), {}),
        (ScholesWilliams("BMK"), {}),
        (RobustMarketModel("BMK"), {}),
        (MarketModel("BMK", rolling=True), {}),
        (ConstantMean(), {"estimation_window": [(-60, -6), (6, 60)]}),
        (MarketModel("BMK"), {"estimation_window": (6, 110)}),
        (Garch("BMK"), {"volatility": "garch", "markets": ("M01",)}),
    ],
    ids=lambda value: value.name if isinstance(value, NormalReturnModel) else "",
)
def test_placebo_pvalues_exist(model, settings):
    events, prices = simulate_panel(
        n_markets=2, n_events=3, beta=1.0, n_sessions=330, first_event=125, seed=4
    )
    study = {
        "markets": ("M01", "M02"), "model": model, "date_only": "same", "calendar": "data",
        "draws": 99, "estimation_window": (-110, -8), "event_window": (-1, 2),
        "car_windows": [(0, 1)], "min_obs": 80,
        "statistics": ("placebo", "kolari_pynnonen", "portfolio_t", "corrado_rank"),
    } | settings  # fmt: skip
    seen = []
    results = EventStudy(**study).fit(events, prices, progress=lambda *a: seen.append(a))
    table = results.statistics
    assert table["pvalue"].notna().all()
    assert (table.loc[table["name"] == "placebo", "n_draws"] >= 20).all()
    assert table.loc[table["name"] == "portfolio_t", "size"].between(0, 1).all()
    if isinstance(model, Garch | RobustMarketModel):
        assert any(what == "estimating placebo dates" for what, _, _ in seen)


@pytest.mark.slow
def test_no_placebo_falls_before_the_data_when_the_model_is_estimated_afterwards():
    """Every draw of every window holds all its sessions, also at the start of the data."""
    events, prices = simulate_panel(n_markets=1, n_events=1, n_sessions=200, first_event=20, seed=8)
    study = EventStudy(
        markets=("M01",), model=ConstantMean(), date_only="same", calendar="data", draws=2000,
        estimation_window=(11, 90), event_window=(-9, 2), car_windows=[(-9, 2), (0, 0)],
        statistics=("placebo",), min_obs=60,
    )  # fmt: skip
    results = study.fit(events, prices)
    by = results.statistics[results.statistics["measure"] == "car"].set_index("window_start")
    # 200 sessions: day 0 from 0 on, with 60 estimation sessions from 11 on: up to 199 - 70.
    assert by.loc[0, "n_draws"] == 130
    assert by.loc[-9, "n_draws"] == 130 - 9


@pytest.mark.slow
def test_widened_pairs_with_windows_on_both_sides():
    case, daily = random_study(61)
    events = studies.events_of(case)
    frame = events.frame.assign(markets=[";".join(m) for m in events.frame["markets"]])
    events = Events.from_frame(frame.drop(columns=["published_at"], errors="ignore"))
    settings = {
        "estimation_window": TWO_SIDED,
        "ambiguous": "widen",
        "draws": 50,
        "statistics": ("placebo",),
    }
    results = studies.study_of(case, daily, **settings).fit(events, studies.panel_of(case, daily))
    wide = results.abnormal_returns.groupby(["event_id", "security"])["tau"].min()
    assert (wide < case.event[0]).any()
    assert results.statistics["pvalue"].notna().any()
    close = [(-60, -4), (11, 50)]
    with pytest.raises(SpecificationError, match=r"reaches windows\.estimation"):
        studies.study_of(case, daily, **(settings | {"estimation_window": close})).fit(
            events, studies.panel_of(case, daily)
        )
