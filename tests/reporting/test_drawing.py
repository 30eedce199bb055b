"""What every figure shares."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from eventstudy.exceptions import SchemaError
from eventstudy.reporting import drawing


def test_places_are_moved_apart_and_stay_inside() -> None:
    spots = drawing.spread(np.array([0.5, 0.5, 0.98, 1.2]), 0.1, 0.0, 1.0)
    np.testing.assert_allclose(spots, [0.5, 0.6, 0.9, 1.0])
    assert drawing.spread(np.array([]), 0.1, 0.0, 1.0).size == 0


def test_texts_are_no_mathematics_and_have_true_minus_signs() -> None:
    assert drawing.literal("$5bn to $6bn") == r"\$5bn to \$6bn"
    assert drawing.minus("-0.35") == "\N{MINUS SIGN}0.35"


def test_every_missing_column_is_named() -> None:
    with pytest.raises(SchemaError) as caught:
        drawing.need_columns(pd.DataFrame({"a": []}), "plot_x", ("a", "b", "c"))
    assert caught.value.problems == (
        "plot_x: the frame lacks the column 'b'", "plot_x: the frame lacks the column 'c'",
    )  # fmt: skip


def test_axes_that_are_given_are_drawn_on() -> None:
    given = Figure().subplots()
    assert drawing.axes(given, (1.0, 1.0)) is given
    drawing.dress(given, title="A $5 title\x07", grid="y")
    assert given.get_title(loc="left") == r"A \$5 title"
    assert not given.spines["top"].get_visible()


def test_only_letters_beyond_the_default_font_ask_for_another() -> None:
    ax = Figure().subplots()
    latin, chinese = ax.text(0, 0, "talks"), ax.text(0, 0, "商务部")
    before = latin.get_fontfamily()
    drawing.fall_back(latin)
    drawing.fall_back(chinese)
    assert latin.get_fontfamily() == before
    assert chinese.get_fontfamily()[0] == "DejaVu Sans"
