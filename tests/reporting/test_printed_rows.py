"""Rows of tests as they print: readable in 80 columns, what is left out counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.reporting.printed_rows import PrintedRows


def rows(n=2, **columns):
    held = {
        "group": [f"kind={at}" for at in range(n)], "window_start": 0, "window_end": 1,
        "name": "bmp", "estimate": 0.0123, "pvalue": 0.004, "ci_low": 0.004, "ci_high": 0.02,
        "n_pairs": 1234, "n_dates": 31, "note": "",
    }  # fmt: skip
    return PrintedRows({**held, **columns})


def test_estimate_interval_p_and_numbers_are_shown():
    lines = str(rows()).splitlines()
    heads = ("group", "window", "test", "estimate, %", "95 % interval", " p ", "pairs", "dates")
    assert [head for head in heads if head in lines[0]] == list(heads)
    assert lines[2].split() == [
        "0",
        "[0,+1]",
        "bmp",
        "+1.23",
        "+0.40",
        "to",
        "+2.00",
        "0.004",
        "1,234",
        "31",
    ]


def test_no_line_is_wider_than_a_terminal():
    kinds = ["category*security=a kind of news with a long name*Hang Seng"] * 3
    wide = rows(3, group=kinds, note="x " * 90)
    assert max(map(len, str(wide).splitlines())) <= 80


def test_rows_without_a_result_are_counted_with_their_reasons():
    gone = [0.01, np.nan, np.nan, np.nan]
    shown = str(rows(4, estimate=gone, pvalue=gone, note=["", "few.", "few.", "other"]))
    assert "3 of 4 rows, without a result: few (2); other (1)." in " ".join(shown.split())
    assert "nan" not in shown.lower()
    nothing = " ".join(str(rows(1, estimate=np.nan, pvalue=np.nan)).split())
    assert "(no rows)" in nothing
    assert "1 of 1 row, without a result: no reason is given (1)." in nothing


def test_a_row_without_a_p_value_says_why_and_many_rows_are_cut():
    one = " ".join(str(rows(1, pvalue=np.nan, note="two dates")).split())
    assert "Without p: two dates (1)." in one
    many = str(rows(70))
    assert "10 more rows of 70" in " ".join(many.split())
    assert len(many.splitlines()) < 66


def test_an_estimate_without_an_interval_says_why_where_nothing_is_tested():
    frame = rows(1, ci_low=np.nan, ci_high=np.nan, note="fewer than two dates")
    text = str(PrintedRows(frame.drop(columns="pvalue")))
    assert "Without an interval: fewer than two dates (1)." in " ".join(text.split())
    assert "Without an interval" not in str(frame)  # whose p-value says what there is


def test_a_difference_names_both_numbers_of_dates():
    frame = PrintedRows({
        "contrast": ["kind: a - b"], "window_start": 0, "window_end": 0, "security": "N225",
        "estimate": 0.01, "pvalue": 0.5, "n_dates_a": 61, "n_dates_b": 96,
    })  # fmt: skip
    assert "a - b" in str(frame)
    assert str(frame).splitlines()[2].endswith("61, 96")
    assert "first kind, and of the second" in str(frame)


def test_it_is_a_frame_whose_parts_are_plain():
    frame = rows()
    assert type(frame.head(1)) is pd.DataFrame
    assert type(frame[["group", "pvalue"]]) is pd.DataFrame
    assert type(frame.copy()) is pd.DataFrame
    pd.testing.assert_frame_equal(frame, pd.DataFrame(frame))
    assert "(empty table)" in str(PrintedRows(pd.DataFrame()))
