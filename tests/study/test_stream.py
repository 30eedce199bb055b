"""A study in blocks of pairs gives the tests of the study at once."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamed import STREAMED, assert_same_statistics, halted_study, small_study

from eventstudy import Events
from eventstudy.events import event_pairs
from eventstudy.events.table import Caveat
from eventstudy.exceptions import CoverageError, SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.prices.securities import Securities
from eventstudy.study import stream_pairs
from eventstudy.study.stream_tables import joined

pytestmark = pytest.mark.fast_tests(2)

CASES = [
    {"by": ("kind", "security")},
    {"signed": True},
    {"own_firm": True, "alternative": "greater", "n_events": 14},
    {"missing": 0.0, "signed": True, "n_events": 12},
]


def assert_same_files(folder, whole):
    """Compare what was streamed to a folder with the frames of the study at once."""
    for name, more in (
        ("car", ["window_start", "window_end"]),
        ("abnormal_returns", ["tau"]),
        ("models", []),
        ("dropped", ["stage"]),
    ):
        keys = ["event_id", "security", *more]
        path = folder / f"{name}.parquet"
        written = pd.read_parquet(path) if path.exists() else pd.read_csv(folder / f"{name}.csv")
        expected = getattr(whole, name).sort_values(keys, ignore_index=True)
        written = written.sort_values(keys, ignore_index=True)
        pd.testing.assert_frame_equal(written, expected, check_dtype=False, obj=name)
    checks = pd.read_csv(folder / "checks.csv")  # of all rows, so that there may be more
    found = set(zip(checks["security"], checks["check"], strict=True))
    assert found >= set(zip(whole.checks["security"], whole.checks["check"], strict=True))
    manifest = json.loads((folder / "manifest.json").read_text())
    for name in ("kind", "n_pairs", "files", "sha256"):
        del manifest[name]
    assert manifest == json.loads(json.dumps(whole.manifest))


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("changes", CASES)
def test_every_streamed_test_is_that_of_the_whole(tmp_path, changes):
    study, events, prices = small_study(len(changes), **changes)
    whole = study.fit(events, prices)
    found = study.stream(events, prices, tmp_path / "out", block=5)
    assert_same_statistics(found.statistics, whole.statistics)
    assert np.isfinite(found.statistics["statistic"]).mean() > 0.5
    assert found.n_pairs == len(whole.models)
    assert len(whole.dropped) == found.lost["pairs"].sum()
    assert_same_files(tmp_path / "out", whole)


FIRMS = pd.DataFrame(
    {"security": ["F0", "F1", "F2"], "sector": ["x", "x", "y"], "benchmark": ["F2", "", ""]}
)


def of_events(**more):
    study, events, prices = small_study(2, own_firm=True, n_events=10, **more)
    return replace(study, markets="events"), events, prices, None


def with_attributes(**more):
    study, events, prices = small_study(2, **(more | {"by": ("sector", "kind*sector")}))
    return study, events, prices, Securities.from_frame(FIRMS.drop(columns="benchmark"))


def with_own_benchmarks(**more):
    study, events, prices = small_study(2, **(more | {"markets": ("F0", "F1")}))
    return study, events, prices, Securities.from_frame(FIRMS)


def with_a_halt(**more):
    return *halted_study(**more), None


@pytest.mark.slow
@pytest.mark.parametrize("made", [of_events, with_attributes, with_own_benchmarks, with_a_halt])
def test_markets_and_what_is_known_of_them_are_those_of_the_whole(tmp_path, made):
    tests = ("kolari_pynnonen", "adjusted_patell")
    study, events, prices, known = made(statistics=tests, by=(), car_windows=((-2, 2),))
    whole = study.fit(events, prices, securities=known)
    found = study.stream(events, prices, tmp_path / "out", block=1, securities=known)
    assert_same_statistics(found.statistics, whole.statistics)
    assert_same_files(tmp_path / "out", whole)


def test_pairs_are_carried_across_a_halt(tmp_path):
    study, events, prices = halted_study(
        statistics=("kolari_pynnonen",), by=(), car_windows=((-2, 2),)
    )
    at_once, by_one = (
        study.stream(events, prices, tmp_path / "out", block=block, abnormal_returns=False)
        for block in (100, 1)
    )
    assert_same_statistics(by_one.statistics, at_once.statistics)


@pytest.mark.slow
def test_events_taken_a_share_at_a_time_are_one_study(tmp_path, monkeypatch):
    study, events, prices = small_study(
        4, own_firm=True, n_events=12, statistics=("bmp",), by=("kind", "kind*tone"),
        car_windows=((0, 0),), markets=("F0", "F1"), firms=3,
    )  # fmt: skip
    # Events about F2 have no pair; every event has the same tone, so groups have the same pairs.
    events = replace(
        Events.from_frame(events.frame.drop(columns="published_at").assign(tone="soft")),
        caveats=(Caveat(column="kind", value="a", text="Such news is leaked."),),
    )
    monkeypatch.setattr(stream_pairs, "_ALIGNED", 8)
    for most in (23, 24):  # of 24 pairs
        monkeypatch.setattr(event_pairs, "MOST_LISTED", most)
        whole = study.fit(events, prices)
        found = study.stream(events, prices, tmp_path / "out", block=5)
        assert_same_statistics(found.statistics, whole.statistics)
        assert_same_files(tmp_path / "out", whole)
        assert whole.manifest["same_pairs"]
        assert list(found.assumed) == whole.manifest.get("assumed", [])
        assert any("not listed" in text for text in found.assumed) == (most == 23)


@pytest.mark.parametrize("block", [0, -5, 2.5, "x"])
def test_a_block_is_a_number_of_pairs(tmp_path, block):
    study, events, prices = small_study(1, statistics=("bmp",))
    with pytest.raises(SpecificationError, match="block is"):
        study.stream(events, prices, tmp_path / "out", block=block)


def test_what_needs_all_pairs_at_once_is_refused_by_name(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp", "portfolio_t", "sq"))
    with pytest.raises(SpecificationError, match=r"portfolio_t and sq cannot be streamed.*bmp"):
        study.stream(events, prices, tmp_path / "out")
    for changes, key in (
        ({"draws": 10}, "draws"),
        ({"overlap": "drop_later"}, "overlap"),
        ({"ambiguous": "widen"}, "ambiguous"),
        ({"mask_events": True}, "mask_events"),
    ):
        study, events, prices = small_study(1, statistics=("bmp",), **changes)
        with pytest.raises(SpecificationError, match=key):
            study.stream(events, prices, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_study_that_loses_too_much_leaves_no_folder(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp",), min_obs=70, max_loss=0.0)
    with pytest.raises(CoverageError, match="pairs were dropped"):
        study.stream(events, prices, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def flat_firm(prices):
    """Return the prices with a firm that never moves, which no model can be fitted to."""
    return type(prices).from_frame(
        prices.frame().assign(F1=0.0), content="returns", calendar="data"
    )


@pytest.mark.slow
def test_what_cannot_be_estimated_is_listed_and_counted(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp",), by=())
    flat = flat_firm(prices)
    whole = study.fit(events, flat)
    found = study.stream(events, flat, tmp_path / "out", block=4)
    assert_same_statistics(found.statistics, whole.statistics)
    assert "model" in set(found.lost["stage"])
    assert_same_files(tmp_path / "out", whole)


def test_what_the_model_loses_counts_as_lost(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp",), by=(), max_loss=0.1)
    flat = flat_firm(prices)
    with pytest.raises(CoverageError) as fitted:
        study.fit(events, flat)
    with pytest.raises(CoverageError, match="model 9") as streamed:
        study.stream(events, flat, tmp_path / "none", block=4)
    assert str(streamed.value) == str(fitted.value)
    assert streamed.value.reasons.to_dict() == fitted.value.reasons.to_dict()
    assert not (tmp_path / "none").exists()


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("market", ["F1", "F0"])
def test_a_block_without_a_pair_is_passed_over(tmp_path, market):
    study, events, prices = small_study(1, statistics=("bmp",), by=(), car_windows=((0, 0),))
    frame = events.frame[["event_id", "date"]].sort_values("date")
    is_first = frame["date"] == frame["date"].iloc[0]
    about = Events.from_frame(frame.assign(markets=np.where(is_first, "F1", market)))
    if market == "F1":
        with pytest.raises(CoverageError, match="model 9"):
            study.stream(about, flat_firm(prices), tmp_path / "out", block=1)
        return
    whole = study.fit(about, flat_firm(prices))
    found = study.stream(about, flat_firm(prices), tmp_path / "out", block=1)
    assert_same_statistics(found.statistics, whole.statistics)
    assert_same_files(tmp_path / "out", whole)


def test_its_folder_says_what_it_is(tmp_path):
    study, events, prices = small_study(2, statistics=("bmp",), by=())
    for _ in range(2):  # the second replaces the first
        study.stream(events, prices, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["kind"] == "stream"
    assert "car.parquet" in manifest["files"]


def test_tests_of_draws_and_portfolios_are_not_streamed():
    others = {test.name for test in STATISTICS} - set(STREAMED)
    assert {"placebo", "portfolio_t", "two_way_t", "sq"} <= others


def test_carried_pairs_stand_before_the_new_ones():
    study, events, prices = small_study(3, statistics=("bmp",), by=())
    table = study.fit(events, prices).fitted.design.table
    which = np.zeros(len(table.day0), dtype=bool)
    which[[1, 4]] = True
    both = joined(table, table, which)
    expected = np.concatenate([[1, 4], np.arange(len(table.day0))])
    np.testing.assert_array_equal(both.residuals, table.residuals[expected])
    np.testing.assert_array_equal(both.fit.sigma, table.fit.sigma[expected])
    np.testing.assert_array_equal(both.taus, table.taus)
