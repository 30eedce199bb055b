"""Arrays in, arrays out: moment tables beside plain least squares, windows, volatility paths."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm

from eventstudy.kernels import (
    discounted_sums,
    ewma_variance,
    gather,
    moment_tables,
    plain_least_squares,
    window_least_squares,
)


@pytest.fixture
def rng():
    return np.random.default_rng(17)


def windows_of(rng, n, t, length, pairs):
    security = rng.integers(0, n, pairs)
    return security, rng.integers(0, t - length, pairs)


def ols(y, x):
    keep = np.isfinite(y) & np.isfinite(x).all(axis=-1)
    return sm.OLS(y[keep], sm.add_constant(x[keep], has_constant="add")).fit()


def assert_like_statsmodels(y, x, security, first, length, *, rel):
    fit = window_least_squares(moment_tables(y, x), y, x, security, first, length)
    k = x.shape[2]
    for p, (s, f) in enumerate(zip(security, first, strict=True)):
        window = slice(f, f + length)
        expected = ols(y[s, window], x[s, window])
        assert fit.n[p] == expected.nobs
        assert not fit.singular[p]
        scale = np.abs(expected.params[1:]).max(initial=0) + expected.bse[1:].max(initial=0)
        assert fit.slopes[p] == pytest.approx(expected.params[1:], rel=rel, abs=rel * scale)
        size = np.nanstd(y[s, window])
        assert fit.intercept[p] == pytest.approx(expected.params[0], rel=rel, abs=rel * size)
        assert fit.rss[p] == pytest.approx(expected.ssr, rel=rel)
        assert fit.tss[p] == pytest.approx(expected.centered_tss, rel=rel)
        # the forecast variance at some x, which is all that the precision is used for
        at = x[s, f] if np.isfinite(x[s, f]).all() else fit.x_mean[p] + 0.01
        deviation = at - fit.x_mean[p]
        scale = 1 / fit.n[p] + deviation @ fit.x_precision[p] @ deviation
        design = np.r_[1.0, at]
        leverage = design @ expected.normalized_cov_params @ design
        assert scale == pytest.approx(leverage, rel=max(rel, 1e-9) if k else rel)


@pytest.mark.parametrize("k", [0, 1, 3])
def test_windows_of_running_sums_are_regressions(rng, k):
    x = 0.01 * rng.standard_normal((4, 700, k))
    y = 0.0005 + x.sum(axis=2) + 0.01 * rng.standard_t(3, (4, 700))
    y[rng.random(y.shape) < 0.05] = np.nan
    x[rng.random(x.shape) < 0.02] = np.nan
    assert_like_statsmodels(y, x, *windows_of(rng, 4, 700, 230, 40), 230, rel=1e-10)


def test_a_print_of_5000_percent_does_not_spoil_other_windows(rng):
    x = 0.01 * rng.standard_normal((2, 900, 2))
    y = x @ [0.7, -0.3] + 0.01 * rng.standard_normal((2, 900))
    y[0, 100] = 50.0
    x[1, 120, 0] = 50.0
    y[1, 500] = -0.98
    security = np.repeat([0, 1], 8)
    first = np.tile([0, 50, 101, 130, 300, 450, 501, 660], 2)
    assert_like_statsmodels(y, x, security, first, 230, rel=4e-10)


def test_factors_correlated_at_0_999(rng):
    base = 0.01 * rng.standard_normal((2, 600, 1))
    x = base + 0.01 * math.sqrt(1 / 0.999**2 - 1) * rng.standard_normal((2, 600, 3))
    assert np.corrcoef(x[0, :, 0], x[0, :, 1])[0, 1] > 0.997
    y = x.sum(axis=2) + 0.01 * rng.standard_normal((2, 600))
    assert_like_statsmodels(y, x, *windows_of(rng, 2, 600, 230, 12), 230, rel=4e-10)


def test_half_the_cells_missing_a_print_and_correlated_factors_at_once(rng):
    base = 0.01 * rng.standard_normal((3, 900, 1))
    x = base + 0.0003 * rng.standard_normal((3, 900, 2))
    y = x @ [0.6, 0.4] + 0.01 * rng.standard_normal((3, 900))
    y[rng.random(y.shape) < 0.5] = np.nan
    y[0, 40], y[1, 41], y[2, 42] = 50.0, 0.01, 5.0
    x[0, 43], x[1, 41], x[2, 42, 0] = 0.0, 50.0, 5.0
    security, first = windows_of(rng, 3, 900, 230, 15)
    assert_like_statsmodels(y, x, security, first + 50 * (first < 50), 230, rel=4e-10)


def test_a_quiet_window_of_a_wild_series(rng):
    """Sums run over wild years first; the quiet window is solved from its own observations."""
    x = 0.01 * rng.standard_normal((1, 800, 1))
    y = x[..., 0] + 1e-6 * rng.standard_normal((1, 800))
    y[0, :300] += 5.0 * rng.standard_normal(300)
    assert_like_statsmodels(y, x, np.array([0, 0]), np.array([320, 560]), 230, rel=4e-10)


@pytest.mark.parametrize("noise", [1e-5, 1e-7, 1e-9])
def test_near_perfect_fits(rng, noise):
    x = 0.01 * rng.standard_normal((1, 400, 2))
    y = 0.001 + x @ [1.2, -0.5] + noise * rng.standard_normal((1, 400))
    fit = window_least_squares(moment_tables(y, x), y, x, np.array([0, 0]), np.array([0, 150]), 200)
    for p, first in enumerate((0, 150)):
        design = np.column_stack([np.ones(200), x[0, first : first + 200]])
        b, rss, *_ = np.linalg.lstsq(design, y[0, first : first + 200], rcond=None)
        assert fit.rss[p] == pytest.approx(rss[0], rel=1e-6)
        assert fit.slopes[p] == pytest.approx(b[1:], rel=1e-12)


def test_collinear_and_flat_factors_are_singular(rng):
    first = 0.01 * rng.standard_normal((1, 300, 1))
    y = 0.01 * rng.standard_normal((1, 300))
    flat = np.full((1, 300, 1), 0.003)
    half_flat = np.where(np.arange(300)[None, :, None] < 150, 0.003, first)
    for second, windows in ((2 * first, [0, 50]), (flat, [0, 50]), (half_flat, [0, 20])):
        x = np.concatenate([first, second], axis=2)
        fit = window_least_squares(
            moment_tables(y, x), y, x, np.array([0, 0]), np.array(windows), 120
        )
        assert fit.singular.all()
        assert np.isnan(fit.slopes).all()
        assert np.isnan(fit.rss).all()
    assert plain_least_squares(y[0, :5], np.ones((5, 1))) is None


def test_plain_least_squares_beside_statsmodels(rng):
    x = rng.standard_normal((60, 3)) * [1.0, 1e-3, 1e3]
    y = x @ [1.0, 200.0, 1e-3] + rng.standard_normal(60)
    y[[3, 10]] = np.nan
    x[7, 1] = np.nan
    intercept, slopes, rss, tss, x_mean, precision = plain_least_squares(y, x)
    expected = ols(y, x)
    assert intercept == pytest.approx(expected.params[0], rel=1e-11)
    assert slopes == pytest.approx(expected.params[1:], rel=1e-11)
    assert (rss, tss) == pytest.approx((expected.ssr, expected.centered_tss), rel=1e-11)
    covariance = expected.normalized_cov_params[1:, 1:]
    assert precision / np.abs(covariance) == pytest.approx(
        covariance / np.abs(covariance), rel=1e-9
    )
    keep = np.isfinite(y) & np.isfinite(x).all(axis=1)
    assert x_mean == pytest.approx(x[keep].mean(axis=0))


def test_windows_beyond_the_columns_count_what_is_there(rng):
    y = rng.standard_normal((2, 50))
    y[1, 3] = np.nan
    x = np.empty((2, 50, 0))
    tables = moment_tables(y, x)
    security, first = np.array([0, 0, 1, 1]), np.array([-10, 45, -5, 60])
    fit = window_least_squares(tables, y, x, security, first, 20)
    assert fit.n.tolist() == [10, 5, 14, 0]
    assert fit.intercept[0] == pytest.approx(y[0, :10].mean())
    assert fit.intercept[1] == pytest.approx(y[0, 45:].mean())


def test_gather_outside_the_columns_is_missing():
    values = np.arange(12.0).reshape(2, 6)
    cut = gather(values, np.array([0, 1, 1]), np.array([-2, 4, 9]), 4)
    nan = np.nan
    expected = [[nan, nan, 0, 1], [10, 11, nan, nan], [nan] * 4]
    np.testing.assert_array_equal(cut, expected)
    deep = gather(values[..., None], np.array([1]), np.array([5]), 2)
    np.testing.assert_array_equal(deep, [[[11.0], [nan]]])
    assert values[0, 0] == 0.0  # the table itself is left alone


@pytest.mark.parametrize("shape", [(5, 30), (5, 30, 0), (5, 30, 3)])
@pytest.mark.parametrize("length", [1, 12])
def test_gather_is_what_an_index_of_every_cell_takes(rng, shape, length):
    values = rng.standard_normal(shape)
    security, first = rng.integers(0, 5, 40), rng.integers(-20, 45, 40)
    columns = first[:, None] + np.arange(length)
    inside = (columns >= 0) & (columns < 30)
    plain = values[security[:, None], np.where(inside, columns, 0)]
    plain[~inside] = np.nan
    np.testing.assert_array_equal(gather(values, security, first, length), plain)
    nobody = np.empty(0, dtype=np.int64)
    assert gather(values, nobody, nobody, length).shape == (0, length, *shape[2:])


@pytest.mark.parametrize("missing", [0.0, 0.05])
def test_moments_of_one_factor_line_are_those_of_its_copies(rng, missing):
    y, line = rng.standard_normal((40, 30)), rng.standard_normal((1, 30, 2))
    y[rng.random(y.shape) < missing] = np.nan
    line[0, 0] = np.nan
    shared = np.broadcast_to(line, (40, 30, 2))
    found, plain = moment_tables(y, shared), moment_tables(y, shared.copy())
    for name in ("n", "x", "y", "xx", "xy", "yy", "x_centre", "y_centre"):
        np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))
    security, first = rng.integers(0, 40, 9), rng.integers(-5, 30, 9)
    np.testing.assert_array_equal(
        gather(shared, security, first, 7), gather(shared.copy(), security, first, 7)
    )


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_moment_tables_are_plain_sums(rng, missing):
    y, x = rng.standard_normal((20, 25)), 3 + rng.standard_normal((20, 25, 2))
    y[rng.random(y.shape) < missing] = np.nan
    x[rng.random(x.shape) < missing] = np.nan
    tables = moment_tables(y, x)
    for i in range(20):
        rows = [t for t in range(25) if np.isfinite(y[i, t]) and np.isfinite(x[i, t]).all()]
        yc, xc = y[i] - y[i, rows].mean(), x[i] - x[i, rows].mean(axis=0)
        for t in range(26):
            seen = [row for row in rows if row < t]
            assert tables.n[i, t] == len(seen)
            np.testing.assert_allclose(tables.x[i, t], xc[seen].sum(axis=0), atol=1e-12)
            np.testing.assert_allclose(tables.xx[i, t], xc[seen].T @ xc[seen], atol=1e-12)
            np.testing.assert_allclose(tables.xy[i, t], yc[seen] @ xc[seen], atol=1e-12)
            assert tables.y[i, t] == pytest.approx(yc[seen].sum(), abs=1e-12)
            assert tables.yy[i, t] == pytest.approx((yc[seen] ** 2).sum(), abs=1e-12)


def test_ewma_variance_is_the_loop(rng):
    path = 0.02 * rng.standard_normal((3, 40))
    path[0, 5:8] = np.nan
    path[2, 0] = np.nan
    start = np.array([1e-4, 4e-4, 9e-4])
    variance = ewma_variance(path, start)
    assert variance.shape == (3, 41)
    for p in range(3):
        h2 = start[p]
        assert variance[p, 0] == h2
        for t in range(40):
            if not math.isnan(path[p, t]):
                h2 = 0.94 * h2 + 0.06 * path[p, t] ** 2
            assert variance[p, t + 1] == pytest.approx(h2, rel=1e-13)


@pytest.mark.parametrize("begin", [1, 7, 40])
def test_later_ewma_variances_are_those_of_the_whole_path(rng, begin):
    path = 0.02 * rng.standard_normal((600, 40))
    path[5, 3], path[7, 38] = np.nan, np.nan
    start = np.append(rng.uniform(1e-4, 9e-4, 599), np.nan)
    whole = ewma_variance(path, start)
    np.testing.assert_allclose(
        ewma_variance(path, start, begin=begin), whole[:, begin:], rtol=1e-13
    )
    alone = np.vstack(
        [ewma_variance(path[p : p + 1], start[p : p + 1], begin=begin) for p in range(600)]
    )
    np.testing.assert_array_equal(ewma_variance(path, start, begin=begin), alone)


def test_discounted_sums_are_the_loop(rng):
    values = rng.standard_normal((2, 30, 2))
    values[rng.random(values.shape) < 0.1] = np.nan
    sums, count = discounted_sums(values)
    assert (sums.shape, count.shape) == ((3, 2, 31), (2, 31))
    for row in range(2):
        total, number = np.zeros(3), 0
        for t in range(30):
            v, w = values[row, t]
            if np.isfinite(v * w):
                total, number = 0.94 * total + [v * v, v * w, w * w], number + 1
            assert sums[:, row, t + 1] == pytest.approx(total, rel=1e-13)
            assert count[row, t + 1] == number
