"""Orders of blocks: listed where there are few, drawn as units sorted one by one would be."""

import numpy as np

from eventstudy.inference.permutations import MOST_LISTED, permutations


def test_random_orders_are_those_of_units_sorted_one_by_one():
    rng = np.random.default_rng(7)
    stratum = np.sort(rng.integers(0, 3, 80))
    block = np.unique(np.stack([stratum, np.sort(rng.integers(0, 30, 80))]), axis=1,
                      return_inverse=True)[1].reshape(-1)  # fmt: skip
    first = rng.random(80) < 0.5
    found = permutations(first, block, stratum, draws=50, seed=[4]).first
    key = np.random.default_rng([4]).random((50, block.max() + 1))[:, block] + stratum
    np.testing.assert_array_equal(found, first[np.argsort(key, axis=1, kind="stable")])


def test_labels_are_listed_up_to_the_limit_and_no_further():
    few = permutations(np.arange(15) < 7, np.arange(15), np.zeros(15, int), draws=9, seed=[1])
    assert len(few.first) == 6435 < MOST_LISTED
    many = permutations(np.arange(16) < 8, np.arange(16), np.zeros(16, int), draws=9, seed=[1])
    assert (len(many.first), many.is_all) == (9, False)
