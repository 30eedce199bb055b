"""Files of bars made into the columns that are read; times in other forms than ISO 8601."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.intraday.vendor_bars import open_bars, vendor_times


def times(*texts, **choices):
    problems: list = []
    rows = np.arange(2, len(texts) + 2)
    read = vendor_times(
        pd.Series(list(texts), dtype=object), rows, problems, **{"timezone": None, **choices}
    )
    return read, problems


def test_the_packages_own_columns_stay(tmp_path):
    (tmp_path / "A.csv").write_text("ts_utc,symbol,close\n2025-03-03T14:30:00Z,A,1\n")
    opened = open_bars(tmp_path / "A.csv")
    assert opened.frame.columns.tolist() == ["ts_utc", "symbol", "close"]
    assert opened.said == []


def test_columns_of_ones_own(tmp_path):
    (tmp_path / "A.csv").write_text("Tag,Zeit,Kurs\n2025-03-03,09:30,1\n")
    columns = {"date": "Tag", "time": "Zeit", "close": "Kurs"}
    opened = open_bars(tmp_path / "A.csv", columns)
    assert opened.frame["timestamp"].tolist() == ["2025-03-03 09:30"]
    with pytest.raises(SchemaError, match="known to be the close"):
        open_bars(tmp_path / "A.csv", {"date": "Tag"})


def test_zones_written_given_and_the_vendors_own():
    (index, said), _ = times("20250303 09:30:00 US/Eastern")
    assert (str(index[0]), said[-1]) == ("2025-03-03 14:30:00+00:00", "times are in US/Eastern")
    (index, _), _ = times("3/3/2025 09:30", timezone="America/New_York")
    assert str(index[0]) == "2025-03-03 14:30:00+00:00"
    (index, said), _ = times("20250603 093000", timezone="Asia/Tokyo", vendor_zone="-05:00")
    assert str(index[0]) == "2025-06-03 14:30:00+00:00"
    assert "Asia/Tokyo that was given is not used" in said[-1]


def test_times_that_are_none_are_named_by_their_row():
    assert times("x") == (None, [])
    assert "name the zone" in times("3/3/2025 09:30")[1][0][1]
    assert "no zone is called" in times("2025-03-03 09:30 Nowhere/Here")[1][0][1]
    _, problems = times("20251102  01:30:00", timezone="America/New_York")
    assert "twice or never" in problems[0][1]
    assert times("3/3/2025 09:30", "x", "3/3/2025 09:35", timezone="UTC")[1] == [
        (3, 'timestamp "x" is no time as the others')
    ]
