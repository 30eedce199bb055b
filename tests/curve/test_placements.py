"""All specifications of a curve at the same placebo dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_curve import fitted, study

from eventstudy import (
    Events,
    specification_curve,
)
from eventstudy.curve import pipeline
from eventstudy.estimation.clusters import weekday_date, weekday_number


@pytest.mark.slow
def test_a_curve_of_one_specification_has_the_p_value_of_the_study(data):
    only = {"models": ["market_model"], "estimation": [(-100, -11)], "car": [(0, 1)]}
    made = specification_curve(study(), *data, choices=only, draws=150)
    row = study().fit(*data).test("placebo", (0, 1)).iloc[0]
    own = made.specifications.iloc[0]
    assert own["pvalue"] == row["pvalue"]
    assert own["effect"] == pytest.approx(row["effect"], rel=1e-12)
    assert bool(own["own"])
    assert np.isnan(made.influence["share_of_variance"]).all()


@pytest.mark.slow
def test_every_draw_is_the_study_of_events_moved_alike(data, monkeypatch):
    events, prices = data
    calls = []

    def recorded(specs, **settings):
        shared = place_together(specs, **settings)
        calls.append(shared)
        return shared

    place_together = pipeline.place_together
    monkeypatch.setattr(pipeline, "place_together", recorded)
    choices = {
        "models": ["market_model", "constant_mean"],
        "estimation": [(-100, -11), (-70, -11)],
        "car": [(0, 0), (-1, 2)],
    }
    made = specification_curve(study(), events, prices, choices=choices, draws=40)
    shared = calls[0]
    assert shared.pick.shape == (40, len(shared.moves))
    days = weekday_number(events.frame["date"].to_numpy().astype("M8[D]"))
    cluster = np.searchsorted(shared.first, days, side="right") - 1
    for draw in (0, 7, 39):
        move = np.array(
            [moves[p] for moves, p in zip(shared.moves, shared.pick[draw], strict=True)]
        )
        moved = pd.Series(weekday_date(days + move[cluster])).dt.strftime("%Y-%m-%d")
        frame = events.frame[["event_id", "category"]].assign(
            date=moved, markets=[";".join(cell) for cell in events.frame["markets"]]
        )
        elsewhere = Events.from_frame(frame, name="moved")
        for place_, row in enumerate(made.specifications.itertuples()):
            own = fitted(elsewhere, prices, row, draws=0)
            assert made.statistics[place_, draw] == pytest.approx(own["statistic"], rel=1e-9)


@pytest.mark.slow
def test_clusters_keep_their_distance_and_moves_fit_every_specification(data):
    events, prices = data
    long, short = (-200, -11), (-60, -11)
    base = study(min_obs=40, estimation_window=(-60, -11))
    shorter = specification_curve(
        base, events, prices, draws=30,
        choices={"estimation": [short], "models": ["constant_mean"]},
    )  # fmt: skip
    both = specification_curve(
        base, events, prices, draws=30,
        choices={"estimation": [short, long], "models": ["constant_mean"]},
    )  # fmt: skip
    assert np.isfinite(shorter.statistics).all()
    assert np.isfinite(both.statistics).all()
    same = both.specifications["estimation"] == "[-60,-11]"
    np.testing.assert_allclose(
        both.specifications.loc[same, "statistic"], shorter.specifications["statistic"], rtol=1e-12
    )


def test_few_placements_are_all_used_and_none_is_counted_twice(data):
    events, prices = data
    lone = Events.from_frame(
        pd.DataFrame({"event_id": ["E"], "date": [f"{events.frame['date'].iloc[4]:%Y-%m-%d}"]})
    )
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0)]}
    made = specification_curve(study(), lone, prices, choices=choices, draws=5000)
    assert 20 <= made.n_draws < 5000
    at_home = [
        np.isclose(made.statistics[spec], real).sum()
        for spec, real in enumerate(made.specifications["statistic"])
    ]
    assert at_home == [1] * len(made.specifications)
    for spec, row in enumerate(made.specifications.itertuples()):
        reached = (np.abs(made.statistics[spec]) >= abs(row.statistic) * (1 - 1e-9)).sum()
        assert row.pvalue == pytest.approx(reached / made.n_draws)
    assert made.specifications["note"].str.contains("one date").all()
    assert made.specifications["std_error"].isna().all()
