"""Where placebo dates may fall: all placements, or draws of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from inference_studies import ALL, DATES, answers, fit, panel, placements_of

from eventstudy import ConstantMean, Events, EventStudy, Market, PricePanel, Window
from eventstudy.estimation.abnormal import cumulate
from eventstudy.inference import placements
from eventstudy.inference.placements import Positions, admissible_moves, positions_at


@pytest.mark.slow
def test_a_placebo_of_a_widened_pair_has_the_longer_window_and_others_have_not():
    """Policy widen: each pair's placebo windows are as long as its own."""
    frame = panel("A", "B", seed=12)
    declared = [
        Market(name=n, label=n, calendar="data", series=n, timezone="Asia/Tokyo", close="15:00")
        for n in ("A", "B")
    ]
    table = pd.DataFrame(
        {
            "event_id": ["sure", "vague"],
            "published_at": [
                f"{DATES[200]:%Y-%m-%d}T10:00+09:00",
                f"{DATES[300]:%Y-%m-%d}T14:50+09:00",
            ],
            "precision": ["exact", "session"],
        }
    )  # fmt: skip
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-100, -11),
        event_window=(-2, 2), car_windows=[(0, 0)], statistics=ALL, declared=declared, min_obs=60,
        draws=400, ambiguous="widen", by=("event_id",),
    )  # fmt: skip
    events = Events.from_frame(table)
    results = study.fit(events, PricePanel.from_frame(frame, content="returns"))
    design = results.fitted.design
    assert design.table.extension.tolist() == [0, 0, 1, 1]
    assert design.table.day0.tolist() == [200, 200, 301, 301]
    _, rows, _ = placements_of(results, Window(0, 0))
    placebo = design.placebo.table
    assert (placebo.extension[rows] == [0, 0, 1, 1]).all()
    lengths = cumulate(placebo, Window(0, 0)).n_sessions[rows]
    assert (lengths == [1, 1, 2, 2]).all()
    # what is not widened is as if nothing were
    plain = replace(study, ambiguous="keep").fit(
        events, PricePanel.from_frame(frame, content="returns")
    )
    # its surroundings are free of the other event's window, which is longer
    a, b = (
        answers(fitted, (0, 0), "event_id=sure").drop(columns="note").drop("mean_square")
        for fitted in (results, plain)
    )
    pd.testing.assert_frame_equal(a, b)
    vague = results.car[results.car["event_id"] == "vague"]
    frame0 = results.abnormal_returns
    for _, row in vague.iterrows():
        part = frame0[
            (frame0["event_id"] == "vague") & (frame0["security"] == row["security"])
        ].set_index("tau")
        assert part.index.min() == -3
        assert row["car"] == pytest.approx(part.loc[[-1, 0], "abnormal_return"].sum())


@pytest.mark.slow
def test_draws_are_those_of_the_group_and_window_alone():
    frame = panel("A", "B", seed=14)
    rows = [150, 190, 230, 270, 310]
    whole = fit(frame, rows, by=("security",), car_windows=[(0, 0), (0, 1), (-1, 1)])
    alone = fit(frame, rows, statistics="placebo", car_windows=[(0, 1)], event_window=(0, 1))
    columns = ["statistic", "pvalue", "mde", "effect_low", "n_draws"]
    got = answers(whole, (0, 1)).loc["placebo", columns].astype(float)
    expected = answers(alone, (0, 1)).loc["placebo", columns].astype(float)
    pd.testing.assert_series_equal(got, expected)
    other = fit(frame, rows, statistics="placebo", seed=1)
    assert answers(other, (0, 1)).loc["placebo", "mde"] != got["mde"]
    assert answers(other, (0, 1)).loc["placebo", "statistic"] == pytest.approx(got["statistic"])


def test_admissible_moves_are_those_at_which_every_pair_has_its_window():
    frame = panel("A", "B", "C", seed=6).mask(np.random.default_rng(2).random((420, 3)) < 0.03)
    design = fit(frame, [150, 153, 250], draws=50, statistics=("placebo",)).fitted.design
    placebo, table = design.placebo, design.table
    pairs = np.arange(5)
    places = table.security[pairs], table.day0[pairs]
    weekday = np.busday_count("1970-01-01", design.date[pairs].astype("datetime64[D]"))
    for start, end in ((0, 0), (-2, 2)):
        moves, rows = admissible_moves(
            placebo, *places, weekday, table.extension[pairs], start, end
        )
        tried = np.arange(-400, 401)
        at = positions_at(placebo, *places, weekday, table.extension[pairs], tried)
        column = placebo.table.day0[at]
        inside = (at >= 0) & (column + start >= 0) & (column + end <= placebo.last_row[places[0]])
        assert moves.tolist() == tried[inside.all(axis=1)].tolist()
        assert (rows == at[inside.all(axis=1)]).all()
        assert 100 < len(moves) < 400


def test_positions_of_clusters_that_are_not_kept_are_found_anew(monkeypatch):
    design = fit(panel("A", "B", seed=6), [150, 153, 250], draws=50, statistics="placebo")
    design = design.fitted.design
    table, weekday = design.table, np.busday_count("1970-01-01", design.date.astype("M8[D]"))

    def moves(positions, pairs):
        given = (array[pairs] for array in (table.security, table.day0, weekday, table.extension))
        (cluster,) = positions.sets(*given, pairs, np.array([0]))
        return positions.moves(cluster)

    def all_moves():
        positions = Positions(design.placebo, -1, 1)
        sets = [np.array(pairs) for pairs in ([0, 1], [0, 2], [4, 5], [0, 1])]
        return positions, [moves(positions, pairs).tolist() for pairs in sets]

    kept, expected = all_moves()
    monkeypatch.setattr(placements, "_MOST_BEGINS", 1)
    anew, found = all_moves()
    assert found == expected
    assert len(kept._begins) == 2
    assert not anew._begins
