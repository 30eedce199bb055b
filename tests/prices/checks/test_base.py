"""What all checks share: isolated reversals, robust scales, the frame of checks."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.prices.checks.base import (
    as_checks,
    fast_median,
    is_in,
    isolated_reversals,
    local_scale,
    mad_scale,
)
from eventstudy.prices.checks.comparison import CLOSE_SD, WINDOW
from eventstudy.prices.panel import NO_DATE, Check


def test_isolated_reversals_by_hand():
    limit = np.ones(5)
    first = np.array([0.0, 3.0, 0.0, 3.0, 3.0])
    second = np.array([0.0, -2.0, 0.0, -1.2, 3.0])
    #  the second is opposed and about equal; the fourth is too unequal, the fifth the same way
    assert isolated_reversals(first, second, (limit, limit)).tolist() == [False, True, *[False] * 3]
    # a chain of reversals is turbulence
    residual = np.array([0.0, 4.0, -4.0, 4.0, 0.0])
    hits = isolated_reversals(residual[:-1], residual[1:], (limit[:4], limit[:4]))
    assert not hits.any()


def test_local_scale_is_that_of_a_normal_variable():
    values = np.random.default_rng(1).normal(0, 2.0, 5_000)
    scale = local_scale(values, WINDOW)
    assert scale.shape == values.shape
    assert np.median(scale) == pytest.approx(2.0, rel=0.03)
    assert local_scale(values[:50], WINDOW) == pytest.approx(
        np.full(50, 1.4826 * np.median(np.abs(values[:50])))
    )
    assert len(local_scale(values[:0], WINDOW)) == 0


@pytest.mark.slow
def test_the_rate_of_false_alarms_under_fat_tails():
    """Below 1 in 1,000 where residuals are Student-t(4): measured 0.2."""
    residual = np.random.default_rng(20250502).standard_t(4, 100_000)
    limit = CLOSE_SD * local_scale(residual, WINDOW)
    hits = isolated_reversals(residual[:-1], residual[1:], (limit[:-1], limit[1:]))
    assert 0.05 < 1000 * hits.mean() < 0.5


@pytest.mark.parametrize("values", [[3.0], [3.0, 1.0], [5.0, 1.0, 3.0], [4.0, 1.0, 3.0, 2.0]])
def test_the_median_is_that_of_numpy(values):
    assert fast_median(np.array(values)) == np.median(values)


def test_the_median_absolute_deviation_as_a_standard_deviation():
    assert mad_scale(np.array([1.0, 2.0, 3.0, 4.0, 100.0])) == pytest.approx(1.4826)
    assert np.isnan(mad_scale(np.empty(0)))


def test_which_dates_are_among_others():
    days = np.array(["2025-05-01", "2025-05-02", "2025-05-05"], dtype="M8[D]")
    assert is_in(days, days[1:2]).tolist() == [False, True, False]
    assert is_in(days, days[:0]).tolist() == [False] * 3


def test_the_frame_of_checks_has_its_types_with_and_without_rows():
    row = Check("A", NO_DATE, "empty_column", "error", "the column holds no value")
    full, empty = as_checks([row]), as_checks([])
    assert full["date"].isna().all()
    assert full.drop(columns="date").iloc[0].tolist() == [row.security, *row[2:]]
    assert empty.dtypes.equals(full.dtypes)
    empty["mine"] = 1  # a copy of its own for each caller
    assert "mine" not in as_checks([])
