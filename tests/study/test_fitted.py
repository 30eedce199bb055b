"""Frames computed of a fitted study, beside the same asked otherwise."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import fitted_study
import numpy as np
import pandas as pd
import pytest

from eventstudy import NotApplicableError
from eventstudy.reporting import report_pairs
from eventstudy.reporting.report_pairs import has_many_markets
from eventstudy.study import fitted as fitted_module
from eventstudy.study.fitted import (
    contrasts_of,
    heatmap_of,
    heatmap_of_study,
    joint_grouping,
    joint_of,
)

DIRECTIONS = ("direction", "de-escalation", "escalation")


@pytest.fixture(scope="module")
def fitted(results):
    return results.fitted


def test_a_heatmap_takes_the_rows_there_are_and_computes_the_same_otherwise(results, fitted):
    windows = results.car_windows
    computed = heatmap_of(fitted, windows, "placebo")
    rows = results.tidy("category*security")
    taken = heatmap_of(fitted, windows, "placebo", rows)
    pd.testing.assert_frame_equal(computed, taken)
    assert set(computed["column"]) == {"A", "B"}


@pytest.mark.parametrize("most", [1, 2])
def test_a_heatmap_is_made_of_as_many_markets_with_pairs_as_the_report_lists(
    results, fitted, monkeypatch, most
):
    for module in (report_pairs, fitted_module):
        monkeypatch.setattr(module, "MOST_MARKETS", most)
    frame = heatmap_of_study(fitted, results.car_windows, "placebo", results.statistics)
    assert frame.empty == has_many_markets(results) == (most == 1)
    # A market without a pair does not count.
    sample = replace(fitted.sample, security=np.zeros_like(fitted.sample.security))
    of_one = replace(fitted, sample=sample)
    few = heatmap_of_study(of_one, results.car_windows, "placebo", results.statistics)
    assert not few.empty


def test_contrasts_stand_beside_the_two_sessions_before_the_news(fitted):
    data = replace(fitted.data, study=replace(fitted_study.STUDY, contrast=(DIRECTIONS,)))
    frame = contrasts_of(replace(fitted, data=data))
    windows = frame[["window_start", "window_end"]].drop_duplicates()
    assert windows.to_numpy().tolist() == [[0, 0], [0, 1], [-1, 1], [-2, -1]]
    assert contrasts_of(fitted).empty


def test_a_pickle_or_copy_holds_no_placebos_and_answers_the_same(results, fitted):
    placebos = len(pickle.dumps(fitted.design.placebo))
    packed = pickle.dumps(fitted)
    assert len(packed) < placebos / 3
    for twin in (pickle.loads(packed), copy.deepcopy(fitted)):  # noqa: S301 - written here
        assert twin.design is twin.design
        assert twin.design is not fitted.design
        loaded = replace(results, fitted=twin)
        for name in ("placebo", "portfolio_t"):
            pd.testing.assert_frame_equal(
                loaded.test(name, (0, 2), "analyst"),
                results.test(name, (0, 2), "analyst"),
                check_exact=True,
            )


def test_the_joint_regression_keeps_markets_apart_as_it_is(fitted):
    assert joint_grouping(fitted, ("security", "category")) == "category"
    with pytest.raises(NotApplicableError, match="keeps markets apart"):
        joint_of(fitted, "category*security", fitted_study.STUDY.car_windows)
