"""Tables out of rows."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.files.dialects.catalogue import get_dialect
from eventstudy.prices.files.dialects.grid import Grid
from eventstudy.prices.files.dialects.shapes import below_header, table_of


def grid(*records, delimiter=","):
    return Grid(
        "x.csv", [tuple(r) for r in records], list(range(1, len(records) + 1)), "", delimiter
    )


def test_titles_notes_empty_columns_and_row_numbers_are_passed_over():
    rows = grid(["title"], ["", "date", "A", ""], ["0", "2024-04-22", "1", ""],
                ["1", "2024-04-23", "2", ""], ["a note"])  # fmt: skip
    table = below_header(rows, 1)
    assert table.cells.frame.columns.tolist() == ["date", "A"]
    assert table.cells.rows.tolist() == [3, 4]
    assert table.said == (
        "1 row above the header passed over", "1 row of notes passed over",
        "the first column, which numbers the rows, is not used",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([["date", "A"], ["2024-04-22", "1", "2"]], "row 2: 3 cells where the header has 2"),
        ([["date", "A", "A"], ["2024-04-22", "1", "2"]], "column 'A' is there 2 times"),
        ([["date", "A"]], "a header and no rows"),
        ([["date", "", "A"], ["2024-04-22", "1", "2"]], "column 2 has no name"),
    ],
)
def test_what_is_no_table_is_refused(records, said):
    with pytest.raises(SchemaError, match=said):
        below_header(grid(*records), 0)


@pytest.mark.parametrize("name", ["bloomberg", "bloomberg_wide", "datastream", "yfinance_download"])
def test_a_shape_that_is_not_there_is_refused(name):
    with pytest.raises(SchemaError, match=r"x\.csv"):
        table_of(grid(["date", "A"], ["2024-04-22", "1"]), get_dialect(name))


def test_blocks_of_one_and_of_two_securities():
    one = table_of(grid(["A Index", ""], ["Date", "PX_LAST"], ["2024-04-22", "1"]),
                   get_dialect("bloomberg"))  # fmt: skip
    assert (one.security, one.cells.frame.columns.tolist()) == ("A Index", ["date", "close"])
    two = table_of(
        grid(["A Index", "", "B Index", ""], ["Date", "PX_LAST", "Date", "PX_LAST"],
             ["2024-04-22", "1", "2024-04-23", "2"], ["2024-04-23", "3", "", ""]),
        get_dialect("bloomberg"),
    )  # fmt: skip
    assert two.cells.frame.to_numpy().tolist() == [
        ["2024-04-22", "A Index", "1"], ["2024-04-23", "A Index", "3"],
        ["2024-04-23", "B Index", "2"],
    ]  # fmt: skip
    assert two.cells.rows.tolist() == [3, 4, 3]


def test_the_close_of_the_day_before_is_no_close():
    table = table_of(
        grid(["A Index", "", ""], ["Date", "PX_LAST", "PX_CLOSE_1D"], ["2024-04-22", "2", "1"]),
        get_dialect("bloomberg"),
    )
    assert table.cells.frame["close"].tolist() == ["2"]
    for name, above in (("bloomberg", "Date"), ("bloomberg_wide", "")):
        with pytest.raises(SchemaError, match="A Index has two columns read as close, 2 and 3"):
            table_of(
                grid(["", "A Index", ""], [above, "PX_LAST", "PX_LAST"], ["2024-04-22", "2", "1"]),
                get_dialect(name),
            )


def test_volumes_of_datastream_are_no_prices():
    head = [["Name", "A", "A - TURNOVER BY VOLUME"], ["Code", "J:A(P)", "J:A(VO)"]]
    table = table_of(grid(*head, ["2024-04-22", "1", "9"]), get_dialect("datastream"))
    assert table.security == "J:A"
    assert table.cells.frame["close"].tolist() == ["1"]
    assert "column 3, J:A(VO), holds no prices and is not used" in table.said
