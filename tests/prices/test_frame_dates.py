"""Dates of a frame's index; further forms in ``tests/public_reports/test_frames.py``."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.frame_dates import read_index

DAYS = pd.bdate_range("2025-03-03", periods=10)


def read(index, *columns, is_returns=False, date_format=None):
    return read_index(
        index, dict.fromkeys(columns, np.ones(len(index), bool)), "frame", is_returns=is_returns,
        date_format=date_format,
    )  # fmt: skip


def test_midnight_is_the_date():
    found = read(DAYS.tz_localize("Asia/Tokyo"), "N225")
    assert found.dates.tolist() == DAYS.date.tolist()
    assert (found.own, found.assumed) == ({}, ())


def test_rows_of_returns_have_one_calendar():
    tokyo, york = (
        DAYS.tz_localize(z).tz_convert("UTC") for z in ("Asia/Tokyo", "America/New_York")
    )
    both = tokyo.union(york)
    with pytest.raises(SchemaError, match="do not tell which dates are meant"):
        read(both, "N225", "SPX", is_returns=True)


def test_numbers_and_holes_are_no_dates():
    for index in (pd.RangeIndex(3), pd.DatetimeIndex(["2025-01-02", None])):
        with pytest.raises(SchemaError, match="must hold dates"):
            read(index, "A")


@pytest.mark.parametrize("kind", ["int64", "float64"])
def test_whole_numbers_of_eight_digits_are_dates_and_that_is_said(kind):
    dates = read(pd.Index([20210104, 20210105], dtype=kind), "A")
    assert dates.dates.astype(str).tolist() == ["2021-01-04", "2021-01-05"]
    assert "numbers such as 20210104 are read as dates" in dates.assumed[0]
    for number in (20210230, 2021010, 20210104.5):
        with pytest.raises(SchemaError, match="must hold dates"):
            read(pd.Index([20210104, number]), "A")


def test_a_format_is_of_text_and_not_of_dates():
    days = [dt.date(2025, 4, 3), dt.date(2025, 5, 5)]
    dates = read(pd.Index(days, dtype=object), "A", date_format="%Y-%d-%m")
    assert dates.dates.tolist() == days


def test_midnights_among_text_are_no_times():
    index = pd.Index([pd.Timestamp("2025-04-03"), "13/04/2025"], dtype=object)
    with pytest.raises(SchemaError, match='row 3: date "13/04/2025" is no'):
        read(index, "A")
