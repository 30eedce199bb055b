"""Shares of draws in which a test rejects, and p-values corrected by them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from inference_studies import fit, panel
from scipy import stats

from eventstudy.inference.measured_size import (
    NOT_MEASURED,
    corrected_pvalue,
    measured_size,
    size_in_rough_times,
    wilson,
)
from eventstudy.inference.statistic import StatisticValues


def answer(pvalues):
    pvalues = np.asarray(pvalues, dtype=float)
    return StatisticValues(statistic=pvalues, df=pvalues, pvalue=pvalues)


def test_wilson_interval_is_scipys():
    for hits, trials in ((0, 20), (7, 100), (100, 2000), (50, 50)):
        expected = stats.binomtest(hits, trials).proportion_ci(method="wilson")
        assert wilson(hits, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_interval_of_a_share_is_that_of_statsmodels_and_stays_in_its_bounds():
    from statsmodels.stats.proportion import proportion_confint

    for hits, trials in ((1, 20), (100, 2000), (1999, 2000)):
        expected = proportion_confint(hits, trials, method="wilson")
        assert wilson(hits, trials) == pytest.approx(expected, rel=1e-12)
    assert wilson(0, 2000)[0] == 0.0
    assert wilson(2000, 2000)[1] == 1.0


def test_a_size_that_is_right_at_5_percent_may_be_off_at_others():
    pvalues = np.linspace(0.0005, 0.9995, 1000)
    assert measured_size(answer(pvalues)).cells["sizes_off"] == ""
    heavy = np.concatenate([np.full(30, 0.005), pvalues[pvalues > 0.03]])  # 3 % at 1 %, 5 % at 5 %
    cells = measured_size(answer(heavy)).cells
    assert "note" not in cells
    assert cells["size_low"] < 0.05 < cells["size_high"]
    assert cells["sizes_off"] == "1 % (3.0 %)"
    low, _ = stats.binomtest(30, 1000).proportion_ci(method="wilson")
    assert low > 0.01
    wide = np.concatenate([np.full(60, 0.07), pvalues])
    assert measured_size(answer(wide)).cells["sizes_off"] == "10 % (15.1 %)"
    assert "sizes_off" not in size_in_rough_times(answer(heavy))


def test_a_corrected_p_value_is_the_rank_of_the_own_one_by_brute_force():
    rng = np.random.default_rng(3)
    draws = np.round(rng.uniform(size=80), 2)
    for p in (0.0, 0.013, draws[0], 0.5, 1.0):
        expected = (1 + sum(draw <= p for draw in draws)) / (1 + len(draws))
        assert corrected_pvalue(p, draws) == pytest.approx(expected, rel=1e-12)
        holds = sum(draw <= p for draw in draws) / len(draws) if p in draws else expected
        assert corrected_pvalue(p, draws, holds_value=True) == pytest.approx(holds, rel=1e-12)
    assert math.isnan(corrected_pvalue(math.nan, draws))
    assert math.isnan(corrected_pvalue(0.5, np.empty(0)))


def test_a_test_that_rejects_everywhere_is_worth_nothing_corrected():
    rng = np.random.default_rng(4)
    size = measured_size(answer(rng.uniform(0, 0.01, 199)))
    assert size.cells["size"] == 1.0
    assert size.cells["note"].startswith("over-rejects: 100.0%")
    assert size.row(0.005)["pvalue_corrected"] > 0.3
    assert size.row(0.0)["pvalue_corrected"] == 1 / 200
    assert "pvalue_corrected" not in size.cells


def test_corrected_p_values_of_null_draws_reject_at_their_level():
    rng = np.random.default_rng(5)
    # A law that rejects far too often: p-values of a normal whose spread is taken for a third.
    p = 2 * stats.norm.sf(np.abs(rng.normal(0, 3, (400, 100))))
    corrected = [corrected_pvalue(row[0], row[1:]) for row in p]
    assert (p[:, 0] <= 0.05).mean() > 0.4
    low, high = wilson(int((np.array(corrected) <= 0.05).sum()), 400)
    assert low <= 0.05 <= high


def test_what_was_not_measured_has_no_cells_but_its_note():
    assert NOT_MEASURED.row(0.01) == {}
    assert NOT_MEASURED.noted("").row(0.01) == {}
    assert NOT_MEASURED.noted("over fewer draws").row(0.01) == {"note": "over fewer draws"}
    empty = measured_size(answer([math.nan, math.nan]))
    assert (empty.cells, size_in_rough_times(answer([math.nan]))) == ({}, {})
    assert set(size_in_rough_times(answer([0.5, 0.01]))) == {
        "size_rough", "size_rough_low", "size_rough_high",
    }  # fmt: skip


def test_another_session_than_the_measured_one_is_counted_beside_its_draws():
    """The data are one of all placements of the session measured, and of no other."""
    size = measured_size(answer([0.2, 0.5, 0.9]), holds_value=True)
    assert size.row(0.2)["pvalue_corrected"] == pytest.approx(1 / 3)
    assert size.of_another().row(0.1)["pvalue_corrected"] == 1 / 4


@pytest.mark.parametrize("alternative", ["two-sided", "greater"])
def test_no_session_has_a_corrected_p_value_of_zero_where_all_placements_are_used(alternative):
    frame = panel("A", "B", seed=3).iloc[:220].copy()
    frame.iloc[151] = 0.2  # a session after day 0 is like no other
    results = fit(
        frame, [150], draws=400, car_windows=[(0, 0), (1, 1)], alternative=alternative,
        statistics=("patell", "j1", "corrado_rank"),
    )  # fmt: skip
    rows = results.statistics
    of_after = rows[(rows["window_start"] == 1) & (rows["name"] == "patell")]
    n_draws = of_after["n_draws"].iloc[0]
    assert n_draws < 400
    assert of_after["pvalue_corrected"].iloc[0] == pytest.approx(1 / (1 + n_draws))
    assert (rows["pvalue_corrected"].dropna() > 0).all()


def test_absent_pairs_are_no_part_of_any_draw():
    """A test that takes their residuals, too, has a p-value that no draw has."""
    frame = panel("A", "B", "C", seed=3).iloc[:220].copy()
    frame.iloc[150] = 0.1
    frame.iloc[150, 1] = np.nan
    names = ("no_dependence_t", "crude_dependence", "lamb", "corrado_rank", "patell")
    rows = fit(frame, [150], draws=400, car_windows=[(0, 0)], statistics=names).statistics
    rows = rows[(rows["window_start"] == 0) & (rows["measure"] == "car")]
    assert set(rows["n_pairs"]) == {2}
    corrected = rows.set_index("name")["pvalue_corrected"]
    (n_draws,) = set(rows["n_draws"])
    assert corrected.pop("patell") == pytest.approx(1 / n_draws)
    assert corrected.tolist() == pytest.approx([1 / (1 + n_draws)] * 4)
