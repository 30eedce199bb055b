"""Rows of delimited text and of workbooks: one reader for prices, events and news."""

from __future__ import annotations

import io
import warnings
import zipfile

import pytest
from hostile import contents

from eventstudy.exceptions import SourceError
from eventstudy.io import tables
from eventstudy.io.tables import (
    check_unpacked_size,
    csv_records,
    delimiter_of,
    open_workbook,
    sheet_rows,
    stated_delimiter,
    tidy_header,
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


HEADER = "event_id,date,headline\n"


@pytest.mark.parametrize(
    ("text", "bad", "good"),
    [
        # the mark closes at the end of a later cell: the text is csv, and rows are gone
        (f'{HEADER}E1,2025-05-01,"a\nE2,2025-05-02,b\nE3,2025-05-03,c"\nE4,2025-05-04,d\n', 2, 345),
        # it closes where a later quotation opens
        (f'{HEADER}E1,2025-05-01,"a\nE2,2025-05-02,"b"\nE3,2025-05-03,c\n', 2, 34),
        # it never closes
        (f'{HEADER}E0,2025-05-01,z\nE1,2025-05-01,"a\nE2,2025-05-02,b\nE3,2025-05-03,c\n', 3, 245),
        # in the first column, and in the header
        ('headline,date\n"a,2025-05-01\nb",2025-05-02\nc,2025-05-03\n', 2, 34),
        ('event_id,date,"headline\nE1,2025-05-01,a\nE2,2025-05-02,b"\n', 1, 23),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_stray_quotation_mark_swallows_no_row(text, bad, good, end):
    lines = io.StringIO(text.replace("\n", end), newline="")
    records = list(csv_records(lines, ","))
    assert [record.row for record in records if record.error] == [bad]
    assert [record.row for record in records[1:] if not record.error] == [
        int(row) for row in str(good)
    ]
    assert sum(record.n_lines for record in records) == text.count("\n")
    assert "quotation mark that opens here swallows row" in records[bad - 1].error


@pytest.mark.parametrize(
    "text",
    [
        f'{HEADER}E1,2025-05-01,"Tariffs, talks\nand, more, in 2025"\nE2,2025-05-02,b\n',
        f'{HEADER}E1,2025-05-01,"Agenda\n2025-05-05, Fed, 14:00\nend"\n',
        'headline,date,source\n"one\ntwo",2025-05-02,A\n"one\ntwo",2025-05-02,B\n',
        'text,n\n"first, 2\nsecond, 3\nthird",4\n',
        '"Vol.\n(mn)",date\n1,2025-05-02\n',
    ],
)
def test_a_headline_of_several_lines_stays_one_cell(text):
    assert not any(record.error for record in csv_records(io.StringIO(text, newline=""), ","))


def test_a_line_above_the_header_may_state_the_delimiter():
    assert [stated_delimiter(line) for line in ("sep=;\r\n", '"sep=,"', "SEP=\t", "sep=x")] == [
        ";",
        ",",
        "\t",
        "",
    ]


@pytest.mark.parametrize(
    ("header", "columns", "kept", "said"),
    [
        (["", "date", "A"], ["01", "xy", "zz"], [1, 2], "the first column, without a name,"),
        (["", "event_id", "date"], ["12", "01", "xy"], [1, 2], "the first column, without a name,"),
        (["Unnamed: 0.1", "Unnamed: 0", "date"], ["01", "02", "xy"], [2], "the first 2 columns"),
        (["index", "date"], ["71", "xy"], [1], "the first column, 'index',"),
        (["", "A"], ["01", "zz"], [0, 1], ""),  # it may be the date itself
        (["", "date"], ["11", "xy"], [0, 1], ""),
        (["date", ""], ["xy", ("", None)], [0], ""),
        (["date", "index"], ["xy", "01"], [0, 1], ""),
    ],
)
def test_a_running_number_in_front_is_no_column(header, columns, kept, said):
    own, sentences = tidy_header("p.csv", header, columns)
    assert own == kept
    assert bool(sentences) == bool(said)
    assert said in "".join(sentences)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("a row of 10**9", "a row 1,000,000,000, and no sheet has more than 1,048,576"),
        ("20,000 rows with a far column", "more than 30,000,000 cells"),
    ],
)
def test_cells_far_away_are_refused_before_a_row_is_read(what, words):
    with pytest.raises(SourceError, match=words):
        check_unpacked_size(io.BytesIO(contents.WORKBOOKS[what]()), "book.xlsx")


@pytest.mark.parametrize("what", ["a far row", "a far column", "no cells"])
def test_a_far_cell_alone_is_no_harm(what):
    check_unpacked_size(io.BytesIO(contents.WORKBOOKS[what]()), "book.xlsx")


@pytest.mark.parametrize("shift", range(0, 60, 3))
def test_a_reference_that_lies_in_two_pieces_is_seen(shift):
    filler = " " * ((1 << 20) - 130 - shift)  # spaces, so that the far row lies about the border
    book = contents.of_sheet(f'{filler}<sheetData><row r="2000000"/></sheetData>')
    with pytest.raises(SourceError, match="a row 2,000,000"):
        check_unpacked_size(io.BytesIO(book), "book.xlsx")
