"""A curve from end to end: what is carried out, what is refused, seeds, the study file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_curve import CHOICES, CURVE, study
from small_study import STUDY, write_study

from eventstudy import (
    SpecificationError,
    read_study,
    specification_curve,
)
from eventstudy.exceptions import EventStudyWarning
from eventstudy.studyfile.study_file import parse_study


@pytest.mark.slow
def test_counts_add_up_and_what_cannot_be_done_says_why(data):
    with pytest.warns(EventStudyWarning, match="specifications could not be carried out"):
        made = specification_curve(
            study(max_loss=0.3),
            *data,
            draws=30,
            choices={
                "models": ["market_model", "constant_mean", "factor"],
                "benchmarks": ["M03", "M02", "M04"],
                "estimation": [(-100, -11), (-20, -11), (-100, -1), (-180, -11)],
                "car": [(0, 0), (0, 9)],
                "ambiguous": ["keep", "drop"],
            },
        )
    listed = 2 * 4 * 2 * (3 + 1 + 1)
    assert made.n_listed == listed == len(made.specifications) + len(made.refused)
    numbers = [*made.specifications["spec"], *made.refused["spec"]]
    assert sorted(numbers) == list(range(1, listed + 1))
    reasons = made.refused.set_index("spec")["reason"]
    assert (reasons != "").all()
    by = {
        "benchmark": {"M02": "M02 is both a market of the study and its own"},
        "estimation": {
            "[-20,-11]": "fewer than sample.min_obs = 50",
            "[-100,-1]": "overlaps windows.event",
        },
        "car": {"[0,+9]": "not inside windows.event [-2,+3]"},
        "ambiguous": {"drop": "pairs were dropped (100%; ambiguous"},
        "model": {"factor": "model 'factor' needs model.factors"},
    }
    for row in made.refused.itertuples():
        expected = [
            text
            for column, values in by.items()
            for value, text in values.items()
            if getattr(row, column) == value
        ]
        assert any(text in row.reason for text in expected), row
    for row in made.specifications.itertuples():
        assert not any(getattr(row, column) in values for column, values in by.items())
    assert f"{len(made.refused)} not" in made.sentences()[0]
    assert "Not carried out:" in made.to_text()


@pytest.mark.slow
def test_a_benchmark_of_the_group_itself_is_refused_and_said(data):
    choices = {
        "models": ["market_model", "constant_mean"],
        "benchmarks": ["M02", "M03"],
        "estimation": [(-100, -11)],
        "car": [(0, 0), (0, 1)],
    }
    sentence = "2 of 6 specifications could not be carried out: M02 is both a market of the study"
    with pytest.warns(EventStudyWarning) as caught:
        made = specification_curve(study(), *data, choices=choices, draws=0)
    assert [str(warning.message).startswith(sentence) for warning in caught] == [True]
    assert any(sentence.startswith(sentence) for sentence in made.sentences())
    assert sentence in " ".join(made.to_text().split())
    assert set(made.refused["benchmark"]) == {"M02"}
    # In a group without M02 it is a benchmark like any other.
    alone = specification_curve(
        study(), *data, choices=choices, draws=0, group="category*security=a*M01"
    )
    assert alone.refused.empty
    assert "could not be carried out" not in alone.to_text()


def test_more_than_one_reason_is_counted(data):
    choices = {
        "models": ["market_model"],
        "benchmarks": ["M02", "M03"],
        "estimation": [(-100, -11)],
        "car": [(0, 0), (0, 1), (0, 9)],
    }
    with pytest.warns(
        EventStudyWarning, match=r"^4 of 6 .* own benchmark.* \(2\); and for 1 other"
    ):
        made = specification_curve(study(), *data, choices=choices, draws=0)
    assert "- 2: the CAR window is not inside" in made.to_text()


def test_wrong_groups_and_settings_are_one_sentence(data):
    for group, message in (
        ("category=c", "unknown group 'category=c'"),
        ("category*security=a*M1", "did you mean 'category*security=a*M01'?"),
        ("categry=a", "group 'categry=a': the events have no column 'categry'; did you mean"),
    ):
        with pytest.raises(SpecificationError) as caught:
            specification_curve(study(), *data, group=group)
        assert message in str(caught.value)
    with pytest.raises(SpecificationError, match="draws is -1"):
        specification_curve(study(), *data, draws=-1)
    with pytest.raises(SpecificationError, match="volatility_matched"):
        specification_curve(study(draws_from="volatility_matched"), *data)
    only = {"models": ["constant_mean"], "estimation": [(-20, -11)], "car": [(0, 0)]}
    with pytest.raises(SpecificationError, match="none of the 1 specifications"):
        specification_curve(study(), *data, choices=only)


@pytest.mark.slow
def test_equal_seeds_give_equal_draws_and_others_others(data, curve):
    again = specification_curve(study(seed=77), *data, choices=CHOICES, draws=150, seed=5)
    pd.testing.assert_frame_equal(again.specifications, curve.specifications)
    pd.testing.assert_frame_equal(again.draws, curve.draws)
    other = specification_curve(study(), *data, choices=CHOICES, draws=150, seed=6)
    assert not np.array_equal(other.statistics, curve.statistics)
    np.testing.assert_array_equal(
        other.specifications["statistic"], curve.specifications["statistic"]
    )


@pytest.mark.slow
def test_the_study_file_lists_choices_and_says_them_back(tmp_path):
    file = read_study(write_study(tmp_path, STUDY + CURVE))
    assert file.curve["group"] == "category=up"
    written = file.to_dict()
    assert written["curve"]["estimation"] == [[-100, -11], [-80, -11]]
    assert parse_study(written, "again", tmp_path).curve == file.curve
    made = file.specification_curve(draws=25)
    assert made.group == "category=up"
    assert len(made.specifications) == 8
    assert made.manifest["study"]["curve"]["max"] == 20
    assert set(made.manifest["inputs"]) == {"events", "prices", "study"}
    every = file.specification_curve(draws=25, group="all")
    assert every.group == "all"
    assert every.specifications["n_pairs"].max() == 12


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"modles": ["factor"]}, "unknown key curve.modles; did you mean 'models'?"),
        ({"models": ["facto"]}, "curve.models: unknown model \"facto\"; did you mean 'factor'?"),
        ({"car": []}, "curve.car must be a list of windows"),
        ({"models": []}, "curve.models is empty; list a value or leave the key out"),
        ({"mask_events": [1]}, "curve.mask_events must be a list such as [false, true], got [1]"),
        ({"max": 0}, "curve.max is 0; it must be at least 1"),
        ({"estimation": [[-9]]}, "curve.estimation must be a list of windows"),
    ],
)
def test_mistakes_in_the_table(table, message):
    with pytest.raises(SpecificationError) as caught:
        parse_study({"events": {"bundled": True}, "curve": table}, "study.toml")
    assert str(caught.value).startswith(f"study.toml: {message}")
