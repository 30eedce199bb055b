"""Correlations of series whose windows share a day, against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.inference.correlation import shared_window_correlations


def test_only_windows_that_share_a_day_meet_and_each_pair_once():
    rng = np.random.default_rng(5)
    series = rng.normal(size=(4, 40))
    series[1, :15] = np.nan
    offset = np.array([0, 3, 10, 5])
    days = np.array([[100, 101], [101, 102], [102, 103], [300, 301]])
    present = np.ones_like(days, dtype=bool)
    present[2, 0] = False  # the third window does not hold day 102, and so meets nobody
    frame = pd.DataFrame(
        {u: pd.Series(series[u], index=offset[u] + np.arange(40)) for u in range(4)}
    )
    met = {}
    for left, right, rho, shared in shared_window_correlations(series, offset, days, present):
        for row in zip(left, right, rho, shared, strict=True):
            met[frozenset((int(row[0]), int(row[1])))] = row[2:]
    assert set(met) == {frozenset((0, 1))}
    rho, shared = met[frozenset((0, 1))]
    assert shared == 1.0
    assert rho == pytest.approx(frame[0].corr(frame[1]))


def test_few_common_observations_and_constant_series_do_not_correlate():
    rng = np.random.default_rng(6)
    series = rng.normal(size=(3, 30))
    series[2] = 0.4
    days, present = np.zeros((3, 1), dtype=np.int64), np.ones((3, 1), dtype=bool)
    for offset, min_common, expected in (
        (np.zeros(3, dtype=np.int64), 30, np.corrcoef(series[0], series[1])[0, 1]),
        (np.array([0, 1, 0]), 30, 0.0),
    ):
        blocks = list(
            shared_window_correlations(series, offset, days, present, min_common=min_common)
        )
        correlation = {
            (int(a), int(b)): value
            for left, right, rho, _ in blocks
            for a, b, value in zip(left, right, rho, strict=True)
        }
        assert len(correlation) == 3
        for pair, value in correlation.items():
            assert value == pytest.approx(0.0 if 2 in pair else expected)
