"""The moment asked: any kind of time, in UTC."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from eventstudy.expectation.moments import as_utc


@pytest.mark.parametrize(
    "moment",
    [
        pd.Timestamp("2025-05-02T09:00+08:00"),
        dt.datetime(2025, 5, 2, 1, tzinfo=dt.UTC),
        np.datetime64("2025-05-02T01:00"),
        pd.Timestamp("2025-05-02T01:00"),
    ],
)
def test_every_time_becomes_utc(moment):
    found = as_utc(moment)
    assert found == np.datetime64("2025-05-02T01:00", "ns")
    assert found.dtype == np.dtype("M8[ns]")
