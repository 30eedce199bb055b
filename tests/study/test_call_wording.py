"""Errors of a study in the words of the call."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import Problem, SchemaError, SpecificationError
from eventstudy.study.call_wording import ARGUMENTS, in_words_of_the_call, of_call
from eventstudy.study.event_study import event_study


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
    assert caught.value.problems == ("p row 2: car_windows is odd (and 1 more problem)", "p: more")
    assert caught.value.row == 2
