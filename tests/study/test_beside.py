"""The second model on the pairs of a study gives what a study with that model alone gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fitted_study import STUDY, closes, events_table, fit

from eventstudy import (
    ConstantMean,
    CoverageError,
    DataError,
    Events,
    EventStudyWarning,
    MarketModel,
    PricePanel,
    SpecificationError,
    load_results,
)
from eventstudy.events.table import Caveat

pytestmark = pytest.mark.fast_tests(1)

BOTH = replace(STUDY, model=ConstantMean(), beside=MarketModel("M"), draws=40)


@pytest.fixture(scope="module")
def both():
    return fit(BOTH)


def test_the_results_are_those_of_the_second_model_alone(both):
    alone = fit(replace(BOTH, model=MarketModel("M"), beside=None))
    cars = alone.statistics[alone.statistics["measure"] == "car"].reset_index(drop=True)
    pd.testing.assert_frame_equal(both.statistics_beside, cars)
    pd.testing.assert_frame_equal(both.heatmap_beside, alone.heatmap)
    names = ["event_id", "security", "tau", "abnormal_return"]
    pd.testing.assert_frame_equal(both.abnormal_returns_beside, alone.abnormal_returns[names])


@pytest.mark.slow
def test_the_first_model_does_not_feel_the_second(both):
    alone = fit(replace(BOTH, beside=None))
    pd.testing.assert_frame_equal(both.statistics, alone.statistics)
    pd.testing.assert_frame_equal(both.car, alone.car)
    assert alone.statistics_beside.empty
    assert alone.heatmap_beside.empty
    assert alone.abnormal_returns_beside.empty


@pytest.mark.slow
def test_contrasts_have_a_second_model_too_and_leave_known_news_out():
    asked = ("direction", "de-escalation", "escalation")
    study = replace(BOTH, contrast=[asked], statistics=("portfolio_t",), draws=0)
    alone = fit(replace(study, model=MarketModel("M"), beside=None))
    both = fit(study)
    pd.testing.assert_frame_equal(both.contrasts_beside, alone.contrasts)
    assert not both.contrasts["estimate"].equals(both.contrasts_beside["estimate"])
    caveat = Caveat(column="analyst", value="1", text="Known.", known_beforehand=True)
    events = replace(Events.from_frame(events_table()), caveats=(caveat,))
    table = events_table()
    table.loc[table["analyst"] == "1", "direction"] = None
    prices = PricePanel.from_frame(closes())
    marked, emptied = study.fit(events, prices), fit(study, table)
    pd.testing.assert_frame_equal(marked.contrasts, emptied.contrasts)
    assert marked.contrasts["n_dates_a"].max() == both.contrasts["n_dates_a"].max() - 1
    pd.testing.assert_frame_equal(marked.statistics, both.statistics)
    pd.testing.assert_frame_equal(marked.contrast(*asked), marked.contrasts)


def test_it_is_written_read_back_and_said(both, tmp_path):
    both.save(tmp_path / "out", report=False)
    assert (tmp_path / "out" / "statistics_beside.csv").exists()
    again = load_results(tmp_path / "out")
    assert list(again.statistics_beside.columns) == list(again.statistics.columns)
    wanted, got = (frame["estimate"] for frame in (both.statistics_beside, again.statistics_beside))
    np.testing.assert_allclose(got, wanted, rtol=1e-11)
    assert again.spec["model"]["beside"] == {"name": "market_model", "benchmark": "M"}
    assert again.manifest["beside"] == {"factors": ["M"], "sync": "same_date"}
    assert "beside it market_model on M, same_date" in both.summary()


@pytest.mark.slow
def test_the_benchmark_of_the_second_model_is_checked_and_compared_in_time():
    frame = closes()
    frame.iloc[200, 2] *= 4
    prices = PricePanel.from_frame(frame)
    events = Events.from_frame(events_table())
    study = replace(BOTH, statistics=("portfolio_t",), draws=0)
    with pytest.warns(EventStudyWarning, match="M 2021-10-11"):
        both = study.fit(events, prices)
    with pytest.warns(EventStudyWarning, match="M 2021-10-11"):
        alone = replace(study, model=MarketModel("M"), beside=None).fit(events, prices)
    with pytest.raises(DataError, match="M 2021-10-11"):
        study.fit(events, prices, strict=True)
    assert set(both.checks["security"]) == set(alone.checks["security"])
    pd.testing.assert_series_equal(
        both.alignment["benchmark_reacts_later"], alone.alignment["benchmark_reacts_later"]
    )


def test_pairs_the_second_model_cannot_estimate_are_named():
    frame = closes()
    frame.iloc[:75, 2] = np.nan  # E0 has 140 - 75 sessions with the benchmark, the market all
    study = replace(BOTH, min_obs=75, statistics=("portfolio_t",), draws=0)
    results = study.fit(Events.from_frame(events_table()), PricePanel.from_frame(frame))
    lost = results.treated[results.treated["stage"] == "model.beside"]
    assert set(lost["event_id"]) == {"E0", "E1"}
    assert lost["reason"].str.startswith("not in the results of the second model: fewer").all()
    rows = (
        results.statistics_beside.query("group == 'all'"),
        results.statistics.query("group == 'all'"),
    )
    kept, whole = (part["n_pairs"].max() for part in rows)
    assert whole - kept == len(lost)
    assert f"without {len(lost)} pairs" in results.summary()
    with pytest.raises(CoverageError, match="beside: 4 of"):
        replace(study, max_loss=0.1).fit(
            Events.from_frame(events_table()), PricePanel.from_frame(frame)
        )


@pytest.mark.slow
def test_what_is_done_is_said():
    said = []
    study = replace(BOTH, draws=20, statistics=("portfolio_t",))
    study.fit(
        Events.from_frame(events_table()),
        PricePanel.from_frame(closes()),
        progress=lambda what, done, of: said.append(what),
    )
    assert "estimating the model beside" in said
    assert "testing the model beside" in said


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"beside": "market_model"}, "expected a model"),
        ({"beside": MarketModel(1.5)}, r"beside\.benchmark holds 1\.5"),
        ({"beside": MarketModel("M", sync="asoff")}, r"unknown beside\.sync"),
        ({"volatility": "garch"}, 'volatility="garch"'),
    ],
)
def test_a_wrong_second_model_is_refused(settings, words):
    with pytest.raises(SpecificationError, match=words):
        replace(BOTH, **settings)


def test_a_market_is_not_the_benchmark_of_the_second_model_either():
    with pytest.raises(SpecificationError, match="A is both a market of the study") as caught:
        fit(replace(BOTH, beside=MarketModel("A")))
    assert caught.value.key == "model.beside.benchmark"
