"""What a user says of a file."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.prices.files.dialects.choices import ReadingChoices


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"field": "adjusted"}, "prices.field"),
        ({"empty": "drop"}, "prices.empty"),
        ({"dialect": "nasdak"}, "did you mean 'nasdaq'"),
        ({"date_format": "iso"}, "says no order"),
        ({"start": dt.date(2025, 1, 2), "end": dt.date(2025, 1, 1)}, "lies after prices.end"),
    ],
)
def test_a_choice_that_is_none_is_refused(wrong, said):
    with pytest.raises(SpecificationError, match=said):
        ReadingChoices(**wrong)


def test_what_is_said_is_kept():
    choices = ReadingChoices(date_format="%d/%m/%Y", columns={"date": "Day"})
    assert (choices.field, choices.empty, choices.columns) == ("close", "missing", {"date": "Day"})
