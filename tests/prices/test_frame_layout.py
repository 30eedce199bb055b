"""What the columns of a frame are; further forms in ``tests/public_reports/test_frames.py``."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.prices.frame_layout import layout_of

DAYS = pd.bdate_range("2025-03-03", periods=3)


def frame(*columns):
    return pd.DataFrame([range(1, len(columns) + 1)] * 3, index=DAYS, columns=list(columns))


def test_columns_are_securities():
    layout = layout_of(frame("A", "B"), "frame", "prices", None)
    assert list(layout.closes) == ["A", "B"]
    assert (layout.bars, layout.adjusted, layout.assumed) == ({}, {}, ())


def test_bars_are_one_security_with_its_adjusted_close():
    layout = layout_of(frame("Open", "Close", "Adj Close", "Volume"), "frame", "prices", "A")
    assert layout.closes["A"].tolist() == [2, 2, 2]
    assert list(layout.bars["A"]) == ["open", "volume"]
    assert layout.adjusted["A"].tolist() == [3, 3, 3]


def test_a_name_is_for_one_security():
    assert list(layout_of(frame("x"), "frame", "prices", "A").closes) == ["A"]
    with pytest.raises(SchemaError, match="names one security, and the frame has 2"):
        layout_of(frame("x", "y"), "frame", "prices", "A")


def test_securities_that_contain_a_field_in_their_name_stay():
    names = ["Close Brothers", "Open_Text"]
    assert list(layout_of(frame(*names), "frame", "prices", None).closes) == names
