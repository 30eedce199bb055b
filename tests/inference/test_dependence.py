"""Correlations and portfolio residuals, whole and in parts."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from eventstudy.inference import STATISTICS, dependence, residual_sums
from eventstudy.inference.dependence import ResidualDependence


def test_correlations_that_are_too_many_to_keep_are_taken_in_parts(monkeypatch, drawn):
    compute = STATISTICS["calendar_time_standardised"].value.compute
    for evidence in drawn.values():
        kept = compute(evidence)
        with monkeypatch.context() as patch:
            patch.setattr(dependence, "_FEW", -1)
            table = evidence.table
            first = table.day0[:, None] + np.arange(-90, -10)
            days = np.where(np.isfinite(table.residuals), first, -1)
            dates = np.datetime64("2020-01-01") + days
            twin = ResidualDependence(dates, table.residuals)
            in_parts = compute(replace(evidence, dependence=twin))
        whole = compute(replace(evidence, dependence=ResidualDependence(dates, table.residuals)))
        assert np.isfinite(kept.statistic).all()
        assert in_parts.statistic == pytest.approx(whole.statistic, rel=1e-10)


@pytest.mark.parametrize("far", [0, 256])
@pytest.mark.parametrize("n_lines", [1, 7])
def test_a_date_counts_with_half_of_the_pairs_and_not_with_fewer(monkeypatch, n_lines, far):
    """Lines of dates far apart and lines of near ones are summed by different code."""
    monkeypatch.setattr(residual_sums, "_FAR", far)
    pairs_by_date = [range(6), (0, 1, 2), (0, 1), ()]  # those with a residual: all, half, fewer
    residuals = np.full((6, 4), np.nan)
    for date, pairs in enumerate(pairs_by_date):
        residuals[list(pairs), date] = [1.0 + pair for pair in pairs]
    dates = np.datetime64("2024-01-01") + np.tile(np.arange(4), (6, 1))
    squares, number = ResidualDependence(dates, residuals).portfolio_residuals(
        np.tile([1, -2, 3, 4, 5, 6], (n_lines, 1))
    )
    first, second = (1 - 2 + 3 + 4 + 5 + 6) / 6, (1 - 2 + 3) / 3
    assert number.tolist() == [2.0] * n_lines
    assert squares == pytest.approx([first**2 + second**2] * n_lines)


@pytest.mark.parametrize("length", [9, 70])
def test_no_digit_of_a_line_depends_on_the_other_lines(length):
    rng = np.random.default_rng(8)
    dates = np.datetime64("2024-01-01") + rng.integers(0, 90, 80)[:, None] + np.arange(75)
    residuals = rng.standard_normal((80, 75))
    lines = np.array([rng.permutation(80)[:length] + 1 for _ in range(20)])
    lines[0] = np.sort(dates[:, 0].argsort()[:length] + 1)  # of few dates
    together = ResidualDependence(dates, residuals).portfolio_residuals(lines)[0]
    alone = [
        ResidualDependence(dates, residuals).portfolio_residuals(line[None])[0][0] for line in lines
    ]
    assert alone == together.tolist()


def test_lines_of_the_same_positions_are_averaged_once_and_alike(monkeypatch):
    """Whatever event and group hold them, and where two lines have one mark."""
    rng = np.random.default_rng(5)
    residuals = rng.standard_normal((30, 40))
    residuals[rng.random(residuals.shape) < 0.1] = np.nan
    dates = np.datetime64("2024-01-01") + rng.integers(0, 5, 30)[:, None] + np.arange(40)
    rows = rng.integers(0, 30, (200, 3))
    rows[::7, 1] = -1
    sign = np.array([-1.0, 1.0, -1.0])
    column = (dates - np.datetime64("2024-01-01")).astype(int)

    def plain(line):
        total, number = np.zeros(50), np.zeros(50)
        for row, side in zip(line, sign, strict=True):
            if row >= 0:
                is_there = np.isfinite(residuals[row])
                total[column[row, is_there]] += side * residuals[row, is_there]
                number[column[row, is_there]] += 1
        counts = (number > 0) & (2 * number >= (line >= 0).sum())
        return ((total[counts] / number[counts]) ** 2).sum(), counts.sum()

    expected = np.array([plain(line) for line in rows])
    marks = dependence._marks

    def few_first_marks(lines, which):
        found = marks(lines, which)
        return found if which else found % np.uint64(5)

    for marked in (marks, few_first_marks):
        monkeypatch.setattr(dependence, "_marks", marked)
        made = ResidualDependence(dates, residuals)
        for part, side in ((slice(0, 120), 1.0), (slice(60, 200), -1.0)):
            squares, number = made.portfolio_residuals(
                ((rows[part] + 1) * side * sign).astype(np.int64)
            )
            assert squares == pytest.approx(expected[part, 0], rel=1e-12)
            assert number.tolist() == expected[part, 1].tolist()


def test_a_pickle_leaves_behind_what_was_computed():
    rng = np.random.default_rng(6)
    dates = np.datetime64("2024-01-01") + rng.integers(0, 5, 30)[:, None] + np.arange(40)
    made = ResidualDependence(dates, rng.standard_normal((30, 40)))
    before = len(pickle.dumps(made))

    def ask(of):
        return of.portfolio_residuals(np.tile([4, 8, 9], (50, 1)))

    expected = ask(made)
    assert len(pickle.dumps(made)) == before
    twin = pickle.loads(pickle.dumps(made))  # noqa: S301 - written here
    for own, other in zip(expected, ask(twin), strict=True):
        np.testing.assert_array_equal(own, other)
