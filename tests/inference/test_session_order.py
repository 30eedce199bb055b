"""One sort serves ranks, medians, signs and standardised residuals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.session_order import ordered_residuals, ranked_sessions, session_signs


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_one_sort_serves_every_rank(missing):
    rng = np.random.default_rng(21)
    residuals, abnormal = rng.standard_normal((300, 40)), rng.standard_normal((300, 5))
    residuals[7, 3:6] = residuals[7, 0]  # equal values share their rank
    for values in (residuals, abnormal):
        values[rng.random(values.shape) < missing] = np.nan
    table = SimpleNamespace(
        residuals=residuals,
        abnormal=abnormal,
        extension=np.zeros(300, dtype=np.int64),
        fit=SimpleNamespace(sigma=rng.uniform(0.5, 2.0, 300)),
    )
    dependence = ResidualDependence(np.empty((0, 0), dtype="M8[D]"), np.empty((0, 0)))
    evidence = SimpleNamespace(table=table, dependence=dependence)
    ranks, median = ranked_sessions(evidence)
    signs, ordered = session_signs(evidence), ordered_residuals(evidence)
    for row in range(300):
        both = np.concatenate([residuals[row], abnormal[row]])
        has = np.isfinite(both)
        plain = stats.rankdata(both[has])
        np.testing.assert_allclose(ranks[row, has], plain - (has.sum() + 1) / 2)
        assert np.isnan(ranks[row, ~has]).all()
        assert median[row] == pytest.approx(np.median(both[has]), rel=1e-14)
        np.testing.assert_array_equal(signs[row], np.sign(both - median[row]))
        own = residuals[row][np.isfinite(residuals[row])] / table.fit.sigma[row]
        np.testing.assert_array_equal(ordered.sorted[row, : len(own)], np.sort(own))
        codes = ordered.codes[row][np.isfinite(residuals[row])]
        np.testing.assert_array_equal(codes, 2 * stats.rankdata(own) - 1)
        shares = ordered.shares[row][np.isfinite(residuals[row])]
        np.testing.assert_array_equal(shares, stats.rankdata(own) / (len(own) + 2) - 0.5)
        assert ordered.number[row] == len(own)


@pytest.mark.parametrize("digits", [2, 9])  # with ties and without
def test_codes_of_a_long_window_are_not_cut(digits):
    """They go up to twice the number of residuals, which 16 bits need not hold."""
    residuals = np.random.default_rng(22).standard_normal((2, 20_000)).round(digits)
    table = SimpleNamespace(
        residuals=residuals,
        abnormal=np.zeros((2, 1)),
        extension=np.zeros(2, dtype=np.int64),
        fit=SimpleNamespace(sigma=np.ones(2)),
    )
    dependence = ResidualDependence(np.empty((0, 0), dtype="M8[D]"), np.empty((0, 0)))
    ordered = ordered_residuals(SimpleNamespace(table=table, dependence=dependence))
    np.testing.assert_array_equal(ordered.codes, 2 * stats.rankdata(residuals, axis=1) - 1)
