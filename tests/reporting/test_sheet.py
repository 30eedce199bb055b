"""One table of the report as texts."""

import math

import pandas as pd

from eventstudy.reporting.sheet import (
    count_cell,
    interval_cell,
    make_sheet,
    number_cell,
    p_cell,
    percent_cell,
    share_cell,
    text_cell,
    window_cell,
)

FRAME = pd.DataFrame(
    {
        "event": ["E1", "E2"], "mean": [0.0123, math.nan], "share": [0.256, 1.0], "n": [3.0, 4.0],
        "pvalue": [0.0002, math.nan], "ci_low": [-0.01, math.nan], "ci_high": [0.02, 0.1],
        "window_start": [0, -1], "window_end": [1, 1], "empty": ["", None], "remark": ["r", "r"],
    }
)  # fmt: skip


def cells(cell):
    return [cell(row) for row in FRAME.itertuples(index=False)]


def test_a_cell_is_one_number_in_one_unit_and_empty_where_there_is_none():
    assert cells(percent_cell("mean")) == ["+1.23", ""]
    assert cells(percent_cell("mean", sign=False)) == ["1.23", ""]
    assert cells(share_cell("share")) == ["26", "100"]
    assert cells(count_cell("n")) == ["3", "4"]
    assert cells(number_cell("n", 1)) == ["3.0", "4.0"]
    assert cells(p_cell("pvalue")) == ["<0.001", "n/a"]
    assert cells(interval_cell) == ["-1.00 to +2.00", ""]
    assert cells(window_cell) == ["[0,+1]", "[-1,+1]"]
    assert cells(text_cell("absent")) == ["", ""]


def test_a_remark_of_every_row_stands_below_and_an_empty_column_is_left_out():
    columns = [("event", False, text_cell("event")), ("empty", False, text_cell("empty")),
               ("remark", False, text_cell("remark"))]  # fmt: skip
    sheet = make_sheet("Events", FRAME, columns)
    assert sheet.heads == (("event", False),)
    assert sheet.rows == (("E1",), ("E2",))
    assert sheet.notes == ("r",)
    assert not sheet.folded
    assert make_sheet("Events", FRAME.loc[FRAME.index.repeat(13)], columns).folded
