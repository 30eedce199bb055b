"""Dimson and Scholes-Williams beside derivations of their own, and what they are for."""

from __future__ import annotations

import dataclasses
import math
import warnings

import numpy as np
import oracle_models as second
import pandas as pd
import pytest
import studies
from model_studies import BEFORE, ROUNDS, compare, fitted, random_study

from eventstudy import (
    AugmentedMarketModel,
    Dimson,
    Events,
    EventStudy,
    EventStudyWarning,
    MarketModel,
    PricePanel,
    ScholesWilliams,
    SpecificationError,
    simulate_panel,
)

pytestmark = pytest.mark.fast_tests(5)


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


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("settings", ROUNDS)
@pytest.mark.parametrize(("benchmark_lags", "lags"), [(1, 1), (0, 2), (3, 0)])
def test_augmented_market_model(benchmark_lags, lags, settings):
    case, daily = random_study(31 + lags, **(settings | {"model": "factor"}))
    first, *others = daily
    model = AugmentedMarketModel(first, others=others, lags=lags, benchmark_lags=benchmark_lags)
    results = fitted(case, daily, model=model)
    most = [benchmark_lags] + [lags] * len(others)
    shown = {
        f"{k}:{lag}": f"beta{'_' + others[k - 1] if k else ''}{f'_lag{lag}' if lag else ''}"
        for k, last in enumerate(most)
        for lag in range(last + 1)
    }

    def derive(i):
        found = second.augmented(second.data_of(case, i, [BEFORE]), benchmark_lags, lags)
        named = {shown.get(name, name): value for name, value in found.params.items()}
        return dataclasses.replace(found, params=named)

    assert compare(case, results, derive) >= 6


def test_augmented_market_model_without_others_is_dimson_without_leads():
    case, daily = random_study(8)
    own = fitted(case, daily, model=AugmentedMarketModel("beta", benchmark_lags=2, lags=5))
    dimson = fitted(case, daily, model=Dimson("beta", lags=2, leads=0))
    for name in ("abnormal_return", "std_error"):
        assert own.abnormal_returns[name].to_numpy() == pytest.approx(
            dimson.abnormal_returns[name].to_numpy(), rel=1e-9, abs=1e-14, nan_ok=True
        )


def test_purging_the_benchmark_of_the_others_changes_no_abnormal_return():
    """As eventstudies' makeX does with its switch, here on the estimation rows of one event."""
    rng = np.random.default_rng(3)
    dates = pd.bdate_range("2020-01-01", periods=300)
    currency = rng.normal(0, 0.005, 300)
    market = 0.6 * currency + 0.2 * np.roll(currency, 1) + rng.normal(0, 0.01, 300)
    firm = 0.9 * market - 0.3 * currency + rng.normal(0, 0.01, 300)
    x = np.column_stack([np.ones(300), currency, np.roll(currency, 1)])
    purged = market - x @ np.linalg.lstsq(x[1:], market[1:], rcond=None)[0]
    frame = pd.DataFrame({"F": firm, "MKT": market, "PURE": purged, "FX": currency}, index=dates)
    study = EventStudy(
        markets=("F",), model=AugmentedMarketModel("MKT", others=("FX",), benchmark_lags=0),
        estimation_window=(-200, -11), event_window=(-3, 3), car_windows=[(0, 1)],
        statistics="cross_sectional_t", calendar="data", date_only="same", draws=0,
    )  # fmt: skip
    events = Events.from_frame(pd.DataFrame({"event_id": ["E"], "date": [dates[260]]}))
    prices = PricePanel.from_frame(frame, content="returns")
    plain = study.fit(events, prices)
    other = studies.replace(study, model=studies.replace(study.model, benchmark="PURE"))
    assert other.fit(events, prices).abnormal_returns[
        "abnormal_return"
    ].to_numpy() == pytest.approx(plain.abnormal_returns["abnormal_return"].to_numpy(), rel=1e-9)
    assert "MKT, FX" in plain.summary()
    with pytest.raises(SpecificationError, match="one factor twice, or the benchmark"):
        AugmentedMarketModel("MKT", others=("MKT",))
    with pytest.raises(SpecificationError, match="must be a list of names"):
        AugmentedMarketModel("MKT", others="FX")


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


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_lags_are_whole_numbers(value):
    with pytest.raises(SpecificationError, match=r"model\.lags .* whole number of sessions"):
        Dimson("SPX", lags=value)
