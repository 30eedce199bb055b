"""A table in Excel: one sheet as printed, one of numbers."""

from __future__ import annotations

import io

import pytest
from paper_numbers import drawn, numbers

from eventstudy.reporting.printed_sheet import to_excel

pytest.importorskip("xlsxwriter")
openpyxl = pytest.importorskip("openpyxl")


def sheet_of(frame, **options):
    return openpyxl.load_workbook(io.BytesIO(to_excel(frame, **options)))["table"]


def test_the_sheet_is_the_table_with_its_caption_and_notes():
    frame = drawn(numbers(["placebo"], panels=("a", "b")))
    sheet = sheet_of(frame, caption="=1+1")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "=1+1"
    assert sheet["A1"].data_type == "s"  # a text, not a formula
    assert rows[1] == ["Window", "CAAR, %", "N", "Dates"]
    assert rows[2][0] == "Panel A: a"
    assert rows[3] == ["[0,0]", "0.72***", "1,234", "30"]
    notes = " ".join(str(row[0]) for row in rows[3 + 2 * 4 + 2 :])
    assert " ".join(frame.attrs["notes"].split()).endswith(notes[-60:])
    assert sheet["B4"].alignment.horizontal == "right"
    assert sheet["A2"].border.top.style == "medium"


def test_heads_of_blocks_are_merged():
    frame = drawn(numbers(["bmp", "placebo"], columns=("A", "B")), show=("estimate", "p"))
    sheet = sheet_of(frame, notes="")
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B1:D1", "E1:G1"]
    assert (sheet["B1"].value, sheet["B2"].value) == ("A", "CAAR, %")


def test_a_long_caption_has_lines_and_the_sheet_is_printed_as_wide_as_a_page():
    frame = drawn(numbers())
    sheet = sheet_of(frame, caption="a word " * 20)
    assert max(len(sheet.cell(row, 1).value) for row in (1, 2)) <= 70
    assert sheet["A3"].value == "Window"
    assert sheet["A3"].border.top.style == "medium"
    assert sheet.page_setup.orientation == "landscape"
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)


def test_numbers_are_numbers_and_equal_tables_equal_bytes():
    frame = numbers()
    made = [
        to_excel(drawn(frame), numbers=frame, percent=("estimate",), pvalues=("pvalue",))
        for _ in range(2)
    ]
    assert made[0] == made[1]
    sheet = openpyxl.load_workbook(io.BytesIO(made[0]))["numbers"]
    heads = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, heads.index("pvalue") + 1)
    assert (cell.value, cell.number_format) == (0.004, "0.000")
