"""Mid-ranks within rows, against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from eventstudy.inference.ranking import centred_ranks, number_by_column, ranked


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


def test_marks_are_counted_past_what_a_byte_holds():
    marks = np.random.default_rng(3).random((700, 3)) < [0.0, 0.5, 1.1]
    assert number_by_column(marks).tolist() == marks.sum(axis=0).tolist()
