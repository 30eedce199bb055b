"""Places as whole numbers against ranks taken one by one."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.session_places import session_places

SIZE, SPAN, WIDTH = 300, 40, 45


def placed(missing, span=SPAN):
    rng = np.random.default_rng(21)
    residuals, abnormal = rng.standard_normal((SIZE, span)), rng.standard_normal((SIZE, 5))
    residuals[7, 3:6] = residuals[7, 0]  # equal values share their rank
    residuals[8, 2] = np.nextafter(residuals[8, 1], 9.0)  # so close that the bits kept are alike
    residuals[9, :2] = 0.0, -0.0
    residuals[10, :2] = 1e300, -1e300
    abnormal[11, 0] = residuals[11, 5]
    for values in (residuals[20:], abnormal[20:]):
        values[rng.random(values.shape) < missing] = np.nan
    table = SimpleNamespace(
        residuals=residuals,
        abnormal=abnormal,
        extension=np.zeros(SIZE, dtype=np.int64),
        fit=SimpleNamespace(sigma=rng.uniform(0.5, 2.0, SIZE)),
    )
    dependence = ResidualDependence(np.empty((0, 0), dtype="M8[D]"), np.empty((0, 0)))
    return table, session_places(SimpleNamespace(table=table, dependence=dependence, n_draws=1))


@pytest.fixture(scope="module", params=[(0.0, SPAN), (0.05, SPAN), (0.05, 300)])
def known(request):
    return placed(*request.param)


def rows_and_signs(n):
    rng = np.random.default_rng(n)
    return rng.permutation(SIZE)[:n], rng.choice([-1.0, 1.0], n)


def test_few_positions_are_ranked_one_by_one():
    _, of = placed(0.0)
    assert of.rest.tolist() == [7, 8, 9, 11]


@pytest.mark.parametrize("n", [SIZE, 5])
def test_scores_are_those_of_ranks(known, n):
    table, of = known
    rows, sign = rows_and_signs(n)
    expected = {name: np.zeros((n, of.both.shape[0])) for name in ("ranks", "shares", "signs")}
    both = np.concatenate([table.residuals, table.abnormal], axis=1)[rows]
    for at, values in enumerate(both):
        has = np.isfinite(values)
        rank = stats.rankdata(values[has]) - (has.sum() + 1) / 2
        expected["ranks"][at, has] = rank
        expected["shares"][at, has] = rank / (has.sum() + 1)
        expected["signs"][at, has] = np.sign(values[has] - np.median(values[has]))
    for name, scores in expected.items():
        np.testing.assert_allclose(of.score_sums(name, rows, sign), sign @ scores, atol=1e-11)
    np.testing.assert_array_equal(of.score_counts(rows), np.isfinite(both).sum(axis=0))


@pytest.mark.parametrize("n", [SIZE, 5])
def test_residuals_are_ranked_beside_a_value(known, n):
    table, of = known
    rows, sign = rows_and_signs(n)
    rng = np.random.default_rng(3)
    scaled = table.residuals / table.fit.sigma[:, None]
    value = rng.standard_normal(SIZE)
    value[:12] = scaled[:12, 1]  # an equal of a residual
    code, has_code = (part[0] for part in of.code(rows[None], value, np.ones(1)))
    weight = has_code * sign / (of.number[rows] + 2.0)
    shares, lifted = np.zeros((2, n, table.residuals.shape[1]))
    for at, row in enumerate(rows):
        has = np.isfinite(scaled[row])
        own = scaled[row, has]
        shares[at, has] = stats.rankdata(own) / (len(own) + 2.0) - 0.5
        lifted[at, has] = (own > value[row]) + 0.5 * (own == value[row])
        assert code[at] == (own < value[row]).sum() + (own <= value[row]).sum()
    np.testing.assert_allclose(of.share_sums(rows, sign), sign @ shares, atol=1e-12)
    np.testing.assert_allclose(of.lift_sums(rows, code, weight), weight @ lifted, atol=1e-12)
    twice = [np.concatenate([each, each]) for each in (rows, code, weight)]
    np.testing.assert_allclose(of.lift_sums(*twice), 2.0 * (weight @ lifted), atol=1e-12)
    there = np.isfinite(scaled[rows]).sum(axis=0)
    np.testing.assert_array_equal(of.residual_counts(rows), there)


def test_draws_have_no_places():
    assert session_places(SimpleNamespace(table=placed(0.0)[0], n_draws=2)) is None
