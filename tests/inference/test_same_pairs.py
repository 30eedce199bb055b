"""Which groups have the same pairs, in all or in some windows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from inference_studies import fit, panel
from same_results import studied

from eventstudy import Window
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import Group
from eventstudy.inference.same_pairs import alike, of_same_pairs


def test_groups_of_the_same_pairs_in_some_window_stay_together():
    results = studied(statistics=("sign",), draws=0, by=(), event_window=(0, 1))
    design, present = results.fitted.design, np.arange(6)

    def group(label, pairs):
        return Group(label=label, by=("x",), values=(label,), pairs=np.array(pairs, dtype=int))

    cut = cumulate(design.table, Window(0, 0)).n_sessions
    missing = int(np.flatnonzero(cut == 0)[0]) if (cut == 0).any() else None
    groups = [group("a", present), group("b", [1, 2]), group("c", present), group("d", [7])]
    if missing is not None:
        groups += [group("e", sorted({1, 2, missing}))]
    found = alike(design, groups, [Window(0, 0), Window(0, 1)])
    assert found[:3] == [[0, 2], [1] if missing is None else [1, 4], [3]]


def test_groups_of_the_same_tested_pairs_stand_together_in_order_of_the_first():
    design = fit(panel("A", "B"), [150, 200], draws=0, statistics="patell").fitted.design
    sign = np.array([1.0, 0.0, 1.0, 1.0])
    rows = ([0, 2], [3], [0, 1, 2], [1], [3])
    groups = [Group(label="", by=(), values=(), pairs=np.array(pairs)) for pairs in rows]
    signed = replace(design, sign=sign)
    assert of_same_pairs(signed, groups, range(5)) == [[0, 2], [1, 4], [3]]
    assert of_same_pairs(design, groups, [4, 2, 0, 1]) == [[4, 1], [2], [0]]
