"""What counts as one observation of a group, and what moves together."""

from __future__ import annotations

import numpy as np
import pytest
from inference_studies import answers, fit, panel

from eventstudy import Window
from eventstudy.inference.design import (
    pair_structure,
)


@pytest.mark.slow
def test_opposed_signs_on_one_market_day_do_not_count():
    """Two events that should push one market both ways on one day say nothing of it."""
    frame = panel("A", "B", seed=4)
    rows, signs = [150, 200, 250, 250], ["+", "+", "+", "-"]
    both = fit(frame, rows, sign="expected", signs=signs, draws=300)
    none = fit(frame, rows[:2], sign="expected", signs=signs[:2], draws=300)
    a, b = answers(both).loc["placebo"], answers(none).loc["placebo"]
    assert (a["n_units"], b["n_units"]) == (2, 2)
    assert a["statistic"] == pytest.approx(b["statistic"], rel=1e-12)
    assert answers(both).loc["portfolio_t", "statistic"] == pytest.approx(
        answers(none).loc["portfolio_t", "statistic"], rel=1e-12
    )
    same = fit(frame, rows, sign="expected", signs=["+"] * 4, draws=0)
    assert answers(same).loc["placebo", "n_units"] == 3


def test_only_opposed_events_leave_nothing_to_rank():
    rows = answers(fit(panel("A"), [250, 250], sign="expected", signs=["+", "-"], draws=50))
    assert rows.loc["placebo", "n_units"] == 0
    assert rows.loc["placebo", "note"].startswith("not available")
    assert rows.loc["portfolio_t", "note"].startswith("not available")


@pytest.mark.slow
def test_events_of_one_day_count_once():
    frame = panel("A", "B", seed=5)
    once = answers(fit(frame, [150, 200, 250], draws=300))
    twice = answers(fit(frame, [150, 200, 250, 250], draws=300))
    assert twice.loc["placebo", "n_units"] == 3
    for name in ("placebo", "portfolio_t"):
        assert twice.loc[name, "statistic"] == pytest.approx(once.loc[name, "statistic"])
    assert twice.loc["placebo", "pvalue"] == once.loc["placebo", "pvalue"]


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize(
    ("apart_by", "window", "clusters"),
    [(4, Window(0, 0), 1), (5, Window(0, 0), 2), (6, Window(-2, 4), 1), (7, Window(-2, 4), 2)],
)
def test_units_fewer_than_five_weekdays_or_a_window_apart_move_together(apart_by, window, clusters):
    results = fit(panel("A", "B"), [200, 200 + apart_by], draws=0, event_window=(-2, 4))
    structure = pair_structure(results.fitted.design, np.arange(4), window)
    assert len(np.unique(structure.cluster)) == clusters
    assert len(np.unique(structure.unit)) == 2
