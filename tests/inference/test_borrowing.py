"""The spread that groups of dates lend, by the plain formula."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from grouped_study import plain_borrow
from scipy.special import polygamma

from eventstudy.inference.borrowing import _trigamma, borrow, borrowed_from, inverse_trigamma
from eventstudy.inference.evidence import Others, StudyUnits


def test_borrowed_spread():
    rng = np.random.default_rng(3)
    label = np.repeat(np.arange(6), [1, 2, 3, 4, 5, 6])
    for spread in (0.0, 1.5):
        z = rng.normal(size=(5, 21)) * np.exp(spread * rng.normal(size=6))[label] + 0.3
        got = borrow(z, label)
        for line in range(5):
            s0, d0 = plain_borrow(z[line], label)
            assert got.variance[line] == pytest.approx(s0, rel=1e-10)
            assert got.df[line] == pytest.approx(d0, rel=1e-8)
        # Dates of no group count for nothing, whatever they are.
        more = np.column_stack([z, np.full((5, 2), [9.0, np.nan])])
        wider = borrow(more, np.concatenate([label, [-1, -1]]))
        assert wider.variance == pytest.approx(got.variance, rel=1e-12)
        assert wider.df == pytest.approx(got.df, rel=1e-9)
    x = np.geomspace(1e-3, 1e3, 20)
    assert polygamma(1, inverse_trigamma(x)) == pytest.approx(x, rel=1e-13)
    value, slope = _trigamma(np.geomspace(1e-3, 1e6, 200))
    assert value == pytest.approx(polygamma(1, np.geomspace(1e-3, 1e6, 200)), rel=1e-14)
    assert slope == pytest.approx(polygamma(2, np.geomspace(1e-3, 1e6, 200)), rel=1e-14)


def test_groups_of_one_date_have_no_spread_to_lend():
    got = borrow(np.array([[1.0, 2.0, 3.0]]), np.array([0, 1, 2]))
    assert np.isnan(got.variance[0])
    assert np.isnan(got.df[0])


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_what_groups_of_one_grouping_borrow_is_what_each_would_alone(missing):
    """Variances that a group leaves as they are are shared, the others are taken anew."""
    rng = np.random.default_rng(8)
    z = rng.standard_normal((40, 24)) * rng.uniform(0.5, 2.0, 24)
    z[rng.random(z.shape) < missing] = np.nan
    whole = np.r_[np.arange(20) % 5, -1, 5, 6, 6]  # a group of one date, one of two, one date alone
    study = StudyUnits(evidence=SimpleNamespace(unit_z=lambda: z, n_draws=40))
    for own in ([0, 5, 10, 15], [1, 7], [22], [2, 20, 21], [*range(22)], []):
        label = whole.copy()
        label[own] = -1
        others = Others(study=study, label=label, grouping="kind", all_labels=whole)
        shared, alone = borrowed_from(study, others), borrow(z, label)
        np.testing.assert_allclose(shared.variance, alone.variance, rtol=1e-12)
        np.testing.assert_allclose(shared.df, alone.df, rtol=1e-10)
    assert borrowed_from(study, Others(study=study, label=whole)).df.tolist() == (
        borrow(z, whole).df.tolist()
    )
