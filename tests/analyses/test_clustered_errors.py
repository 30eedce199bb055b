"""CR2 errors: unbiased where errors are alike, exact where algebra says so.

Against matrices written out in `test_cross_section`.
"""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.analyses.clustered_errors import bias_reduced


def test_the_variance_is_unbiased_where_errors_are_alike():
    """By algebra: the sum over clusters of a_g' (I - H)_gg a_g is (X'X)^-1."""
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(30), rng.standard_normal((30, 2))])
    cluster = np.repeat(np.arange(10), 3)
    bread = np.linalg.inv(x.T @ x)
    annihilator = np.eye(30) - x @ bread @ x.T
    # The mean over errors of variance 1 is the sum over an orthonormal basis of residuals.
    total = sum(bias_reduced(x, annihilator[:, at], cluster).std_error ** 2 for at in range(30))
    assert total == pytest.approx(np.diag(bread), rel=1e-9)


def test_clusters_of_one_row_of_a_mean_have_the_degrees_of_freedom_of_its_t():
    residuals = np.array([1.0, -2.0, 0.5, 0.5])
    got = bias_reduced(np.ones((4, 1)), residuals, np.arange(4))
    assert got.df == pytest.approx([3.0])
    assert got.std_error == pytest.approx([residuals.std(ddof=1) / 2])


def test_order_of_rows_and_units_of_measure_change_nothing():
    rng = np.random.default_rng(2)
    x, u = np.column_stack([np.ones(40), rng.standard_normal(40)]), rng.standard_normal(40)
    cluster = rng.integers(0, 8, 40)
    straight = bias_reduced(x, u, cluster)
    mixed = rng.permutation(40)
    scaled = bias_reduced(x[mixed] * [1.0, 1e9], u[mixed], cluster[mixed])
    assert scaled.std_error * [1.0, 1e9] == pytest.approx(straight.std_error, rel=1e-8)
    assert scaled.df == pytest.approx(straight.df, rel=1e-8)


def test_a_dummy_of_one_cluster_has_no_error():
    cluster = np.repeat(np.arange(6), 2)
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(12), cluster == 2, rng.standard_normal(12)]).astype(float)
    got = bias_reduced(x, rng.standard_normal(12), cluster)
    assert np.isnan(got.std_error).tolist() == [False, True, False]
    assert np.isnan(got.df).tolist() == [False, True, False]
