"""Correlations and portfolio residuals, whole and in parts."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from inference_studies import moving_design
from scipy.sparse import csr_array

from eventstudy import Window
from eventstudy.inference import STATISTICS, dependence, line_memory, residual_sums
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.design import cumulate_both


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


@pytest.mark.parametrize("near", [(), (64,)])
@pytest.mark.parametrize("n_lines", [1, 7])
def test_a_date_counts_with_half_of_the_pairs_and_not_with_fewer(monkeypatch, n_lines, near):
    """Lines of dates far apart and lines of near ones are summed by different code."""
    monkeypatch.setattr(residual_sums, "_NEAR", near)
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
    marks = line_memory._in_order

    def few_first_marks(lines, which):
        found = marks(lines, which)
        return found if which else found % np.uint64(5)

    for marked in (marks, few_first_marks):
        monkeypatch.setattr(line_memory, "_in_order", marked)
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


@pytest.mark.parametrize("few_meet", [0, 100_000])
def test_one_line_is_summed_as_several_are(few_meet, monkeypatch):
    monkeypatch.setattr(dependence, "_FEW_MEET", few_meet)
    design = moving_design(3, overlap="keep")
    window = cumulate_both(design, Window(-1, 1)).real
    rng = np.random.default_rng(9)
    rows, n = rng.integers(0, len(window.car), 60), len(window.car)
    sign = np.where(rng.random(60) < 0.3, -1.0, 1.0)
    one = csr_array((sign, rows, [0, 60]), shape=(1, n))
    two = csr_array((np.r_[sign, sign], np.r_[rows, rows], [0, 60, 120]), shape=(2, n))
    found, expected = (
        design.dependence.overlap_sum(design.table, window, lines) for lines in (one, two)
    )
    assert found.shape == (1,)
    np.testing.assert_allclose(found, expected[:1], rtol=1e-12)


def test_variances_of_portfolios_are_made_once_for_other_returns_of_the_same_sessions(
    monkeypatch, drawn
):
    made = []
    compute = ResidualDependence._portfolio_variance
    monkeypatch.setattr(
        ResidualDependence,
        "_portfolio_variance",
        lambda self, table, holds: made.append(holds.shape[0]) or compute(self, table, holds),
    )
    standardised = STATISTICS["calendar_time_standardised"].value.compute
    (evidence, *_) = drawn.values()
    table = evidence.table
    own = evidence.dependence.beside()
    twice = replace(table, abnormal=2.0 * table.abnormal)
    first = standardised(replace(evidence, dependence=own))
    made.clear()
    again = standardised(replace(evidence, table=twice, dependence=own.beside()))
    assert made == []
    assert again.statistic == pytest.approx(first.statistic, rel=1e-12)
    # Other spreads of the same positions are another question.
    fit = replace(table.fit, sigma=2.0 * table.fit.sigma)
    other = standardised(replace(evidence, table=replace(table, fit=fit), dependence=own.beside()))
    assert len(made) == 1
    assert other.statistic == pytest.approx(first.statistic, rel=1e-9)


def test_what_residuals_say_is_found_once_beside_other_returns(drawn):
    (evidence, *_) = drawn.values()
    first = evidence.dependence.beside()
    second = first.beside()
    made = []

    def ask(of, name):
        return of.once(name, lambda: made.append(name) or len(made))

    # Whichever is asked first; what abnormal returns say is each one's own.
    assert [ask(second, "rho x"), ask(first, "rho x")] == [1, 1]
    assert [ask(second, "order"), ask(first, "order")] == [2, 3]
    # In a table that has every position twice, residuals stand elsewhere.
    assert ask(first.beside(2), "rho x") == 4
