from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.events.table import Events
from eventstudy.exceptions import EventStudyWarning, SpecificationError


@pytest.fixture
def some():
    frame = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "date": ["2025-05-02", "2025-05-05"],
            "category": ["deal", "talks"],
            "markets": ["N225", ""],
            "flag": [True, False],
            "n": [1.0, 2.5],
        }
    )
    return Events.from_frame(frame)


def test_numbers_and_truth_values_match_however_they_are_written(some):
    assert some.select({"flag": [True]}).tolist() == [True, False]
    assert some.select({"flag": ["false"]}).tolist() == [False, True]
    assert some.select({"n": ["1"]}).tolist() == [True, False]
    assert some.select({"n": [2.5, "1.0"]}).tolist() == [True, True]


def test_a_value_that_no_event_has_is_named_with_the_nearest(some):
    assert some.unmatched({"category": ["deal", ""], "n": [1]}) == ()
    assert some.unmatched({"category": ["deals"], "date": ["2025-05-06"], "n": [7]}) == (
        "no event has category 'deals'; did you mean 'deal'?",
        "no event has date '2025-05-06'; did you mean '2025-05-05'?",
        "no event has n '7'; known: 1, 2.5",
    )


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        ({"category": ["deels"]}, "no event has category 'deels'; did you mean 'deal'?"),
        ({"category": ["deal"], "n": [2.5]}, "no event has all of these values at once"),
    ],
)
def test_a_study_says_what_its_selection_missed(some, select, reason):
    from eventstudy.study.preparation import selected_events
    from eventstudy.study.specification import Specification

    with pytest.raises(SpecificationError) as caught:
        selected_events(Specification(select=select), some)
    assert str(caught.value) == f"events.select leaves none of 2 events: {reason}"
    with pytest.warns(EventStudyWarning, match="no event has category 'talk'"):
        selected_events(Specification(select={"category": ["deal", "talk"]}), some)
