"""Sums of blocks: what one leaves behind, and groups that only some blocks have."""

from __future__ import annotations

import numpy as np
import pytest
from streamed import small_study

from eventstudy.estimation.groups import Group
from eventstudy.inference import STATISTICS
from eventstudy.inference.blocks import BlockSums, PairBlock
from eventstudy.windows import Window


@pytest.fixture(scope="module")
def fitted():
    study, events, prices = small_study(4, statistics=("bmp",), by=())
    return study.fit(events, prices).fitted


def block(fitted, pairs, label):
    """Pairs of a study as one block, in the group of all and in one of their own."""
    design = fitted.design
    table = fitted.data.abnormal_at(
        design.table.security[pairs], design.table.day0[pairs], np.zeros(len(pairs), dtype=np.int64)
    )
    every = np.arange(len(pairs))
    return PairBlock(
        table=table,
        dependence=fitted.data.dependence_of(table),
        event=design.event[pairs],
        moment=design.moment[pairs],
        sign=design.sign[pairs],
        date=design.date[pairs],
        groups=[
            Group(label="all", by=(), values=(), pairs=every),
            Group(label=f"kind={label}", by=("kind",), values=(label,), pairs=every),
        ],
    )


def test_a_group_is_that_of_the_blocks_that_have_it(fitted):
    dates = fitted.design.date
    middle = np.sort(dates)[len(dates) // 2]
    halves = [np.flatnonzero(dates <= middle), np.flatnonzero(dates > middle)]
    sums = BlockSums(
        [(Window(0, 1), "car")],
        [STATISTICS["sign"].value],
        alternative="two-sided",
        simple=True,
    )
    assert not sums.looks_first
    assert not sums.is_across
    for pairs, label in zip(halves, "ba", strict=True):
        sums.add(block(fitted, pairs, label))
    frame = sums.frame(["kind"]).set_index("group")
    assert frame.index.tolist() == ["all", "kind=a", "kind=b"]
    assert frame["n_pairs"].tolist() == [len(dates), len(halves[1]), len(halves[0])]
    z = frame["statistic"] * np.sqrt(frame["n_pairs"])
    assert z["all"] == pytest.approx(z["kind=a"] + z["kind=b"])
