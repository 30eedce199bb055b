"""Every specification of a curve is the study run alone."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from small_curve import fitted, study

from eventstudy import (
    Events,
    Execution,
    bundled_study,
    specification_curve,
)
from eventstudy.exceptions import EventStudyWarning


@pytest.mark.slow
def test_every_specification_is_the_study_run_alone(data, curve):
    assert len(curve.specifications) == 2 * 2 * 2 * (2 + 2 + 1)
    for row in curve.specifications.itertuples():
        own = fitted(*data, row, draws=0)
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)
        assert (row.n_pairs, row.n_units) == (own["n_pairs"], own["n_units"])


@pytest.mark.slow
def test_other_choices_and_a_group_of_one_market(data):
    group = "category*security=a*M01"
    made = specification_curve(
        study(),
        *data,
        group=group,
        draws=60,
        choices={
            "models": ["constant_mean", "market_model"],
            "benchmarks": ["M02", "M03"],  # M02 is a market of the study, though not of the group
            "estimation": [(-100, -11)],
            "ambiguous": ["keep", "widen"],
            "mask_events": [False, True],
        },
    )
    assert len(made.specifications) == 3 * 2 * 2 * len(set(made.specifications["car"]))
    for row in made.specifications.itertuples():
        own = fitted(*data, row, by="category*security", group=group, draws=0, markets=("M01",))
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)
    whole = fitted(*data, made.specifications.iloc[0], "category*security", group, draws=0)
    assert whole["statistic"] == pytest.approx(made.specifications["statistic"].iloc[0], rel=1e-12)


@pytest.mark.slow
def test_expected_signs_turn_every_specification(data):
    events, prices = data
    frame = events.frame[["event_id", "category"]].assign(
        date=events.frame["date"].dt.strftime("%Y-%m-%d"),
        expected_sign=["+", "-", "0", "+", "-", "-", "+", "mixed", "+"],
    )
    signed = Events.from_frame(frame, name="signed")
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0)]}
    made = specification_curve(study(sign="expected"), signed, prices, choices=choices, draws=30)
    for row in made.specifications.itertuples():
        own = fitted(signed, prices, row, draws=0, sign="expected")
        assert row.n_pairs == own["n_pairs"] == 14
        assert row.estimate == pytest.approx(own["estimate"], rel=1e-12)
        assert row.statistic == pytest.approx(own["statistic"], rel=1e-12)


@pytest.mark.slow
def test_two_processes_give_the_same_digits_and_warnings(data):
    choices = {"sync": ["same_date", "lag", "asof"], "car": [(0, 0), (0, 1)]}
    steps = []
    with pytest.warns(EventStudyWarning, match="8 of 28 specifications could not") as caught:
        made = [
            specification_curve(
                study(), *data, choices=choices, draws=40, execution=Execution(jobs=jobs),
                progress=lambda *step: steps.append(step),
            )
            for jobs in (1, 2)
        ]  # fmt: skip
    assert len(caught) == 2
    assert str(caught[0].message) == str(caught[1].message)
    np.testing.assert_array_equal(made[0].statistics, made[1].statistics)
    for name in ("specifications", "refused", "influence", "summary", "draws"):
        pd.testing.assert_frame_equal(getattr(made[0], name), getattr(made[1], name))
    assert len(made[0].refused)  # asof needs closing times
    running = [step for step in steps if step[0] == "running specifications"]
    assert running[-1][1] == running[-1][2] == len(running) / 2 - 1


@pytest.mark.slow
def test_a_warning_is_given_once(tmp_path):
    file = bundled_study()
    events, prices = file.load()
    choices = {
        "models": ["market_model"], "sync": ["same_date"], "car": [(0, 0), (0, 1)],
        "estimation": [(-250, -21), (-192, -21)],
    }  # fmt: skip
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        specification_curve(
            file.study, events, prices, choices=choices, draws=20,
            group="category*security=talk_signal*TWII",
        )  # fmt: skip
    assert len(caught) == 1
    assert caught[0].category is EventStudyWarning
    assert 'sync = "same_date" pairs SPX' in str(caught[0].message)
