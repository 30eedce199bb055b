"""One simulated study and its curve, for all tests of curves."""

from __future__ import annotations

import pytest
from small_curve import CHOICES, study

from eventstudy import (
    Events,
    simulate_panel,
    specification_curve,
)


@pytest.fixture(scope="session")
def data() -> tuple[Events, object]:
    events, prices = simulate_panel(n_events=9, n_sessions=330, first_event=130, effect=0.004)
    frame = events.frame[["event_id", "date"]].assign(
        date=events.frame["date"].dt.strftime("%Y-%m-%d"),
        category=["a", "b", "a"] * 3,
        markets=["", "M01", "", "", "M02", "", "", "", "M01;M02"],
    )
    return Events.from_frame(frame, name="events.csv"), prices


@pytest.fixture(scope="session")
def curve(data):
    return specification_curve(study(), *data, choices=CHOICES, draws=150)
