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
