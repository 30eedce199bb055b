"""Squared abnormal returns, and the variance across pairs over its forecast."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import oracle
import oracle_placebo
import oracle_units
import pytest
import studies
from activity_studies import rows_of, two_sided
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


def known_scale(case, units, window, *, centred):
    """Mean over units of the root mean square of z, or of its spread between pairs, by loops."""
    z = {}
    for unit, placed in enumerate(units):
        for security, row0 in placed:
            h = oracle_placebo.conditional_volatility_at(case, security, row0, window[0])
            fit = oracle.fit_at(case, security, row0)
            for row in oracle.abnormal_at(case, security, row0, fit, window).to_dict("records"):
                if not math.isnan(row["abnormal_return"]):
                    pairs = z.setdefault(row["tau"], {})
                    pairs[unit, security, row0] = row["abnormal_return"] / h
    squares: dict[tuple, list[float]] = {}
    for pairs in z.values():
        n = len(pairs)
        if centred and n < 2:
            continue
        total = sum(pairs.values())
        for key, value in pairs.items():
            square = (n * value - total) ** 2 / (n * (n - 1)) if centred else value**2
            squares.setdefault(key, []).append(square)
    roots = []
    for unit in range(len(units)):
        means = [np.mean(values) for key, values in squares.items() if key[0] == unit]
        if means:
            roots.append(math.sqrt(np.mean(means)))
    return float(np.mean(roots)) if roots else math.nan


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["volatility", "beaver"])
def test_placebo_of_volatility_ranks_it_among_every_move(measure):
    case, daily = studies.random_study(32, dates="common", n_events=2, n_weekdays=260)
    results = studies.fitted(case, daily, draws=2000, statistics=("placebo",))
    frame = results.measure_activity(measure, windows=[(0, 1)])
    row = rows_of(frame, measure, (0, 1))["placebo"]
    window, centred = (0, 1), measure == "volatility"

    def scale(move):
        units = [
            [
                (
                    case.pairs[i][1],
                    oracle_placebo.moved_row(case, case.pairs[i][1], case.pairs[i][2], move),
                )
                for i in unit
            ]
            for unit in oracle_units.units(case, window)
        ]
        return known_scale(case, units, window, centred=centred)

    own = scale(0)
    pairs = oracle.counted(case, window)
    drawn = [scale(move) for move in oracle_placebo.admissible_moves(case, pairs, window)]
    assert row["statistic"] == pytest.approx(own, rel=1e-8)
    assert row["note"] == f"all {len(drawn)} placements used"
    drawn = np.array(drawn)
    below = np.mean(drawn <= own + 1e-9)
    above = np.mean(drawn >= own - 1e-9)
    assert row["pvalue"] == pytest.approx(two_sided(below, above), rel=1e-12)
    textbook = "bft_chi2" if centred else "patell_u"
    assert row["estimate"] == rows_of(frame, measure, window)[textbook]["estimate"]


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("dates", ["dispersed", "partial"])
def test_scale_beside_what_was_known_is_that_of_a_loop(dates):
    case, daily = studies.random_study(37, dates=dates)
    frame = studies.fitted(case, daily, draws=25, statistics=("placebo",)).measure_activity(
        ("volatility", "beaver"), windows=((0, 0), (-1, 1))
    )
    for window in ((0, 0), (-1, 1)):
        units = [
            [
                (case.pairs[i][1], oracle.position(case, case.pairs[i][1], case.pairs[i][2]))
                for i in unit
            ]
            for unit in oracle_units.units(case, window)
        ]
        for measure in ("volatility", "beaver"):
            own = known_scale(case, units, window, centred=measure == "volatility")
            row = rows_of(frame, measure, window)["placebo"]
            assert row["statistic"] == pytest.approx(own, rel=1e-8)
