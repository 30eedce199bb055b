"""Cells of a table of bars: what is read from them, and what is wrong, by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.intraday.cells import NAMES, column_of, names_of, numbers_of, times_of

ROWS = np.array([2, 3, 4])


def test_a_column_is_found_whatever_its_case():
    frame = pd.DataFrame(columns=[" Symbol ", "CLOSE", "close"])
    assert column_of(frame, ("close",)) == "CLOSE", "the first of two"
    assert column_of(frame, NAMES) == " Symbol "
    assert column_of(frame, ("open",)) is None


def test_numbers_are_read_from_text_and_what_is_none_is_named_by_its_row():
    problems = []
    frame = pd.DataFrame({"close": ["1.5", " ", "x"], "volume": [1, 2, 3], "low": [1.0, np.inf, 2]})
    assert numbers_of(frame, "close", ROWS, problems) == pytest.approx(
        [1.5, np.nan, np.nan], nan_ok=True
    )
    assert numbers_of(frame, "volume", ROWS, problems).tolist() == [1.0, 2.0, 3.0]
    assert np.isnan(numbers_of(frame, "open", ROWS, problems)).all(), "a column that is not there"
    assert problems == [(4, 'close "x" is not a number')]
    numbers_of(frame, "low", ROWS, problems)
    assert problems[1:] == [(3, 'low "inf" is not a number')]


def test_names_come_from_the_column_or_are_the_one_given():
    problems = []
    frame = pd.DataFrame({"ticker": ["A", " B ", " "]})
    assert names_of(frame, None, ROWS, problems) == ["A", "B", ""]
    assert problems == [(4, "ticker is empty")]
    assert names_of(pd.DataFrame(index=range(3)), "SPY", ROWS, []) == ["SPY"] * 3
    with pytest.raises(SpecificationError, match="this one has the column ticker"):
        names_of(frame, "SPY", ROWS, [])


def test_times_are_utc_and_those_of_ts_utc_need_no_offset():
    problems = []
    text = pd.Series(["2025-05-05T09:30", "2025-05-05T09:30-04:00", "soon"])
    times = times_of(text, "ts_utc", ROWS, None, problems)
    assert [f"{time:%H:%M}" for time in times[:2]] == ["09:30", "13:30"]
    assert [row for row, _ in problems] == [4]
    problems = []
    times_of(text, "time", ROWS, None, problems)
    assert [row for row, _ in problems] == [2, 4]
