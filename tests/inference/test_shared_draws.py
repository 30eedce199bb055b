"""The statistic of many members on shared draws: that of each of them, value by value."""

import numpy as np
import pytest

from eventstudy.inference import shared_draws
from eventstudy.inference.evidence import Block
from eventstudy.inference.placebo import unit_t
from eventstudy.inference.placements import Placements
from eventstudy.inference.shared_draws import shared_t


def plain_t(z, sign, member, n_members, placements):
    """`shared_t` with the values of every draw in one array, member by member."""
    out = np.full((len(placements.blocks[0].pick), n_members), np.nan)
    for one in range(n_members):
        values = [
            (z[block.rows[:, kept]] * sign[block.columns[kept]])[block.pick]
            for block in placements.blocks
            if (kept := member[block.columns] == one).any()
        ]
        if values:
            out[:, one] = unit_t(np.concatenate(values, axis=1))
    return out


def drawn(kind):
    rng = np.random.default_rng(6)
    z = rng.standard_normal(400)
    if kind == "missing":
        z[rng.random(400) < 0.2] = np.nan
    if kind == "few values":  # many draws whose values are equal
        z = np.round(z)
    if kind == "nearly equal":
        z = 3.0 + 1e-7 * z
    order = rng.permutation(23)
    blocks = tuple(
        Block(columns=np.sort(columns), rows=rng.integers(0, 400, (30, len(columns))),
              moves=np.arange(30), pick=rng.integers(0, 30, 500))
        for columns in np.split(order, [4, 5, 11, 18])
    )  # fmt: skip
    # One member has a single pair, one has two, one none, and some pairs are no member's.
    member = np.repeat([0, 1, 2, 4, -1], [1, 2, 9, 8, 3])
    sign = rng.choice([-1.0, 1.0], 23)
    return z, sign, member, 5, Placements(blocks=blocks, enumerated=False, holds_real=False)


@pytest.mark.parametrize("sizes", [(4096, 32), (7, 2)])
@pytest.mark.parametrize("kind", ["all there", "missing", "few values", "nearly equal"])
def test_it_is_what_each_member_has_by_itself(kind, sizes, monkeypatch):
    monkeypatch.setattr(shared_draws, "_DRAWS", sizes[0])
    monkeypatch.setattr(shared_draws, "_MEMBERS", sizes[1])
    given = drawn(kind)
    np.testing.assert_allclose(shared_t(*given), plain_t(*given), rtol=1e-10, atol=1e-12)
