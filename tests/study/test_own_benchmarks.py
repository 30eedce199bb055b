"""Attributes and benchmarks of single securities, against the same study done in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy import (
    Activity,
    ConstantMean,
    CrossSection,
    Events,
    EventStudy,
    MarketModel,
    PricePanel,
    SchemaError,
    Securities,
    SpecificationError,
)
from eventstudy.study import own_benchmarks

pytestmark = pytest.mark.fast_tests(2)

NAMES = ("F0", "F1", "F2", "F3")
DAYS = pd.bdate_range("2021-01-04", periods=260)
STUDY = EventStudy(
    markets=NAMES, model=MarketModel("MKT"), estimation_window=(-120, -11), event_window=(-2, 2),
    car_windows=[(0, 1)], statistics="cross_sectional_t", draws=0, date_only="same",
)  # fmt: skip


def panel():
    moves = np.random.default_rng(3).standard_normal((260, 6)) * 0.01
    moves[:, 2:] += moves[:, :1]
    frame = pd.DataFrame(moves, index=DAYS, columns=["MKT", "ETF", *NAMES])
    return PricePanel.from_frame(frame, content="returns", calendar="data")


def events():
    dates = DAYS[[150, 170, 190, 210]]
    frame = {"event_id": list("abcd"), "date": dates, "markets": NAMES, "category": list("xyxy")}
    return Events.from_frame(pd.DataFrame(frame))


def fit(table, study=STUDY):
    return study.fit(events(), panel(), securities=Securities.from_frame(pd.DataFrame(table)))


@pytest.mark.slow
def test_a_security_faces_its_own_benchmark_and_the_others_the_models():
    results = fit({"ticker": ["f0", "F1", "F2"], "benchmark": ["ETF", "", "F3"]})
    assert results.models["benchmark"].tolist() == ["ETF", "MKT", "F3", "MKT"]
    for row, benchmark in enumerate(results.models["benchmark"]):
        name = NAMES[row]
        alone = replace(STUDY, markets=(name,), model=MarketModel(benchmark)).fit(
            Events.from_frame(events().frame.iloc[[row]].assign(markets=name)), panel()
        )
        for frame in ("car", "models"):
            own, expected = getattr(results, frame), getattr(alone, frame)
            numbers = expected.select_dtypes("number").columns
            own = own[own["security"] == name][numbers].reset_index(drop=True)
            pd.testing.assert_frame_equal(own, expected[numbers], rtol=1e-12)
    said = " ".join(results.manifest["assumed"])
    assert "F0 (ETF) and F2 (F3) have a benchmark of their own in place of MKT" in said
    assert "no row for F3" in said
    assert "ETF" in results.manifest["calendars"]


def test_pairs_are_grouped_contrasted_and_regressed_by_attributes():
    table = {"security": ["F0", "F1", "F2"], "industry": ["a", "b", "a"], "size": [1.0, 2.0, 4.0]}
    study = replace(
        STUDY, by=("industry", "category*industry"), contrast=(("industry", "a", "b"),),
        cross_section=CrossSection(columns=("size",)),
    )  # fmt: skip
    results = fit(
        {name: [*cells, cell] for (name, cells), cell in zip(
            table.items(), ("F3", "b", 3.0), strict=True)}, study
    )  # fmt: skip
    cars = results.car.set_index("security")["car"]
    means = results.statistics.drop_duplicates("group").set_index("group")
    assert {"industry=a", "industry=b", "category*industry=x*a"} <= set(means.index)
    chosen = results.statistics.query("group == 'industry=a' and measure == 'car'")
    assert chosen["estimate"].iloc[0] == pytest.approx(cars[["F0", "F2"]].mean(), rel=1e-12)
    slope = np.polyfit([1.0, 2.0, 4.0, 3.0], cars[list(NAMES)], 1)[0]
    terms = results.cross_section.set_index("term")["estimate"]
    assert terms["size"] == pytest.approx(slope, rel=1e-9)
    assert results.contrasts["contrast"].str.startswith("industry").all()
    lacking = fit(table, replace(STUDY, by=("industry",)))
    assert "industry=(empty)" in set(lacking.statistics["group"])
    assert "benchmark" not in lacking.models


def test_a_row_that_names_the_models_benchmark_names_none_of_its_own():
    results = fit({"security": ["F0", "F1"], "benchmark": ["MKT", "ETF"]})
    assert "F1 (ETF) has a benchmark of its own" in " ".join(results.manifest["assumed"])
    alone = fit({"security": ["F0"], "benchmark": ["MKT"]})
    assert "of its own" not in " ".join(alone.manifest["assumed"])
    assert "benchmark" not in alone.models


def test_what_a_benchmark_of_its_own_does_not_reach_is_said():
    study = replace(STUDY, beside=MarketModel("ETF"))
    said = fit({"security": ["F0"], "benchmark": ["F3"]}, study).manifest["assumed"]
    assert any(sentence.endswith("lists them; the second model keeps them") for sentence in said)
    study = replace(STUDY, activity=Activity(measures=("volume",), volume_model="market_model"))
    assert own_benchmarks._limits(study, "MKT") == "; normal volume follows that of MKT for all"


@pytest.mark.parametrize(
    ("table", "error", "sentence"),
    [
        ({"security": ["F1"], "benchmark": ["F1"]}, SchemaError, "row 2: F1 is its own benchmark"),
        (
            {"security": ["F1"], "benchmark": ["ETFS"]},
            SpecificationError,
            "securities row 2: benchmark of F1: .*did you mean 'ETF'",
        ),
        ({"security": ["F1", "f1"], "x": [1, 2]}, SchemaError, "row 3: f1 is F1, which row 2"),
        ({"security": ["F1"], "category": [1]}, SpecificationError, "column 'category'"),
    ],
)
def test_what_cannot_be_used_is_refused(table, error, sentence):
    with pytest.raises(error, match=sentence):
        fit(table)


def test_what_is_passed_over_is_said():
    table = {"security": ["F0", "F1", "F2", "F33", "ZZ"], "benchmark": ["", "ETF", "", "", ""]}
    study = replace(STUDY, model=ConstantMean())
    said = " ".join(fit(table, study).manifest["assumed"])
    assert "row 5: F33 is no market of the study; did you mean 'F3'?" in said
    assert "2 rows of it are about no market" in said
    assert "benchmarks are not used, as model constant_mean has none" in said
