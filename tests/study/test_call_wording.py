"""Errors of a study in the words of the call."""

from __future__ import annotations

import pytest
from small_study import with_line, write_study

from eventstudy import EventStudy, MarketModel
from eventstudy.exceptions import NotApplicableError, Problem, SchemaError, SpecificationError
from eventstudy.study.call_wording import (
    ARGUMENTS,
    in_words_of_the_call,
    in_words_of_the_file,
    of_call,
)
from eventstudy.study.event_study import event_study
from eventstudy.studyfile.study_file import read_study


def test_keys_become_arguments_wherever_they_stand():
    error = SpecificationError('windows.car [0,9] is bad; set prices.kind = "simple"')
    assert str(of_call(error)) == 'car_windows [0,9] is bad; set kind="simple"'
    assert str(of_call(SpecificationError("close 2 windows.cart"))) == "close 2 windows.cart"


def test_every_argument_is_one_of_the_call():
    import inspect

    assert {*ARGUMENTS.values()} <= {*inspect.signature(event_study).parameters}


def test_a_remedy_that_names_tables_gives_way_and_the_place_stays():
    error = SpecificationError(
        "event E1 has a time, but market A has no closing times",
        file="events", row=3, remedy="give the table [market.A] timezone and close", stage="clock",
    )  # fmt: skip
    said = str(of_call(error))
    assert said.startswith("events row 3: event E1 has a time, but market A has no closing times; ")
    assert 'calendar="XNYS"' in said
    assert "[market." not in said
    assert of_call(error).row == 3


def test_errors_keep_their_kind_parts_and_problems():
    error = SchemaError([Problem(file="p", row=2, reason="windows.car is odd"), "p: more"])
    with pytest.raises(SchemaError, match="car_windows is odd") as caught, in_words_of_the_call():
        raise error
    assert caught.value.problems == ("p row 2: car_windows is odd", "p: more")
    assert caught.value.row == 2


def test_a_study_in_python_and_its_results_speak_of_the_call(results):
    for options, said in (
        ({"car_windows": []}, "car_windows is empty; name a window, such as"),
        ({"draws": -1}, "draws is -1; it must be at least 0"),
        ({"contrast_by": ["kind"]}, "contrast_by is set, but contrast names nothing"),
        ({"min_obs": 900}, "has 230 sessions, fewer than min_obs=900"),
    ):
        with pytest.raises(SpecificationError) as caught:
            EventStudy(markets=["A"], model=MarketModel("M"), **options)
        assert said in str(caught.value)
        assert "." not in caught.value.key
    with pytest.raises(SpecificationError, match="columns: the events have no column 'nope'"):
        results.regress_cars("nope")
    with pytest.raises(NotApplicableError, match="give it contrast="):
        results.contrast_table()


def test_a_study_file_speaks_of_its_keys(tmp_path):
    study = write_study(tmp_path, with_line("draws", "draws = -1"))
    with pytest.raises(SpecificationError, match=r"statistics\.draws is -1"):
        read_study(study)


def test_a_remedy_is_given_once():
    error = SpecificationError("no hours", remedy="give the table [market.A]", stage="clock")
    assert str(of_call(of_call(error))) == str(of_call(error))


def test_a_study_made_for_a_file_names_its_keys():
    with in_words_of_the_file(), pytest.raises(SpecificationError, match=r"^statistics\.draws is"):
        EventStudy(draws=1.5)
    with pytest.raises(SpecificationError, match=r"^draws is"):
        EventStudy(draws=1.5)
