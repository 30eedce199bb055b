"""The mean square of date portfolios against that of the sessions around, the plain way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from grouped_study import grouped, row_of

from eventstudy import Window
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence


def plain(design, columns_of_units, window, z, busy):
    """Mean square over units, each a list of (market, column, sign), over that around them."""
    length = window.length
    squares, around = [], []
    for unit in columns_of_units:

        def mean(step, unit=unit):
            rows = [design.placebo.index[0, market, column + step] for market, column, _ in unit]
            if min(rows) < 0:
                return math.nan
            return np.mean([z[row] * sign for row, (_, _, sign) in zip(rows, unit, strict=True)])

        squares.append(mean(0) ** 2)
        nearby = []
        for step in [*range(-length - 19, -length + 1), *range(length, length + 20)]:
            inside = all(0 <= column + step < busy.shape[1] for _, column, _ in unit)
            is_free = inside and not any(busy[m, column + step] for m, column, _ in unit)
            if is_free and not math.isnan(mean(step)):
                nearby.append(mean(step) ** 2)
        if nearby:
            around.append(np.mean(nearby))
    return np.mean(squares) / np.mean(around)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("window", [(0, 0), (0, 1)])
@pytest.mark.parametrize("group", ["k1", "k4"])
def test_statistic_and_pvalue_by_the_plain_formula(window, group):
    """Business days only, so that a weekday is a session."""
    results = grouped()
    design, event = results.fitted.design, Window(*window)
    pairs = np.flatnonzero(results.fitted.labels["category"].to_numpy() == group)
    z = cumulate(design.placebo.table, event).z
    totals = cumulate_both(design, event)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    rows = np.empty((drawn.n_draws, len(pairs)), dtype=int)
    for block in drawn.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    busy = np.zeros(design.placebo.index.shape[1:], dtype=bool)
    for market, day0 in zip(design.table.security, design.table.day0, strict=True):
        busy[market, day0 - event.length + 1 : day0 + event.length] = True
    days = design.date[pairs]

    def units(columns):
        return [
            [
                (int(design.table.security[pairs[at]]), int(columns[at]), design.sign[pairs[at]])
                for at in np.flatnonzero(days == day)
            ]
            for day in np.unique(days)
        ]

    t = plain(design, units(design.table.day0[pairs]), event, z, busy)
    row = row_of(results, "mean_square", f"category={group}", window)
    assert row["statistic"] == pytest.approx(t, rel=1e-8)
    columns = design.placebo.table.day0[rows]
    draws = np.array([plain(design, units(line), event, z, busy) for line in columns])
    assert row["pvalue"] == (1 + (draws >= t * (1 - 1e-9)).sum()) / (len(draws) + 1)
    assert row[["effect", "effect_low", "effect_high", "mde"]].isna().all()


def test_a_move_of_no_common_direction_is_found():
    """Nine dates that moved by two volatilities, up and down in turn."""
    import pandas as pd

    from eventstudy import ConstantMean, Events, EventStudy, PricePanel

    rng = np.random.default_rng(2)
    dates = pd.bdate_range("2021-01-04", periods=420)
    values = rng.normal(0, 0.01, (420, 2))
    rows = np.arange(100, 400, 33)
    values[rows] = 0.025 * np.where(np.arange(len(rows)) % 2, 1, -1)[:, None]
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-70, -11),
        event_window=(0, 0), car_windows=[(0, 0)], statistics=("placebo", "mean_square"),
        calendar="data", date_only="same", min_obs=40, draws=199,
    )  # fmt: skip
    results = study.fit(
        Events.from_frame(
            pd.DataFrame({"event_id": [f"E{row}" for row in rows], "date": dates[rows]})
        ),
        PricePanel.from_frame(
            pd.DataFrame(values, index=dates, columns=["A", "B"]), content="returns"
        ),
    )
    assert row_of(results, "mean_square", "all")["pvalue"] == 1 / 200
    assert row_of(results, "placebo", "all")["pvalue"] > 0.2
    one_sided = results.test("mean_square", (0, 0), alternative="greater").iloc[0]
    assert "no direction" in one_sided["note"]


def test_without_draws_the_reason_is_given():
    row = row_of(grouped(draws=0), "mean_square", "all")
    assert math.isnan(row["statistic"])
    assert row["note"] == "not available: no placebo draws were asked for (statistics.draws = 0)"
