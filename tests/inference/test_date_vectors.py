"""Correlations of pairs that come in blocks, summed by date, against every pair of pairs."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.inference.date_vectors import DateVectors, shared_sums


def plain_sums(residuals, day0, sign, length, min_common):
    """Sum ``s_i s_j rho_ij`` by the sessions between the day 0s, over every pair of pairs."""
    sums, span = np.zeros(length), residuals.shape[1]
    for i in range(len(day0)):
        for j in range(i + 1, len(day0)):
            lag = abs(int(day0[i]) - int(day0[j]))
            earlier, later = (i, j) if day0[i] <= day0[j] else (j, i)
            number = span - lag
            if lag >= length or number < min_common:
                continue
            x, y = residuals[earlier, lag:], residuals[later, :number]
            if np.ptp(x) and np.ptp(y):
                sums[lag] += sign[i] * sign[j] * np.corrcoef(x, y)[0, 1]
    return sums


@pytest.mark.parametrize("span", [12, 30])
def test_blocks_give_the_sums_over_all_pairs(span):
    rng = np.random.default_rng(span)
    day0 = np.sort(rng.integers(0, 25, 40))
    common = rng.standard_normal(60)
    residuals = np.stack([common[at : at + span] for at in day0])
    residuals = residuals + rng.standard_normal(residuals.shape)
    residuals[3] = 0.01  # a series that is constant
    residuals[5, -4:] = 1e5, -1e5, 1e5, -1e5  # and one whose squares lie in its last sessions
    residuals[8] = residuals[7]  # two pairs of one position
    sign = rng.choice([-1.0, 1.0], len(day0))
    vectors = DateVectors(6, min_common=9)
    total = np.zeros(6)
    for begin, end in ((0, 9), (9, 18), (18, 30)):
        of_block = np.flatnonzero((day0 >= begin) & (day0 < end))
        total += vectors.add(residuals, of_block, day0[of_block], sign[of_block])
    expected = plain_sums(residuals, day0, sign, 6, 9)
    np.testing.assert_allclose(total, expected, rtol=1e-9, atol=1e-9)


def test_a_window_shares_fewer_sessions_the_further_apart_its_dates():
    assert shared_sums(np.array([3.0, 2.0, 1.0]), 2) == 3.0 + 0.5 * 2.0
    assert shared_sums(np.array([3.0, 2.0, 1.0]), 1) == 3.0
