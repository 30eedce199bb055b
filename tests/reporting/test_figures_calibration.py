"""The figure of a calibration shows its rates, in percent, and what has none."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from eventstudy.exceptions import SchemaError
from eventstudy.reporting import palette
from eventstudy.reporting.figures_calibration import calibration_size, plot_calibration


def rates() -> pd.DataFrame:
    rows = [
        ("patell", "ordinary", 0.05, 0.20, 0.17, 0.23),
        ("placebo", "ordinary", 0.05, 0.05, 0.03, 0.07),
        ("placebo", "event variance x 2", 0.05, 0.12, 0.10, 0.14),
        ("placebo", "ordinary", 0.01, 0.01, 0.00, 0.02),
        ("joint_f", "ordinary", 0.05, np.nan, np.nan, np.nan),
    ]
    columns = ["name", "scenario", "level", "rate", "rate_low", "rate_high"]
    return pd.DataFrame(rows, columns=columns)


def test_rates_of_one_level_in_their_order_and_those_without_one_below() -> None:
    ax = plot_calibration(rates(), Figure().subplots())
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["placebo", "patell", "joint_f"]
    assert [text.get_text() for text in ax.texts] == ["no rate"]
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert sorted(float(mark.get_xdata()[0]) for mark in marks) == pytest.approx([5, 12, 20])
    off = {round(float(mark.get_xdata()[0])): mark.get_color() for mark in marks}
    assert off == {5: palette.INK.light, 20: palette.WARN.light, 12: palette.WARN.light}
    assert "rejected at 5 %" in ax.get_xlabel()


def test_a_missing_column_is_named_and_more_tests_need_more_room() -> None:
    with pytest.raises(SchemaError, match="plot_calibration: the frame lacks the column 'rate'"):
        plot_calibration(rates().drop(columns="rate"), Figure().subplots())
    assert calibration_size(20)[1] > calibration_size(2)[1] > calibration_size(0)[1] - 0.31


def test_in_a_journal_a_cross_marks_what_colour_does_on_a_screen() -> None:
    for style in ("default", "journal"):
        ax = plot_calibration(rates(), Figure().subplots(), style=style)
        crosses = [line for line in ax.lines if line.get_marker() == "x"]
        assert len(crosses) == 2
    assert {line.get_color()[:3] for line in ax.lines[:6]} <= {(0, 0, 0), (2 / 15,) * 3}
