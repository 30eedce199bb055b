"""What every model has in common: windows, failures, fallbacks, a model of one's own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import oracle_models as second
import pandas as pd
import pytest
import studies
from model_studies import BEFORE, ROUNDS, TWO_SIDED, compare, fitted, random_study
from workers_apart import Apart

from eventstudy import (
    ConstantMean,
    CoverageError,
    Dimson,
    Events,
    EventStudy,
    Garch,
    MarketAdjusted,
    MarketModel,
    PricePanel,
    RobustMarketModel,
    ScholesWilliams,
    SpecificationError,
    simulate_panel,
)
from eventstudy.datasets.simulation import BENCHMARK
from eventstudy.execution.workers import SERIAL
from eventstudy.models import MODELS, EstimationSample, NormalReturnModel
from eventstudy.study.report_content import report_content
from eventstudy.studyfile.study_file import parse_study


@pytest.fixture
def rng():
    return np.random.default_rng(17)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("model", ["constant_mean", "market_adjusted", "market_model"])
def test_a_series_without_variance_is_dropped_with_its_reason(rng, model):
    dates = pd.bdate_range("2022-01-03", periods=140)
    bench = 0.01 * rng.standard_normal(140)
    dull = {"constant_mean": np.full(140, 0.001), "market_adjusted": bench + 0.001}
    frame = pd.DataFrame(
        {
            "A": rng.normal(0, 0.01, 140),
            "B": dull.get(model, 0.002 + 0.7 * bench),
            "M": bench,
        },
        index=dates,
    )
    models = {
        "constant_mean": ConstantMean(),
        "market_adjusted": MarketAdjusted(benchmark="M"),
        "market_model": MarketModel(benchmark="M"),
    }
    study = EventStudy(
        markets=("A", "B"), model=models[model], estimation_window=(-80, -11),
        event_window=(-1, 1), car_windows=[(0, 0)], calendar="data", date_only="same",
        min_obs=40, draws=60,
    )  # fmt: skip
    events = Events.from_frame(pd.DataFrame({"event_id": ["e"], "date": [dates[120]]}))
    results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    assert results.models["security"].tolist() == ["A"]
    (lost,) = results.dropped.to_dict("records")
    assert (lost["security"], lost["stage"]) == ("B", "model")
    assert "do not vary" in lost["reason"]
    alone = PricePanel.from_frame(frame[["B", "M"]], content="returns")
    with pytest.raises(CoverageError, match="model 1"):
        replace(study, markets=("B",)).fit(events, alone)


def test_a_flat_benchmark_drops_the_pair(rng):
    dates = pd.bdate_range("2022-01-03", periods=140)
    frame = pd.DataFrame({"A": rng.normal(0, 0.01, 140), "M": 0.0}, index=dates)
    frame.iloc[125:, 1] = 0.01
    study = EventStudy(
        markets=("A",), model=MarketModel(benchmark="M"), estimation_window=(-80, -11),
        event_window=(-1, 1), car_windows=[(0, 0)], calendar="data", date_only="same",
        min_obs=40, draws=0, max_loss=1.0,
    )  # fmt: skip
    events = Events.from_frame(
        pd.DataFrame({"event_id": ["e", "f"], "date": [dates[120], dates[137]]})
    )
    results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    assert results.dropped[["event_id", "stage"]].to_numpy().tolist() == [["e", "model"]]
    assert results.models["event_id"].tolist() == ["f"]


@pytest.fixture
def half_beta():
    @MODELS.register("half_beta", summary="beta of one half", source="nobody (2024)")
    @dataclass(frozen=True, slots=True)
    class HalfBeta(NormalReturnModel):
        benchmark: str = "SPX"
        share: float = 0.5
        name: ClassVar[str] = "half_beta"

        def estimate(self, y, x):
            slope = self.share
            return (y - slope * x[:, 0]).mean(), [slope]

    yield HalfBeta
    MODELS.remove("half_beta")


@pytest.mark.slow
def test_a_model_of_ones_own_is_one_small_class(half_beta, tmp_path):
    case, daily = random_study(71)
    results = studies.study_of(
        case, daily, model=half_beta("beta"), statistics=("placebo", "bmp"), draws=99
    ).fit(studies.events_of(case), studies.panel_of(case, daily))

    def derive(i: int):
        data = second.data_of(case, i, [BEFORE])
        rows = sorted(row for row in data.inside if second.usable(data, row))
        alpha = float(np.mean([data.r[row] - 0.5 * data.m[row, 0] for row in rows]))
        return second.answer(
            data, rows, lambda row: np.array([1.0, *data.factor(row)]), np.array([alpha, 0.5]),
            ["alpha", "beta"], len(rows) - 2,
        )  # fmt: skip

    assert compare(case, results, derive) >= 6
    assert results.statistics["pvalue"].notna().any()
    written = {"name": "half_beta", "benchmark": "beta", "share": 0.5}
    assert results.manifest["study"]["model"] == written
    assert ("Model: half_beta", "beta of one half", "nobody (2024)") in report_content(
        results
    ).methods
    tables = {"events": {"bundled": True}, "model": {"name": "half_beta", "share": 0.25}}
    assert parse_study(tables, "study.toml", tmp_path).study.model == half_beta(share=0.25)
    with pytest.raises(SpecificationError, match=r'model\.share must be a number, got "half"'):
        parse_study({**tables, "model": {"name": "half_beta", "share": "half"}}, "s", tmp_path)
    with pytest.raises(SpecificationError, match=r"unknown key model\.shire"):
        parse_study({**tables, "model": {"name": "half_beta", "shire": 1}}, "s.toml", tmp_path)


@pytest.mark.slow
def test_a_model_may_give_up_and_a_class_without_estimate_is_told(half_beta):
    class GivesUp(half_beta):
        def estimate(self, y, x):
            return None

    class Unregistered(half_beta):
        name = "unregistered"

    class Empty(NormalReturnModel):
        name = "empty"
        benchmark = "beta"

    case, daily = random_study(73)
    results = fitted(case, daily, model=GivesUp("beta"))
    assert len(results.treated) == len(results.models)
    assert results.treated["reason"].str.contains("least squares used instead").all()
    plain = fitted(case, daily, model=MarketModel("beta"))
    assert results.models["beta"].to_numpy() == pytest.approx(plain.models["beta"].to_numpy())
    own = fitted(case, daily, model=Unregistered("beta"))
    assert (own.models["beta"] == 0.5).all()
    assert not any(name.startswith("Model:") for name, _, _ in report_content(own).methods)
    with pytest.raises(NotImplementedError, match="neither estimate nor fit"):
        fitted(case, daily, model=Empty())


def test_a_model_that_returns_no_coefficients_is_named():
    @dataclass(frozen=True, slots=True)
    class Lazy(NormalReturnModel):
        benchmark: str = BENCHMARK
        name = "lazy"

        def estimate(self, y, x):
            return float(y.mean())

    events, prices = simulate_panel(n_events=3, beta=1.0, seed=1)
    study = EventStudy(
        markets=("M01",), model=Lazy(), calendar="data", date_only="same", draws=0,
        estimation_window=(-110, -11), statistics="bmp", max_loss=1.0,
    )  # fmt: skip
    with pytest.raises(SpecificationError, match="model 'lazy': estimate must return"):
        study.fit(events, prices)


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
        answer = second.market_model(second.data_of(case, i, windows))
        betas = ["beta"] if names == 1 else [f"beta_{name}" for name in daily]
        renamed = dict(zip(["alpha", *betas], answer.params.values(), strict=False))
        return studies.replace(answer, params=renamed)

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
    with pytest.raises(SpecificationError, match="reaches estimation_window"):
        studies.study_of(case, daily, **(settings | {"estimation_window": close})).fit(
            events, studies.panel_of(case, daily)
        )


def test_each_pair_is_estimated_on_its_own_sessions_by_any_workers(rng):
    y, x = rng.normal(size=(40, 9)), rng.normal(size=(40, 9, 1))
    y[rng.random(y.shape) < 0.2] = np.nan
    valid, pairs, steps = np.isfinite(y), np.arange(3, 40), []

    def sample(workers):
        return EstimationSample(
            returns=y, factors=x, tables=None, security=pairs, first=np.arange(40), length=9,
            progress=lambda done, total: steps.append((done, total)), workers=workers,
        )  # fmt: skip

    expected = [(np.nansum(y[pair]), x[pair, valid[pair]].sum()) for pair in pairs]
    for workers in (SERIAL, Apart()):
        found = sample(workers).of_each(lambda y, x: (y.sum(), x.sum()), pairs, y, x, valid)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert steps[36:] == [(37, 40), (5, 40), (21, 40), (37, 40)]
