"""Rows a vendor sends: what is kept, what is left out and listed."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from eventstudy.prices.yahoo.cleaning import Request, clean_bars

NOW = dt.datetime(2025, 6, 1, tzinfo=dt.UTC)


def test_repeated_rows_and_rows_outside_the_dates_are_listed():
    index = pd.DatetimeIndex(
        ["2025-05-02", "2025-05-01", "2025-05-01", "2025-04-30"], tz="Asia/Tokyo"
    )
    raw = pd.DataFrame({n: [2.0, 1.0, 9.0, 0.5] for n in ("Open", "High", "Low", "Close")}, index)
    request = Request("^N225", dt.date(2025, 5, 1), dt.date(2025, 5, 9))
    bars, notes = clean_bars(raw.assign(Volume=0), request, "1d", pd.Timestamp(NOW))
    assert bars["close"].tolist() == [1.0, 2.0]
    assert [(str(note.date), note.check) for note in notes] == [
        ("2025-04-30", "row_outside_range"),
        ("2025-05-01", "repeated_row"),
    ]
