"""Correlations and portfolio residuals, whole and in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from eventstudy.inference import STATISTICS, dependence
from eventstudy.inference.dependence import ResidualDependence


def test_correlations_that_are_too_many_to_keep_are_taken_in_parts(monkeypatch, drawn):
    compute = STATISTICS["calendar_time_standardised"].value.compute
    for evidence in drawn.values():
        kept = compute(evidence)
        with monkeypatch.context() as patch:
            patch.setattr(dependence, "_MOST_KEPT", -1)
            table = evidence.table
            first = table.day0[:, None] + np.arange(-90, -10)
            days = np.where(np.isfinite(table.residuals), first, -1)
            dates = np.datetime64("2020-01-01") + days
            twin = ResidualDependence(dates, table.residuals)
            in_parts = compute(replace(evidence, dependence=twin))
        whole = compute(replace(evidence, dependence=ResidualDependence(dates, table.residuals)))
        assert np.isfinite(kept.statistic).all()
        assert in_parts.statistic == pytest.approx(whole.statistic, rel=1e-10)


@pytest.mark.parametrize("n_lines", [1, 2])
def test_a_date_counts_with_half_of_the_pairs_and_not_with_fewer(n_lines):
    """One line and many lines are averaged by different code."""
    pairs_by_date = [range(6), (0, 1, 2), (0, 1), ()]  # those with a residual: all, half, fewer
    residuals = np.full((6, 4), np.nan)
    for date, pairs in enumerate(pairs_by_date):
        residuals[list(pairs), date] = [1.0 + pair for pair in pairs]
    dates = np.datetime64("2024-01-01") + np.tile(np.arange(4), (6, 1))
    squares, number = ResidualDependence(dates, residuals).portfolio_residuals(
        np.tile(np.arange(6), (n_lines, 1)),
        label=np.zeros(6, dtype=int),
        sign=np.array([1.0, -1.0, 1.0, 1.0, 1.0, 1.0]),
        origin=np.arange(6),
        moves=np.arange(n_lines),
    )
    first, second = (1 - 2 + 3 + 4 + 5 + 6) / 6, (1 - 2 + 3) / 3
    assert number.tolist() == [[2.0]] * n_lines
    assert squares[:, 0] == pytest.approx([first**2 + second**2] * n_lines)
