"""Bars of two securities and an intraday study on them, for all tests of intraday studies."""

from __future__ import annotations

import pandas as pd
import pytest
from small_intraday_study import NEWS, make_bars

from eventstudy import (
    IntradayStudy,
)


@pytest.fixture(scope="session")
def frame():
    return make_bars(names=("AAA", "BBB"), start="2025-02-03", end="2025-04-30", missing=0.03)


@pytest.fixture(scope="session")
def results(frame):
    events = pd.DataFrame({
        "event_id": ["A<b>", "B"], "published_at": [NEWS, "2025-04-15T10:05-04:00"],
        "category": ["x", "y"],
    })  # fmt: skip
    return IntradayStudy(market="SPX", window=(-60, 90), by=("category",), draws=199).fit(
        events, frame
    )
