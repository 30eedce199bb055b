"""The frame of a calibration: complete, with a reason for every rate that is missing."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from grouped_study import made
from small_calibration import NAMES, frame_of, study_on
from workers_apart import work_apart

from eventstudy import Events, SpecificationError
from eventstudy import calibrate as public_calibrate
from eventstudy.calibration import calibrate, measurable
from eventstudy.calibration.result import (
    COLUMNS,
    EFFECTS,
    LEVELS,
    ORDINARY,
    ROUGH,
    ROUGH_TIMES,
    effect_label,
)
from eventstudy.inference import STATISTICS


def test_the_frame_is_long_and_complete(calibration):
    frame = calibration.frame
    assert tuple(frame.columns) == COLUMNS
    assert public_calibrate is calibrate
    scenarios = [ORDINARY] * 3 + [ROUGH] * 3 + [ROUGH_TIMES] * 3
    scenarios += [effect_label(effect) for effect in EFFECTS]
    for _, part in frame.groupby(["group", "window_start", "window_end", "name"], sort=False):
        assert list(part["scenario"]) == scenarios
        assert list(part["level"]) == [*LEVELS, *LEVELS, *LEVELS, 0.05, 0.05, 0.05]
        assert len(set(part["mde"])) == 1
    assert len(frame) == 3 * 2 * len(NAMES) * 12
    assert set(frame["group"]) == {"all", "kind=x", "kind=y"}
    inside = (frame["rate_low"] <= frame["rate"]) & (frame["rate"] <= frame["rate_high"])
    assert inside.all()


def test_unknown_and_unmeasurable_statistics_are_refused(study_data):
    with pytest.raises(SpecificationError, match="did you mean 'placebo'"):
        calibrate(*study_data, statistics=["placebos"])
    with pytest.raises(SpecificationError, match="statistics is empty"):
        calibrate(*study_data, statistics=[])
    with pytest.raises(SpecificationError, match="needs placebo draws"):
        calibrate(*study_data, draws=0)
    names, left_out = measurable(None, "greater")
    assert set(names) | set(left_out) == set(STATISTICS.names())
    for name in left_out:
        test = STATISTICS[name].value
        assert not test.directed or not test.measured
        with pytest.raises(SpecificationError, match="cannot be calibrated"):
            measurable([name], "greater")


def test_no_placements_are_a_row_with_the_reason():
    short = frame_of(6).iloc[:66]
    calibration = calibrate(*study_on(short, [63]), statistics=("placebo", "sign"))
    assert calibration.frame["rate"].isna().all()
    assert calibration.frame["note"].str.startswith("not available: only ").all()
    assert (calibration.frame["n_draws"] == 0).all()
    assert "no rate" in calibration.to_text()


def test_groups_of_the_same_pairs_are_measured_once():
    calibration = calibrate(*study_on(frame_of(7), by=["kind", "kind*expected_sign"],
                                signs=["+", "-"] * 4), statistics=("bmp",))  # fmt: skip
    parts = calibration.frame.drop(columns="group")
    one = parts[calibration.frame["group"] == "kind=x"].reset_index(drop=True)
    two = parts[calibration.frame["group"] == "kind*expected_sign=x*+"].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, two)


def test_groups_of_the_same_pairs_are_two_to_a_test_that_borrows_from_the_others():
    study, events, prices = made(sizes=(3, 3, 4, 4, 5, 5), length=600)
    table = events.frame[["event_id", "date", "category"]]
    table = table.assign(other=table["category"].where(table["category"] == "k2", "rest"))

    def of_k2(*by):
        frame = calibrate(
            replace(study, by=by, car_windows=((0, 0),)), Events.from_frame(table), prices,
            statistics=["moderated_placebo"], draws=200,
        ).frame  # fmt: skip
        return frame[frame["group"] == "other=k2"].reset_index(drop=True)

    pd.testing.assert_frame_equal(of_k2("category", "other"), of_k2("other"))


def test_progress_is_told(study_data):
    steps = []
    calibrate(*study_data, statistics="sign", draws=20, progress=lambda *step: steps.append(step))
    assert steps[-1] == ("measuring size and power", 3, 3)


@pytest.mark.slow
def test_groups_measured_apart_have_the_same_digits(monkeypatch):
    study, events, prices = made(length=500)
    study = replace(study, by=("category", "security"))
    steps = []
    expected = calibrate(study, events, prices, draws=60)
    work_apart(monkeypatch)
    found = calibrate(study, events, prices, draws=60, progress=lambda *each: steps.append(each))
    pd.testing.assert_frame_equal(expected.frame, found.frame, check_exact=True)
    assert expected.manifest == found.manifest
    assert steps[-1] == ("measuring size and power", 9, 9)
