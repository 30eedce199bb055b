"""The options as they may be written are those there are."""

from __future__ import annotations

from dataclasses import fields

from eventstudy.study.specification import Specification
from eventstudy.study.study_options import FurtherOptions, StudyOptions


def test_the_options_are_the_fields_of_a_specification():
    assert set(StudyOptions.__annotations__) == {field.name for field in fields(Specification)}
    assert set(StudyOptions.__annotations__) - set(FurtherOptions.__annotations__) == {"model"}
