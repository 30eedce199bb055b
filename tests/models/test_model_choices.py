"""Which models there are to choose, their keys in a study file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventstudy
from eventstudy import (
    ConstantMean,
    Dimson,
    Egarch,
    EventStudy,
    Garch,
    MarketModel,
    SpecificationError,
    models,
    simulate_panel,
)
from eventstudy.models import MODELS, NormalReturnModel
from eventstudy.studyfile.study_file import parse_study

# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model": Dimson("SPX", lags=50), "min_obs": 200}, "has 179 sessions whose lags and"),
        ({"estimation_window": (-3, 250)}, "must end before session -5 or start after session 5"),
        ({"estimation_window": [(-250, -21), (-20, -10)]}, "and the other after it"),
        ({"estimation_window": [(1, 2), (3, 4), (5, 6)]}, "names 3 windows"),
        ({"estimation_window": 5}, "estimation_window: expected two sessions"),
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


def parsed(model: dict, **tables) -> EventStudy:
    tables = {"events": {"bundled": True}, "model": model, **tables}
    return parse_study(tables, "study.toml", Path()).study


def test_keys_of_study_files():
    assert parsed({"name": "dimson", "lags": 2, "leads": 0}).model == Dimson("SPX", None, 2, 0)
    assert parsed({"name": "scholes_williams", "benchmark": "N225"}).model.benchmark == "N225"
    assert parsed({"rolling": True}, windows={"estimation": [-250, -31]}).model.rolling
    assert not parsed({"name": "robust", "rolling": False}).model.rolling
    both = [[-250, -21], [21, 250]]
    two_sided = parsed({}, windows={"estimation": both})
    assert two_sided == EventStudy(estimation_window=both)
    garch = parsed({"name": "egarch"}, statistics={"volatility": "garch"})
    assert (garch.model, garch.volatility) == (Egarch("SPX"), "garch")
    for study in (two_sided, garch, parsed({"name": "dimson"}), parsed({"name": "robust"})):
        tables = study.to_dict()
        tables["events"]["bundled"] = True
        assert parse_study(tables, "study.toml", Path()).study == study


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


def test_frames_in_place_of_events_or_prices_are_read_and_the_wrong_order_refused():
    events, prices = simulate_panel(n_events=3, seed=1)
    study = EventStudy(markets=("M01",), model=ConstantMean(), calendar="data", date_only="same")
    expected = study.fit(events, prices).car["car"].tolist()
    assert study.fit(events.frame, prices).car["car"].tolist() == expected
    assert study.fit(events, prices.frame()).car["car"].tolist() == expected
    with pytest.raises(SpecificationError, match=r"^events: the first argument holds prices"):
        study.fit(prices, events)


def test_every_registered_model_is_exported_by_the_room_and_by_the_package():
    classes = {entry.value.__name__: entry.value for entry in MODELS}
    assert {entry.value.name for entry in MODELS} == set(MODELS.names())
    for place in (models, eventstudy):
        exported = {
            name: getattr(place, name)
            for name in place.__all__
            if isinstance(getattr(place, name), type)
            and issubclass(getattr(place, name), NormalReturnModel)
        }
        exported.pop("NormalReturnModel")
        assert exported == classes
