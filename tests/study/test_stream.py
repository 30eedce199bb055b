"""A study in blocks of pairs gives the tests of the study at once."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from streamed import STREAMED, assert_same_statistics, small_study

from eventstudy.exceptions import CoverageError, SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.study.stream import joined

CASES = [
    {"by": ("kind", "security")},
    {"signed": True},
    {"own_firm": True, "alternative": "greater", "n_events": 14},
    {"missing": 0.0, "signed": True, "n_events": 12},
]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("changes", CASES)
def test_every_streamed_test_is_that_of_the_whole(tmp_path, changes):
    study, events, prices = small_study(len(changes), **changes)
    whole = study.fit(events, prices)
    found = study.stream(events, prices, tmp_path / "out", block=5)
    assert_same_statistics(found.statistics, whole.statistics)
    assert np.isfinite(found.statistics["statistic"]).mean() > 0.5
    assert found.n_pairs == len(whole.models)
    keys = ["event_id", "security"]
    for name, more in (("car", ["window_start", "window_end"]), ("abnormal_returns", ["tau"])):
        written = pd.read_parquet(tmp_path / "out" / f"{name}.parquet")
        expected = getattr(whole, name).sort_values(keys + more, ignore_index=True)
        pd.testing.assert_frame_equal(
            written.sort_values(keys + more, ignore_index=True), expected, check_dtype=False
        )
    dropped = pd.read_csv(tmp_path / "out" / "dropped.csv")
    assert len(dropped) == len(whole.dropped) == found.lost["pairs"].sum()


def test_what_needs_all_pairs_at_once_is_refused_by_name(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp", "portfolio_t", "sq"))
    with pytest.raises(SpecificationError, match=r"portfolio_t and sq cannot be streamed.*bmp"):
        study.stream(events, prices, tmp_path / "out")
    for changes, key in (
        ({"draws": 10}, "statistics.draws"),
        ({"overlap": "drop_later"}, "events.overlap"),
        ({"ambiguous": "widen"}, "events.ambiguous"),
        ({"mask_events": True}, "sample.mask_events"),
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


def test_what_cannot_be_estimated_is_listed_and_counted(tmp_path):
    study, events, prices = small_study(1, statistics=("bmp",), by=())
    frame = prices.frame()
    frame["F1"] = 0.0
    flat = type(prices).from_frame(frame, content="returns", calendar="data")
    whole = study.fit(events, flat)
    found = study.stream(events, flat, tmp_path / "out", block=4)
    assert_same_statistics(found.statistics, whole.statistics)
    assert "model" in set(found.lost["stage"])
    assert len(pd.read_csv(tmp_path / "out" / "dropped.csv")) == len(whole.dropped)


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
