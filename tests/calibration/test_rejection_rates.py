"""Size and power: equal to loops over the draws, in every scenario."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_calibration import NAMES, evidence_of_draws, frame_of, rate, study_on

from eventstudy.calibration import calibrate
from eventstudy.calibration.rejection_rates import _mde
from eventstudy.calibration.result import (
    EFFECTS,
    ORDINARY,
    ROUGH,
    effect_label,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference import STATISTICS
from eventstudy.inference.measured_size import wilson


@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
def test_rates_equal_loops_over_the_draws(calibration, fitted, window):
    """Positions are moved by hand, pair by pair, and every draw is tested alone."""
    design = fitted.fitted.design
    of_window, gathered = evidence_of_draws(fitted, window)
    drawn = gathered.drawn
    rows = np.empty((drawn.n_draws, drawn.n_pairs), dtype=int)
    for block in drawn.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    table = design.placebo.table
    zero = list(table.taus).index(0)
    first = list(table.taus).index(window[0])
    # One factor a date, the same in both markets: lognormal, 2 on average.
    days = sorted(set(table.dates[:, zero]))
    normal = np.random.default_rng((design.seed, 9)).standard_normal(len(days))
    factor = dict(zip(days, 2.0 * np.exp(0.8 * normal - 0.32), strict=True))
    for scenario, effect in ((ORDINARY, 0.0), (ROUGH, 0.0), (effect_label(1.0), 1.0)):
        cars = np.empty(rows.shape)
        for b in range(len(rows)):
            for i, row in enumerate(rows[b]):
                ar = table.abnormal[row].copy()
                scale = math.sqrt(factor[table.dates[row, zero]]) if scenario == ROUGH else 1.0
                ar[zero] = scale * ar[zero] + effect * table.volatility[row, first]
                cars[b, i] = sum(
                    ar[list(table.taus).index(t)] for t in range(window[0], window[1] + 1)
                )
        n = cars.shape[1]
        t = math.sqrt(n) * cars.mean(axis=1) / cars.std(axis=1, ddof=1)
        from scipy import stats

        p = 2 * stats.t.sf(np.abs(t), n - 1)
        row = rate(calibration, "cross_sectional_t", scenario, window=window)
        assert row.n_draws == len(rows)
        assert row.rate == pytest.approx(np.mean(p <= 0.05), abs=1e-12)
        low, high = wilson(int((p <= 0.05).sum()), len(p))
        assert (row.rate_low, row.rate_high) == pytest.approx((low, high))
    assert of_window.window.length == window[1] - window[0] + 1


def test_the_placebo_test_is_ranked_among_its_own_draws(calibration, fitted):
    _, gathered = evidence_of_draws(fitted, (0, 0))
    z = gathered.drawn.unit_means(gathered.drawn.window.z, gathered.drawn.structure.unit)

    def t(values):
        return np.sqrt(values.shape[1]) * values.mean(axis=1) / values.std(axis=1, ddof=1)

    own = np.abs(t(z))
    for effect in EFFECTS:
        p = [(1 + sum(own >= abs(v) * (1 - 1e-9))) / (1 + len(own)) for v in t(z + effect)]
        shown = rate(calibration, "placebo", effect_label(effect))
        assert shown.rate == pytest.approx(np.mean(np.array(p) <= 0.05))
    # Half of the draws is ranked among the other half.
    assert rate(calibration, "placebo", ORDINARY).n_draws == 100
    # Three standard errors of a quarter of the draws: both halves are drawn.
    size = rate(calibration, "placebo", ORDINARY).rate
    assert abs(size - 0.05) <= 3 * math.sqrt(0.05 * 0.95 / 50)
    # Four draws of five reach the tenth largest |T| with this effect added.
    spread = z.std(axis=1, ddof=1) / np.sqrt(z.shape[1])
    exact = np.quantile(np.sort(own)[-10] * spread - z.mean(axis=1), 0.8)
    assert rate(calibration, "placebo", ORDINARY).mde == pytest.approx(exact)


def test_size_is_the_one_the_study_prints(calibration, fitted):
    for name in NAMES[1:]:
        for window in ((0, 0), (-1, 1)):
            size = fitted.test(name, window)["size"].iloc[0]
            assert rate(calibration, name, ORDINARY, window=window).rate == size, name


def test_an_effect_of_nothing_changes_nothing(fitted):
    scenario, gathered = evidence_of_draws(fitted, (-1, 1))
    for name in NAMES:
        test = STATISTICS[name].value
        plain = test.compute(gathered.drawn).statistic
        moved = test.compute(scenario.moved(gathered.drawn, 0.0)).statistic
        np.testing.assert_allclose(moved, plain, rtol=1e-12)


def test_power_rises_with_the_effect_and_the_mde_is_where_it_is_80_percent(calibration, fitted):
    for name in NAMES:
        powers = [rate(calibration, name, effect_label(effect)).rate for effect in EFFECTS]
        assert powers == sorted(powers)
        assert powers[-1] > 0.9
        mde = rate(calibration, name, ORDINARY).mde
        assert 0.1 < mde < 2
    scenario, gathered = evidence_of_draws(fitted, (0, 0))
    for name in ("cross_sectional_t", "bmp"):
        mde = rate(calibration, name, ORDINARY).mde
        p = STATISTICS[name].value.compute(scenario.moved(gathered.drawn, mde)).pvalue
        assert np.mean(p <= 0.05) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("slope", "expected"), [(1.0, 2.8), (4.0, 0.7), (0.1, math.nan)])
def test_mde_of_a_known_power_curve(slope, expected):
    from scipy.stats import norm

    def power(effect):
        return float(norm.sf(1.96 - slope * effect))

    assert _mde(power, power(0.0), 10_000) == pytest.approx(expected, abs=0.02, nan_ok=True)
    assert _mde(power, 0.9, 10_000) == 0.0


def test_effects_go_where_the_events_should_push():
    """Pairs of sign -1 are pushed down, so that signed pooling sees every effect in full."""
    signs = ["+", "-"] * 4
    plain = calibrate(*study_on(frame_of(2)), statistics=NAMES)
    signed = calibrate(*study_on(frame_of(2), signs=signs, sign="expected"), statistics=NAMES)
    for name in NAMES:
        power = rate(signed, name, effect_label(2.0)).rate
        assert power > 0.9, name
        assert power == pytest.approx(rate(plain, name, effect_label(2.0)).rate, abs=0.1)


@pytest.mark.slow
def test_mirrored_positions_equal_moved_pairs():
    study_data = study_on(frame_of(3), signs=["+", "-"] * 4, sign="expected")
    fitted = study_data[0].fit(*study_data[1:])
    scenario, gathered = evidence_of_draws(fitted, (-1, 1))
    moved = scenario.moved(gathered.drawn, 1.5)
    # In the pooled direction, every pair has gained 1.5 of its own h.
    gain = moved.gather(moved.window.car) - gathered.drawn.gather(gathered.drawn.window.car)
    h = gathered.drawn.gather(gathered.drawn.window.volatility, signed=False)
    np.testing.assert_allclose(gain, 1.5 * h, rtol=1e-9)


def test_one_sided_studies_are_moved_to_their_side():
    for side in ("greater", "less"):
        calibration = calibrate(
            *study_on(frame_of(4), alternative=side), statistics=("placebo", "bmp")
        )
        assert rate(calibration, "bmp", effect_label(2.0)).rate > 0.9
        assert rate(calibration, "placebo", effect_label(2.0)).rate > 0.9


def test_a_rougher_day_is_rougher_on_that_day_only(fitted):
    scenario, gathered = evidence_of_draws(fitted, (-1, 1))
    rough = scenario.rougher(gathered.drawn)
    before, after = gathered.drawn.table.abnormal, rough.table.abnormal
    zero = list(gathered.drawn.table.taus).index(0)
    factor = after[:, zero] / before[:, zero]
    np.testing.assert_allclose(factor, scenario.event_scale())
    assert 1.5 < np.mean(factor**2) < 2.5
    assert 0.5 < np.std(np.log(factor**2)) < 1.1
    dates = gathered.drawn.table.dates[:, zero]
    for date in dates[:5]:  # the same in every market
        assert np.ptp(factor[dates == date]) < 1e-9
    others = [c for c in range(before.shape[1]) if c != zero]
    np.testing.assert_array_equal(after[:, others], before[:, others])
    again = cumulate(rough.table, scenario.window)
    np.testing.assert_array_equal(again.car, rough.window.car)


@pytest.mark.slow
def test_a_window_without_day_0_is_moved_on_its_first_session():
    study_data = study_on(frame_of(5), car_windows=[(1, 2)])
    fitted = study_data[0].fit(*study_data[1:])
    scenario, gathered = evidence_of_draws(fitted, (1, 2))
    moved = scenario.moved(gathered.drawn, 1.0)
    gain = moved.window.car - gathered.drawn.window.car
    finite = np.isfinite(gain)
    assert finite.mean() > 0.9
    np.testing.assert_allclose(gain[finite], gathered.drawn.window.volatility[finite], rtol=1e-9)
