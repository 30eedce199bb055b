"""Mean residuals of lines of positions, against a loop over dates."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.residual_sums import ResidualSums


def plain(series, offset, line):
    """Sum of squares and number, date by date."""
    held = [(abs(number) - 1, np.sign(number)) for number in line if number]
    squares, dates = 0.0, 0
    for date in range(int(offset.max()) + series.shape[1]):
        values = []
        for row, sign in held:
            at = date - offset[row]
            if 0 <= at < series.shape[1] and np.isfinite(series[row, at]):
                values.append(sign * series[row, at])
        if values and 2 * len(values) >= len(held):
            squares, dates = squares + np.mean(values) ** 2, dates + 1
    return squares, dates


def test_near_and_far_lines_alone_and_together():
    rng = np.random.default_rng(5)
    series = rng.standard_normal((40, 30))
    series[rng.random(series.shape) < 0.2] = np.nan
    offset = np.r_[rng.integers(0, 12, 30), rng.integers(300, 312, 10)]
    lines = rng.integers(-40, 41, (60, 5))
    lines[:, 0] = np.maximum(np.abs(lines[:, 0]), 1)
    lines[30:] = np.where(np.abs(lines[30:]) > 30, 1, lines[30:])
    sums = ResidualSums(series, offset)
    squares, number = sums.averages(lines)
    expected = np.array([plain(series, offset, line) for line in lines])
    assert squares == pytest.approx(expected[:, 0], rel=1e-12)
    assert number.tolist() == expected[:, 1].tolist()
    for at in (0, 17, 45):
        alone = ResidualSums(series, offset).averages(lines[[at]])
        assert (alone[0][0], alone[1][0]) == (squares[at], number[at])


@pytest.mark.parametrize("apart", [1, 63, 64, 65, 255, 256, 300])
def test_lines_of_which_few_days_meet(apart):
    """A line of every span: none of its dates falls on another of the ring."""
    rng = np.random.default_rng(6)
    span = 30
    series = rng.standard_normal((8, span))
    series[rng.random(series.shape) < 0.2] = np.nan
    offset = np.array([0, 1, apart // 2, apart, 400, 400 + apart, 401, 400])
    lines = np.array([[1, -3, 4, 2], [5, 6, 0, -8], [0, 0, 0, 0], [8, 7, 5, 0]])
    squares, number = ResidualSums(series, offset).averages(lines)
    expected = np.array([plain(series, offset, line) for line in lines])
    np.testing.assert_allclose(squares, expected[:, 0], rtol=1e-12)
    np.testing.assert_array_equal(number, expected[:, 1])


def test_more_pairs_than_a_count_of_dates_holds(monkeypatch):
    rng = np.random.default_rng(7)
    series, offset = rng.standard_normal((6, 20)), np.arange(6)
    lines = rng.integers(1, 7, (5, 9))
    together = ResidualSums(series, offset).averages(lines)
    monkeypatch.setattr("eventstudy.inference.residual_sums._MOST_HELD", 8)
    alone = ResidualSums(series, offset).averages(lines)
    np.testing.assert_allclose(together[0], alone[0], rtol=1e-12)
    np.testing.assert_array_equal(together[1], alone[1])


def test_no_lines():
    squares, number = ResidualSums(np.empty((0, 4)), np.empty(0, int)).averages(
        np.empty((0, 3), dtype=np.int64)
    )
    assert len(squares) == len(number) == 0
