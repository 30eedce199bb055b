"""A study is fitted to events and prices and to nothing else."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from fitted_study import STUDY, closes, events_table

from eventstudy import Events, EventStudy, PricePanel, SpecificationError


def test_the_parameters_of_a_study_are_those_of_its_specification():
    assert "    estimation_window\n" in EventStudy.__doc__


@pytest.mark.slow
def test_frames_are_read_and_other_things_than_events_and_prices_refused():
    events, prices = Events.from_frame(events_table()), PricePanel.from_frame(closes())
    study = replace(STUDY, draws=0)
    expected = study.fit(events, prices).car
    pd.testing.assert_frame_equal(study.fit(events_table(), closes()).car, expected)
    with pytest.raises(SpecificationError, match="expected Events, a table, a file or dates, got"):
        STUDY.fit(prices, prices)
    with pytest.raises(SpecificationError, match=r"expected a frame, a series, .*, got Events"):
        STUDY.fit(events, events)


def test_progress_names_the_stages_in_order():
    stages = []
    replace(STUDY, draws=0).fit(
        Events.from_frame(events_table()), PricePanel.from_frame(closes()),
        progress=lambda stage, done, total: stages.append((stage, done <= total)),
    )  # fmt: skip
    assert list(dict(stages)) == [
        "aligning news and sessions", "estimating normal returns", "testing against placebo dates",
        "answering further questions",
    ]  # fmt: skip
    assert all(within for _, within in stages)
