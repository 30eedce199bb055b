"""Columns of a panel made of numbers that share their dates, or of securities with their own."""

from __future__ import annotations

import numpy as np

from eventstudy.prices.files.columns import long_columns, wide_columns

DATES = np.array(["2025-05-01", "2025-05-02"], dtype="M8[D]")
NAN = float("nan")


def sentences(columns):
    return [str(problem) for problem in columns.problems]


def test_wide_prices_keep_rows_with_a_price_and_returns_all_rows():
    numbers = [np.array([0.01, NAN]), np.array([0.02, 0.03])]
    prices = wide_columns("p", ["A", "B"], DATES, numbers, "prices", "simple")
    assert [len(dates) for dates in prices.dates] == [1, 2]
    returns = wide_columns("p", ["A", "B"], DATES, numbers, "returns", "simple")
    assert [len(dates) for dates in returns.dates] == [2, 2]
    assert prices.problems == returns.problems == []


def test_long_columns_keep_bars_that_hold_something():
    rows = [
        ("A", DATES, np.array([10.0, 11.0]), {"volume": np.array([5.0, NAN])}),
        ("B", DATES, np.array([10.0, NAN]), {"volume": np.array([NAN, NAN])}),
    ]
    columns = long_columns("p", rows, "prices", "simple")
    assert columns.names == ["A", "B"]
    assert list(columns.fields) == ["A"]
    assert columns.fields["A"]["volume"].iloc[0] == 5.0
    assert [values.tolist() for values in columns.values] == [[10.0, 11.0], [10.0]]


def test_problems_name_the_security_and_bars_that_contradict_themselves_are_remarks():
    bars = {"high": np.array([9.0, 12.0]), "low": np.array([8.0, 13.0]),
            "volume": np.array([-1.0, 1.0])}  # fmt: skip
    columns = long_columns("p", [("A", DATES, np.array([10.0, -1.0]), bars)], "prices", "simple")
    assert sentences(columns) == [
        "p 2025-05-02: A -1 is not positive; leave the cell empty where there was no session",
    ]
    assert [(str(one.date), one.detail) for one in columns.remarks] == [
        ("2025-05-01", "p: A close 10 lies outside its low and high [8, 9]; of this bar the close "
         "alone is used"),
        ("2025-05-02", "p: A low 13 is above its high 12; of this bar the close alone is used"),
    ]  # fmt: skip


def test_an_open_of_zero_in_many_bars_is_one_remark_and_the_closes_count():
    days = np.arange("1985-01-01", "1985-02-01", dtype="M8[D]")
    closes = 100.0 + np.arange(31)
    bars = {"open": np.zeros(31), "high": closes + 1.0, "low": closes - 1.0}
    columns = long_columns("p", [("A", days, closes, bars)], "prices", "simple")
    assert columns.problems == []
    assert columns.values[0].tolist() == closes.tolist()
    assert [one.detail for one in columns.remarks] == [
        "p: A open 0 lies outside its low and high [99, 101]; of this bar the close alone is used; "
        "so it is of 31 bars, 1985-01-01 to 1985-01-31"
    ]
