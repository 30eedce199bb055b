"""Which models there are to choose, what is refused, and a model of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import oracle_models as second
import pytest
import studies
from model_studies import BEFORE, compare, fitted, random_study

from eventstudy import (
    ConstantMean,
    Dimson,
    Egarch,
    EventStudy,
    Garch,
    MarketModel,
    SpecificationError,
    simulate_panel,
)
from eventstudy.datasets.simulation import BENCHMARK
from eventstudy.models import MODELS, NormalReturnModel
from eventstudy.study.report_content import report_content
from eventstudy.studyfile.study_file import parse_study
from eventstudy.windows import SplitWindow, estimation_window

# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": Dimson("SPX", lags=50), "min_obs": 200}, "has 179 sessions whose lags and"),
        ({"estimation_window": (-3, 250)}, "must end before session -5 or start after session 5"),
        ({"estimation_window": [(-250, -21), (-20, -10)]}, "and the other after it"),
        ({"estimation_window": [(1, 2), (3, 4), (5, 6)]}, "names 3 windows"),
        ({"estimation_window": 5}, "windows.estimation: expected two sessions"),
        ({"model": MarketModel(rolling=True), "estimation_window": (-250, -10)}, "rolling"),
        ({"model": ConstantMean(rolling=True), "estimation_window": (21, 250)}, "must be one wind"),
        ({"model": Garch("SPX"), "estimation_window": [(-250, -21), (21, 250)]}, "variance of mo"),
        ({"volatility": "garch"}, "model 'market_model' has none"),
        ({"volatility": "arch"}, "did you mean 'garch'"),
    ],
)  # fmt: skip
def test_refused(settings, words):
    with pytest.raises(SpecificationError, match=words):
        EventStudy(**settings)


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_lags_are_whole_numbers(value):
    with pytest.raises(SpecificationError, match=r"model\.lags .* whole number of sessions"):
        Dimson("SPX", lags=value)


def test_without_arch_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr("eventstudy.models.volatility.find_spec", lambda name: None)
    with pytest.raises(SpecificationError, match=r'pip install "market-reaction\[garch\]"'):
        Garch("SPX")


def test_windows_in_words_and_in_study_files():
    both = estimation_window([[-250, -21], [21, 250]])
    assert isinstance(both, SplitWindow)
    assert estimation_window([(21, 250), (-250, -21)]) == both
    assert estimation_window([[-250, -21]]) == estimation_window((-250, -21))
    assert list(both.taus[[0, 229, 230, -1]]) == [-250, -21, 21, 250]
    study = EventStudy(estimation_window=both)
    assert study.to_dict()["windows"]["estimation"] == [[-250, -21], [21, 250]]
    assert hash(study) == hash(EventStudy(estimation_window=[(-250, -21), (21, 250)]))


def parsed(model: dict, **tables) -> EventStudy:
    tables = {"events": {"bundled": True}, "model": model, **tables}
    return parse_study(tables, "study.toml", Path()).study


def test_keys_of_study_files():
    assert parsed({"name": "dimson", "lags": 2, "leads": 0}).model == Dimson("SPX", None, 2, 0)
    assert parsed({"name": "scholes_williams", "benchmark": "N225"}).model.benchmark == "N225"
    assert parsed({"rolling": True}, windows={"estimation": [-250, -31]}).model.rolling
    assert not parsed({"name": "robust", "rolling": False}).model.rolling
    both = [[-250, -21], [21, 250]]
    study = parsed({}, windows={"estimation": both})
    assert study == EventStudy(estimation_window=both)
    garch = parsed({"name": "egarch"}, statistics={"volatility": "garch"})
    assert (garch.model, garch.volatility) == (Egarch("SPX"), "garch")
    for one in (study, garch, parsed({"name": "dimson"}), parsed({"name": "robust"})):
        tables = one.to_dict()
        tables["events"]["bundled"] = True
        assert parse_study(tables, "study.toml", Path()).study == one


@pytest.mark.parametrize(
    ("model", "tables", "words"),
    [
        (
            {"lags": 1},
            {},
            r"model\.lags is not a key of model 'market_model'; it belongs to dimson",
        ),
        ({"name": "dimson", "rolling": True}, {}, "belongs to constant_mean, market_model, factor"),
        ({"name": "dimson", "lags": 1.5}, {}, r"model\.lags must be a whole number, got 1\.5"),
        ({"name": "dimson", "leads": -1}, {}, r"model\.leads is -1"),
        ({"rolling": "yes"}, {}, r"model\.rolling must be true or false"),
        ({"name": "dimsn"}, {}, r'unknown model "dimsn"; did you mean .dimson.'),
        ({"lag": 1}, {}, r"unknown key model\.lag; did you mean 'lags'"),
        ({}, {"windows": {"estimation": [1, 2, 3]}}, r"a window such as \[-250, -21\] or two"),
        ({}, {"statistics": {"volatility": "garhc"}}, "did you mean 'garch'"),
    ],
)
def test_refused_in_study_files(model, tables, words):
    with pytest.raises(SpecificationError, match=words):
        parsed(model, **tables)


# ---------------------------------------------------------------- a model of one's own


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


def test_frames_in_place_of_events_or_prices_are_named():
    events, prices = simulate_panel(n_events=3, seed=1)
    study = EventStudy(markets=("M01",), model=ConstantMean(), calendar="data", date_only="same")
    with pytest.raises(SpecificationError, match=r"Events\.from_frame"):
        study.fit(events.frame, prices)
    with pytest.raises(SpecificationError, match="takes events first, got PricePanel"):
        study.fit(prices, events)
    with pytest.raises(SpecificationError, match=r"PricePanel\.from_frame"):
        study.fit(events, prices.frame())
