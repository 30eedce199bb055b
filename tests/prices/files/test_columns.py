"""Columns of a panel made of numbers that share their dates, or of securities with their own."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.files import columns as files_columns
from eventstudy.prices.files.columns import long_columns, wide_columns
from eventstudy.prices.files.dialects import values
from eventstudy.prices.files.problems import read_prices_with_problems
from eventstudy.prices.files.reading import read_prices

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


def test_columns_of_something_else_are_named_first_with_the_remedy(tmp_path):
    file = tmp_path / "k.csv"
    rows = [f"2025-05-{day:02d},{100 + day},0,x\n" for day in range(1, 13)]
    file.write_text("date,A,change,name\n" + "".join(rows))
    with pytest.raises(SchemaError) as caught:
        read_prices(file)
    assert caught.value.problems[0] == (
        "k.csv row 1: no cell of change and name is a price; columns (--columns) says which "
        "columns are read, as date=Date,close=Close"
    )
    assert len(caught.value.problems) == 1 + 2 * 12
    assert len(read_prices(file, columns={"date": "date", "A": "A"}).names) == 1


@pytest.mark.parametrize(("n_rows", "close"), [(1, "100"), (12, "x")])
def test_a_few_wrong_cells_or_all_columns_are_told_cell_by_cell(tmp_path, n_rows, close):
    file = tmp_path / "k.csv"
    rows = [f"2025-05-{day:02d},{close},0\n" for day in range(1, n_rows + 1)]
    file.write_text("date,A,B\n" + "".join(rows))
    with pytest.raises(SchemaError) as caught:
        read_prices(file)
    assert not any("no cell of" in problem for problem in caught.value.problems)


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


@pytest.mark.parametrize("cells", [1, 6, 1_000_000])
def test_columns_read_some_at_a_time_are_as_read_one_by_one(tmp_path, monkeypatch, cells):
    monkeypatch.setattr(files_columns, "_CELLS", cells)
    monkeypatch.setattr(values, "_CELLS", cells)
    file = tmp_path / "k.csv"
    odd = ["x", "", "-", "$5", "1 000", "1,5"]
    rows = [
        [f"2025-05-{day:02d}", *(odd[(day + at) % 6] if at else "7" for at in range(5))]
        for day in range(1, 4)
    ]
    file.write_text("date;A;B;C;D;E\n" + "".join(";".join(row) + "\n" for row in rows))
    with pytest.raises(SchemaError) as caught:
        read_prices(file)
    assert caught.value.problems == tuple(
        f'k.csv 2025-05-{day:02d}: {name} "x" is not a number'
        for at, name in enumerate("ABCDE")
        for day in range(1, 4)
        if at and odd[(day + at) % 6] == "x"
    )
    panel = read_prices_with_problems(file)
    expected = {"$5": 5.0, "1 000": 1_000.0, "1,5": 1.5}
    for at, name in enumerate("ABCDE"):
        cells_of = [odd[(day + at) % 6] if at else "7" for day in range(1, 4)]
        closes = [expected.get(cell, 7.0) for cell in cells_of if cell in (*expected, "7")]
        assert panel.values[panel.names.index(name)].tolist() == closes, name
