"""A workbook: numbers with formats, heads in place, no cell that is run, cuts that are said."""

from __future__ import annotations

import builtins
import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import NotApplicableError
from eventstudy.io.frame_sheets import check_writer, workbook

openpyxl = pytest.importorskip("openpyxl")
HOSTILE = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "http://evil.example", "\t=1+1", "007"]


def frame():
    return pd.DataFrame({
        "event_id": ["A", "B"],
        "estimate": [0.0123, np.nan],
        "pvalue": [0.0314, 1.0],
        "t": [2.5, -np.inf],
        "n_pairs": [3, 4],
        "overlaps": [True, False],
        "session": pd.to_datetime(["2025-04-14", None]),
        "published_utc": pd.to_datetime(["2025-04-12T09:30+08:00", None], utc=True),
        "events": [("E1", "E2"), ()],
    })  # fmt: skip


def read(content, **settings):
    return openpyxl.load_workbook(io.BytesIO(content), **settings)


def test_cells_are_numbers_dates_and_texts_with_formats():
    book = read(workbook({"car": frame()}, percent=["estimate"], pvalues=["pvalue"]))
    assert book.sheetnames == ["contents", "car"]
    sheet = book["car"]
    first = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert {name: cell.value for name, cell in first.items()} == {
        "event_id": "A", "estimate": 0.0123, "pvalue": 0.0314, "t": 2.5, "n_pairs": 3,
        "overlaps": True, "session": dt.datetime(2025, 4, 14),  # noqa: DTZ001 - a cell has no zone
        "published_utc": dt.datetime(2025, 4, 12, 1, 30),  # noqa: DTZ001
        "events": "E1;E2",
    }  # fmt: skip
    formats = {name: cell.number_format for name, cell in first.items()}
    assert formats["estimate"] == "0.00%"
    assert formats["pvalue"] == "0.000"
    assert formats["n_pairs"] == "0"
    assert formats["session"] == "yyyy-mm-dd"
    assert formats["published_utc"].startswith("yyyy-mm-dd hh:mm")
    second = {head.value: cell.value for head, cell in zip(sheet[1], sheet[3], strict=True)}
    assert second["estimate"] is None
    assert second["session"] is None
    assert second["t"] == "-inf"


def test_heads_stay_in_place_with_filters():
    sheet = read(workbook({"car": frame()}))["car"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I3"
    assert all(cell.font.bold for cell in sheet[1])


def test_heads_stand_over_their_cells_numbers_to_the_right():
    table = pd.DataFrame({"name": ["a"], "pvalue": [0.5], "n": [3]})
    sheet = read(workbook({"one": table}, pvalues=("pvalue",)))["one"]
    assert [cell.alignment.horizontal for cell in sheet[1]] == [None, "right", "right"]


def test_hostile_cells_are_texts():
    table = pd.DataFrame({"=head": HOSTILE})
    sheet = read(workbook({"events": table}))["events"]
    cells = [row[0] for row in sheet.iter_rows()]
    assert [cell.value for cell in cells[1:]] == HOSTILE
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.hyperlink is None for cell in cells)


def test_what_a_sheet_cannot_hold_is_cut_and_said():
    table = pd.DataFrame({"text": ["x" * 40_000, "b", "c", "d"]})
    book = read(workbook({"long": table}, row_limit=4))
    said = [cell.value for cell in book["contents"][2]]
    assert said[:3] == ["long", 3, 1]
    assert "first 3 of 4 rows" in said[3]
    assert "1 texts cut at 32,767" in said[3]
    assert book["long"].max_row == 4


def test_names_of_sheets_are_allowed_short_and_each_once():
    names = ["a/b:c", "A b c", "contents", "x" * 40, "x" * 41, ""]
    book = read(workbook({name: frame() for name in names}))
    assert book.sheetnames == [
        "contents", "a b c", "A b c 2", "contents 2", "x" * 31, "x" * 29 + " 2", "sheet",
    ]  # fmt: skip


def test_equal_frames_give_equal_bytes():
    assert workbook({"car": frame()}) == workbook({"car": frame()})


def test_an_empty_frame_is_a_sheet_of_its_head():
    sheet = read(workbook({"none": frame().iloc[:0]}))["none"]
    assert sheet.max_row == 1


def test_without_xlsxwriter_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "xlsxwriter":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(NotApplicableError, match=r"market-reaction\[excel\]"):
        check_writer()
