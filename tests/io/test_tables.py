"""Rows of delimited text and of workbooks: one reader for prices, events and news."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest

from eventstudy.exceptions import SourceError
from eventstudy.io import tables
from eventstudy.io.tables import (
    check_unpacked_size,
    csv_records,
    delimiter_of,
    open_workbook,
    sheet_rows,
)
from eventstudy.prices.files.cells import read_cells


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("date,A,B", ","),
        ("date;A", ";"),
        ("date\tA", "\t"),
        ('"a;b;c",A', ","),
        ('"a,b,c";A', ";"),
        ("date", ","),
    ],
)
def test_the_delimiter_is_the_one_the_header_has_most_of(header, delimiter):
    assert delimiter_of(header) == delimiter


def test_records_are_counted_as_a_spreadsheet_counts_rows():
    text = 'a,b\n\n1,"two\nlines"\n3,4\n'
    records = list(csv_records(io.StringIO(text, newline=""), ","))
    assert [(record.row, list(record.cells), record.n_lines) for record in records] == [
        (1, ["a", "b"], 1),
        (2, [], 1),
        (3, ["1", "two\nlines"], 2),
        (4, ["3", "4"], 1),
    ]
    assert not any(record.error for record in records)
    [later, *_] = csv_records(io.StringIO(text, newline=""), ",", row=7)
    assert later.row == 8


def test_a_record_that_cannot_be_read_costs_itself_only():
    text = 'a,b\n1,"2"x\n3,4\n5,"never\nends\n'
    records = list(csv_records(io.StringIO(text, newline=""), ","))
    assert [record.row for record in records] == [1, 2, 3, 4]
    assert [bool(record.error) for record in records] == [False, True, False, True]
    assert "expected after" in records[1].error
    assert records[1].cells == ()
    assert (records[3].error, records[3].n_lines) == ("unexpected end of data", 2)


@pytest.fixture
def workbook():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for cells in (["date", "A", None], [None, 1, "=B2+1"]):
        book.active.append(cells)
    content = io.BytesIO()
    book.save(content)
    return content


def test_a_workbook_gives_the_stored_values_or_the_formulas(workbook):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with open_workbook(workbook) as book:
            assert list(sheet_rows(book.worksheets[0])) == [
                ("date", "A"),
                (None, 1, None),  # openpyxl computes nothing
            ]
        with open_workbook(workbook, formulas=True) as book:
            assert list(sheet_rows(book.worksheets[0]))[1] == (None, 1, "=B2+1")


def test_a_file_that_unpacks_to_far_more_is_refused_at_every_door(workbook, monkeypatch, tmp_path):
    check_unpacked_size(workbook, "p.xlsx")
    monkeypatch.setattr(tables, "_MOST_UNPACKED", 1_000)
    message = r"p\.xlsx: unpacks to [\d,]+ bytes, far more than it holds; save the table as csv"
    with pytest.raises(SourceError, match=message):
        check_unpacked_size(workbook, "p.xlsx")
    (tmp_path / "p.xlsx").write_bytes(workbook.getvalue())
    with pytest.raises(SourceError, match=message):
        read_cells(tmp_path / "p.xlsx")
    with pytest.raises(zipfile.BadZipFile):
        check_unpacked_size(io.BytesIO(b"no zip"), "p.xlsx")
