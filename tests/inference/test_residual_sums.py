"""Mean residuals of lines of positions, against a loop over dates."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.residual_sums import Moved, ResidualSums


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


@pytest.mark.parametrize("gap", [1, 300])
def test_moved_portfolios_are_lines_on_every_weekday(gap):
    """Near ones summed by day, and those that begin far apart one by one."""
    rng = np.random.default_rng(6)
    n_series, n_days, span = 4, 400, 30
    series = rng.standard_normal((n_series * n_days, span))
    series[rng.random(series.shape) < 0.2] = np.nan
    # Holidays: a market's position on one weekday is that of the next.
    begin = np.sort(rng.integers(0, n_days, (n_series, n_days)), axis=1)
    begin[3] += gap
    offset = begin.reshape(-1)
    position = np.arange(n_series * n_days).reshape(n_series, n_days)
    position[:, :5] = -1
    position[1, -3:] = -1
    portfolios = [
        Moved(
            series=np.array([0, 2, 1, 3, 0]),
            later=np.array([0, 0, 2, 2, 9]),
            sign=np.array([1, -1, 1, 1, -1]),
            weekday=np.arange(5, 380),
        ),
        Moved(
            series=np.array([3]), later=np.array([0]), sign=np.array([1]),
            weekday=np.array([7, 9, 300]),
        ),
        Moved(
            series=np.array([0, 2]), later=np.array([0, 0]), sign=np.array([1, -1]),
            weekday=np.array([6, 255, 256]),
        ),
    ]  # fmt: skip
    squares, number = ResidualSums(series, offset).moved(position, portfolios)
    ends = np.cumsum([len(portfolio.weekday) for portfolio in portfolios])
    for portfolio, own, count in zip(
        portfolios, np.split(squares, ends[:-1]), np.split(number, ends[:-1]), strict=True
    ):
        expected = ResidualSums(series, offset).averages(portfolio.lines(position))
        np.testing.assert_allclose(own, expected[0], rtol=1e-12)
        np.testing.assert_array_equal(count, expected[1])
