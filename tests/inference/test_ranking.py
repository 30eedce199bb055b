"""Mid-ranks within rows, against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.ranking import centred_ranks, number_above, ranked, row_order


def test_centred_ranks_are_scipys_mid_ranks():
    rng = np.random.default_rng(17)
    values = rng.integers(0, 6, (5, 30)).astype(float)
    values[rng.random(values.shape) < 0.2] = np.nan
    values[4] = np.nan
    found = centred_ranks(values)
    for row, got in zip(values, found, strict=True):
        keep = np.isfinite(row)
        ranks = stats.rankdata(row[keep])
        np.testing.assert_allclose(got[keep], ranks - (keep.sum() + 1) / 2)
        assert np.isnan(got[~keep]).all()


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_values_come_in_ascending_order_with_infinity_behind_them(missing):
    rng = np.random.default_rng(3)
    values = rng.standard_normal((4, 12)).round(1)
    values[rng.random(values.shape) < missing] = np.nan
    _, ordered = ranked(values)
    for row, got in zip(values, ordered, strict=True):
        expected = np.sort(row[np.isfinite(row)])
        assert got[: len(expected)].tolist() == expected.tolist()
        assert np.isinf(got[len(expected) :]).all()


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_known_order_ranks_as_a_sort_does(missing):
    rng = np.random.default_rng(5)
    values = rng.standard_normal((600, 40)).round(1)
    values[rng.random(values.shape) < missing] = np.nan
    order = row_order(values)
    for found, sorted_anew in zip(ranked(values, order), ranked(values), strict=True):
        np.testing.assert_array_equal(found, sorted_anew)
    some = order[order < 30].reshape(-1, 30)  # the order of fewer columns is the same without them
    for found, sorted_anew in zip(
        ranked(values[:, :30], some), ranked(values[:, :30]), strict=True
    ):
        np.testing.assert_array_equal(found, sorted_anew)


@pytest.mark.parametrize("or_equal", [False, True])
def test_values_above_a_limit_are_counted_past_what_a_byte_holds(or_equal):
    rng = np.random.default_rng(3)
    values = rng.integers(0, 5, (700, 3)).astype(np.int16)
    limit = rng.integers(-1, 5, (700, 1)).astype(np.int16)
    is_above = values >= limit if or_equal else values > limit
    assert number_above(values, limit, or_equal=or_equal).tolist() == is_above.sum(axis=0).tolist()
