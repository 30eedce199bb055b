"""What is said where a market has no closing times."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from eventstudy import Events
from eventstudy.study.by_date import paired_by_date, placed_by_date, timed_pairs

EVENTS = Events.from_frame(
    pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "published_at": ["2025-05-02T09:00+08:00", "2025-05-05T09:00+08:00", None],
            "date": ["2025-05-02", "2025-05-05", "2025-05-06"],
        }
    )
)


def series(name, has_clock):
    return SimpleNamespace(name=name, calendar=SimpleNamespace(has_clock=has_clock))


def test_timed_events_of_a_market_without_a_clock_are_counted():
    setting = SimpleNamespace(securities=(series("N225", True), series("OWN", False)))
    aligned = SimpleNamespace(
        event=np.repeat(np.arange(3), 2), security=np.tile([0, 1], 3), is_wanted=np.ones(6, bool)
    )
    study = SimpleNamespace(date_only="same")
    every, one = np.ones(3, bool), np.array([True, False, True])
    assert placed_by_date(study, setting, timed_pairs(EVENTS, aligned, every, 2)) == [
        "OWN has no closing times: 2 events with a time are placed by their date "
        '(date_only = "same")'
    ]
    assert (
        "1 event with a time is placed by its date"
        in placed_by_date(study, setting, timed_pairs(EVENTS, aligned, one, 2))[0]
    )


def test_returns_paired_by_date_are_said_unless_the_study_asked_for_it():
    returns = SimpleNamespace(factor_names=("SPX",), by_date=("OWN",))
    setting = SimpleNamespace(benchmark=series("SPX", True), factors=())
    model = SimpleNamespace(sync=None)
    study = SimpleNamespace(model=model)
    assert paired_by_date(study, setting, returns) == [
        "OWN has no closing times, so returns are paired with those of SPX by date (same_date)"
    ]
    clockless = SimpleNamespace(benchmark=series("IDX", False), factors=())
    assert "IDX has no closing times" in paired_by_date(study, clockless, returns)[0]
    asked = SimpleNamespace(model=SimpleNamespace(sync="same_date"))
    assert paired_by_date(asked, setting, returns) == []
