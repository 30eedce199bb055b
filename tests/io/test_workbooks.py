"""Sheets of workbooks as prices and events take them in."""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.io.workbooks import cell_text, read_sheet, read_text_sheet

openpyxl = pytest.importorskip("openpyxl")
DAY = dt.datetime(2025, 5, 2)  # noqa: DTZ001 - as a workbook has it


@pytest.fixture
def workbook(tmp_path):
    def write(*rows, sheets=("S",)):
        book = openpyxl.Workbook()
        book.active.title = sheets[0]
        for title in sheets[1:]:
            book.create_sheet(title)
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "e.xlsx")
        return tmp_path / "e.xlsx"

    return write


def test_cells_are_the_text_a_csv_would_hold(workbook):
    path = workbook(
        ["event_id", "date", "permno", "flag", None, None],
        [],
        [1, DAY, 14593.0, True, None, None],
        ["b", dt.date(2025, 5, 5), 14593.5, None, None, None],
    )
    table = read_text_sheet(path)
    assert table.frame.to_dict("list") == {
        "event_id": ["1", "b"],
        "date": ["2025-05-02", "2025-05-05"],
        "permno": ["14593", "14593.5"],
        "flag": ["True", ""],
    }
    assert table.rows.tolist() == [3, 4]
    assert table.assumed == ()
    assert cell_text(dt.datetime(2025, 5, 2, 9, 30)) == "2025-05-02 09:30:00"  # noqa: DTZ001


def test_the_index_a_frame_writes_is_passed_over_and_said(workbook):
    read = read_sheet(workbook([None, "date", "A"], [0, DAY, 1.5], [1, DAY, 2]))
    assert read.header == ("date", "A")
    assert read.columns[1] == (1.5, 2)
    assert read.assumed == (
        "e.xlsx: the first column, without a name, holds a running number and was passed over",
    )


def test_of_several_sheets_the_first_is_read_and_said(workbook):
    path = workbook(["date", "A"], [DAY, 1], sheets=("one", "two"))
    assert read_sheet(path).assumed == ("e.xlsx: sheet 'one' was read, the first of 2",)
    assert read_sheet(path, "one").assumed == ()
    with pytest.raises(SpecificationError, match=r"e\.xlsx has no sheet 'ones'.*'one'") as caught:
        read_sheet(path, "ones", key="events.sheet")
    assert caught.value.key == "events.sheet"
    with pytest.raises(SchemaError, match="sheet 'two' is empty"):
        read_sheet(path, "two")
