"""P-values of a symmetric law, of both tails, and as a rank, against scipy and plain loops."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.pvalues import (
    against_null,
    direction_of,
    interval_reach,
    normal_pvalue,
    rank_pvalue,
    student_pvalue,
    two_tailed_pvalue,
)

VALUES = np.array([-2.5, -0.3, 0.0, 0.7, 3.1])


def test_a_larger_value_speaks_more_against_the_null():
    assert against_null(VALUES, "two-sided").tolist() == [2.5, 0.3, 0.0, 0.7, 3.1]
    assert against_null(VALUES, "greater").tolist() == VALUES.tolist()
    assert against_null(VALUES, "less").tolist() == (-VALUES).tolist()
    assert float(against_null(-2.0, "less")) == 2.0
    assert [direction_of(side) for side in ("two-sided", "greater", "less")] == [1.0, 1.0, -1.0]


@pytest.mark.parametrize("df", [1.0, 4.5, 200.0])
def test_students_t_is_scipys_on_every_side(df):
    for side in ("greater", "less", "two-sided"):
        expected = {
            "greater": stats.t.sf(VALUES, df),
            "less": stats.t.cdf(VALUES, df),
            "two-sided": 2 * stats.t.sf(np.abs(VALUES), df),
        }[side]
        assert student_pvalue(VALUES, df, side) == pytest.approx(expected, rel=1e-12)
    reach = stats.t.interval(0.95, df)[1]
    assert float(interval_reach(2.0, df)) == pytest.approx(2 * reach, rel=1e-9)


def test_the_normal_law_is_scipys_and_keeps_a_missing_statistic_missing():
    assert normal_pvalue(VALUES, "greater") == pytest.approx(stats.norm.sf(VALUES), rel=1e-12)
    assert normal_pvalue(VALUES, "less") == pytest.approx(stats.norm.cdf(VALUES), rel=1e-12)
    assert float(normal_pvalue(0.0)) == 1.0
    assert math.isnan(float(normal_pvalue(math.nan)))
    assert math.isnan(float(student_pvalue(1.0, math.nan, "greater")))


def test_both_tails_of_a_law_make_twice_the_smaller_and_at_most_one():
    below, above = np.array([0.02, 0.7, math.nan]), np.array([0.99, 0.6, 0.5])
    both = two_tailed_pvalue(below, above, "two-sided")
    assert both[:2].tolist() == [0.04, 1.0]
    assert math.isnan(both[2])
    assert two_tailed_pvalue(below, above, "greater").tolist() == above.tolist()
    assert two_tailed_pvalue(below, above, "less")[:2].tolist() == [0.02, 0.7]


@pytest.mark.parametrize("holds_value", [False, True])
def test_a_rank_counts_the_draws_that_reach_the_value(holds_value):
    rng = np.random.default_rng(1)
    draws = rng.normal(size=200)
    values = np.append(draws[:20], rng.normal(size=20) if not holds_value else draws[20:40])
    beside = 0 if holds_value else 1
    expected = [
        (beside + sum(draw >= value for draw in draws)) / (beside + len(draws)) for value in values
    ]
    assert rank_pvalue(values, draws, holds_value=holds_value).tolist() == expected
    lines = np.tile(draws, (len(values), 1))
    assert rank_pvalue(values, lines, holds_value=holds_value).tolist() == expected
    one = float(rank_pvalue(values[3], draws, holds_value=holds_value))
    assert one == expected[3]


def test_draws_that_differ_by_rounding_are_ties():
    draws = np.array([1.0, 2.0 * (1 - 1e-12), 2.0 * (1 - 1e-6), 3.0])
    assert float(rank_pvalue(2.0, draws)) == (1 + 2) / 5
    assert float(rank_pvalue(2.0, draws, tie=1e-4)) == (1 + 3) / 5
    assert float(rank_pvalue(-2.0, -draws)) == (1 + 3) / 5  # the other tail
    assert rank_pvalue(np.array([2.0]), draws[None, :], tie=np.array([1e-4])).tolist() == [0.8]


def test_a_missing_draw_is_none_and_no_draw_gives_no_rank():
    draws = np.array([1.0, math.nan, 3.0])
    assert float(rank_pvalue(2.0, draws)) == 2 / 3
    assert float(rank_pvalue(2.0, np.array([1.0, math.inf]))) == 2 / 3  # far out is a draw
    for holds_value in (False, True):
        lines = np.array([[math.nan, math.nan], [1.0, 3.0]])
        ranks = rank_pvalue(np.array([2.0, 3.0]), lines, holds_value=holds_value)
        assert math.isnan(ranks[0])
        assert ranks[1] == (0.5 if holds_value else 2 / 3)
        assert math.isnan(float(rank_pvalue(2.0, np.empty(0), holds_value=holds_value)))
    assert np.isnan(rank_pvalue(np.array([math.nan, math.inf]), draws)).all()


def test_one_value_has_the_rank_it_has_among_others():
    rng = np.random.default_rng(3)
    draws = np.append(rng.integers(0, 9, 50), [np.nan, np.inf]).astype(float)
    values = np.append(np.arange(-1.0, 11.0), [np.nan, np.inf])
    for holds_value in (False, True):
        one_by_one = [rank_pvalue(value, draws, holds_value=holds_value) for value in values]
        np.testing.assert_array_equal(
            np.array(one_by_one), rank_pvalue(values, draws, holds_value=holds_value)
        )
    assert np.isnan(rank_pvalue(1.0, draws[:0]))
