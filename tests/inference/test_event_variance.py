"""Squared abnormal returns, and the variance across pairs over its forecast."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from inference_studies import independent_returns

from eventstudy.inference.event_variance import squared, variance_ratio


def test_squares_are_one_on_average_and_need_five_degrees_of_freedom():
    table = independent_returns(2000, 2, 1, 30, seed=4).table
    ratio = squared(table)
    assert ratio.returns.mean() == pytest.approx(1.0, abs=0.1)
    assert ratio.abnormal == pytest.approx(ratio.returns - 1.0)
    assert ratio.std_error.std() == pytest.approx(0.0)
    assert ratio.standardized.std() == pytest.approx(1.0, abs=0.2)
    assert np.nanmean(ratio.residuals, axis=1) == pytest.approx(0.0)
    few = squared(independent_returns(1, 2, 1, 5, seed=4).table)  # four degrees of freedom
    assert np.isnan(few.abnormal).all()


def test_variance_ratio_is_that_of_a_loop():
    evidence = independent_returns(3, 4, 1, 30, seed=7)
    answer = variance_ratio(evidence)
    (block,) = evidence.blocks
    for draw in range(3):
        rows = block.rows[draw]
        ar = evidence.table.abnormal[rows, 0]
        variance = evidence.table.std_error[rows, 0] ** 2 * 29 / 27
        m = np.mean([
            (4 * ar[i] - ar.sum()) ** 2 / (4 * 2 * variance[i] + variance.sum()) for i in range(4)
        ])  # fmt: skip
        assert answer.abnormal[draw] == pytest.approx(m - 1)
        assert answer.scaled[draw] == pytest.approx(3 * m)
    assert answer.df.tolist() == [3.0] * 3
    assert answer.std_error == pytest.approx(math.sqrt(2 / 3))


def test_one_pair_has_no_variance_across_pairs():
    answer = variance_ratio(independent_returns(2, 1, 1, 30, seed=7))
    assert np.isnan(answer.abnormal).all()
    assert np.isnan(answer.df).all()
    short = independent_returns(1, 3, 1, 30, seed=7)
    fit = replace(short.table.fit, df=np.array([2.0, 2.0, 29.0]))
    answer = variance_ratio(replace(short, table=replace(short.table, fit=fit)))
    assert np.isnan(answer.abnormal).all()  # one pair of more than two degrees of freedom
