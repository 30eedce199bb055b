"""A bundle of conventions: its choices, and the sentences that say them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import get_args, get_type_hints

import pytest

from eventstudy.conventions import CONVENTIONS, OURS, Conventions
from eventstudy.conventions.bundle import CHOICES, TESTS
from eventstudy.exceptions import SpecificationError


def test_every_choice_is_a_field_with_a_phrase_a_value():
    hints = get_type_hints(Conventions)
    chosen = [field.name for field in fields(Conventions) if field.name in CHOICES]
    assert chosen == list(CHOICES)
    for name, (subject, values) in CHOICES.items():
        assert tuple(values) == get_args(hints[name])
        assert subject
        assert len(set(values.values())) == len(values)
        # Explanations are joined by semicolons.
        assert not any(";" in phrase for phrase in (subject, *values.values()))


def test_nothing_of_ours_differs():
    assert OURS.changed() == ()
    assert all(OURS.differences(test) == () for test in TESTS)


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_but_precision_and_the_group_mean_differs_in_some_test(choice):
    other = next(value for value in CHOICES[choice][1] if value != getattr(OURS, choice))
    bundle = replace(OURS, **{choice: other})
    said = {phrase for test in TESTS for phrase in bundle.differences(test)}
    assert said == (set() if choice in ("storage", "group_mean") else {bundle.phrase(choice)})
    assert ", not " in bundle.phrase(choice)
    assert ", not " not in OURS.phrase(choice)


def test_an_unknown_value_names_the_nearest():
    with pytest.raises(SpecificationError, match=r"conventions\.correlation.*'event'"):
        Conventions(correlation="events")
    with pytest.raises(SpecificationError, match="did you mean 'patell'"):
        Conventions(tests=("patel",))


def test_a_bundle_of_your_own_is_a_choice_of_studies():
    from eventstudy import EventStudy

    CONVENTIONS.register("mine", summary="own", source="own work")(Conventions(forecast="none"))
    try:
        assert EventStudy(conventions="mine").conventions == "mine"
    finally:
        CONVENTIONS.remove("mine")
    with pytest.raises(SpecificationError, match=r"unknown conventions 'mine'"):
        EventStudy(conventions="mine")
