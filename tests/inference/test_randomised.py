"""What a randomised test is given, and the effect on a group's own dates in the pool."""

from __future__ import annotations

import numpy as np
import pytest
from grouped_study import grouped, row_of

from eventstudy import Window
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.randomised import effect_share


def test_the_share_of_an_effect_falls_with_the_distance_from_the_date():
    design = grouped().fitted.design
    group = make_groups(grouped().fitted.labels, ["category"])[1]
    totals = cumulate_both(design, Window(0, 1))
    gathered = gather_evidence(design, group.pairs, group.pairs[:0], totals, GroupCache())
    share = effect_share(design, gathered, totals)
    placebo, table = design.placebo.table, design.table
    pair = group.pairs[0]
    h = totals.real.volatility[pair]
    for step, part in ((-2, 0.0), (-1, 0.5), (0, 1.0), (1, 0.5), (2, 0.0)):
        (at,) = np.flatnonzero(
            (placebo.security == table.security[pair]) & (placebo.day0 == table.day0[pair] + step)
        )
        assert share[at] == pytest.approx(part * h / totals.placebo.volatility[at])


def test_a_test_alone_answers_as_it_does_among_others():
    together = grouped()
    for name in ("placebo", "moderated_placebo"):
        alone = grouped(names=(name,))
        for group in ("all", "category=k0", "category=k3"):
            a, b = row_of(together, name, group), row_of(alone, name, group)
            for field in ("statistic", "pvalue", "effect_low", "effect_high", "mde", "n_draws"):
                assert a[field] == pytest.approx(b[field], rel=1e-12, nan_ok=True), field


def test_asked_again_the_answer_is_the_same():
    results = grouped()
    again = results.test("moderated_placebo", (0, 1), "category")
    for group in ("category=k1", "category=k4"):
        row = again[again["group"] == group].iloc[0]
        assert row["pvalue"] == row_of(results, "moderated_placebo", group, (0, 1))["pvalue"]
        assert row["mde"] == row_of(results, "moderated_placebo", group, (0, 1))["mde"]
